"""Which column means what, and a grid of cells → claim rows."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import regex

from synthesis.errors import InputFileError
from synthesis.rendering.text import one_line
from synthesis.tables.form_words import claim_heads, confidence_heads, label_heads, verified_heads
from synthesis.tables.intake import MAX_CLAIM_CHARS, MAX_ROWS
from synthesis.tables.records import ClaimRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# Header names, compared without case, blanks, underscores and marks; the first that a table has is taken. Behind these
# stand the heads of the form's own table in its languages.
CLAIM_NAMES = ("claim", "claims", "claim text", "text", "sentence", "statement")
ID_NAMES = ("id", "claim id")
_LABEL_NAMES = ("label", "verdict")

MAX_COLUMNS = 1000
MAX_CELLS = 2_000_000
MAX_SPAN = 100  # columns that one cell of HTML or DOCX is taken to cover

_TRUE = frozenset({"✓", "✔", "☑", "✅", "yes", "y", "true", "verified"})
_FALSE = frozenset({"×", "✗", "✘", "✕", "❌", "☒", "x", "no", "n", "false", "not verified"})
_NUMBER = re.compile(r"([0-9]{1,3}(?:[.,][0-9]+)?|[.,][0-9]+)\s*(%?)")
_NOT_NAME = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


@dataclass(frozen=True, slots=True)
class GridRow:
    """Cells of one row; ``line`` is where it stands, counted from 1 in the grid's unit."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table before its columns have a meaning."""

    header: GridRow
    rows: tuple[GridRow, ...]
    unit: str = "line"  # what ``line`` counts: lines of the file, or rows of the table


