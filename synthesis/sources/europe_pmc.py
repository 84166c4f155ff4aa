"""Europe PMC: search, look-up and citations over its web service; no key, no stated limit.

Errors come under HTTP 200 as ``{"errCode": …, "errMsg": …}``. A search ends with an empty page or with the cursor that
was sent coming back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator

from synthesis.errors import SourceRefusedError
from synthesis.network.diagnosis import diagnose_http
from synthesis.network.messages import Service, Trouble
from synthesis.records import Filters, RequestPlan
from synthesis.sources import europe_pmc_requests as api
from synthesis.sources.europe_pmc_model import NAME, Row, paper_of, record_key
from synthesis.sources.filtering import matching
from synthesis.sources.lenient import Count, Lenient, Text, Token, as_list, read_json
from synthesis.sources.notes import not_held, noted, nothing_to_search
from synthesis.sources.paging import Page, walk
from synthesis.sources.titles import titles_agree
from synthesis.wording import say

if TYPE_CHECKING:
    from datetime import datetime

    from synthesis.network.client import Client
    from synthesis.network.messages import Response
    from synthesis.records import Paper
    from synthesis.sources.answer import SearchAnswer

TITLE = "Europe PMC"
MAX_PAPERS = 10_000  # of one search
INTERVAL_SECONDS = 0.5  # none is documented; other clients keep to two or three requests a second
_BUSY_CODES = frozenset({429, 500, 502, 503, 504})
_TITLE_CANDIDATES = 10

Kind = Literal["references", "citations"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One page, and the query that it answers as Europe PMC repeats it."""

    page: Page
    query: str | None = None


class _Rows(Lenient):
    result: Annotated[tuple[Row, ...], BeforeValidator(as_list)] = ()


def _list_if_any(value: Any) -> list[Any] | None:
    return as_list(value) if isinstance(value, dict | list) else None


class _References(Lenient):
    reference: Annotated[tuple[Row, ...] | None, BeforeValidator(_list_if_any)] = None


class _Citations(Lenient):
    citation: Annotated[tuple[Row, ...] | None, BeforeValidator(_list_if_any)] = None


class _Request(Lenient):
    query_string: Text = None


class _Envelope(Lenient):
    hit_count: Count = None
    next_cursor_mark: Token = None
    request: _Request = _Request()
    result_list: _Rows | None = None
    reference_list: _References | None = None
    citation_list: _Citations | None = None
    err_code: Count = None
    err_msg: Text = None


class EuropePmcSource:
    """Europe PMC as a ``Source``. Filters that its query language has are put to it, the others checked on what comes."""

    name: str = NAME
    fingerprint: str = NAME
    remote: bool = True

    def __init__(
        self,
        client: Client,
        *,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        base_url: str = api.BASE_URL,
        key: str | None = None,  # noqa: ARG002 - it has none; sources are built alike
    ) -> None:
        self._client = client
        self._filters = filters
        self._base = base_url
        self.service = Service(NAME, TITLE, INTERVAL_SECONDS, diagnose)

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The ``limit`` most relevant papers.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            SourceRefusedError: an error of Europe PMC, or an answer that is not of its form.
        """
        expression = api.build_query(query, self._filters)
        if not expression or limit < 1:
            return nothing_to_search()
        return self._ask(expression, min(limit, MAX_PAPERS))

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this DOI, ``pmid:…``, ``pmcid:PMC…``, ``ppr:PPR…``, or with this title.

        ``None`` for what Europe PMC does not hold; a title must agree but for a few characters.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        expression = api.build_lookup(identifier)
        if expression is None:
            return None
        page = self._page(expression, _TITLE_CANDIDATES, [], None)
        if expression.startswith("TITLE:"):
            return next((paper for paper in page.papers if titles_agree(identifier, paper.title)), None)
        return next(iter(page.papers), None)

    def references(self, paper: Paper, limit: int) -> SearchAnswer:
        """Works that ``paper`` cites, at most ``limit``; those that Europe PMC could not identify lack most facts.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        return self._relations("references", paper, limit)

    def citations(self, paper: Paper, limit: int) -> SearchAnswer:
        """Works that cite ``paper``, at most ``limit``.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        return self._relations("citations", paper, limit)

    def plan(self, n_queries: int, limit: int) -> RequestPlan:
        """What ``n_queries`` searches of ``limit`` papers would take."""
        n_requests = max(n_queries, 0) * -(-min(max(limit, 0), MAX_PAPERS) // api.PAGE)
        return RequestPlan(
            source=NAME, requests=n_requests, seconds=max(0, n_requests - 1) * INTERVAL_SECONDS
        )

    def _ask(self, expression: str, limit: int) -> SearchAnswer:
        notes: list[str] = []
        return noted(walk(partial(self._page, expression, min(limit, api.PAGE), notes), limit), notes)

    def _page(self, expression: str, size: int, notes: list[str], cursor: str | None) -> Page:
        request = api.search_request(self._base, expression, size, cursor)
        response = self._client.send(request, self.service)
        answer = parse_search(response.body, cursor or api.FIRST_CURSOR)
        if answer.query is not None and answer.query.split() != expression.split():
            asked = repr(answer.query[:200])
            notes.append(say("{source} says that it searched for {query}", source=TITLE, query=asked))
        return _matching(answer.page, self._filters.model_copy(update=_ASKED), response)

    def _relations(self, kind: Kind, paper: Paper, limit: int) -> SearchAnswer:
        key = self._key(paper)
        if key is None or limit < 1:
            return not_held(TITLE, paper.paper_id)
        return walk(partial(self._relations_page, key, kind, min(limit, api.RELATIONS_PAGE)), limit)

    def _relations_page(self, key: tuple[str, str], kind: Kind, size: int, pointer: str | None) -> Page:
        number = int(pointer or 1)
        request = api.relations_request(self._base, key, kind, number, size)
        response = self._client.send(request, self.service)
        page = (parse_references if kind == "references" else parse_citations)(response.body)
        is_last = page.n_entries < size if page.total is None else number * size >= page.total
        is_last = is_last or not page.n_entries
        return _matching(replace(page, next=None if is_last else str(number + 1)), self._filters, response)

    def _key(self, paper: Paper) -> tuple[str, str] | None:
        """The record's key: from the ids that the paper carries, else by its DOI."""
        known = next(filter(None, map(record_key, paper.other_ids)), None)
        if known is not None or paper.doi is None:
            return known
        found = self.lookup(paper.doi)
        return next(filter(None, map(record_key, found.other_ids)), None) if found else None


