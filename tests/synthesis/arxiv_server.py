"""A loopback stand-in for arXiv's query API: replays recorded answers by their parameters, and can misbehave."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OWN_FIXTURES = Path(__file__).parent / "fixtures" / "arxiv"
RECORDED_FIXTURES = Path(__file__).parents[2].parent / "shared/data/api_fixtures/arxiv.py/tests/fixtures"

_ATOM = "{http://www.w3.org/2005/Atom}"
_NAME = re.compile(r"(_[0-9a-f]{12})?\.json$")  # recorded files end in a hash of their query
_IGNORED = {"sortBy", "sortOrder"}


@dataclass(frozen=True)
class Recording:
    """One recorded answer."""

    name: str
    params: dict[str, str]
    status: int
    body: bytes


def load_recordings(folder: Path) -> list[Recording]:
    """All recordings of a folder: JSON files with ``url``, ``status_code`` and ``body``."""
    recordings = []
    for path in sorted(folder.glob("*.json")):
        values = json.loads(path.read_text(encoding="utf-8"))
        recordings.append(
            Recording(
                _NAME.sub("", path.name),
                _params(values["url"]),
                values["status_code"],
                values["body"].encode(),
            )
        )
    return recordings


def entry(
    arxiv_id: str,
    title: str = "A title",
    *,
    summary: str = "An abstract.",
    published: str = "2099-12-01T10:00:00Z",
    extra: str = "",
) -> str:
    """An Atom entry in the form that arXiv sends; ``extra`` is XML as it stands."""
    return (
        f"<entry><id>http://arxiv.org/abs/{arxiv_id}</id><title>{escape(title)}</title>"
        f"<updated>{published}</updated><published>{published}</published>"
        f"<summary>{escape(summary)}</summary><author><name>Ada Example</name></author>{extra}</entry>"
    )


def feed(*entries: str, total: int | str | None = None) -> bytes:
    """An Atom feed of ``entries``; ``total`` is the count of entries unless given."""
    stated = len(entries) if total is None else total
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">'
        "<id>https://arxiv.org/api/x</id><title>arXiv Query</title>"
        f"<opensearch:totalResults>{stated}</opensearch:totalResults>{''.join(entries)}</feed>"
    ).encode()


def error_feed(words: str) -> bytes:
    """An error of arXiv: a feed with one entry."""
    return feed(
        "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title>"
        f"<updated>2099-12-01T10:00:00Z</updated><summary>{escape(words)}</summary></entry>"
    )


@dataclass
class SeenRequest:
    """A request as the server saw it; times in monotonic seconds."""

    params: dict[str, str]
    headers: dict[str, str]
    arrived: float
    answered: float = 0.0


class ArxivServer:
    """Answers by ``script`` while that lasts, then from ``recordings``, then 404. A context manager.

    ``served`` names the recordings that were sent; ``most_at_once`` is the largest number of requests in work.
    """

    def __init__(self, recordings: Iterable[Recording] = ()) -> None:
        self.recordings = list(recordings)
        self.script: deque[Callable[[Handler], None]] = deque()
        self.requests: list[SeenRequest] = []
        self.served: list[str] = []
        self.most_at_once = 0
        self.in_work = 0
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self.url = f"http://127.0.0.1:{self._http.server_port}/api/query"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def find(self, params: dict[str, str]) -> Recording | None:
        """The recording of a request with these parameters."""
        return next((r for r in self.recordings if _same(r.params, params)), None)

    def gaps(self) -> list[float]:
        """Seconds between the end of each request and the arrival of the next."""
        ordered = sorted(self.requests, key=lambda seen: seen.arrived)
        return [later.arrived - earlier.answered for earlier, later in pairwise(ordered)]


class Handler(BaseHTTPRequestHandler):
    """One request; ``params`` are those of its URL."""

    protocol_version = "HTTP/1.1"
    server_of_arxiv: ArxivServer
    params: dict[str, str]

    def do_GET(self) -> None:
        """Answer by script or from a recording."""
        server = self.server_of_arxiv
        self.params = _params(self.path)
        seen = SeenRequest(self.params, dict(self.headers.items()), time.monotonic())
        with server.lock:
            server.requests.append(seen)
            server.in_work += 1
            server.most_at_once = max(server.most_at_once, server.in_work)
            behaviour = server.script.popleft() if server.script else recorded()
        try:
            behaviour(self)
        except OSError:
            self.close_connection = True
        finally:
            with server.lock:
                seen.answered = time.monotonic()
                server.in_work -= 1

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _handler_of(server: ArxivServer) -> type[Handler]:
    return type("BoundHandler", (Handler,), {"server_of_arxiv": server})


def respond(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    """Answer with these bytes; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(status, body, named)


def recorded(keep: int | None = None) -> Callable[[Handler], None]:
    """Answer from the recordings, with only the first ``keep`` entries of the page."""

    def answer(handler: Handler) -> None:
        server = handler.server_of_arxiv
        found = server.find(handler.params)
        if found is None:
            handler.send(404, b"no recording of this request")
            return
        server.served.append(found.name)
        handler.send(found.status, found.body if keep is None else _cut(found.body, keep))

    return answer


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
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def drip_headers(handler: Handler) -> None:
    """Send the header as slowly as ``drip`` sends the body."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        handler.wfile.write(b"X")
        time.sleep(0.05)


def stall(handler: Handler) -> None:
    """Accept the request and keep silent."""
    handler.close_connection = True
    time.sleep(3)


def _params(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _same(recorded_params: dict[str, str], asked: dict[str, str]) -> bool:
    """Whether two requests ask the same; arXiv itself reads a bare word as ``all:word``."""

    def plain(params: dict[str, str]) -> dict[str, str]:
        query = params["search_query"]
        bare = query.removeprefix("all:") if " " not in query else query
        return {k: v for k, v in params.items() if k not in _IGNORED} | {"search_query": bare}

    return plain(recorded_params) == plain(asked)


def _cut(body: bytes, keep: int) -> bytes:
    root = etree.fromstring(body)
    for surplus in root.findall(f"{_ATOM}entry")[keep:]:
        root.remove(surplus)
    return etree.tostring(root)
