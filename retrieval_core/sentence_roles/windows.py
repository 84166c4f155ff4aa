"""Long texts in windows that overlap, each sentence read where it has most context on both sides."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SENTENCE_PIECES = 128  # of a sentence that are read; the rest says little of its role
MAX_PIECES = 512  # of a window, [CLS] and a [SEP] after each sentence among them
OVERLAP = 0.5  # of a window that the next one reads again
N_PLACE = 4
N_FEATURES = 2 * 384 + N_PLACE  # of a sentence: mean of its pieces, its [SEP], its place


class Window(NamedTuple):
    """Sentences ``start`` … ``end`` are read together; the scores of ``first`` … ``last`` are kept (half-open)."""

    start: int
    end: int
    first: int
    last: int


def windows(lengths: Sequence[int], limit: int = MAX_PIECES) -> list[Window]:
    """Windows over sentences of ``lengths`` pieces, so that each sentence is kept once.

    A text that fits is one window. No length may exceed ``limit`` - 2.

    >>> windows([10, 10, 10, 10], limit=25)
    [Window(start=0, end=2, first=0, last=1), Window(start=1, end=3, first=1, last=2), Window(start=2, end=4, first=2, last=4)]
    """
    spans: list[tuple[int, int]] = []
    start = 0
    while not spans or spans[-1][1] < len(lengths):
        end = _fill(lengths, start, limit)
        spans.append((start, end))
        start = _next_start(lengths, start, end)
    middles = ((begin + end) // 2 for (_, end), (begin, _) in pairwise(spans))
    return [
        Window(*span, *kept) for span, kept in zip(spans, pairwise([0, *middles, len(lengths)]), strict=True)
    ]


def _fill(lengths: Sequence[int], start: int, limit: int) -> int:
    """The end of the longest window from ``start``."""
    room = limit - 1
    end = start
    while end < len(lengths) and lengths[end] + 1 <= room:
        room -= lengths[end] + 1
        end += 1
    return end


def _next_start(lengths: Sequence[int], start: int, end: int) -> int:
    """Where the next window starts: about half of this one's pieces are read again, and it moves on."""
    wanted = OVERLAP * sum(lengths[start:end])
    new = end
    while new > start + 1 and wanted > 0:
        new -= 1
        wanted -= lengths[new]
    return new


def place(count: int, *, known: bool) -> list[list[float]]:
    """(count, 4): whether the place in the text is known, how far down (0–1), whether first, whether last.

    A part of a text, or a sentence alone, has no known place.
    """
    if not known or count < 2:
        return [[0.0] * N_PLACE for _ in range(count)]
    return [[1.0, i / (count - 1), float(i == 0), float(i == count - 1)] for i in range(count)]
