"""Names of datasets, models, systems and genes: words with capitals or digits inside them."""

from __future__ import annotations

import re
import unicodedata

import regex

# Letters and digits with their combining marks (matras, tone and vowel signs, accents), compounds joined.
WORD = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*"
_COMPOUND = regex.compile(rf"{WORD}(?:[-@+./]{WORD})*")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?")
_PARTS = re.compile(r"[-@+./]")

# Names of measures: they say how something was measured, never what was.
_MEASURES = frozenset("accuracy auc bleu em exact f1 map match mrr ndcg p r precision recall rouge".split())


def _words(text: str) -> list[str]:
    words: list[str] = _COMPOUND.findall(unicodedata.normalize("NFC", text))
    return words


def is_measure(word: str) -> bool:
    """Whether a word names a measure, with or without a cut-off: ``recall@10``, ``F1``."""
    return _PARTS.split(word.casefold())[0] in _MEASURES


def is_name(word: str) -> bool:
    """Whether a word looks like the name of something: a capital after the first letter, or a digit.

    >>> [w for w in "Cross-Lingual XQuAD-R GPT-4 However 2020 p53 mAP".split() if is_name(w)]
    ['XQuAD-R', 'GPT-4', 'p53', 'mAP']
    """
    if not any(c.isalpha() for c in word):
        return False
    return any(
        any(c.isupper() for c in part[1:]) or any(c.isdigit() for c in part) for part in _PARTS.split(word)
    )


def names_in(text: str) -> tuple[str, ...]:
    """The names in a text, measures left out, each once, in order."""
    return tuple(dict.fromkeys(w for w in _words(text) if is_name(w) and not is_measure(w)))


def shares_number(claim: str, text: str) -> bool:
    """Whether a text holds a number of the claim; true of a claim without one. Digits inside names do not count.

    >>> shares_number("S2ORC contains 20M papers.", "a graph of 81.1M papers"), shares_number("Cats sleep.", "Dogs")
    (False, True)
    """
    stated = _numbers(claim)
    return not stated or not stated.isdisjoint(_numbers(text))


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "").rstrip(".") for number in _NUMBER.findall(text)}


def mentions_any(names: tuple[str, ...], text: str) -> bool:
    """Whether a text holds one of the names; case, hyphens and a plural "s" do not matter.

    >>> mentions_any(("XQuAD-R",), "results on XQuAD"), mentions_any(("SPECTER",), "a spectral method")
    (True, False)
    """
    held = {form for word in _words(text) for form in _forms(word)}
    return any(not _forms(name).isdisjoint(held) for name in names)


def _forms(word: str) -> set[str]:
    """The word closed up, and its longest part when that is a name by itself."""
    longest = max(_PARTS.split(word), key=len)
    forms = {_PARTS.sub("", word).casefold()} | ({longest.casefold()} if len(longest) > 2 else set())
    return forms | {form.removesuffix("s") for form in forms if len(form) > 3}
