"""What every section of a DOCX report is written with: sentences, quotes with their places, numbered tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.records import Stance
from synthesis.rendering.docx_text import (
    cross_reference,
    embedded,
    literal,
    paragraph,
    table,
    words,
)
from synthesis.rendering.layout import citations, confidence_words, group_words, own
from synthesis.rendering.text import one_line
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from synthesis.records import Report, ReportedClaim, ReportedEvidence, Statement
    from synthesis.rendering.docx_text import Cell, Column, Element


def bookmark(reference: int) -> str:
    """The mark at a reference of the list."""
    return f"ref_{reference}"


def said(text: str) -> list[Element]:
    """A text of the record for the middle of a line."""
    return embedded(one_line(text))


class Writer:
    """The report that is written, its citations, and the number of tables so far."""

    def __init__(self, report: Report, relate: Callable[[str], str]) -> None:
        self.report = report
        self.relate = relate
        self._cite = citations(report)
        self._tables = 0

    def sentences(self, statements: Sequence[Statement], style: str = "BodyText") -> Element:
        """Statements as one paragraph."""
        parts: list[Element] = []
        for position, statement in enumerate(statements):
            parts += words(" ") if position else []
            parts += self._sentence(statement)
        return paragraph(style, parts)

    def _sentence(self, statement: Statement) -> list[Element]:
        if statement.quote is None:
            text = said(own(statement.text))
        else:
            text = [*words("“"), *said(statement.text), *words("”")]
        return (
            text if statement.reference is None else [*text, *words(" "), *self.number(statement.reference)]
        )

    def number(self, reference: int) -> list[Element]:
        """The number of a reference, linked to the list."""
        shown = f"[{reference}]"
        return cross_reference(bookmark(reference), shown) if reference in self._cite else words(shown)

    def cited(self, reference: int) -> list[Element]:
        """The number of a reference and who wrote it."""
        cited = self._cite.get(reference)
        shown = [] if cited is None else [*words(" "), *embedded(cited)]
        return [*self.number(reference), *shown]

    def paper(self, reference: int | None, title: str) -> list[Element]:
        """A paper by its title, and its number where it is cited."""
        number = [] if reference is None else [*self.number(reference), *words(" ")]
        return [*number, *said(title)]

    def quotes(self, statements: Iterable[Statement]) -> Iterator[Element]:
        """Quotes, each with the paper that it is from."""
        for statement in statements:
            yield literal("Quote", statement.text)
            if statement.reference is not None:
                yield paragraph("Attribution", words("— "), self.cited(statement.reference))

    def evidence(self, evidence: ReportedEvidence, claim: ReportedClaim | None = None) -> Iterator[Element]:
        """A quote and where it stands; ``claim`` is the claim that it is evidence for, ``None`` for its origin."""
        yield literal("Quote", evidence.quote.text)
        comma = say(", ")
        place = [*words("— "), *self.cited(evidence.reference)]
        place += [*words(f"{comma}“"), *said(evidence.section), *words("”")]
        if evidence.page is not None:
            place += words(comma + say("p. {page}", page=evidence.page))
        if claim is not None and evidence.stance is not Stance.NEITHER:
            place += words(comma + confidence_words(evidence.confidence))
        if claim is not None and (group := group_words(evidence, claim)):
            place += words(comma + group)
        for note in evidence.notes:
            place += [*words("; "), *said(note)]
        yield paragraph("Attribution", place)

    def table(
        self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]
    ) -> Iterator[Element]:
        """A numbered caption, its table, and the blank that keeps what follows off it."""
        self._tables += 1
        number = words(say("Table {number}.", number=self._tables), "Strong")
        yield paragraph("Caption", number, embedded(own(f" {title}")))
        yield table(columns, rows, title)
        yield paragraph("AfterTable")
