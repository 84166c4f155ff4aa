"""Tables of JATS, in the form of XHTML or of OASIS (CALS) → cells."""

from __future__ import annotations

from typing import Any

from synthesis.reading.jats.inline import jats_text
from synthesis.reading.table_text import Cell

_TABLES, _ROWS, _CELLS = ("table", "array"), ("tr", "row"), ("td", "th", "entry")
_MAX_SPAN = 1_000


def has_table(wrap: Any) -> bool:
    """Whether a ``table-wrap`` holds a table that can be read, not only its picture."""
    return next(wrap.iter(*_TABLES), None) is not None


def table_parts(wrap: Any) -> list[list[list[Cell]]]:
    """The rows of each table in a ``table-wrap``; a table inside a cell belongs to the cell."""
    outermost = [one for one in wrap.iter(*_TABLES) if next(one.iterancestors(*_CELLS), None) is None]
    return [rows for table in outermost if (rows := _rows(table))]


def table_notes(wrap: Any) -> list[str]:
    """The notes below a table, one each."""
    notes: list[str] = []
    for foot in wrap.findall("table-wrap-foot"):
        for child in foot:
            parts = child if child.tag == "fn-group" else [child]
            notes.extend(text for part in parts if (text := _note(part)))
    return notes


def _note(element: Any) -> str:
    return jats_text(element)


def _rows(table: Any) -> list[list[Cell]]:
    columns = {one.get("colname"): place for place, one in enumerate(table.iter("colspec"))}
    rows = []
    for row in table.iter(*_ROWS):
        if next(row.iterancestors(*_TABLES)) is not table:
            continue
        in_head = row.getparent().tag == "thead"
        cells = [_cell(cell, columns, head=in_head or cell.tag == "th") for cell in row if cell.tag in _CELLS]
        if cells:
            rows.append(cells)
    return rows


def _cell(cell: Any, columns: dict[Any, int], *, head: bool) -> Cell:
    if cell.tag == "entry":
        first, last = columns.get(cell.get("namest")), columns.get(cell.get("nameend"))
        width = last - first + 1 if first is not None and last is not None else 1
        return Cell(jats_text(cell), _span(cell.get("morerows"), 0) + 1, max(1, width), head)
    return Cell(jats_text(cell), _span(cell.get("rowspan"), 1), _span(cell.get("colspan"), 1), head)


def _span(value: str | None, default: int) -> int:
    """A span as written; ``default`` where it is no small number."""
    text = (value or "").strip()
    return min(int(text), _MAX_SPAN) if text.isascii() and text.isdigit() and len(text) < 9 else default
