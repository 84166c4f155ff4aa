"""Printed lines → running text: broken words joined, ligatures spelled out, paragraphs kept apart."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from synthesis.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Line(Record):
    """A printed line or a part of it between wide gaps: type size, place from the lower left (points), font.

    A hyphen that PDFium takes for a broken word's stands as U+0002 at the end of ``text``.
    """

    text: str
    size: float
    x: float
    y: float
    font: str
    rotated: bool
    width: float = 0.0  # 0: not known
    goes_on: bool = False  # the line before stands on the same line as PDFium sees it, before a wide gap

    @property
    def right(self) -> float:
        """Where the line ends; half an em a character where that is not known."""
        return self.x + (self.width or 0.5 * self.size * len(self.text))


class Page(Record):
    """One page in points; ``unmapped`` characters had no known meaning in their font."""

    width: float
    height: float
    lines: tuple[Line, ...]
    unmapped: int = 0


_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}  # U+FB00–FB06
)
_ODD = re.compile(r"[^\x02\x20-\x7e–—‘’“”…•éèêëáàâäãåíìîïóòôöõúùûüñçß]|  ")  # all else is looked at
_COMBINING = {
    "¨": "\u0308",
    "´": "\u0301",
    "ˆ": "\u0302",
    "˜": "\u0303",
    "ˇ": "\u030c",
    "˚": "\u030a",
    "¸": "\u0327",
}
_ACCENTED = re.compile(
    r"(?P<accent>[¨´ˆ˜ˇ˚¸])(?P<letter>[aeiouyıȷAEIOUY]|[cnrsztdCNRSZTD](?=[^\W\d_]))"  # never "it´s "
)
_BROKEN = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[\x02\u00ad-]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_TAIL_CHARS = 80
_SUSPENDING = frozenset({"and", "or", "to", "und", "oder", "bis"})  # "pre- and post-training"
_SENTENCE_END = (".", "?", "!", ":", "”", "。", "।", "！", "？")


def clean(text: str) -> str:
    """Ligatures spelled out, blanks folded, accents set on their letters; what no font can show is dropped.

    That is control and private-use characters and surrogates.
    """
    if _ODD.search(text) is None:
        return text.strip(" ")
    text = _ACCENTED.sub(_composed, text.translate(_LIGATURES))
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or c == "\x02" or _shows(c))
    return re.sub(" +", " ", text).strip()


def vocabulary(lines: Iterable[Line]) -> frozenset[str]:
    """Every whole word of a document, lower case; it decides which line-end hyphens belong to their word.

    The halves of words that are broken between two lines are left out.
    """
    words: set[str] = set()
    broken = False
    for line in lines:
        found = [word.lower() for word in _WORD.findall(line.text)]
        if broken:
            found = found[1:]
        broken = _BROKEN.search(line.text[-_TAIL_CHARS:]) is not None
        words.update(found[:-1] if broken else found)
    words.update([part for word in words if "-" in word for part in word.split("-")])
    return frozenset(words)


class Joiner:
    """Puts lines together one by one; a word broken between two of them is whole again."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._pieces: list[str] = []
        self._tail = ""  # the end of the text, enough to see what it ends with
        self._length = 0

    def add(self, line: str) -> int:
        """Append a line; returns where it begins in the text."""
        if not self._pieces:
            self._append(line)
            return 0
        link = _link(self._tail, line, self._words)
        if link is None:  # the hyphen at the end goes
            self._pieces[-1] = self._pieces[-1][:-1]
            self._tail, self._length = self._tail[:-1], self._length - 1
        elif link == "-":
            self._pieces[-1] = f"{self._pieces[-1][:-1]}-"
        else:
            self._append(link)
        start = self._length
        self._append(line)
        return start

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self._tail = (self._tail + piece)[-_TAIL_CHARS:]
        self._length += len(piece)

    @property
    def tail(self) -> str:
        """The last characters of the text, a hyphen of a broken word as U+0002."""
        return self._tail

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces).replace("\x02", "-")


def join_lines(lines: Sequence[Line], words: frozenset[str]) -> str:
    """Running text of consecutive lines; paragraphs are separated by an empty line."""
    joiners: list[Joiner] = []
    for i, line in enumerate(lines):
        if i == 0 or _starts_paragraph(lines[i - 1], line, joiners[-1].tail):
            joiners.append(Joiner(words))
        joiners[-1].add(clean(line.text))
    return "\n\n".join(joiner.text for joiner in joiners)


def _composed(match: re.Match[str]) -> str:
    """TeX's older fonts print an accent and then its letter, each on its own: "´e" → "é"."""
    letter = {"ı": "i", "ȷ": "j"}.get(match["letter"], match["letter"])
    composed = unicodedata.normalize("NFC", letter + _COMBINING[match["accent"]])
    return composed if len(composed) == 1 else match[0]


def _shows(character: str) -> bool:
    return 0x20 <= ord(character) < 0x7F or unicodedata.category(character) not in {"Cc", "Co", "Cs", "Cn"}


def _starts_paragraph(previous: Line, line: Line, text: str) -> bool:
    """A finished sentence, then an indent, a gap, or another column."""
    if not text.endswith(_SENTENCE_END):
        return False
    indented = line.x - previous.x > 0.6 * line.size
    gap = previous.y - line.y > 1.6 * line.size
    return indented or gap


def _link(tail: str, line: str, words: frozenset[str]) -> str | None:
    """What stands between a text and the line after it: a blank, the hyphen (which the text has already), or nothing.

    ``None``: nothing, and the hyphen at the text's end goes.
    """
    broken = _BROKEN.search(tail)
    following = _WORD.match(line)
    if broken is None or following is None:
        return "-" if tail.endswith("\x02") else " "  # a hyphen behind a number or sign stays
    if following[0].lower() in _SUSPENDING:
        return " "
    keeps = _keeps_hyphen(broken[1].lower(), following[0].lower(), tail[-1], line, words)
    return "-" if keeps else None


def _keeps_hyphen(left: str, right: str, mark: str, current: str, words: frozenset[str]) -> bool:
    """Whether a hyphen at a line's end belongs to its word, by the words of the document itself."""
    last, first = left.rsplit("-", 1)[-1], right.split("-", 1)[0]
    if f"{left}-{right}" in words or f"{last}-{first}" in words:
        return True
    if left + right in words or f"{last}{first}" in words:
        return False
    if current[0].isupper():
        return True
    if mark == "-" and "-" in left:
        return True
    return len(last) >= 4 and len(first) >= 4 and last in words and first in words
