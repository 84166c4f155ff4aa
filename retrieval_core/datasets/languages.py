"""Which language a text is in, where a file does not say it.

The script decides first: Thai, Greek, Korean and others have one language each here. Where a script serves several
languages, py3langid chooses among those; a text without letters has no language.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN = "und"  # BCP 47: undetermined
DETECTED_CHARS = 2_000  # more text changes no answer
RARE_CHARS = (
    100  # a shorter text is taken to be in a common language: Macedonian needs more evidence than Russian
)
SURE = 0.9  # probability from which a short text's own answer is preferred to its neighbour's
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}")

# Script → its letters, the languages written in it that most text is of, and further ones.
_SCRIPTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "latin",
        "A-Za-z\u00aa-\u024f\u1e00-\u1eff",
        "en de fr es it pt nl pl cs ro hu fi sv da nb tr vi id sw",
        "ca hr sk sl lt lv et sq eu gl is ga az ms tl af",
    ),
    ("cyrillic", "\u0400-\u052f", "ru uk bg", "sr be mk kk ky mn"),
    ("arabic", "\u0620-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc", "ar fa ur", "ps"),
    ("devanagari", "\u0900-\u097f", "hi", "mr ne"),
    ("kana", "\u3041-\u30ff", "ja", ""),
    ("han", "\u3400-\u9fff\uf900-\ufaff", "zh", ""),
    ("hangul", "\uac00-\ud7af\u1100-\u11ff", "ko", ""),
    ("thai", "\u0e01-\u0e4e", "th", ""),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff", "el", ""),
    ("hebrew", "\u0590-\u05ff", "he", ""),
    ("bengali", "\u0980-\u09ff", "bn", ""),
    ("tamil", "\u0b80-\u0bff", "ta", ""),
    ("telugu", "\u0c00-\u0c7f", "te", ""),
    ("gujarati", "\u0a80-\u0aff", "gu", ""),
    ("gurmukhi", "\u0a00-\u0a7f", "pa", ""),
    ("kannada", "\u0c80-\u0cff", "kn", ""),
    ("malayalam", "\u0d00-\u0d7f", "ml", ""),
    ("sinhala", "\u0d80-\u0dff", "si", ""),
    ("georgian", "\u10a0-\u10ff", "ka", ""),
    ("armenian", "\u0530-\u058f", "hy", ""),
    ("ethiopic", "\u1200-\u137f", "am", ""),
    ("lao", "\u0e80-\u0eff", "lo", ""),
    ("khmer", "\u1780-\u17ff", "km", ""),
    ("burmese", "\u1000-\u109f", "my", ""),
)
_LANGUAGES = {name: (tuple(common.split()), tuple(rare.split())) for name, _, common, rare in _SCRIPTS}
KNOWN = frozenset(code for groups in _LANGUAGES.values() for group in groups for code in group) | {"no", "yo"}
# One character of a Han or Kana text says as much as several letters.
_WEIGHTS = {"kana": 3, "han": 3, "hangul": 2}
_KANA_SHARE = 0.05  # Chinese quotes a kana or two at most; Japanese has one in every few characters


def language_code(value: str) -> str:
    """The main part of a language tag in lower case: "zh-TW" and "zh_Hant" are "zh". Raises ``ValueError``."""
    tag = value.strip().lower()
    if not _CODE.fullmatch(tag):
        raise ValueError(f"{value[:20]!r} is no language code; expected one such as 'en' or 'zh-TW'")
    return re.split("[-_]", tag, maxsplit=1)[0]


def language_of_name(stem: str) -> str | None:
    """The language that a file name ends in ("ar", "xquad.ar", "train-en"), if any."""
    last = re.split(r"[.\-_ ]", stem.lower())[-1]
    return last if last in KNOWN else None


def script_of(text: str) -> str | None:
    """The script that most of ``text`` is written in; ``None`` where it has no letter that we know."""
    piece = text[:DETECTED_CHARS]
    counts = Counter({name: len(pattern.findall(piece)) for name, pattern in _patterns()})
    if counts["kana"] > _KANA_SHARE * counts["han"]:  # Japanese mixes the two
        counts["kana"] += counts["han"]
        counts["han"] = 0
    name = max(counts, key=lambda script: counts[script] * _WEIGHTS.get(script, 1))
    return name if counts[name] else None


def detect_language(text: str) -> str:
    """ISO 639-1 code of ``text``, or ``UNKNOWN`` where it has no letters."""
    return _detect(text)[0]


def detect_pair(question: str, passage: str) -> tuple[str, str]:
    """Languages of a question and its passage.

    A question is short: where it is in the passage's script and its own language is not sure, it is taken to be in
    the passage's language.
    """
    passage_language, _ = _detect(passage)
    language, probability = _detect(question)
    same_script = script_of(question) == script_of(passage)
    unsure = language == UNKNOWN or (same_script and probability < SURE)
    return (passage_language if unsure else language), passage_language


def majority_language(texts: Iterable[str]) -> str:
    """The language of most of ``texts``. Raises ``InputError`` where none has letters."""
    counts = Counter(found for text in texts if (found := detect_language(text)) != UNKNOWN)
    if not counts:
        raise InputError("No text has letters to tell a language from; name the language.")
    return min(counts, key=lambda code: (-counts[code], code))


def _detect(text: str) -> tuple[str, float]:
    """Language and its probability among those of the text's script."""
    script = script_of(text)
    if script is None:
        return UNKNOWN, 0.0
    common, rare = _LANGUAGES[script]
    candidates = common if len(text) < RARE_CHARS else common + rare
    if len(candidates) == 1:
        return candidates[0], 1.0
    code, probability = _identifier(candidates).classify(text[:DETECTED_CHARS].lower())
    return ("no" if code == "nb" else str(code)), float(probability)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(f"[{letters}]")) for name, letters, _, _ in _SCRIPTS)


@cache
def _identifier(languages: tuple[str, ...]) -> Any:
    restricted = copy.copy(_base_identifier())
    restricted.set_languages([code for code in languages if code in set(restricted.labels)])
    return restricted


@cache
def _base_identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # 0.6 s, only where it is needed

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
