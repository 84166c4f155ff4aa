"""The review of a DOCX report: scores, weights, what reviewers found, and what was done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.docx_text import Column, embedded, fact, form_words, paragraph, words
from synthesis.rendering.docx_writer import said
from synthesis.rendering.layout import CHECK
from synthesis.rendering.reviewing import (
    consensus_sentence,
    finding_rows,
    mean,
    revision_rows,
    score_rows,
    standing,
    weights,
)
from synthesis.rendering.text import one_line
from synthesis.terms import dimension_words, listed, mandate_words, reviewer_words
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import Review
    from synthesis.rendering.docx_text import Cell, Element
    from synthesis.rendering.docx_writer import Writer
    from synthesis.rendering.reviewing import FindingRow, RevisionRow


def review(writer: Writer) -> Iterator[Element]:
    """What the reviewers say, and what came of it."""
    panel = writer.report.review
    yield form_words("heading2", say("Review"))
    if panel.reviewers:
        yield from _scores(writer, panel)
    for reviewer in panel.reviewers:
        name = embedded(one_line(reviewer_words(reviewer.reviewer)), "Strong")
        yield paragraph("ListBullet", name, words(": "), said(mandate_words(reviewer.mandate)))
        for finding in finding_rows(reviewer.findings, writer.report):
            yield fact(one_line(finding.kind), f"{_subject(finding)}: {finding.fact}")
    yield form_words("BodyText", consensus_sentence(panel))
    for sentence in standing(panel):
        yield form_words("BodyText", sentence)
    yield from (form_words("ListBullet", shortfall) for shortfall in panel.shortfalls)
    yield from _revisions(writer)


def _scores(writer: Writer, panel: Review) -> Iterator[Element]:
    names = [reviewer_words(reviewer.reviewer) for reviewer in panel.reviewers]
    columns = [
        Column(say("Dimension"), 2),
        *(Column(name, 1, "TableNumber") for name in [*names, say("Mean")]),
    ]
    rows = [
        [
            dimension_words(row.dimension),
            *("–" if s is None else f"{s:.1f}" for s in row.scores),
            f"{row.mean:.1f}",
        ]
        for row in score_rows(panel)
    ]
    means = [f"{mean(s.score for s in reviewer.scores):.1f}" for reviewer in panel.reviewers]
    rows.append([say("Mean"), *means, f"{panel.consensus:.1f}"])
    if given := weights(panel):
        rows.append([say("Weight"), *("–" if weight is None else f"{weight:.2f}" for weight in given), ""])
    yield from writer.table(say("Scores from 0 to 10, by dimension and reviewer."), columns, rows)


def _revisions(writer: Writer) -> Iterator[Element]:
    rows = revision_rows(writer.report)
    if not rows:
        return
    yield form_words("heading3", say("What was found and what was done"))
    columns = (
        Column(say("Round"), 10, "TableNumber"),
        Column(say("Found"), 42),
        Column(say("Found by"), 20),
        Column(say("What was done"), 30),
        Column(say("Mended"), 12, "TableMark"),
    )
    title = say("Findings of the reviewers before the report was written.")
    yield from writer.table(title, columns, map(_revision, rows))


def _revision(row: RevisionRow) -> list[Cell]:
    found = row.finding
    lead = words(one_line(f"{found.kind}: {_subject(found)}"), "Term")
    shown = [paragraph("TableText", lead), form_words("TableText", found.fact)]
    return [str(row.round), shown, row.raised_by, row.action, CHECK[row.mended]]


def _subject(finding: FindingRow) -> str:
    subject = finding.subject if finding.reference is None else f"[{finding.reference}]"
    return listed(filter(None, (subject, finding.piece)))
