"""Text → WordprocessingML: runs with a typeface per script, paragraphs with a direction, tables, links.

Elements follow the order that ISO/IEC 29500-1 §17 demands of them.
"""

from __future__ import annotations

import re
from itertools import groupby
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from lxml import etree

from synthesis.rendering.layout import own
from synthesis.rendering.text import has_right_to_left, inline, one_line, runs_right_to_left, script_language
from synthesis.wording import direction, say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for it

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_W = f"{{{NAMESPACE}}}"
_NSMAP = {"w": NAMESPACE, "r": RELATIONSHIPS}
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ID = f"{{{RELATIONSHIPS}}}id"

TEXT_WIDTH = 9072  # twentieths of a point: A4 less margins of 25 mm
_LRM, _RLM = "\u200e", "\u200f"


class Script(NamedTuple):
    """What Word calls a complex script: its characters, its typeface, its language (BCP 47)."""

    letters: str  # ranges of a character class
    font: str
    language: str


COMPLEX_SCRIPTS = (
    Script("\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc", "Noto Naskh Arabic", "ar-SA"),
    Script("\u0590-\u05ff\ufb1d-\ufb4f", "Noto Serif Hebrew", "he-IL"),
    Script("\u0900-\u097f\ua8e0-\ua8ff", "Noto Serif Devanagari", "hi-IN"),
    Script("\u0980-\u09ff", "Noto Serif Bengali", "bn-BD"),
    Script("\u0a00-\u0a7f", "Noto Serif Gurmukhi", "pa-IN"),
    Script("\u0a80-\u0aff", "Noto Serif Gujarati", "gu-IN"),
    Script("\u0b80-\u0bff", "Noto Serif Tamil", "ta-IN"),
    Script("\u0c00-\u0c7f", "Noto Serif Telugu", "te-IN"),
    Script("\u0c80-\u0cff", "Noto Serif Kannada", "kn-IN"),
    Script("\u0d00-\u0d7f", "Noto Serif Malayalam", "ml-IN"),
    Script("\u0d80-\u0dff", "Noto Serif Sinhala", "si-LK"),
    Script("\u0e00-\u0e7f", "Noto Serif Thai", "th-TH"),
    Script("\u0e80-\u0eff", "Noto Serif Lao", "lo-LA"),
    Script("\u1000-\u109f", "Noto Serif Myanmar", "my-MM"),
    Script("\u1200-\u137f", "Noto Serif Ethiopic", "am-ET"),
    Script("\u1780-\u17ff", "Noto Serif Khmer", "km-KH"),
)
# One group per script, so that the number of the group that matched is the number of the script.
_COMPLEX = re.compile("|".join(f"([{script.letters}])" for script in COMPLEX_SCRIPTS))
# Japanese and Korean share the Chinese code points for Han, drawn differently.
_EAST_ASIAN = {"ja": ("Noto Serif CJK JP", "ja-JP"), "ko": ("Noto Serif CJK KR", "ko-KR")}


# What a cell holds: text in its column's style, or paragraphs of their own (at least one).
Cell: TypeAlias = "str | list[Element]"


class Column(NamedTuple):
    """A column of a table: its header, its share of the text's width, the style of its cells."""

    header: str
    share: float
    style: str = "TableText"


def el(tag: str, *children: Element, **attributes: str | int) -> Element:
    """An element ``w:tag`` with attributes ``w:name``."""
    node = etree.Element(_W + tag, {_W + name: str(value) for name, value in attributes.items()}, _NSMAP)
    node.extend(children)
    return node


def words(text: str, style: str | None = None) -> list[Element]:
    """``text``, literally, as runs: one for each stretch that wants a typeface of its own.

    ``style`` is the id of a character style. Controls and what XML cannot hold are dropped.
    """
    east_asian = _EAST_ASIAN.get(script_language(text) or "")
    return [_run(part, script, style, east_asian) for part, script in _stretches(inline(text))]


def embedded(text: str, style: str | None = None) -> list[Element]:
    """``words`` for the middle of a line: text of the other direction moves nothing around it."""
    runs = words(text, style)
    if has_right_to_left(text):
        return runs if form_is_right_to_left() else [*words(_LRM), *runs, *words(_LRM)]
    if form_is_right_to_left() and any(char.isalpha() for char in text):
        # The inner marks keep the text's own punctuation with it, the outer ones the line's with the line.
        return [*words(_RLM + _LRM), *runs, *words(_LRM + _RLM)]
    return runs


def filled(said: str, **parts: list[Element]) -> list[Element]:
    """A sentence of the form with runs in the place of its ``{names}``."""
    runs: list[Element] = []
    for text, name, _, _ in Formatter().parse(said):
        runs += [*words(text), *(parts[name] if name else [])]
    return runs


def listed(parts: Iterable[list[Element]]) -> list[Element]:
    """Runs with the comma of the spoken language between them."""
    runs: list[Element] = []
    for position, part in enumerate(parts):
        runs += [*words(say(", ") if position else ""), *part]
    return runs


