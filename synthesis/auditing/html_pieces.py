"""HTML as pieces: the text under its headings, and all that a reader does not see: tags, attributes, head, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree, html

from synthesis.auditing.pieces import Heading, Piece, Trail, numbered
from synthesis.errors import InputFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 5, "h5": 6, "h6": 7}
_FOLDED = 4  # what unfolds stands under h3 and holds h4
_UNSEEN = frozenset({"script", "style", "title", "template", "noscript"})
# A piece of text ends where one of these begins or ends; what stands within a line goes on.
_INLINE = frozenset(
    {"a", "b", "bdi", "bdo", "cite", "code", "em", "i", "mark", "small", "span", "strong", "sub", "sup", "u"}
)


def html_pieces(text: str, path: Path) -> list[Piece]:
    """A page's text, each block under its headings, between pieces for tags with their attributes.

    Raises:
        InputFileError: not HTML that can be parsed.
    """
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=False, remove_pis=False)
    try:
        root = html.document_fromstring(text.encode("utf-8", errors="replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise InputFileError(
            f"{path} begins like HTML but cannot be parsed ({error}); give the file as it was written."
        ) from error
    return list(_Walk().pieces(root))


class _Walk:
    """One pass over the tree."""

    def __init__(self) -> None:
        self._trail = Trail()
        self._text: list[str] = []
        self._unseen = 0

    def pieces(self, root: Any) -> Iterator[Piece]:
        """Text in reading order; a tag's piece stands before what it holds."""
        for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event in {"comment", "pi"}:
                yield from self._flush()
                yield Piece(f"<!-- {node.text or ''} -->", self._trail.place, hidden=True)
                self._text.append(node.tail or "")
            elif event == "start":
                yield from self._open(node)
            else:
                yield from self._close(node)
        yield from self._flush()

    def _open(self, node: Any) -> Iterator[Piece]:
        if node.tag not in _INLINE:
            yield from self._flush()
        elif node.tag == "span":
            self._text.append(" ")
        if node.tag in _HEADINGS or node.tag == "summary":
            words = " ".join("".join(_spaced(node)).split())
            self._trail.enter(Heading(_HEADINGS.get(node.tag, _FOLDED), words[:80]))
        yield Piece(_tag(node), self._trail.place, hidden=True)
        self._unseen += node.tag in _UNSEEN
        self._text.append(node.text or "")

    def _close(self, node: Any) -> Iterator[Piece]:
        if node.tag not in _INLINE:
            yield from self._flush()
        elif node.tag == "span":  # the page's style sets it apart
            self._text.append(" ")
        self._unseen -= node.tag in _UNSEEN
        self._text.append(node.tail or "")

    def _flush(self) -> Iterator[Piece]:
        text = "".join(self._text)
        self._text = []
        if text.strip():
            yield Piece(text, numbered(self._trail.place, text), hidden=self._unseen > 0)


def _spaced(node: Any) -> Iterator[str]:
    """The words of a heading; those of two elements are not glued together."""
    for words in node.itertext():
        yield f"{words} "


def _tag(node: Any) -> str:
    """A tag with its attributes in the order of their names, each one word."""
    attributes = (f"{name}=“{'␣'.join(str(value).split())}”" for name, value in sorted(node.attrib.items()))
    return " ".join((f"<{node.tag}>", *attributes))
