"""What other papers report, and contradictions side by side, in a DOCX report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.docx_text import Column, form_words, literal, paragraph, words
from synthesis.rendering.layout import compared_rows, comparing, comparison_title, contradictions
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import ResultComparison
    from synthesis.rendering.docx_text import Cell, Element
    from synthesis.rendering.docx_writer import Writer
    from synthesis.rendering.layout import Contradiction, Side


def comparisons(writer: Writer) -> Iterator[Element]:
    """Numbers of several papers for one measure and data set."""
    if writer.report.comparisons:
        yield form_words("heading2", say("What other papers report"))
        yield form_words("BodyText", comparing())
    for comparison in writer.report.comparisons:
        columns = (
            Column(say("Paper"), 22),
            Column(say("System"), 16),
            Column(say("Value"), 11, "TableNumber"),
            Column(say("Relation"), 15),
            Column(say("Quote"), 50),
        )
        yield form_words("heading3", comparison_title(comparison))
        yield from writer.table(comparison.note, columns, _compared(writer, comparison))


def _compared(writer: Writer, comparison: ResultComparison) -> Iterator[list[Cell]]:
    for row, relation, _, _ in compared_rows(comparison):
        paper: Cell = say("handed in")
        if row.reference is not None:
            paper = [paragraph("TableText", writer.cited(row.reference))]
        yield [paper, row.system or "–", row.text, relation, row.quote.text if row.quote else "–"]


def opposed(writer: Writer) -> Iterator[Element]:
    """Two texts that contradict each other, side by side."""
    pairs = contradictions(writer.report)
    if pairs:
        yield form_words("heading2", say("Contradictions side by side"))
    for pair in pairs:
        yield from _contradiction(writer, pair)


def _contradiction(writer: Writer, pair: Contradiction) -> Iterator[Element]:
    yield literal("Claim", pair.about)
    columns = [Column(pair.left.heading, 1), Column(pair.right.heading, 1)]
    title = (
        say("Two quotes.") if pair.claim is None else say("Two quotes, on claim {number}.", number=pair.claim)
    )
    yield from writer.table(title, columns, [[_side(writer, pair.left), _side(writer, pair.right)]])


def _side(writer: Writer, side: Side) -> list[Element]:
    parts = [] if side.reference is None else writer.cited(side.reference)
    if side.detail:
        parts += words(say(", ") + side.detail if parts else side.detail)
    return [literal("TableText", side.text), paragraph("TableText", words("— "), parts)]
