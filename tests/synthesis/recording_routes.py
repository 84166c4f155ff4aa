"""Which parser reads which recorded answer: one table by host and path, and what came of each."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin

from synthesis.errors import SourceError
from synthesis.network.addresses import parse_target
from synthesis.network.diagnosis import diagnose_http
from synthesis.reading.bibtex import read_bibtex
from synthesis.reading.jats.reader import read_jats
from synthesis.reading.problems import Rejections, UnreadableFileError
from synthesis.sources import crossref, crossref_model, openalex_model, unpaywall
from synthesis.sources import europe_pmc as europe
from synthesis.sources import semantic_scholar as s2
from synthesis.sources.arxiv_feed import diagnose_feed, read_feed
from synthesis.sources.lenient import read_json
from synthesis.sources.paging import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from recordings import Recording

    from synthesis.network.messages import Response

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

# "records": read, but without a title (it was not selected), or no papers by nature. "no hits": the answer holds none.
Kind = Literal["papers", "records", "no hits", "not held", "typed error", "redirect", "not asked"]


@dataclass(frozen=True)
class Outcome:
    """What came of one recorded answer; ``n`` papers or records, ``words`` of an error or a reason."""

    api: str
    kind: Kind
    n: int = 0
    words: str = ""


@dataclass(frozen=True)
class Route:
    """How answers of one kind of address are read.

    ``read`` gives a page, a paper, how many records there are, or ``None``: the host does not hold it.
    """

    host: str
    path: str  # regular expression that the whole path matches
    read: Callable[[Response], Any]
    diagnose: Callable[[Response, datetime], Any]
    reason: str = ""  # why it is never asked, where it is not
    can_be_200: bool = False  # its errors, and its "nothing here", come under 200 as well


def _s2_diagnose(response: Response, now: datetime) -> Any:
    return s2.diagnose(response, now, keyed=False)


def _json(response: Response) -> int:
    """An answer of an endpoint that no source asks: it must be whole JSON all the same."""
    return len(read_json(response.body, "the host"))


def _arxiv(response: Response) -> Any:
    """How many entries a feed holds; what becomes of them is tested over the whole path of the source."""
    feed = read_feed(response.body)
    assert feed.n_usable == feed.n_entries
    return feed.n_usable or None


def _openalex_list(response: Response) -> Any:
    works = openalex_model.read_list(response).results
    return Page(tuple(paper for paper in map(openalex_model.paper_of, works) if paper), len(works))


def _openalex_work(response: Response) -> Any:
    """A work; with the title left out of what was selected it is a record, but no paper."""
    work = openalex_model.read_work(response)
    return work and (openalex_model.paper_of(work) or 1)


def _crossref_list(response: Response) -> Any:
    works, _, _ = crossref.read_list(response)
    papers = tuple(paper for paper in map(crossref_model.paper_of, works) if paper)
    assert len(papers) == sum(bool(work.title) for work in works)
    return Page(papers, len(works))


def _crossref_work(response: Response) -> Any:
    """A work; CSL-JSON of content negotiation names a work as Crossref does, texts in place of lists."""
    value = None if response.status == 404 else read_json(response.body, crossref.TITLE)
    if isinstance(value, dict) and "message" not in value:
        return crossref_model.paper_of(crossref_model.Work.model_validate(value))
    work = crossref.read_work(response)
    return work and crossref_model.paper_of(work)


def _transformed(response: Response) -> Any:
    """BibTeX is read as a user's file is; a formatted reference is for people."""
    if not response.body.lstrip().startswith(b"@"):
        return len(response.body.decode().splitlines())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answer.bib")
        path.write_bytes(response.body)
        rejections = Rejections()
        papers = tuple(read_bibtex(path, "test", rejections))
    assert set(rejections.counts) <= {"no title"}
    return Page(papers, 1)


def _s2_list(response: Response) -> Any:
    return None if response.status == 404 else s2.parse_search(response.body)


def _s2_batch(response: Response) -> Any:
    batch = s2.parse_batch(response.body)
    papers = tuple(paper for paper in batch.papers if paper)
    return Page(papers, len(papers) + batch.n_untitled)


def _s2_relations(parse: Callable[[bytes], Any], response: Response) -> Any:
    return parse(response.body).page


def _s2_paper(response: Response) -> Any:
    return None if response.status == 404 else s2.parse_paper(response.body)


def _s2_other(response: Response) -> Any:
    return None if response.status == 404 else s2.parse_other(response.body)


def _unpaywall(response: Response) -> Any:
    return None if response.status == 404 else 1 + len(unpaywall.parse_copies(response.body).links)


def _europe_pmc(response: Response) -> Any:
    return europe.parse_search(response.body, "another cursor").page


_OPENALEX, _CROSSREF = "api.openalex.org", "api.crossref.org"
_S2, _UNPAYWALL = "api.semanticscholar.org", "api.unpaywall.org"
_EUROPE, _ARXIV = "www.ebi.ac.uk", "export.arxiv.org"
_DOI = r"10\.\d{4,9}(?:/|%2F).+"
_LISTS = r"(?:/(?:funders|journals|members|prefixes|types)/[^/]+(?:/[^/]+)?)?/works"
_NO_PAPERS = "a register of members, journals and the like, not of papers"

