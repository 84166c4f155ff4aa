"""What a text is to the embedded encoder: words, and the surface n-grams of each word.

One preparation serves training and use. English words come out as MiniLM's own tokenizer would see them, save that
accents and vowel signs stay, since they tell words apart in most other languages.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from zlib import crc32

import regex
from anyascii import anyascii

N_BUCKETS = 1 << 16  # of hashed n-grams
_GRAM = 4  # characters
_MAX_WORD_CHARS = 64  # of which n-grams are made; longer runs (Thai, URLs) are cut into such parts

# Digits of any script → ASCII; Turkish capital dotted i, whose lower case would be two characters; Arabic vowel
# marks, the stretching sign and the two letter variants that writers use at will; zero-width signs.
_TABLE = (
    {
        code: str(unicodedata.digit(chr(code)))
        for first in (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50)
        for code in range(first, first + 10)
    }
    | {ord("İ"): "i", 0x0640: None, ord("ى"): "ي", ord("ک"): "ك", ord("ی"): "ي"}
    | dict.fromkeys([*range(0x064B, 0x0653), 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0xFEFF, 0x00AD])
    | {ord("أ"): "ا", ord("إ"): "ا", ord("آ"): "ا"}
)
# A Han character is a word of its own, as in BERT; other words are runs of letters, marks and digits.
_WORD = regex.compile(r"\p{Han}|(?:(?!\p{Han})[\p{L}\p{M}\p{N}])+")
_HAN = regex.compile(r"\p{Han}+")


def prepare(text: str) -> str:
    """Lower case, compatibility forms composed (NFKC), digits in ASCII, optional marks dropped.

    >>> prepare("İstanbul ٣ Straße")
    'istanbul 3 straße'
    """
    return unicodedata.normalize("NFKC", text.translate(_TABLE)).lower()


def words(prepared: str) -> list[str]:
    """The words of a prepared text; each Han character is one, and each pair of neighbours one more.

    >>> words("the 東京都, 2024")
    ['the', '東', '京', '都', '2024', '東京', '京都']
    """
    found: list[str] = _WORD.findall(prepared)
    for run in _HAN.findall(prepared):
        found += [run[i : i + 2] for i in range(len(run) - 1)]
    return found


@lru_cache(maxsize=1 << 17)
def surface_buckets(word: str) -> tuple[int, ...]:
    """Hashed n-grams (4 characters, with word boundaries) of the word in Latin letters; a Han pair is one.

    Romanised, so that a name has n-grams in common with itself in another script. Buckets are 0 … ``N_BUCKETS`` - 1.
    """
    if _HAN.match(word):
        return (crc32(word.encode()) % N_BUCKETS,) if len(word) > 1 else ()
    latin = anyascii(word).lower()
    grams: set[str] = set()
    for start in range(0, len(latin), _MAX_WORD_CHARS):
        part = f"<{latin[start : start + _MAX_WORD_CHARS]}>"
        grams |= {part[i : i + _GRAM] for i in range(max(1, len(part) - _GRAM + 1))}
    return tuple(sorted({crc32(gram.encode()) % N_BUCKETS for gram in grams}))
