"""Five hosts on loopback that keep the real hosts' limits by a simulated clock, and fifty works for them to hold.

Every service has a clock of its own, since services are asked at once: a request moves it by the time that its answer
takes, the client's sleep by the pause. A paper has a clock too: no file of it is asked for before the attempt that came
before it has ended, and a service that was idle waits for it.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import small_paper
from loopback import LoopbackServer, respond

from synthesis.fetching.candidates import Places
from synthesis.network.client import Client
from synthesis.network.clockwork import Clockwork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loopback import Handler

    from synthesis.network.messages import Request, Response, Service

LATENCY_SECONDS = 0.2  # of every answer
# Seconds between two requests. arXiv's terms of use; one request a second of Semantic Scholar's keys; the others' documents
# allow more, so these are what we hold ourselves to.
LIMITS = {
    "arxiv": 3.0,
    "openalex": 0.1,
    "semantic-scholar": 1.0,
    "europe-pmc": 0.5,
    "acl-anthology": 1.0,
    "repository": 1.0,
}
QUERIES = ("humidity sensors", "greenhouse climate", "sensor drift", "calibration of sensors")
_NUMBER = re.compile(r"(?<!\d)(?:00)?(1[0-4]\d)(?!\d)")  # of a work, in the name of its file
_ROUNDING = 1e-5  # of times of day in microseconds
_NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Host:
    """One service's clock and what its host saw."""

    seconds: float = 0.0
    ended: float | None = None
    in_work: int = 0
    requests: int = 0
    too_early: list[float] = field(default_factory=list)
    at_once: int = 0


class Hosts:
    """The clocks of all services, and which of them the running thread is asking."""

    def __init__(self) -> None:
        self.of: dict[str, Host] = {name: Host() for name in LIMITS}
        self._ready: dict[str, float] = defaultdict(float)  # by the work's number
        self._thread = threading.local()
        self._lock = threading.Lock()

    @property
    def wall(self) -> float:
        """The time at which the last service has ended."""
        return max(host.ended or 0.0 for host in self.of.values())

    def meet(self) -> None:
        """What comes next begins when all services are done."""
        wall = self.wall
        for host in self.of.values():
            host.seconds = max(host.seconds, wall)

    @property
    def clockwork(self) -> Clockwork:
        """Time as the client sees it: that of the service which the thread is asking."""
        return Clockwork(
            lambda: self._current.seconds,
            self._sleep,
            lambda: _NOON + timedelta(seconds=self._current.seconds),
        )

    @contextlib.contextmanager
    def asking(self, name: str, url: str) -> Iterator[None]:
        """Let the running thread live by the clock of ``name`` for the length of the block."""
        host, work = self.of[name], _work_in(url)
        with self._lock:
            if work:
                host.seconds = max(host.seconds, self._ready[work])
        self._thread.host = host
        try:
            yield
        finally:
            with self._lock:
                self._ready[work] = host.seconds

    def arrive(self, name: str) -> None:
        """A request reaches its host: is it alone, and is its interval over?"""
        host = self.of[name]
        with self._lock:
            host.requests += 1
            host.in_work += 1
            host.at_once = max(host.at_once, host.in_work)
            gap = LIMITS[name] if host.ended is None else host.seconds - host.ended
            if gap < LIMITS[name] - _ROUNDING:
                host.too_early.append(gap)

    def leave(self, name: str) -> None:
        """Its answer is ready to be sent."""
        host = self.of[name]
        with self._lock:
            host.seconds += LATENCY_SECONDS
            host.ended = host.seconds
            host.in_work -= 1

    @property
    def _current(self) -> Host:
        found: Host = self._thread.host
        return found

    def _sleep(self, seconds: float) -> None:
        self._current.seconds += seconds


