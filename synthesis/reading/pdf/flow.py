"""Pages → one flow of rows in reading order, each with what it is: running text, note, caption or table."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from synthesis.reading.pdf.columns import page_gutter, usual_gutter, zones
from synthesis.reading.pdf.floats import Float, caption_mark, find_floats
from synthesis.reading.pdf.headings import heading
from synthesis.reading.pdf.rows import Row, usual_leading, zone_rows
from synthesis.reading.pdf.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.reading.pdf.text import Line, Page

Kind = Literal["body", "small", "note"]
_RTL_SHARE = 0.5  # of the document's letters


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the flow."""

    row: Row
    kind: Kind


@dataclass(frozen=True)
class Flow:
    """A document's rows in reading order, and its figures and tables with the number of their page."""

    items: tuple[Item, ...]
    floats: tuple[tuple[int, Float], ...]
    style: Style


def flow_of(pages: Sequence[Page], kept: Sequence[Sequence[Line]]) -> Flow:
    """The flow of a document; ``kept`` are the lines of each page without running heads.

    Pages without a line are passed over; their numbers count from 1 all the same.
    """
    style = Style.of(line for lines in kept for line in lines)
    gutters = [page_gutter(lines, page.width) for page, lines in zip(pages, kept, strict=True)]
    usual = usual_gutter(gutters, len(pages))
    rtl = _is_rtl(kept)
    first = [
        list(_page_rows(lines, page, number, usual, rtl=rtl))
        for number, (page, lines) in enumerate(zip(pages, kept, strict=True), start=1)
    ]
    style = replace(
        style, leading=usual_leading([row for rows in first for row in rows], style.size) / style.size
    )
    mark = caption_mark([row for rows in first for row in rows], style)
    items: list[Item] = []
    floats: list[tuple[int, Float]] = []
    for number, (page, lines, rows) in enumerate(zip(pages, kept, first, strict=True), start=1):
        found = find_floats(rows, style, mark)
        if found:
            taken = {id(part) for one in found for row in (*one.caption, *one.rows) for part in row.parts}
            rest = [line for line in lines if id(line) not in taken]
            rows = list(_page_rows(rest, page, number, usual, rtl=rtl))  # noqa: PLW2901  the page without floats
            floats += [(number, one) for one in found]
        items += _kinds(rows, style)
    return Flow(tuple(items), tuple(floats), style)


def _page_rows(
    lines: Sequence[Line], page: Page, number: int, usual: float | None, *, rtl: bool
) -> Iterator[Row]:
    for zone_number, zone in enumerate(zones(lines, page.width, usual, rtl=rtl)):
        yield from zone_rows(zone, number, zone_number)


def _is_rtl(pages: Sequence[Sequence[Line]]) -> bool:
    text = "".join(line.text for lines in pages for line in lines[:100])
    letters = sum(map(str.isalpha, text))
    return sum("\u0590" <= c <= "\u08ff" for c in text) > _RTL_SHARE * max(1, letters)


def _kinds(rows: Sequence[Row], style: Style) -> Iterator[Item]:
    """Tell notes at a column's foot, and other small type, from running text."""
    notes = _notes(rows, style)
    for i, row in enumerate(rows):
        if i in notes:
            yield Item(row, "note")
        else:
            yield Item(row, "small" if style.is_small(row) and not _is_inside(rows, i, style) else "body")


def _is_inside(rows: Sequence[Row], i: int, style: Style) -> bool:
    """Whether a row of small type is a line of a paragraph: the rows around it are running text, a line away."""
    if not 0 < i < len(rows) - 1:
        return False
    above, row, below = rows[i - 1], rows[i], rows[i + 1]
    pitch = 1.3 * style.leading * style.size
    near = 0 < above.y - row.y <= pitch and 0 < row.y - below.y <= pitch
    return (
        near
        and above.zone == row.zone == below.zone
        and not style.is_small(above)
        and not style.is_small(below)
    )


def _notes(rows: Sequence[Row], style: Style) -> frozenset[int]:
    """Indices of the rows that stand in small type at the foot of their column, under larger type or a gap."""
    found: set[int] = set()
    for zone in {row.zone for row in rows}:
        indices = [i for i, row in enumerate(rows) if row.zone == zone]
        last = rows[indices[-1]]
        if _has_below(last, rows):
            continue
        run: list[int] = []
        for i in reversed(indices):
            if not style.is_small(rows[i]) or rows[i].size > last.size + 0.6:
                break
            run.append(i)
        whole = len(run) == len(indices) or (run and heading(rows[run[-1] - 1], style) is not None)
        found.update(_below_gap(run, rows, style) if whole else run)
    return frozenset(found)


def _below_gap(run: Sequence[int], rows: Sequence[Row], style: Style) -> list[int]:
    """Of a column all in small type, what stands under its last wide gap, if that is the smaller part."""
    for count, (lower, upper) in enumerate(itertools.pairwise(run), start=1):
        smaller = rows[upper].size > rows[lower].size + 0.6
        if smaller or rows[upper].y - rows[lower].y > 1.9 * style.leading * rows[lower].size:
            return list(run[:count]) if count < 0.4 * len(run) else []
    return []


def _has_below(row: Row, rows: Sequence[Row]) -> bool:
    return any(
        other.zone != row.zone
        and other.y < row.y - row.size
        and min(other.edge, row.edge) - max(other.left, row.left) > 0
        for other in rows
    )
