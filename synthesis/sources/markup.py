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
_ATTRIBUTE = (
    r"""\s{1,99}[A-Za-z_][\w:.-]{0,60}\s{0,9}=\s{0,9}(?:"[^"]{0,2000}"|'[^']{0,2000}'|[\w#%./:;-]{1,200})"""
)
_TAG = re.compile(
    rf"<(?P<closing>/?)(?:(?P<prefix>[A-Za-z][\w.-]{{0,20}}):)?(?P<name>[A-Za-z][\w.-]{{0,40}})"
    rf"(?P<attributes>(?:{_ATTRIBUTE}){{0,20}})\s{{0,99}}(?P<empty>/?)>"
    r"|<!\[CDATA\[|\]\]>|<\?[^<>]{0,500}\?>"
)
# What stands in "<…>" is a tag when it is called so or has attributes: "<LLOQ were zero … >5" is text.
_PREFIXES = frozenset("ce html jats m mml xhtml".split())
_HTML = (
    "a abbr address article aside b big blockquote body br caption center cite code col colgroup dd del dfn div dl dt "
    "em figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr html i img ins kbd label li main mark nav ol p "
    "pre q s samp script section small span strike strong style sub summary sup table tbody td tfoot th thead title "
    "tr tt u ul var wbr"
)
_JATS = (
    "abstract abstracttext alternatives bold boxed-text break def def-item def-list disp-formula disp-formula-group "
    "disp-quote email emphasis ext-link fig fn fn-group graphic heading inf inline-equation inline-formula "
    "inline-graphic inline-supplementary-material inlineequation equationsource italic kwd kwd-group list list-item "
    "media monospace named-content overline para preformat private-char related-article related-object roman "
    "sans-serif sc scp sec simple-para statement styled-content subscript subtitle superscript supplementary-material "
    "table-wrap term tex tex-math textual-form trans-abstract underline uri verse-group verse-line x xref"
)
_MATHML = (
    "annotation annotation-xml maction math menclose merror mfenced mfrac mi mlabeledtr mmultiscripts mn mo mover "
    "mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder "
    "munderover semantics"
)
_NAMES = frozenset(f"{_HTML} {_JATS} {_MATHML}".split())
_HEADINGS = frozenset("title h1 h2 h3 h4 h5 h6".split())
# The same formula a second time: TeX beside MathML, and MathML's own annotation.
_REPEATS = frozenset("annotation annotation-xml tex-math".split())
# Marks inside a word or number; every other tag stands between words.
_INLINE = frozenset("a mi mn mo mover mrow msub msubsup msup mtext munder sc scp span tt".split())
_RAISED = frozenset(("sup", "superscript"))
_LOWERED = frozenset(("inf", "sub", "subscript"))
# These too, but depositors drop the blanks around them: "of<italic>MLH1</italic>in".
_EMPHASIS = frozenset("b bold em i italic strong styled-content u underline".split())
_MARK = "\0"
# The ends of a superscript and of a subscript, until it is known what they mean.
_RAISE, _RAISED_END, _LOWER, _LOWERED_END = "\1", "\2", "\3", "\4"
_MARKS = str.maketrans(dict.fromkeys("\0\1\2\3\4", " "))
_NO_MARKS = str.maketrans("", "", "\0\1\2\3\4")
_NUMBER = r"(?:[+\-‐‑–−]|&(?:amp;){0,3}(?:minus|ndash|#8722|#x2212|#8211|#45);)?\d+(?:[.,]\d+)?"
# "3<sup>1</sup>/<sub>2</sub>" is three and a half; "10 <sup>9</sup>" a power whatever the blank.
_MIXED = re.compile(r"(?<=\d)\s?\x01(\d+)\x02([/⁄])(?=\x03\d+\x04)")
_POWER = re.compile(rf"(?:(?<=\d)|(?<=\b10)\s)\0*\x01[\s\0]*({_NUMBER})[\s\0]*\x02")
# Elements of MathML whose children are joined by a sign, and how deep they are followed.
_JOINED = frozenset("mfrac msubsup msup".split())
_MAX_DEPTH = 32
_SIMPLE = re.compile(r"[+\-−–]?[\w.,]+")
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
    text = _without_comments(text.translate(_MARKS))
    words = _Words(has_math=_MATH.search(text) is not None)
    end = 0
    for tag in _TAG.finditer(text):
        if not words.knows(tag):
            continue
        words.add(text[end : tag.start()])
        words.tag(closing=bool(tag["closing"]), name=(tag["name"] or "").lower(), empty=bool(tag["empty"]))
        end = tag.end()
    words.add(text[end:])
    return _with_powers("".join(words.parts))


