"""Markdown (GFM tables) → blocks, and verified cells added to a table without touching the text round it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from synthesis.errors import InputFileError
from synthesis.tables.blocks import Heading, Item, Paragraph
from synthesis.tables.columns import Grid, GridRow, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from synthesis.tables.blocks import Block

MAX_BARS = 400_000
_MAX_INLINE_CHARS = 20_000
# Openers that wait for their closer cost the square of their number; a sentence has a few.
_OPENER = re.compile(r"(?<!\\)[\[*_<`]")
_MAX_OPENERS = 200
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PREFIX = re.compile(r"([\s>]*)((?:[-+*]|\d{1,9}[.)])\s+)?")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The block tokens of a text; inline markup is parsed where it is asked for."""

    tokens: Sequence[Token]
    references: dict[str, Any]  # link definitions

    def plain(self, inline: Token) -> str:
        """The words of an inline token: markup, escapes and entities undone; as it stands if no one wrote it."""
        if len(inline.content) > _MAX_INLINE_CHARS or len(_OPENER.findall(inline.content)) > _MAX_OPENERS:
            return clean(inline.content)
        children = _inline_parser().parseInline(inline.content, self.references)[0].children
        return clean("".join(_words(children or [])))


def parse_blocks(text: str) -> Parsed:
    """The blocks of a Markdown text. Inline markup, which costs far more than its length, stays unparsed."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  40 ms, for this format only

    references: dict[str, Any] = {}
    parser = MarkdownIt("commonmark").enable("table").disable("inline")
    return Parsed(parser.parse(text, references), references)


@cache
def _inline_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  40 ms, for this format only

    return MarkdownIt("commonmark")


def parse(text: str, path: Path) -> list[Block]:
    """Headings, paragraphs, list items and tables of a Markdown text, in their order.

    Raises:
        InputFileError: so many bars that its tables would not fit in memory.
    """
    if text.count("|") > MAX_BARS:
        raise InputFileError(
            f"{path} holds more than {MAX_BARS:,} bars (|), too many for a table in Markdown; export it as CSV or JSON "
            "Lines."
        )
    return list(_blocks(parse_blocks(text)))


def _blocks(parsed: Parsed) -> Iterator[Block]:
    depth = 0
    behind = 0
    tokens = parsed.tokens
    for index, token in enumerate(tokens):
        if index < behind:
            continue
        if token.type == "table_open":
            behind = _close_of(tokens, index)
            yield _grid(tokens[index:behind], parsed.plain)
        elif token.type == "inline":
            yield _text_block(tokens[index - 1], parsed.plain(token), depth)
        else:
            depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)


def _text_block(opener: Token, text: str, depth: int) -> Block:
    if opener.type == "heading_open":
        return Heading(int(opener.tag[1:]), text)
    return Item(text, (opener.map or [0])[0] + 1, depth) if depth else Paragraph(text)


def _close_of(tokens: Sequence[Token], start: int) -> int:
    return next(i for i in range(start, len(tokens)) if tokens[i].type == "table_close")


def _grid(tokens: Sequence[Token], words: Callable[[Token], str]) -> Grid:
    """The cells between a table's opening and closing token."""
    rows: list[GridRow] = []
    cells: list[str] = []
    line = 0
    for token in tokens:
        if token.type == "tr_open":
            cells, line = [], (token.map or [line])[0] + 1
        elif token.type == "inline":
            cells.append(words(token))
        elif token.type == "tr_close":
            rows.append(GridRow(line, tuple(cells)))
    return Grid(rows[0], tuple(rows[1:]))


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
    tokens = parse_blocks(text).tokens
    start = _table_at(tokens, line)
    return _grid(tokens[start : _close_of(tokens, start)], lambda token: token.content)


def replace_table(text: str, line: int, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """``text`` with the table whose header stands on ``line`` written anew.

    ``header`` and ``rows`` are Markdown already, ``rows`` one for each filled row of the table.
    """
    tokens = parse_blocks(text).tokens
    first, behind = tokens[_table_at(tokens, line)].map or (0, 0)
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


def _table_at(tokens: Sequence[Token], line: int) -> int:
    """Index of the opening token of the table whose header stands on ``line``."""
    return next(
        i
        for i, t in enumerate(tokens)
        if t.type == "table_open" and t.map is not None and t.map[0] + 1 == line
    )


def _line(cells: Sequence[str]) -> str:
    # Every bar is escaped, also one that is escaped already: the table's syntax takes one backslash away before
    # the cell is read.
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", r"\|") for cell in cells) + " |"


def _rule(line: str, width: int) -> str:
    """The line under the header, the old columns' alignment kept."""
    marks = [cell.strip() for cell in line.strip().strip("> ").strip("|").split("|")]
    return _line([*marks, *["---"] * (width - len(marks))])
