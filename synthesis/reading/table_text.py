"""Cells with spans → a table in Markdown's form, as ``synthesis.section_tables`` reads it.

Several rows of heads become one, each column's heads from top to bottom; a cell that spans rows stands in each of them,
because it holds for each; a head that spans columns stands in each, but a body cell only in the first of its columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CELLS = 100_000  # of a grid with its spans written out; beyond, cells stand as they come
_MAX_REPEATED_CHARS = 200  # a longer cell is written once, whatever it spans


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, how many rows and columns it spans (at least 1), whether it is marked as a head."""

    text: str
    rows: int = 1
    columns: int = 1
    head: bool = False


def markdown_table(rows: Sequence[Sequence[Cell]], caption: str | None, label: str | None) -> str:
    """The table's caption line, a blank line, and its head, rule and rows; "" where there is neither.

    The leading rows whose cells are all heads are its head, else the first row. Line breaks in cells become blanks and
    bars are escaped, so that ``tables_in`` gives every cell back.

    >>> head = [Cell("Model", rows=2, head=True), Cell("SQuAD", columns=2, head=True)]
    >>> print(markdown_table([head, [Cell("F1", head=True), Cell("EM", head=True)], [Cell("A"), Cell("9")]], "Scores", "Table 1."))
    Table 1: Scores
    <BLANKLINE>
    | Model | SQuAD F1 | SQuAD EM |
    | --- | --- | --- |
    | A | 9 |  |
    """
    kept = [row for row in rows if row]
    parts = [caption_line(caption, label)]
    if kept:
        n_heads = _count_heads(kept)
        grid = _grid(kept, n_heads)
        head = _merged(grid[:n_heads])
        lines = [head, ["---"] * len(head), *grid[n_heads:]]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(part for part in parts if part)


def caption_line(caption: str | None, label: str | None) -> str:
    """``Table N: caption`` on one line, beginning with "Table" whatever the label; "" where neither is given.

    >>> caption_line("Scores of\\nall systems", "TABLE 2."), caption_line("Scores", None), caption_line(None, "Table 1")
    ('TABLE 2: Scores of all systems', 'Table – Scores', 'Table 1')
    """
    words = " ".join((caption or "").split())
    name = " ".join((label or "").split()).rstrip(".: ")
    if name and not name.casefold().startswith("table "):
        name = f"Table ({name})"
    if name and words:
        return f"{name}: {words}"
    if words and not words.casefold().startswith("table "):
        return f"Table – {words}"
    return name or words


def _count_heads(rows: Sequence[Sequence[Cell]]) -> int:
    count = 0
    for row in rows:
        if not all(cell.head for cell in row):
            break
        count += 1
    return count if 0 < count < len(rows) else 1


def _grid(rows: Sequence[Sequence[Cell]], n_heads: int) -> list[list[str]]:
    """Every row as wide as the table, spans written out; as they come where that would be too much."""
    laid = _laid_out(rows, n_heads)
    if laid is None:
        return [[_escaped(cell.text) for cell in row] for row in rows]
    placed, width = laid
    return [[row.get(column, "") for column in range(width)] for row in placed]


def _laid_out(rows: Sequence[Sequence[Cell]], n_heads: int) -> tuple[list[dict[int, str]], int] | None:
    """(column → text for each row, width); ``None`` where spans would fill more than ``MAX_CELLS``.

    The table is as wide as its last cell begins: what a span claims beyond that is no column.
    """
    laid: list[dict[int, str]] = [{} for _ in rows]
    width = filled = 0
    for number, row in enumerate(rows):
        last = n_heads if number < n_heads else len(rows)  # no span leaves the head
        column = 0
        for cell in row:
            while column in laid[number]:
                column += 1
            below = laid[number : min(last, number + max(1, cell.rows))]
            n_columns = max(1, cell.columns)
            width = max(width, column + 1)
            filled += len(below) * n_columns
            if max(filled, width * len(rows)) > MAX_CELLS:
                return None
            _put(below, column, n_columns, cell)
            column += n_columns
    return laid, width


def _put(rows: Sequence[dict[int, str]], column: int, n_columns: int, cell: Cell) -> None:
    text = _escaped(cell.text)
    again = text if len(text) <= _MAX_REPEATED_CHARS else ""
    for down, row in enumerate(rows):
        for right in range(n_columns):
            first = not down and not right
            repeated = again if not right or cell.head else ""
            row.setdefault(column + right, text if first else repeated)


def _merged(heads: Sequence[Sequence[str]]) -> list[str]:
    """One head for each column: its heads from top to bottom, one that is repeated once.

    A head over the whole table says nothing of a column and stands over the first alone.
    """
    width = max(len(row) for row in heads)
    over_all = {row[0] for row in heads if len(heads) > 1 and len(row) == width > 1 and len(set(row)) == 1}
    columns = ([row[i] for row in heads if i < len(row)] for i in range(width))
    return [
        " ".join(dict.fromkeys(text for text in column if text and (not i or text not in over_all)))
        for i, column in enumerate(columns)
    ]


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
