"""A document as pieces of text, each with its place; what a reader does not see is a piece of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINE_END_HYPHEN = "\u00ad"  # of a word broken at a line's end; the hyphen may or may not be the word's own
NO_SECTION = "before the first section"
# Scripts without blanks between words are compared sign by sign.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_BROKEN = re.compile(r"[\u00ad-][ \t]*\n\s*(?=\S)")
_NOT_WORD = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"\W*\[?\\?\[(\d{1,4})\\?\]")


class Heading(NamedTuple):
    """A heading's words and its depth, from 1 for the document's title."""

    level: int
    text: str


class Piece(NamedTuple):
    """A stretch of text: a line, a paragraph, a cell, an attribute."""

    text: str
    place: str
    hidden: bool = False
    aside: bool = False  # a page's head or foot, a note: not in the run of the text


class Token(NamedTuple):
    """A word as it stands, and the index of its piece."""

    text: str
    piece: int

    @property
    def key(self) -> str:
        """The word without hyphens, of which a line's end may have added or eaten one."""
        return self.text.replace(LINE_END_HYPHEN, "").replace("-", "")

    @property
    def core(self) -> str:
        """The word's letters and digits."""
        return core(self.text)


def core(word: str) -> str:
    """The letters and digits of a word, without the marks round it that differ between formats.

    >>> core("“84.3%”")
    '843'
    """
    return _NOT_WORD.sub("", word)


def tokens_of(pieces: Sequence[Piece]) -> list[Token]:
    """The words of all pieces in order; a word broken over two lines of one piece is one."""
    return [
        Token(match[0], index)
        for index, piece in enumerate(pieces)
        for match in _TOKEN.finditer(_BROKEN.sub(LINE_END_HYPHEN, piece.text))
    ]


class Trail:
    """The headings above the place that is being read."""

    def __init__(self) -> None:
        self._open: list[Heading] = []

    def enter(self, heading: Heading) -> None:
        """Go under a heading; those as deep or deeper are left."""
        self._open = [h for h in self._open if h.level < heading.level] + [heading]

    @property
    def place(self) -> str:
        """The headings from the section on; the document's own title is left out."""
        return ", ".join(h.text for h in self._open if h.level > 1) or NO_SECTION


def numbered(place: str, text: str) -> str:
    """``place`` with the number of the reference that a piece of the list begins with."""
    match = _NUMBERED.match(text)
    return f"{place}, [{match[1]}]" if match else place


def under_headings(lines: Iterable[tuple[str, str]], headings: Sequence[Heading]) -> Iterator[Piece]:
    """Lines (text, further place) as pieces under headings that stand among them in this order.

    Lines that run on are one piece, so that a word broken over two of them is found again.
    """
    trail, following, place = Trail(), 0, ""
    gathered: list[str] = []
    known = {_folded(h.text) for h in headings}
    for text, further in lines:
        line = _folded(text)
        if line in known:
            at = next((i for i in range(following, len(headings)) if _folded(headings[i].text) == line), None)
            if at is not None:
                for heading in headings[following : at + 1]:
                    trail.enter(heading)
                following = at + 1
        there = ", ".join(filter(None, (trail.place, further)))
        if gathered and there != place:
            yield Piece("\n".join(gathered), place)
            gathered = []
        gathered.append(text)
        place = there
    if gathered:
        yield Piece("\n".join(gathered), place)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
