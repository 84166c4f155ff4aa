"""Cells, spans and rules of a ``tabular`` → rows of cells that Markdown's form can take."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.reading.table_text import Cell
from synthesis.reading.tex.parts import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from synthesis.reading.tex.parts import Part

MAX_SPAN = 100
_SHORT_CHARS = 60  # a cell with a number is no longer
_NUMBER = re.compile(r"[-−+~<>]?\s?[\d.,]*\d[\d.,]*\s*(?:%|[MKBkmb]\b|x|×)?(?:\s*(?:±|_|\().*)?")
_SMALL_PRINT = re.compile(r"(\d)\s?_\(?([\d.]+)\)?$")  # "79.9_2.1": a deviation set small


@dataclass(slots=True)
class GridCell:
    """A cell while it is read."""

    parts: list[Part]
    columns: int = 1
    rows: int = 1
    own: bool = False  # set in a column of its own, whose text between columns is not the table's


@dataclass(slots=True)
class Grid:
    """A ``tabular`` while it is read; ``rules`` are the rows above which a line runs across."""

    rows: list[list[GridCell]] = field(default_factory=lambda: [[]])
    rules: set[int] = field(default_factory=set)
    columns: int = 1  # spans of the cell that is being read
    spanned_rows: int = 1
    own: bool = False  # of the cell that is being read
    between: dict[int, str] = field(default_factory=dict)  # column → text that stands before it in every row
    behind: tuple[int, str] = (0, "")  # number of columns, text that stands behind the last
    caption: list[Part] = field(default_factory=list)  # of a longtable, which is its own float
    number: str = ""
    head_rows: int | None = None  # of a longtable, behind which it repeats its head

    def end_cell(self, parts: list[Part]) -> None:
        """Take the text of the cell that ends."""
        cell = GridCell(parts, self.columns, self.spanned_rows, self.own)
        row = self.rows[-1]
        between = self.between.get(sum(one.columns for one in row)) if row else None
        if between is None:
            row.append(cell)
        else:
            _join(row[-1], cell, between)
        n_columns, behind = self.behind
        if behind and not self.own and plain(parts) and n_columns == sum(one.columns for one in row):
            row[-1].parts = [*_stripped(row[-1].parts), behind]
        self.columns = self.spanned_rows = 1
        self.own = False

    def end_row(self, parts: list[Part]) -> None:
        """Take the text of the row's last cell."""
        self.end_cell(parts)
        self.rows.append([])

    def rule(self) -> None:
        """A line across the table stands here."""
        self.rules.add(len(self.rows) - 1)


def cells(grid: Grid, text_of: Callable[[list[Part]], str]) -> list[list[Cell]]:
    """Rows as Markdown's form takes them: empty rows gone, heads marked, cells under a span left out."""
    rows: list[list[GridCell]] = []
    texts: list[list[str]] = []
    rules: set[int] = set()
    for number, row in enumerate(grid.rows):
        written = [_small_print(text_of(cell.parts)) for cell in row]
        if number in grid.rules:
            rules.add(len(rows))
        if any(written):
            rows.append(row)
            texts.append(written)
    n_heads = _count_heads(rows, texts, rules)
    dropped = _joined_columns(rows) | _empty_columns(rows, texts)
    reached = _reached(rows, texts)
    return [
        [
            Cell(text, reached[number, column], n_columns, head=number < n_heads)
            for column, n_columns, text in _columns(row, written, dropped)
            if reached.get((number, column), 0)
        ]
        for number, (row, written) in enumerate(zip(rows, texts, strict=True))
    ]


def _stripped(parts: list[Part]) -> list[Part]:
    """A cell without the blanks at its ends, which TeX does not print."""
    found = parts[:]
    while found and isinstance(found[-1], str) and not found[-1].strip():
        found.pop()
    while found and isinstance(found[0], str) and not found[0].strip():
        found.pop(0)
    if found and isinstance(found[0], str):
        found[0] = found[0].lstrip()
    if found and isinstance(found[-1], str):
        found[-1] = found[-1].rstrip()
    return found


