"""Pages of one search → papers, each once, and a note of whatever is missing.

Pure but for the pages that it asks for. It follows the source's own pointer to the next page, and ends whatever comes.
"""

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
    """One page of a search.

    ``n_entries`` is how many entries it came with, ``n_filtered`` how many of them the user's filters ruled out; what
    is left beside ``papers`` could not be used. ``next`` points to the page after it (a cursor, a token, an offset as
    text); ``None`` says that it was the last.
    """

    papers: tuple[Paper, ...]
    n_entries: int
    total: int | None = None  # entries that the source says it holds for the query
    next: str | None = None
    n_filtered: int = 0
    retries: tuple[str, ...] = ()  # why it had to be asked for again, each time


@dataclass(slots=True)
class _Harvest:
    """What the pages held so far; ``stopped`` says why the walk ended before the source's own end."""

    limit: int
    papers: dict[str, Paper] = field(default_factory=dict)
    asked: set[str | None] = field(default_factory=set)
    totals: list[int] = field(default_factory=list)
    n_entries: int = 0
    n_filtered: int = 0
    n_repeated: int = 0
    n_unusable: int = 0
    n_idle: int = 0  # pages without anything new, in a row
    largest_page: int = 1
    retries: list[str] = field(default_factory=list)
    failed: bool = False  # the source broke off or misbehaved
    stopped: str | None = None

    def add(self, page: Page) -> None:
        before = len(self.papers)
        for paper in page.papers:
            self.papers.setdefault(paper.paper_id, paper)
        n_new = len(self.papers) - before
        self.totals += [max(0, page.total)] if page.total is not None else []
        self.n_entries += page.n_entries
        self.n_filtered += page.n_filtered
        self.n_repeated += len(page.papers) - n_new
        self.n_unusable += max(0, page.n_entries - page.n_filtered - len(page.papers))
        self.n_idle = 0 if n_new or page.n_filtered else self.n_idle + 1
        self.largest_page = max(self.largest_page, page.n_entries)
        self.retries += page.retries

    def stop(self, reason: str, *, failed: bool = True) -> None:
        self.stopped, self.failed = reason, failed

    @property
    def max_pages(self) -> int:
        """Twice what full pages need, and two more."""
        return 2 * -(-self.limit // self.largest_page) + 2

    @property
    def expected(self) -> int:
        """How many papers a whole answer would hold."""
        return min([self.limit, *self.totals[:1]])


def walk(fetch: Callable[[str | None], Page], limit: int) -> SearchAnswer:
    """The first ``limit`` papers, each once, in the source's order.

    ``fetch`` gives the page that a pointer names; ``None`` names the first. The walk ends where the source says so or
    exactly as many entries have come as it states, and also when a pointer comes again, when two pages in a row bring
    nothing new, or after twice as many pages as full ones would need. A shortfall is put in words in the note. ``incomplete`` is set when the source failed or misbehaved
    before its end, so that asking again may bring more; a list that ends short of its stated total has the note alone.

    Raises:
        SourceError: from the first page, or while no paper has come yet; later it is told in the note.
    """
    harvest = _Harvest(limit)
    pointer: str | None = None
    while harvest.stopped is None and len(harvest.papers) < limit:
        harvest.asked.add(pointer)
        try:
            page = fetch(pointer)
        except SourceError as error:
            if not harvest.papers:
                raise
            harvest.stop(str(error))
            break
        harvest.add(page)
        if page.next is None or harvest.n_entries == max(harvest.totals, default=None):
            break
        _judge(harvest, pointer, page.next)
        pointer = page.next
    return _answer(harvest)


def _judge(harvest: _Harvest, pointer: str | None, following: str) -> None:
    """Stop a walk that would not end by itself."""
    if following == pointer:
        harvest.stop("the pointer to the next page came back unchanged")
    elif following in harvest.asked:
        harvest.stop("the pointers to the next page go round in a circle")
    elif harvest.n_idle == _MAX_IDLE_PAGES:
        harvest.stop(f"{_MAX_IDLE_PAGES} pages in a row held nothing new")
    elif len(harvest.asked) >= harvest.max_pages:
        harvest.stop(f"stopped after {len(harvest.asked)} pages", failed=not harvest.n_filtered)


def _answer(harvest: _Harvest) -> SearchAnswer:
    papers = tuple(harvest.papers.values())[: harvest.limit]
    short = len(papers) < harvest.expected
    ended = bool(harvest.totals) and harvest.n_entries >= harvest.totals[-1]  # all that is held was sent
    nothing = harvest.n_entries == 0 and any(harvest.totals)
    remarks = []
    if short and (harvest.stopped or harvest.totals or harvest.n_unusable):
        remarks.append(f"{len(papers)} of {_stated(harvest)} papers: {'; '.join(_reasons(harvest))}")
    if harvest.retries:
        number = f"{len(harvest.retries)} {'retry' if len(harvest.retries) == 1 else 'retries'}"
        remarks.append(f"{number}; the last because {harvest.retries[-1]}")
    return SearchAnswer(
        papers=papers,
        total=max(harvest.totals[0], len(papers)) if harvest.totals else None,
        note="; ".join(remarks) or None,
        incomplete=short and ((harvest.failed and not ended) or nothing),
    )


def _stated(harvest: _Harvest) -> str:
    return f"{harvest.expected}" if harvest.totals else f"at most {harvest.limit}"


def _reasons(harvest: _Harvest) -> list[str]:
    """Why fewer papers are here than there should be; never empty."""
    reasons = [harvest.stopped] if harvest.stopped else []
    if harvest.n_filtered:
        reasons.append(f"{_entries(harvest.n_filtered)} outside the filters")
    if harvest.n_repeated:
        reasons.append(f"{_entries(harvest.n_repeated)} sent more than once")
    if harvest.n_unusable:
        reasons.append(f"{_entries(harvest.n_unusable)} without a title or another fact that is needed")
    if harvest.totals and harvest.totals[-1] != harvest.totals[0]:
        reasons.append(f"the stated total changed from {harvest.totals[0]} to {harvest.totals[-1]}")
    return reasons or [f"the list ended after {_entries(harvest.n_entries)}"]


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"
