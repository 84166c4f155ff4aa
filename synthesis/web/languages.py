"""In which language the pages speak to a reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.wording import DEFAULT, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "synthesis-language"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{0,40})?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_MAX_CHARS = 500


def language_of(cookies: Mapping[str, str], accepted: str) -> str:
    """The language that was chosen on a page, else the first that the browser prefers and the pages know.

    ``accepted`` is ``Accept-Language`` (RFC 9110, section 12.5.4).

    >>> language_of({}, "fr-CH, fr;q=0.9, en;q=0.8"), language_of({}, "sw"), language_of({COOKIE: "ar"}, "fr")
    ('fr', 'en', 'ar')
    """
    chosen = cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    found = filter(None, map(_RANGE.fullmatch, accepted[:_MAX_CHARS].split(",")))
    preferred = sorted(((-float(m[2] or 1), m[1].lower()) for m in found), key=lambda pair: pair[0])
    return next((code for weight, code in preferred if code in LANGUAGES and weight < 0), DEFAULT)


def safe_way_back(address: str) -> str:
    """Where to go after the language was changed: a path of this server, else its first page.

    >>> safe_way_back("/runs/a?label=REFUTED"), safe_way_back("//evil.example/"), safe_way_back("/\\\\evil.example")
    ('/runs/a?label=REFUTED', '/', '/')
    """
    return address if re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f-\U0010ffff]{0,2000}", address) else "/"