def _join(left: GridCell, right: GridCell, between: str) -> None:
    """Make one cell of two that a text between their columns joins: "12", ".", "5"."""
    if plain(right.parts):
        between = (" " if left.own else between) if plain(left.parts) else ""
        left.parts = [*_stripped(left.parts), between, *_stripped(right.parts)]
    left.columns += right.columns
    left.own = right.own


def width(grid: Grid) -> int:
    """Columns of the widest row."""
    return max((sum(cell.columns for cell in row) for row in grid.rows), default=0)


def running(grid: Grid, between: str) -> list[Part]:
    """The cells as running text, with ``between`` after each row."""
    found: list[Part] = list(grid.caption)
    for row in grid.rows:
        for cell in row:
            found += [*cell.parts, " "]
        found.append(between)
    return found


def _columns(row: list[GridCell], texts: list[str], dropped: set[int]) -> Iterator[tuple[int, int, str]]:
    """(first column, columns that are left of it, text) of each cell that is left."""
    column = 0
    for cell, text in zip(row, texts, strict=True):
        n_columns = sum(c not in dropped for c in range(column, column + cell.columns))
        if n_columns:
            yield column, n_columns, text
        column += cell.columns


def _reached(rows: list[list[GridCell]], texts: list[list[str]]) -> dict[tuple[int, int], int]:
    """(row, column) → how many rows a cell covers: its own and the empty cells below that it claims, which have 0."""
    found: dict[tuple[int, int], int] = {}
    open_cells: dict[
        int, tuple[int, int]
    ] = {}  # column → row where the cell begins, rows that it may yet take
    for number, (row, written) in enumerate(zip(rows, texts, strict=True)):
        column = 0
        for cell, text in zip(row, written, strict=True):
            start, left = open_cells.get(column, (number, 0))
            if left and not text:
                found[start, column] += 1
                found[number, column] = 0
                open_cells[column] = start, left - 1
            else:
                found[number, column] = 1
                open_cells[column] = number, cell.rows - 1
            column += cell.columns
    return found


def _empty_columns(rows: list[list[GridCell]], texts: list[list[str]]) -> set[int]:
    """Columns that hold no text of their own in any row: they only keep others apart."""
    held: set[int] = set()
    widest = 0
    for row, written in zip(rows, texts, strict=True):
        column = 0
        for cell, text in zip(row, written, strict=True):
            if text:
                held |= set(range(column, column + cell.columns))
            column += cell.columns
        widest = max(widest, column)
    return set(range(widest)) - held


def _joined_columns(rows: list[list[GridCell]]) -> set[int]:
    """Columns that every row spans together with the one before: they are one column for the reader."""
    joined: set[int] | None = None
    widest = max((sum(cell.columns for cell in row) for row in rows), default=0)
    for row in rows:
        column, inner = 0, set[int]()
        for cell in row:
            inner |= set(range(column + 1, column + cell.columns))
            column += cell.columns
        inner |= set(range(column, widest))
        joined = inner if joined is None else joined & inner
    return joined or set()


def _count_heads(rows: list[list[GridCell]], texts: list[list[str]], rules: set[int]) -> int:
    """Rows of the head: those above the first rule, and one more under a head that only groups columns."""
    ends = sorted(rule for rule in rules if 0 < rule < len(rows))
    if not ends or ends[0] > 4:
        return 1
    first = ends[0]
    groups = any(cell.columns > 1 for cell in rows[0]) or not texts[0][0]
    second = ends[1] if len(ends) > 1 else len(rows)
    if groups and second == first + 1 < len(rows) and not any(map(_is_number, texts[first])):
        return second
    return first


def _is_number(text: str) -> bool:
    return len(text) < _SHORT_CHARS and _NUMBER.fullmatch(text) is not None


def _small_print(text: str) -> str:
    """A number with a smaller one at its foot → the smaller one in parentheses."""
    return _SMALL_PRINT.sub(r"\1 (\2)", text) if len(text) < _SHORT_CHARS else text
