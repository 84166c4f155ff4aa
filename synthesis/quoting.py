"""Which words of a passage are quoted: few, the most decisive first, and saying what the passage says.

The judge reads a passage whole, so its most decisive sentence may say less than the passage does. A quote is
therefore judged once more, alone, and must take the passage's stance; else the next sentences of the rationale are
tried, then wider stretches, and in the end the whole passage.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from synthesis.protocols import Judge
    from synthesis.records import Passage

MAX_SENTENCES = 3  # of the rationale, tried in turn
MAX_WIDTH = 4  # sentences around the most decisive one, before the whole passage

Pairs = list[tuple[str, str]]


class Reading(NamedTuple):
    """A passage that takes a side on a claim; ``stance`` is the column of the judge's scores that is largest."""

    claim: str
    passage: Passage
    stance: int


class Run(NamedTuple):
    """Neighbouring sentences of a passage, by index, both ends included."""

    first: int
    last: int


def choose_quotes(
    readings: Sequence[Reading], judge: Judge, stances: Callable[[Pairs], Sequence[int]]
) -> list[Run]:
    """For each passage the first of its candidate runs that takes its stance alone, else the whole passage.

    ``stances`` judges many (claim, text) pairs at once. It is asked twice: for the first candidate of every passage,
    then for all further candidates of those whose first one failed.
    """
    candidates = [
        _candidates(r.passage, judge.rationale(r.claim, r.passage.sentence_texts)) for r in readings
    ]
    chosen = _first_agreeing(readings, [runs[:1] for runs in candidates], stances)
    failed = [i for i, run in enumerate(chosen) if run is None]
    others = _first_agreeing([readings[i] for i in failed], [candidates[i][1:-1] for i in failed], stances)
    for i, run in zip(failed, others, strict=True):
        chosen[i] = run
    return [run or runs[-1] for run, runs in zip(chosen, candidates, strict=True)]


def whole(passage: Passage) -> Run:
    """All sentences of a passage."""
    return Run(0, len(passage.sentences) - 1)


def _first_agreeing(
    readings: Sequence[Reading],
    candidates: Sequence[Sequence[Run]],
    stances: Callable[[Pairs], Sequence[int]],
) -> list[Run | None]:
    """For each passage its first candidate that takes the passage's stance; what is the whole needs no asking."""
    asked = [
        (i, run)
        for i, (reading, runs) in enumerate(zip(readings, candidates, strict=True))
        for run in runs
        if run != whole(reading.passage)
    ]
    answers = stances([(readings[i].claim, _text(readings[i].passage, run)) for i, run in asked])
    chosen: list[Run | None] = [None] * len(readings)
    for (i, run), stance in zip(asked, answers, strict=True):
        if chosen[i] is None and stance == readings[i].stance:
            chosen[i] = run
    return chosen


def _candidates(passage: Passage, rationale: Sequence[int]) -> list[Run]:
    """Runs to try, in order, the whole passage last; each once."""
    n = len(passage.sentences)
    runs = [_around(i, rationale) for i in rationale[:MAX_SENTENCES]]
    runs += _wider(rationale[0], n) if rationale else ()
    return [run for run in dict.fromkeys(runs) if run != whole(passage)] + [whole(passage)]


def _around(index: int, rationale: Sequence[int]) -> Run:
    """The run of neighbouring deciding sentences around one of them, so that a quote is one stretch."""
    first = next(i for i in count(index, -1) if i - 1 not in rationale)
    last = next(i for i in count(index) if i + 1 not in rationale)
    return Run(first, last)


def _wider(index: int, n: int) -> Iterator[Run]:
    """Runs of 2 to ``MAX_WIDTH`` of the n sentences that hold one of them, shorter ones first."""
    for width in range(2, MAX_WIDTH + 1):
        for first in range(max(0, index - width + 1), min(index, n - width) + 1):
            yield Run(first, first + width - 1)


def _text(passage: Passage, run: Run) -> str:
    start, end = passage.sentences[run.first].start, passage.sentences[run.last].end
    return passage.text[start - passage.start : end - passage.start]
