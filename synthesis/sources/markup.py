"""Abstracts as databases keep them (fragments of JATS or HTML, entities encoded twice) → plain text.

A fragment has no root and no namespaces, and is often not well-formed, so no XML parser takes it: tags are read one by
one, in one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from synthesis.reading.metadata import as_text

_MAX_CHARS = 200_000
_ENTITY_LAYERS = 3  # "&amp;amp;lt;" has been met in deposits; deeper nesting has not
_TAG = re.compile(
    r"<(/?)(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)(?:\s[^<>]*)?/?>|<!\[CDATA\[|\]\]>|<\?[^<>]*\?>"
)
_HEADINGS = frozenset("title h1 h2 h3 h4 h5 h6".split())
# The same formula a second time: TeX beside MathML, and MathML's own annotation.
_REPEATS = frozenset("annotation annotation-xml tex-math".split())
# Marks inside a word or number; every other tag stands between words.
_INLINE = frozenset("a inf mi mn mo mover mrow msub msubsup msup mtext munder sc scp span sub sup tt".split())
# These too, but depositors drop the blanks around them: "of<italic>MLH1</italic>in".
_EMPHASIS = frozenset("b bold em i italic strong styled-content u underline".split())
_MARK = "\0"
_LOST_BLANK = re.compile(rf"(?<=\w\w){_MARK}+(?=\w\w)")
_OWN_NAME = re.compile(r"(?:abstract|summary)\W*", re.IGNORECASE)
# "Abstract: …", "Abstract We …", "ABSTRACT we …", "AbstractWe …", but not "Abstract algebra …".
_LEADING_NAME = re.compile(r"\A(?:[Aa]bstract(?:\s*[:.—–-]+\s*|\s+(?=[A-Z])|(?=[A-Z][a-z]))|ABSTRACT\b\W*)")
_MATH = re.compile(r"<(?:\w+:)?math\b", re.IGNORECASE)
_END_OF_CLAUSE = re.compile(r"[.:;?!]$")


def plain_text(fragment: str) -> str | None:
    """The words of ``fragment`` on one line: no tag, no entity; a heading ends in a colon. ``None`` when none is left.

    >>> plain_text("<jats:title>Aims</jats:title><jats:p>H<jats:sub>2</jats:sub>O at p &amp;lt; 0.05</jats:p>")
    'Aims: H2O at p < 0.05'
    """
    text = fragment[:_MAX_CHARS]
    for _ in range(_ENTITY_LAYERS):
        text = unescape(_without_tags(text))
    return as_text(_without_tags(text))


def plain_abstract(fragment: str) -> str | None:
    """``plain_text`` of an abstract, less the word "Abstract" that was set above it.

    >>> plain_abstract("<jats:title>Abstract</jats:title><jats:p>We …</jats:p>"), plain_abstract("Abstract algebra is")
    ('We …', 'Abstract algebra is')
    """
    return as_text(_LEADING_NAME.sub("", plain_text(fragment) or "", count=1))


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _without_comments(text.replace(_MARK, " "))
    words = _Words(has_math=_MATH.search(text) is not None)
    end = 0
    for tag in _TAG.finditer(text):
        words.add(text[end : tag.start()])
        words.tag(closing=bool(tag[1]), name=(tag[2] or "").lower())
        end = tag.end()
    words.add(text[end:])
    return _LOST_BLANK.sub(" ", "".join(words.parts)).replace(_MARK, "")


def _without_comments(text: str) -> str:
    kept, end = [], 0
    while (start := text.find("<!--", end)) >= 0 and (stop := text.find("-->", start)) >= 0:
        kept.append(text[end:start])
        end = stop + 3
    return " ".join([*kept, text[end:]])


@dataclass(slots=True)
class _Words:
    """The words met so far, and what the tags around them mean."""

    has_math: bool
    parts: list[str] = field(default_factory=list)
    heading: int | None = None  # where the heading that is open begins in ``parts``
    repeat: str | None = None  # the element that is being passed over

    def add(self, words: str) -> None:
        if self.repeat is None:
            self.parts.append(words)

    def tag(self, *, closing: bool, name: str) -> None:
        if self.repeat is not None:
            self.repeat = None if closing and name == self.repeat else self.repeat
        elif name in _REPEATS and self.has_math and not closing:
            self.repeat = name
        elif name in _HEADINGS:
            self._heading(closing=closing)
        elif name in _EMPHASIS:
            self.parts.append(_MARK)
        elif name not in _INLINE:
            self.parts.append(" ")

    def _heading(self, *, closing: bool) -> None:
        if not closing:
            self.parts.append(" ")
            self.heading = len(self.parts)
        elif self.heading is not None:
            words = "".join(self.parts[self.heading :]).strip()
            del self.parts[self.heading :]
            self.heading = None
            if words and not _OWN_NAME.fullmatch(words):
                self.parts.append(f"{words} " if _END_OF_CLAUSE.search(words) else f"{words}: ")
