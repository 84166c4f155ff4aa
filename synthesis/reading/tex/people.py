"""The names among what ``\\author`` holds: affiliations, addresses and marks stand between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BETWEEN = re.compile(r"\n|,|;|\s{2,}|\\|\band\b|&|\s[·•|]\s")
_MARKS = re.compile(r"\d+(?:st|nd|rd|th)\b|[\d∗*†‡§¶∥♠♣♥♦⋆★☆♯♭♮♢◇□△▽✉\^_{}$=+<>⟨⟩]+|(?<=\s)[a-z](?=\s|$)")
_NAME = re.compile(r"(?:[^\W\d_][\w.'’‑-]*\s+){1,5}[^\W\d_][\w.'’‑-]*")
_PARTICLES = frozenset(
    "van von der den de del della di da dos la le el al bin ibn ten ter zu zum af av i y e".split()
)
_NOT_PEOPLE = re.compile(
    r"@|https?:|\b(?:universit\w*|institut\w*|department|dept|college|school|laborator\w*|labs?|research|center|centre|academy|"
    r"faculty|inc|ltd|corp\w*|google|microsoft|facebook|meta|amazon|deepmind|openai|nvidia|ibm|allen|fellow|member|ieee|"
    r"street|avenue|road|usa|china|germany|france|italy|canada|india|japan|korea|kingdom|states|city|email|e-mail|"
    r"technolog\w*|sciences?|engineering|foundation|hospital|ministry|group|team|division|program\w*|project|equal|"
    r"contribut\w*|corresponding|author|work|intern\w*|polytechnic\w*|politecnico|école|ecole|cnrs|inria|max planck|park|bank)\b",
    re.IGNORECASE,
)
_MAX_CHARS = 80
_MAX_AUTHORS = 2_000


def people(blocks: Iterable[str]) -> tuple[str, ...]:
    """Names of people in the order in which they stand, each once.

    >>> people(["Kyle Lo†  Lucy Lu Wang†\\n†Allen Institute for AI\\n{kylel}@allenai.org", "Ada van Lovelace"])
    ('Kyle Lo', 'Lucy Lu Wang', 'Ada van Lovelace')
    """
    found: dict[str, None] = {}
    for block in blocks:
        for piece in _BETWEEN.split(block):
            name = " ".join(_MARKS.sub(" ", piece).split()).strip(" .")
            if _is_name(name, piece) and len(found) < _MAX_AUTHORS:
                found[name] = None
    return tuple(found)


def _is_name(name: str, piece: str) -> bool:
    if len(name) > _MAX_CHARS or not _NAME.fullmatch(name) or _NOT_PEOPLE.search(piece):
        return False
    words = name.split()
    return all(word[0].isupper() or not word[0].isascii() or word in _PARTICLES for word in words)