def spanned_grid(rows: Iterable[Sequence[tuple[str, int]]]) -> Grid | None:
    """A grid of rows whose cells are (words, columns that they span); a row is counted from 1 as it stands.

    The header is the first row that names the claims, else the first; a single cell across the table is a note,
    not a row. ``None`` if there are no rows.
    """
    flat = [
        GridRow(
            number, tuple(word for words, span in row for word in (words, *[""] * (min(span, MAX_SPAN) - 1)))
        )
        for number, row in enumerate(rows, start=1)
        if row and not (len(row) == 1 and row[0][1] > 1)
    ]
    if not flat:
        return None
    top = next((i for i, row in enumerate(flat) if is_claim_header(row.cells)), 0)
    return Grid(flat[top], tuple(flat[top + 1 :]), unit="row")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of all columns, and the index of each that has a meaning."""

    names: tuple[str, ...]
    claim: int
    claim_id: int | None
    verified: int | None
    confidence: int | None
    label: int | None


def fold(name: str) -> str:
    """A header name as it is compared.

    >>> fold(" Claim_Text: ")
    'claim text'
    """
    words: str = _NOT_NAME.sub(" ", unicodedata.normalize("NFKC", name))
    return words.strip().casefold()


def clean(cell: str) -> str:
    """A cell on one line, without control characters."""
    return cell if cell.isprintable() and cell == " ".join(cell.split()) else one_line(cell)


def parse_mark(cell: str) -> bool | None:
    """Whether a cell says "verified"; ``None`` if it says neither yes nor no.

    >>> [parse_mark(c) for c in ("✓", "×", "Yes", "?")]
    [True, False, True, None]
    """
    word = cell.replace("\ufe0f", "").replace("\ufe0e", "").strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def parse_confidence(cell: str) -> float | None:
    """A confidence in 0–1, or as a percentage; ``None`` if the cell holds neither.

    >>> [parse_confidence(c) for c in ("0.41", "41 %", "0,41", "41", "high")]
    [0.41, 0.41, 0.41, None, None]
    """
    match = _NUMBER.fullmatch(cell.strip())
    if match is None:
        return None
    value = float(match[1].replace(",", "."))
    if match[2]:
        value = round(value / 100, 6)
    return value if value <= 1 else None


def is_claim_header(cells: Sequence[str]) -> bool:
    """Whether a row of cells names a column of claims."""
    return any(fold(cell) in _claim_names() for cell in cells)


@cache
def _claim_names() -> tuple[str, ...]:
    return (*CLAIM_NAMES, *map(fold, claim_heads()))


def number_repeated(names: Sequence[str]) -> tuple[str, ...]:
    """Give names to columns without one, and tell repeated ones apart: "note", "note (2)"."""
    seen: dict[str, int] = {}
    return tuple(unique(clean(raw) or f"column {index}", seen) for index, raw in enumerate(names, start=1))


def find_columns(header: GridRow, path: Path, unit: str, claim_column: str | None) -> Columns:
    """The meaning of each column.

    Raises:
        InputFileError: no column of claims, or more than one of that name.
    """
    names = tuple(fold(cell) for cell in header.cells)
    wanted = _claim_names() if claim_column is None else (fold(claim_column),)
    name = next((name for name in wanted if name in names), None)
    if name is None:
        raise _no_claim_column(header, path, unit, claim_column)
    if names.count(name) > 1:
        raise InputFileError(
            f"{path}, {unit} {header.line}: {names.count(name)} columns are named {_shown([name])}, so it is not "
            "clear which holds the claims; rename all but one."
        )
    claim = names.index(name)

    def index_of(meaning: Iterable[str]) -> int | None:
        known = map(fold, meaning)
        return next((names.index(n) for n in known if n in names and names.index(n) != claim), None)

    return Columns(
        names=number_repeated(header.cells),
        claim=claim,
        claim_id=index_of(ID_NAMES),
        verified=index_of(verified_heads()),
        confidence=index_of(confidence_heads()),
        label=index_of((*_LABEL_NAMES, *label_heads())),
    )


def _no_claim_column(header: GridRow, path: Path, unit: str, claim_column: str | None) -> InputFileError:
    found = [name for name in map(clean, header.cells) if name]
    near = difflib.get_close_matches(
        fold(claim_column or "claim"), [fold(name) for name in found], n=1, cutoff=0.5
    )
    guess = next((name for name in found if near and fold(name) == near[0]), None)
    expected = (
        f"expected one named {_shown(CLAIM_NAMES)} (case does not matter)"
        if claim_column is None
        else f"expected one named {_shown([claim_column])}"
    )
    listed = f"The columns are {_shown(found)}" if found else "The header is empty"
    hint = f"; did you mean {_shown([guess])}?" if guess else "."
    return InputFileError(
        f"{path}, {unit} {header.line}: no column of claims. {listed}; {expected}{hint} "
        "Rename the column, or say which one it is with --claim-column NAME."
    )


def _shown(names: Sequence[str], most: int = 12) -> str:
    short = [f"“{name if len(name) <= 60 else name[:59] + '…'}”" for name in names[:most]]
    return ", ".join(short) + (f" and {len(names) - most} more" if len(names) > most else "")


def read_rows(grid: Grid, columns: Columns, path: Path) -> tuple[ClaimRow, ...]:
    """The claims of a grid; blank rows are passed over, missing cells at a row's end are empty.

    Raises:
        InputFileError: a row with content but no claim, with too many cells, a claim too long, no or too many rows.
    """
    check_shape(len(grid.rows), len(columns.names), path)
    rows: list[ClaimRow] = []
    seen: dict[str, int] = {}
    for raw in filled_rows(grid):
        place = f"{path}, {grid.unit} {raw.line}"
        cells = _fitted(raw, columns, place)
        text = clean(cells[columns.claim])
        if not text:
            raise InputFileError(f"{place}: the row has no claim; write one, or take the row out.")
        if len(text) > MAX_CLAIM_CHARS:
            raise InputFileError(
                f"{place}: the claim is longer than {MAX_CLAIM_CHARS:,} characters; write one claim a row."
            )
        if len(rows) == MAX_ROWS:
            raise InputFileError(
                f"{place}: more than {MAX_ROWS:,} claims; split the table into several files."
            )
        rows.append(_row(len(rows) + 1, text, cells, columns, seen))
    if not rows:
        raise InputFileError(
            f"{path}: the table has a header but no claims under it; add a row for each claim."
        )
    return tuple(rows)


def check_shape(n_rows: int, n_columns: int, path: Path) -> None:
    """Refuse a table with more cells than claims with their notes can have."""
    if n_columns > MAX_COLUMNS or n_rows * n_columns > MAX_CELLS:
        raise InputFileError(
            f"{path} has {n_rows:,} rows and {n_columns:,} columns; at most {MAX_COLUMNS:,} columns and {MAX_CELLS:,} "
            "cells are read. Take out the columns that are not needed, or split the table."
        )


def filled_rows(grid: Grid) -> list[GridRow]:
    """The rows of a grid that hold anything; the n-th of them is claim number n."""
    return [row for row in grid.rows if any(map(clean, row.cells))]


def _fitted(row: GridRow, columns: Columns, place: str) -> list[str]:
    width = len(columns.names)
    if any(map(clean, row.cells[width:])):
        raise InputFileError(
            f"{place}: the row has {len(row.cells)} cells, the header {width}; put quotation marks round a cell that "
            "holds the separator."
        )
    return [*row.cells[:width], *[""] * (width - len(row.cells))]


def _row(number: int, text: str, cells: list[str], columns: Columns, seen: dict[str, int]) -> ClaimRow:
    def cell(index: int | None) -> str:
        return "" if index is None else clean(cells[index])

    known = {columns.claim, columns.claim_id, columns.verified, columns.confidence, columns.label}
    return ClaimRow(
        number=number,
        claim_id=unique(cell(columns.claim_id) or str(number), seen),
        text=text,
        verified=parse_mark(cell(columns.verified)),
        confidence=parse_confidence(cell(columns.confidence)),
        label=cell(columns.label) or None,
        extra=tuple((name, clean(cells[i])) for i, name in enumerate(columns.names) if i not in known),
    )


def unique(wanted: str, seen: dict[str, int]) -> str:
    """``wanted``, or with a count behind it if ``seen`` has it: "7", "7 (2)"; adds to ``seen``."""
    name = wanted
    while name in seen:
        seen[wanted] += 1
        name = f"{wanted} ({seen[wanted]})"
    seen[name] = 1
    return name
