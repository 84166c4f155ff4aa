r"""Figures and tables: captions, ``tabular`` cell by cell, and where they stand in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Anchor, Paragraph, Table
from synthesis.reading.tex.parts import plain
from synthesis.reading.tex.tables import MAX_SPAN, Grid, width
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import written

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine, Handler, Opener
    from synthesis.reading.tex.parts import Part

# Environments by how their arguments are read: o brackets, m braces.
_FLOATS = {
    "o": "figure table algorithm sidewaysfigure sidewaystable SCfigure listing algorithm2e teaserfigure figwindow",
    "omom": "wrapfigure wraptable floatingfigure",
}
_PARTS = {"om": "subfigure subtable subfloat"}
_GRIDS = {"om": "tabular array longtable supertabular tabu longtabu NiceTabular tblr longtblr", "mom": "tabularx tabulary xltabular"}
_ROW_FORMULAS = (
    "matrix pmatrix bmatrix vmatrix Vmatrix Bmatrix smallmatrix cases dcases rcases aligned alignedat gathered split multlined"
)
_DISPLAYS = "equation align gather multline eqnarray displaymath flalign alignat xalignat dmath mathpar IEEEeqnarray empheq"
_GRID_NAMES = frozenset(("tabular*", *(name for names in _GRIDS.values() for name in names.split())))
_COUNT = re.compile(r"\d{1,3}")


@dataclass(slots=True)
class Float:
    """A figure or table while it is read."""

    kind: str  # "Figure", "Table" …
    caption: list[Part] = field(default_factory=list)
    number: str = ""
    part: str = ""  # letter of the part that is open
    parts: list[tuple[str, list[Part]]] = field(default_factory=list)  # (letter, caption)
    grids: list[tuple[Grid, str]] = field(default_factory=list)  # with the letter of its part, or ""


def float_commands() -> dict[str, Handler]:
    """Commands of figures, tables and displays."""
    named: dict[str, Handler] = {
        "active &": _end_cell,
        "\\": _end_row,
        "tabularnewline": _end_row,
        "cr": _end_row,
        "caption": _caption,
        "subcaption": _part_caption,
        "captionof": _caption_of,
        "subfloat": _part_in_brackets,
        "subfigure": _part_in_brackets,
        "subtable": _part_in_brackets,
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
        "tabulinesep": dropping(""),
    }
    named |= dict.fromkeys(("hline", "toprule", "midrule", "bottomrule", "firsthline", "lasthline"), _rule("o"))
    named |= dict.fromkeys(("makecell", "thead", "shortstack"), _stacked)
    return named | dict.fromkeys(("endhead", "endfirsthead", "endfoot", "endlastfoot"), _end_repeated_head)


def float_environments() -> dict[str, Opener]:
    """Environments of figures, tables and displays."""
    found: dict[str, Opener] = {}
    for table, opener in ((_FLOATS, _float), (_PARTS, _part), (_GRIDS, _grid)):
        for signature, names in table.items():
            found |= dict.fromkeys(names.split(), opener(signature))
    found["tabular*"] = _grid("mom")
    found |= dict.fromkeys(_ROW_FORMULAS.split(), _rows_in_formula)
    found |= dict.fromkeys(_DISPLAYS.split(), _display)
    found["math"] = lambda engine, name: engine.push(name, engine.inline, math=True)
    return found


# ---- floats


def _float(signature: str) -> Opener:
    read = dropping(signature)

    def begin(engine: Engine, name: str) -> None:
        read(engine)
        base = name.rstrip("*").lower()
        kind = "Table" if "table" in base else "Algorithm" if base.startswith("algo") else "Figure"
        kind = "Listing" if base == "listing" else kind
        number = engine.document.counters[kind] + 1
        if engine.push(name, partial(_end_float, engine), math=False):
            engine.floats.append(Float(kind))
            engine.document.anchor = Anchor(kind, str(number))  # for a label that comes before its caption

    return begin


def _end_float(engine: Engine, rest: list[Part]) -> None:
    one = engine.floats.pop()
    label = f"{one.kind} {one.number}".strip()
    captions = dict(one.parts)
    readable = [(grid, part) for grid, part in one.grids if width(grid) > 1]
    for count, (grid, part) in enumerate(readable):
        caption = [*captions.pop(part, []), " "] if part else list[Part]()
        caption += one.caption if not count else []
        notes = rest if count == len(readable) - 1 and one.kind == "Table" else []
        engine.document.after_paragraph(Table(f"{label}{part}", caption, grid, notes))
    lines: list[Part] = []
    if not readable:
        lines = [f"{label}: ", *one.caption] if one.caption else []
    for letter, caption in captions.items():
        lines += [f" ({letter}) ", *caption]
    if lines:
        engine.document.after_paragraph(Paragraph(lines))
    if one.kind == "Table" and not readable:
        for grid, _ in one.grids:
            engine.document.after_paragraph(Paragraph(_flat(grid, "\n\n")))


def _part(signature: str) -> Opener:
    read = dropping(signature)

    def begin(engine: Engine, name: str) -> None:
        if name.startswith("subfigure") or name.startswith("subtable"):
            engine.stream.optional()
        read(engine)
        engine.push(name, closed=partial(_end_part, engine))
        _open_part(engine)

    return begin


def _open_part(engine: Engine) -> None:
    if engine.floats:
        one = engine.floats[-1]
        one.part = chr(ord("a") + min(len({p for p, _ in one.parts} | {p for _, p in one.grids if p}), 25))
        number = engine.document.counters[one.kind] + (not one.number)
        engine.document.anchor = Anchor(one.kind, f"{number}{one.part}")


def _end_part(engine: Engine) -> None:
    if engine.floats:
        engine.floats[-1].part = ""


def _caption(engine: Engine) -> None:
    starred = engine.stream.star()
    engine.stream.optional()
    if engine.floats and engine.floats[-1].part:
        _keep_part_caption(engine)
    elif engine.floats:
        one = engine.floats[-1]
        if not starred and not one.number:
            one.number = engine.document.step(one.kind, one.kind).number
        engine.capture(lambda parts: one.caption.extend([" ", *parts] if one.caption else parts), math=False)
    elif engine.grids:  # of a longtable
        _caption_grid(engine, engine.grids[0])
    else:
        engine.capture(lambda parts: engine.document.after_paragraph(Paragraph(parts)), math=False)


def _caption_grid(engine: Engine, grid: Grid) -> None:
    if grid.number:  # "continued" on the next page
        engine.stream.argument()
        return
    grid.number = engine.document.step("Table", "Table").number
    engine.capture(grid.caption.extend, math=False)


def _part_caption(engine: Engine) -> None:
    engine.stream.star()
    engine.stream.optional()
    if engine.floats and not engine.floats[-1].part:
        _open_part(engine)
    _keep_part_caption(engine)


def _keep_part_caption(engine: Engine) -> None:
    def done(parts: list[Part]) -> None:
        if engine.floats:
            engine.floats[-1].parts.append((engine.floats[-1].part, parts))

    engine.capture(done, math=False)


def _part_in_brackets(engine: Engine) -> None:
    r"""``\\subfloat[caption]{content}``; the content flows on."""
    tokens = engine.stream.optional()
    if tokens is not None and engine.floats:
        _open_part(engine)
        engine.capture_tokens(tokens, partial(_note_part, engine, engine.floats[-1]))


def _note_part(engine: Engine, one: Float, parts: list[Part]) -> None:
    if plain(parts):
        one.parts.append((one.part, parts))
    one.part = ""


def _caption_of(engine: Engine) -> None:
    r"""``\\captionof{table}{caption}``, outside any float."""
    engine.stream.star()
    kind = written(engine.stream.argument()).strip().capitalize()
    engine.stream.optional()
    anchor = engine.document.step(kind, kind)

    def done(parts: list[Part]) -> None:
        engine.document.after_paragraph(Paragraph([f"{kind} {anchor.number}: ", *parts]))

    engine.capture(done, math=False)


# ---- tables


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
        engine.emit(*_flat(grid, " "))
    elif engine.floats:
        engine.floats[-1].grids.append((grid, engine.floats[-1].part))
    elif engine.in_flow() and width(grid) > 1:
        number = f"Table {grid.number}" if grid.number else ""
        engine.document.after_paragraph(Table(number, grid.caption, grid, []))
    else:
        engine.emit(*_flat(grid, "\n"))


def _flat(grid: Grid, between: str) -> list[Part]:
    """The cells as running text."""
    found: list[Part] = list(grid.caption)
    for row in grid.rows:
        for cell in row:
            found += [*cell.parts, " "]
        found.append(between)
    return found


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


def _stacked(engine: Engine) -> None:
    """Lines of one cell: their breaks are blanks, since they stand inside braces."""
    engine.stream.star()
    engine.stream.optional()


# ---- displayed formulas


def _display(engine: Engine, name: str) -> None:
    engine.stream.optional()
    if name.startswith(("alignat", "xalignat", "IEEEeqnarray")):
        engine.stream.argument()
    engine.push(name, engine.display, math=True)
    if not name.endswith("*"):
        engine.document.step("equation", "Equation")


def _rows_in_formula(engine: Engine, name: str) -> None:
    engine.stream.optional()
    if name.startswith("alignedat"):
        engine.stream.argument()
    engine.push(name, math=True)

