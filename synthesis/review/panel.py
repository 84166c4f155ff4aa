"""The review panel: reviewers blind to each other, each a rubric computed from the draft's counted facts.

Every dimension has indicators: shares between 0 and 1, each with the counted fact behind it and the side it
looks at (the claims, the evidence, or the whole). A reviewer's mandate decides how the indicators weigh:

- the *sceptic* attacks claims and method: a dimension is as good as its worst indicator,
- the *evidence checker* weighs indicators of evidence three times the others,
- the *integrator* weighs all alike.

A score is ten times the weighted indicators. The consensus is the mean over reviewers and dimensions;
agreement is Krippendorff's alpha for interval data (Krippendorff 2004, Content Analysis) over the dimensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import DimensionScore, Draft, Review, ReviewerReport
from synthesis.review.indicators import Indicator, indicators

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.protocols import Reviewer

MIN_CONSENSUS = 6.5
MIN_VERIFIED = 5


class PanelReviewer(NamedTuple):
    """A reviewer: a mandate and the way it weighs indicators."""

    name: str
    mandate: str
    weigh: Callable[[Sequence[Indicator]], float]

    def review(self, draft: Draft) -> ReviewerReport:
        """One score per dimension, with the facts that caused it."""
        return ReviewerReport(
            reviewer=self.name,
            mandate=self.mandate,
            scores=tuple(
                DimensionScore(
                    dimension=dimension,
                    score=round(10 * self.weigh(values), 2),
                    facts=tuple(v.fact for v in values),
                )
                for dimension, values in indicators(draft).items()
            ),
        )


def _worst(values: Sequence[Indicator]) -> float:
    return min(v.value for v in values)


def _mean(values: Sequence[Indicator]) -> float:
    return sum(v.value for v in values) / len(values)


def _evidence_first(values: Sequence[Indicator]) -> float:
    weights = [3.0 if v.side == "evidence" else 1.0 for v in values]
    return sum(w * v.value for w, v in zip(weights, values, strict=True)) / sum(weights)


def default_panel() -> tuple[PanelReviewer, ...]:
    """The three reviewers of every report."""
    return (
        PanelReviewer("Sceptic", "attacks the claims and the method", _worst),
        PanelReviewer("Evidence checker", "checks the evidence base", _evidence_first),
        PanelReviewer("Integrator", "weighs the whole", _mean),
    )


def review_draft(draft: Draft, reviewers: Sequence[Reviewer]) -> Review:
    """Ask each reviewer alone, then state agreement, consensus and whether the draft may be published."""
    reports = tuple(reviewer.review(draft) for reviewer in reviewers)
    consensus = round(sum(r.mean for r in reports) / len(reports), 1) if reports else 0.0
    verified = sum(v.verified for v in draft.verdicts)
    shortfalls = []
    if consensus < MIN_CONSENSUS:
        shortfalls.append(f"The consensus score of {consensus}/10 is below {MIN_CONSENSUS}.")
    if verified < MIN_VERIFIED:
        shortfalls.append(f"{verified} claims are independently verified; {MIN_VERIFIED} are needed.")
    return Review(
        reviewers=reports,
        agreement=_agreement(reports),
        consensus=consensus,
        publishable=consensus >= MIN_CONSENSUS and verified >= MIN_VERIFIED,
        shortfalls=tuple(shortfalls),
    )


def _agreement(reports: Sequence[ReviewerReport]) -> float | None:
    """Krippendorff's alpha; None where it is not defined (fewer than two reviewers, or no variation)."""
    if len(reports) < 2:
        return None
    matrix = [[s.score for s in report.scores] for report in reports]
    if len({score for row in matrix for score in row}) < 2:
        return None
    import krippendorff  # noqa: PLC0415 - it imports numpy, which --help must not

    alpha = krippendorff.alpha(reliability_data=matrix, level_of_measurement="interval")
    return round(float(alpha), 3)
