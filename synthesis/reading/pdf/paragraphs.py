"""Rows → paragraphs of running text that know the page of every character."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.reading.pdf.text import Joiner
from synthesis.records import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.reading.pdf.rows import Row
    from synthesis.reading.pdf.style import Style

_SENTENCE_END = re.compile(r"[.?!:。।！？…؟۔](?:[\"'”’»)\]]|\s?\[[\d,–-]{1,20}\])*$")
_BULLET = re.compile(r"[•▪◦‣●■–∗·►➢✓]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s")
_SYMBOL_BULLET = re.compile(r"[•▪◦‣●■►➢✓]")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph; ``starts`` are (offset, page) where the text of each page begins, the first at 0."""

    text: str
    starts: tuple[tuple[int, int], ...]

    @property
    def first_page(self) -> int:
        """The page on which it begins."""
        return self.starts[0][1]

    @property
    def last_page(self) -> int:
        """The page on which it ends."""
        return self.starts[-1][1]


def paragraphs(rows: Sequence[Row], style: Style, words: frozenset[str]) -> list[Block]:
    """The paragraphs of consecutive rows; one that runs over a column or page is whole."""
    joiners: list[tuple[Joiner, list[tuple[int, int]]]] = []
    for i, row in enumerate(rows):
        if i == 0 or _starts_paragraph(rows[i - 1], row, joiners[-1][0].tail, style):
            joiners.append((Joiner(words), []))
        joiner, starts = joiners[-1]
        offset = joiner.add(row.text)
        if not starts or starts[-1][1] != row.page:
            starts.append((offset, row.page))
    return [Block(joiner.text, tuple(starts)) for joiner, starts in joiners if joiner.text]


def _starts_paragraph(above: Row, row: Row, tail: str, style: Style) -> bool:
    """A finished sentence, then an indent, a gap or a line that was left short; or a list's mark."""
    if _SYMBOL_BULLET.match(row.text):
        return True
    if not _SENTENCE_END.search(tail):
        return False
    column = row.edge - row.left
    short = above.right < above.edge - 0.2 * column
    indented = row.indent > 0.6 and row.indent < 8
    if above.page == row.page and above.zone == row.zone:
        gap = above.y - row.y > 1.4 * style.leading * max(row.size, above.size)
        moved = row.x - above.x > 0.6 * row.size
        return gap or short or (indented and moved) or _BULLET.match(row.text) is not None
    return indented or short


def section_of(title: str, blocks: Sequence[Block]) -> Section:
    """One section of the blocks, an empty line between them; they must be in the order of their pages."""
    starts: list[tuple[int, int]] = []
    base = 0
    for block in blocks:
        starts += [(base + offset, page) for offset, page in block.starts]
        base += len(block.text) + 2
    first = starts[0][1]
    text = "\n\n".join(block.text for block in blocks)
    return Section(title=title, text=text, page=first, page_breaks=tuple(_breaks(starts, first)))


def _breaks(starts: Iterable[tuple[int, int]], first: int) -> Iterable[int]:
    """Where each page after the first begins; a page without text begins where the next one does."""
    current = first
    for offset, page in starts:
        for _ in range(page - current):
            yield offset
        current = max(current, page)
