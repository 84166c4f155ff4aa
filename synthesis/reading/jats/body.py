"""The body, back matter and floats of a JATS article → sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.reading.jats.inline import FLOATS, count_pictures, jats_text, title_text
from synthesis.reading.jats.tables import has_table, table_notes, table_parts
from synthesis.reading.markup.outline import Outline
from synthesis.reading.table_text import markdown_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_NESTING = 40  # of parts; what is deeper is read as one paragraph
_PARTS = frozenset({"sec", "app", "glossary", "notes", "ref-list", "boxed-text", "statement"})
_CONTAINERS = frozenset(
    "app-group disp-quote verse-group speech fn-group table-wrap-group fig-group disp-formula-group"
    " floats-group list list-item".split()
)
_SPLITTING = frozenset({"list", "def-list", "disp-quote", "boxed-text", "verse-group", "preformat", "code"})
_SILENT = frozenset("title label caption sec-meta ack bio ref graphic object-id permissions alt-text".split())
_BACK_TITLES = {"glossary": "Abbreviations", "notes": "Notes", "app": "Appendix"}


class JatsBody:
    """Walks an article into ``outline`` and counts what could not be read."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.picture_formulas = 0
        self.picture_tables = 0
        self._readers: dict[str, Callable[[Any], None]] = {
            "p": self._paragraph,
            "def-list": self._definitions,
            "table-wrap": self._table,
            "fig": self._figure,
            "fn": self._footnote,
        }

    def read(self, article: Any) -> None:
        """Body, back matter, then the floats that stand in no section."""
        self.picture_formulas = sum(
            count_pictures(part) for name in ("body", "back") for part in article.findall(name)
        )
        for name in ("body", "back"):
            part = article.find(name)
            if part is not None:
                self._children(part, 0)
        floats = article.find("floats-group")
        for child in floats if floats is not None else ():
            for table in child.iter("table-wrap"):
                self.outline.open(_label(table) or "Table")
                self._table(table)
                self.outline.close()
            for figure in child.iter("fig"):
                self._figure(figure)

    def _children(self, part: Any, depth: int) -> None:
        for child in list(part):  # paragraphs are taken apart on the way
            if child.tag not in _SILENT:
                self._block(child, depth + 1)

    def _block(self, element: Any, depth: int) -> None:
        tag = element.tag
        if tag in self._readers:
            self._readers[tag](element)
        elif depth >= _MAX_NESTING:
            self.outline.add(jats_text(element))
        elif tag in _PARTS:
            self._part(element, depth)
        elif tag in _CONTAINERS:
            self._container(element, depth)
        else:
            self._leaf(element)

    def _part(self, element: Any, depth: int) -> None:
        if element.tag == "ref-list" and element.find("p") is None and element.find("sec") is None:
            return  # the works cited are listed apart
        self.outline.open(_heading(element) or _BACK_TITLES.get(element.tag, ""))
        for paragraph in element.findall("caption/p"):
            self._paragraph(paragraph)
        self._children(element, depth)
        self.outline.close()

    def _container(self, element: Any, depth: int) -> None:
        put = self.outline.add_caption if element.tag == "fig-group" else self.outline.add
        for name in ("label", "title", "caption"):
            child = element.find(name)
            if child is not None:
                put(jats_text(child))
        self._children(element, depth)

    def _leaf(self, element: Any) -> None:
        """Anything else is a paragraph: formulas, supplementary files, code, what a later JATS may add."""
        holder = etree.Element("p")
        holder.append(element)
        self._paragraph(holder)

    def _paragraph(self, paragraph: Any) -> None:
        """Running text; lists and quotations in it are blocks of their own, tables and figures follow it."""
        floats = [one for one in paragraph.iter(*FLOATS) if next(one.iterancestors(*FLOATS), None) is None]
        notes = list(paragraph.iter("fn"))
        for piece in _split(paragraph):
            if piece.tag == "p":
                self.outline.add(jats_text(piece))
            else:
                self._block(piece, _MAX_NESTING - 3)
        for one in floats:
            self._block(one, _MAX_NESTING - 2)
        for note in notes:
            if next(note.iterancestors(*FLOATS), None) is None:
                self._footnote(note)

    def _definitions(self, element: Any) -> None:
        for item in element.iter("def-item"):
            term = " ".join(jats_text(one) for one in item.findall("term"))
            meaning = " ".join(jats_text(one) for one in item.findall("def"))
            self.outline.add(f"{term}: {meaning}" if term and meaning else term or meaning)

    def _table(self, wrap: Any) -> None:
        if not has_table(wrap):
            self.picture_tables += 1
        tables = table_parts(wrap)
        label, caption = _label(wrap), _caption(wrap)
        for rows in tables or [[]]:
            self.outline.add(markdown_table(rows, caption, label))
            caption, label = "", ""
        for note in table_notes(wrap):
            self.outline.add(note)

    def _figure(self, figure: Any) -> None:
        parts = (_label(figure), _caption(figure))
        self.outline.add_caption(": ".join(part.rstrip(":") for part in parts if part))

    def _footnote(self, note: Any) -> None:
        self.outline.add_footnote(jats_text(note))


def _split(paragraph: Any) -> Iterator[Any]:
    """The paragraph's text as ``p`` elements, and between them the blocks that interrupt it."""
    piece = etree.Element("p")
    piece.text = paragraph.text
    for child in list(paragraph):
        if child.tag in _SPLITTING:
            yield piece
            piece = etree.Element("p")
            piece.text, child.tail = child.tail, None
            yield child
        else:
            piece.append(child)
    yield piece


def _heading(part: Any) -> str:
    """A part's own words: "label title", e.g. "2.1 Patients"; of a box its caption's title."""
    title = part.find("title")
    if title is None:
        title = part.find("caption/title")
    words = title_text(title) if title is not None else ""
    return f"{_label(part)} {words}".strip() if part.tag in {"boxed-text", "statement", "app"} else words


def _label(element: Any) -> str:
    label = element.find("label")
    return title_text(label) if label is not None else ""


def _caption(element: Any) -> str:
    return " ".join(jats_text(one) for one in element.findall("caption"))
