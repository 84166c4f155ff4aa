"""Running text of an element, as it reads on paper: raised and lowered parts, citation marks, formulas.

A raised part stays apart from what it is raised over ("10^-3", "m^2"), unless it is an ordinal's or a sign ("1st",
"®"); a lowered number joins it ("CO2"), other lowered parts do not ("T_max"). A raised citation stands in brackets
("shown [12]"). A raised letter on a number is a note's mark, which only a table's cell keeps. Blanks are folded; all
other characters are kept as they are, also those that are not seen.
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


_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|ème|TM|SM)")
_NOTE_LETTER = re.compile(r"[a-h]")  # raised on a number: a note's mark
_CELLS = frozenset({"td", "th", "entry"})
_NUMBERS = re.compile(r"[\s\d,;.–—−-]*\d[\s\d,;.–—−a-z-]*")
_LOOSE = re.compile(r"[\w)\]%’”]")
_GLUED = re.compile(r"[\w)\]%’”.,;:–—−-]")  # a number right behind it would read as a part of it
_BETWEEN_MARKS = re.compile(r"[\s,;–—−-]*")
_OPEN_LIST = re.compile(r"[\[(][\s\d,;–—−-]*$")
_POWER = re.compile(r"[+\-−–]?\d+(?:\.\d+)?")
_CITED = re.compile(r"\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*")
_UNIT = re.compile(r"(?<![^\W\d])(?:[cdkmnµμ]?m|in|ft|[kmµμ]?g|[dmµμ]?[lL]|s|h|d|R|r|χ)$")


@dataclass(slots=True)
class _Run:
    """Text of an open element that its parent must see as a whole."""

    role: Role
    pieces: list[str] = field(default_factory=list)
    cites: bool = False  # holds a citation's mark, or is one that is raised
    cell: bool = False  # a table's cell, or in one
    after: str = ""  # the character behind it
    cited_at: int = -1  # the number of pieces at the end of the last citation
    bracketed: bool = False  # that citation was put in brackets

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
    runs = [_Run(Role.PLAIN, cell=element.tag in _CELLS)]
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
            runs[-1].after = _after(node)
            _join(runs, runs.pop())
        elif role is Role.BLANK:
            runs[-1].pieces.append(" ")
        if node is not element and node.tail:
            runs[-1].pieces.append(node.tail)
    return folded("".join(runs[0].pieces))


_WHOLE = frozenset({Role.RAISED, Role.LOWERED, Role.CITATION, Role.NOTE})


def _open(runs: list[_Run], role: Role) -> None:
    if role in _WHOLE:
        runs.append(_Run(role, cell=runs[-1].cell))
    elif role is Role.BLANK:
        runs[-1].pieces.append(" ")


def _after(node: Any) -> str:
    """The character behind an element, "" where that cannot be told at once."""
    if node.tail:
        return str(node.tail[0])
    following = node.getnext()
    return (following.text or "")[:1] if following is not None else ""


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
        piece = _raised(outer, text, inner.after)  # may take blanks off
        outer.pieces.append(piece)


def _cite(outer: _Run, text: str, *, raised: bool) -> None:
    if outer.role is Role.RAISED:
        outer.cites = True
        outer.pieces.append(text)
        return
    outer.bracketed = raised or (_NUMBERS.fullmatch(text) is not None and _is_glued(outer))
    outer.pieces.append(_mark(outer, text) if outer.bracketed else text)
    outer.cited_at = len(outer.pieces)


def _is_glued(outer: _Run) -> bool:
    """Whether a number would read as a part of what is before it; numbers of one list are treated alike."""
    if not _GLUED.fullmatch(outer.last) or _OPEN_LIST.search(outer.last_word()):
        return False
    if outer.cited_at >= 0 and _BETWEEN_MARKS.fullmatch("".join(outer.pieces[outer.cited_at :])):
        return outer.bracketed
    return True


def _mark(outer: _Run, text: str) -> str:
    """A citation's or note's mark in brackets, with a blank before it where it follows a word."""
    if outer.last in {"[", "("}:
        return text
    mark = text if text[0] in "[(" else f"[{text}]"
    return f" {mark}" if _LOOSE.fullmatch(outer.last) else mark


def _raised(outer: _Run, text: str, after: str = "") -> str:
    last = outer.last
    if not any(c.isalnum() for c in text) and not re.fullmatch(r"[+\-−–]+", text):
        return text  # ®, *, †, °, a comma between two marks
    if last.isspace():
        return _raised_behind_blank(outer, text, after)
    if last in {"", "(", "[", "|"}:
        return _apart(text)
    return _raised_on_digit(outer, text, after) if last.isdigit() else scripted("", "^", text)


def _raised_on_digit(outer: _Run, text: str, after: str) -> str:
    if text == "o" or (text == "0" and after == "C"):
        return "°"
    if _NOTE_LETTER.fullmatch(text) and not outer.cell:
        return ""
    is_ordinal = _ORDINAL.fullmatch(text) and not _DECIMAL.search(outer.last_word())
    return text if is_ordinal else scripted("", "^", text)


def _apart(text: str) -> str:
    """13C, or the mark at the head of a note."""
    return text if text[0].isdigit() else f"{text} "


def _raised_behind_blank(outer: _Run, text: str, after: str) -> str:
    """A power whose base is before the blank, a citation behind a word, or what begins a word: "10^6", "fell [1,2]"."""
    word = outer.last_word().rstrip()
    if not word or after.isalnum() or after == "/":
        return "°" if text == "o" and word[-1:].isdigit() else _apart(text)
    if _POWER.fullmatch(text) and (word[-1].isdigit() or _is_unit_power(word, text)):
        _drop_blanks(outer)
        return scripted("", "^", text)
    if _CITED.fullmatch(text) and _GLUED.fullmatch(word[-1]):
        return f"[{text}]"
    return _apart(text)


def _is_unit_power(word: str, text: str) -> bool:
    return (text in {"2", "3"} or not text[0].isdigit()) and _UNIT.search(word) is not None


def _drop_blanks(run: _Run) -> None:
    while run.pieces and not run.pieces[-1].strip():
        run.pieces.pop()
    if run.pieces:
        run.pieces[-1] = run.pieces[-1].rstrip()


_DECIMAL = re.compile(r"[\d.]*\.\d+$")


def _lowered(outer: _Run, text: str) -> str:
    last = outer.last
    if not last or last.isspace() or ((last.isalpha() or last in ")]") and text[0].isdigit()):
        return text
    return scripted("", "_", text)


def with_script(before: str, text: str, *, raised: bool, after: str = "") -> str:
    """``before`` and the raised or lowered ``text`` behind it, for markup that is not parsed; ``after`` follows it.

    >>> with_script("10", "6", raised=True), with_script("CO", "2", raised=False)
    ('10^6', 'CO2')
    """
    text = folded(text)
    if not text:
        return before
    run = _Run(Role.PLAIN, [before])
    piece = _raised(run, text, after) if raised else _lowered(run, text)
    return "".join([*run.pieces, piece])