def _stretches(text: str) -> Iterator[tuple[str, Script | None]]:
    """Cut where the script changes; blanks, digits and marks stay with what goes before them.

    A left-to-right mark begins what is set from left to right, such as a date.
    """
    if _COMPLEX.search(text) is None:
        if text:
            yield text, None
        return
    tagged: list[tuple[str, int]] = []
    current = 0
    for char in text:
        match = _COMPLEX.match(char)
        if match is not None:
            current = match.lastindex or 0
        elif char.isalpha() or char == _LRM:
            current = 0
        tagged.append((char, current))
    for index, stretch in groupby(tagged, key=lambda pair: pair[1]):
        yield "".join(char for char, _ in stretch), COMPLEX_SCRIPTS[index - 1] if index else None


def _run(text: str, script: Script | None, style: str | None, east_asian: tuple[str, str] | None) -> Element:
    properties: list[Element] = [] if style is None else [el("rStyle", val=style)]
    if script is not None:
        properties += [el("rFonts", cs=script.font), *_upright()]
        properties.append(el("rtl" if is_right_to_left(text) else "cs"))
        properties.append(el("lang", bidi=script.language))
    elif east_asian is not None:
        font, language = east_asian
        properties += [el("rFonts", eastAsia=font), el("lang", eastAsia=language)]
    run = el("r", el("rPr", *properties)) if properties else el("r")
    leaf = etree.SubElement(run, f"{_W}t")
    leaf.set(_SPACE, "preserve")
    leaf.text = text
    return run


def _upright() -> tuple[Element, ...]:
    """Scripts without an italic are not slanted."""
    return (el("iCs", val=0),)


def form_is_right_to_left() -> bool:
    """Whether the form's own words run from right to left."""
    return direction(spoken()) == "rtl"


def is_right_to_left(text: str) -> bool:
    """Whether a text runs from right to left; as the form where no letter tells."""
    runs = runs_right_to_left(text)
    return form_is_right_to_left() if runs is None else runs


def paragraph(style: str, *parts: Iterable[Element], right_to_left: bool | None = None) -> Element:
    """A paragraph in a style (its id) of runs, links and marks; in the direction of the form if none is given."""
    properties = el("pPr", el("pStyle", val=style))
    if form_is_right_to_left() if right_to_left is None else right_to_left:
        properties.append(el("bidi"))
    return el("p", properties, *(node for part in parts for node in part))


def literal(style: str, text: str) -> Element:
    """A paragraph of ``text`` alone, in the text's own direction."""
    line = one_line(text)
    return paragraph(style, words(line), right_to_left=is_right_to_left(line))


def form_words(style: str, text: str) -> Element:
    """A paragraph of the form's own words: in the form's direction, but for what it could not say in it."""
    line = one_line(own(text))
    return paragraph(
        style,
        words(line),
        right_to_left=is_right_to_left(line) or (form_is_right_to_left() and has_right_to_left(line)),
    )


def fact(term: str, value: str) -> Element:
    """A term and what it is here."""
    return paragraph("Fact", words(term, "Term"), tab(), embedded(one_line(own(value))))


def tab() -> list[Element]:
    """A tab."""
    return [el("r", el("tab"))]


def link(relationship: str, text: str) -> list[Element]:
    """A link to the outside through a relationship of the document."""
    node = el("hyperlink", *words(text, "Hyperlink"), history=1)
    node.set(_ID, relationship)
    return [node]


def cross_reference(bookmark: str, text: str) -> list[Element]:
    """A link to a bookmark, set as the text around it."""
    return [el("hyperlink", *words(text), anchor=bookmark, history=1)]


def bookmarked(name: str, number: int, *parts: Iterable[Element]) -> list[Element]:
    """Runs between the marks of a bookmark; ``number`` is its own in the document."""
    inside = (node for part in parts for node in part)
    return [el("bookmarkStart", id=number, name=name), *inside, el("bookmarkEnd", id=number)]


def field(instruction: str, shown: str) -> Element:
    """A field that Word computes, e.g. PAGE; ``shown`` stands until then."""
    return el("fldSimple", *words(shown), instr=f" {instruction} ")


def table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], title: str) -> Element:
    """A table across the page: a header that repeats, rows that stay whole, cells of literal text or paragraphs."""
    total = sum(column.share for column in columns)
    widths = [round(TEXT_WIDTH * column.share / total) for column in columns]
    properties = el(
        "tblPr",
        el("tblStyle", val="ThinRules"),
        *([el("bidiVisual")] if form_is_right_to_left() else []),
        el("tblW", w=sum(widths), type="dxa"),
        el("tblLayout", type="fixed"),
        el("tblLook", val="0020", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=1, noVBand=1),
        el("tblCaption", val=one_line(title)),
    )
    styles = [column.style for column in columns]
    return el(
        "tbl",
        properties,
        el("tblGrid", *(el("gridCol", w=width) for width in widths)),
        _row([column.header for column in columns], widths, styles, header=True),
        *(_row(cells, widths, styles) for cells in rows),
    )


def _row(
    cells: Sequence[Cell], widths: Sequence[int], styles: Sequence[str], *, header: bool = False
) -> Element:
    properties = el("trPr", el("cantSplit"))
    if header:
        properties.append(el("tblHeader"))
    row = el("tr", properties)
    for cell, width, style in zip(cells, widths, styles, strict=True):
        content = [literal(style, cell)] if isinstance(cell, str) else cell
        row.append(el("tc", el("tcPr", el("tcW", w=width, type="dxa")), *content))
    return row
