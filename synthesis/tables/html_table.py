"""HTML → blocks: what a reader sees, never scripts, hidden parts, or what unfolds at a click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree, html

from synthesis.errors import InputFileError
from synthesis.tables.blocks import Heading, Item, Paragraph
from synthesis.tables.columns import clean, spanned_grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.tables.blocks import Block
    from synthesis.tables.columns import Grid

_UNSEEN = ("script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BREAKING = (
    "p",
    "div",
    "li",
    "br",
    "details",
    "dd",
    "dt",
    "tr",
    "td",
    "th",
    "section",
    "summary",
    *_HEADINGS,
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse(text: str, path: Path) -> list[Block]:
    """Headings, paragraphs, list items and tables of a page, in their order.

    Raises:
        InputFileError: not HTML that can be parsed.
    """
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", errors="replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise InputFileError(
            f"{path} begins like HTML but cannot be parsed ({error}); save the page again."
        ) from error
    _drop_unseen(root)
    return list(_blocks(root))


def _drop_unseen(root: Any) -> None:
    unseen = [element for element in root.iter(etree.Element) if _is_unseen(element)]
    for element in unseen:
        if element.getparent() is not None:
            element.drop_tree()
    for folded in root.iter("details"):
        folded.text = None
        for child in folded:
            child.tail = None


def _is_unseen(element: Any) -> bool:
    parent = element.getparent()
    return (
        element.tag in _UNSEEN
        or "hidden" in element.attrib
        or bool(_HIDING.search(element.get("style", "")))
        # Of what unfolds, only the line that is always shown.
        or (parent is not None and parent.tag == "details" and element.tag != "summary")
    )


def _blocks(root: Any) -> Iterator[Block]:
    for element in root.iter("p", "li", "table", *_HEADINGS):
        if element.tag == "table":
            grid = _grid(element)
            if grid is not None:
                yield grid
        elif element.tag == "p":
            yield Paragraph(_words(element))
        elif element.tag == "li":
            depth = 1 + sum(1 for _ in element.iterancestors("li"))
            yield Item(_words(element), element.sourceline or 0, depth)
        else:
            yield Heading(int(element.tag[1]), _words(element))


def _grid(table: Any) -> Grid | None:
    own = (tr for tr in table.iter("tr") if next(tr.iterancestors("table")) is table)
    return spanned_grid(
        [(_words(cell), _span(cell)) for cell in tr if cell.tag in ("td", "th")] for tr in own
    )


def _span(cell: Any) -> int:
    value = cell.get("colspan", "1").strip()
    return max(1, int(value)) if value.isdecimal() and len(value) < 6 else 1


def _words(element: Any) -> str:
    """The words of an element; a table inside it keeps its own."""
    parts: list[str] = []
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, node in walker:
        if node.tag in _BREAKING:
            parts.append(" ")
        if event == "start":
            if node is not element and node.tag == "table":
                walker.skip_subtree()
                continue
            parts.append(node.text or "")
        elif node is not element:
            parts.append(node.tail or "")
    return clean("".join(parts))
