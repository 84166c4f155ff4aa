"""One exchange over HTTP: one request out, one whole answer in, within a time and a size. No redirect, no cookie.

The transport of httpx is used without its client, which would log addresses, keep cookies and read credentials.
A connection is made for each exchange and closed after it: it goes to the address that was checked, and a connection
that was verified for one name never serves another.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.body import ACCEPT_ENCODING, BoundedBody
from synthesis.network.clockwork import call_within
from synthesis.network.errors import BrokenExchangeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthesis.network.addresses import Target

CONNECT_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent to one target. ``addresses`` are tried in order; none: the target goes by name to ``proxy``."""

    target: Target
    path: str = field(repr=False)  # with the query; a secret may stand in it
    headers: Mapping[str, str] = field(repr=False)
    method: str = "GET"
    body: bytes | None = None
    addresses: tuple[str, ...] = ()
    proxy: str | None = field(default=None, repr=False)  # may hold the proxy's password


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """Exchanges parcels for answers; used by several threads at once. Certificates of the environment count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._transports: dict[str | None, httpx.HTTPTransport] = {}  # by proxy

    def exchange(self, parcel: Parcel, timeout_seconds: float, max_bytes: int) -> Answer:
        """The answer to one parcel, whatever its status.

        Raises:
            BrokenExchangeError: the exchange broke off or took longer than ``timeout_seconds``.
            SourceUnavailableError: no connection came about.
            SourceRefusedError: the body exceeds ``max_bytes``, or the request cannot be put in HTTP.
        """
        transport = self._transport(parcel.proxy)
        ends = time.monotonic() + timeout_seconds
        last = len(parcel.addresses) - 1
        for number, address in enumerate(parcel.addresses or (None,)):
            call = _Call(parcel, address, timeout_seconds, max_bytes)
            try:
                return call.run(transport, max(ends - time.monotonic(), 0.01))
            except _NoConnectionError as error:
                if number >= last or time.monotonic() >= ends:
                    raise SourceUnavailableError(str(error)) from None
        raise AssertionError("the last address was tried")

    def close(self) -> None:
        """Close what is open."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    def _transport(self, proxy: str | None) -> httpx.HTTPTransport:
        with self._lock:
            if proxy not in self._transports:
                self._transports[proxy] = _make_transport(proxy)
            return self._transports[proxy]


def _make_transport(proxy: str | None) -> httpx.HTTPTransport:
    """A transport that keeps no connection; raises ``SourceUnavailableError`` for settings that cannot be used."""
    try:
        certificates = httpx.create_ssl_context()
    except OSError:  # ssl.SSLError is one
        raise SourceUnavailableError(
            "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: correct or unset it"
        ) from None
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    try:
        return httpx.HTTPTransport(verify=certificates, trust_env=False, proxy=proxy, limits=limits)
    except (ImportError, ValueError, httpx.InvalidURL):  # a SOCKS proxy needs a package; others are no URLs
        raise SourceUnavailableError(
            "the proxy that the environment names cannot be used: give it as http://host:port"
        ) from None


def proxy_for(target: Target) -> str | None:
    """The proxy that the environment names for this target, as the standard library reads it."""
    if urllib.request.proxy_bypass(f"{target.host}:{target.port}"):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


class _NoConnectionError(Exception):
    """Nothing was sent yet; another address may do."""


class _Call:
    """One exchange with one address, and a way to end it from outside."""

    def __init__(self, parcel: Parcel, address: str | None, seconds: float, max_bytes: int) -> None:
        self._parcel = parcel
        self._address = address
        self._stated = f"{seconds:.3g} s"
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._host = parcel.target.host
        self._stream: Any = None  # of httpcore, once there is one

    def run(self, transport: httpx.HTTPTransport, seconds: float) -> Answer:
        """The answer, within what is left; raises as ``Wire.exchange``, or ``_NoConnectionError``."""
        self._seconds = seconds
        try:
            return call_within(self._seconds, lambda: self._exchange(transport))
        except (TimeoutError, httpx.ConnectTimeout, httpx.ConnectError, httpx.ProxyError) as error:
            raise self._not_connected(error) from None
        except httpx.TimeoutException:
            raise self._too_slow() from None
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise SourceRefusedError(
                f"{self._host} is not asked: the request cannot be put in HTTP"
            ) from None
        except httpx.TransportError as error:
            raise BrokenExchangeError(f"{self._host} broke off its answer ({_reason(error)})") from None

    def _exchange(self, transport: httpx.HTTPTransport) -> Answer:
        response = transport.handle_request(self._request())
        with contextlib.closing(response):
            headers = dict(response.headers.items())
            encoding = headers.get("content-encoding", "").strip().lower()
            body = BoundedBody(self._host, encoding, self._max_bytes)
            body.expect(headers.get("content-length", "") if encoding != ACCEPT_ENCODING else "")
            for piece in response.iter_raw():
                body.add(piece)
            if encoding == ACCEPT_ENCODING:
                del headers["content-encoding"]
            return Answer(response.status_code, headers, body.finish())

    def _request(self) -> httpx.Request:
        target, parcel = self._parcel.target, self._parcel
        connect = min(CONNECT_SECONDS, self._seconds)
        timeout = dict.fromkeys(("read", "write", "pool"), self._seconds) | {"connect": connect}
        return httpx.Request(
            parcel.method,
            f"{target.origin_at(self._address)}{parcel.path}",
            headers={**parcel.headers, "Host": target.netloc, "Accept-Encoding": ACCEPT_ENCODING},
            content=parcel.body,
            extensions={"timeout": timeout, "sni_hostname": target.host, "trace": self._watch},
        )

    def _watch(self, _event: str, info: dict[str, Any]) -> None:
        """Remember the newest stream, as httpcore's trace extension shows it."""
        stream = info.get("return_value")
        if hasattr(stream, "get_extra_info"):
            self._stream = stream

    def _not_connected(self, error: Exception) -> Exception:
        """What to raise when there is no connection, or none in time."""
        if not isinstance(error, TimeoutError):
            if isinstance(error, httpx.ConnectTimeout):
                return _NoConnectionError(f"{self._host} accepted no connection within {CONNECT_SECONDS:g} s")
            return _NoConnectionError(f"{self._host} cannot be reached ({_reason(error)}): no network?")
        if self._hang_up():
            return self._too_slow()
        return SourceUnavailableError(f"{self._host} kept a connection open past {self._stated}")

    def _too_slow(self) -> BrokenExchangeError:
        return BrokenExchangeError(f"{self._host} gave no whole answer within {self._stated}")

    def _hang_up(self) -> bool:
        """End the connection under the thread that reads from it, so that none is left open beside the next."""
        stream = self._stream
        raw = stream.get_extra_info("socket") if stream is not None else None
        if (
            not isinstance(raw, socket.socket) or raw.fileno() < 0
        ):  # between TCP and TLS it has no handle of its own
            return False
        with contextlib.suppress(OSError):
            socket.socket.shutdown(
                raw, socket.SHUT_RDWR
            )  # not SSLSocket's own, which the other thread is using
        return True


def _reason(error: BaseException) -> str:
    """The innermost cause, in the system's words or by its kind: texts between may hold addresses."""
    inner = error
    while (nested := inner.__cause__ or inner.__context__) is not None:
        inner = nested
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {inner.verify_message}"
    return (inner.strerror if isinstance(inner, OSError) else None) or type(inner).__name__
