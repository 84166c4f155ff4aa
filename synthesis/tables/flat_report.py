"""A report as the text that is pulled from one: headings on their own lines, the claims' cells between tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.text import doi_url, one_line, safe_url
from synthesis.tables.verdict_cells import cited_text
from synthesis.terms import label_name
from synthesis.wording import say, speaking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.records import Reference, Report, Statement
    from synthesis.tables.verdict_cells import Cited, VerdictCells


def render_flat(report: Report, verdicts: Sequence[VerdictCells]) -> bytes:
    """``report`` in its language, in the order and under the headings of the form, in UTF-8; one paragraph a line."""
    with speaking(report.language):
        text = "\n\n".join(filter(None, _paragraphs(report, verdicts))) + "\n"
    return text.encode("utf-8", errors="replace")


def _paragraphs(report: Report, verdicts: Sequence[VerdictCells]) -> Iterator[str]:
    yield from map(one_line, (report.title, report.author, report.date))
    yield from (say("Abstract"), _said(report.abstract))
    yield from (f"1 {say('Introduction')}", _said(report.introduction))
    if report.question and not any(report.question in statement.text for statement in report.introduction):
        yield say("Research question: {question}", question=one_line(report.question))
    yield from (f"2 {say('Methodology')}", _said(report.methodology.statements))
    yield from (f"3 {say('Results')}", _said(report.results))
    yield from (f"4 {say('Limitations')}", _said(report.limitations))
    yield from (f"5 {say('Extracted Claims')}", _table(verdicts))
    yield say("References")
    yield "\n".join(map(_reference, report.references))


def _said(statements: Sequence[Statement]) -> str:
    return " ".join(_sentence(statement) for statement in statements)


def _sentence(statement: Statement) -> str:
    words = one_line(statement.text)
    quoted = f"“{words}”" if statement.quote else words
    return quoted if statement.reference is None else f"{quoted} [{statement.reference}]"


def _table(verdicts: Sequence[VerdictCells]) -> str:
    header = (
        say("Claim"),
        say("Verified"),
        say("Confidence"),
        say("Label"),
        say("Evidence"),
        say("Stated before"),
    )
    rows = [_row(verdict) for verdict in verdicts]
    return "\n".join("\t".join(map(one_line, row)) for row in (header, *rows))


def _row(verdict: VerdictCells) -> tuple[str, ...]:
    cells = verdict.texts(_cited, " | ") | {"label": label_name(verdict.claim.label)}
    return (one_line(verdict.claim.text), *cells.values())


def _cited(cited: Cited) -> str:
    """As ``cited_text``, in the words of the spoken language."""
    confidence = f"{cited.confidence:.2f}"
    words = {
        "supports": say("supports ({confidence})", confidence=confidence),
        "contradicts": say("contradicts ({confidence})", confidence=confidence),
    }
    return cited_text(cited, words[cited.word])


def _reference(paper: Reference) -> str:
    parts = [", ".join(map(one_line, paper.authors)), one_line(paper.title), one_line(paper.venue or "")]
    facts = ". ".join(part for part in (*parts, str(paper.year or "")) if part)
    return f"- [{paper.number}] {facts}. {safe_url(paper.url) or doi_url(paper.doi) or paper.paper_id}"
