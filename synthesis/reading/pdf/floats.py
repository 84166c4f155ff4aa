"""Figures, tables and their captions: found by the caption, and taken out of the running text.

rows of a page → captions → the rows above or below each that are no running text → floats
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.reading.pdf.style import Style, gaps, is_full, is_words, prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.reading.pdf.rows import Row

_CAPTION = re.compile(
    r"(?:(?:supplementary|supplemental|extended data|appendix)\s+)?"
    r"(?:(?P<figure>figures?\.?|figs?\.?|scheme|chart|plate|abbildung|abb\.|рис\.?|рисунок|图|圖|図)"
    r"|(?P<table>tables?\.?|tab\.|tabelle|таблица|表)|(?P<listing>algorithm|listing|box|exhibit))"
    r"\s*(?P<number>(?:[A-Z]\.?)?\d{1,3}(?:[.-]\d{1,2})?[a-z]?|[IVX]{1,5})(?P<mark>\s*[.:|–—-]|\s|$)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,2}|[IVX]{1,4}\.|[A-H](?:\.\d{1,2})*\.?)\s+[^\W\d_]{3,}")
_NOTE = re.compile(r"(?:\d{1,2}|[∗*†‡])\s?[^\W\d_]")
_ENDS = (".", "!", "?", ")", "。")
_SENTENCE_WORDS = 6  # in the type of running text: no label has as many
_MAX_CAPTION_ROWS = 25
_MAX_CAPTIONS = 40  # a page; one full of small figures has 12


@dataclass(frozen=True, slots=True)
class Float:
    """A caption's rows, and those of what it names; ``kind`` is figure, table or listing."""

    kind: str
    caption: tuple[Row, ...]
    rows: tuple[Row, ...]


def caption_mark(rows: Sequence[Row], style: Style) -> str | None:
    """The sign behind a caption's number in this document, where most captions have the same."""
    marks: Counter[str] = Counter()
    for above, row in zip((None, *rows), rows, strict=False):
        match = _CAPTION.match(row.text)
        if match and match["mark"].strip() and _starts(match, row, _same_zone(above, row), style):
            marks[match["mark"].strip()] += 1
    mark, count = max(marks.items(), key=lambda item: item[1], default=(None, 0))
    return mark if count > 0.6 * marks.total() else None


def find_floats(rows: Sequence[Row], style: Style, mark: str | None = None) -> list[Float]:
    """The floats of one page, in reading order; ``rows`` are all of the page, ``mark`` as of ``caption_mark``."""
    captions = _captions(rows, style, mark)
    taken = {id(row) for _, caption in captions for row in caption}
    flags = prose(rows, style.leading)
    stops = {
        id(row) for row, is_prose in zip(rows, flags, strict=True) if _stops(row, style, is_prose=is_prose)
    }
    floats = []
    for kind, caption in captions:
        body = _body(kind, caption, rows, taken | stops)
        taken.update(map(id, body))
        floats.append(Float(kind, tuple(caption), tuple(body)))
    return floats


def _captions(rows: Sequence[Row], style: Style, mark: str | None) -> list[tuple[str, list[Row]]]:
    captions: list[tuple[str, list[Row]]] = []
    end = 0
    for i, row in enumerate(rows):
        if i < end or len(captions) == _MAX_CAPTIONS or (match := _CAPTION.match(row.text)) is None:
            continue
        other_mark = mark is not None and match["mark"].strip() not in ("", mark)
        above = _same_zone(rows[i - 1] if i else None, row)
        if other_mark or not _starts(match, row, above, style):
            continue
        end = _caption_end(rows, i, style)
        kind = next(name for name in ("figure", "table", "listing") if match[name])
        captions.append((kind, list(rows[i:end])))
    return captions


def _same_zone(above: Row | None, row: Row) -> Row | None:
    """The row above if it stands in the same column."""
    return above if above is not None and (above.page, above.zone) == (row.page, row.zone) else None


def _starts(match: re.Match[str], row: Row, above: Row | None, style: Style) -> bool:
    """Whether a row that names a figure or table is its caption, and not a sentence about it."""
    marked = match["mark"].strip() != ""
    styled = style.is_small(row) or row.font != style.font or match.end() >= len(row.text) - 1
    if not (marked or styled):
        return False
    if above is None:
        return marked or style.is_small(row)
    same_type = abs(above.size - row.size) <= 0.4 and above.font == row.font
    if same_type and above.y - row.y < 1.3 * style.leading * row.size and not above.text.endswith(_ENDS):
        return False  # the sentence above goes on with it
    apart = above.y - row.y > 1.3 * style.leading * row.size
    other_type = abs(above.size - row.size) > 0.4 or (row.font != above.font and styled)
    return apart or (marked and (other_type or not is_full(above)))


