"""The rows of a reference list → its entries, as printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.pdf.text import Joiner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.reading.pdf.rows import Row

_ENTRY = re.compile(r"\[\d{1,3}\]|\d{1,3}\.\s|\[[A-Z][\w+]{1,12}\]")
_NUMBERED_SHARE = 0.15  # of the rows begin with an entry's number
_HANGING_SHARE = 0.25  # of the rows are set in under their entry's first


def entries(rows: Sequence[Row], words: frozenset[str]) -> list[str]:
    """Each entry on one line: it begins with its number, or at the column's edge where the others hang.

    A list with neither is given as a single entry.
    """
    numbered = sum(_ENTRY.match(row.text) is not None for row in rows) > _NUMBERED_SHARE * len(rows)
    hanging = sum(row.indent > 0.5 for row in rows) > _HANGING_SHARE * len(rows)
    joiners: list[Joiner] = []
    for row in rows:
        starts = _ENTRY.match(row.text) is not None if numbered else hanging and row.indent <= 0.5
        if not joiners or starts:
            joiners.append(Joiner(words))
        joiners[-1].add(row.text)
    return [joiner.text for joiner in joiners]
