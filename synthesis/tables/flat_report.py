"""A report as the text that is pulled from one: headings on their own lines, the claims' cells between tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.text import doi_url, one_line, safe_url
from synthesis.tables.verdict_cells import cited_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.records import Reference, Report, Statement
    from synthesis.tables.verdict_cells import VerdictCells

_HEADER = ("Claim", "Verified", "Confidence", "Label", "Evidence", "Stated before")


def render_flat(report: Report, verdicts: Sequence[VerdictCells]) -> bytes:
    """``report`` in the order and under the headings of the form, in UTF-8; one paragraph a line."""
    return ("\n\n".join(filter(None, _paragraphs(report, verdicts))) + "\n").encode("utf-8", errors="replace")


def _paragraphs(report: Report, verdicts: Sequence[VerdictCells]) -> Iterator[str]:
    yield from map(one_line, (report.title, report.author, report.date))
    yield from ("Abstract", _said(report.abstract))
    yield from ("1 Introduction", _said(report.introduction))
    if report.question and not any(report.question in statement.text for statement in report.introduction):
        yield f"Research question: {one_line(report.question)}"
    yield from ("2 Methodology", _said(report.methodology.statements))
    yield from ("3 Results", _said(report.results))
    yield from ("4 Limitations", _said(report.limitations))
    yield from ("5 Extracted Claims", _table(verdicts))
    yield "References"
    yield "\n".join(map(_reference, report.references))


def _said(statements: Sequence[Statement]) -> str:
    return " ".join(_sentence(statement) for statement in statements)


def _sentence(statement: Statement) -> str:
    words = one_line(statement.text)
    quoted = f"“{words}”" if statement.quote else words
    return quoted if statement.reference is None else f"{quoted} [{statement.reference}]"


def _table(verdicts: Sequence[VerdictCells]) -> str:
    rows = [
        (one_line(verdict.claim.text), *verdict.texts(cited_text, " | ").values()) for verdict in verdicts
    ]
    return "\n".join("\t".join(map(one_line, row)) for row in (_HEADER, *rows))


def _reference(paper: Reference) -> str:
    parts = [", ".join(map(one_line, paper.authors)), one_line(paper.title), one_line(paper.venue or "")]
    facts = ". ".join(part for part in (*parts, str(paper.year or "")) if part)
    return f"- [{paper.number}] {facts}. {safe_url(paper.url) or doi_url(paper.doi) or paper.paper_id}"
