"""The text of a web page → sections: by LaTeXML's elements where it made the page, else by the page's headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.reading.html.hidden import HIDDEN
from synthesis.reading.html.inline import classes_of, html_text, outermost_of, title_text
from synthesis.reading.html.tables import is_table, table_rows, tables_of
from synthesis.reading.markup.outline import Outline
from synthesis.reading.markup.parsing import outermost
from synthesis.reading.table_text import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_NESTING = 90  # of elements; what is deeper is read as one paragraph
_FRAMED_WORDS = 15
_HOLDS = "holds"  # attribute of an element that has blocks inside
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    "address article blockquote center dd details div dl dt fieldset figure h1 h2 h3 h4 h5 h6 hr li main ol p pre section"
    " svg table ul".split()
)
_BLOCK_CLASSES = frozenset(
    "ltx_para ltx_p ltx_tabular ltx_itemize ltx_enumerate ltx_item ltx_figure ltx_table ltx_float ltx_equation"
    " ltx_equationgroup ltx_listing ltx_theorem ltx_proof".split()
)
_PARTS = frozenset(
    "ltx_part ltx_chapter ltx_section ltx_subsection ltx_subsubsection ltx_paragraph ltx_subparagraph ltx_appendix"
    " ltx_glossary".split()
)
_SILENT = frozenset(
    "nav footer aside form button dialog menu style head header summary input select hr".split()
) | {HIDDEN}
_SILENT_CLASSES = frozenset(
    "ltx_page_header ltx_page_footer ltx_page_navbar ltx_page_logo ltx_toc ltx_authors ltx_creator ltx_dates ltx_date"
    " ltx_keywords ltx_classification ltx_abstract ltx_title_document ltx_error ltx_pagination ltx_rdf ltx_bibliography"
    " ltx_acknowledgements ltx_index ltx_note package-alerts navbar breadcrumb breadcrumbs sidebar cookie cookies".split()
)
_FLOATS = frozenset({"ltx_figure", "ltx_table", "ltx_float"})
_REFERENCES = re.compile(
    r"(?:\d+\.?\s*)?(?:references?|bibliography|works cited|literature cited)", re.IGNORECASE
)
_TABLE_LABEL = re.compile(
    r"\s*((?:extended data |supplementary |appendix )?(?:table|tab\.)\s*[\w.-]{1,12})[.:|]?\s*", re.IGNORECASE
)


class HtmlBody:
    """Walks a page's article into ``outline``; works cited under a heading of that name go to ``references``."""

    def __init__(self, title: str | None) -> None:
        self.outline = Outline()
        self._title = title  # whose heading opens no section
        self.references: list[str] = []
        self._levels: list[int] = []  # of the open headings, outermost first
        self._parts = 0  # open elements of LaTeXML that are sections
        self._cites = False  # whether the last heading was that of the works cited

    def read(self, article: Any) -> None:
        """Take in everything below ``article``."""
        _mark_holders(article)
        self._children(article, 0)
        self._close_headings(0)

    # ----------------------------------------------------------------- blocks

    def _children(self, element: Any, depth: int) -> None:
        for piece in list(_pieces(element)):
            self._block(piece, depth + 1)

    def _block(self, element: Any, depth: int) -> None:
        classes = classes_of(element)
        if element.tag in _SILENT or classes & _SILENT_CLASSES:
            return
        if classes & _PARTS and depth < _MAX_NESTING:
            self._part(element, depth)
        elif element.tag in _HEADINGS:
            self._heading(element, classes)
        elif is_table(element):
            self._add(markdown_table(table_rows(element), *_table_caption(element)))
        elif element.tag == "figure" or classes & _FLOATS:
            self._float(element)
        elif element.tag == "svg":
            self._picture(element)
        elif "ltx_equation" in classes or "ltx_equationgroup" in classes or "ltx_eqn_table" in classes:
            self._equations(element)
        elif element.get(_HOLDS) and depth < _MAX_NESTING:
            self._children(element, depth)
        else:
            self._paragraph(element)

    def _picture(self, picture: Any) -> None:
        """LaTeXML draws framed text as a picture; what is as short as a diagram's labels is passed over."""
        for one in outermost(picture, lambda element: element.tag == "foreignobject"):
            text = html_text(one)
            self._add(text if len(text.split()) >= _FRAMED_WORDS else "")

    def _part(self, element: Any, depth: int) -> None:
        self._close_headings(0)
        title = next((one for one in element if "ltx_title" in classes_of(one)), None)
        self.outline.open(title_text(title) if title is not None else "")
        self._parts += 1
        if title is not None:
            title.tag = HIDDEN
        self._children(element, depth)
        self._close_headings(0)
        self._parts -= 1
        self.outline.close()

    def _heading(self, element: Any, classes: frozenset[str]) -> None:
        """In LaTeXML's sections a heading that is left is a theorem's or an algorithm's; elsewhere it opens a part."""
        text = title_text(element)
        if self._parts or "ltx_title" in classes:
            self._add(html_text(element))
        elif text and text != self._title:
            self._close_headings(_HEADINGS[element.tag])
            self._cites = _REFERENCES.fullmatch(text) is not None
            if not self._cites:
                self._levels.append(_HEADINGS[element.tag])
                self.outline.open(text)

    def _close_headings(self, level: int) -> None:
        self._cites = False
        while self._levels and (not level or self._levels[-1] >= level):
            self._levels.pop()
            self.outline.close()

    def _paragraph(self, element: Any) -> None:
        text = html_text(element)
        self._add(text if any(c.isalnum() for c in text) else "")
        for note in outermost_of(element, "ltx_note") if len(element) else ():
            text = _note(note)
            self.outline.add_footnote(text if any(c.isalnum() for c in text) else "")

    def _add(self, block: str) -> None:
        if self._cites and block:
            self.references.append(block)
        else:
            self.outline.add(block)

    # ----------------------------------------------------------------- floats and formulas

    def _float(self, figure: Any) -> None:
        """A table with its caption stands in the text; a figure gives its caption, a listing its lines too."""
        caption = next((one for one in figure.iter() if _is_caption(one)), None)
        tables = [rows for one in tables_of(figure) if (rows := table_rows(one))]
        label, words = _caption_parts(caption)
        if tables:
            for rows in tables:
                self._add(markdown_table(rows, words, label))
                label = words = None
            self._notes_below(figure, caption)
            return
        self.outline.add_caption(": ".join(part for part in (label, words) if part))
        inner = [one for one in figure.iter() if _is_caption(one) and one is not caption]
        for one in inner:
            self.outline.add_caption(": ".join(part for part in _caption_parts(one) if part))
        if "ltx_float" in classes_of(figure) or any(
            "ltx_listing" in classes_of(one) for one in figure.iter()
        ):
            for one in (caption, *inner):
                if one is not None:
                    one.tag = HIDDEN
            self._add(html_text(figure))

    def _notes_below(self, figure: Any, caption: Any) -> None:
        """What stands beside a table in its float, less the caption."""
        if caption is not None:
            caption.tag = HIDDEN
        for table in tables_of(figure):
            table.clear(keep_tail=True)
            table.tag = HIDDEN
        self._add(html_text(figure))

    def _equations(self, element: Any) -> None:
        rows = [one for one in element.iter() if "ltx_eqn_row" in classes_of(one)] or [element]
        for row in rows:
            self._add(html_text(row))


