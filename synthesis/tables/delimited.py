"""CSV and TSV: the separator found, cells read, and new cells added without touching the others."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from synthesis.errors import InputFileError
from synthesis.tables.columns import MAX_COLUMNS, Grid, GridRow, clean, fold, is_claim_header
from synthesis.tables.intake import BOM, MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
_SNIFF_ROWS = 50
# A cell that a spreadsheet would run (OWASP, CSV injection); an apostrophe before it makes it text.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'(?=[=+\-@\t\r\n＝＋－＠])")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?\s?%?")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are told apart."""

    delimiter: str
    quoted: bool  # False: a quotation mark is a character like any other

    def reader(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Rows with the number of the line on which each begins. Raises ``csv.Error``."""
        rows = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            strict=True,
        )
        line = 1
        for row in rows:
            yield line, row
            line = rows.line_num + 1


def sniff(text: str, claim_column: str | None = None) -> Dialect:
    """The dialect under which a header names the claims and the rows have the header's width.

    A separator that breaks rows apart unevenly loses to one that does not occur at all, so that a single column
    of sentences with commas stays whole.
    """
    candidates = [*(Dialect(delimiter, quoted=True) for delimiter in DELIMITERS), Dialect("\t", quoted=False)]
    return max(candidates, key=lambda dialect: _fitness(dialect, text, claim_column))


def _fitness(dialect: Dialect, text: str, claim_column: str | None) -> tuple[bool, bool, float, int]:
    rows: list[list[str]] = []
    readable = True
    try:
        for _, row in islice(dialect.reader(text), _SNIFF_ROWS):
            if any(row):
                rows.append(row)
    except csv.Error:
        readable = False
    if not rows:
        return False, False, 0.0, 0
    header, width = rows[0], len(rows[0])
    named = is_claim_header(header) if claim_column is None else fold(claim_column) in map(fold, header)
    even = sum(len(row) == width for row in rows) / len(rows)
    fits = all(len(row) <= width for row in rows)
    return named, readable and fits, even, width


def parse(text: str, path: Path, claim_column: str | None = None) -> tuple[Grid, Dialect]:
    """The grid of a delimited text and its dialect; the first row with content is the header.

    Raises:
        InputFileError: quotation marks that do not close, a cell too long, too many columns or rows.
    """
    text = text.removeprefix(BOM)
    dialect = sniff(text, claim_column)
    rows: list[GridRow] = []
    line = 1
    try:
        for line, cells in dialect.reader(text):
            if not any(cells):
                continue
            if len(cells) > MAX_COLUMNS:
                raise InputFileError(
                    f"{path}, line {line}: more than {MAX_COLUMNS:,} columns; is it a table?"
                )
            rows.append(GridRow(line, tuple(_GUARDED.sub("", cell, count=1) for cell in cells)))
            if len(rows) > MAX_ROWS + 1:
                raise InputFileError(
                    f"{path}, line {line}: more than {MAX_ROWS:,} rows; split the table into several files."
                )
    except csv.Error as error:
        raise InputFileError(
            f"{path}, the row from line {line + 1 if rows else line}: {error}. A quotation mark that opens a cell must "
            'close it, and one inside is written twice (""); check the marks in this row and below it.'
        ) from error
    if not rows:
        raise InputFileError(f"{path} holds no table; a header with a column of claims was expected.")
    return Grid(rows[0], tuple(rows[1:])), dialect


def write(source: str, header: Sequence[str], rows: Sequence[Sequence[str]], dialect: Dialect) -> bytes:
    """A delimited table in UTF-8 with the line ends and byte order mark of ``source``, formulas made inert."""
    out = io.StringIO(newline="")
    end = "\r\n" if "\r\n" in source else "\n"
    if dialect.quoted:
        writer = csv.writer(out, delimiter=dialect.delimiter, lineterminator=end)
        writer.writerows([guard(cell) for cell in row] for row in (header, *rows))
    else:
        out.writelines(
            dialect.delimiter.join(guard(clean(cell)) for cell in row) + end for row in (header, *rows)
        )
    mark = BOM if source.startswith(BOM) else ""
    return (mark + out.getvalue()).encode("utf-8", errors="replace")


def guard(cell: str) -> str:
    """A cell that no spreadsheet runs; plain numbers stay numbers.

    >>> guard("=1+1"), guard("-0.5")
    ("'=1+1", '-0.5')
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _PLAIN_NUMBER.fullmatch(cell) else cell
