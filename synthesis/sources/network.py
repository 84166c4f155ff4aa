"""Bounded GET requests: no redirect, no .netrc, capped size, capped time; and whether there is a network."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import get_environ_proxies, select_proxy

from synthesis.errors import SourceRefusedError, SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

CONNECT_SECONDS = 4.0
MAX_BYTES = 16 * 2**20  # a page of 100 arXiv entries is about 0.25 MB
_CHUNK_BYTES = 2**16
_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


class BrokenExchangeError(SourceUnavailableError):
    """The connection stood, but no whole answer came: reset, timeout, cut short. A GET may be tried again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    body: bytes
    retry_after: str | None = None  # the header as sent


def call_within(seconds: float, function: Callable[[], T]) -> T:
    """The value of ``function()``, or ``TimeoutError`` after ``seconds``, even where it cannot be interrupted.

    Name resolution takes no timeout, and a peer that sends one byte at a time resets every socket timeout; so
    the call runs in a daemon thread, which is left behind when it does not return.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(timeout=seconds)


def check_reachable(url: str, *, timeout_seconds: float = CONNECT_SECONDS) -> None:
    """Open and close a connection to the host of ``url``, or to the proxy that the environment names for it.

    Raises:
        SourceUnavailableError: the name has no address, or nothing accepts a connection in time.
    """
    target = urlsplit(select_proxy(url, get_environ_proxies(url)) or url)
    host = target.hostname or ""
    port = target.port or _PORTS.get(target.scheme, _SOCKS_PORT)
    try:
        call_within(timeout_seconds, lambda: socket.create_connection((host, port), timeout_seconds).close())
    except TimeoutError as error:
        raise SourceUnavailableError(
            f"{host} did not answer within {timeout_seconds:g} s: no network?"
        ) from error
    except (OSError, UnicodeError) as error:  # UnicodeError: a host name that IDNA refuses
        reason = getattr(error, "strerror", None) or error
        raise SourceUnavailableError(f"{host} cannot be reached ({reason}): no network?") from error


class BoundedClient:
    """GET requests over one kept connection, each within ``timeout_seconds`` and ``max_bytes``; a context manager.

    Proxies and certificates of the environment are honoured; .netrc is not read, no cookie is kept and no
    redirect is followed.
    """

    def __init__(self, *, user_agent: str, timeout_seconds: float, max_bytes: int = MAX_BYTES) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_bytes = max_bytes
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent
        self._session.auth = _no_auth

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str) -> Reply:
        """The answer to one GET of ``url``, whatever its status.

        Raises:
            BrokenExchangeError: the exchange broke off or took longer than ``timeout_seconds``.
            SourceUnavailableError: no connection came about.
            SourceRefusedError: the body exceeds ``max_bytes``.
        """
        ends = time.monotonic() + self._timeout_seconds
        host = urlsplit(url).hostname
        try:
            # One second more than the exchange gives itself: it then closes its own connection.
            return call_within(self._timeout_seconds + 1.0, lambda: self._exchange(url, ends))
        except requests.ConnectTimeout as error:
            raise SourceUnavailableError(
                f"{host} accepted no connection within {CONNECT_SECONDS:g} s"
            ) from error
        except TimeoutError as error:
            # Its connection is still open, so it is not tried again on a second one.
            raise SourceUnavailableError(
                f"{host} kept an answer open past {self._timeout_seconds:g} s"
            ) from error
        except requests.Timeout as error:
            raise BrokenExchangeError(
                f"{host} gave no whole answer within {self._timeout_seconds:g} s"
            ) from error
        except requests.ConnectionError as error:
            if error.args and isinstance(error.args[0], urllib3.exceptions.MaxRetryError):
                raise SourceUnavailableError(f"{host} cannot be reached ({_reason(error)})") from error
            raise BrokenExchangeError(f"{host} broke off its answer ({_reason(error)})") from error
        except urllib3.exceptions.HTTPError as error:
            raise BrokenExchangeError(f"{host} broke off its answer ({_reason(error)})") from error
        except requests.RequestException as error:
            raise SourceUnavailableError(f"{host} cannot be asked ({_reason(error)})") from error

    def _exchange(self, url: str, ends: float) -> Reply:
        """Send the request and read the body piece by piece, until ``ends`` (monotonic seconds)."""
        response = self._session.get(
            url, stream=True, allow_redirects=False, timeout=(CONNECT_SECONDS, self._timeout_seconds)
        )
        with contextlib.closing(response):
            body = bytearray()
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if len(body) > self._max_bytes:
                    raise SourceRefusedError(
                        f"{urlsplit(url).hostname} sent more than {self._max_bytes} bytes for one page; "
                        "the answer was not read: ask for fewer papers at once"
                    )
                if time.monotonic() > ends:
                    raise requests.Timeout
            return Reply(response.status_code, bytes(body), response.headers.get("Retry-After"))


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credentials; that it is set keeps requests from looking into .netrc."""
    return request


def _reason(error: Exception) -> str:
    """The innermost cause, by its kind: the texts between hold addresses and vary from run to run."""
    inner: BaseException = error
    while True:
        nested = [a for a in (getattr(inner, "reason", None), *inner.args) if isinstance(a, BaseException)]
        if not nested:
            return type(inner).__name__
        inner = nested[0]
