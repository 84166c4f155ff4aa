"""Printed lines → running text: broken words joined, ligatures spelled out, paragraphs kept apart."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from synthesis.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Line(Record):
    """One printed line: type size in points, place of its first character from the lower left, font.

    A hyphen that PDFium takes for a broken word's stands as U+0002 at the end of ``text``.
    """

    text: str
    size: float
    x: float
    y: float
    font: str
    rotated: bool


class Page(Record):
    """One page in points."""

    width: float
    height: float
    lines: tuple[Line, ...]


_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}  # U+FB00–FB06
)
_BROKEN = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[\x02\u00ad-]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE_END = (".", "?", "!", ":", "”", "。", "।", "！", "？")


def clean(text: str) -> str:
    """Ligatures spelled out, blanks folded, what no font can show (control, private use, surrogates) dropped."""
    text = text.translate(_LIGATURES)
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or c == "\x02" or _shows(c))
    return re.sub(" +", " ", text).strip()


def vocabulary(lines: Iterable[Line]) -> frozenset[str]:
    """Every whole word of a document, lower case; it decides which line-end hyphens belong to their word."""
    words: set[str] = set()
    for line in lines:
        words.update(word.lower() for word in _WORD.findall(line.text))
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
            text = _join(text, current, words)
        previous = line
    return text.replace("\x02", "-")


def _shows(character: str) -> bool:
    return 0x20 <= ord(character) < 0x7F or unicodedata.category(character) not in {"Cc", "Co", "Cs", "Cn"}


def _starts_paragraph(previous: Line, line: Line, text: str) -> bool:
    """A finished sentence, then an indent, a gap, or another column."""
    if not text.endswith(_SENTENCE_END):
        return False
    indented = line.x - previous.x > 0.6 * line.size
    gap = previous.y - line.y > 1.6 * line.size
    return indented or gap


def _join(text: str, current: str, words: frozenset[str]) -> str:
    broken = _BROKEN.search(text[-80:])
    following = _WORD.match(current)
    if broken is None or following is None:
        return f"{text} {current}"
    stem = text[:-1]
    left, right = broken[1].lower(), following[0].lower()
    if left + right in words:
        return stem + current
    keeps_hyphen = f"{left}-{right}" in words or current[0].isupper() or (text[-1] == "-" and "-" in left)
    return f"{stem}-{current}" if keeps_hyphen else stem + current
