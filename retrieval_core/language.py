"""The language of a text: its script narrows the choice, py3langid (naive Bayes on byte n-grams) decides the rest."""

from __future__ import annotations

import copy
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_CHARS = 2_000  # of a text; more does not change the answer and costs time

# Script → its characters, and its languages (ISO 639-1) with many readers; one language needs no further decision.
_SCRIPTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "latin",
        r"A-Za-z\u00c0-\u024f\u1e00-\u1eff",
        tuple("en de es fr it pt nl pl tr vi id cs sk sl hr ro hu sv da no fi et lv lt sw ca eu gl".split()),
    ),
    ("cyrillic", r"\u0400-\u052f", ("ru", "uk", "bg", "sr")),
    ("arabic", r"\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff", ("ar", "fa", "ur")),
    ("devanagari", r"\u0900-\u097f", ("hi", "mr", "ne")),
    ("greek", r"\u0370-\u03ff\u1f00-\u1fff", ("el",)),
    ("thai", r"\u0e00-\u0e7f", ("th",)),
    ("hebrew", r"\u0590-\u05ff", ("he",)),
    ("bengali", r"\u0980-\u09ff", ("bn",)),
    ("tamil", r"\u0b80-\u0bff", ("ta",)),
    ("telugu", r"\u0c00-\u0c7f", ("te",)),
    ("hangul", r"\u1100-\u11ff\uac00-\ud7af", ("ko",)),
    ("kana", r"\u3040-\u30ff\u31f0-\u31ff", ("ja",)),
    ("han", r"\u3400-\u9fff\U00020000-\U0003ffff", ("zh",)),
)
_LANGUAGES = {name: languages for name, _, languages in _SCRIPTS}
_LETTER = re.compile("|".join(f"(?P<{name}>[{characters}])" for name, characters, _ in _SCRIPTS))
# Letters that a language of a shared script does not have; a text that holds one is in another language.
_FOREIGN = {
    "ru": "іїєґўђћџљњј",
    "uk": "ыэёъўђћџљњј",
    "bg": "іїєґыэёўђћџљњј",
    "sr": "іїєґыэёъўщюяй",
    "ar": "پچژگکیٹڈڑںے",
    "fa": "ٹڈڑںے",
}
# A Han or Kana sign says as much as a few letters: "Transformerモデルの評価" is Japanese.
_WEIGHT = {"han": 3, "kana": 3, "hangul": 3}
_KANA_SHARE = 0.1  # of kana among kana and Han; Chinese has none, Japanese seldom under a third


def detect(text: str, among: Collection[str] = ()) -> str | None:
    """ISO 639-1 code of the language of ``text``; ``None`` if it has no letter of a known script.

    ``among``: the languages it can be, where that is known; ignored if none of them is written in the text's script.

    >>> detect("Wo liegt der höchste Berg der Alpen?"), detect("最高的山在哪里?"), detect("42")
    ('de', 'zh', None)
    """
    script = _script(text[:MAX_CHARS])
    if script is None:
        return None
    languages = _LANGUAGES[script]
    languages = tuple(lang for lang in languages if lang in among) or languages
    letters = set(text[:MAX_CHARS].lower())
    languages = tuple(lang for lang in languages if letters.isdisjoint(_FOREIGN.get(lang, ""))) or languages
    if len(languages) == 1:
        return languages[0]
    language: str = _identifier(languages).classify(text[:MAX_CHARS])[0]
    return language


def _script(text: str) -> str | None:
    counts = Counter(match.lastgroup or "" for match in _LETTER.finditer(text))
    if not counts:
        return None
    if counts["kana"] >= _KANA_SHARE * (counts["kana"] + counts["han"]) > 0:
        counts["kana"] += counts.pop("han", 0)
    return max(counts, key=lambda name: (counts[name] * _WEIGHT.get(name, 1), name))


@cache
def _identifier(languages: tuple[str, ...]) -> Any:
    """The model restricted to ``languages``; the tables are shared between restrictions."""
    narrowed = copy.copy(_model())
    narrowed.set_languages(languages)
    return narrowed


@cache
def _model() -> Any:
    from py3langid.langid import LanguageIdentifier  # noqa: PLC0415  # 5 MB, needed by few commands

    return LanguageIdentifier.from_model_file("data/model.npz.xz")
