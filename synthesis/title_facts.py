"""What a title says of the work it stands for, with all that differs between databases taken away.

Databases spell one title in many ways: in capitals, with TeX or HTML, hyphens or none, the subtitle dropped, a mark of
retraction put before it. And they list beside a work what is no version of it: its second part, a reply, an erratum.
"""

from __future__ import annotations

import html
import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from synthesis.identifiers import normalise_title

_MIN_WORDS = 3  # "Introduction" or "Preface" alone never identifies a work
_MIN_UNSPACED = 8  # characters, in scripts that do not part words
_MAX_CHARS = 1000  # a longer "title" is some other text
_MAX_HEADS = 4  # subtitles of subtitles
_ALIKE = 0.6  # share of the longer words of the shorter title that the other one holds too

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_TEX_GREEK = re.compile(
    r"\\(?:var)?(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi"
    r"|chi|psi|omega)(?![a-z])",
    re.IGNORECASE,
)
_GREEK_LETTER = re.compile(r"(?<![\u0370-\u03ff])[\u0391-\u03a9\u03b1-\u03c9](?![\u0370-\u03ff])")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")

# Put before or after a title when the work was taken back: the title of the work itself follows.
_TAKEN_BACK = r"(retracted|withdrawn)(?:\s+(?:article|paper|chapter|publication))?"
_MARK = re.compile(
    rf"^\W*{_TAKEN_BACK}\s*(?:[:\])]|\s[-–—])\s*|\s*[\[(]\s*{_TAKEN_BACK}\s*[\])]\s*$", re.IGNORECASE
)
# Bracketed at the end: "version 2; peer review: 2 approved"
_VERSION = re.compile(r"\s*[\[(]\s*v(?:ersion)?\.?\s*\d+\b[^\])]*[\])]\s*$", re.IGNORECASE)
_SUBTITLE = re.compile(r"\s*[:?!]\s+|\s+[-–—]+\s+|\.\s+|\s*：\s*|,?\s+v(?=\d+$)", re.IGNORECASE)

# What is about a work, and no version of it; the groups' names are the kinds.
_AUTHORS = r"(?:authors?(?:['’]s?)?\s)"
_OPENS = re.compile(
    r"\W*(?:(?P<erratum>errat(?:um|a)\b|corrigend(?:um|a)\b|(?:author |publisher )?corrections?(?: to\b|\s*:)|addendum\b)"
    rf"|(?P<reply>{_AUTHORS}?(?:reply|replies|rejoinder|rebuttal)\b|{_AUTHORS}response\b"
    r"|response to (?:the )?(?:letter|comment|editor|review|[\"“‘]))"
    r"|(?P<comment>comments? (?:on|to)\b|commentary(?: on\b|\s*:)|discussion (?:of|on)\b)"
    r"|(?P<retraction>retraction(?: note| notice)?(?: to| of| for|:)|(?:editorial )?expression of concern\b)"
    r"|(?P<review>book review\b)"
    r"|(?P<material>supplement(?:ary|al)? (?:materials?|information|data|to|for)\b|(?:data|code) (?:from|for)\s*:))",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    rf"(?:[:\[(–—]|\s-)\s*(?:(?P<erratum>erratum|corrigendum|correction)|(?P<reply>{_AUTHORS}?reply|rejoinder)"
    r"|(?P<retraction>retraction)|(?P<material>supplementary (?:material|information)))\W*$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:part|pt|volume|vol|chapter|lecture|phase|stage|study)\b\.?\s*(\d{1,3}|[ivx]{1,5}|one|two|three|four|five|six)\b"
    r"|\s(\d{1,2}|[ivx]{2,5})\s*(?=$|[:.(])",
    re.IGNORECASE,
)
_NUMBERS = {
    **dict(zip("one two three four five six".split(), map(str, range(1, 7)), strict=True)),
    **dict(
        zip("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv".split(), map(str, range(1, 16)), strict=True)
    ),
}
_GENERIC = frozenset(
    "lettertotheeditor letterstotheeditor lettertoeditor replytotheeditor notefromtheeditor fromtheeditor "
    "fromtheeditors messagefromtheeditor messagefromthechairs messagefromthegeneralchair inthisissue tableofcontents "
    "listofcontributors listofreviewers listofauthors notesoncontributors aboutthiscover newsandviews newsandnotes "
    "booksreceived guesteditorsintroduction guesteditorialintroduction introductiontothespecialissue "
    "introductiontospecialissue introductiontothespecialsection callforpapers abstractsofpapers meetingabstracts "
    "conferencereport annualreport casereport areviewoftheliterature theauthorsreply theauthorsrespond "
    "summaryandconclusions introductionandoverview".split()
)


