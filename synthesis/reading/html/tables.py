"""Tables of web pages, and those that LaTeXML makes of ``span`` or ``div`` → cells."""

from __future__ import annotations

from typing import Any

from synthesis.reading.html.inline import classes_of, html_text
from synthesis.reading.markup.parsing import outermost
from synthesis.reading.table_text import Cell

_MAX_SPAN = 1_000  # as in the standard


def is_table(element: Any) -> bool:
    """Whether an element is a table, and not LaTeXML's frame around a formula."""
    classes = classes_of(element)
    if "ltx_eqn_table" in classes or "ltx_equation" in classes or "ltx_equationgroup" in classes:
        return False
    return element.tag == "table" or "ltx_tabular" in classes


def tables_of(element: Any) -> list[Any]:
    """The outermost tables in an element; one inside a cell belongs to the cell."""
    return outermost(element, is_table)


def table_rows(table: Any) -> list[list[Cell]]:
    """The rows of a table with at least one cell each."""
    rows = []
    for row in outermost(table, lambda one: _is_row(one) or is_table(one)):
        cells = [_cell(cell) for cell in row if _is_cell(cell)] if _is_row(row) else []
        if cells:
            rows.append(cells)
    return rows


def _is_row(element: Any) -> bool:
    return element.tag == "tr" or "ltx_tr" in classes_of(element)


def _is_cell(element: Any) -> bool:
    return element.tag in {"td", "th"} or "ltx_td" in classes_of(element)


def _cell(cell: Any) -> Cell:
    classes = classes_of(cell)
    head = cell.tag == "th" or "ltx_th" in classes or cell.getparent().getparent().tag == "thead"
    rows = _span(cell.get("rowspan"), classes, "ltx_rowspan_")
    return Cell(html_text(cell), rows, _span(cell.get("colspan"), classes, "ltx_colspan_"), head)


def _span(value: str | None, classes: frozenset[str], prefix: str) -> int:
    """A span as an attribute says, or the class of a cell that is a ``span``; 1 where neither is a small number."""
    named = next((name.removeprefix(prefix) for name in classes if name.startswith(prefix)), "1")
    text = (value or named).strip()
    return min(int(text), _MAX_SPAN) if text.isascii() and text.isdigit() and len(text) < 9 else 1
