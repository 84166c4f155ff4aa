"""A loopback stand-in for arXiv's query API: replays recorded answers by their parameters, and can misbehave."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from loopback import LoopbackServer
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loopback import Behaviour, Handler

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


class ArxivServer(LoopbackServer):
    """Answers by ``script`` while that lasts, then from ``recordings``, then 404.

    ``served`` names the recordings that were sent.
    """

    def __init__(self, recordings: Iterable[Recording] = ()) -> None:
        super().__init__(recorded())
        self.recordings = list(recordings)
        self.served: list[str] = []
        self.url = f"{self.origin}/api/query"

    def find(self, params: dict[str, str]) -> Recording | None:
        """The recording of a request with these parameters."""
        return next((r for r in self.recordings if _same(r.params, params)), None)


def recorded(keep: int | None = None) -> Behaviour:
    """Answer from the recordings, with only the first ``keep`` entries of the page."""

    def answer(handler: Handler) -> None:
        server = cast("ArxivServer", handler.host)
        found = server.find(handler.params)
        if found is None:
            handler.send(404, b"no recording of this request")
            return
        server.served.append(found.name)
        handler.send(found.status, found.body if keep is None else _cut(found.body, keep))

    return answer


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
