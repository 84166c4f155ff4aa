"""The language of a text: its script narrows the choice, letters narrow it further, py3langid decides the rest.

Thai, Greek, Korean and others have one language each here. Where several share a script, those go that lack a letter
of the text ("ы" is not Bulgarian), and a naive Bayes model on byte n-grams chooses among what is left.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_CHARS = 2_000  # of a text; more does not change the answer and costs time
SHORT_CHARS = 100  # a shorter text is in a common language unless it is sure: Macedonian needs more evidence
RARE_SURE = 0.9  # probability from which it is; from 0.8 to 0.999, common languages lost nothing by it

# Script → its letters, the languages written in it that most text is of, and further ones (ISO 639-1).
_SCRIPTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "latin",
        r"A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff",
        "en de fr es it pt nl pl cs ro hu fi sv da no tr vi id sw",
        "ca hr sk sl lt lv et sq eu gl is ga az ms tl af",
    ),
    ("cyrillic", r"\u0400-\u052f", "ru uk bg", "sr be mk kk ky mn"),
    ("arabic", r"\u0620-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc", "ar fa ur", "ps"),
    ("devanagari", r"\u0900-\u097f", "hi", "mr ne"),
    ("kana", r"\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff", "ja", ""),
    ("han", r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff", "zh", ""),
    ("hangul", r"\uac00-\ud7af\u1100-\u11ff", "ko", ""),
    ("thai", r"\u0e01-\u0e4e", "th", ""),
    ("greek", r"\u0370-\u03ff\u1f00-\u1fff", "el", ""),
    ("hebrew", r"\u0590-\u05ff", "he", ""),
    ("bengali", r"\u0980-\u09ff", "bn", ""),
    ("tamil", r"\u0b80-\u0bff", "ta", ""),
    ("telugu", r"\u0c00-\u0c7f", "te", ""),
    ("gujarati", r"\u0a80-\u0aff", "gu", ""),
    ("gurmukhi", r"\u0a00-\u0a7f", "pa", ""),
    ("kannada", r"\u0c80-\u0cff", "kn", ""),
    ("malayalam", r"\u0d00-\u0d7f", "ml", ""),
    ("sinhala", r"\u0d80-\u0dff", "si", ""),
    ("georgian", r"\u10a0-\u10ff", "ka", ""),
    ("armenian", r"\u0530-\u058f", "hy", ""),
    ("ethiopic", r"\u1200-\u137f", "am", ""),
    ("lao", r"\u0e80-\u0eff", "lo", ""),
    ("khmer", r"\u1780-\u17ff", "km", ""),
    ("burmese", r"\u1000-\u109f", "my", ""),
)
_LANGUAGES = {name: (tuple(common.split()), tuple(rare.split())) for name, _, common, rare in _SCRIPTS}
KNOWN = frozenset(code for groups in _LANGUAGES.values() for group in groups for code in group)
_LETTER = re.compile("|".join(f"(?P<{name}>[{letters}])" for name, letters, _, _ in _SCRIPTS))

# Letters that only some languages of their script have, and these languages.
_OWNED = {
    letter: frozenset(owners.split())
    for letters, owners in (
        ("ыэё", "ru be kk ky mn"),
        ("ъ", "ru bg kk ky mn"),
        ("щ", "ru uk bg kk ky mn"),
        ("юяй", "ru uk bg be kk ky mn"),
        ("і", "uk be kk"),
        ("їєґ", "uk"),
        ("ў", "be"),
        ("ђћ", "sr"),
        ("џљњј", "sr mk"),
        ("ѓќѕ", "mk"),
        ("өү", "kk ky mn"),
        ("ң", "kk ky"),
        ("әғқұһ", "kk"),
        ("پچژگکی", "fa ur ps"),
        ("ٹڈڑںےہھ", "ur"),
        ("ټډړږښڅځڼېۍ", "ps"),
    )
    for letter in letters
}
_FOREIGN_SHARE = 0.01  # of a text's characters: a quoted name does not change a long text's language
# A Han or Kana sign says as much as a few letters: "Transformerモデルの評価" is Japanese.
_WEIGHTS = {"han": 3, "kana": 3, "hangul": 3}
_KANA_SHARE = 0.05  # Chinese quotes a kana or two at most; Japanese has one in every few characters


class Guess(NamedTuple):
    """A language (ISO 639-1) and its probability among those that the text could be in, 0–1."""

    language: str
    probability: float


def detect(text: str, among: Collection[str] = ()) -> str | None:
    """ISO 639-1 code of the language of ``text``; ``None`` if it has no letter of a known script.

    ``among``: the languages it can be, where that is known; ignored if none of them is written in the text's script.

    >>> detect("Wo liegt der höchste Berg der Alpen?"), detect("最高的山在哪里?"), detect("42")
    ('de', 'zh', None)
    """
    found = guess(text, among)
    return found and found.language


def guess(text: str, among: Collection[str] = ()) -> Guess | None:
    """As ``detect``, with the probability."""
    text = text[:MAX_CHARS]
    script = script_of(text)
    if script is None:
        return None
    common, rare = _LANGUAGES[script]
    every = common + rare
    if allowed := tuple(language for language in every if language in among):
        return _best(text, _writable(text, allowed) or allowed)
    likely, possible = _writable(text, common), _writable(text, every) or every
    found = _best(text, possible)
    if len(text) >= SHORT_CHARS or found.language in common or not likely or found.probability >= RARE_SURE:
        return found
    return _best(text, likely)


def script_of(text: str) -> str | None:
    """The script that most of ``text`` is written in; ``None`` where it has no letter that we know."""
    counts = Counter(match.lastgroup or "" for match in _LETTER.finditer(text[:MAX_CHARS]))
    if not counts:
        return None
    if counts["kana"] > _KANA_SHARE * counts["han"]:  # Japanese mixes the two
        counts["kana"] += counts.pop("han", 0)
    return max(counts, key=lambda script: (counts[script] * _WEIGHTS.get(script, 1), script))


def _writable(text: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``languages`` that have the letters of ``text``, a few apart."""
    owned = Counter(letter for letter in text.lower() if letter in _OWNED)
    most = _FOREIGN_SHARE * len(text)

    def foreign(language: str) -> int:
        return sum(count for letter, count in owned.items() if language not in _OWNED[letter])

    return tuple(language for language in languages if foreign(language) <= most)


def _best(text: str, languages: tuple[str, ...]) -> Guess:
    if len(languages) == 1:
        return Guess(languages[0], 1.0)
    code, probability = _identifier(languages).classify(text.lower())
    return Guess(str(code), float(probability))


@cache
def _identifier(languages: tuple[str, ...]) -> Any:
    """The model restricted to ``languages``; the tables are shared between restrictions."""
    narrowed = copy.copy(_model())
    narrowed.set_languages(languages)
    return narrowed


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # 0.6 s, only where needed

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
