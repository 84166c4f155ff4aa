"""What JATS elements are to the text around them, and its formulas."""

from __future__ import annotations

from typing import Any

from synthesis.reading.markup.inline import Role, inline_text
from synthesis.reading.markup.math import mathml_text, tex_text

FLOATS = frozenset({"table-wrap", "table-wrap-group", "fig", "fig-group"})
_SKIPPED = FLOATS | frozenset(
    "fn graphic inline-graphic object-id alt-text long-desc permissions index-term index-term-range-end sec-meta"
    " private-char processing-meta".split()
)
_BLANKS = frozenset(
    "break p list list-item def-list def-item term def label title subtitle td th tr entry row caption media disp-quote"
    " verse-group verse-line boxed-text statement speech attrib disp-formula disp-formula-group array contrib sec"
    " supplementary-material hr preformat".split()
)
_FORMULAS = frozenset({"inline-formula", "disp-formula", "alternatives", "math", "tex-math"})
_WHOLE_FORMULAS = ("inline-formula", "disp-formula")
_MATH = ("math", "tex-math")
_HOLDS_MATH = "holds-math"
_NOTES = frozenset({"fn", "table-fn", "author-notes", "corresp"})


def jats_text(element: Any) -> str:
    """The text of an element on one line; floats and footnotes inside it are left out."""
    return inline_text(element, _role, _formula)


def title_text(element: Any) -> str:
    """The text of a title, without the marks of its footnotes."""
    return inline_text(element, _title_role, _formula)


def mark_formulas(article: Any) -> None:
    """Mark all that holds MathML or TeX; done once, so that no formula is searched for each time it is asked about."""
    for math in article.iter(*_MATH):
        math.set(_HOLDS_MATH, "1")
        for ancestor in math.iterancestors():
            if ancestor.get(_HOLDS_MATH):
                break
            ancestor.set(_HOLDS_MATH, "1")


def count_pictures(part: Any) -> int:
    """How many formulas in ``part`` are given as pictures alone."""
    formulas = (
        one for one in part.iter(*_WHOLE_FORMULAS) if next(one.iterancestors(*_WHOLE_FORMULAS), None) is None
    )
    return sum(not one.get(_HOLDS_MATH) and _has_graphic(one) and not jats_text(one) for one in formulas)


def _has_graphic(element: Any) -> bool:
    return next(element.iter("graphic", "inline-graphic"), None) is not None


def _role(element: Any) -> Role:
    tag = element.tag
    if tag in _FORMULAS and element.get(_HOLDS_MATH):
        return Role.FORMULA
    if tag == "xref":
        kind = element.get("ref-type")
        return Role.CITATION if kind == "bibr" else Role.NOTE if kind in _NOTES else Role.PLAIN
    return _ROLES.get(tag, Role.PLAIN)


_ROLES = {
    **dict.fromkeys(_SKIPPED, Role.SKIP),
    **dict.fromkeys(_BLANKS, Role.BLANK),
    "sup": Role.RAISED,
    "sub": Role.LOWERED,
}


def _title_role(element: Any) -> Role:
    if element.tag == "xref" and element.get("ref-type") in _NOTES:
        return Role.SKIP
    return _role(element)


def _math_of(element: Any) -> Any:
    """The MathML or TeX in an element, MathML before TeX."""
    for tag in _MATH:
        if (found := next(element.iter(tag), None)) is not None:
            return found
    return None


def _formula(element: Any) -> str:
    math = _math_of(element)
    text = mathml_text(math) if math.tag == "math" else tex_text("".join(math.itertext()))
    label = element.find("label")
    number = f" {jats_text(label)}" if label is not None else ""
    return f" {text}{number} " if element.tag.startswith("disp-") else text
