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
_COMBINING = {"¨": "\u0308", "´": "\u0301", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c", "˚": "\u030a", "¸": "\u0327"}
_ACCENTED = re.compile(
    r"(?P<accent>[¨´ˆ˜ˇ˚¸])(?P<letter>[aeiouyıȷAEIOUY]|[cnrsztdCNRSZTD](?=[^\W\d_]))"  # never "it´s "
)
_BROKEN = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[\x02\u00ad-]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SUSPENDING = frozenset({"and", "or", "to", "und", "oder", "bis"})  # "pre- and post-training"
_SENTENCE_END = (".", "?", "!", ":", "”", "。", "।", "！", "？")


def clean(text: str) -> str:
    """Ligatures spelled out, blanks folded, accents set on their letters; what no font can show is dropped.

    That is control and private-use characters and surrogates.
    """
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
        broken = _BROKEN.search(line.text[-80:]) is not None
        words.update(found[:-1] if broken else found)
    words.update([part for word in words if "-" in word for part in word.split("-")])
    return frozenset(words)


def join_lines(lines: Sequence[Line], words: frozenset[str]) -> str:
    """Running text of consecutive lines; paragraphs are separated by an empty line."""
    text = ""
    previous: Line | None = None
    for line in lines:
        current = clean(line.text)
        if previous is None or not text:
            text = current
        elif _starts_paragraph(previous, line, text):
            text = f"{text}\n\n{current}"
        else:
            text, _ = join_words(text, current, words)
        previous = line
    return text.replace("\x02", "-")


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


def join_words(text: str, current: str, words: frozenset[str]) -> tuple[str, int]:
    """(``text`` and the line ``current`` after it, where ``current`` begins): a word broken between them is whole."""
    broken = _BROKEN.search(text[-80:])
    following = _WORD.match(current)
    if broken is None or following is None:
        if text.endswith("\x02"):  # a hyphen behind a number or sign
            return f"{text[:-1]}-{current}", len(text)
        return f"{text} {current}", len(text) + 1
    if following[0].lower() in _SUSPENDING:
        return f"{text[:-1]}- {current}", len(text) + 1
    stem = text[:-1]
    if _keeps_hyphen(broken[1].lower(), following[0].lower(), text[-1], current, words):
        return f"{stem}-{current}", len(stem) + 1
    return stem + current, len(stem)


def _keeps_hyphen(left: str, right: str, mark: str, current: str, words: frozenset[str]) -> bool:
    """Whether a hyphen at a line's end belongs to its word, by the words of the document itself."""
    last, first = left.rsplit("-", 1)[-1], right.split("-", 1)[0]
    if left + right in words or f"{last}{first}" in words:
        return False
    if f"{left}-{right}" in words or f"{last}-{first}" in words or current[0].isupper():
        return True
    if mark == "-" and "-" in left:
        return True
    return len(last) >= 4 and len(first) >= 4 and last in words and first in words
