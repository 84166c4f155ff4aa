"""Figures and tables: their captions and parts, and where they stand in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from synthesis.reading.tex.document import Anchor, Paragraph, Table, letter
from synthesis.reading.tex.parts import plain
from synthesis.reading.tex.tables import Grid, running, width
from synthesis.reading.tex.text_commands import dropping
from synthesis.reading.tex.tokens import written

if TYPE_CHECKING:
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.frames import Handler, Opener
    from synthesis.reading.tex.parts import Part

# Environments by how their arguments are read: o brackets, m braces.
_FLOATS = {
    "o": "figure table algorithm sidewaysfigure sidewaystable SCfigure listing algorithm2e teaserfigure figwindow",
    "omom": "wrapfigure wraptable floatingfigure",
}
_PARTS = {"om": "subfigure subtable subfloat"}


@dataclass(slots=True)
class Float:
    """A figure or table while it is read."""

    kind: str  # "Figure", "Table" …
    caption: list[Part] = field(default_factory=list)
    number: str = ""
    part: str = ""  # letter of the part that is open
    n_parts: int = 0
    parts: list[tuple[str, list[Part]]] = field(default_factory=list)  # (letter, caption)
    grids: list[tuple[Grid, str]] = field(default_factory=list)  # with the letter of its part, or ""


def float_commands() -> dict[str, Handler]:
    """Commands of figures and tables."""
    return {
        "caption": _caption,
        "subcaption": _part_caption,
        "captionof": _caption_of,
        "subfloat": _part_in_brackets,
        "subfigure": _part_in_brackets,
        "subtable": _part_in_brackets,
    }


def float_environments() -> dict[str, Opener]:
    """Environments of figures and tables."""
    found: dict[str, Opener] = {}
    for table, opener in ((_FLOATS, _float), (_PARTS, _part)):
        for signature, names in table.items():
            found |= dict.fromkeys(names.split(), opener(signature))
    return found


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
    label = f"{one.kind} {one.number}" if one.number else ""
    captions = dict(one.parts)
    readable = [(grid, part) for grid, part in one.grids if width(grid) > 1]
    for count, (grid, part) in enumerate(readable):
        caption: list[Part] = [*captions.pop(part, []), " "] if part else []
        caption += one.caption if not count else []
        notes = rest if count == len(readable) - 1 and one.kind == "Table" else []
        engine.document.after_paragraph(Table(f"{label}{part}", caption, grid, notes))
    lines: list[Part] = []
    if not readable:
        lines = [f"{label}: " if label else "", *one.caption] if one.caption else []
    for part, words in captions.items():
        lines += [f" ({part}) ", *words]
    if lines:
        engine.document.after_paragraph(Paragraph(lines))
    if one.kind == "Table" and not readable:
        for grid, _ in one.grids:
            engine.document.after_paragraph(Paragraph(running(grid, "\n\n")))


def _part(signature: str) -> Opener:
    read = dropping(signature)

    def begin(engine: Engine, name: str) -> None:
        if name.startswith(("subfigure", "subtable")):
            engine.stream.optional()
        read(engine)
        engine.push(name, closed=partial(_end_part, engine))
        _open_part(engine)

    return begin


def _open_part(engine: Engine) -> None:
    if engine.floats:
        one = engine.floats[-1]
        one.n_parts += 1
        one.part = letter(one.n_parts).lower()
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
        engine.capture_tokens(tokens, partial(_begin_part, engine, engine.floats[-1]))


def _begin_part(engine: Engine, one: Float, caption: list[Part]) -> None:
    if plain(caption):
        one.parts.append((one.part, caption))
    if engine.stream.take("{"):
        engine.push("{", closed=partial(_end_part, engine))


def _caption_of(engine: Engine) -> None:
    r"""``\\captionof{table}{caption}``, outside any float."""
    engine.stream.star()
    kind = written(engine.stream.argument()).strip().capitalize()
    engine.stream.optional()
    anchor = engine.document.step(kind, kind)

    def done(parts: list[Part]) -> None:
        engine.document.after_paragraph(Paragraph([f"{kind} {anchor.number}: ", *parts]))

    engine.capture(done, math=False)
