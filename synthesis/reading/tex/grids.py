r"""``tabular`` and its kin: cells, rows, spans and rules as they come."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Table
from synthesis.reading.tex.parts import plain
from synthesis.reading.tex.tables import MAX_SPAN, Grid, running, width
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import OutOfBudgetError, TokenStream, written

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler, Opener
    from synthesis.reading.tex.parts import Part

# Environments by how their arguments are read: * star, o brackets, m braces.
_GRIDS = {
    "om": "tabular array longtable supertabular tabu longtabu NiceTabular tblr longtblr",
    "mom": "tabular* tabularx tabulary xltabular",
}
_GRID_NAMES = frozenset(name for names in _GRIDS.values() for name in names.split())
_MAX_COLUMN_STEPS = 5_000
_COUNT = re.compile(r"\d{1,3}")


def grid_commands() -> dict[str, Handler]:
    """Commands within tables."""
    named: dict[str, Handler] = {
        "active &": _end_cell,
        "\\": _end_row,
        "tabularnewline": _end_row,
        "cr": _end_row,
        "multicolumn": _multicolumn,
        "multirow": _multirow,
        "specialrule": _rule("mmm"),
        "Xhline": _rule("m"),
        "noalign": dropping("m"),
        "cline": dropping("m"),
        "cmidrule": _partial_rule,
        "hdashline": dropping("o"),
        "cdashline": dropping("mo"),
        "addlinespace": dropping("o"),
        "morecmidrules": dropping(""),
    }
    rules = ("hline", "toprule", "midrule", "bottomrule", "firsthline", "lasthline")
    named |= dict.fromkeys(rules, _rule("o"))
    named |= dict.fromkeys(("makecell", "thead", "shortstack"), dropping("*o"))
    return named | dict.fromkeys(("endhead", "endfirsthead", "endfoot", "endlastfoot"), _end_repeated_head)


def grid_environments() -> dict[str, Opener]:
    """Environments that are tables."""
    return {name: _grid(signature) for signature, names in _GRIDS.items() for name in names.split()}


def _grid(signature: str) -> Opener:
    read = dropping(signature.removesuffix("m"))

    def begin(engine: Engine, name: str) -> None:
        read(engine)
        columns = engine.stream.argument()
        grid = Grid()
        if engine.push(name, partial(_end_grid, engine, grid)):
            engine.grids.append(grid)
            n_columns, found = between_columns(columns)
            for column, tokens in found.items() if not engine.math else ():
                engine.capture_tokens(
                    tokens, partial(_keep_between, grid, column, last=column == n_columns), math=False
                )

    return begin


def _keep_between(grid: Grid, column: int, parts: list[Part], *, last: bool) -> None:
    text = "".join(part for part in parts if isinstance(part, str))
    if not plain(parts):
        return
    if last:
        grid.behind = column, text
    else:
        grid.between[column] = text


def between_columns(columns: list[str]) -> tuple[int, dict[int, list[str]]]:
    """How many columns a table has; number of a column → what ``@{…}`` and ``!{…}`` set before it in every row, of a table's columns.

    >>> between_columns(["l*", "{", "2", "}", "{", "r@", "{", ".", "}", "l", "}", "@", "{", "}"])
    (5, {2: ['.'], 4: ['.']})
    """
    stream = TokenStream(max_steps=_MAX_COLUMN_STEPS)
    found: dict[int, list[str]] = {}
    column = 0
    try:
        stream.push(columns)
        while (token := stream.next_visible()) is not None:
            column += _read_column(stream, token, column, found)
    except OutOfBudgetError:
        pass
    return column, {place: tokens for place, tokens in found.items() if place and tokens}


def _read_column(stream: TokenStream, token: str, column: int, found: dict[int, list[str]]) -> bool:
    """Read one letter with its arguments; whether it is a column."""
    sign = stream.first_of(token)
    if sign in ("@", "!"):
        found.setdefault(column, []).extend(stream.argument())
    elif sign == "*":
        count = _COUNT.search(written(stream.argument()))
        stream.push(stream.argument() * min(int(count[0]) if count else 1, MAX_SPAN))
    elif sign in (">", "<"):
        stream.argument()
    elif sign in ("{", "["):
        stream.push([sign])
        _pass_over(stream, sign)
    return len(sign) == 1 and sign.isalpha()


def _pass_over(stream: TokenStream, sign: str) -> None:
    if sign == "{":
        stream.argument()
    elif stream.optional() is None:
        stream.next()


def _end_grid(engine: Engine, grid: Grid, rest: list[Part]) -> None:
    grid.end_cell(rest)
    engine.grids.pop()
    if engine.grids or engine.math:  # a table in a cell, or rows of a formula
        engine.emit(*running(grid, " "))
    elif engine.floats:
        engine.floats[-1].grids.append((grid, engine.floats[-1].part))
    elif engine.in_flow() and width(grid) > 1:
        number = f"Table {grid.number}" if grid.number else ""
        engine.document.after_paragraph(Table(number, grid.caption, grid, []))
    else:
        engine.emit(*running(grid, "\n"))


def _at_grid(engine: Engine) -> bool:
    """Whether the innermost frame is a table: elsewhere "&" and line ends have no cell to end."""
    return bool(engine.grids and engine.frames) and engine.frames[-1].opener in _GRID_NAMES


def _end_cell(engine: Engine) -> None:
    if _at_grid(engine):
        engine.grids[-1].end_cell(engine.restart())
    else:
        engine.emit(" ")


def _end_row(engine: Engine) -> None:
    engine.stream.star()
    engine.stream.optional()
    if _at_grid(engine):
        engine.grids[-1].end_row(engine.restart())
    else:
        engine.emit("\n")


def _end_repeated_head(engine: Engine) -> None:
    r"""What stands before ``\\endfoot`` and its kin is printed on every page: the first head is enough."""
    if engine.grids:
        engine.restart()
        grid = engine.grids[-1]
        if grid.head_rows is None:
            grid.head_rows = len(grid.rows) - 1
        grid.rows[grid.head_rows :] = [[]]


def _multicolumn(engine: Engine) -> None:
    count = _COUNT.search(written(engine.stream.argument()))
    engine.stream.argument()
    if engine.grids:
        engine.grids[-1].own = True
        engine.grids[-1].columns = max(1, min(int(count[0]) if count else 1, MAX_SPAN))


def _multirow(engine: Engine) -> None:
    engine.stream.optional()
    count = _COUNT.search(written(engine.stream.argument()))
    dropping("omo")(engine)
    if engine.grids:
        engine.grids[-1].spanned_rows = max(1, int(count[0]) if count else 1)


def _rule(signature: str) -> Handler:
    read = dropping(signature)

    def draw(engine: Engine) -> None:
        read(engine)
        if engine.grids:
            engine.grids[-1].rule()

    return draw


def _partial_rule(engine: Engine) -> None:
    r"""``\\cmidrule[1pt](lr){2-4}``."""
    engine.stream.optional()
    if engine.stream.take("("):
        for _ in range(20):
            token = engine.stream.next()
            if token is None or ")" in token:
                engine.stream.push([token.partition(")")[2]] if token and token.partition(")")[2] else [])
                break
    engine.stream.argument()
