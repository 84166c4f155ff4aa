"""How a document sets its running text, and which of its rows are set so."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.reading.pdf.rows import Row
    from synthesis.reading.pdf.text import Line

_FULL = 0.72  # of the column's width, for a row of prose
_LETTERS = 0.6  # of a row's visible characters
_WIDE_GAP = 1.7  # ems between parts: a table's, never a justified line's


@dataclass(frozen=True)
class Style:
    """Size (points) and font of running text, and the distance of its baselines."""

    size: float
    font: str
    leading: float = 0.0

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Style:
        """The type that sets most characters before the reference list."""
        counts: Counter[tuple[float, str]] = Counter()
        for line in lines:
            counts[round(line.size * 2) / 2, line.font] += len(line.text)
        sizes: Counter[float] = Counter()
        for (size, _), count in counts.items():
            sizes[size] += count
        size = max(sizes, key=lambda one: (sizes[one], one))
        font = max((key for key in counts if key[0] == size), key=lambda key: (counts[key], key[1]))[1]
        return cls(size, font)

    def is_small(self, row: Row) -> bool:
        """Whether a row is set smaller than running text."""
        return row.size < 0.93 * self.size

    def differs(self, row: Row) -> bool:
        """Whether a row is set as headings are: larger, or in another font of at least about this size."""
        return row.size > 1.08 * self.size or (row.font != self.font and row.size > 0.93 * self.size)


def prose(rows: Sequence[Row], leading: float) -> list[bool]:
    """Whether each row is running text of any size: a full line of words, or the short last line below one.

    Lines of words that begin and end together are full ones, however wide their column seems.
    """
    flags = [is_full(row) for row in rows]
    for i, (above, row) in enumerate(pairwise(rows), start=1):
        if above.zone != row.zone or abs(above.size - row.size) > 0.5 or gaps(row):
            continue
        if not 0 < above.y - row.y < 1.35 * max(leading * row.size, 1.0):
            continue
        if (
            is_words(row)
            and is_words(above)
            and abs(row.x - above.x) < 2
            and abs(row.right - above.right) < 3
        ):
            flags[i - 1] = flags[i] = True
        flags[i] = flags[i] or (flags[i - 1] and abs(row.x - row.left) < 0.6 * row.size)
    return flags


def is_full(row: Row) -> bool:
    """Whether a row is a line of words that fills its column."""
    return row.fill >= _FULL and is_words(row)


def is_words(row: Row, least: int = 4) -> bool:
    """Whether a row is mostly letters, in at least so many words without a wide gap."""
    visible = len(re.sub(r"\s", "", row.text))
    return row.letters >= _LETTERS * visible and row.text.count(" ") >= least - 1 and not gaps(row)


def gaps(row: Row) -> int:
    """How many wide gaps a row has; a table's rows have them."""
    return sum(after.x - before.right > _WIDE_GAP * row.size for before, after in pairwise(row.parts))
