"""The look of the DOCX report: its styles, list, typefaces, page, header and footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthesis.rendering.docx_text import (
    COMPLEX_SCRIPTS,
    NAMESPACE,
    el,
    field,
    filled,
    form_is_right_to_left,
    literal,
    paragraph,
)
from synthesis.rendering.text import one_line
from synthesis.wording import say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document

    from synthesis.rendering.docx_text import Element

SERIF = "Noto Serif"
_HAN = "Noto Serif CJK SC"
_INK, _GREY, _RULE, _LINK = "1A1A1A", "595959", "BFBFBF", "1F4E79"
_PAGE_WIDTH, _PAGE_HEIGHT, _MARGIN = 11906, 16838, 1417  # twentieths of a point: A4, 25 mm
_RUNNING_TITLE_CHARS = 80

# The languages of the form as Word names them; the scripts that it calls complex and East Asian have their own mark.
LANGUAGES = {
    "en": "en-GB",
    "es": "es-ES",
    "de": "de-DE",
    "fr": "fr-FR",
    "zh": "zh-CN",
    "ar": "ar-SA",
    "hi": "hi-IN",
}
_NOT_LATIN = frozenset({"zh", "ar", "hi"})

# Typefaces to take where a machine lacks ours, as they come with Word.
_INSTEAD = {
    SERIF: "Cambria",
    _HAN: "SimSun",
    "Noto Serif CJK JP": "Yu Mincho",
    "Noto Serif CJK KR": "Batang",
    "Noto Naskh Arabic": "Times New Roman",
    "Noto Serif Hebrew": "Times New Roman",
    "Noto Serif Thai": "Angsana New",
    "Noto Serif Devanagari": "Nirmala UI",
}


def set_up(document: Document, title: str) -> None:
    """Give a fresh python-docx document the report's styles, page, header with ``title``, and footer."""
    _set_styles(document.styles.element)
    _set_bullet(document.part.numbering_part.element)
    _set_page(document, title)
    _set_compatibility(document.settings.element)


def font_table() -> Element:
    """The ``w:fonts`` part: each typeface with its substitute."""
    names = dict.fromkeys([SERIF, _HAN, *_INSTEAD, *(script.font for script in COMPLEX_SCRIPTS)])
    fonts = el("fonts")
    for name in names:
        instead = [el("altName", val=_INSTEAD[name])] if name in _INSTEAD else []
        fonts.append(el("font", *instead, el("family", val="roman"), el("pitch", val="variable"), name=name))
    return fonts


# --------------------------------------------------------------------------- properties


def _size(points: float) -> list[Element]:
    half_points = round(2 * points)
    return [el("sz", val=half_points), el("szCs", val=half_points)]


def _bold() -> list[Element]:
    return [el("b"), el("bCs")]


def _colour(value: str) -> list[Element]:
    return [el("color", val=value)]


def _spacing(before: float = 0, after: float = 0, lines: float = 1.0) -> list[Element]:
    """Points before and after; ``lines`` times the typeface's own line height."""
    twips = {"before": round(20 * before), "after": round(20 * after), "line": round(240 * lines)}
    return [el("spacing", **twips, lineRule="auto")]


def _indent(start: int, hanging: int = 0, end: int = 0) -> list[Element]:
    return [el("ind", left=start, right=end, hanging=hanging)]


def _heading(level: int) -> list[Element]:
    return [el("outlineLvl", val=level - 1)]


_KEEP = ("keepNext", "keepLines")


def _keep() -> list[Element]:
    return [el(tag) for tag in _KEEP]


# --------------------------------------------------------------------------- styles


def _style(
    name: str, *, p: list[Element] | None = None, r: list[Element] | None = None, **more: str
) -> Element:
    """A paragraph style; ``p`` and ``r`` are its properties in the order of the standard."""
    style = el("style", el("name", val=name), type="paragraph", styleId=name.replace(" ", ""))
    style.append(el("basedOn", val=more.get("base", "Normal")))
    style.append(el("next", val=more.get("follow", name.replace(" ", ""))))
    style.append(el("qFormat"))
    if p:
        style.append(el("pPr", *p))
    if r:
        style.append(el("rPr", *r))
    return style


def _character(name: str, *properties: Element) -> Element:
    node = el("style", el("name", val=name), type="character", styleId=name.replace(" ", ""))
    node.extend([el("basedOn", val="DefaultParagraphFont"), el("qFormat"), el("rPr", *properties)])
    return node


