"""Verdicts that moved since an earlier report, or would if a paper fell, in a DOCX report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.changing import load_rows, shown_changes
from synthesis.rendering.docx_text import Column, form_words, literal, paragraph, words
from synthesis.rendering.docx_writer import said
from synthesis.rendering.layout import claim_words
from synthesis.rendering.text import one_line
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.rendering.changing import ChangeRow, LoadRow, Mover, State
    from synthesis.rendering.docx_text import Cell, Element
    from synthesis.rendering.docx_writer import Writer


def changes(writer: Writer) -> Iterator[Element]:
    """What changed since the earlier report; nothing where there is none."""
    shown = shown_changes(writer.report)
    if shown is None:
        return
    yield form_words("heading1", say("What changed since the earlier report"))
    yield form_words("BodyText", " ".join(shown.sentences))
    if shown.rows:
        columns = (
            Column(say("Verdict on"), 38),
            Column(say("Before"), 20),
            Column(say("After"), 20),
            Column(say("Because of"), 32),
        )
        title = say("A paper is decisive where the verdict would have stayed as it was without it.")
        yield from writer.table(title, columns, (_changed(writer, row) for row in shown.rows))
    if shown.papers:
        yield form_words("heading2", say("Papers that came, went or changed"))
        yield from (paragraph("ListBullet", _mover(writer, paper)) for paper in shown.papers)


def loads(writer: Writer) -> Iterator[Element]:
    """The verdicts that rest on one paper; nothing where none does."""
    rows = load_rows(writer.report)
    if not writer.report.loads:
        return
    yield form_words("heading2", say("Load-bearing papers"))
    columns = (
        Column(say("Paper"), 30),
        Column(say("Verdict on"), 36),
        Column(say("Now"), 20),
        Column(say("Without it"), 20),
    )
    title = say("Without one of these papers, the verdicts beside it would be different.")
    yield from writer.table(title, columns, (_loaded(writer, row) for row in rows))


def _changed(writer: Writer, row: ChangeRow) -> list[Cell]:
    causes: Cell = [paragraph("TableText", _mover(writer, cause)) for cause in row.causes] or "–"
    return [_about(row.number, row.claim), _state(row.before), _state(row.after), causes]


def _loaded(writer: Writer, row: LoadRow) -> list[Cell]:
    paper = [paragraph("TableText", writer.paper(row.reference, row.title))]
    return [paper, _about(row.number, row.claim), _state(row.now), _state(row.without)]


def _about(number: int | None, claim: str) -> list[Element]:
    lead = [] if number is None else [paragraph("TableText", words(claim_words(number), "Term"))]
    return [*lead, literal("TableText", claim)]


def _state(state: State) -> list[Element]:
    shown = [form_words("TableText", state.words)]
    if state.details:
        shown.append(paragraph("TableText", words(one_line(state.details), "Term")))
    return shown


def _mover(writer: Writer, paper: Mover) -> list[Element]:
    return [*writer.paper(paper.reference, paper.title), *words(" ("), *said(paper.words), *words(")")]
