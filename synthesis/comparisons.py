"""Which of two things a sentence puts above the other ("A outperforms B"), and whether a text turns that round.

English only, by rule. A sentence that is negated, or whose sides cannot be told, says nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import regex

from synthesis.names import WORD, is_measure

_VERBS = "outperform|beat|surpass|exceed|outclass|outscore|outrank|dominate|excel over|improve over|improve upon|improve on"
_FORMS = r"(?:s|es|d|ed|ing|en)?"
_MORE = "higher|greater|larger|more|longer|faster|better|superior|stronger"
_LESS = "lower|smaller|fewer|less|shorter|slower|worse|inferior|weaker"
# What is compared: a family of words whose two sides are opposites.
_DIMENSIONS = (
    ("good", "better|superior|stronger", "worse|inferior|weaker"),
    ("speed", "faster", "slower"),
    ("length", "longer", "shorter"),
    ("amount", "higher|greater|larger|more", "lower|smaller|fewer|less"),
)
_CUE = re.compile(
    rf"(?P<passive>\b(?:is|are|was|were|be|been)\s+(?:\w+ly\s+)?)?\b(?P<verb>{_VERBS}){_FORMS}\b(?P<by>\s+by\b)?"
    rf"|\b(?P<word>{_MORE}|{_LESS})\b(?P<of>(?:\s+[^\s,;.]+){{0,6}}?)\s+(?:than|to)\b",
    re.IGNORECASE,
)
_UNDER = re.compile(r"\bunderperform(?:s|ed|ing)?\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|fail(?:s|ed)? to|without)\b|n['’]t\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_CLAUSE = re.compile(r"[,;:()]|\b(?:that|whereas|while|but|although|because|and show|which)\b", re.IGNORECASE)
_PHRASE = re.compile(
    r"[,;:()]|\b(?:on|in|for|at|by|with|when|while|whereas|across|under|over|from|during|after|and|but|which|as)\b",
    re.IGNORECASE,
)
_WORDS = regex.compile(rf"{WORD}(?:[-/.]{WORD})*")
# Words that do not tell one side from the other.
_EMPTY = frozenset(
    "a an the this that those these is are was were be been has have had having of on in for at by with under over "
    "from it its we our show shows showed find found significantly consistently substantially clearly slightly "
    "markedly also much far even all both other method methods model models approach approaches system systems "
    "performs performed perform performance achieves achieved achieve yields yielded obtains obtained gives gave "
    "results result score scores reached reaches can may might does do did baseline baselines strong than to".split()
)
_MAX_CHARS = 4000  # read of a text; no sentence that is quoted is as long


class Comparison(NamedTuple):
    """``above`` is put over ``below`` in ``dimension``; both are sets of lower-case words."""

    dimension: str
    above: frozenset[str]
    below: frozenset[str]


def turns_round(claim: str, text: str) -> bool:
    """Whether a text compares the claim's two sides the other way round, and nowhere as the claim does.

    >>> turns_round("CatNet outperforms DogNet on SQuAD.", "DogNet beats CatNet."), turns_round("A is up.", "B is down.")
    (True, False)
    >>> turns_round("CatNet outperforms DogNet.", "DogNet is outperformed by CatNet.")
    False
    """
    stated = comparisons(claim)
    if not stated:
        return False
    found = comparisons(text)
    reverse = any(_opposed(a, b) for a in stated for b in found)
    return reverse and not any(_agreeing(a, b) for a in stated for b in found)


def comparisons(text: str) -> list[Comparison]:
    """The comparisons of two sides that the sentences of a text state."""
    return [c for sentence in _SENTENCE.split(text[:_MAX_CHARS]) for c in _read(sentence)]


def _read(sentence: str) -> list[Comparison]:
    if _NEGATION.search(sentence):
        return []
    plain = _UNDER.sub("performs worse than", sentence)
    found = []
    for cue in _CUE.finditer(plain):
        left = _subject(_CLAUSE.split(plain[: cue.start()])[-1])
        right = _subject(_PHRASE.split(plain[cue.end() :], maxsplit=1)[0])
        dimension, rising = _direction(cue)
        sides = (left - right, right - left)
        if all(sides):
            found.append(Comparison(dimension, *(sides if rising else sides[::-1])))
    return found


def _direction(cue: re.Match[str]) -> tuple[str, bool]:
    """What is compared, and whether the left side is put above."""
    if cue["verb"]:
        return "good", not (cue["passive"] and cue["by"])
    word, of = cue["word"].lower(), " ".join(sorted(_content(cue["of"])))
    name, above = next(
        (n, word in up.split("|")) for n, up, down in _DIMENSIONS if word in f"{up}|{down}".split("|")
    )
    return f"{name} {of}".strip() if name == "amount" else name, above


def _subject(text: str) -> frozenset[str]:
    """What stands on one side; by which measure does not count ("the accuracy of A")."""
    return frozenset(word for word in _content(text) if not is_measure(word))


def _content(text: str) -> frozenset[str]:
    return frozenset(w for w in (word.casefold() for word in _WORDS.findall(text)) if w not in _EMPTY)


def _opposed(a: Comparison, b: Comparison) -> bool:
    """Both sides stand in each other's place, and neither stands in its own."""
    crossed = bool(a.above & b.below) and bool(a.below & b.above)
    return a.dimension == b.dimension and crossed and not (a.above & b.above or a.below & b.below)


def _agreeing(a: Comparison, b: Comparison) -> bool:
    return a.dimension == b.dimension and bool(a.above & b.above) and bool(a.below & b.below)