def _defaults() -> Iterator[Element]:
    fonts = el("rFonts", ascii=SERIF, hAnsi=SERIF, eastAsia=_HAN, cs="Noto Naskh Arabic")
    latin = LANGUAGES["en" if spoken() in _NOT_LATIN else spoken()]
    language = el("lang", val=latin, eastAsia="zh-CN", bidi=LANGUAGES["hi" if spoken() == "hi" else "ar"])
    run = el("rPr", fonts, *_colour(_INK), *_size(10), language)
    yield el(
        "docDefaults",
        el("rPrDefault", run),
        el("pPrDefault", el("pPr", *_spacing(after=5, lines=1.08))),
    )
    normal = el(
        "style", el("name", val="Normal"), el("qFormat"), type="paragraph", default=1, styleId="Normal"
    )
    normal.append(el("pPr", el("widowControl")))
    yield normal
    font = el("style", el("name", val="Default Paragraph Font"), type="character", default=1)
    font.set(f"{{{NAMESPACE}}}styleId", "DefaultParagraphFont")
    yield font
    margins = el("tblCellMar", *(el(side, w=w, type="dxa") for side, w in _CELL_MARGINS))
    plain = el("style", el("name", val="Normal Table"), type="table", default=1, styleId="TableNormal")
    plain.append(el("tblPr", el("tblInd", w=0, type="dxa"), margins))
    yield plain


_CELL_MARGINS = (("top", 0), ("left", 85), ("bottom", 0), ("right", 85))


def _front_matter() -> Iterator[Element]:
    centred = el("jc", val="center")
    yield _style(
        "Title", p=[*_keep(), *_spacing(12, 8), centred], r=[*_bold(), *_size(19)], follow="Subtitle"
    )
    yield _style("Subtitle", p=[*_spacing(after=2), el("jc", val="center")], r=[*_size(11)])
    yield _style("Date", p=[*_spacing(after=16), el("jc", val="center")], r=[*_colour(_GREY), *_size(10)])
    yield _style("Abstract", p=[*_spacing(after=8, lines=1.08), *_indent(567, end=567), el("jc", val="both")])


def _headings() -> Iterator[Element]:
    looks = ((1, 18, 6, 13.5), (2, 14, 4, 11.5), (3, 8, 3, 10))
    for level, before, after, size in looks:
        yield _style(
            f"heading {level}",
            p=[*_keep(), *_spacing(before, after), *_heading(level)],
            r=[*_bold(), *_size(size)],
            follow="BodyText",
        )


def _body() -> Iterator[Element]:
    rule = el("pBdr", el("left", val="single", sz=6, space=8, color=_RULE))
    yield _style("Body Text", p=[*_spacing(after=6, lines=1.08), el("jc", val="both")])
    yield _style("Claim", p=[*_keep(), *_spacing(after=5)], follow="Fact")
    fact_tab = el("tabs", el("tab", val="left", pos=1418))
    yield _style("Fact", p=[fact_tab, *_spacing(after=1), *_indent(1418, hanging=1418)], r=_size(9.5))
    yield _style("Quote", p=[*_keep(), rule, *_spacing(3, 0, 1.05), *_indent(397, end=397)], r=_size(9.5))
    yield _style(
        "Attribution",
        p=[el("keepLines"), *_spacing(1, 7), *_indent(397, end=397)],
        r=[*_colour(_GREY), *_size(8.5)],
    )
    yield _style("Caption", p=[*_keep(), *_spacing(10, 4)], r=[*_colour(_GREY), *_size(9)])
    bullet = el("numPr", el("numId", val=1))
    yield _style(
        "List Bullet", p=[bullet, *_spacing(after=2), *_indent(340, hanging=255), el("contextualSpacing")]
    )
    number_tab = el("tabs", el("tab", val="left", pos=567))
    yield _style(
        "List Number",
        p=[el("keepLines"), number_tab, *_spacing(after=4), *_indent(567, hanging=567)],
        r=_size(9.5),
    )


