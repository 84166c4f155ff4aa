"""Pages of one search → papers, and a note of whatever is missing. Pure but for the page that it asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.errors import SourceError
from synthesis.sources.answer import SearchAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.records import Paper

_MAX_IDLE_PAGES = 2


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its papers, how many entries it was sent with, and the total that it states."""

    papers: tuple[Paper, ...]
    n_entries: int
    total: int


@dataclass(slots=True)
class _Harvest:
    """What the pages held so far; ``stopped`` says why no further page is asked for."""

    papers: dict[str, Paper] = field(default_factory=dict)
    start: int = 0  # index of the next entry: the entries sent so far, whatever size was asked for
    totals: list[int] = field(default_factory=list)
    n_repeated: int = 0
    n_unusable: int = 0
    n_idle: int = 0  # pages without a new paper, in a row
    stopped: str | None = None

    def add(self, page: Page) -> None:
        before = len(self.papers)
        for paper in page.papers:
            self.papers.setdefault(paper.paper_id, paper)
        n_new = len(self.papers) - before
        self.n_repeated += len(page.papers) - n_new
        self.n_unusable += page.n_entries - len(page.papers)
        self.n_idle = 0 if n_new else self.n_idle + 1
        self.start += page.n_entries
        if self.n_idle == _MAX_IDLE_PAGES:
            self.stopped = f"{_MAX_IDLE_PAGES} pages in a row held nothing new"


def collect_pages(fetch: Callable[[int], Page], limit: int, page_size: int) -> SearchAnswer:
    """The first ``limit`` papers, each once; ``fetch(start)`` gives the page that begins at entry ``start``.

    An empty page is asked for once more. Every page must bring something new or the walk ends, so it ends
    whatever is sent. An error after the first page ends it too, and the note says what was lost; an error on
    the first page is raised.
    """
    harvest = _Harvest()
    max_pages = 2 * -(-limit // page_size) + 2  # twice what full pages need
    for _ in range(max_pages):
        try:
            page = fetch(harvest.start)
            if page.n_entries == 0:
                page = fetch(harvest.start)
        except SourceError as error:
            if not harvest.papers:
                raise
            harvest.stopped = str(error)
            break
        if page.n_entries == 0:
            harvest.stopped = f"an empty page at entry {harvest.start}, asked for twice"
            harvest.totals = harvest.totals or [page.total]
            break
        harvest.totals.append(page.total)
        harvest.add(page)
        if harvest.stopped or len(harvest.papers) >= limit or harvest.start >= page.total:
            break
    else:
        harvest.stopped = f"{max_pages} pages, all shorter than asked for"
    papers = tuple(harvest.papers.values())[:limit]
    return SearchAnswer(papers=papers, total=max(harvest.totals[0], len(papers)), note=_note(harvest, limit))


def _note(harvest: _Harvest, limit: int) -> str | None:
    """What the reader should know of a shortfall; ``None`` when all came that was asked for or is held."""
    if harvest.start == 0 and harvest.totals == [0]:
        return "0 results (confirmed twice)"
    first, last = harvest.totals[0], harvest.totals[-1]
    expected = min(limit, first)
    if len(harvest.papers) >= expected:
        return None
    reasons = [harvest.stopped] if harvest.stopped else []
    if harvest.n_repeated:
        reasons.append(f"{harvest.n_repeated} entries came more than once")
    if harvest.n_unusable:
        reasons.append(f"{harvest.n_unusable} entries without id, title or date were left out")
    if last != first:
        reasons.append(f"the stated total changed from {first} to {last}")
    return f"{len(harvest.papers)} of {expected} papers: {'; '.join(reasons)}"
