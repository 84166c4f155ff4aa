"""A host on loopback that answers as it is told to, and can misbehave in all the ways that hosts do."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlsplit

from synthesis.network.addresses import AddressGate
from synthesis.network.clockwork import Clockwork
from synthesis.network.diagnosis import diagnose_http
from synthesis.network.messages import Service

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Behaviour = Callable[["Handler"], None]  # answers one request

GOOD = b'{"results": [1, 2, 3]}'
SERVICE = Service("owls", "Owls", 0.5, partial(diagnose_http, "Owls"), timeout_seconds=0.3)


@dataclass
class SeenRequest:
    """A request as the host saw it; times in its own monotonic seconds; header names in lower case."""

    method: str
    path: str  # without the query
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    arrived: float
    answered: float = 0.0


class Handler(BaseHTTPRequestHandler):
    """One request being answered."""

    protocol_version = "HTTP/1.1"
    host: LoopbackServer
    seen: SeenRequest
    in_work: int = 0

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the request's address."""
        return self.seen.params

    def do_GET(self) -> None:
        """Answer by script, else by route."""
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        self.seen = SeenRequest(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
            time.monotonic(),
        )
        host = self.host
        with host.lock:
            host.requests.append(self.seen)
            self.in_work = 1
            host.in_work += 1
            host.most_at_once = max(host.most_at_once, host.in_work)
            behaviour = host.script.popleft() if host.script else host.route
        try:
            behaviour(self)
        except OSError:
            self.close_connection = True
        finally:
            self._is_served()
            self.seen.answered = time.monotonic()

    do_POST = do_GET  # noqa: N815 - the name by which it is called

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self._is_served()  # before the client can have the whole of it and ask again
        self.wfile.write(body)

    def _is_served(self) -> None:
        with self.host.lock:
            self.host.in_work -= self.in_work
            self.in_work = 0

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class LoopbackServer:
    """Answers by ``script`` while that lasts, then by ``route``, which answers 404 unless one is given.

    A context manager. ``most_at_once`` is the largest number of requests in work at a time.
    """

    def __init__(self, route: Behaviour | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.route: Behaviour = route or respond(b"not here", 404)
        self.script: deque[Behaviour] = deque()
        self.requests: list[SeenRequest] = []
        self.most_at_once = 0
        self.in_work = 0
        self.lock = threading.Lock()
        self.over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"host": self}))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign] - a client that hung up
        if tls is not None:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._http.server_port
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def gate(self) -> AddressGate:
        """A gate that lets this host through, and public ones."""
        return AddressGate(allow=frozenset({("127.0.0.1", self.port)}))

    def gaps(self) -> list[float]:
        """Seconds between the end of each request and the arrival of the next."""
        ordered = sorted(self.requests, key=lambda seen: seen.arrived)
        return [later.arrived - earlier.answered for earlier, later in pairwise(ordered)]

    def pause(self, seconds: float) -> None:
        """Wait within an answer, at most until the host is closed. Raises ``OSError`` then."""
        if self.over.wait(seconds):
            raise ConnectionAbortedError


@dataclass
class FakeTime:
    """Clocks that only sleeping moves; ``began`` is the wall time at second 1000."""

    seconds: float = 1000.0
    began: datetime = datetime(2026, 11, 21, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sleep(self, seconds: float) -> None:
        """Move the clocks and keep count."""
        with self.lock:
            self.slept.append(seconds)
            self.seconds += seconds

    def now(self) -> datetime:
        """Wall time."""
        return datetime.fromtimestamp(self.began.timestamp() + self.seconds - 1000.0, UTC)

    @property
    def clockwork(self) -> Clockwork:
        """As a client takes it."""
        return Clockwork(lambda: self.seconds, self.sleep, self.now)


# ------------------------------------------------------------------ what a host may do


def respond(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    """Answer with these bytes; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(status, body, named)


def redirect(target: str, status: int = 302) -> Behaviour:
    """Point elsewhere."""
    return respond(b"moved", status, Location=target)


def reset(handler: Handler) -> None:
    """Drop the connection without a word."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_short(handler: Handler) -> None:
    """Promise more than is sent."""
    handler.close_connection = True
    handler.send(200, b"<?xml version='1.0'?><feed>", {"Content-Length": "5000"})


def drip(handler: Handler) -> None:
    """Send one byte at a time, too slowly for any deadline but within any socket timeout."""
    handler.close_connection = True
    handler.send(200, b"", {"Content-Length": "5000"})
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.host.pause(0.05)


def drip_headers(handler: Handler) -> None:
    """Send the header as slowly as ``drip`` sends the body."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        handler.wfile.write(b"X")
        handler.host.pause(0.05)


def stall(handler: Handler) -> None:
    """Accept the request and keep silent."""
    handler.close_connection = True
    handler.host.pause(10)


def chunks_without_end(handler: Handler) -> None:
    """Send chunks as fast as they are read, for ever."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    while not handler.host.over.is_set():
        handler.wfile.write(piece)


def bomb(n_bytes: int) -> Behaviour:
    """A gzip text of about ``n_bytes`` / 1000 that unpacks to ``n_bytes``, made as it is sent."""

    def packed() -> Iterator[bytes]:
        packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
        block = bytes(2**20)
        for _ in range(n_bytes >> 20):
            yield packer.compress(block)
        yield packer.flush()

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for piece in packed():
            if piece:
                handler.wfile.write(piece)

    return answer


def zipped(body: bytes, **headers: str) -> Behaviour:
    """Answer with ``body`` packed by gzip."""
    return respond(gzip.compress(body), 200, Content_Encoding="gzip", **headers)
