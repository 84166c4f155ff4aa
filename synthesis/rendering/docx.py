"""A Word document, typeset as an article, in which text from papers is literal."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lxml import etree

from synthesis.errors import RenderError
from synthesis.records import Stance
from synthesis.rendering.docx_rows import flow_rows, measures, provenance_rows, shared_out
from synthesis.rendering.docx_style import font_table, set_up
from synthesis.rendering.docx_text import (
    Column,
    bookmarked,
    cross_reference,
    embedded,
    link,
    literal,
    paragraph,
    tab,
    table,
    words,
)
from synthesis.rendering.layout import (
    CHECK,
    COMPARING,
    citations,
    compared_rows,
    comparison_title,
    contradictions,
    counted_papers,
    group_words,
    label_words,
    mean,
    score_rows,
    sides,
)
from synthesis.rendering.text import doi_url, one_line, safe_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from docx.document import Document

    from synthesis.records import (
        AnswerGroup,
        Calibration,
        Methodology,
        Reference,
        Report,
        ReportedClaim,
        ReportedEvidence,
        ResultComparison,
        Review,
        Statement,
    )
    from synthesis.rendering.docx_text import Cell, Element
    from synthesis.rendering.layout import Contradiction, Side

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip archive can hold
_MAX_PROPERTY_CHARS = 255  # of a core property, as python-docx allows
# Parts of python-docx's template that a report has no use for.
_UNUSED = ("/customXml", "/stylesWithEffects", "/webSettings", "/metadata/thumbnail")


def render(report: Report) -> bytes:
    """``report`` as DOCX; the same record gives the same bytes.

    Raises:
        RenderError: the document could not be written.
    """
    try:
        import docx  # noqa: PLC0415  0.3 s, for this format only

        document = docx.Document()
        _drop_unused(document)
        set_up(document, report.title)
        _set_properties(document, report)
        body = document.element.body
        for number, block in enumerate(_Body(report, _linker(document)).blocks()):
            body.insert(number, block)
        return _package(document)
    # python-docx, lxml and zipfile each raise their own: one way out for all.
    except Exception as error:
        raise RenderError(
            f"the report could not be written as DOCX ({type(error).__name__}: {error}); the other formats do not "
            "depend on it, so leave docx out of --formats, or report this with the report's JSON."
        ) from error


# --------------------------------------------------------------------------- package


def _drop_unused(document: Document) -> None:
    for rels in (document.part.rels, document.part.package.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.endswith(_UNUSED)]:
            del rels[key]
    for rel in document.part.rels.values():
        if rel.reltype.endswith("/fontTable"):
            rel.target_part._blob = etree.tostring(  # noqa: SLF001 — python-docx keeps this part as bytes
                font_table(), xml_declaration=True, encoding="UTF-8", standalone=True
            )


def _set_properties(document: Document, report: Report) -> None:
    properties = document.core_properties
    clock = datetime.fromisoformat(report.provenance.clock).astimezone(UTC).replace(tzinfo=None)
    properties.created = properties.modified = clock
    properties.title = one_line(report.title)[:_MAX_PROPERTY_CHARS]
    properties.author = properties.last_modified_by = one_line(report.author)[:_MAX_PROPERTY_CHARS]
    properties.subject = one_line(report.question)[:_MAX_PROPERTY_CHARS]
    properties.identifier = one_line(report.provenance.run_id)[:_MAX_PROPERTY_CHARS]
    properties.comments = ""
    properties.language = "en-GB"


def _linker(document: Document) -> Callable[[str], str]:
    """URL → the id of a relationship to it."""
    from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415  as in render

    return lambda url: document.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)


def _package(document: Document) -> bytes:
    """The parts in the order of their names, each with the same date."""
    written, out = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts.namelist()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else it tells the machine's
            archive.writestr(entry, parts.read(name))
    return out.getvalue()


# --------------------------------------------------------------------------- body


class _Body:
    """The report's blocks in the order of the form."""

    def __init__(self, report: Report, relate: Callable[[str], str]) -> None:
        self._report = report
        self._relate = relate
        self._cite = citations(report)
        self._tables = 0

    def blocks(self) -> Iterator[Element]:
        """Paragraphs and tables, from the title to the last appendix."""
        report = self._report
        yield literal("Title", report.title)
        yield literal("Subtitle", report.author)
        yield literal("Date", report.date)
        yield literal("heading1", "Abstract")
        yield self._said(report.abstract, "Abstract")
        yield literal("heading1", "1 Introduction")
        yield self._said(report.introduction)
        yield literal("heading1", "2 Methodology")
        yield from self._methodology(report.methodology)
        yield literal("heading1", "3 Results")
        yield self._said(report.results)
        yield from self._answer()
        yield from self._comparisons()
        yield from self._contradictions()
        yield from self._review(report.review)
        yield literal("heading1", "4 Limitations")
        yield self._said(report.limitations)
        yield literal("heading1", "5 Extracted Claims")
        yield from self._claims(report.claims)
        yield literal("heading1", "References")
        for reference in report.references:
            yield self._reference(reference)
        yield from self._appendix()

    # ----------------------------------------------------------------------- sentences and quotes

    def _said(self, statements: Sequence[Statement], style: str = "BodyText") -> Element:
        parts: list[Element] = []
        for position, statement in enumerate(statements):
            parts += words(" ") if position else []
            parts += self._sentence(statement)
        return paragraph(style, parts)

    def _sentence(self, statement: Statement) -> list[Element]:
        text = embedded(one_line(statement.text))
        if statement.quote is not None:
            text = [*words("“"), *text, *words("”")]
        return (
            text if statement.reference is None else [*text, *words(" "), *self._number(statement.reference)]
        )

    def _number(self, reference: int) -> list[Element]:
        shown = f"[{reference}]"
        return cross_reference(_bookmark(reference), shown) if reference in self._cite else words(shown)

    def _cited(self, reference: int) -> list[Element]:
        """The number of a reference and who wrote it."""
        cited = self._cite.get(reference)
        shown = [] if cited is None else [*words(" "), *embedded(cited)]
        return [*self._number(reference), *shown]

    def _quoted(self, evidence: ReportedEvidence, claim: ReportedClaim | None = None) -> Iterator[Element]:
        """A quote and where it stands; ``claim`` is the claim that it is evidence for, ``None`` for its origin."""
        yield literal("Quote", evidence.quote.text)
        place = [*words("— "), *self._cited(evidence.reference)]
        place += [*words(", “"), *embedded(one_line(evidence.section)), *words("”")]
        if evidence.page is not None:
            place += words(f", p. {evidence.page}")
        if claim is not None and evidence.stance is not Stance.NEITHER:
            place += words(f", confidence {evidence.confidence:.2f}")
        if claim is not None and (group := group_words(evidence, claim)):
            place += words(f", {group}")
        for note in evidence.notes:
            place += [*words("; "), *embedded(one_line(note))]
        yield paragraph("Attribution", place)

    def _table(
        self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]
    ) -> Iterator[Element]:
        """A numbered caption, its table, and the blank that keeps what follows off it."""
        self._tables += 1
        yield paragraph("Caption", words(f"Table {self._tables}.", "Strong"), words(f" {title}"))
        yield table(columns, rows, title)
        yield paragraph("AfterTable")

    # ----------------------------------------------------------------------- sections

    def _methodology(self, methodology: Methodology) -> Iterator[Element]:
        yield self._said(methodology.statements)
        if methodology.lost:
            yield literal("BodyText", "Lost:")
            yield from (literal("ListBullet", lost) for lost in methodology.lost)

    def _answer(self) -> Iterator[Element]:
        answer = self._report.answer
        if answer.groups or answer.covered or answer.not_covered:
            yield literal("heading2", "Answer to the question")
        for group in answer.groups:
            yield from self._group(group)
        for lead, terms in (
            ("The evidence speaks of: ", answer.covered),
            ("The evidence does not speak of: ", answer.not_covered),
        ):
            if terms:
                yield paragraph("BodyText", words(lead), _listed(terms), words("."))

    def _group(self, group: AnswerGroup) -> Iterator[Element]:
        yield literal("heading3", group.heading)
        for statement in group.statements:
            yield literal("Quote", statement.text)
            if statement.reference is not None:
                yield paragraph("Attribution", words("— "), self._cited(statement.reference))

    def _comparisons(self) -> Iterator[Element]:
        comparisons = self._report.comparisons
        if comparisons:
            yield literal("heading2", "What other papers report")
            yield literal("BodyText", COMPARING)
        for comparison in comparisons:
            columns = (
                Column("Paper", 22),
                Column("System", 16),
                Column("Value", 11, "TableNumber"),
                Column("Relation", 15),
                Column("Quote", 50),
            )
            yield literal("heading3", comparison_title(comparison))
            yield from self._table(comparison.note, columns, self._compared(comparison))

    def _compared(self, comparison: ResultComparison) -> Iterator[list[Cell]]:
        for row, relation, _, _ in compared_rows(comparison):
            paper: Cell = "handed in"
            if row.reference is not None:
                paper = [paragraph("TableText", self._cited(row.reference))]
            yield [paper, row.system or "–", row.text, relation, row.quote.text if row.quote else "–"]

    def _contradictions(self) -> Iterator[Element]:
        pairs = contradictions(self._report)
        if pairs:
            yield literal("heading2", "Contradictions side by side")
        for pair in pairs:
            yield from self._contradiction(pair)

    def _contradiction(self, pair: Contradiction) -> Iterator[Element]:
        yield literal("Claim", pair.about)
        columns = [Column(pair.left.heading, 1), Column(pair.right.heading, 1)]
        title = "Two quotes." if pair.claim is None else f"Two quotes, on claim {pair.claim}."
        yield from self._table(title, columns, [[self._side(pair.left), self._side(pair.right)]])

    def _side(self, side: Side) -> list[Element]:
        parts = [] if side.reference is None else self._cited(side.reference)
        if side.detail:
            parts += words(f", {side.detail}" if parts else side.detail)
        return [literal("TableText", side.text), paragraph("TableText", words("— "), parts)]

    def _review(self, review: Review) -> Iterator[Element]:
        yield literal("heading2", "Review")
        if review.reviewers:
            names = [reviewer.reviewer for reviewer in review.reviewers]
            columns = [Column("Dimension", 2), *(Column(n, 1, "TableNumber") for n in [*names, "Mean"])]
            rows = [
                [row.dimension, *("–" if s is None else f"{s:.1f}" for s in row.scores), f"{row.mean:.1f}"]
                for row in score_rows(review)
            ]
            means = [f"{mean(s.score for s in reviewer.scores):.1f}" for reviewer in review.reviewers]
            rows.append(["Mean", *means, f"{review.consensus:.1f}"])
            yield from self._table("Scores from 0 to 10, by dimension and reviewer.", columns, rows)
        for reviewer in review.reviewers:
            mandate = embedded(one_line(reviewer.mandate))
            yield paragraph(
                "ListBullet", embedded(one_line(reviewer.reviewer), "Strong"), words(": "), mandate
            )
        agreement = (
            "not defined" if review.agreement is None else f"{review.agreement:.2f} (Krippendorff’s alpha)"
        )
        fit = "fit" if review.publishable else "not fit"
        yield literal(
            "BodyText",
            f"Consensus {review.consensus:.1f}/10; agreement between reviewers {agreement}; {fit} for publication.",
        )
        yield from (literal("ListBullet", shortfall) for shortfall in review.shortfalls)

    def _claims(self, claims: Sequence[ReportedClaim]) -> Iterator[Element]:
        columns = (
            Column("Claim", 57),
            Column("Verified", 12, "TableMark"),
            Column("Confidence", 14, "TableNumber"),
            Column("Label", 17),
        )
        rows = [(c.text, CHECK[c.verified], f"{c.confidence:.2f}", label_words(c.label)) for c in claims]
        yield from self._table("The claims and what the evidence says of them.", columns, rows)
        for claim in claims:
            yield from self._claim(claim)

    def _claim(self, claim: ReportedClaim) -> Iterator[Element]:
        yield literal("heading2", f"Claim {claim.number}")
        yield literal("Claim", claim.text)
        leaning = f"; leans to {label_words(claim.leaning)}" if claim.leaning else ""
        yield _fact("Verdict", f"{label_words(claim.label)}, confidence {claim.confidence:.2f}{leaning}")
        yield _fact("Reason", claim.reason)
        yield _fact("Verified", f"{CHECK[claim.verified]} · grounded {CHECK[claim.grounded]} · {claim.kind}")
        if counted := counted_papers(claim):
            yield _fact("Evidence", counted)
        if claim.standalone is not None:
            yield _fact("Read as", claim.standalone)
        yield from (_fact("Numbers disagree", cap) for cap in claim.caps)
        if claim.stated is not None:
            yield _fact("Stated before", claim.stated)
        if claim.origin is not None:
            yield literal("heading3", "In its own paper")
            yield from self._quoted(claim.origin)
        side = sides(claim)
        for heading, evidence in (
            ("Supporting", side.supporting),
            ("Contradicting", side.contradicting),
            ("Read, but neither", side.neither),
        ):
            if evidence:
                yield literal("heading3", heading)
            for piece in evidence:
                yield from self._quoted(piece, claim)

    def _reference(self, reference: Reference) -> Element:
        number = bookmarked(_bookmark(reference.number), reference.number, words(f"[{reference.number}]"))
        parts = [*number, *tab()]
        if reference.authors:
            parts += [*_listed(reference.authors), *words(". ")]
        parts += [*words("“"), *embedded(one_line(reference.title)), *words("”.")]
        if reference.venue:
            parts += [*words(" "), *embedded(one_line(reference.venue)), *words(".")]
        if reference.year is not None:
            parts += words(f" {reference.year}.")
        if reference.retracted:
            parts += [*words(" "), *words("Retracted.", "Strong")]
        for url in dict.fromkeys((safe_url(reference.url), doi_url(reference.doi))):
            if url is not None:
                parts += [*words(" "), *link(self._relate(url), url)]
        if reference.notes:
            parts += [*words(" ("), *embedded(one_line("; ".join(reference.notes))), *words(")")]
        return paragraph("ListNumber", parts)

    # ----------------------------------------------------------------------- appendix

    def _appendix(self) -> Iterator[Element]:
        report = self._report
        yield literal("heading1", "Appendix A Search")
        yield from self._search(report.methodology)
        yield literal("heading1", "Appendix B Flow of papers (PRISMA 2020)")
        flow = [Column("Step", 4), Column("Papers", 1, "TableNumber")]
        yield from self._table("Papers per step.", flow, flow_rows(report.methodology.flow))
        yield literal("heading1", "Appendix C Calibration")
        yield from self._calibration(report.calibration)
        yield literal("heading1", "Appendix D Provenance")
        facts = [Column("Field", 1), Column("Value", 3)]
        yield from self._table("What a replay needs to know.", facts, provenance_rows(report))
        if report.measurements:
            yield literal("heading1", "Appendix E Measured here")
        for measurement in report.measurements:
            yield literal("BodyText", measurement.note)
            yield from self._table(measurement.title, shared_out(measurement), measurement.rows)

    def _search(self, methodology: Methodology) -> Iterator[Element]:
        if methodology.queries:
            columns = [Column("Query", 4), Column("Origin", 1)]
            rows = [(query.text, query.origin) for query in methodology.queries]
            yield from self._table("Queries.", columns, rows)
        if methodology.log:
            columns = [
                Column("Database", 15),
                Column("Query", 38),
                Column("Retrieved", 14, "TableNumber"),
                Column("Held", 10, "TableNumber"),
                Column("Remark", 28),
            ]
            log = [
                (
                    entry.source,
                    entry.query,
                    f"{entry.retrieved:,}",
                    "–" if entry.total is None else f"{entry.total:,}",
                    "; ".join(filter(None, (entry.error and f"failed: {entry.error}", entry.note))),
                )
                for entry in methodology.log
            ]
            yield from self._table("What each database answered.", columns, log)

    def _calibration(self, calibration: Calibration) -> Iterator[Element]:
        columns = [Column("Measure", 1), Column("Value", 2)]
        yield from self._table("How well confidences matched the truth.", columns, measures(calibration))
        if calibration.bins:
            columns = [Column(n, 1, "TableNumber") for n in ("Bin", "Claims", "Mean confidence", "Accuracy")]
            bins = [
                (str(number), f"{b.n:,}", f"{b.mean_confidence:.3f}", f"{b.accuracy:.3f}")
                for number, b in enumerate(calibration.bins, start=1)
            ]
            yield from self._table("The bins of the reliability diagram.", columns, bins)


def _bookmark(reference: int) -> str:
    return f"ref_{reference}"


def _listed(texts: Sequence[str]) -> list[Element]:
    """Texts with commas between them."""
    parts: list[Element] = []
    for position, text in enumerate(texts):
        parts += [*words(", " if position else ""), *embedded(one_line(text))]
    return parts


def _fact(term: str, value: str) -> Element:
    return paragraph("Fact", words(term, "Term"), tab(), embedded(one_line(value)))
