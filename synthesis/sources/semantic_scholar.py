"""Semantic Scholar: search, look-up and citations over its Academic Graph API.

It works without a key, in a pool that all such callers share and that is often full; a key has a pace of its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from synthesis.errors import SourceError, SourceRefusedError
from synthesis.network.diagnosis import diagnose_http, excerpt
from synthesis.network.messages import Secret, Service, Trouble
from synthesis.records import Filters, RequestPlan
from synthesis.sources import semantic_scholar_requests as api
from synthesis.sources.filtering import matching
from synthesis.sources.notes import does_not_hold, not_held, noted, nothing_to_search
from synthesis.sources.paging import Page, walk
from synthesis.sources.semantic_scholar_answers import (
    TITLE,
    Batch,
    error_trouble,
    parse_batch,
    parse_citations,
    parse_other,
    parse_paper,
    parse_references,
    parse_search,
    says_not_held,
)
from synthesis.sources.semantic_scholar_model import NAME
from synthesis.sources.titles import titles_agree
from synthesis.terms import listed
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from synthesis.network.client import Client
    from synthesis.network.messages import Request, Response
    from synthesis.records import Paper
    from synthesis.sources.answer import SearchAnswer

__all__ = [
    "SemanticScholarSource",
    "parse_batch",
    "parse_citations",
    "parse_other",
    "parse_paper",
    "parse_references",
    "parse_search",
]

MAX_PAPERS = 10_000  # of one search
MAX_RELATIONS = 9_999  # offset + limit of a citation list stays below 10,000
INTERVAL_SECONDS = 1.0  # the pace of a key, over all endpoints together
_NONE_VALID = b"No valid paper ids"  # how a batch of which no id is known is answered, under HTTP 400
_FOREIGN = re.compile(r"(?:openalex|title|file|ppr):", re.IGNORECASE)  # ids that others gave

Kind = Literal["references", "citations"]


class SemanticScholarSource:
    """Semantic Scholar as a ``Source``; ``key`` is optional and goes in a header.

    Filters that the API has (years, venue, field, open copy) are put to it, the others checked on what comes.
    """

    name: str = NAME
    fingerprint: str = NAME
    remote: bool = True

    def __init__(
        self,
        client: Client,
        *,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        base_url: str = api.BASE_URL,
        key: str | None = None,
    ) -> None:
        stripped = (key or "").strip()
        self._client = client
        self._filters = filters
        self._base = base_url
        self._secret = Secret("header", "x-api-key", stripped) if stripped else None
        self.service = Service(NAME, TITLE, INTERVAL_SECONDS, partial(diagnose, keyed=bool(stripped)))

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The ``limit`` most relevant papers; beyond the 999 that are ranked, the most cited that hold all words.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            SourceRefusedError: an error of Semantic Scholar, a refused key, or its pool full to the deadline.
        """
        words, limit = api.plain_words(query), min(limit, MAX_PAPERS)
        if not words or limit < 1:
            return nothing_to_search()
        ranked_limit = min(limit, api.RANKED)
        answer = walk(partial(self._ranked_page, words, min(ranked_limit, api.PAGE)), ranked_limit)
        if limit > api.RANKED and (answer.total or 0) > api.RANKED and not answer.incomplete:
            return self._with_unranked(words, answer, limit)
        return answer

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this arXiv id, DOI, ACL id, ``pmid:…``, ``pmcid:…`` or ``s2:…``, or with this title.

        ``None`` for what Semantic Scholar does not hold; a title must agree but for a few characters.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        name = api.paper_name(identifier)
        if name is not None:
            response = self._send(api.paper_request(self._base, name))
            return parse_paper(response.body) if response and response.status == 200 else None
        if "://" in identifier or _FOREIGN.match(identifier) or not api.plain_words(identifier):
            return None
        response = self._send(api.match_request(self._base, identifier))
        found = parse_search(response.body).papers if response and response.status == 200 else ()
        return next((paper for paper in found if titles_agree(identifier, paper.title)), None)

    def lookup_ids(self, identifiers: Sequence[str]) -> SearchAnswer:
        """The papers of these identifiers, in their order; the note names those that are not held.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        names = {one: name for one in identifiers if (name := api.paper_name(one))}
        found: dict[str, Paper | None] = {one: None for one in identifiers if one not in names}
        answer = walk(partial(self._batch, names, found), max(len(names), 1))
        papers = tuple(paper for one in identifiers if (paper := found.get(one)))
        missing = [one for one in identifiers if one in found and found[one] is None]
        notes = [does_not_hold(TITLE, listed(missing))] if missing else []
        return noted(answer.model_copy(update={"papers": papers, "total": len(papers)}), notes)

    def references(self, paper: Paper, limit: int) -> SearchAnswer:
        """Works that ``paper`` cites, at most ``limit``.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        return self._relations("references", paper, limit)

    def citations(self, paper: Paper, limit: int) -> SearchAnswer:
        """Works that cite ``paper``, at most ``limit``, the newest first; of much cited ones not all are listed.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        return self._relations("citations", paper, limit)

    def plan(self, n_queries: int, limit: int) -> RequestPlan:
        """What ``n_queries`` searches of ``limit`` papers would take."""
        limit = min(max(limit, 0), MAX_PAPERS)
        pages = -(-min(limit, api.RANKED) // api.PAGE)
        pages += -(-limit // api.BULK_PAGE) if limit > api.RANKED else 0
        n_requests = max(n_queries, 0) * pages
        note = None if self._secret else "without a key it answers from a pool that is shared and often full"
        seconds = max(0, n_requests - 1) * INTERVAL_SECONDS
        return RequestPlan(source=NAME, requests=n_requests, seconds=seconds, note=note)

    def _send(self, request: Request | None) -> Response | None:
        """The answer; ``None`` to what cannot be asked."""
        return self._client.send(replace(request, secret=self._secret), self.service) if request else None

    def _ranked_page(self, words: str, size: int, pointer: str | None) -> Page:
        offset = int(pointer or 0)
        size = min(size, api.RANKED - offset)
        page = self._search_page(api.search_request(self._base, words, self._filters, offset, size))
        return _cut_off(page, api.RANKED)

    def _bulk_page(self, words: str, pointer: str | None) -> Page:
        return self._search_page(api.bulk_request(self._base, words, self._filters, pointer))

    def _search_page(self, request: Request) -> Page:
        response = self._client.send(replace(request, secret=self._secret), self.service)
        return _matching(parse_search(response.body), api.unasked_filters(self._filters), response)

    def _with_unranked(self, words: str, ranked: SearchAnswer, limit: int) -> SearchAnswer:
        """``ranked`` with what a bulk search holds besides, up to ``limit``."""
        notes = [ranked.note] if ranked.note else []
        try:
            more = walk(partial(self._bulk_page, words), limit)
        except SourceError as error:
            notes.append(_only_ranked(len(ranked.papers), error))
            return noted(ranked.model_copy(update={"note": None, "incomplete": True}), notes)
        papers = {paper.paper_id: paper for paper in (*ranked.papers, *more.papers)}
        notes.append(_ranked_first(len(ranked.papers)))
        update = {"papers": tuple(papers.values())[:limit], "total": ranked.total}
        return noted(more.model_copy(update=update), notes)

    def _batch(self, names: dict[str, str], found: dict[str, Paper | None], pointer: str | None) -> Page:
        """The papers of the next 500 names, each put into ``found`` under the identifier that asked for it."""
        start = int(pointer or 0)
        part = list(names)[start : start + api.BATCH]
        if not part:
            return Page((), 0)
        request = api.batch_request(self._base, [names[one] for one in part], self._secret)
        response = self._client.send(request, self.service)
        batch = (
            parse_batch(response.body) if response.status == 200 else Batch((None,) * len(part), len(part), 0)
        )
        if len(batch.papers) != len(part):
            raise SourceRefusedError(f"{TITLE} answered {len(batch.papers)} of {len(part)} ids of a batch")
        found |= dict(zip(part, batch.papers, strict=True))
        end = start + api.BATCH
        papers = tuple(paper for paper in batch.papers if paper)
        following = str(end) if end < len(names) else None
        return Page(papers, len(part) - batch.n_missing, next=following, retries=response.retries)

    def _relations(self, kind: Kind, paper: Paper, limit: int) -> SearchAnswer:
        name = api.name_of(paper)
        if name is None or limit < 1:
            return not_held(TITLE, paper.paper_id)
        notes: list[str] = []
        limit = min(limit, MAX_RELATIONS)
        size = min(limit, api.RELATIONS_PAGE)
        answer = walk(partial(self._relations_page, name, kind, size, notes), limit)
        stated = min(paper.cited_by or 0, limit)
        if kind == "citations" and self._filters == Filters() and len(answer.papers) < stated:
            notes.append(_citations_listed(len(answer.papers), paper.cited_by or 0))
        return noted(answer, notes)

    def _relations_page(
        self, name: str, kind: Kind, size: int, notes: list[str], pointer: str | None
    ) -> Page:
        offset = int(pointer or 0)
        size = min(size, MAX_RELATIONS - offset)
        response = self._send(api.relations_request(self._base, name, kind, offset, size))
        if response is None or response.status != 200:
            notes.append(does_not_hold(TITLE, name))
            return Page((), 0)
        relations = (parse_references if kind == "references" else parse_citations)(response.body)
        if relations.withheld:
            notes.append(_withheld(kind))
        return _cut_off(_matching(relations.page, self._filters, response), MAX_RELATIONS)


def _only_ranked(n: int, error: SourceError) -> str:
    return say_n(
        "only the {n} most relevant paper: {error}",
        "only the {n} most relevant papers: {error}",
        n,
        error=error,
    )


def _ranked_first(n: int) -> str:
    return say_n(
        "the first {n} paper is the most relevant, the others the most cited",
        "the first {n} papers are the most relevant, the others the most cited",
        n,
    )


def _citations_listed(n: int, stated: int) -> str:
    return say_n(
        "{source} lists {n} of about {stated} citations",
        "{source} lists {n} of about {stated} citations",
        n,
        source=TITLE,
        stated=stated,
    )


def _withheld(kind: Kind) -> str:
    if kind == "references":
        return say("the publisher does not let {source} show the references", source=TITLE)
    return say("the publisher does not let {source} show the citations", source=TITLE)


def _matching(page: Page, filters: Filters, response: Response) -> Page:
    papers = matching(page.papers, filters)
    return replace(page, papers=papers, n_filtered=len(page.papers) - len(papers), retries=response.retries)


def _cut_off(page: Page, end: int) -> Page:
    """``page`` as the last one where the next would begin past ``end``, from where nothing is answered."""
    return replace(page, next=None) if page.next is not None and int(page.next) >= end else page


def diagnose(response: Response, now: datetime, *, keyed: bool) -> Trouble | None:
    """What is wrong with an answer. An unknown paper (404) and a batch of unknown ids are answers, not errors.

    A key that is not known breaks what would work without one: so much is said, and nothing else is tried.
    """
    if response.status == 403 and keyed:
        return Trouble(
            "refused",
            f"{TITLE} refused the key (HTTP 403): {excerpt(response.body)}. Correct the key, or unset it: "
            "without one the search works too, only more slowly",
        )
    if response.status == 400 and _NONE_VALID in response.body:
        return None
    if response.status == 404 and response.content_type == "application/json":
        trouble = diagnose_http(
            TITLE, replace(response, status=200), now
        )  # it must be whole JSON all the same
        return trouble if trouble or says_not_held(response.body) else diagnose_http(TITLE, response, now)
    return diagnose_http(TITLE, response, now) or error_trouble(response.body)
