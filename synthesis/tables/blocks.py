"""A document as headings, paragraphs, list items and tables, and the claim table found in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from synthesis.errors import InputFileError
from synthesis.tables.columns import Grid, find_columns, fold, is_claim_header, read_rows
from synthesis.tables.form_words import (
    abstract_headings,
    claims_headings,
    question_pattern,
    references_headings,
)
from synthesis.tables.records import ClaimTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from synthesis.tables.records import Format


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's words; the title of a document is one of level 1, a DOCX title one of level 0."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text on one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list; ``line`` is where it stands, ``depth`` counts from 1."""

    text: str
    line: int
    depth: int = 1


Block = Heading | Paragraph | Item | Grid

_SECTION = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?(.+)")
# The seeds put a full stop behind the question's own mark.
_DOUBLE_STOP = re.compile(r"(?<=[?？؟])\s*\.$")


def section_name(heading: str) -> str:
    """A heading as it is compared: without its number and case.

    >>> section_name("5 Extracted Claims")
    'extracted claims'
    """
    match = _SECTION.fullmatch(heading.strip())
    return fold(match[1]) if match else ""


@cache
def _sections(headings: Callable[[], tuple[str, ...]]) -> frozenset[str]:
    """Headings of the form, in its languages, as they are compared."""
    return frozenset(map(fold, headings()))


def find_question(text: str) -> str | None:
    """The research question that a paragraph states."""
    match = question_pattern().search(text)
    return _DOUBLE_STOP.sub("", match[1].strip()) if match else None


def claim_grid(blocks: Sequence[Block], claim_column: str | None) -> Grid | None:
    """The table of claims: the first whose header names them, under "Extracted Claims" if there is one."""
    wanted = None if claim_column is None else fold(claim_column)
    grids = [
        (section, block)
        for section, block in _with_sections(blocks)
        if isinstance(block, Grid)
        and (
            is_claim_header(block.header.cells) if wanted is None else wanted in map(fold, block.header.cells)
        )
    ]
    preferred = [grid for section, grid in grids if section in _sections(claims_headings)]
    return next(iter([*preferred, *(grid for _, grid in grids)]), None)


def table_of(
    blocks: Sequence[Block], path: Path, form: Format, claim_column: str | None = None, source: str = ""
) -> ClaimTable:
    """The claim table of a document; a report if its headings or its question say so.

    Raises:
        InputFileError: no table of claims, or rows that cannot be read.
    """
    grid = claim_grid(blocks, claim_column)
    if grid is None:
        _refuse(blocks, path, claim_column)
        raise InputFileError(_no_table(path, form))
    columns = find_columns(grid.header, path, grid.unit, claim_column)
    question = next(
        (q for block in blocks if isinstance(block, Paragraph) if (q := find_question(block.text))), None
    )
    report = question is not None or any(
        isinstance(block, Heading) and section_name(block.text) in _sections(claims_headings)
        for block in blocks
    )
    return ClaimTable(
        format=form,
        kind="report" if report else "table",
        title=_title(blocks),
        question=question,
        rows=read_rows(grid, columns, path),
        references=_references(blocks),
        columns=columns.names,
        claim_column=columns.names[columns.claim],
        source="" if report else source,
    )


def _refuse(blocks: Sequence[Block], path: Path, claim_column: str | None) -> None:
    """Raise the error that names the first table's columns, if there is a table at all."""
    for block in blocks:
        if isinstance(block, Grid):
            find_columns(block.header, path, block.unit, claim_column)


def _no_table(path: Path, form: Format) -> str:
    return (
        f"{path} was read as {form} and holds no table of claims. Expected a table with a column named claim, or a "
        "report with the columns Claim, Verified and Confidence under “Extracted Claims”; add the header, or export "
        "the table as CSV."
    )


def _title(blocks: Sequence[Block]) -> str | None:
    headings = [block for block in blocks if isinstance(block, Heading) and block.level <= 1]
    first = next((h for h in headings if h.level == 0), headings[0] if headings else None)
    own = _sections(abstract_headings) | _sections(claims_headings)
    return first.text if first and section_name(first.text) not in own else None


def _references(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(
        block.text
        for section, block in _with_sections(blocks)
        if section in _sections(references_headings)
        and (isinstance(block, Paragraph) or (isinstance(block, Item) and block.depth == 1))
        and block.text
    )


def _with_sections(blocks: Sequence[Block]) -> list[tuple[str, Block]]:
    section = ""
    out: list[tuple[str, Block]] = []
    for block in blocks:
        if isinstance(block, Heading):
            section = section_name(block.text)
        out.append((section, block))
    return out
