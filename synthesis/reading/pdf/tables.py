"""The printed rows of a table → Markdown, where its columns are beyond doubt.

parts of rows → lines of cells → columns (from the lines of the usual number of cells) → head, rule, rows
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.reading.pdf.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.reading.pdf.rows import Row
    from synthesis.reading.pdf.text import Line

_SAME_LINE = 0.4  # ems between the baselines of one line of cells
_SAME_CELL = 0.35  # ems between parts of one cell
_USUAL_SHARE = 0.4  # of the lines that must have the usual number of cells
_MAX_LINES, _MAX_COLUMNS = 200, 30


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell's text and extent in points."""

    text: str
    left: float
    right: float

    def overlaps(self, left: float, right: float) -> bool:
        return min(self.right, right) - max(self.left, left) > 0


def table_markdown(rows: Sequence[Row]) -> str | None:
    """The table as head, rule and rows; ``None`` where cells stand between the columns or no columns are found."""
    lines = _lines([part for row in rows for part in row.parts])
    columns = _columns(lines)
    if columns is None:
        return None
    placed = [_placed(line, columns) for line in lines]
    first = next((i for i, line in enumerate(lines) if _is_data(line, len(columns))), None)
    if first is None:
        return None
    head, body = placed[:first] or placed[:1], placed[first:] if first else placed[1:]
    if any(one is None for one in body) or len(body) < 2:
        return None
    merged = _merged([one for one in body if one is not None])
    return "\n".join(
        map(_row_markdown, (_head(head, lines[:first], columns), ["---"] * len(columns), *merged))
    )


def _lines(parts: Sequence[Line]) -> list[list[_Cell]]:
    """Cells of each printed line, from top to bottom and left to right."""
    lines: list[list[Line]] = []
    for part in sorted(parts, key=lambda part: (-part.y, part.x)):
        if lines and lines[-1][0].y - part.y <= _SAME_LINE * max(part.size, lines[-1][0].size):
            lines[-1].append(part)
        else:
            lines.append([part])
    return [_cells(sorted(line, key=lambda part: part.x)) for line in lines[:_MAX_LINES]]


def _cells(parts: Sequence[Line]) -> list[_Cell]:
    cells: list[_Cell] = []
    for part in parts:
        text = clean(part.text).replace("\x02", "-")
        if cells and part.x - cells[-1].right < _SAME_CELL * part.size:
            joined = f"{cells[-1].text} {text}"
            cells[-1] = _Cell(joined, cells[-1].left, max(cells[-1].right, part.right))
        else:
            cells.append(_Cell(text, part.x, part.right))
    return cells


def _columns(lines: Sequence[Sequence[_Cell]]) -> list[tuple[float, float]] | None:
    """The extents of the columns: those of the cells of the lines with the usual number, if they stand apart."""
    counts = Counter(len(line) for line in lines if len(line) > 1)
    if not counts:
        return None
    usual = max(counts, key=lambda count: (counts[count], count))
    full = [line for line in lines if len(line) == usual]
    if len(full) < max(2, _USUAL_SHARE * len(lines)) or usual > _MAX_COLUMNS:
        return None
    columns = [
        (min(cell.left for cell in column), max(cell.right for cell in column))
        for column in zip(*full, strict=True)
    ]
    apart = all(left[1] < right[0] for left, right in itertools.pairwise(columns))
    return columns if apart else None


def _placed(line: Sequence[_Cell], columns: Sequence[tuple[float, float]]) -> list[str] | None:
    """The texts of a line by column; ``None`` where a cell stands in no column or in several, or two in one."""
    texts = [""] * len(columns)
    for cell in line:
        under = [i for i, column in enumerate(columns) if cell.overlaps(*column)]
        if len(under) != 1 or texts[under[0]]:
            return None
        texts[under[0]] = cell.text
    return texts


def _is_data(line: Sequence[_Cell], n_columns: int) -> bool:
    """Whether a line gives values: as many cells as there are columns or one less, and a digit in most of the later ones."""
    later = line[1:]
    return len(line) >= max(2, n_columns - 1) and 2 * sum(
        any(c.isdigit() for c in cell.text) for cell in later
    ) >= len(later)


def _head(
    placed: Sequence[Sequence[str] | None],
    lines: Sequence[Sequence[_Cell]],
    columns: Sequence[tuple[float, float]],
) -> list[str]:
    """Each column's head from the lines above the values; one across several columns stands over each of them."""
    if not lines:
        return list(placed[0] or [""] * len(columns))
    return [
        " ".join(cell.text for line in lines for cell in line if cell.overlaps(*column)) for column in columns
    ]


def _merged(body: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows; a line without a first cell or a digit goes on with the row above it."""
    rows: list[list[str]] = []
    for line in body:
        goes_on = bool(rows) and not line[0] and not any(c.isdigit() for text in line for c in text)
        if goes_on:
            rows[-1] = [f"{above} {text}".strip() for above, text in zip(rows[-1], line, strict=True)]
        else:
            rows.append(list(line))
    return rows


def _row_markdown(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