class SimulatedClient(Client):
    """The real client; only its time is simulated."""

    def __init__(self, hosts: Hosts, **options: Any) -> None:
        super().__init__(time=hosts.clockwork, **options)
        self._hosts = hosts

    def send(self, request: Request, service: Service, *, fresh: bool = False) -> Response:
        """As the real one, by the clock of the service."""
        name = service.name if service.name in LIMITS else "repository"
        with self._hosts.asking(name, request.url):
            return super().send(request, service, fresh=fresh)


class Work(NamedTuple):
    """A work and where it is held."""

    number: int
    kind: str  # the folder of its best file

    @property
    def title(self) -> str:
        """A title of its own."""
        return f"Drift of Cheap Humidity Sensors in Greenhouse Number {self.number}"


def works() -> list[Work]:
    """Fifty works: twenty on arXiv, two of them without LaTeX, and ten each at the three other places."""
    kinds = ["e-print"] * 18 + ["html"] * 2 + ["repository"] * 10 + ["acl"] * 10 + ["europepmc"] * 10
    return [Work(100 + number, kind) for number, kind in enumerate(kinds)]


def requests_needed(held: list[Work]) -> dict[str, int]:
    """Requests that any client must make: each query once at each source, each work's files down to the first held."""
    count = dict.fromkeys(LIMITS, 0)
    for name in ("arxiv", "openalex", "semantic-scholar", "europe-pmc"):
        count[name] += len(QUERIES)
    places = {"e-print": ("arxiv", 1), "html": ("arxiv", 2), "repository": ("repository", 1)}
    places |= {"acl": ("acl-anthology", 1), "europepmc": ("europe-pmc", 1)}
    for work in held:
        name, needed = places[work.kind]
        count[name] += needed
    return count


@contextlib.contextmanager
def running(hosts: Hosts, held: list[Work]) -> Iterator[tuple[LoopbackServer, Places]]:
    """All services on one loopback server, each in folders of its own."""
    answers = {f"/{work.kind}/{_name(work)}": _file(work) for work in held}

    def route(handler: Handler) -> None:
        path = handler.seen.path
        folder = path.split("/")[1]
        name = _SERVICES[folder]
        hosts.arrive(name)
        if folder in _SEARCHES:
            found = _of_query(held, folder, QUERIES.index(_query(handler)))
            answer = respond(_SEARCHES[folder](found, server.origin), Content_Type=_TYPES[folder])
        else:
            answer = respond(*((answers[path],) if path in answers else (b"not here", 404)))
        hosts.leave(name)  # before it is sent: once it has it, the client looks at the clock
        answer(handler)

    with LoopbackServer(route) as server:
        yield (
            server,
            Places(
                arxiv_source=f"{server.origin}/e-print",
                arxiv_html=f"{server.origin}/html",
                arxiv_pdf=f"{server.origin}/pdf",
                europe_pmc=f"{server.origin}/europepmc",
                acl=f"{server.origin}/acl",
            ),
        )


def _name(work: Work) -> str:
    names = {"e-print": _arxiv_id(work), "html": _arxiv_id(work), "repository": f"{work.number}.pdf"}
    names |= {"acl": f"2024.acl-long.{work.number}.pdf", "europepmc": f"PMC{work.number}/fullTextXML"}
    return names[work.kind]


def _arxiv_id(work: Work) -> str:
    return f"2401.{work.number:05}v1"


def _file(work: Work) -> bytes:
    old, new = small_paper.TITLE.encode(), work.title.encode()
    if work.kind == "e-print":
        return small_paper.e_print({"main.tex": small_paper.tex().replace(old, new)})
    if work.kind == "html":
        return small_paper.arxiv_html().replace(old, new)
    if work.kind == "europepmc":
        return small_paper.jats().replace(old, new)
    return small_paper.pdf(work.title)


def _work_in(url: str) -> str:
    """The number of the work whose file lies at ``url``; "" of a search."""
    found = _NUMBER.search(url.partition("://")[2].partition("/")[2])
    return found[1] if found and "?" not in url else ""