def _with_powers(text: str) -> str:
    """``text`` with "^" before an exponent, and without marks."""
    text = text.replace(_RAISED_END + _RAISE, "")
    text = _POWER.sub(r"^\1", _MIXED.sub(r" \1\2", text))
    return _LOST_BLANK.sub(" ", text).translate(_NO_MARKS)


def _without_comments(text: str) -> str:
    kept, end = [], 0
    while (start := text.find("<!--", end)) >= 0 and (stop := text.find("-->", start)) >= 0:
        kept.append(text[end:start])
        end = stop + 3
    return " ".join([*kept, text[end:]])


@dataclass(slots=True)
class _Formula:
    """A fraction or power of MathML that is open: where in the words each child begins, how deep the reader is in it."""

    name: str
    start: int
    children: list[int] = field(default_factory=list)
    depth: int = 0

    def joined(self, parts: list[str]) -> str:
        """Its children as one text."""
        ends = [*self.children[1:], len(parts)]
        texts = ["".join(parts[start:end]).strip() for start, end in zip(self.children, ends, strict=True)]
        if self.name == "mfrac":
            return f" {'/'.join(map(_in_brackets, texts))} "
        if len(texts) < 2:
            return "".join(texts)
        return f"{_in_brackets(''.join(texts[:-1]))}^{_in_brackets(texts[-1])}"


def _in_brackets(text: str) -> str:
    is_whole = (
        len(text) <= 1 or _SIMPLE.fullmatch(text) or (text[0] == "(" and text.find(")") == len(text) - 1)
    )
    return text if is_whole else f"({text})"


@dataclass(slots=True)
class _Words:
    """The words met so far, and what the tags around them mean."""

    has_math: bool
    parts: list[str] = field(default_factory=list)
    heading: int | None = None  # where the heading that is open begins in ``parts``
    repeat: str | None = None  # the element that is being passed over
    opened: set[str] = field(default_factory=set)  # names that had attributes
    formulas: list[_Formula] = field(default_factory=list)

    def knows(self, tag: re.Match[str]) -> bool:
        """Whether ``tag`` is one; else it is text."""
        name = (tag["name"] or "").lower()
        if tag["attributes"]:
            self.opened.add(name)
        return not name or name in _NAMES or name in self.opened or (tag["prefix"] or "").lower() in _PREFIXES

    def add(self, words: str) -> None:
        if self.repeat is None:
            self.parts.append(words)

    def tag(self, *, closing: bool, name: str, empty: bool = False) -> None:
        if self.repeat is not None:
            self.repeat = None if closing and name == self.repeat else self.repeat
        elif name in _REPEATS and self.has_math and not closing:
            self.repeat = None if empty else name
        else:
            self._follow(closing=closing, name=name, empty=empty)
            self._mark(closing=closing, name=name)

    def _mark(self, *, closing: bool, name: str) -> None:
        if name in _HEADINGS:
            self._heading(closing=closing)
        elif name in _RAISED:
            self.parts.append(_RAISED_END if closing else _RAISE)
        elif name in _LOWERED:
            self.parts.append(_LOWERED_END if closing else _LOWER)
        elif name in _EMPHASIS:
            self.parts.append(_MARK)
        elif name not in _INLINE:
            self.parts.append(" ")

    def _follow(self, *, closing: bool, name: str, empty: bool) -> None:
        """Keep count of the children of the formula that is open, and join them at its end."""
        formula = self.formulas[-1] if self.formulas else None
        if closing and formula and not formula.depth and formula.name == name:
            self._join(self.formulas.pop())
            formula = self.formulas[-1] if self.formulas else None
        if formula and closing:
            formula.depth = max(0, formula.depth - 1)
        elif formula and not closing:
            formula.children += [] if formula.depth else [len(self.parts)]
            formula.depth += not empty
        if name in _JOINED and not closing and not empty and len(self.formulas) < _MAX_DEPTH:
            self.formulas.append(_Formula(name, len(self.parts)))
        if name == "math":
            self.formulas.clear()

    def _join(self, formula: _Formula) -> None:
        if formula.children:
            self.parts[formula.children[0] :] = [formula.joined(self.parts)]

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