def _caption_end(rows: Sequence[Row], start: int, style: Style) -> int:
    """The index behind the caption's last row: where the type changes, a gap comes, or a short line ends it."""
    first = rows[start]
    end = start + 1
    pitch = 1.32 * max(style.leading, 1.1) * first.size
    while end < min(len(rows), start + _MAX_CAPTION_ROWS):
        row, above = rows[end], rows[end - 1]
        same_type = abs(row.size - first.size) < 0.45
        gap = above.y - row.y
        if not same_type or not 0 < gap <= pitch or _CAPTION.match(row.text) or gaps(row):
            break
        if abs(row.x - above.x) > 3 * row.size and is_full(above) and not is_full(row) and row.letters < 3:
            break
        if end > start + 1:
            pitch = min(pitch, 1.15 * (rows[start].y - rows[start + 1].y) + 0.5)
            if gap > pitch:
                break
        if (
            _ends_paragraph(above)
            and not style.is_small(row)
            and row.font == style.font
            and gap > 1.1 * above.size
        ):
            wider = (
                gap > 1.06 * (rows[start].y - rows[start + 1].y)
                if end > start + 1
                else gap > 1.3 * above.size
            )
            if wider:
                break
        end += 1
    return end


def _ends_paragraph(row: Row) -> bool:
    return row.text.endswith(_ENDS) and row.right < row.edge - 0.12 * (row.edge - row.left)


def _body(kind: str, caption: Sequence[Row], rows: Sequence[Row], stops: set[int]) -> list[Row]:
    """What the caption names: above a figure's; for a table where rows with wide gaps are; below a listing's."""
    if kind == "figure":
        return _grow(caption, rows, stops, up=True)
    if kind == "listing":
        return _grow(caption, rows, stops, up=False)
    above, below = (_grow(caption, rows, stops, up=up) for up in (True, False))
    cells_above, cells_below = (sum(map(_has_cells, found)) for found in (above, below))
    if cells_above > 2 * cells_below or not below:
        return above
    if cells_below > 2 * cells_above or not above:
        return below
    return above if above[0].y - caption[0].y <= caption[-1].y - below[0].y else below


def _has_cells(row: Row) -> bool:
    return gaps(row) > 0 or (row.letters == 0 and any(c.isdigit() for c in row.text))


def _grow(caption: Sequence[Row], rows: Sequence[Row], stops: set[int], *, up: bool) -> list[Row]:
    """Rows over or under the caption, within its column, up to running text or another caption; nearest first."""
    left, right = min(row.left for row in caption), max(row.edge for row in caption)
    left, right = min(left, *(row.x for row in caption)), max(right, *(row.right for row in caption))
    top, bottom = caption[0].y, caption[-1].y
    near = [row for row in rows if _within(row, left, right) and (row.y > top if up else row.y < bottom)]
    found: list[Row] = []
    for row in sorted(near, key=lambda row: row.y if up else -row.y):
        note = not up and _NOTE.match(row.text) is not None and is_full(row)
        if id(row) in stops or note:
            break
        found.append(row)
    return found


def _within(row: Row, left: float, right: float) -> bool:
    shared = min(row.right, right) - max(row.x, left)
    return shared > 0.5 * (row.right - row.x)


def _stops(row: Row, style: Style, *, is_prose: bool) -> bool:
    """Whether a row is certainly no part of a float: running text, or a heading.

    Words in small type over a caption are the inside of a figure, save on the first page, where abstracts are so set.
    """
    if is_prose and (row.page == 1 or not style.is_small(row)):
        return True
    if gaps(row):
        return False
    larger = row.size > 1.04 * style.size + 0.2 and row.letters > 5
    numbered = _NUMBERED.match(row.text) is not None and row.font != style.font
    heading = numbered and row.x - row.left < 2 * row.size and len(row.text) < 80
    sentence = not style.is_small(row) and is_words(row, least=_SENTENCE_WORDS)
    return larger or heading or sentence