def _matching(page: Page, filters: Filters, response: Response) -> Page:
    papers = matching(page.papers, filters)
    return replace(page, papers=papers, n_filtered=len(page.papers) - len(papers), retries=response.retries)


# What the query itself asks for. A language that has no code there is left to be checked here.
_ASKED: dict[str, Any] = {"from_year": None, "to_year": None, "venue": None, "open_access": False}


def parse_search(body: bytes, cursor: str = api.FIRST_CURSOR) -> Answer:
    """A page of a search that was asked for with ``cursor``; its ``next`` is ``None`` where the search ends.

    Raises:
        SourceRefusedError: an error of Europe PMC, in its words, or no answer of its form.
    """
    envelope = _envelope(body)
    if envelope.result_list is None:
        raise SourceRefusedError(f"{TITLE} answered without a list of results")
    rows = envelope.result_list.result
    following = envelope.next_cursor_mark if rows and envelope.next_cursor_mark != cursor else None
    return Answer(_page_of(rows, envelope.hit_count, following), envelope.request.query_string)


def parse_references(body: bytes) -> Page:
    """A page of the works that a paper cites; the caller knows which page follows.

    Raises:
        SourceRefusedError: as ``parse_search``.
    """
    envelope = _envelope(body)
    rows = envelope.reference_list.reference if envelope.reference_list else None
    return _related(rows, envelope.hit_count, "references")


def parse_citations(body: bytes) -> Page:
    """A page of the works that cite a paper; the caller knows which page follows.

    Raises:
        SourceRefusedError: as ``parse_search``.
    """
    envelope = _envelope(body)
    rows = envelope.citation_list.citation if envelope.citation_list else None
    return _related(rows, envelope.hit_count, "citations")


def _related(rows: tuple[Row, ...] | None, total: int | None, kind: Kind) -> Page:
    if rows is None and total != 0:
        raise SourceRefusedError(f"{TITLE} answered without a list of {kind}")
    return _page_of(rows or (), total)


def diagnose(response: Response, now: datetime) -> Trouble | None:
    """What is wrong with an answer, also where an error comes as a success."""
    trouble = diagnose_http(TITLE, response, now)
    if trouble is not None:
        return trouble
    envelope = _Envelope.model_validate(read_json(response.body, TITLE))
    if envelope.err_code is None and envelope.err_msg is None:
        return None
    return Trouble("busy" if envelope.err_code in _BUSY_CODES else "refused", _error_words(envelope))


def _envelope(body: bytes) -> _Envelope:
    value = read_json(body, TITLE)
    if not isinstance(value, dict):
        raise SourceRefusedError(f"{TITLE} answered with something else than an object")
    envelope = _Envelope.model_validate(value)
    if envelope.err_code is not None or envelope.err_msg is not None:
        raise SourceRefusedError(_error_words(envelope))
    return envelope


def _error_words(envelope: _Envelope) -> str:
    return f"{TITLE} answered with error {envelope.err_code}: {envelope.err_msg or 'without a word'}"


def _page_of(rows: tuple[Row, ...], total: int | None, following: str | None = None) -> Page:
    papers = tuple(paper for paper in map(paper_of, rows) if paper)
    return Page(papers, len(rows), total, following)
