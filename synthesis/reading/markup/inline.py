"""Running text of an element, as it reads on paper: raised and lowered parts, citation marks, formulas.

A raised part stays apart from what it is raised over ("10^-3", "m^2"), unless it is an ordinal's or a sign ("1st",
"®"); a lowered number joins it ("CO2"), other lowered parts do not ("T_max"). A raised citation stands in brackets
("shown [12]"). Blanks are folded; all other characters are kept as they are, also those that are not seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.reading.markup.math import folded, scripted

if TYPE_CHECKING:
    from collections.abc import Callable


class Role(Enum):
    """What an element is to the text around it."""

    PLAIN = auto()
    SKIP = auto()  # no part of the text
    BLANK = auto()  # a break, or a block: a blank before and behind
    RAISED = auto()
    LOWERED = auto()
    CITATION = auto()  # a reference's mark
    NOTE = auto()  # a footnote's mark
    FORMULA = auto()  # read by the function for formulas


_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|e|o|a|er|ème|TM|SM)")
_NUMBERS = re.compile(r"[\s\d,;.–—−-]*\d[\s\d,;.–—−a-z-]*")
_LOOSE = re.compile(r"[\w)\]%’”]")


@dataclass(slots=True)
class _Run:
    """Text of an open element that its parent must see as a whole."""

    role: Role
    pieces: list[str] = field(default_factory=list)
    cites: bool = False  # holds a citation's mark, or is one that is raised

    @property
    def last(self) -> str:
        """The last character so far, "" at the start."""
        return next((piece[-1] for piece in reversed(self.pieces) if piece), "")

    def last_word(self) -> str:
        return "".join(self.pieces[-3:])[-20:]


def inline_text(element: Any, role_of: Callable[[Any], Role], formula: Callable[[Any], str]) -> str:
    """The text of ``element`` without its tail, on one line; ``role_of`` is asked for every element in it."""
    if not len(element):
        return folded(element.text or "")
    runs = [_Run(Role.PLAIN)]
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, node in walker:
        role = Role.PLAIN if node is element else role_of(node)
        if event == "start":
            if role in {Role.SKIP, Role.FORMULA}:
                walker.skip_subtree()
                if role is Role.FORMULA:
                    runs[-1].pieces.append(formula(node))
                continue
            _open(runs, role)
            if node.text:
                runs[-1].pieces.append(node.text)
            continue
        if role in _WHOLE:
            _join(runs, runs.pop())
        elif role is Role.BLANK:
            runs[-1].pieces.append(" ")
        if node is not element and node.tail:
            runs[-1].pieces.append(node.tail)
    return folded("".join(runs[0].pieces))


_WHOLE = frozenset({Role.RAISED, Role.LOWERED, Role.CITATION, Role.NOTE})


def _open(runs: list[_Run], role: Role) -> None:
    if role in _WHOLE:
        runs.append(_Run(role))
    elif role is Role.BLANK:
        runs[-1].pieces.append(" ")


def _join(runs: list[_Run], inner: _Run) -> None:
    """Put the text of a closed run into the one around it, with the blanks at its ends outside of it."""
    outer = runs[-1]
    raw = "".join(inner.pieces)
    text = folded(raw)
    if raw[:1].isspace():
        outer.pieces.append(" ")
    if text:
        _put(outer, inner, text)
    if raw[-1:].isspace():
        outer.pieces.append(" ")


def _put(outer: _Run, inner: _Run, text: str) -> None:
    if inner.role is Role.CITATION:
        _cite(outer, text, raised=inner.cites)
    elif inner.role is Role.NOTE:
        outer.pieces.append(text if outer.role is Role.RAISED else _mark(outer, text))
        outer.cites |= outer.role is Role.RAISED
    elif inner.role is Role.LOWERED:
        outer.pieces.append(_lowered(outer, text))
    elif outer.role in {Role.CITATION, Role.NOTE}:
        outer.pieces.append(text)
        outer.cites = True
    elif inner.cites:
        outer.pieces.append(_mark(outer, text))
    else:
        outer.pieces.append(_raised(outer, text))


def _cite(outer: _Run, text: str, *, raised: bool) -> None:
    if outer.role is Role.RAISED:
        outer.cites = True
        outer.pieces.append(text)
    elif raised or (_LOOSE.fullmatch(outer.last) and _NUMBERS.fullmatch(text)):
        outer.pieces.append(_mark(outer, text))
    else:
        outer.pieces.append(text)


def _mark(outer: _Run, text: str) -> str:
    """A citation's or note's mark in brackets, with a blank before it where it follows a word."""
    if outer.last in {"[", "("}:
        return text
    mark = text if text[0] in "[(" else f"[{text}]"
    return f" {mark}" if _LOOSE.fullmatch(outer.last) else mark


def _raised(outer: _Run, text: str) -> str:
    last = outer.last
    if not any(c.isalnum() for c in text) and not re.fullmatch(r"[+\-−–]+", text):
        return text  # ®, *, †, °, a comma between two marks
    if last.isspace() or last in {"", "(", "[", "|"}:
        return text if text[0].isdigit() else f"{text} "  # 13C, or the mark at the head of a note
    if last.isdigit() and _ORDINAL.fullmatch(text) and not _DECIMAL.search(outer.last_word()):
        return text
    return scripted("", "^", text)


_DECIMAL = re.compile(r"[\d.]*\.\d+$")


def _lowered(outer: _Run, text: str) -> str:
    last = outer.last
    if not last or last.isspace() or ((last.isalpha() or last in ")]") and text[0].isdigit()):
        return text
    return scripted("", "_", text)
