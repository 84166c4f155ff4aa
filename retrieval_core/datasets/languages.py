"""Languages as data sets name them, and which one a text is in where a file does not say it."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from retrieval_core.errors import InputError
from retrieval_core.language import KNOWN, detect, guess, script_of

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN = "und"  # BCP 47: undetermined
SURE = 0.9  # probability from which a short text's own answer is preferred to its neighbour's
_NAMED = KNOWN | {"nb", "yo"}  # in file names, beyond those that are detected
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}")


def language_code(value: str) -> str:
    """The main part of a language tag in lower case: "zh-TW" and "zh_Hant" are "zh". Raises ``ValueError``."""
    tag = value.strip().lower()
    if not _CODE.fullmatch(tag):
        raise ValueError(f"{value[:20]!r} is no language code; expected one such as 'en' or 'zh-TW'")
    return re.split("[-_]", tag, maxsplit=1)[0]


def language_of_name(stem: str) -> str | None:
    """The language that a file name ends in ("ar", "xquad.ar", "train-en"), if any."""
    last = re.split(r"[.\-_ ]", stem.lower())[-1]
    return last if last in _NAMED else None


def detect_language(text: str) -> str:
    """ISO 639-1 code of ``text``, or ``UNKNOWN`` where it has no letters."""
    return detect(text) or UNKNOWN


def detect_pair(question: str, passage: str) -> tuple[str, str]:
    """Languages of a question and its passage.

    A question is short: where it is in the passage's script and its own language is not sure, it is taken to be in
    the passage's language.
    """
    passage_language, found = detect_language(passage), guess(question)
    if found is None:
        return passage_language, passage_language
    same_script = script_of(question) == script_of(passage)
    unsure = same_script and found.probability < SURE
    return (passage_language if unsure else found.language), passage_language


def majority_language(texts: Iterable[str]) -> str:
    """The language of most of ``texts``. Raises ``InputError`` where none has letters."""
    counts = Counter(found for text in texts if (found := detect(text)) is not None)
    if not counts:
        raise InputError("No text has letters to tell a language from; name the language.")
    return min(counts, key=lambda code: (-counts[code], code))