# --------------------------------------------------------------------------- pieces


def _mark_holders(article: Any) -> None:
    """Mark all that has a block inside, so that no element is searched twice."""
    for element in article.iter():
        if not _is_block(element):
            continue
        for ancestor in element.iterancestors():
            if ancestor.get(_HOLDS):
                break
            ancestor.set(_HOLDS, "1")


def _is_block(element: Any) -> bool:
    return element.tag in _BLOCKS or bool(classes_of(element) & _BLOCK_CLASSES)


def _pieces(element: Any) -> Iterator[Any]:
    """The blocks in an element, and what runs between them as paragraphs."""
    run = etree.Element("p")
    run.text = element.text
    for child in list(element):
        if (_is_block(child) or child.get(_HOLDS)) and "ltx_note" not in classes_of(child):
            yield run
            run = etree.Element("p")
            run.text, child.tail = child.tail, None
            yield child
        else:
            run.append(child)
    yield run


def _is_caption(element: Any) -> bool:
    return element.tag in {"figcaption", "caption"} or "ltx_caption" in classes_of(element)


def _caption_parts(caption: Any) -> tuple[str | None, str | None]:
    """(label, words) of a caption: LaTeXML marks the label, elsewhere it is what begins "Table 1"."""
    if caption is None:
        return None, None
    tag = next((one for one in caption.iter() if "ltx_tag" in classes_of(one)), None)
    if tag is not None:
        return html_text(tag).rstrip(" :.") or None, title_text(caption) or None
    words = title_text(caption)
    if match := _TABLE_LABEL.match(words):
        return match[1], words[match.end() :] or None
    return None, words or None


def _table_caption(table: Any) -> tuple[str | None, str | None]:
    """(words, label) of a table's own caption."""
    label, words = _caption_parts(next(table.iter("caption"), None))
    return words, label


def _note(note: Any) -> str:
    """The words of a footnote, which LaTeXML wraps together with two copies of its mark."""
    content = next(iter(outermost_of(note, "ltx_note_content")), note)
    return html_text(content)
