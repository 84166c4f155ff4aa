"""Long evidence is read in windows of neighbouring sentences.

A window holds as many whole sentences as fit; the next begins with the last sentence of the one before, so that two
sentences which decide together stand in one window. A sentence longer than a window is a window of its own, cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW_PIECES = 144


def windows(lengths: Sequence[int], limit: int = WINDOW_PIECES) -> list[tuple[int, int]]:
    """(first, last + 1) of each window over sentences of ``lengths`` pieces; every sentence is in at least one.

    >>> windows([60, 60, 60, 10], limit=130)
    [(0, 2), (1, 4)]
    """
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(lengths):
        end, total = first, 0
        while end < len(lengths) and (end == first or total + lengths[end] <= limit):
            total += lengths[end]
            end += 1
        found.append((first, end))
        if end == len(lengths):
            break
        # overlap by one sentence where that still moves on
        overlaps = end - first > 1 and lengths[end - 1] + lengths[end] <= limit
        first = end - 1 if overlaps else end
    return found
