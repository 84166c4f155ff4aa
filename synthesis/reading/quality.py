"""How well a text was read, judged from the text alone: what no reader would leave in a sentence lowers it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.records import Section

# Thresholds stand where the sample papers leave a wide gap to text that was read badly; see the benchmark of PDFs.
_UNREADABLE_FREE = 0.002  # share of characters: a dozen lost formula signs in a paper harm no sentence
_UNREADABLE_COST = 8.0
_REMAINS_FREE = 0.002  # share of words
_REMAINS_COST = 4.0
_LETTERS = 0.65  # running prose has 0.8 and more, a paper full of formulas 0.7
_VOWELS = (0.28, 0.56)  # of Latin letters, in every language that we know; wrong glyph tables fall outside
_SINGLE_LETTERS = 0.25  # share of words; formulas reach 0.15
_LONG_WORDS = 0.1  # share of letters in Latin words of more than 30: the blanks were lost
_SHORT_CHARS = 3_000  # a full text has 15,000 and more
_JUDGED_LETTERS = 400  # fewer say nothing of their mixture

_TABLE_LINE = re.compile(r"^\|.*$", re.MULTILINE)
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_REMAINS = re.compile(r"[\ufb00-\ufb06\u00ad]|[^\W\d_]- [a-z]")  # ligatures, soft hyphens, "re- trieval"
_SUSPENDED = re.compile(
    r"[^\W\d_]- (?:and|or|to|und|oder|bis|et|ou|y|o|e)\b"
)  # "pre- and post-training" is right


def text_quality(sections: Sequence[Section]) -> tuple[float, tuple[str, ...]]:
    """(quality 0–1, flags): 1 for running text with an abstract; each flag says in a few words what lowered it.

    Tables in Markdown's form are not judged. A reader multiplies in what it knows beyond its text. No sections at
    all are of quality 0.
    """
    bodies = [_TABLE_LINE.sub("", section.text) for section in sections]
    text = "\n".join(bodies)
    if not text.strip():
        return 0.0, ("no text",)
    counts = Counter(map(_kind, text))
    visible = counts.total() - counts["blank"]
    judged = [
        _unreadable(counts["unreadable"] / visible),
        _few_letters(counts["letter"] / visible),
        *_words(text),
        _length(sections, bodies),
    ]
    if not any(section.title == "Abstract" for section in sections):
        judged.append((0.95, "no abstract found"))
    return combined(judged)


def combined(judged: Iterable[tuple[float, str]]) -> tuple[float, tuple[str, ...]]:
    """The product of the factors, rounded to 3 places, and the flags of those below 1, in order."""
    quality, flags = 1.0, []
    for factor, flag in judged:
        if factor < 0.9995:  # what rounding would hide is no reason
            quality *= max(factor, 0.0)
            flags.append(flag)
    return round(quality, 3), tuple(flags)


def unmapped_factor(share: float) -> float:
    """The factor for a share of characters whose font does not say what they mean, dropped from the text or guessed."""
    return 1.0 if share <= _UNREADABLE_FREE else max(0.1, 1 - _UNREADABLE_COST * share)


def _kind(character: str) -> str:
    if character.isalpha():
        return "letter"
    if character.isspace():
        return "blank"
    if character == "\ufffd" or unicodedata.category(character) in {"Co", "Cn", "Cs", "Cc"}:
        return "unreadable"
    return "letter" if unicodedata.category(character)[0] == "M" else "other"


def _unreadable(share: float) -> tuple[float, str]:
    return unmapped_factor(share), f"{share:.1%} of the characters stand for no known sign"


def _few_letters(share: float) -> tuple[float, str]:
    return min(1.0, share / _LETTERS), f"only {share:.0%} of the characters are letters"


def _words(text: str) -> Iterable[tuple[float, str]]:
    """What the words show: remains of typesetting, lost or scattered blanks, letters in an unlikely mixture."""
    remains = len(_REMAINS.findall(text)) - len(_SUSPENDED.findall(text))
    share = remains / max(1, len(text.split()))
    yield (
        1.0 if share <= _REMAINS_FREE else max(0.5, 1 - _REMAINS_COST * share),
        f"{share:.1%} of the words hold ligatures, soft hyphens or line-end hyphens",
    )
    words = _LATIN_WORD.findall(text)
    letters = sum(map(len, words))
    if letters < _JUDGED_LETTERS:
        return
    single = sum(len(word) == 1 for word in words) / len(words)
    yield min(1.0, _SINGLE_LETTERS / max(single, 1e-9)), f"{single:.0%} of the words are single letters"
    long = sum(len(word) for word in words if len(word) > 30) / letters
    yield (1.0 if long <= _LONG_WORDS else 1 - long), "the blanks between words are lost"
    vowels = (
        sum(unicodedata.normalize("NFD", c)[0] in "aeiouyAEIOUY" for word in words for c in word) / letters
    )
    likely = _VOWELS[0] <= vowels <= _VOWELS[1]
    yield (
        (1.0 if likely else 0.3),
        f"{vowels:.0%} of the letters are vowels: the font's table of signs is wrong",
    )


def _length(sections: Sequence[Section], bodies: Sequence[str]) -> tuple[float, str]:
    """A full text is long; an abstract alone, or a first page, is not one."""
    chars = sum(
        len(body) for section, body in zip(sections, bodies, strict=True) if section.title != "Abstract"
    )
    return min(1.0, max(0.3, chars / _SHORT_CHARS)), f"only {chars} characters beside the abstract"
