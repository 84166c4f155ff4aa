"""The reviewers: each a mandate, which is the checks that it makes, how strictly, and how it weighs indicators.

A score is ten times the weighted indicators of its dimension, less ``points`` for every finding that concerns the
dimension, at least 0; indicators and findings are the facts that caused it. Reviewers do not see each other's reports.

- the *sceptic* attacks claims and method: a dimension is as good as its worst indicator, and a finding costs most;
- the *evidence checker* reads everything again: indicators of evidence weigh three times the others;
- the *integrator* weighs the whole: all indicators alike, and whether the parts fit each other.

A further reviewer is one more line in ``default_panel``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import DimensionScore, ReviewerReport
from synthesis.review.checks.disclosure import limitations_stated
from synthesis.review.checks.independence import evidence_counted_once, groups_independent
from synthesis.review.checks.numbers import (
    claims_keep_numbers,
    flow_adds_up,
    notes_keep_numbers,
    verdicts_count,
)
from synthesis.review.checks.papers import evidence_on_topic, papers_on_topic, papers_stand
from synthesis.review.checks.quotes import citations_hold, quotes_in_place
from synthesis.review.checks.verdicts import redecided_alike, reread_alike, stances_follow, verdicts_follow
from synthesis.review.indicators import indicators
from synthesis.review.seen import Aids, Seen
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from synthesis.protocols import Reviewer
    from synthesis.records import Draft, Finding, FindingKind
    from synthesis.review.indicators import Indicator
    from synthesis.review.seen import Check

# The dimensions that a finding of each kind concerns.
CONCERNS: Mapping[FindingKind, frozenset[str]] = {
    "verdict": frozenset({"evidence strength", "uncertainty disclosure"}),
    "quote": frozenset({"citation grounding", "reproducibility"}),
    "citation": frozenset({"citation grounding", "reproducibility"}),
    "number": frozenset({"numerical consistency"}),
    "retracted": frozenset({"safety/impact", "evidence strength"}),
    "off topic": frozenset({"benchmark validity"}),
    "duplicate evidence": frozenset({"evidence strength", "novelty"}),
    "missing limitation": frozenset({"uncertainty disclosure"}),
}


class PanelReviewer(NamedTuple):
    """A reviewer of the panel. ``describe`` says its mandate in the spoken language."""

    name: str
    describe: Callable[[], str]
    weigh: Callable[[Sequence[Indicator]], float]
    checks: tuple[Check, ...]
    points: float  # that a finding costs each dimension which it concerns
    aids: Aids = Aids()

    @property
    def mandate(self) -> str:
        """What it looks at."""
        return self.describe()

    def review(self, draft: Draft) -> ReviewerReport:
        """One score a dimension, with the facts that caused it, and the findings."""
        seen = Seen(draft, self.aids)
        findings = tuple(dict.fromkeys(finding for check in self.checks for finding in check(seen)))
        return ReviewerReport(
            reviewer=self.name,
            mandate=self.mandate,
            scores=tuple(
                self._score(dimension, values, [f for f in findings if dimension in CONCERNS[f.kind]])
                for dimension, values in indicators(draft).items()
            ),
            findings=findings,
        )

    def _score(
        self, dimension: str, values: Sequence[Indicator], findings: Sequence[Finding]
    ) -> DimensionScore:
        score = max(0.0, 10 * self.weigh(values) - self.points * len(findings))
        facts = (*(v.fact for v in values), *(f.fact for f in findings))
        return DimensionScore(dimension=dimension, score=round(score, 2), facts=facts)


def default_panel() -> tuple[PanelReviewer, ...]:
    """The three reviewers of every report."""
    return (
        PanelReviewer("Sceptic", _attacks, _worst, _SCEPTIC, points=3.0),
        PanelReviewer("Evidence checker", _checks_evidence, _evidence_first, _EVIDENCE_CHECKER, points=2.0),
        PanelReviewer("Integrator", _weighs, _mean, _INTEGRATOR, points=2.0),
    )


def equipped(reviewers: Iterable[Reviewer], aids: Aids) -> tuple[Reviewer, ...]:
    """The reviewers, those of the panel with tools for a second look; a plug-in's keeps its own."""
    return tuple(r._replace(aids=aids) if isinstance(r, PanelReviewer) else r for r in reviewers)


# --------------------------------------------------------------------------- what each checks

_SCEPTIC: tuple[Check, ...] = (
    verdicts_follow,
    stances_follow,
    claims_keep_numbers,
    verdicts_count,
    papers_stand,
    papers_on_topic,
    groups_independent,
    limitations_stated,
)
_EVIDENCE_CHECKER: tuple[Check, ...] = (
    quotes_in_place,
    citations_hold,
    reread_alike,
    notes_keep_numbers,
    papers_stand,
    evidence_on_topic,
    evidence_counted_once,
    groups_independent,
)
_INTEGRATOR: tuple[Check, ...] = (
    redecided_alike,
    citations_hold,
    verdicts_count,
    flow_adds_up,
    papers_stand,
    partial(papers_on_topic, share=0.5),
    evidence_counted_once,
    limitations_stated,
)


# --------------------------------------------------------------------------- how each weighs


def _attacks() -> str:
    return say("attacks the claims and the method")


def _checks_evidence() -> str:
    return say("checks the evidence base")


def _weighs() -> str:
    return say("weighs the whole")


def _worst(values: Sequence[Indicator]) -> float:
    return min(v.value for v in values)


def _mean(values: Sequence[Indicator]) -> float:
    return sum(v.value for v in values) / len(values)


def _evidence_first(values: Sequence[Indicator]) -> float:
    weights = [3.0 if v.side == "evidence" else 1.0 for v in values]
    return sum(w * v.value for w, v in zip(weights, values, strict=True)) / sum(weights)
