"""Notes, captions and tables: what stands beside the running text, put where it tears no sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.pdf.paragraphs import Block, paragraphs
from synthesis.reading.pdf.tables import table_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.reading.pdf.floats import Float
    from synthesis.reading.pdf.flow import Item
    from synthesis.reading.pdf.rows import Row
    from synthesis.reading.pdf.style import Style

Draft = tuple[str, list[Block]]  # a section in the making: title and paragraphs

NOTES = "Notes"
_NOTE_START = re.compile(r"[\d∗*†‡§¶]{1,3}\s")
_PROSE_WORDS = 4  # a line; what has fewer is the inside of a figure
_MONOSPACED = re.compile(
    r"mono|courier|consol|typewriter|cmtt|code|zi4|menlo", re.IGNORECASE
)  # names of fonts


def aside_blocks(items: Sequence[Item], style: Style, words: frozenset[str]) -> list[Block]:
    """Notes and other small print, a block each that stands on one page; code and the insides of figures are left out."""
    blocks: list[Block] = []
    for kind in ("note", "small"):
        for run in _runs([item.row for item in items if item.kind == kind]):
            if _is_prose(run, least_words=2 if kind == "note" else _PROSE_WORDS):
                blocks += paragraphs(run, style, words)
    return blocks


def float_block(page: int, one: Float, style: Style, words: frozenset[str]) -> Block:
    """A caption on one line, and under it the table in Markdown's form where it could be read."""
    caption = " ".join(block.text for block in paragraphs(one.caption, style, words))
    table = table_markdown(one.rows) if one.kind == "table" else None
    return Block(f"{caption}\n\n{table}" if table else caption, ((0, page),))


def place(drafts: list[Draft], asides: Sequence[Block]) -> None:
    """Put each aside behind the last paragraph that ends on its page; where none does, into a section of its own.

    The pages of a section's blocks stay in order, so that the page of every character is known. No section begins with
    an aside, and none stands in the abstract.
    """
    by_page: dict[int, list[Block]] = {}
    for aside in asides:
        by_page.setdefault(aside.first_page, []).append(aside)
    for page, blocks in sorted(by_page.items()):
        found = _place_for(drafts, page)
        if found is not None:
            section, block = found
            drafts[section][1][block:block] = blocks
            continue
        index = _section_at(drafts, page)
        if index and drafts[index - 1][0] == NOTES:
            drafts[index - 1][1].extend(blocks)
        else:
            drafts.insert(index, (NOTES, blocks))


def _place_for(drafts: Sequence[Draft], page: int) -> tuple[int, int] | None:
    """(section, index of the block before which it goes)."""
    found = None
    for i, (name, blocks) in enumerate(drafts):
        for j, block in enumerate(blocks):
            if block.last_page > page:
                return found
            if block.last_page == page:
                found = None if name == "Abstract" else (i, j + 1)
    return found


def _section_at(drafts: Sequence[Draft], page: int) -> int:
    """Before which section the notes of ``page`` go: behind the last one that begins on it or before."""
    index = 0
    for i, (_, blocks) in enumerate(drafts):
        if blocks and blocks[0].first_page <= page:
            index = i + 1
    return index


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows under one another without a gap; a note's mark begins a new run."""
    runs: list[list[Row]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        joined = (
            last is not None
            and (last.page, last.zone) == (row.page, row.zone)
            and 0 < last.y - row.y < 1.6 * max(row.size, last.size)
            and _NOTE_START.match(row.text) is None
        )
        if joined:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _is_prose(run: Sequence[Row], *, least_words: int) -> bool:
    words = sum(len(row.text.split()) for row in run)
    letters = sum(row.letters for row in run)
    visible = sum(len(row.text.replace(" ", "")) for row in run)
    code = sum(_MONOSPACED.search(row.font) is not None for row in run) > 0.5 * len(run)
    return words >= least_words * len(run) and letters > 0.6 * visible and not code
