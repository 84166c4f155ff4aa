"""Tables that stand in a section's text in Markdown's form: rows of cells between upright bars.

Each row is kept with its place, so that a number read from it can be quoted like a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_COLUMNS = 60
_ROW = re.compile(r"^[ \t]*\|(?P<cells>[^\n]*)\|[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"[ \t:|-]*-[ \t:|-]*")
_CAPTION = re.compile(r"(?:^|\n)[ \t]*((?:Table|Tab\.)[ \t][^\n|]{1,2000})\n\s*$", re.IGNORECASE)
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class SectionTable:
    """A table: its caption (may be ""), its columns' heads, and its rows with the place of each in the section."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Span, tuple[str, ...]], ...]


def tables_in(text: str) -> Iterator[SectionTable]:
    """The tables of a section in order; a run of rows counts when a rule of dashes follows its first row."""
    for run in _runs(text):
        head, rule, *body = run
        if not _RULE.fullmatch(rule["cells"]) or not body:
            continue
        columns = _cells(head)
        rows = tuple(
            (Span(start=match.start(), end=match.end()), cells)
            for match in body
            if len(cells := _cells(match)) == len(columns) <= MAX_COLUMNS
        )
        caption = _CAPTION.search(text[max(0, head.start() - 2100) : head.start()])
        if rows:
            yield SectionTable(caption[1].strip() if caption else "", columns, rows)


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Runs of neighbouring rows, three at least: head, rule, and what follows."""
    run: list[re.Match[str]] = []
    for match in _ROW.finditer(text):
        if run and match.start() != run[-1].end() + 1:
            if len(run) > 2:
                yield run
            run = []
        run.append(match)
    if len(run) > 2:
        yield run


def _cells(match: re.Match[str]) -> tuple[str, ...]:
    return tuple(cell.replace("\\|", "|").strip() for cell in _CELL.split(match["cells"]))
