"""The answer regrouped for the page: the statement with its sides, sub-questions, what the evidence covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.terms import aspect_words, covered_words, listed, side_words
from synthesis.wording import say

if TYPE_CHECKING:
    from synthesis.records import Answer, Aspect, Hypothesis, Side

SIDES: tuple[Side, ...] = ("for", "against", "mixed", "silent")


class SideCount(NamedTuple):
    """How many papers take a side."""

    side: Side
    words: str
    n: int


class CoverageRow(NamedTuple):
    """A row of the coverage table in words."""

    kind: str
    words: str  # of the question
    state: str  # covered, in part, not covered: as the record says it
    covered: str  # the same as words
    missing: str  # a sentence; empty where nothing is missing
    n_papers: int
    n_claims: int
    references: tuple[int, ...]


def has_answer(answer: Answer) -> bool:
    """Whether there is anything to say under the heading of the answer."""
    return bool(
        answer.groups
        or answer.covered
        or answer.not_covered
        or answer.hypothesis
        or answer.parts
        or answer.coverage
        or answer.gaps
    )


def side_counts(hypothesis: Hypothesis) -> tuple[SideCount, ...]:
    """Papers a side, in the order for, against, mixed, silent; sides that were not counted are left out."""
    counts = hypothesis.counts
    return tuple(SideCount(side, side_words(side), counts[side]) for side in SIDES if side in counts)


def aspect_title(aspect: Aspect) -> str:
    """What is asked about, with its kind, e.g. "Method: hybrid batch training"."""
    kind = aspect_words(aspect.kind)
    return say("{kind}: {words}", kind=kind[:1].upper() + kind[1:], words=aspect.words)


def coverage_rows(answer: Answer) -> tuple[CoverageRow, ...]:
    """What the question asks and what the evidence covers of it, in the order of the record."""
    return tuple(
        CoverageRow(
            aspect_words(row.aspect.kind),
            row.aspect.words,
            row.covered,
            covered_words(row.covered),
            say("missing: {words}", words=listed(row.missing)) if row.missing else "",
            row.n_papers,
            row.n_claims,
            row.references,
        )
        for row in answer.coverage
    )
