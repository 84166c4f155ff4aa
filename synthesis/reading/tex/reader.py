"""LaTeX source → the paper's text: any e-print as arXiv serves it, unpacked in memory, never executed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.eprint import open_eprint
from synthesis.reading.full_text import FullText
from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.quality import combined, text_quality
from synthesis.reading.tex.citing import citation_commands, citation_environments
from synthesis.reading.tex.conditionals import conditional_commands
from synthesis.reading.tex.definitions import definition_commands, read_style
from synthesis.reading.tex.engine import Engine
from synthesis.reading.tex.floats import float_commands, float_environments
from synthesis.reading.tex.formulas import formula_commands, formula_environments
from synthesis.reading.tex.frames import Language
from synthesis.reading.tex.grids import grid_commands, grid_environments
from synthesis.reading.tex.parts import GONE, without_edges
from synthesis.reading.tex.people import people
from synthesis.reading.tex.quantities import quantity_commands
from synthesis.reading.tex.sources import Sources
from synthesis.reading.tex.structure import FIXED, structure_commands, structure_environments
from synthesis.reading.tex.text_commands import text_commands
from synthesis.reading.tex.works import list_from_bib, list_from_biber, printed_works
from synthesis.reading.tex.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.reading.tex.parts import Part
    from synthesis.reading.tex.works import Work
    from synthesis.records import Section

_DEFINITIONS = re.compile(
    r"\\(?P<command>(?:re|provide)?newcommand|renewcommand|providecommand|DeclareRobustCommand|def)\b\*?"
)
_UNKNOWN_FREE = 0.02  # share of commands; spacing and decoration of an author's own do no harm
_MAX_STYLES = 40
_MAX_ENTRIES = 20_000


def read_latex(data: bytes, label: str) -> FullText:
    """Read an e-print: gzipped tar, tar, gzipped or plain TeX; ``label`` names it in errors.

    Macros are expanded within bounds, files are read in from the archive only, conditionals whose truth is not known
    take their second branch. Code, drawings and displayed formulas are left out, the latter as "[equation]".

    Raises:
        UnreadableFileError: with the reasons of :func:`synthesis.reading.eprint.open_eprint`, or "no text".
    """
    eprint = open_eprint(data, label)
    sources = Sources(eprint.files)
    engine = _read(sources)
    works = _works(engine)
    writer = Writer(engine.document, works, numeric=engine.numeric_citations)
    sections = tuple(writer.sections())
    if not sections:
        raise UnreadableFileError(
            f"{label} holds no running text that can be read as LaTeX. Read the paper's PDF or HTML instead.",
            "no text",
        )
    quality, flags = text_quality(sections)
    factor, own_flags = combined(_judged(engine, sources, sections, damaged=eprint.damaged))
    return FullText(
        form="latex",
        title=writer.text(engine.document.title) or None,
        abstract=writer.abstract() or None,
        authors=people(map(_spoken, engine.document.authors)),
        sections=sections,
        references=tuple(work.text for work in works.values() if work.text),
        quality=round(quality * factor, 3),
        flags=(*flags, *own_flags),
    )


def _language() -> Language:
    commands = (
        text_commands()
        | quantity_commands()
        | definition_commands()
        | conditional_commands()
        | formula_commands()
        | structure_commands()
        | citation_commands()
        | float_commands()
        | grid_commands()
    )
    environments = (
        structure_environments()
        | citation_environments()
        | formula_environments()
        | grid_environments()
        | float_environments()
    )
    return Language(commands, environments, FIXED | environments.keys())


def _read(sources: Sources) -> Engine:
    """Walk over the paper; plain TeX, which has no body of its own, is text from its first line."""
    engine = Engine(_language(), sources)
    for style in sources.named(".sty", ".cls")[:_MAX_STYLES]:
        read_style(engine, sources.text(style), _DEFINITIONS)
    if not sources.has_body:
        engine.out = engine.document.flow
    engine.run(sources.text(sources.main), sources.main)
    if engine.cited and not engine.document.entries:
        engine.run(_list_of_works(engine, sources), "")
    return engine


def _list_of_works(engine: Engine, sources: Sources) -> str:
    """The works of a paper that prints no list: of a ``.bbl`` that it does not name, of biber's, of its ``.bib``."""
    if sources.list_of_works is not None:
        return sources.text(sources.list_of_works)
    for name in sources.named(".bbl"):
        if listed := list_from_biber(sources.text(name)):
            return listed
    return "\n".join(list_from_bib(sources.text(name), engine.cited) for name in sources.named(".bib"))


def _works(engine: Engine) -> dict[str, Work]:
    """The works cited, by key; what their texts cite in their turn is left out."""
    writer = Writer(engine.document, {}, numeric=False)
    entries = engine.document.entries[:_MAX_ENTRIES]
    return printed_works((entry, writer.text(entry.label), writer.text(entry.text)) for entry in entries)


def _spoken(parts: Sequence[Part]) -> str:
    """Pieces with their line breaks, which part names."""
    return without_edges("".join(part for part in parts if isinstance(part, str)).replace(GONE, ""))


def _judged(
    engine: Engine, sources: Sources, sections: Sequence[Section], *, damaged: bool
) -> Iterator[tuple[float, str]]:
    """What only the reader of LaTeX knows to be wrong."""
    yield (0.7 if damaged else 1.0), "the archive breaks off"
    yield (0.7 if engine.out_of_budget else 1.0), "cut off: it has more commands than any paper"
    yield (0.9 if engine.stream.runaway else 1.0), "macros that stand for themselves without end"
    n_missing = len(set(engine.missing))
    yield max(0.5, 1 - 0.1 * n_missing), f"{n_missing} files that it reads in are not in the archive"
    unbalanced = engine.unbalanced + engine.stream.unbalanced
    yield max(0.8, 1 - 0.02 * unbalanced), f"{unbalanced} braces, formulas or environments do not close"
    share = engine.unknown.total() / max(1, engine.n_commands)
    yield (
        (1.0 if share <= _UNKNOWN_FREE else max(0.5, 1 - 2 * share)),
        f"{share:.0%} of its commands are not known",
    )
    named = any(section.title not in ("Abstract", "Text") for section in sections)
    yield (1.0 if named else 0.9), "no sections found"
    yield (1.0 if sources.has_body else 0.9), "plain TeX, not LaTeX"
