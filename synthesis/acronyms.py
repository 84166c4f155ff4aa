"""Acronyms that a text defines itself: "fast gradient sign method (FGSM)".

The long form is the words before the bracket whose initials spell the acronym, small words passed over. Acronyms
made of other letters ("XML") are left alone: a wrong long form would be worse than none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SHORT_CHARS = 10
_DEFINED = re.compile(
    rf"(?<=[\w’'”\"])\s\(([A-Z][A-Za-z0-9&/.-]{{1,{MAX_SHORT_CHARS - 1}}})(?:\)|[;,]\s[^()]{{1,60}}\))"
)
_WINDOW_CHARS = 200
_STOPS = re.compile(r"[.,;:!?()\[\]]")
_WORD = re.compile(r"[^\W_]+")
_SMALL_WORDS = frozenset("a an and at by for from in of on or the to with".split())


def definitions(text: str) -> dict[str, str]:
    """Short form → long form, as the text first defines it.

    >>> definitions("The fast gradient sign method (FGSM) attacks. Large language models (LLMs) fail (see SM).")
    {'FGSM': 'fast gradient sign method', 'LLMs': 'Large language models'}
    """
    found: dict[str, str] = {}
    for match in _DEFINED.finditer(text):
        short = match[1]
        before = text[max(0, match.start() - _WINDOW_CHARS) : match.start()]
        if sum(c.isupper() for c in short) >= 2 and (long := _long_form(short, before)):
            found.setdefault(short, long)
    return found


def _long_form(short: str, before: str) -> str | None:
    """The end of ``before`` whose initials spell the short form; its first word carries the first letter."""
    letters = [c.casefold() for c in short.removesuffix("s") if c.isalnum()]
    words = list(_WORD.finditer(before, before.rfind("(") + 1))
    left = len(letters)
    for word in reversed(words):
        initial = word[0][0].casefold()
        if initial == letters[left - 1]:
            left -= 1
        elif word[0].casefold() not in _SMALL_WORDS:
            return None
        if left == 0:
            long = before[before.rfind(" ", 0, word.start()) + 1 :].strip(
                " \"'“”’("
            )  # "multi-modal" is one word
            return None if _STOPS.search(long) else long
    return None


def expand(sentence: str, known: Mapping[str, str]) -> str:
    """The sentence with each acronym written out at its first use; names joined by a hyphen are left alone.

    >>> expand("FGSM fools LLMs.", {"FGSM": "fast gradient sign method"})
    'fast gradient sign method (FGSM) fools LLMs.'
    """
    for short, long in known.items():
        if re.search(rf"\(\s*{re.escape(short)}\b", sentence) or long.casefold() in sentence.casefold():
            continue
        for form, written in _forms(short, long):
            pattern = re.compile(rf"(?<![\w(/’'-]){re.escape(form)}(?![\w/-])(?!\s?\()")
            if match := pattern.search(sentence):
                before = _article(sentence[: match.start()], written)
                sentence = f"{before}{written} ({form}){sentence[match.end() :]}"
                break
    return sentence


def _article(before: str, word: str) -> str:
    """The text before a word, its "a" or "an" fitted to the word."""
    return re.sub(r"\b([Aa])n?\s$", r"\1n " if word[0].casefold() in "aeio" else r"\1 ", before)


def _forms(short: str, long: str) -> list[tuple[str, str]]:
    """The acronym as defined, and in the other number where that is a matter of one ``s``."""
    long = long if any(c.isupper() for c in long[1:]) else long[0].casefold() + long[1:]
    forms = [(short, long)]
    if short.endswith("s") and long.endswith("s") and not long.endswith("ss"):
        forms.append((short[:-1], long[:-1]))
    elif not short.endswith("s") and long[-1] not in "sxyz":
        forms.append((f"{short}s", f"{long}s"))
    elif not short.endswith("s") and long.endswith("s") and not long.endswith(("ss", "us", "is", "ics")):
        forms = [(f"{short}s", long), (short, long[:-1])]  # "language models (LM)"
    return forms
