"""What is wrong with how a text was read, in the words of the spoken language.

Readers state it in English, in a few words with counted facts, and libraries keep it so. Here each such phrase is known
again by its template; one that is none of these is shown as it stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from synthesis.wording import say


class _Template(NamedTuple):
    text: str
    pattern: re.Pattern[str]


def _template(text: str) -> _Template:
    """A phrase with {names}; its literal is taken into the catalogues where this is called."""
    parts = re.split(r"\{(\w+)\}", text)
    pattern = "".join(f"(?P<{part}>.+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return _Template(text, re.compile(pattern, re.DOTALL))


_TEMPLATES = (
    _template("no text"),
    _template("no abstract found"),
    _template("no sections found"),
    _template("{share} of the characters stand for no known sign"),
    _template("only {share} of the characters are letters"),
    _template("{share} of the words hold ligatures, soft hyphens or line-end hyphens"),
    _template("{share} of the words are single letters"),
    _template("the blanks between words are lost"),
    _template("{share} of the letters are vowels: the font's table of signs is wrong"),
    _template("only {chars} characters beside the abstract"),
    _template("the font does not say what {share} of the characters are"),
    _template("only {read} of {pages} pages were read"),
    _template("errors of the conversion from LaTeX: {errors}"),
    _template("the page says that parts of it may not be right"),
    _template("hidden text left out ({words} words: “{sample}”)"),
    _template("damaged XML, read in part ({damage})"),
    _template("formulas given as pictures: {pictures}"),
    _template("tables given as pictures: {pictures}"),
    _template("sub-articles left out: {articles}"),
    _template("the archive breaks off"),
    _template("cut off: it has more commands than any paper"),
    _template("macros that stand for themselves without end"),
    _template("{files} files that it reads in are not in the archive"),
    _template("{open} braces, formulas or environments do not close"),
    _template("{share} of its commands are not known"),
    _template("plain TeX, not LaTeX"),
    _template("full text not read: {reason}"),
)


def flag_words(flag: str) -> str:
    """A flag of ``Paper.flags``.

    >>> flag_words("only 62% of the characters are letters")
    'only 62% of the characters are letters'
    """
    for template in _TEMPLATES:
        match = template.pattern.fullmatch(flag)
        if match:
            return say(template.text, **match.groupdict())
    return flag
