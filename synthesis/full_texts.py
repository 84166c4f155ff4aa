"""Screened papers → the same papers with their full text, where a copy is open; counts in PRISMA 2020 terms.

A paper that came with its full text (a user's own file) is left as it is. What an earlier try of the run read, or
found not to be open, is not fetched again; what could not be reached then is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import NO_ANSWER, FetchAttempt, Flow, ScreenedPaper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.protocols import FullTexts
    from synthesis.records import Paper

NO_COPY = "no open copy known"
NOT_READABLE = "no open copy could be read"
NO_TEXT = "no text could be fetched"
# what a fetched text brings to its paper's record
_TEXT_FACTS = ("sections", "abstract", "form", "quality", "flags", "arxiv_version")


class WithText(NamedTuple):
    """The papers with what could be read of them, the counts, and every try."""

    papers: tuple[ScreenedPaper, ...]
    flow: Flow
    attempts: tuple[FetchAttempt, ...]


def read_full_texts(
    papers: Sequence[ScreenedPaper],
    flow: Flow,
    fetcher: FullTexts | None,
    count: int,
    known: WithText | None = None,
) -> WithText:
    """Fetch the full text of the first ``count`` papers that came without; a paper left with no text at all goes."""
    sought = [p.paper for p in papers if lacks_full_text(p.paper)][:count] if fetcher else []
    if not fetcher or not sought:
        return WithText(tuple(papers), flow, ())
    settled = _settled(known, sought) if known else {}
    missing = [paper for paper in sought if paper.paper_id not in settled]
    outcomes = dict(settled)
    for paper, fetched in zip(missing, fetcher.fetch_all(missing), strict=True):
        outcomes[paper.paper_id] = (fetched.paper, tuple(fetched.attempts))
    read = {paper.paper_id: outcomes[paper.paper_id][0] for paper in sought}
    attempts = tuple(attempt for paper in sought for attempt in outcomes[paper.paper_id][1])
    with_text = [p.model_copy(update={"paper": read.get(p.paper.paper_id, p.paper)}) for p in papers]
    kept = tuple(p for p in with_text if p.paper.sections or p.role == "examined")
    return WithText(kept, _counted(flow, list(read.values()), attempts, len(papers) - len(kept)), attempts)


def lacks_full_text(paper: Paper) -> bool:
    """Whether all that is stored of a paper is its abstract, if that."""
    return paper.form is None and len(paper.sections) <= 1 and not paper.retracted


def _settled(known: WithText, sought: Sequence[Paper]) -> dict[str, tuple[Paper, tuple[FetchAttempt, ...]]]:
    """paper_id → what became of it, of the papers that need no further try.

    Only the text is the earlier try's: the facts may have grown since, and with them the copies that can be tried.
    """
    tries = _by_paper(known.attempts)
    before = {p.paper.paper_id: p.paper for p in known.papers}
    settled = {}
    for paper in sought:
        old, attempts = before.get(paper.paper_id), tries.get(paper.paper_id, ())
        if old is None or not attempts:
            continue
        if old.form:
            text = {name: getattr(old, name) for name in _TEXT_FACTS}
            settled[paper.paper_id] = (paper.model_copy(update=text), tuple(attempts))
        elif not _unanswered(attempts) and set(paper.links) <= set(old.links):
            flagged = paper.model_copy(update={"flags": old.flags})
            settled[paper.paper_id] = (flagged, tuple(attempts))
    return settled


def _by_paper(attempts: Sequence[FetchAttempt]) -> dict[str, list[FetchAttempt]]:
    tries: dict[str, list[FetchAttempt]] = {}
    for attempt in attempts:
        tries.setdefault(attempt.paper_id, []).append(attempt)
    return tries


def _unanswered(attempts: Sequence[FetchAttempt]) -> bool:
    return any(attempt.outcome == "unreachable" for attempt in attempts)


def _counted(flow: Flow, sought: Sequence[Paper], attempts: Sequence[FetchAttempt], n_dropped: int) -> Flow:
    """PRISMA's reports sought, retrieved (by form) and not retrieved (by reason)."""
    tries = _by_paper(attempts)
    reasons = Counter(_why_not(tries.get(paper.paper_id, [])) for paper in sought if not paper.form)
    excluded = dict(flow.excluded) | ({NO_TEXT: n_dropped} if n_dropped else {})
    return flow.model_copy(
        update={
            "sought": len(sought),
            "retrieved": dict(sorted(Counter(p.form for p in sought if p.form).items())),
            "not_retrieved": dict(sorted(reasons.items())),
            "excluded": dict(sorted(excluded.items())),
            "included": flow.included - n_dropped,
        }
    )


def _why_not(attempts: Sequence[FetchAttempt]) -> str:
    if not attempts:
        return NO_COPY
    return NO_ANSWER if _unanswered(attempts) else NOT_READABLE
