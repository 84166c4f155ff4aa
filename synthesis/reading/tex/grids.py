r"""``tabular`` and its kin: cells, rows, spans and rules as they come."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Table
from synthesis.reading.tex.tables import MAX_SPAN, Grid, running, width
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import written

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
    read = dropping(signature)

    def begin(engine: Engine, name: str) -> None:
        read(engine)
        grid = Grid()
        if engine.push(name, partial(_end_grid, engine, grid)):
            engine.grids.append(grid)

    return begin


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
