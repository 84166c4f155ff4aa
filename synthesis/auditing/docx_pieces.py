"""DOCX as pieces: paragraphs under their headings, targets of links, properties, notes, and text that is not shown.

Word and other programs write much anew when a document is saved (styles, ids, settings, runs cut elsewhere); none of
that is text, and none of it is compared.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.auditing.pieces import Heading, Piece, Trail, numbered
from synthesis.errors import InputFileError
from synthesis.reading.zips import check_zip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN = "word/document.xml"
_RELATIONS = "word/_rels/document.xml.rels"
_STYLES = "word/styles.xml"
_FURTHER = re.compile(r"word/(?:header|footer|footnotes|endnotes|comments)\d*\.xml")
_PROPERTIES = "docProps/core.xml"
_KEPT_PROPERTIES = ("title", "subject", "creator", "description", "keywords", "identifier")
_MAX_XML_BYTES = 16 << 20  # of one part, which is read as one tree
_BLANKS = frozenset({f"{_W}tab", f"{_W}br", f"{_W}cr"})
# What changes that which a reader sees without being text.
_MARKS = {
    f"{_W}vanish": "⟨hidden⟩",
    f"{_W}del": "⟨deleted⟩",
    f"{_W}ins": "⟨inserted⟩",
    f"{_W}moveFrom": "⟨moved⟩",
    f"{_W}drawing": "⟨picture⟩",
    f"{_W}pict": "⟨picture⟩",
    f"{_W}object": "⟨object⟩",
    f"{_W}altChunk": "⟨imported⟩",
}
_DESCRIBED = {
    f"{_W}tblCaption": f"{_W}val",
    f"{_W}tblDescription": f"{_W}val",
    f"{_W}fldSimple": f"{_W}instr",
}
_LEVEL = re.compile(r"heading\s*([1-8])")


def docx_pieces(data: bytes, path: Path) -> list[Piece]:
    """The paragraphs of a document, with what stands in its headers, notes and properties behind them.

    Raises:
        InputFileError: no DOCX, damaged, or a package that no report needs.
    """
    check_zip(data, str(path))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = _Parts(package, path)
            return [*_body(parts), *_hiding_styles(parts), *_further(parts), *_properties(parts)]
    except InputFileError:
        raise
    # zipfile and lxml each raise their own: one way out for all.
    except Exception as error:
        raise InputFileError(
            f"{path} is a damaged DOCX file ({type(error).__name__}); give the file as it was written."
        ) from error


class _Parts:
    """The XML parts of a package, each bounded and parsed without entities or network."""

    def __init__(self, package: zipfile.ZipFile, path: Path) -> None:
        self._package = package
        self._path = path
        self.names = sorted(package.namelist())

    def tree(self, name: str) -> Any:
        """A part's root; ``None`` where the package has none of that name."""
        if name not in self.names:
            return None
        with self._package.open(name) as handle:
            data = handle.read(_MAX_XML_BYTES + 1)
        if len(data) > _MAX_XML_BYTES or b"<!DOCTYPE" in data:
            raise InputFileError(
                f"{self._path} was not opened: its part {name} is too large or declares entities."
            )
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        return etree.fromstring(data, parser)


def _body(parts: _Parts) -> Iterator[Piece]:
    root = parts.tree(_MAIN)
    if root is None:
        raise InputFileError(f"the file is no DOCX document: it has no part named {_MAIN}.")
    targets, levels, trail = _targets(parts), _levels(parts), Trail()
    for node in root.iter(f"{_W}p", *_DESCRIBED, f"{_W}altChunk"):
        if node.tag == f"{_W}altChunk":
            yield Piece(_MARKS[node.tag], trail.place, hidden=True)
        elif node.tag != f"{_W}p":
            yield Piece(node.get(_DESCRIBED[node.tag], ""), trail.place, hidden=True)
        else:
            yield from _paragraph(node, targets, levels, trail)


