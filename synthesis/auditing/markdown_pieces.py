"""Markdown as pieces: the source itself, line by line, so that links and comments count too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.auditing.pieces import Heading, Piece, Trail, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")


def markdown_pieces(text: str) -> list[Piece]:
    """The lines of a Markdown report under its headings."""
    return list(_pieces(text))


def markdown_headings(text: str) -> list[Heading]:
    """The headings of a Markdown report, in order."""
    found = (_HEADING.fullmatch(line) for line in text.splitlines())
    return [Heading(len(match[1]), match[2]) for match in found if match]


def _pieces(text: str) -> Iterator[Piece]:
    trail = Trail()
    for line in text.splitlines():
        match = _HEADING.fullmatch(line)
        if match:
            trail.enter(Heading(len(match[1]), match[2]))
        if line.strip():
            yield Piece(line, numbered(trail.place, line))
