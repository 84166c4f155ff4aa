"""Which rows are headings, and what they say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.pdf.style import Style, gaps

if TYPE_CHECKING:
    from synthesis.reading.pdf.rows import Row

_KNOWN_HEADINGS = (
    r"abstract|introduction|related works?|(?:theoretical )?background|preliminaries|motivation|data(?:sets?)?|"
    r"(?:materials? and )?methods?(?: and materials?)?|methodology|approach|model|"
    r"experiment(?:s|al (?:setup|settings?|results?|design))?|evaluation|"
    r"results?(?: and (?:discussions?|analysis))?|findings|(?:general )?discussions?(?: and conclusions?)?|analysis|"
    r"conclu(?:sions?|ding remarks)(?: and (?:future works?|outlook|discussions?))?|summary|future works?|"
    r"limitations?|(?:ethics|broader impact) ?(?:statement|considerations?)?|ethical (?:considerations?|statement)|"
    r"acknowledge?ments?|references|bibliography|literature cited|(?:supplementary|supporting) (?:material|information)|"
    r"(?:data|code)(?: and (?:data|code))? availability(?: statement)?|funding|author contributions|"
    r"(?:table of )?contents|appendix|appendices|key ?words(?: and phrases)?|index terms|ccs concepts|"
    r"résumé|zusammenfassung|einleitung|literatur|références|referencias|resumen|introducción|аннотация|введение|"
    r"заключение|(?:список )?литератур[аы]|摘要|引言|结论|参考文献|要旨|はじめに|おわりに|文献"
)
_NUMBER = r"(?:(?:section\s+)?\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-H](?:\.\d{1,2}){0,2})[.)]?\s+"
_KNOWN = re.compile(rf"(?:{_NUMBER})?(?P<title>{_KNOWN_HEADINGS})[.:]?", re.IGNORECASE)
_NUMBERED = re.compile(rf"{_NUMBER}(?P<title>[^\W\d_].*)")
_APPENDIX = re.compile(r"appendix(?:\s+[A-Z0-9]{1,2})?\s*[.:–—-]?\s+(?P<title>[^\W\d_].*)", re.IGNORECASE)
_AFFILIATION = re.compile(
    r"universit|institut|department|laborator|school of|cent(?:er|re) (?:for|of)|college|hospital|academy|@|facult",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"references|bibliography|literature cited|(?:table of )?contents|key ?words.*|index terms|ccs concepts|"
    r"acknowledge?ments?|literatur|références|referencias|(?:список )?литератур[аы]|参考文献|文献",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    r"references(?: and notes)?|bibliography|literature cited|works cited|literatur|références|referencias|"
    r"(?:список )?литератур[аы]|参考文献|文献",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"abstract|résumé|zusammenfassung|resumen|аннотация|摘要|要旨", re.IGNORECASE)
_CONTENTS_LINE = re.compile(r"[.\s]\d{1,3}$")  # a table of contents repeats the headings with page numbers
_MAX_HEADING_CHARS = 90


def heading(row: Row, style: Style) -> str | None:
    """The heading's words without its number if the row is one."""
    text = row.text
    if not text or len(text) > _MAX_HEADING_CHARS or text.endswith((",", ";", "-", "\x02")):
        return None
    known = _KNOWN.fullmatch(text)
    if known:
        in_style = style.differs(row) or text.isupper() or text.istitle() or text[0].isdigit()
        return known["title"] if in_style or not text.isascii() else None
    set_apart = style.differs(row) and row.size >= 0.93 * style.size and gaps(row) <= 1
    return _numbered_title(row) if set_apart and not _CONTENTS_LINE.search(text) else None


def _numbered_title(row: Row) -> str | None:
    """What follows the number of a section or the word Appendix."""
    appendix = _APPENDIX.fullmatch(row.text)
    if appendix:
        return appendix["title"]
    numbered = _NUMBERED.fullmatch(row.text)
    if numbered is None or row.letters < 4 or row.text.endswith(".") or is_affiliation(row):
        return None
    is_sign = (
        not row.text[0].isdigit() and numbered["title"][0].islower()
    )  # of a formula, not an appendix's letter
    return None if is_sign else numbered["title"]


def is_display(row: Row, style: Style) -> bool:
    """Whether a row without a number is set so much larger than running text that it can only be a heading."""
    words = row.letters >= 4 and row.text[:1].isupper() and not row.text.endswith((".", ",", ";"))
    return words and row.size > 1.15 * style.size and len(row.text) <= _MAX_HEADING_CHARS and not gaps(row)


def is_affiliation(row: Row) -> bool:
    """Whether a row of the first page names where the authors work."""
    return row.page == 1 and _AFFILIATION.search(row.text) is not None


def numbers_later(row: Row) -> bool:
    """Whether a heading is numbered with a whole number above 1: it cannot be a paper's first."""
    number = re.match(r"(\d{1,2})[.)]?\s", row.text)
    return number is not None and int(number[1]) > 1


def continues(first: Row, row: Row, style: Style) -> bool:
    """Whether a row is the second line of the heading above it."""
    same_font = row.font == first.font or style.font not in (row.font, first.font)
    same_type = same_font and abs(row.size - first.size) < 0.3
    near = 0 < first.y - row.y < 1.6 * first.size and first.zone == row.zone
    return same_type and near and len(first.text) > 25 and len(row.text) < _MAX_HEADING_CHARS


def is_dropped(title: str) -> bool:
    """Whether a section is no part of the paper's own text: references, key words, contents, thanks."""
    return _DROPPED.fullmatch(title) is not None


def is_references(title: str) -> bool:
    """Whether a section lists the works cited."""
    return _REFERENCES.fullmatch(title) is not None


def is_abstract(title: str) -> bool:
    """Whether a section is the abstract, in one of several languages."""
    return _ABSTRACT.fullmatch(title) is not None


def cased(title: str) -> str:
    """A heading in capitals or small letters only → as a sentence."""
    return title.capitalize() if title.isupper() or title.islower() else title