def _paragraph(node: Any, targets: dict[str, str], levels: dict[str, int], trail: Trail) -> Iterator[Piece]:
    text = _text(node)
    style = node.find(f"{_W}pPr/{_W}pStyle")
    level = levels.get(style.get(f"{_W}val", ""), 0) if style is not None else 0
    if level and text.strip():
        trail.enter(Heading(level, " ".join(text.split())))
    place = numbered(trail.place, text)
    yield Piece(text, place)
    for link in node.iter(f"{_W}hyperlink"):
        target = targets.get(link.get(f"{_R}id", ""), link.get(f"{_W}anchor", ""))
        yield Piece(f"link→{target}", place, hidden=True)


def _text(paragraph: Any) -> str:
    """A paragraph's words with marks for what is hidden, inserted or drawn; a paragraph within it has its own piece."""
    words: list[str] = []
    walker = etree.iterwalk(paragraph, events=("start",))
    for _, node in walker:
        if node is not paragraph and node.tag == f"{_W}p":
            walker.skip_subtree()
        elif node.tag in {f"{_W}t", f"{_W}delText", f"{_W}instrText"}:
            words.append(node.text or "")
        elif node.tag == f"{_W}noBreakHyphen":
            words.append("-")
        elif node.tag == f"{_W}sym":
            words.append(f"⟨{node.get(f'{_W}char', '')}⟩")
        elif node.tag in _BLANKS:
            words.append(" ")
        elif node.tag in _MARKS and node.get(f"{_W}val", "true") not in {"0", "false", "off"}:
            words.append(f" {_MARKS[node.tag]} ")
    return "".join(words)


def _targets(parts: _Parts) -> dict[str, str]:
    """The id of each relationship to the outside → where it leads."""
    root = parts.tree(_RELATIONS)
    found = () if root is None else (r for r in root if r.get("TargetMode") == "External")
    return {r.get("Id", ""): r.get("Target", "") for r in found}


def _levels(parts: _Parts) -> dict[str, int]:
    """The id of each style of headings → its level below the title's, which is 1."""
    root = parts.tree(_STYLES)
    levels = {"Title": 1}
    for style in () if root is None else root.iter(f"{_W}style"):
        name = style.find(f"{_W}name")
        match = _LEVEL.fullmatch(name.get(f"{_W}val", "").casefold()) if name is not None else None
        if match:
            levels[style.get(f"{_W}styleId", "")] = int(match[1]) + 1
    return levels


def _hiding_styles(parts: _Parts) -> Iterator[Piece]:
    """The styles in use that make text invisible."""
    root = parts.tree(_STYLES)
    styles = () if root is None else root.iter(f"{_W}style")
    hiding = {s.get(f"{_W}styleId", "") for s in styles if s.find(f".//{_W}vanish") is not None}
    used = {node.get(f"{_W}val", "") for node in parts.tree(_MAIN).iter(f"{_W}pStyle", f"{_W}rStyle")}
    for name in sorted(hiding & used):
        yield Piece(f"⟨hidden⟩ {name}", "styles", hidden=True)


def _further(parts: _Parts) -> Iterator[Piece]:
    """Headers, footers, notes and comments: equal ones once, since programs write them several times."""
    seen: dict[str, Piece] = {}
    for name in filter(_FURTHER.fullmatch, parts.names):
        text = " ".join(_text(p) for p in parts.tree(name).iter(f"{_W}p")).strip()
        if text:
            kind = re.sub(r"\d*\.xml$", "", name.removeprefix("word/"))
            seen.setdefault(text, Piece(text, kind, aside=True))
    yield from sorted(seen.values())


def _properties(parts: _Parts) -> Iterator[Piece]:
    """Title, author and the like; programs add others, and drop those that they do not know."""
    root = parts.tree(_PROPERTIES)
    found = {} if root is None else {etree.QName(node).localname: node.text or "" for node in root.iter("*")}
    for name in _KEPT_PROPERTIES:
        if found.get(name, "").strip():
            yield Piece(found[name], f"document properties, {name}", hidden=True)
