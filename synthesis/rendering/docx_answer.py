"""The answer of a DOCX report: the statement, its sides, sub-questions, what is covered, gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.answering import (
    aspect_title,
    coverage_rows,
    has_answer,
    side_counts,
)
from synthesis.rendering.docx_text import Column, fact, form_words, listed, literal, paragraph, words
from synthesis.rendering.docx_writer import said
from synthesis.rendering.layout import counted
from synthesis.rendering.text import one_line
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.records import Answer, AnswerGroup, Hypothesis
    from synthesis.rendering.answering import CoverageRow
    from synthesis.rendering.docx_text import Cell, Element
    from synthesis.rendering.docx_writer import Writer


def answer(writer: Writer) -> Iterator[Element]:
    """All under the heading of the answer; nothing where there is none."""
    found = writer.report.answer
    if has_answer(found):
        yield form_words("heading2", say("Answer to the question"))
    if found.hypothesis is not None:
        yield from _hypothesis(writer, found.hypothesis)
    for group in found.groups:
        yield form_words("heading3", group.heading)
        yield from writer.quotes(group.statements)
    for part in found.parts:
        yield form_words("heading3", aspect_title(part.aspect))
        yield form_words("BodyText", part.note)
        yield from _by_side(writer, part.groups)
    for lead, terms in (
        (say("The evidence speaks of:"), found.covered),
        (say("The evidence does not speak of:"), found.not_covered),
    ):
        if terms:
            yield paragraph("BodyText", words(f"{lead} "), listed(map(said, terms)), words("."))
    yield from _coverage(writer, found)


def _hypothesis(writer: Writer, hypothesis: Hypothesis) -> Iterator[Element]:
    yield form_words("heading3", say("The question read as a statement"))
    yield literal("Claim", hypothesis.text)
    yield from (fact(side.words, counted(side.n)) for side in side_counts(hypothesis))
    yield form_words("BodyText", hypothesis.note)
    yield from _by_side(writer, hypothesis.groups)


def _by_side(writer: Writer, groups: Sequence[AnswerGroup]) -> Iterator[Element]:
    for group in groups:
        yield paragraph("Claim", words(one_line(group.heading), "Strong"))
        yield from writer.quotes(group.statements)


def _coverage(writer: Writer, found: Answer) -> Iterator[Element]:
    if found.coverage:
        yield form_words("heading3", say("What the question asks and what the evidence covers"))
        columns = (
            Column(say("Asked"), 34),
            Column(say("Covered"), 30),
            Column(say("Papers on it"), 11, "TableNumber"),
            Column(say("Claims on it"), 11, "TableNumber"),
            Column(say("References"), 22),
        )
        rows = (_row(writer, row) for row in coverage_rows(found))
        yield from writer.table(say("Each thing that the question asks about."), columns, rows)
    if found.gaps:
        yield form_words("heading3", say("Gaps"))
        yield from (form_words("ListBullet", gap) for gap in found.gaps)


def _row(writer: Writer, row: CoverageRow) -> list[Cell]:
    covered = [form_words("TableText", row.covered)]
    if row.missing:
        covered.append(paragraph("TableText", words(one_line(row.missing), "Term")))
    references: list[Element] = []
    for position, number in enumerate(row.references):
        references += [*words(" " if position else ""), *writer.number(number)]
    return [
        [literal("TableText", row.words), paragraph("TableText", words(row.kind, "Term"))],
        covered,
        counted(row.n_papers),
        counted(row.n_claims),
        [paragraph("TableText", references)] if references else "–",
    ]
