"""Markdown (GFM tables) → blocks, and verified cells added to a table without touching the text round it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.tables.blocks import Heading, Item, Paragraph
from synthesis.tables.columns import Grid, GridRow, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from markdown_it.token import Token

    from synthesis.tables.blocks import Block

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PREFIX = re.compile(r"([\s>]*)((?:[-+*]|\d{1,9}[.)])\s+)?")


def tokens_of(text: str) -> list[Token]:
    """The block tokens of a Markdown text, front matter passed over (its lines still count)."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  40 ms, for this format only

    return MarkdownIt("commonmark").enable("table").parse(text)


def parse(text: str) -> list[Block]:
    """Headings, paragraphs, list items and tables of a Markdown text, in their order."""
    return list(_blocks(tokens_of(text)))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    depth = 0
    skip_to = -1
    for index, token in enumerate(tokens):
        if index < skip_to:
            continue
        if token.type == "table_open":
            skip_to = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
            yield grid_of(tokens[index:skip_to])
        elif token.type == "inline":
            opener = tokens[index - 1]
            yield _text_block(opener, plain(token), depth)
        else:
            depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)


def _text_block(opener: Token, text: str, depth: int) -> Block:
    if opener.type == "heading_open":
        return Heading(int(opener.tag[1:]), text)
    return Item(text, (opener.map or [0])[0] + 1, depth) if depth else Paragraph(text)


def grid_of(tokens: Sequence[Token], *, raw: bool = False) -> Grid:
    """The cells between a table's opening and closing token: their words, or (``raw``) their Markdown."""
    rows: list[GridRow] = []
    cells: list[str] = []
    line = 0
    for token in tokens:
        if token.type == "tr_open":
            cells, line = [], (token.map or [line])[0] + 1
        elif token.type == "inline":
            cells.append(token.content if raw else plain(token))
        elif token.type == "tr_close":
            rows.append(GridRow(line, tuple(cells)))
    return Grid(rows[0], tuple(rows[1:]))


def plain(inline: Token) -> str:
    """The words of an inline token: markup, escapes and entities undone."""
    return clean("".join(_words(inline.children or [])))


def _words(children: Sequence[Token]) -> Iterator[str]:
    for token in children:
        if token.type in {"softbreak", "hardbreak"}:
            yield " "
        elif token.type == "html_inline":
            yield " " if _BREAK.fullmatch(token.content) else ""
        elif token.type == "image":
            yield from _words(token.children or [])
        else:
            yield token.content


def raw_grid(text: str, line: int) -> Grid:
    """The table whose header stands on ``line``, its cells as Markdown rather than words."""
    tokens = tokens_of(text)
    start, end = _table_at(tokens, line)
    return grid_of(tokens[start:end], raw=True)


def replace_table(text: str, line: int, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """``text`` with the table whose header stands on ``line`` written anew.

    ``header`` and ``rows`` are Markdown already, ``rows`` one for each filled row of the table.
    """
    tokens = tokens_of(text)
    first, behind = tokens[_table_at(tokens, line)[0]].map or (0, 0)
    lines = text.split("\n")
    feed = "\r" if lines[first].endswith("\r") else ""
    marks = _PREFIX.match(lines[first])
    quote, item = (marks[1], marks[2] or "") if marks else ("", "")
    body = [_line(header), _rule(lines[first + 1], len(header)), *map(_line, rows)]
    margins = [quote + item, *[quote + " " * len(item)] * (len(body) - 1)]
    lines[first:behind] = [f"{margin}{line}{feed}" for margin, line in zip(margins, body, strict=True)]
    return "\n".join(lines)


def table_text(title: str | None, claims: Sequence[str], escape: Callable[[str], str]) -> str:
    """A new document that holds the claims as a table with one column."""
    head = f"# {escape(title)}\n\n" if title else ""
    return head + "\n".join([_line(["claim"]), _line(["---"]), *(_line([escape(c)]) for c in claims)]) + "\n"


def _table_at(tokens: Sequence[Token], line: int) -> tuple[int, int]:
    """Indices of the opening and the closing token of the table whose header stands on ``line``."""
    start = next(
        i
        for i, t in enumerate(tokens)
        if t.type == "table_open" and t.map is not None and t.map[0] + 1 == line
    )
    return start, next(i for i in range(start, len(tokens)) if tokens[i].type == "table_close")


def _line(cells: Sequence[str]) -> str:
    # Every bar is escaped, also one that is escaped already: the table's syntax takes one backslash away before
    # the cell is read.
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", r"\|") for cell in cells) + " |"


def _rule(line: str, width: int) -> str:
    """The line under the header, the old columns' alignment kept."""
    marks = [cell.strip() for cell in line.strip().strip("> ").strip("|").split("|")]
    return _line([*marks, *["---"] * (width - len(marks))])