class Likeness(IntEnum):
    """How much two titles look like one work's."""

    OTHER = 0
    ALIKE = 1  # many words in common
    NEAR = 2  # one is the other without its subtitle
    EQUAL = 3


class Title(NamedTuple):
    """A title, read."""

    key: str  # its letters and digits
    heads: frozenset[str]  # keys of what stands before a subtitle, where that identifies a work
    text: str  # its words, normalised
    kind: str  # "erratum", "reply", …; empty for a work itself
    parts: frozenset[str]  # "2" of "Part II"
    mark: Literal["retracted", "withdrawn"] | None
    is_telling: bool  # whether it identifies a work, given an author or a year


@lru_cache(maxsize=16384)
def read_title(title: str) -> Title:
    """Read a title.

    >>> read_title("RETRACTED: {LAR}e-{QA}").key == read_title("LareQA").key
    True
    >>> read_title("On $\\\\alpha$-helices, Part II").key, read_title("Reply to the comment on X").kind
    ('onalphahelicespartii', 'reply')
    """
    text = _plain(title[:_MAX_CHARS])
    mark = _MARK.search(text)
    if mark:
        text = (text[: mark.start()] + text[mark.end() :]) or text
    if text.endswith((")", "]")):
        text = _VERSION.sub("", text)
    words = normalise_title(text).replace("_", " ").split()
    heads = (text[: found.start()] for found in islice(_SUBTITLE.finditer(text), _MAX_HEADS))
    read = (normalise_title(head).replace("_", " ").split() for head in heads)
    return Title(
        key="".join(words),
        heads=frozenset("".join(head) for head in read if _is_telling(head)),
        text=" ".join(words),
        kind=_kind(text),
        parts=frozenset(_number(found) for found in _PART.finditer(text)),
        mark=("withdrawn" if "withdrawn" in mark[0].lower() else "retracted") if mark else None,
        is_telling=_is_telling(words),
    )


def compare_titles(one: Title, other: Title) -> Likeness:
    """How much two titles look like one work's; titles of different parts or kinds never do."""
    if one.kind != other.kind or differ_in_part(one.parts, other.parts):
        return Likeness.OTHER
    if one.key == other.key:
        return Likeness.EQUAL
    if one.parts == other.parts and (one.key in other.heads or other.key in one.heads):
        return Likeness.NEAR
    return Likeness.ALIKE if _shared_words(one, other) >= _ALIKE else Likeness.OTHER


def differ_in_part(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both name a part, and not the same one."""
    return bool(one and other and one != other)


def _plain(title: str) -> str:
    """Without HTML, Greek letters by name, "&" as "and"."""
    text = _TAG.sub("", html.unescape(html.unescape(title))) if "<" in title or "&" in title else title
    if "\\" in text:
        text = _TEX_GREEK.sub(lambda found: f" {found[1].lower()} ", text)
    if not text.isascii():
        text = _GREEK_LETTER.sub(_letter_name, unicodedata.normalize("NFKC", text))
    return " ".join(text.replace("&", " and ").split())


def _letter_name(found: re.Match[str]) -> str:
    return f" {unicodedata.name(found[0], '').rpartition(' ')[2].lower()} "


def _is_telling(words: list[str]) -> bool:
    key = "".join(words)
    return key not in _GENERIC and (len(words) >= _MIN_WORDS or len(_UNSPACED.findall(key)) >= _MIN_UNSPACED)


def _kind(text: str) -> str:
    about = _OPENS.match(text) or _CLOSES.search(text)
    return (about.lastgroup or "") if about else ""


def _number(found: re.Match[str]) -> str:
    text = (found[1] or found[2]).lower()
    return _NUMBERS.get(text, text.lstrip("0"))


def _shared_words(one: Title, other: Title) -> float:
    """Share of the words (of four letters and more, where there are such) of the shorter title that both hold."""
    words, others = (
        {w for w in held if len(w) > 3} or held for held in (set(one.text.split()), set(other.text.split()))
    )
    return len(words & others) / max(1, min(len(words), len(others)))
