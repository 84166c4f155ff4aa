"""Pages of one search → papers, each once, and a note of whatever is missing.

Pure but for the pages that it asks for. It follows the source's own pointer to the next page, and ends whatever comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.errors import SourceError
from synthesis.sources.answer import SearchAnswer
from synthesis.terms import listed_apart
from synthesis.wording import say, say_n

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
        harvest.stop(say("the pointer to the next page came back unchanged"))
    elif following in harvest.asked:
        harvest.stop(say("the pointers to the next page go round in a circle"))
    elif harvest.n_idle == _MAX_IDLE_PAGES:
        harvest.stop(_nothing_new(_MAX_IDLE_PAGES))
    elif len(harvest.asked) >= harvest.max_pages:
        harvest.stop(_stopped_after(len(harvest.asked)), failed=not harvest.n_filtered)


def _answer(harvest: _Harvest) -> SearchAnswer:
    papers = tuple(harvest.papers.values())[: harvest.limit]
    short = len(papers) < harvest.expected
    ended = bool(harvest.totals) and harvest.n_entries >= harvest.totals[-1]  # all that is held was sent
    nothing = harvest.n_entries == 0 and any(harvest.totals)
    remarks = []
    if short and (harvest.stopped or harvest.totals or harvest.n_unusable):
        remarks.append(_shortfall(len(papers), harvest))
    if harvest.retries:
        remarks.append(_retried(len(harvest.retries), harvest.retries[-1]))
    return SearchAnswer(
        papers=papers,
        total=max(harvest.totals[0], len(papers)) if harvest.totals else None,
        note=listed_apart(remarks) or None,
        incomplete=short and ((harvest.failed and not ended) or nothing),
    )


def _nothing_new(n: int) -> str:
    return say_n("{n} page in a row held nothing new", "{n} pages in a row held nothing new", n)


def _stopped_after(n: int) -> str:
    return say_n("stopped after {n} page", "stopped after {n} pages", n)


def _shortfall(n: int, harvest: _Harvest) -> str:
    reasons = listed_apart(_reasons(harvest))
    if harvest.totals:
        return say("{n} of {expected} papers: {reasons}", n=n, expected=harvest.expected, reasons=reasons)
    return say("{n} of at most {limit} papers: {reasons}", n=n, limit=harvest.limit, reasons=reasons)


def _retried(n: int, why: str) -> str:
    return say_n("{n} retry; the last because {why}", "{n} retries; the last because {why}", n, why=why)


def _reasons(harvest: _Harvest) -> list[str]:
    """Why fewer papers are here than there should be; never empty."""
    reasons = [harvest.stopped] if harvest.stopped else []
    if harvest.n_filtered:
        reasons.append(
            say_n("{n} entry outside the filters", "{n} entries outside the filters", harvest.n_filtered)
        )
    if harvest.n_repeated:
        reasons.append(
            say_n("{n} entry sent more than once", "{n} entries sent more than once", harvest.n_repeated)
        )
    if harvest.n_unusable:
        reasons.append(
            say_n(
                "{n} entry without a title or another fact that is needed",
                "{n} entries without a title or another fact that is needed",
                harvest.n_unusable,
            )
        )
    if harvest.totals and harvest.totals[-1] != harvest.totals[0]:
        first, last = harvest.totals[0], harvest.totals[-1]
        reasons.append(say("the stated total changed from {first} to {last}", first=first, last=last))
    ended = say_n("the list ended after {n} entry", "the list ended after {n} entries", harvest.n_entries)
    return reasons or [ended]
