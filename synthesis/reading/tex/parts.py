"""Pieces of text that can be written out only when the whole document was read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

GONE = "\0"  # stands where a reference that leads nowhere, or a footnote, was; no text holds it
TIGHT = "\x01"  # stands behind a sign of a script, where no blanks are set
SOFT = "\x0e"  # stands on both sides of "log" and its kin: a blank, but not at a bracket
EDGE = "\x0f"  # stands at the ends of fractions and scripts: a blank between digits, else nothing
_EDGES = re.compile(rf"(?<=\d){EDGE}+(?=\d)")
CiteForm = Literal["paren", "text", "bare", "author", "year", "year in parens", "bare text"]


@dataclass(frozen=True, slots=True)
class Ref:
    """The number of what carries the label ``key``; with its kind before it ("Figure 3") or in parentheses."""

    key: str
    form: Literal["number", "named", "in parens", "title"] = "number"


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation; ``before`` and ``after`` are its notes ("see", "p. 3")."""

    keys: tuple[str, ...]
    form: CiteForm
    before: str = ""
    after: str = ""


Part = str | Ref | Cite


def plain(parts: list[Part]) -> str:
    """The text among ``parts``, blanks folded."""
    text = "".join(part for part in parts if isinstance(part, str)).replace(GONE, "")
    return " ".join(without_edges(text).split())


def without_edges(text: str) -> str:
    """``text`` with a blank where two numbers would touch at the end of a fraction or script.

    >>> without_edges(f"3{EDGE}1/2{EDGE}{EDGE}4{EDGE}x")
    '3 1/2 4x'
    """
    return _EDGES.sub(" ", text).replace(EDGE, "") if EDGE in text else text
