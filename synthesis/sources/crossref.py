"""Crossref: search, look-up and reference lists over its REST API, in its public or its polite pool.

Both need no key. The public pool takes one request at a time and five in a second (since December 2025); what the
answers say of the pool's pace holds from then on. An address for mail puts requests into the polite pool.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from synthesis.errors import SourceRefusedError
from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.network.diagnosis import diagnose_http, excerpt
from synthesis.network.messages import Request, Secret, Service, Trouble
from synthesis.records import Filters, RequestPlan
from synthesis.sources.crossref_model import FIELDS, NAME, CitedWork, Work, cited_paper, paper_of
from synthesis.sources.filtering import matching
from synthesis.sources.lenient import as_count, as_list, as_token, read_json
from synthesis.sources.notes import not_held, nothing_to_search
from synthesis.sources.paging import Page, walk
from synthesis.sources.query_text import fit_address
from synthesis.sources.titles import titles_agree
from synthesis.sources.urls import build_url, path_part

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from synthesis.network.client import Client
    from synthesis.network.messages import Response
    from synthesis.records import Paper
    from synthesis.sources.answer import SearchAnswer

BASE_URL = "https://api.crossref.org"
TITLE = "Crossref"
INTERVAL_SECONDS = 0.2
MAX_PAPERS = 2000  # of one search
_MAX_INTERVAL_SECONDS = 10.0
MAX_PAGE = 1000
PAGE = 200  # as many as come well within the deadline
_MAX_DOIS = 25  # of one list; as many as fit an address
_TITLE_CANDIDATES = 5
# Of what is registered, that which says something: no figures, reviews of manuscripts, issues or grants.
_TYPES = (
    *("journal-article", "proceedings-article", "posted-content", "book-chapter", "book", "monograph"),
    *("edited-book", "report", "dissertation"),
)
_MAX_DOI_CHARS = 100  # escaped
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_SECONDS = re.compile(r"(\d{1,4})s")


class CrossrefSource:
    """Crossref as a ``Source``; ``mailto`` is optional and goes to Crossref alone."""

    name: str = NAME
    fingerprint: str = NAME
    remote: bool = True

    def __init__(
        self,
        client: Client,
        *,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        base_url: str = BASE_URL,
        mailto: str | None = None,
        page_size: int = PAGE,
    ) -> None:
        self._client = client
        self._filters = filters
        self._base_url = base_url
        self._page_size = min(page_size, MAX_PAGE)
        address = (mailto or "").strip()
        self._secret = Secret("query", "mailto", address) if _ADDRESS.fullmatch(address) else None
        self._service = Service(NAME, TITLE, INTERVAL_SECONDS, diagnose)

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The ``limit`` (at most 2000) most relevant papers for a free text.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            SourceRefusedError: an error of Crossref, or an answer that is not of its form.
        """
        words = fit_address(query)
        if not any(c.isalnum() for c in words) or limit < 1:
            return nothing_to_search()
        limit = min(limit, MAX_PAPERS)
        filters = self._filters
        # what is checked here thins the pages out, so full ones are asked for
        is_thinned = bool(filters.venue or filters.field or filters.language or filters.open_access)
        rows = self._page_size if is_thinned else min(limit, self._page_size)
        fixed = {
            "query.bibliographic": words,
            "filter": build_filter(filters),
            "rows": str(rows),
            "select": ",".join(FIELDS),
        }
        needs_cursor = is_thinned or limit > rows
        return walk(lambda pointer: self._page(fixed, pointer, needs_cursor), limit)

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this DOI or ACL id, or with (nearly) exactly this title.

        ``None`` for what Crossref does not hold, and, without asking, for arXiv ids: their DOIs are DataCite's.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        if parse_arxiv_id(identifier):
            return None
        path = lookup_path(identifier)
        if path is not None:
            work = read_work(self._get(path))
            return paper_of(work) if work else None
        return None if "://" in identifier else self._lookup_title(identifier)

    def references(self, paper: Paper, limit: int) -> SearchAnswer:
        """The first ``limit`` works of the reference list that the publisher deposited for ``paper``.

        Those with a DOI of Crossref's are looked up, the others are taken as the list names them.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        path = lookup_path(paper.doi or paper.acl_id or "")
        work = read_work(self._get(path)) if path else None
        if work is None:
            return not_held(TITLE, f"“{paper.title}”")
        cited = work.reference
        return walk(lambda pointer: self._cited(cited, int(pointer or 0)), min(limit, MAX_PAPERS))

    def plan(self, n_queries: int, limit: int) -> RequestPlan:
        """What ``n_queries`` searches for ``limit`` papers each would take."""
        requests = n_queries * -(-min(max(limit, 0), MAX_PAPERS) // self._page_size)
        note = None if self._secret else "in the public pool; SYNTHESIS_EMAIL gives the polite one"
        seconds = max(0, requests - 1) * INTERVAL_SECONDS
        return RequestPlan(source=NAME, requests=requests, seconds=seconds, note=note)

    def _get(self, path: str, parameters: dict[str, str] | None = None) -> Response:
        request = Request(build_url(self._base_url, path, parameters), secret=self._secret)
        response = self._client.send(request, self._service)
        self._service = paced(self._service, response)
        return response

    def _page(self, fixed: dict[str, str], pointer: str | None, needs_cursor: bool) -> Page:
        position = {"cursor": pointer or "*"} if needs_cursor else {}
        response = self._get("/works", fixed | position)
        works, total, following = read_list(response)
        papers = [paper for work in works if (paper := paper_of(work))]
        kept = matching(papers, self._filters)
        return Page(kept, len(works), total, following, len(papers) - len(kept), response.retries)

    def _lookup_title(self, title: str) -> Paper | None:
        words = fit_address(title)
        if not any(c.isalnum() for c in words):
            return None
        parameters = {
            "query.bibliographic": words,
            "rows": str(_TITLE_CANDIDATES),
            "select": ",".join(FIELDS),
        }
        works, _, _ = read_list(self._get("/works", parameters))
        papers = [paper for work in works if (paper := paper_of(work))]
        return next((paper for paper in papers if titles_agree(title, paper.title)), None)

    def _cited(self, cited: Sequence[CitedWork], start: int) -> Page:
        """The works of a reference list from ``start`` on."""
        end = start + _MAX_DOIS
        part = cited[start:end]
        dois = dict.fromkeys(doi for one in part if (doi := _listed_doi(one)))
        held, retries = self._by_doi(list(dois)) if dois else ({}, ())
        papers = [held.get(_listed_doi(one) or "") or cited_paper(one) for one in part]
        known = [paper for paper in papers if paper]
        kept = matching(known, self._filters)
        following = str(end) if end < len(cited) else None
        return Page(kept, len(part), len(cited), following, len(known) - len(kept), retries)

    def _by_doi(self, dois: Sequence[str]) -> tuple[dict[str, Paper], tuple[str, ...]]:
        """The papers with these DOIs, and why they had to be asked for again."""
        listed = {"filter": ",".join(f"doi:{doi}" for doi in dois), "rows": str(len(dois))}
        response = self._get("/works", {**listed, "select": ",".join(FIELDS)})
        works, _, _ = read_list(response)
        papers = (paper for work in works if (paper := paper_of(work)))
        return {paper.doi: paper for paper in papers if paper.doi}, response.retries


def build_filter(filters: Filters) -> str:
    """The clauses for what Crossref can be asked: what kind of work, and from when; several types are alternatives."""
    clauses = [f"type:{name}" for name in _TYPES]
    clauses += [f"from-pub-date:{filters.from_year}-01-01"] if filters.from_year else []
    clauses += [f"until-pub-date:{filters.to_year}-12-31"] if filters.to_year else []
    return ",".join(clauses)


def lookup_path(identifier: str) -> str | None:
    """The path of the work with this identifier; ``None`` for what names none.

    >>> lookup_path("10.1000/A(1)"), lookup_path("P19-1001"), lookup_path("A title")
    ('/works/10.1000/a(1)', '/works/10.18653/v1/p19-1001', None)
    """
    acl = parse_acl_id(identifier)
    doi = parse_doi(identifier) or (f"10.18653/v1/{acl.lower()}" if acl else None)
    part = path_part(doi) if doi else None
    return f"/works/{part}" if part else None


def read_list(response: Response) -> tuple[tuple[Work, ...], int | None, str | None]:
    """(works, stated total, cursor of the next page) of a list. The cursor is never null, so a short page is the last.

    Raises:
        SourceRefusedError: an error of Crossref, in its words, or an answer of another form.
    """
    message = _message(response)
    if not isinstance(message, dict) or not isinstance(message.get("items"), list):
        raise _refused(response, "a list of works")
    works = tuple(Work.model_validate(item) for item in message["items"])
    asked = as_count(message.get("items-per-page"))
    is_last = not works or (asked is not None and len(works) < asked)
    following = None if is_last else as_token(message.get("next-cursor"))
    return works, as_count(message.get("total-results")), following


def read_work(response: Response) -> Work | None:
    """A single work; ``None`` where Crossref holds none.

    Raises:
        SourceRefusedError: as ``read_list``.
    """
    if response.status == 404:
        return None
    message = _message(response)
    if not isinstance(message, dict) or "DOI" not in message:
        raise _refused(response, "a work")
    return Work.model_validate(message)


def error_words(body: bytes) -> str | None:
    """What Crossref says went wrong, from its JSON; ``None`` where there is none of its errors."""
    try:
        value = read_json(body, TITLE)
    except SourceRefusedError:  # its errors come as plain text too
        return None
    if not isinstance(value, dict) or value.get("status") != "failed":
        return None
    problems = [one.get("message") for one in as_list(value.get("message")) if isinstance(one, dict)]
    words = "; ".join(" ".join(problem.split()) for problem in problems if isinstance(problem, str))
    return excerpt(words.encode())


def diagnose(response: Response, now: datetime) -> Trouble | None:
    """What is wrong with an answer; ``None`` for a 404 as well, which of a single work says that it is not held."""
    if response.status == 404:
        return None
    if (
        400 <= response.status < 429
        and response.status not in {401, 403}
        and (words := error_words(response.body))
    ):
        return Trouble("refused", f"{TITLE} answered HTTP {response.status}: {words}")
    return diagnose_http(TITLE, response, now)


def paced(service: Service, response: Response) -> Service:
    """``service`` at the pace that an answer states (``x-rate-limit-limit`` requests in ``x-rate-limit-interval``).

    It is never faster than the public pool, for the polite one is not for lists.
    """
    number = response.headers.get("x-rate-limit-limit", "")
    interval = _SECONDS.fullmatch(response.headers.get("x-rate-limit-interval", ""))
    if not number.isascii() or not number.isdigit() or not int(number[:9]) or interval is None:
        return service
    stated = int(interval[1]) / int(number[:9])
    seconds = min(max(stated, INTERVAL_SECONDS), _MAX_INTERVAL_SECONDS)
    return (
        service
        if math.isclose(seconds, service.interval_seconds)
        else replace(service, interval_seconds=seconds)
    )


def _message(response: Response) -> Any:
    """The contents of an answer that Crossref itself calls a success."""
    if response.status != 200:
        words = error_words(response.body) or excerpt(response.body)
        raise SourceRefusedError(f"{TITLE} answered HTTP {response.status}: {words}")
    value = read_json(response.body, TITLE)
    if not isinstance(value, dict) or value.get("status") != "ok":
        raise _refused(response, "one of its answers")
    return value.get("message")


def _refused(response: Response, expected: str) -> SourceRefusedError:
    words = error_words(response.body) or excerpt(response.body)
    return SourceRefusedError(f"{TITLE} sent something that is not {expected}: {words}")


def _listed_doi(cited: CitedWork) -> str | None:
    """The DOI of a cited work, where it can stand in a list and may be Crossref's."""
    doi = parse_doi(cited.doi or "")
    if doi is None or "," in doi or len(quote(doi)) > _MAX_DOI_CHARS or parse_arxiv_id(doi):
        return None
    return doi
