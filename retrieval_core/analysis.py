"""Text to BM25 terms, by the script of each word.

The rules were chosen by mean average precision on XQuAD-R, by SciFact retrieval and by speed, so figures on these
sets are not of unseen data. In brackets: what a rule changes on XQuAD-R, each measured when it was chosen;
``benchmarks/lexical.py`` measures the whole.

- Words of Latin, Cyrillic, Greek, Arabic and Devanagari are stemmed by the script's Snowball stemmer [plain words
  0.612, stems 0.642]. A word of more than four letters also gives its first four, "retr*": the prefix carries what
  one stemmer a script cannot, the endings of German, Spanish or Turkish [German +0.04, Turkish +0.07; three and five
  letters are worse]. Character 4-grams instead do less (0.766), and beside the stems cost SciFact 0.035 nDCG@10.
- Arabic words give their letter triples instead of a prefix, since affixes stand at both ends [+0.05].
- Latin accents are folded; a short accented word is also kept as written, for Vietnamese tones [+0.017].
- Han, Kana and Hangul give characters and pairs of them [pairs alone -0.015]; Thai, Lao, Khmer and Burmese, written
  without blanks, give character triples [pairs -0.012, fours -0.017]. Neither needs a dictionary.
- A compound ("cross-lingual", "XQuAD-R") gives its parts and, joined, the whole ("crosslingual"). ``joined_pairs`` is
  the other half of it, for queries: "cross lingual" finds "crosslingual" [-0.0005, kept because readers write both].
- Numbers keep their decimals ("0.72"), lose thousands separators ("1,190" is 1190), and are ASCII digits throughout.
- No stop list: with one English loses 0.006 and SciFact up to 0.005, since BM25 weighs such words down by itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ANALYSIS_VERSION = 1
"""Raised whenever the terms of any text change, so that an index made by other rules is noticed."""

PREFIX_CHARS = 4
MAX_TERM_CHARS = 64  # what is longer is no word: it is cut, so that two halves of a query still meet

_CJK = "\u2e80-\u2fff\u3005-\u3007\u3031-\u3035\u3041-\u30fa\u30fc-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0900-\u0963\u0966-\u0df3\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u103e\u17b4-\u17d3"
)
_HYPHENS = "-_\u2010\u2013\u2212"  # U+2011 is U+2010 after NFKC

# Vowel signs, points, tatweel, soft hyphen and joiners: written or left out at will, so they never tell words apart.
_OPTIONAL = re.compile(
    "[\u00ad\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u2060\ufeff]+"
)
_RUN = re.compile(rf"[\w{_MARKS}]+(?:[-\u2010\u2013\u2212][\w{_MARKS}]+|(?<=\d)[.,](?=\d)[\w{_MARKS}]+)*")
_HYPHEN = re.compile(f"[{_HYPHENS}]+")
_ATOM = re.compile(
    rf"(?P<cjk>[{_CJK}]+)|(?P<unspaced>[{_UNSPACED}]+)"
    r"|(?P<grouped>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?)"
    rf"|(?P<word>(?:[^\W_{_CJK}{_UNSPACED}]|[{_MARKS}])+(?:(?<=\d)\.\d+)*)"
)

_DIGIT_ZEROS = (
    0x0660,
    0x06F0,
    0x0966,
    0x09E6,
    0x0A66,
    0x0AE6,
    0x0BE6,
    0x0C66,
    0x0CE6,
    0x0D66,
    0x0E50,
    0x0ED0,
    0x1040,
    0x17E0,
)
_DIGITS = {zero + i: str(i) for zero in _DIGIT_ZEROS for i in range(10)}
# Latin letters that have no decomposition but are typed without their stroke or tied in two.
_LATIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
# Arabic and Persian forms of one letter: alef with hamza, madda or wasla; alef maksura and Farsi yeh; Farsi kaf.
_ARABIC = str.maketrans("أإآٱىیک", "ااااييك")
# Devanagari: nukta is optional in print, chandrabindu is often set as anusvara.
_DEVANAGARI = str.maketrans({"\u093c": None, "\u0901": "\u0902"})


def analyze(text: str) -> list[str]:
    """Terms of ``text`` in the order of the words, repeats kept.

    Terms hold no blanks; ``"retr*"`` is the prefix of a longer word.

    >>> analyze("Cross-lingual retrieval: 0.72")
    ['cross', 'cros*', 'lingual', 'ling*', 'crosslingu', 'retriev', 'retr*', '0.72']
    """
    return list(chain.from_iterable(map(_terms, _RUN.findall(_normalise(text)))))


def joined_pairs(text: str) -> list[str]:
    """For a query: each two neighbouring words as one term, as if written together.

    >>> joined_pairs("cross lingual retrieval")
    ['crosslingu', 'lingualretriev']
    """
    words = _RUN.findall(_normalise(text))
    joined = (a + b for a, b in pairwise(words) if _is_word(a) and _is_word(b) and not a.isdecimal())
    return [term for term in map(_stem, joined) if term]


def _normalise(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    return _OPTIONAL.sub("", text).replace("٫", ".").replace("٬", ",")


def _is_word(run: str) -> bool:
    match = _ATOM.fullmatch(run)
    return match is not None and match.lastgroup == "word" and len(run) <= MAX_TERM_CHARS // 2


@lru_cache(maxsize=1 << 18)
def _terms(run: str) -> tuple[str, ...]:
    """Terms of a run of letters, digits and hyphens."""
    if len(run) > MAX_TERM_CHARS and run.isascii() and run.isalnum():
        run = run[:MAX_TERM_CHARS]
    parts = [part for part in _HYPHEN.split(run) if part]
    terms = [term for part in parts for atom in _ATOM.finditer(part) for term in _atom_terms(atom) if term]
    whole = "".join(parts)
    if len(parts) > 1 and _is_word(whole) and not whole.isdecimal() and (stem := _stem(whole)):
        terms.append(stem)
    return tuple(terms)


def _atom_terms(atom: re.Match[str]) -> list[str]:
    text = atom.group()[:MAX_TERM_CHARS] if atom.lastgroup in {"word", "grouped"} else atom.group()
    match atom.lastgroup:
        case "cjk":
            return [*text, *_ngrams(text, 2)]
        case "unspaced":
            return _ngrams(text, 3) or [text]
        case "grouped":
            return [text.replace(",", "").translate(_DIGITS)]
        case _:
            return _word_terms(text)


def _ngrams(text: str, n: int) -> list[str]:
    return [text[i : i + n] for i in range(len(text) - n + 1)]


def _word_terms(word: str) -> list[str]:
    folded = _fold(word)
    stem = _stem(word)
    if _language(folded) == "arabic":
        return [stem, *_ngrams(folded, 3)]
    if len(folded) > PREFIX_CHARS and not any(c.isdecimal() for c in folded[:PREFIX_CHARS]):
        return [stem, folded[:PREFIX_CHARS] + "*"]
    if folded != word and _language(folded) == "english":
        return [stem, word]
    return [stem]


def _stem(word: str) -> str:
    folded = _fold(word)
    stem = _stemmer(_language(folded))
    return (stem(folded) if stem else folded) or folded


def _fold(word: str) -> str:
    """One spelling for what readers type in several: accents, letter forms, digits."""
    if word.isascii():
        return word
    word = word.translate(_DIGITS)
    match _language(word):
        case "arabic":
            return word.translate(_ARABIC)
        case "hindi":
            return word.translate(_DEVANAGARI)
        case "russian":
            return word.replace("ё", "е")
        case _:
            bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
            return unicodedata.normalize("NFC", bare).translate(_LATIN)


def _language(word: str) -> str:
    """The language whose stemmer serves the word's script; "" when there is none."""
    first = next((c for c in word if not c.isdecimal()), "0")
    if first <= "\u024f" or "\u1e00" <= first <= "\u1eff":
        return "english" if first > "9" else ""
    for start, end, language in _SCRIPTS:
        if start <= first <= end:
            return language
    return ""


_SCRIPTS = (
    ("\u0370", "\u03ff", "greek"),
    ("\u1f00", "\u1fff", "greek"),
    ("\u0400", "\u052f", "russian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0750", "\u077f", "arabic"),
    ("\u0900", "\u097f", "hindi"),
)


@cache
def _stemmer(language: str) -> Callable[[str], str] | None:
    if not language:
        return None
    import Stemmer  # noqa: PLC0415  # loaded with the first word, not with the package

    # Its own cache is off: `_terms` remembers whole words already.
    stem: Callable[[str], str] = Stemmer.Stemmer(language, 0).stemWord
    return stem