# The first that matches holds.
ROUTES = (
    Route(_ARXIV, "/api/query", _arxiv, diagnose_feed, can_be_200=True),
    Route(_OPENALEX, "/works", _openalex_list, openalex_model.diagnose),
    Route(_OPENALEX, "/works/.+", _openalex_work, openalex_model.diagnose),
    Route(_CROSSREF, rf"(?:/v1)?/works/{_DOI}/transform(?:/.*)?", _transformed, crossref.diagnose),
    Route(_CROSSREF, r"/works/[^?]+/agency", _json, crossref.diagnose, "who registered a DOI"),
    Route(_CROSSREF, _LISTS, _crossref_list, crossref.diagnose),
    Route(_CROSSREF, "/works/.+", _crossref_work, crossref.diagnose),
    Route(
        _CROSSREF,
        "/(?:funders|journals|licenses|members|prefixes|types)(?:/.*)?",
        _json,
        crossref.diagnose,
        _NO_PAPERS,
    ),
    Route(_S2, "/graph/v1/paper/search(?:/bulk|/match)?", _s2_list, _s2_diagnose),
    Route(_S2, "/graph/v1/paper/batch", _s2_batch, _s2_diagnose),
    Route(_S2, "/graph/v1/paper/.+/references", partial(_s2_relations, s2.parse_references), _s2_diagnose),
    Route(_S2, "/graph/v1/paper/.+/citations", partial(_s2_relations, s2.parse_citations), _s2_diagnose),
    Route(_S2, "/graph/v1/paper/.+/authors", _s2_other, _s2_diagnose),
    Route(_S2, "/graph/v1/paper/.+", _s2_paper, _s2_diagnose),
    Route(
        _S2,
        "/(?:graph/v1/(?:author|snippet)|recommendations|datasets)/.+",
        _s2_other,
        _s2_diagnose,
        "authors, snippets, recommendations and data sets",
    ),
    Route(_UNPAYWALL, "/v2/search", _json, unpaywall.diagnose, "its search of titles"),
    Route(_UNPAYWALL, "/v2/10.+", _unpaywall, unpaywall.diagnose),
    Route(_EUROPE, "/europepmc/webservices/rest/search", _europe_pmc, europe.diagnose, can_be_200=True),
    Route(
        _EUROPE,
        "/europepmc/webservices/rest/.+/references",
        lambda r: europe.parse_references(r.body),
        europe.diagnose,
        can_be_200=True,
    ),
    Route(
        _EUROPE,
        "/europepmc/webservices/rest/.+/citations",
        lambda r: europe.parse_citations(r.body),
        europe.diagnose,
        can_be_200=True,
    ),
    Route("doi.org", "/.*", _crossref_work, partial(diagnose_http, "doi.org")),
)


def outcome(recording: Recording) -> Outcome:
    """Give a recorded answer to the parser of its host.

    Raises:
        LookupError: no route leads from its address.
    """
    route = next(
        (
            route
            for route in ROUTES
            if route.host == recording.place.hostname and re.fullmatch(route.path, recording.place.path)
        ),
        None,
    )
    if route is None:
        raise LookupError(f"no parser reads {recording.url}: give its host and path a route, or say why not")
    if 300 <= recording.status < 400:  # the client follows it, where the address is one that may be asked
        target = parse_target(urljoin(recording.url, recording.headers["location"]))
        return Outcome(route.host, "redirect", words=target.host)
    is_json = "json" in recording.headers.get("content-type", "")
    response = replace(recording.response, accept="application/json" if is_json else "*/*")
    trouble = route.diagnose(response, NOW)
    if trouble is not None:
        assert route.can_be_200 or recording.status >= 400, f"{recording.name}: {trouble.message}"
        return Outcome(route.host, "typed error", words=f"{trouble.kind}: {trouble.message}")
    return _read(route, recording, response)


def _read(route: Route, recording: Recording, response: Response) -> Outcome:
    try:
        found = route.read(response)
    except SourceError as error:
        if recording.status < 400:
            raise
        return Outcome(route.host, "typed error", words=str(error))
    if found is None:
        assert route.can_be_200 or recording.status == 404, f"{recording.name}: nothing was read"
        return Outcome(route.host, "not held")
    if isinstance(found, Page) and not found.n_entries:
        return Outcome(route.host, "no hits")
    n_papers = len(found.papers) if isinstance(found, Page) else 0 if isinstance(found, int) else 1
    if n_papers or route.host == _ARXIV:
        return Outcome(route.host, "papers", n_papers or found)
    n_records = found.n_entries if isinstance(found, Page) else found
    return Outcome(route.host, "not asked" if route.reason else "records", n_records, route.reason)


def jats_outcome(path: Path) -> Outcome:
    """A file of JATS → its full text."""
    try:
        text = read_jats(path.read_bytes(), path.name)
    except UnreadableFileError as error:
        return Outcome("NCBI", "typed error", words=str(error))
    assert text.title
    assert text.sections
    return Outcome("NCBI", "papers", 1)


def entity_outcome(path: Path) -> Outcome:
    """A bare object of Semantic Scholar's, of which the file's name says what it is."""
    body = path.read_bytes()
    match path.stem:
        case "Paper":
            found: Any = s2.parse_paper(body)
            assert found.title
        case "Citation" | "Reference":
            parse = s2.parse_citations if path.stem == "Citation" else s2.parse_references
            (found,) = parse(b'{"data": [' + body + b"]}").page.papers
        case _:  # an author, a release, a data set, and a paper with nothing in it
            found = s2.parse_other(body)
    return Outcome(_S2, "records" if isinstance(found, int) else "papers", 1)