def _query(handler: Handler) -> str:
    """Which of the queries this search asks: the one whose words it holds."""
    said = " ".join(handler.params.values()).casefold()
    return max(QUERIES, key=lambda query: sum(word in said for word in query.split()))


def _of_query(held: list[Work], folder: str, number: int) -> list[Work]:
    """A quarter of what a source holds, and some of what another does too."""
    kinds = {
        "query": ("e-print", "html"),
        "works": ("repository",),
        "graph": ("acl",),
        "rest": ("europepmc",),
    }
    own = [work for work in held if work.kind in kinds[folder]]
    others = [work for work in held if work.kind in kinds["query"]] if folder == "works" else []
    return own[number :: len(QUERIES)] + others[number::10]


def _arxiv_answer(found: list[Work], _origin: str) -> bytes:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{_arxiv_id(work)}</id><title>{work.title}</title>"
        "<updated>2024-01-02T10:00:00Z</updated><published>2024-01-02T10:00:00Z</published>"
        f"<summary>{small_paper.ABSTRACT}</summary>"
        + "".join(f"<author><name>{name}</name></author>" for name in small_paper.AUTHORS)
        + "</entry>"
        for work in found
    )
    count = b"<opensearch:totalResults>%d</opensearch:totalResults>"
    return small_paper.EMPTY_FEED.replace(count % 0, count % len(found) + entries.encode())


def _openalex_answer(found: list[Work], origin: str) -> bytes:
    abstract = {word: [place] for place, word in enumerate(dict.fromkeys(small_paper.ABSTRACT.split()))}
    results = [
        {
            "id": f"https://openalex.org/W{10_000 + work.number}",
            "doi": f"https://doi.org/10.1234/{work.number}",
            "title": work.title,
            "publication_year": 2024,
            "authorships": [{"author": {"display_name": name}} for name in small_paper.AUTHORS],
            "best_oa_location": {
                "is_oa": True,
                "pdf_url": f"{origin}/repository/{work.number}.pdf"
                if work.kind == "repository"
                else f"https://arxiv.org/pdf/{_arxiv_id(work)}",
            },
            "abstract_inverted_index": abstract,
        }
        for work in found
    ]
    meta = {"count": len(found), "page": 1, "per_page": 100, "next_cursor": None}
    return json.dumps({"meta": meta, "results": results}).encode()


def _s2_answer(found: list[Work], _origin: str) -> bytes:
    data = [
        {
            "paperId": f"{work.number:040x}",
            "externalIds": {"ACL": f"2024.acl-long.{work.number}"},
            "title": work.title,
            "abstract": small_paper.ABSTRACT,
            "year": 2024,
            "authors": [{"name": name} for name in small_paper.AUTHORS],
        }
        for work in found
    ]
    return json.dumps({"total": len(data), "offset": 0, "data": data}).encode()


def _epmc_answer(found: list[Work], _origin: str) -> bytes:
    rows = [
        {
            "id": str(work.number),
            "source": "MED",
            "pmid": str(work.number),
            "pmcid": f"PMC{work.number}",
            "title": work.title,
            "abstractText": small_paper.ABSTRACT,
            "authorString": ", ".join(small_paper.AUTHORS),
            "pubYear": "2024",
        }
        for work in found
    ]
    return json.dumps({"hitCount": len(rows), "resultList": {"result": rows}}).encode()


_SEARCHES: dict[str, Callable[[list[Work], str], bytes]] = {
    "query": _arxiv_answer,
    "works": _openalex_answer,
    "graph": _s2_answer,
    "rest": _epmc_answer,
}
_TYPES = {"query": "application/atom+xml", **dict.fromkeys(("works", "graph", "rest"), "application/json")}
_SERVICES = {
    "query": "arxiv",
    "e-print": "arxiv",
    "html": "arxiv",
    "pdf": "arxiv",
    "works": "openalex",
    "graph": "semantic-scholar",
    "rest": "europe-pmc",
    "europepmc": "europe-pmc",
    "acl": "acl-anthology",
    "repository": "repository",
}
