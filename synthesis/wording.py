"""The form's own words, in the language of the report: one spelling in the code (English), the others in catalogues.

What is quoted is never translated; what the form says itself goes through ``say`` or ``say_n``. Which language is
spoken is set by ``speaking`` around a job and around a rendering (from ``Report.language``), and by each web request.

Catalogues are gettext's: ``synthesis/locale/<language>/LC_MESSAGES/synthesis.po`` and the ``.mo`` made of it by
``make catalogues``. A text that a catalogue lacks is said in English.
"""

from __future__ import annotations

import gettext
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT = "en"
# Code → the language's name in itself.
LANGUAGES = {
    "en": "English",
    "es": "Español",
    "de": "Deutsch",
    "fr": "Français",
    "zh": "中文",
    "ar": "العربية",
    "hi": "हिन्दी",
}
RIGHT_TO_LEFT = frozenset({"ar"})

_DOMAIN = "synthesis"
_LOCALE = Path(__file__).parent / "locale"
_spoken: ContextVar[str] = ContextVar("spoken", default=DEFAULT)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(_DOMAIN, _LOCALE, [language], fallback=True)


def check_language(code: str) -> str:
    """``code`` where the form's words are known in that language.

    Raises:
        UsageError: they are not; the message lists the languages.
    """
    if code not in LANGUAGES:
        known = ", ".join(f"{c} ({name})" for c, name in LANGUAGES.items())
        raise UsageError(f"the form has no words in the language '{code}'. Choose from {known}.")
    return code


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within it, ``say`` speaks ``language``.

    Raises:
        UsageError: as ``check_language``.
    """
    token = _spoken.set(check_language(language))
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The code of the language that ``say`` speaks now."""
    return _spoken.get()


def direction(language: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def say(text: str, /, **values: object) -> str:
    """``text`` in the spoken language, its ``{names}`` filled with ``values`` (str.format).

    >>> say("Found in {place}.", place="3 papers")
    'Found in 3 papers.'
    """
    translated = _catalogue(_spoken.get()).gettext(text)
    return translated.format(**values) if values else translated


def say_n(one: str, many: str, n: int, /, **values: object) -> str:
    """As ``say``, in the plural form that ``n`` asks for; ``{n}`` stands for it.

    >>> say_n("{n} paper retrieved.", "{n} papers retrieved.", 2)
    '2 papers retrieved.'
    """
    return _catalogue(_spoken.get()).ngettext(one, many, n).format(n=n, **values)
