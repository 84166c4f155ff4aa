"""Text pulled from a report → blocks: the table flattened into tabs, or printed line by line as in a PDF."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from synthesis.tables.blocks import Heading, Item, Paragraph
from synthesis.tables.columns import Grid, GridRow
from synthesis.tables.form_words import (
    header_pattern,
    heading_pattern,
    label_pattern,
    references_headings,
)
from synthesis.tables.intake import BOM
from synthesis.tables.mending import join_lines, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.tables.blocks import Block

_MARK = "[✓✔☑✅×✗✘✕❌☒xX\ufffd]"
_SURE_MARK = "[✓✔☑✅×✗✘✕❌☒]"
_CONFIDENCE = r"(?:[01]?[.,][0-9]{1,4}|[01]|[0-9]{1,3}[ ]?%)"
_CELL_PER_LINE = re.compile(rf"(?m)^[ \t]*({_MARK})[ \t]*\r?\n\s*({_CONFIDENCE})[ \t]*\r?$")
_REFERENCE_START = re.compile(r"\s*(?:[-•*]\s+|\[\d{1,4}\]\s)")
_PAGE_NUMBER = re.compile(r"\s*(?:page\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\s*", re.IGNORECASE)
_REPEATED_ON_PAGES = 3


def parse(text: str) -> list[Block]:
    """Title, paragraphs, claim table and references of a flattened report; no table where there is no header.

    Pages are told apart by form feeds.
    """
    text = _CELL_PER_LINE.sub(_one_line, _without_furniture(text.removeprefix(BOM)))
    words = vocabulary(text)
    header = header_pattern().search(text)
    if header is None:
        return list(_head(text, words))
    first = text.count("\n", 0, header.end()) + 2
    after = text[header.end() :].split("\n")[1:]
    if "\t" in header[0]:
        names: tuple[str, ...] = tuple(header[0].strip(" \r").split("\t"))
        rows, end = _tabbed_rows(after, first)
    else:
        rows, end = _printed_rows(after, first, words)
        labelled = any(row.cells[-1] for row in rows)
        names = ("Claim", "Verified", "Confidence", *(("Label",) if labelled else ()))
    grid = Grid(GridRow(first - 1, names), tuple(rows))
    return [*_head(text[: header.start()], words), grid, *_prose(after[end:], words)]


@cache
def _row_end() -> re.Pattern[str]:
    """Mark and confidence on a line of their own, or behind the claim's last words.

    There only in the form's own writing, as "x 0.5" or "2 × 0.50" may belong to the claim.
    """
    return re.compile(
        rf"(?:(?P<claim>.*?\D)\s(?={_SURE_MARK}\s+[01][.,][0-9][0-9]\b))?"
        rf"(?P<mark>{_MARK})\s+(?P<confidence>{_CONFIDENCE})(?:\s+(?P<label>{label_pattern()}))?",
        re.IGNORECASE,
    )


def _one_line(match: re.Match[str]) -> str:
    """Mark and confidence on one line; the line ends between them go behind, so that lines keep their numbers."""
    return f"{match[1]} {match[2]}" + "\n" * match[0].count("\n")


def _tabbed_rows(lines: Sequence[str], first: int) -> tuple[list[GridRow], int]:
    """Rows of cells between tabs, and the index of the line behind the table.

    A line without a tab is the beginning of a cell that goes on below it; an empty line ends the table.
    """
    rows: list[GridRow] = []
    begun: list[str] = []
    end: int | None = None  # of the table, if what follows the empty lines here is no row
    for index, line in enumerate(lines):
        if heading_pattern().fullmatch(line) or (end is not None and line.strip() and "\t" not in line):
            return rows, index if end is None else end
        if not line.strip():
            end = index if rows and end is None else end
            continue
        end = None
        begun.append(line)
        if "\t" in line:
            rows.append(GridRow(first + index, tuple(cell.strip() for cell in " ".join(begun).split("\t"))))
            begun = []
    return rows, len(lines)


def _printed_rows(lines: Sequence[str], first: int, words: frozenset[str]) -> tuple[list[GridRow], int]:
    """Rows whose claim runs over lines until one ends in mark and confidence; index of the line behind them."""
    rows: list[GridRow] = []
    claim: list[str] = []
    behind = 0
    for index, line in enumerate(lines):
        if heading_pattern().fullmatch(line):
            break
        if header_pattern().fullmatch(line):
            continue  # printed again on a new page
        end = _row_end().fullmatch(line.strip())
        claim.append(end["claim"] or "" if end else line)
        if end:
            cells = (join_lines(claim, words), end["mark"], end["confidence"], end["label"] or "")
            rows.append(GridRow(first + index, cells))
            claim, behind = [], index + 1
    return rows, behind


def _head(text: str, words: frozenset[str]) -> Iterator[Block]:
    """What stands before the table: title, author and date come before the abstract."""
    lines = text.splitlines()
    abstract = next((i for i, line in enumerate(lines) if heading_pattern().fullmatch(line)), 0)
    front = [line for line in lines[:abstract] if line.strip()]
    title = front[:-2] if len(front) > 2 else front[:1]
    if title:
        yield Heading(0, join_lines(title, words))
    yield from _prose(lines[abstract:], words)


def _prose(lines: Sequence[str], words: frozenset[str]) -> Iterator[Block]:
    """Headings of the form, and under each all its lines as one paragraph; entries under "References"."""
    heading, begun = "", list[str]()
    for line in [*lines, references_headings()[0]]:
        if not heading_pattern().fullmatch(line):
            begun.append(line)
            continue
        if heading:
            yield Heading(1, heading)
        if heading.casefold().endswith(tuple(map(str.casefold, references_headings()))):
            yield from (Item(join_lines(entry, words), 0) for entry in _entries(begun))
        elif any(map(str.strip, begun)):
            yield Paragraph(join_lines(begun, words))
        heading, begun = line.strip(), []


def _entries(lines: Sequence[str]) -> list[list[str]]:
    """References: an entry begins with a bullet or a number; without either, each line is one."""
    marked = any(_REFERENCE_START.match(line) for line in lines)
    entries: list[list[str]] = []
    for line in filter(str.strip, lines):
        if _REFERENCE_START.match(line) or not marked or not entries:
            entries.append([])
        entries[-1].append(re.sub(r"^\s*[-•*]\s+", "", line).strip().removeprefix("<").removesuffix(">"))
    return entries


def _without_furniture(text: str) -> str:
    """Page numbers and running heads at the edges of pages made empty lines; line numbers stay as they are."""
    pages = [page.split("\n") for page in text.split("\f")]
    if len(pages) == 1:
        return text
    edges = [edge for page in pages for edge in _edges(page)]
    heads = Counter(re.sub(r"\d+", "#", line.strip()) for _, line in edges)
    for page in pages:
        for index, line in _edges(page):
            repeated = heads[re.sub(r"\d+", "#", line.strip())] >= _REPEATED_ON_PAGES
            if _PAGE_NUMBER.fullmatch(line) or (repeated and not _is_content(line)):
                page[index] = ""
    return "\n".join("\n".join(page) for page in pages)


def _is_content(line: str) -> bool:
    return bool(
        _row_end().fullmatch(line.strip())
        or header_pattern().fullmatch(line)
        or heading_pattern().fullmatch(line)
    )


def _edges(page: Sequence[str]) -> list[tuple[int, str]]:
    filled = [(index, line) for index, line in enumerate(page) if line.strip()]
    return [filled[0], filled[-1]] if len(filled) > 1 else filled
