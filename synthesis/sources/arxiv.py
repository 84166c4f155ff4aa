"""arXiv: search and look-up by id or title over its query API, through the ``arxiv`` package.

The package builds the requests and parses the entries. What it leaves out is done around it: the shared client with
its pace, errors that come as entries, and the empty pages that arXiv sends now and then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import arxiv

from synthesis.errors import SourceRefusedError
from synthesis.identifiers import normalise_title, parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.network.messages import Request, Service
from synthesis.network.pace import ARXIV_INTERVAL_SECONDS
from synthesis.records import Filters, RequestPlan
from synthesis.sources.answer import SearchAnswer
from synthesis.sources.arxiv_feed import Feed, diagnose_feed, paper_of, read_feed
from synthesis.sources.arxiv_query import build_query, build_title_query, narrow
from synthesis.sources.notes import does_not_hold, nothing_to_search
from synthesis.sources.paging import Page, walk
from synthesis.terms import listed, listed_apart
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.network.client import Client
    from synthesis.records import Paper

NAME = "arxiv"
BASE_URL = "https://export.arxiv.org/api/query"
SERVICE = Service(NAME, "arXiv", ARXIV_INTERVAL_SECONDS, diagnose_feed)
MAX_PAPERS = 2000  # of one search
MAX_PAGE = 100
# math.GT/0309136 is held, and answered, as math/0309136.
_SUBJECT_CLASS = re.compile(r"\.[a-z]{2}(?=/)", re.IGNORECASE)
_TITLE_CANDIDATES = 10
_OK = 200


class ArxivSource:
    """arXiv as a ``Source``. Searches are narrowed to the years and the field of ``filters``; all it holds is open."""

    name: str = NAME
    fingerprint: str = NAME
    remote: bool = True

    def __init__(
        self,
        client: Client,
        *,
        filters: Filters = Filters(),  # noqa: B008 - a frozen record
        base_url: str = BASE_URL,
        service: Service = SERVICE,
        page_size: int = MAX_PAGE,
    ) -> None:
        self._client = client
        self._filters = filters
        self._base_url = base_url
        self._service = service
        self._page_size = min(page_size, MAX_PAGE)

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The ``limit`` (at most 2000) most relevant papers for a free text.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            SourceRefusedError: arXiv's own error, its rate limit to the deadline, or an answer that is no feed.
        """
        expression = build_query(query)
        if not expression or limit < 1:
            return nothing_to_search()
        limit = min(limit, MAX_PAPERS)
        search = arxiv.Search(query=narrow(expression, self._filters), max_results=None)
        return self._ask(search, limit, min(limit, self._page_size))

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this arXiv id, arXiv URL or arXiv DOI, or with exactly this title, whatever the filters.

        ``None`` for what arXiv does not hold, and, without asking, for other DOIs, ACL ids and URLs.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``.
        """
        parsed = parse_arxiv_id(identifier)
        if parsed is not None:
            arxiv_id = _SUBJECT_CLASS.sub("", parsed[0])
            asked = arxiv_id if parsed[1] is None else f"{arxiv_id}v{parsed[1]}"
            return next(iter(self.lookup_ids([asked]).papers), None)
        if parse_doi(identifier) or parse_acl_id(identifier) or "://" in identifier:
            return None
        return self._lookup_title(identifier)

    def lookup_ids(self, arxiv_ids: Sequence[str]) -> SearchAnswer:
        """The papers with these arXiv ids, in this order; the note names those not held, and those not answered.

        An id with a version asks for that version.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``; one malformed id refuses its whole list.
        """
        found: dict[str, Paper] = {}
        notes: list[str] = []
        unanswered: set[str] = set()
        for start in range(0, len(arxiv_ids), self._page_size):
            part = list(arxiv_ids[start : start + self._page_size])
            answer = self._ask(arxiv.Search(id_list=part, max_results=None), len(part), self._page_size)
            for paper in answer.papers:
                found[f"{paper.arxiv_id}"] = found[f"{paper.arxiv_id}v{paper.arxiv_version}"] = paper
            notes += [answer.note] if answer.note else []
            unanswered.update(part if answer.incomplete else ())
        notes += _missing_notes([one for one in arxiv_ids if one not in found], unanswered)
        papers = tuple(found[arxiv_id] for arxiv_id in arxiv_ids if arxiv_id in found)
        return SearchAnswer(
            papers=papers, total=len(papers), note=listed_apart(notes) or None, incomplete=bool(unanswered)
        )

    def plan(self, n_queries: int, limit: int) -> RequestPlan:
        """What ``n_queries`` searches for ``limit`` papers each would take."""
        requests = max(n_queries, 0) * -(-min(max(limit, 0), MAX_PAPERS) // self._page_size)
        seconds = max(0, requests - 1) * self._service.interval_seconds
        return RequestPlan(source=self.name, requests=requests, seconds=seconds)

    def _lookup_title(self, title: str) -> Paper | None:
        expression, wanted = build_title_query(title), normalise_title(title)
        if not expression or not wanted:
            return None
        search = arxiv.Search(query=expression, max_results=None)
        answer = self._ask(search, _TITLE_CANDIDATES, _TITLE_CANDIDATES)
        return next((paper for paper in answer.papers if normalise_title(paper.title) == wanted), None)

    def _ask(self, search: arxiv.Search, limit: int, page_size: int) -> SearchAnswer:
        """Walk through the pages of ``search``."""
        answer = walk(partial(self._page, search, page_size), limit)
        if answer.total != 0:
            return answer
        notes = [say("0 results (confirmed twice)"), *([answer.note] if answer.note else [])]
        return answer.model_copy(update={"note": listed_apart(notes)})

    def _page(self, search: arxiv.Search, page_size: int, pointer: str | None) -> Page:
        """The page that begins at entry ``pointer``; one that is empty, as happens by mistake, is asked for twice.

        Raises:
            SourceRefusedError: a later page is empty though the total says that there is more.
        """
        start = int(pointer or 0)
        page = self._fetch(search, start, page_size, fresh=False)
        if page.n_entries == 0:
            first, page = page, self._fetch(search, start, page_size, fresh=True)
            page = replace(page, retries=(*first.retries, *page.retries))
        if page.n_entries == 0 and start:
            raise SourceRefusedError(f"an empty page at entry {start}, asked for twice")
        return page

    def _fetch(self, search: arxiv.Search, start: int, page_size: int, *, fresh: bool) -> Page:
        """One page, asked for and parsed by the package over our client."""
        client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)
        client.query_url_format = f"{self._base_url}?{{}}"
        session = _Session(self._client, self._service, fresh=fresh)
        client._session = session  # noqa: SLF001 - the only way in; a test fails if the package moves it
        results = client.results(search, offset=start)
        first = next(results, None)  # the request is made here; another only past the page's last entry
        feed = session.feed
        if feed is None:
            raise AssertionError("the arxiv package did not use the session that it was given")
        rest = islice(results, max(0, feed.n_usable - 1))
        papers = tuple(map(paper_of, [first, *rest])) if first is not None else ()
        end = start + feed.n_entries
        following = str(end) if feed.n_entries and end < feed.total else None
        return Page(papers, feed.n_entries, feed.total, following, retries=session.retries)


def _missing_notes(missing: Sequence[str], unanswered: set[str]) -> list[str]:
    """What became of ids without a paper; one whose list broke off may well be held."""
    absent = [one for one in missing if one not in unanswered]
    lost = [one for one in missing if one in unanswered]
    notes = [does_not_hold("arXiv", listed(absent))] if absent else []
    return [*notes, say("arXiv did not answer for {ids}", ids=listed(lost))] if lost else notes


@dataclass(frozen=True, slots=True)
class _Reply:
    """The two attributes of a response that the package reads."""

    status_code: int
    content: bytes


@dataclass(slots=True)
class _Session:
    """Stands where the package keeps its requests session, for one page."""

    client: Client
    service: Service
    fresh: bool
    feed: Feed | None = None
    retries: tuple[str, ...] = ()

    def get(self, url: str, headers: object = None) -> _Reply:  # noqa: ARG002 - the package sends its own
        """The checked page at ``url``."""
        request = Request(url, accept="application/atom+xml")
        response = self.client.send(request, self.service, fresh=self.fresh)
        self.feed, self.retries = read_feed(response.body), response.retries
        return _Reply(_OK, self.feed.atom)
