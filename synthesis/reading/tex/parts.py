"""Pieces of text that can be written out only when the whole document was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GONE = "\0"  # stands where a reference that leads nowhere, or a footnote, was; no text holds it
TIGHT = "\x01"  # stands behind a sign of a script, where no blanks are set
SOFT = "\x0e"  # stands on both sides of "log" and its kin: a blank, but not at a bracket
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
    return " ".join("".join(part for part in parts if isinstance(part, str)).replace(GONE, "").split())