def _cells_and_edges() -> Iterator[Element]:
    yield _style("Table Text", p=[*_spacing(2, 2)], r=_size(9))
    yield _style("Table Number", p=[el("jc", val="right")], base="TableText")
    yield _style("Table Mark", p=[el("jc", val="center")], base="TableText")
    yield _style("After Table", p=[*_spacing(after=4)], r=_size(4))
    rule = el("pBdr", el("bottom", val="single", sz=4, space=4, color=_RULE))
    yield _style("header", p=[rule, *_spacing()], r=[*_colour(_GREY), *_size(8.5)])
    yield _style("footer", p=[*_spacing(), el("jc", val="center")], r=[*_colour(_GREY), *_size(8.5)])


def _characters() -> Iterator[Element]:
    yield _character("Strong", *_bold())
    yield _character("Term", *_colour(_GREY))
    yield _character("Hyperlink", *_colour(_LINK))


def _table_style() -> Element:
    thick: dict[str, str | int] = {"val": "single", "sz": 8}
    thin: dict[str, str | int] = {"val": "single", "sz": 4}
    rules = el(
        "tblBorders",
        el("top", **thick, space=0, color=_INK),
        el("bottom", **thick, space=0, color=_INK),
        el("insideH", **thin, space=0, color=_RULE),
    )
    style = el("style", el("name", val="Thin Rules"), type="table", customStyle=1, styleId="ThinRules")
    style.extend([el("basedOn", val="TableNormal"), el("qFormat"), el("tblPr", rules)])
    below = el("tcBorders", el("bottom", val="single", sz=6, space=0, color=_INK))
    first = el("tblStylePr", el("pPr", el("keepNext")), el("rPr", *_bold()), type="firstRow")
    first.append(el("tcPr", below, el("vAlign", val="bottom")))
    style.append(first)
    return style


def _set_styles(styles: Any) -> None:
    """Replace the template's styles, most of which no report uses."""
    for node in list(styles):
        styles.remove(node)
    for group in (_defaults(), _front_matter(), _headings(), _body(), _cells_and_edges(), _characters()):
        styles.extend(group)
    styles.append(_table_style())


def _set_bullet(numbering: Any) -> None:
    for node in list(numbering):
        numbering.remove(node)
    level = el("lvl", el("start", val=1), el("numFmt", val="bullet"), el("lvlText", val="•"), ilvl=0)
    level.extend([el("lvlJc", val="left"), el("pPr", *_indent(340, hanging=255))])
    numbering.append(el("abstractNum", el("multiLevelType", val="singleLevel"), level, abstractNumId=0))
    numbering.append(el("num", el("abstractNumId", val=0), numId=1))


# --------------------------------------------------------------------------- page


def _set_page(document: Document, title: str) -> None:
    section = document.sections[0]
    section.different_first_page_header_footer = True
    running = one_line(title)
    if len(running) > _RUNNING_TITLE_CHARS:
        running = running[: _RUNNING_TITLE_CHARS - 1].rstrip() + "…"
    _fill(section.header, literal("header", running))
    _fill(section.first_page_header, paragraph("Normal"))
    for footer in (section.footer, section.first_page_footer):
        numbers = {"page": [field("PAGE", "1")], "pages": [field("NUMPAGES", "1")]}
        _fill(footer, paragraph("footer", filled(say("Page {page} of {pages}"), **numbers)))
    properties: Any = section._sectPr  # noqa: SLF001 — python-docx gives no public way to the element
    properties.pgSz.attrib.clear()
    properties.pgSz.attrib.update(el("pgSz", w=_PAGE_WIDTH, h=_PAGE_HEIGHT).attrib)
    sides = dict.fromkeys(("top", "right", "bottom", "left"), _MARGIN)
    properties.pgMar.attrib.update(el("pgMar", **sides, header=709, footer=709, gutter=0).attrib)
    if form_is_right_to_left():
        properties.titlePg.addnext(el("bidi"))


def _fill(edge: Any, content: Element) -> None:
    edge.is_linked_to_previous = False
    element = edge._element  # noqa: SLF001 — as above
    for node in list(element):
        element.remove(node)
    element.append(content)


def _set_compatibility(settings: Any) -> None:
    """Let Word lay the document out as it does its own of 2013 and later, without a mode of compatibility."""
    for setting in settings.iter(f"{{{NAMESPACE}}}compatSetting"):
        if setting.get(f"{{{NAMESPACE}}}name") == "compatibilityMode":
            setting.set(f"{{{NAMESPACE}}}val", "15")
