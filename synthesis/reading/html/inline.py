"""What HTML elements are to the text around them, in LaTeXML's pages and in others, and their formulas."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from synthesis.reading.html.hidden import HIDDEN
from synthesis.reading.markup.inline import Role, inline_text
from synthesis.reading.markup.math import mathml_text, tex_text
from synthesis.reading.markup.parsing import outermost

_SKIPPED = frozenset(
    "style head img button select input textarea audio video picture map nav dialog progress meter datalist rp rt"
    " annotation annotation-xml mjx-container svg".split()
) | {HIDDEN}
_BLANKS = frozenset(
    "address article aside blockquote br caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr legend li main ol optgroup option p pre section summary table tbody td tfoot th thead tr ul".split()
)
_ROLES = {
    **dict.fromkeys(_SKIPPED, Role.SKIP),
    **dict.fromkeys(_BLANKS, Role.BLANK),
    "sup": Role.RAISED,
    "sub": Role.LOWERED,
    "math": Role.FORMULA,
}
_SKIPPED_CLASSES = frozenset(
    "ltx_note ltx_error ltx_note_mark ltx_note_type ltx_tag_note ltx_phantom ltx_rule ltx_author_notes".split()
)
_BLANK_CLASSES = frozenset(
    {"ltx_p", "ltx_para", "ltx_td", "ltx_tr", "ltx_tag_item", "ltx_bibblock", "ltx_break"}
)
_MARK = re.compile(r"[\s\[\]()]*[\d,;\s–-]{1,20}[\s\[\]()]*")
_NOTE_MARK = re.compile(r"\s*[a-z*†‡§¶]{1,2}\s*")
_NOTE_TARGET = re.compile(r"#(?:.*[-_/])?(?:fn|footnote|note)", re.IGNORECASE)
_WITH_CLASS = etree.XPath("descendant::*[contains(concat(' ', normalize-space(@class), ' '), $name)]")
_DOCUMENT_TITLE = "ltx_title_document"


def classes_of(element: Any) -> frozenset[str]:
    """The element's classes in lower case."""
    value = element.get("class")
    return frozenset(value.lower().split()) if value else frozenset()


def with_class(root: Any, name: str) -> list[Any]:
    """The elements below ``root`` that have the class, in reading order."""
    return list(_WITH_CLASS(root, name=f" {name} "))


def outermost_of(root: Any, name: str) -> list[Any]:
    """The same, without those inside another of them; ``name`` in lower case."""
    return outermost(root, lambda element: name in classes_of(element))


def html_text(element: Any) -> str:
    """The text of an element on one line, without footnotes, pictures and what LaTeXML could not convert."""
    return inline_text(element, _role, _formula)


def title_text(element: Any) -> str:
    """The text of a heading or caption without its number, its notes and their marks."""
    return inline_text(element, _title_role, _formula)


def _role(element: Any) -> Role:
    role = _ROLES.get(element.tag, Role.PLAIN)
    if role in {Role.SKIP, Role.FORMULA}:
        return Role.FORMULA if element.tag == "img" and "ltx_math" in classes_of(element) else role
    classes = classes_of(element)
    if classes:
        if classes & _SKIPPED_CLASSES:
            return Role.SKIP
        if "ltx_math" in classes and element.get("alttext"):
            return Role.FORMULA
        if classes & _BLANK_CLASSES:
            return Role.BLANK
    return _link_role(element, role) if element.tag == "a" else role


def _link_role(link: Any, role: Role) -> Role:
    """A link inside the page whose text is a number cites a work, or points to a note."""
    target = link.get("href") or ""
    text = "".join(link.itertext())[:40]
    if "#" not in target or not (number := _MARK.fullmatch(text) or _NOTE_MARK.fullmatch(text)):
        return role
    if _NOTE_TARGET.match(target[target.index("#") :]):
        return Role.NOTE
    return Role.CITATION if number.re is _MARK and _is_citation(link, target) else role


def _is_citation(link: Any, target: str) -> bool:
    fragment = target[target.index("#") + 1 :].lower()
    parent = link.getparent()
    inside = parent is not None and (parent.tag in {"sup", "cite"} or "ltx_cite" in classes_of(parent))
    return inside or fragment.startswith(("bib", "ref", "cite", "cr", "b", "r"))


def _title_role(element: Any) -> Role:
    classes = classes_of(element)
    if "ltx_tag" in classes or (element.tag == "sup" and _DOCUMENT_TITLE in classes_of(element.getparent())):
        return Role.SKIP
    role = _role(element)
    return Role.SKIP if role is Role.NOTE else role


def _formula(element: Any) -> str:
    text = mathml_text(element) if element.tag == "math" else ""
    source = element.get("alttext") or element.get("alt") or ""
    return text or tex_text(source)
