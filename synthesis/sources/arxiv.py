"""arXiv: search and look-up by id or title over its query API, through the ``arxiv`` package.

The package builds the requests and parses the entries. What it leaves out is done around it: one pace for all
processes, errors that come as entries, the empty pages that arXiv sends now and then, bounded requests.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import arxiv

from synthesis import __version__
from synthesis.errors import SourceError, SourceRefusedError, SourceUnavailableError
from synthesis.identifiers import normalise_title, parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.sources.answer import SearchAnswer
from synthesis.sources.arxiv_feed import RefusedForNowError, paper_of
from synthesis.sources.arxiv_paging import Page, collect_pages
from synthesis.sources.arxiv_query import build_query, build_title_query
from synthesis.sources.arxiv_transport import ArxivTransport, Clockwork
from synthesis.sources.network import BoundedClient, check_reachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.records import Paper
    from synthesis.sources.pace import Pace

BASE_URL = "https://export.arxiv.org/api/query"
USER_AGENT = f"synthesis/{__version__}"
MAX_PAPERS = 2000  # of one search
MAX_PAGE = 100
# math.GT/0309136 is held, and answered, as math/0309136.
_SUBJECT_CLASS = re.compile(r"\.[a-z]{2}(?=/)", re.IGNORECASE)
_TITLE_CANDIDATES = 10
_CLOSED_SECONDS = 60.0  # after it failed, the source is not asked again for so long


class ArxivSource:
    """arXiv as a ``Source``.

    ``pace`` is shared by all processes that name the same folder. ``timeout_seconds`` bounds one exchange,
    ``deadline_seconds`` one page with all its retries. After it could not be reached, or refused to the end,
    the source fails at once for as long as it was asked to wait, at least a minute.
    """

    name: str = "arxiv"
    fingerprint: str = "arxiv"
    remote: bool = True

    def __init__(
        self,
        *,
        pace: Pace,
        base_url: str = BASE_URL,
        time: Clockwork | None = None,
        timeout_seconds: float = 30.0,
        deadline_seconds: float = 60.0,
        page_size: int = MAX_PAGE,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._pace = pace
        self._base_url = base_url
        self._time = time or Clockwork()
        self._timeout_seconds = timeout_seconds
        self._deadline_seconds = deadline_seconds
        self._page_size = min(page_size, MAX_PAGE)
        self._user_agent = user_agent
        self._reached = False
        self._closed: tuple[float, SourceError] | None = None  # (until, on the clock; why)

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The ``limit`` (at most 2000) most relevant papers for a free text.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            SourceRefusedError: arXiv's own error, its rate limit to the deadline, or an answer that is no feed.
        """
        expression = build_query(query)
        if not expression or limit < 1:
            return SearchAnswer(total=0, note="nothing to search for: the query holds no word")
        limit = min(limit, MAX_PAPERS)
        return self._ask(arxiv.Search(query=expression, max_results=None), limit, min(limit, self._page_size))

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this arXiv id, arXiv URL or arXiv DOI, or with exactly this title.

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
        """The papers with these arXiv ids, in this order; the note names those that arXiv does not hold.

        An id with a version asks for that version.

        Raises:
            SourceUnavailableError, SourceRefusedError: as ``search``; one malformed id refuses its whole list.
        """
        found: dict[str, Paper] = {}
        notes: list[str] = []
        for start in range(0, len(arxiv_ids), self._page_size):
            part = list(arxiv_ids[start : start + self._page_size])
            answer = self._ask(arxiv.Search(id_list=part, max_results=None), len(part), self._page_size)
            for paper in answer.papers:
                found[f"{paper.arxiv_id}"] = found[f"{paper.arxiv_id}v{paper.arxiv_version}"] = paper
            notes += [answer.note] if answer.note else []
        missing = [arxiv_id for arxiv_id in arxiv_ids if arxiv_id not in found]
        if missing:
            notes.append(f"arXiv does not hold {', '.join(missing)}")
        papers = tuple(found[arxiv_id] for arxiv_id in arxiv_ids if arxiv_id in found)
        return SearchAnswer(papers=papers, total=len(papers), note="; ".join(notes) or None)

    def _lookup_title(self, title: str) -> Paper | None:
        expression, wanted = build_title_query(title), normalise_title(title)
        if not expression or not wanted:
            return None
        search = arxiv.Search(query=expression, max_results=None)
        answer = self._ask(search, _TITLE_CANDIDATES, _TITLE_CANDIDATES)
        return next((paper for paper in answer.papers if normalise_title(paper.title) == wanted), None)

    def _ask(self, search: arxiv.Search, limit: int, page_size: int) -> SearchAnswer:
        """Walk through the pages of ``search`` and say in the note what had to be tried again."""
        self._check_open()
        with BoundedClient(user_agent=self._user_agent, timeout_seconds=self._timeout_seconds) as client:
            transport = ArxivTransport(client, self._pace, self._time, self._deadline_seconds)
            answer = collect_pages(
                lambda start: self._page(transport, search, start, page_size), limit, page_size
            )
        if not transport.retries:
            return answer
        n_retries = len(transport.retries)
        retries = f"{n_retries} {'retry' if n_retries == 1 else 'retries'}; the last because {transport.retries[-1]}"
        return answer.model_copy(update={"note": f"{answer.note}; {retries}" if answer.note else retries})

    def _page(self, transport: ArxivTransport, search: arxiv.Search, start: int, page_size: int) -> Page:
        """One page, asked for and parsed by the package over our transport."""
        client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=0)
        client.query_url_format = f"{self._base_url}?{{}}"
        client._session = transport  # noqa: SLF001 - the only way in; a test fails if the package moves it
        try:
            if not self._reached:
                check_reachable(self._base_url)
                self._reached = True
            results = client.results(search, offset=start)
            first = next(results, None)  # the request is made here; another only past the page's last entry
        except (SourceUnavailableError, RefusedForNowError) as error:
            self._close(error)
            raise
        feed = transport.feed
        if feed is None:
            raise AssertionError("the arxiv package did not use the transport that it was given")
        rest = islice(results, max(0, feed.n_usable - 1))
        papers = tuple(map(paper_of, [first, *rest])) if first is not None else ()
        return Page(papers, feed.n_entries, feed.total)

    def _close(self, error: SourceError) -> None:
        asked = error.wait_seconds if isinstance(error, RefusedForNowError) else None
        self._closed = (self._time.clock() + max(asked or 0.0, _CLOSED_SECONDS), error)

    def _check_open(self) -> None:
        """Fail at once, with the same words, while the source is closed."""
        if self._closed is None or self._time.clock() >= self._closed[0]:
            return
        error = self._closed[1]
        kind = SourceUnavailableError if isinstance(error, SourceUnavailableError) else SourceRefusedError
        raise kind(f"{error} (not asked again so soon)")
