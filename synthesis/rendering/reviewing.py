"""The review regrouped for the page: scores by dimension, weights, findings, and what was done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.rendering.layout import reference_numbers
from synthesis.terms import finding_words, listed, reviewer_words, tier_words
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthesis.records import Finding, Report, Review


class ScoreRow(NamedTuple):
    """One dimension, scored by each reviewer (``None``: not scored)."""

    dimension: str
    scores: tuple[float | None, ...]
    mean: float


class FindingRow(NamedTuple):
    """A fault in words; what it is about is a paper's number where it is cited, else the record's name for it."""

    kind: str
    fact: str
    reference: int | None
    subject: str
    piece: str  # which piece of evidence; empty where it is none


class RevisionRow(NamedTuple):
    """A fault, who found it, and what was done about it."""

    round: int
    finding: FindingRow
    raised_by: str
    action: str
    mended: bool


def score_rows(review: Review) -> tuple[ScoreRow, ...]:
    """Dimensions in the order in which they first occur, with a score from each reviewer."""
    tables = [{s.dimension: s.score for s in reviewer.scores} for reviewer in review.reviewers]
    dimensions = dict.fromkeys(dimension for table in tables for dimension in table)
    return tuple(
        ScoreRow(d, tuple(table.get(d) for table in tables), mean(table[d] for table in tables if d in table))
        for d in dimensions
    )


def mean(values: Iterable[float]) -> float:
    """Mean of the values, 0 for none."""
    scores = tuple(values)
    return sum(scores) / len(scores) if scores else 0.0


def weights(review: Review) -> tuple[float | None, ...]:
    """Each reviewer's weight in the consensus, in their order; empty where none was recorded."""
    given = dict(review.weights)
    return tuple(given.get(reviewer.reviewer) for reviewer in review.reviewers) if given else ()


def consensus_sentence(review: Review) -> str:
    """The consensus, the agreement, and whether the report may be published."""
    score = f"{review.consensus:.1f}"
    if review.agreement is None:
        if review.publishable:
            return say(
                "Consensus {score}/10; agreement between reviewers not defined; fit for publication.",
                score=score,
            )
        return say(
            "Consensus {score}/10; agreement between reviewers not defined; not fit for publication.",
            score=score,
        )
    alpha = f"{review.agreement:.2f}"
    if review.publishable:
        return say(
            "Consensus {score}/10; agreement between reviewers {alpha} (Krippendorff’s alpha); fit for publication.",
            score=score,
            alpha=alpha,
        )
    return say(
        "Consensus {score}/10; agreement between reviewers {alpha} (Krippendorff’s alpha); not fit for publication.",
        score=score,
        alpha=alpha,
    )


def standing(review: Review) -> tuple[str, ...]:
    """Sentences on the tier and on reviewers who failed; a review without weights was made before there were tiers."""
    sentences = []
    if review.weights:
        sentences.append(say("Tier of quality: {tier}.", tier=tier_words(review.tier)))
    if review.absent:
        names = listed(map(reviewer_words, review.absent))
        sentences.append(
            say("Absent: {reviewers}; the consensus is that of the other reviewers.", reviewers=names)
        )
    return tuple(sentences)


def finding_rows(findings: Sequence[Finding], report: Report) -> tuple[FindingRow, ...]:
    """The faults that a reviewer saw, in the order of the record."""
    numbers = reference_numbers(report)
    return tuple(_finding_row(finding, numbers) for finding in findings)


def revision_rows(report: Report) -> tuple[RevisionRow, ...]:
    """The log of revisions, in the order of the record."""
    numbers = reference_numbers(report)
    return tuple(
        RevisionRow(
            revision.round,
            _finding_row(revision.finding, numbers),
            listed(map(reviewer_words, revision.raised_by)),
            revision.action,
            revision.mended,
        )
        for revision in report.review.revisions
    )


def _finding_row(finding: Finding, numbers: Mapping[str, int]) -> FindingRow:
    piece = (
        ""
        if finding.evidence is None
        else say(
            "piece of evidence {number}", number=finding.evidence + 1
        )  # counted from 1, as a reader does
    )
    return FindingRow(
        finding_words(finding.kind), finding.fact, numbers.get(finding.subject), finding.subject, piece
    )
