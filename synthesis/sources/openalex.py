"""OpenAlex: search, look-up, references and citations over its API, without a key or with a free one.

Without a key the day's budget is $0.10 and lists are paged by number, for cursors are refused (HTTP 401); with one it
is $1 and lists are paged by cursor. Looking up a single work is free, so that is what look-ups by identifier do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.network.messages import Request, Secret, Service
from synthesis.records import Filters, RequestPlan
from synthesis.sources.arxiv_query import build_query
from synthesis.sources.filtering import matching
from synthesis.sources.notes import not_held, nothing_to_search
from synthesis.sources.openalex_model import (
    FIELDS,
    NAME,
    TITLE,
    Meta,
    Work,
    WorkList,
    diagnose,
    paper_of,
    pubmed_ids,
    read_list,
    read_work,
    work_id,
)
from synthesis.sources.paging import Page, walk
from synthesis.sources.query_text import MAX_ESCAPED_CHARS, fit_address
from synthesis.sources.titles import titles_agree
from synthesis.sources.urls import build_url, path_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.network.client import Client
    from synthesis.network.messages import Response
    from synthesis.records import Paper
    from synthesis.sources.answer import SearchAnswer

BASE_URL = "https://api.openalex.org"
SERVICE = Service(name=NAME, title=TITLE, interval_seconds=0.1, diagnose=diagnose)
MAX_PAPERS = 2000  # of one search; by page number OpenAlex gives 10,000 at most
MAX_PAGE = 100
_MAX_PAGED = 10_000  # page × per_page
_MAX_IDS = 50  # in one list of alternatives; some pages of the documentation say 100
_TITLE_CANDIDATES = 10
_SEARCH_DOLLARS = (
    0.001  # a page of a search; lists without one cost a tenth (developers.openalex.org, 2026-11)
)
_WORDS = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
# Names of OpenAlex's fields in their order there; the first has the number 11.
_FIELD_NAMES = (
    "agricultural and biological sciences;arts and humanities;biochemistry, genetics and molecular biology;"
    "business, management and accounting;chemical engineering;chemistry;computer science;decision sciences;"
    "earth and planetary sciences;economics, econometrics and finance;energy;engineering;environmental science;"
    "immunology and microbiology;materials science;mathematics;medicine;neuroscience;nursing;"
    "pharmacology, toxicology and pharmaceutics;physics and astronomy;psychology;social sciences;veterinary;"
    "dentistry;health professions"
).split(";")
_FIRST_FIELD = 11


class OpenAlexSource:
    """OpenAlex as a ``Source``; ``key`` is optional, blanks around it are taken off."""

    name: str = NAME
    fingerprint: str = NAME
    remote: bool = True

    def __init__(
        self,
        client: Client,
        *,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        base_url: str = BASE_URL,
        key: str | None = None,
        page_size: int = MAX_PAGE,
    ) -> None:
        self._client = client
        self._filters = filters
        self._base_url = base_url
        self._page_size = min(page_size, MAX_PAGE)
        stripped = (key or "").strip()
        self._secret = Secret("query", "api_key", stripped) if stripped else None

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The ``limit`` (at most 2000) most relevant papers for a free text.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            SourceRefusedError: an error of OpenAlex, or an answer that is not of its form; BudgetSpentError when the
                day's budget is used up.
        """
        words = search_words(query)
        if not words or limit < 1:
            return nothing_to_search()
        return self._list({"search": words}, build_filter(self._filters), limit)

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this DOI, arXiv id, PubMed id, ACL id or OpenAlex id, or with (nearly) exactly this title.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        path = lookup_path(identifier)
        if path is not None:
            work = self._work(path)
            return paper_of(work) if work else None
        return None if "://" in identifier else self._lookup_title(identifier)

    def references(self, paper: Paper, limit: int) -> SearchAnswer:
        """The first ``limit`` works that ``paper`` cites, as far as OpenAlex has linked them.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        work = self._own_work(paper, ("id", "doi", "referenced_works"))
        if work is None:
            return _not_held(paper)
        cited = [found for reference in work.referenced_works if (found := work_id(reference or ""))]
        return walk(lambda pointer: self._works(cited, int(pointer or 0)), min(limit, MAX_PAPERS))

    def citations(self, paper: Paper, limit: int) -> SearchAnswer:
        """The ``limit`` most cited works that cite ``paper``.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        own = _own_id(paper)
        if own is None:
            work = self._own_work(paper, ("id", "doi"))
            own = work_id(work.id or "") if work else None
        if own is None:
            return _not_held(paper)
        clauses = [f"cites:{own}", *build_filter(self._filters)]
        return self._list({"sort": "cited_by_count:desc"}, clauses, limit)

    def plan(self, n_queries: int, limit: int) -> RequestPlan:
        """What ``n_queries`` searches for ``limit`` papers each would take."""
        requests = n_queries * -(-min(max(limit, 0), MAX_PAPERS) // self._page_size)
        budget = "$1 a day" if self._secret else "$0.10 a day"
        return RequestPlan(
            source=NAME,
            requests=requests,
            seconds=max(0, requests - 1) * SERVICE.interval_seconds,
            credits=f"${requests * _SEARCH_DOLLARS:.3f} of {budget}",
            note=None if self._secret else "a free key (SYNTHESIS_OPENALEX_KEY) gives $1 a day",
        )

    def _get(self, path: str, parameters: dict[str, str]) -> Response:
        return self._client.send(
            Request(build_url(self._base_url, path, parameters), secret=self._secret), SERVICE
        )

    def _list(self, parameters: dict[str, str], clauses: Sequence[str], limit: int) -> SearchAnswer:
        """Walk through a list of works."""
        limit = min(limit, MAX_PAPERS)
        # what is checked here thins the pages out, so full ones are asked for
        is_thinned = bool(self._filters.venue or self._filters.field)
        fixed = {
            **parameters,
            **({"filter": ",".join(clauses)} if clauses else {}),
            "per_page": str(self._page_size if is_thinned else min(limit, self._page_size)),
            "select": ",".join(FIELDS),
        }
        return walk(lambda pointer: self._page(fixed, pointer), limit)

    def _page(self, fixed: dict[str, str], pointer: str | None) -> Page:
        """One page: by cursor with a key, by number without."""
        position = {"cursor": pointer or "*"} if self._secret else {"page": pointer or "1"}
        response = self._get("/works", fixed | position)
        found = read_list(response)
        following = found.meta.next_cursor if self._secret else next_page(found)
        return self._thinned(found, following, response.retries)

    def _works(self, cited: Sequence[str], start: int) -> Page:
        """The works with the ids from ``start`` on, in the order of the ids."""
        end = start + _MAX_IDS
        part = cited[start:end]
        if not part:
            return Page((), 0, 0)
        alternatives = {"filter": f"openalex:{'|'.join(part)}", "per_page": str(_MAX_IDS)}
        response = self._get("/works", {**alternatives, "select": ",".join(FIELDS)})
        found = read_list(response)
        place = {identifier: number for number, identifier in enumerate(part)}
        ordered = sorted(found.results, key=lambda work: place.get(work_id(work.id or "") or "", len(part)))
        whole = WorkList(meta=Meta(count=len(cited)), results=tuple(ordered))
        return self._thinned(whole, str(end) if end < len(cited) else None, response.retries)

    def _work(self, path: str, fields: Sequence[str] = FIELDS) -> Work | None:
        return read_work(self._get(path, {"select": ",".join(fields)}))

    def _own_work(self, paper: Paper, fields: Sequence[str]) -> Work | None:
        """The record of a paper that came from anywhere, by the first of its ids that OpenAlex knows."""
        known = [paper.paper_id, *paper.other_ids, paper.doi, paper.arxiv_id]
        paths = [path for identifier in known if identifier and (path := lookup_path(identifier))]
        for path in dict.fromkeys(sorted(paths, key=lambda path: not path.startswith("/works/W"))):
            if work := self._work(path, fields):
                return work
        return None

    def _lookup_title(self, title: str) -> Paper | None:
        words = " ".join(_WORDS.findall(_POSSESSIVE.sub("", fit_address(title))))
        if not words:
            return None
        # only words: a comma would end the clause, a bar would begin another value
        parameters = {"filter": f"title.search:{words}", "per_page": str(_TITLE_CANDIDATES)}
        found = read_list(self._get("/works", {**parameters, "select": ",".join(FIELDS)}))
        papers = [paper for work in found.results if (paper := paper_of(work))]
        return next((paper for paper in papers if titles_agree(title, paper.title)), None)

    def _thinned(self, found: WorkList, following: str | None, retries: tuple[str, ...]) -> Page:
        """A page of the papers that match the filters."""
        papers = [paper for work in found.results if (paper := paper_of(work))]
        kept = matching(papers, self._filters)
        n_filtered = len(papers) - len(kept)
        return Page(kept, len(found.results), found.meta.count, following, n_filtered, retries)


def _not_held(paper: Paper) -> SearchAnswer:
    return not_held(TITLE, f"“{paper.title}”")


def search_words(query: str) -> str:
    """A free text in OpenAlex's syntax, which joins words by AND as arXiv's does, so it is asked in the same way.

    >>> search_words("cross-lingual retrieval")
    '"cross lingual" AND retrieval'
    """
    words = build_query(query)
    if len(words) != len(
        fit_address(words)
    ):  # a sentence without blanks, in a script of nine characters a letter
        words = build_query(fit_address(query, MAX_ESCAPED_CHARS // 5))
    return words.replace("all:", "")  # the query's own words hold no colon


def build_filter(filters: Filters) -> list[str]:
    """The clauses for what OpenAlex can be asked; the venue, and fields by other names than its own, are not."""
    number = field_number(filters.field)
    clauses = {
        "from_publication_date": f"{filters.from_year}-01-01" if filters.from_year else None,
        "to_publication_date": f"{filters.to_year}-12-31" if filters.to_year else None,
        "language": filters.language.lower().partition("-")[0] if filters.language else None,
        "topics.field.id": str(number) if number else None,
        "open_access.is_oa": "true" if filters.open_access else None,
    }
    return [f"{name}:{value}" for name, value in clauses.items() if value]


def field_number(name: str | None) -> int | None:
    """OpenAlex's number of one of its 26 fields of study.

    >>> field_number("Computer Science"), field_number("linguistics")
    (17, None)
    """
    words = " ".join((name or "").casefold().split())
    return _FIELD_NAMES.index(words) + _FIRST_FIELD if words in _FIELD_NAMES else None


def lookup_path(identifier: str) -> str | None:
    """The path of the single work with this identifier; ``None`` for what is none, such as a title.

    >>> lookup_path("arXiv:2408.10536v2"), lookup_path("pmid:29768149"), lookup_path("A title")
    ('/works/doi:10.48550/arxiv.2408.10536', '/works/pmid:29768149', None)
    """
    if arxiv := parse_arxiv_id(identifier):
        name = f"doi:10.48550/arxiv.{arxiv[0]}"
    elif doi := parse_doi(identifier):
        name = f"doi:{doi}"
    elif own := work_id(identifier):
        name = own
    elif acl := parse_acl_id(identifier):
        name = f"doi:10.18653/v1/{acl.lower()}"
    elif ":" in identifier and (pubmed := pubmed_ids(identifier, None)):
        name = pubmed[0]
    elif identifier.lower().startswith("pmcid:") and (central := pubmed_ids(None, identifier)):
        name = central[0]
    else:
        return None
    part = path_part(name)
    return f"/works/{part}" if part else None


def next_page(found: WorkList) -> str | None:
    """The number of the page after this one, by what the answer says of itself; ``None`` after the last."""
    page, size = found.meta.page or 1, found.meta.per_page or MAX_PAGE
    is_last = not found.results or page * size >= (found.meta.count or 0) or (page + 1) * size > _MAX_PAGED
    return None if is_last else str(page + 1)


def _own_id(paper: Paper) -> str | None:
    return next((own for known in (paper.paper_id, *paper.other_ids) if (own := work_id(known))), None)
