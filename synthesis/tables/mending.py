"""Text pulled from a PDF → words: broken lines joined, hyphens kept where they belong, lost ligatures restored."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from synthesis.tables.ligature_words import LIGATURES, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOST = "\ufffd"
_SPELLED = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}  # U+FB00 to U+FB06
)
_MAX_LOST = 3  # in one word; five possibilities each
_MAX_LETTERS = 40
_LETTER = "[^\\W\\d_]"
_WORD = re.compile(rf"{_LETTER}+(?:-{_LETTER}+)*")
_GLYPH = f"(?:{_LETTER}|{LOST})"
# Looking behind keeps the search linear: a match starts at a word's beginning or not at all.
_LOSSY_WORD = re.compile(rf"(?<!{_LETTER})(?<!{LOST}){_GLYPH}*{LOST}{_GLYPH}*")
# PDFium writes U+0002 or U+FFFE, others U+00AD, for a hyphen that broke a word.
_HYPHEN = "[-\u00ad\u2010\x02\ufffe]"
_SPLIT = re.compile(rf"(?<!{_LETTER}){_LETTER}+{_HYPHEN}[ \t]*\r?\n\s*{_LETTER}+")
_BROKEN = re.compile(rf"([\w{LOST}-]+){_HYPHEN}$")
_START = re.compile(rf"{_GLYPH}+|\d")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")  # Thai, Chinese, Japanese

# First parts of compounds that are written with a hyphen before a whole word, and words that are not so written.
_COMPOUND = frozenset(
    """
    batch character closed coarse cross data dense domain dual end even few fine first five four full fully general
    half hard high knowledge label language large left long low mid million monolingual multi near new non one open
    pair passage poly post pre previously query question rank real resource right role second self semi sentence
    short single small soft source span sparse state sub task text third three time token top training two type uni
    user vice well wide word zero
    """.split()
)
_CLOSED = frozenset(
    """
    database databases dataset datasets endpoint endpoints highlight highlighted highlights largely nonetheless
    oneself postfix prefix prefixes sentences shortcoming shortcomings submission subset subsets subtask subtasks
    subword subwords textbook textbooks timestep timesteps topics wordlist
    """.split()
)
_LINKING = frozenset({"a", "and", "as", "at", "by", "for", "in", "of", "on", "or", "the", "to", "vs"})


def vocabulary(text: str) -> frozenset[str]:
    """Every word, lower case, that stands unbroken and whole in ``text``; compounds with their hyphens and as parts.

    >>> sorted(vocabulary("Zero-shot re-\\nsults"))
    ['shot', 'zero', 'zero-shot']
    """
    whole = _SPLIT.sub(" ", text.translate(_SPELLED))
    words: set[str] = set()
    for token in re.split(r"\s+", whole):
        if LOST in token:
            continue
        for word in _WORD.findall(token):
            words.add(word.lower())
            words.update(word.lower().split("-"))
    return frozenset(words)


def join_lines(lines: Iterable[str], words: frozenset[str]) -> str:
    """Printed lines as running text, words of ``words`` deciding which hyphens at line ends belong to their word.

    >>> join_lines(["mono- ", "lingual and cross-", "lingual"], frozenset({"cross-lingual"}))
    'monolingual and cross-lingual'
    """
    parts: list[str] = []
    for raw in lines:
        line = " ".join(raw.translate(_SPELLED).split())
        if line and parts:
            parts[-1] = _ended(parts[-1], line, words)
        if line:
            parts.append(line)
    # What is left inside a line is a soft hyphen that was not shown.
    return restore_ligatures(re.sub("[\u00ad\x02\ufffe]", "", "".join(parts)), words)


def _ended(line: str, following: str, words: frozenset[str]) -> str:
    """``line`` with what belongs between it and the ``following`` one: a blank, a hyphen, or nothing."""
    broken = _BROKEN.search(line[-80:])
    if broken is None:
        return line if _UNSPACED.match(line[-1]) and _UNSPACED.match(following) else f"{line} "
    start = _START.match(following)
    keeps = start is None or _keeps_hyphen(broken[1], start[0], words)
    return f"{line[:-1]}-" if keeps else line[:-1]


def _keeps_hyphen(left: str, right: str, words: frozenset[str]) -> bool:
    """Whether ``left-right`` is a compound rather than one word broken at a line's end."""
    left, right_lower = restore_ligatures(left, words).lower(), restore_ligatures(right, words).lower()
    last = left.rsplit("-", 1)[-1]
    if f"{left}-{right_lower}" in words or f"{last}-{right_lower}" in words:
        return True
    if any(whole in words or whole in _CLOSED for whole in (left + right_lower, last + right_lower)):
        return False
    if not last.replace(LOST, "a").isalpha() or right[0].isupper() or right[0].isdigit():
        return True  # GPT-4, MLQA-R: never broken there
    return ("-" in left and last in _LINKING) or (last in _COMPOUND and right_lower in words)


def restore_ligatures(text: str, words: frozenset[str]) -> str:
    """Replace each lost glyph (U+FFFD) inside a word by the ligature that makes it a known one; else leave it.

    Words of the same document (``words``) decide before the general list.

    >>> restore_ligatures("di\ufffderent �ne-tunes �zzy", frozenset())
    'different fine-tunes �zzy'
    """
    return _LOSSY_WORD.sub(lambda match: _restored(match[0], words), text) if LOST in text else text


def _restored(word: str, words: frozenset[str]) -> str:
    gaps = word.count(LOST)
    if gaps > _MAX_LOST or len(word) == gaps or len(word) > _MAX_LETTERS:
        return word
    candidates = [_filled(word, choice) for choice in product(LIGATURES, repeat=gaps)]
    known = next((c for c in candidates if c.lower() in words), None)
    return known or next((c for c in candidates if is_word(c.lower())), word)


def _filled(word: str, ligatures: Sequence[str]) -> str:
    parts = word.split(LOST)
    return parts[0] + "".join(
        f"{ligature}{part}" for ligature, part in zip(ligatures, parts[1:], strict=True)
    )
