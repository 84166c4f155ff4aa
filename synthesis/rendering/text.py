"""Text from papers made fit for a page: one line, no control characters, links that are links."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Embeddings, overrides and isolates (UAX #9) can make text read differently from what it says; direction is
# set by each format itself. The plain marks U+200E, U+200F and U+061C stay.
_BIDI = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_BLANKS = re.compile(r"\s+")
_LEFT_TO_RIGHT_MARK = "\u200e"
# A date, the name of a run: behind an Arabic letter its parts would be set from right to left (UAX #9, W2).
_HYPHENATED = re.compile(r"(?<![0-9A-Za-z-])[0-9][0-9A-Za-z.:+]*(?:-[0-9A-Za-z.:+]+)+")
# What may stand in a URL as it is: RFC 3986 reserved and unreserved characters, and "%".
_URL_SAFE = "%/:?#[]@!$&()*+,;=-._~"

# Scripts that tell the language, or at least the typeface; tags are BCP 47. Kana comes before Han.
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("und-Arab", re.compile("[\u0600-\u06ff]")),
    ("und-Hebr", re.compile("[\u0590-\u05ff]")),
    ("und-Deva", re.compile("[\u0900-\u097f]")),
    ("und-Cyrl", re.compile("[\u0400-\u04ff]")),
)


def inline(text: str) -> str:
    """``text`` for the middle of a line: blanks and line ends become one space, controls are dropped.

    >>> inline("two\\r\\n lines\\x00 ")
    'two lines '
    """
    return _BLANKS.sub(" ", "".join(c for c in text if c.isspace() or not _is_control(c)))


def one_line(text: str) -> str:
    """``inline`` without blanks at its ends."""
    return inline(text).strip()


def _is_control(char: str) -> bool:
    # U+FDD0–FDEF and the last two of each plane are no characters at all, and XML refuses some of them.
    code = ord(char)
    return (
        char in _BIDI
        or unicodedata.category(char) in {"Cc", "Cs"}
        or 0xFDD0 <= code <= 0xFDEF
        or code & 0xFFFE == 0xFFFE
    )


def runs_right_to_left(text: str) -> bool | None:
    """Whether the first letter with a direction runs from right to left (UAX #9, P2 and P3); ``None``: there is none.

    >>> runs_right_to_left("1. عربي"), runs_right_to_left("12 %")
    (True, None)
    """
    directions = (unicodedata.bidirectional(char) for char in text)
    return next((d != "L" for d in directions if d in {"L", "R", "AL"}), None)


def has_right_to_left(text: str) -> bool:
    """Whether any letter runs from right to left."""
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in text)


def keep_numbers(text: str) -> str:
    """``text`` with a mark before each number with hyphens, so that it reads the same among Arabic letters.

    >>> keep_numbers("on 2025-06-28.") == "on \\u200e2025-06-28."
    True
    """
    return _HYPHENATED.sub(rf"{_LEFT_TO_RIGHT_MARK}\g<0>", text)


def safe_url(url: str | None) -> str | None:
    """``url`` if it is http(s) and names a host, with all that needs it percent-encoded; else ``None``.

    >>> safe_url('https://example.org/"x')
    'https://example.org/%22x'
    >>> safe_url("javascript:alert(1)") is None
    True
    """
    if url is None:
        return None
    try:
        parts = urlsplit(one_line(url))
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return quote(parts.geturl(), safe=_URL_SAFE)


def doi_url(doi: str | None) -> str | None:
    """The resolver's link for a DOI."""
    return None if doi is None else safe_url("https://doi.org/" + quote(one_line(doi), safe="/:;()-._"))


def script_language(text: str) -> str | None:
    """A BCP 47 tag when most letters are of a script that tells one; ``None`` for Latin and the undecided.

    >>> script_language("低资源语言"), script_language("low-resource")
    ('zh', None)
    """
    letters = sum(c.isalpha() for c in text)
    for tag, letter in _SCRIPTS:
        if 2 * len(letter.findall(text)) > letters or (tag == "ja" and letter.search(text)):
            return tag
    return None
