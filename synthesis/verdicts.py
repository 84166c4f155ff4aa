"""Evidence → verdicts: the evidence of all other papers pooled, with a threshold for the stated risk.

Pooling: support is the greatest calibrated probability of support that any one paper gives, refutation
likewise; versions of one work were merged before, so a work counts once. A label other than
NOT_ENOUGH_INFO is stated only when its confidence reaches the threshold fitted for the risk.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from synthesis.records import Label, Stance, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synthesis.config import VerdictConfig
    from synthesis.protocols import Calibrator
    from synthesis.records import Claim, Evidence, Paper

# The stances that some passage must take before a label is stated.
_TAKES = {
    Label.SUPPORTED: frozenset({Stance.SUPPORTS}),
    Label.REFUTED: frozenset({Stance.REFUTES}),
    Label.CONFLICTING: frozenset({Stance.SUPPORTS, Stance.REFUTES}),
}


def decide_verdicts(
    claims: Sequence[Claim],
    evidence: Sequence[Evidence],
    papers: Mapping[str, Paper],
    calibrator: Calibrator,
    config: VerdictConfig,
) -> list[Verdict]:
    """One verdict a claim, in order."""
    by_claim: dict[str, list[Evidence]] = defaultdict(list)
    for item in evidence:
        by_claim[item.claim_id].append(item)
    threshold = calibrator.threshold(config.risk)
    return [
        _decide(claim, by_claim[claim.claim_id], is_grounded(claim, papers), calibrator, threshold)
        for claim in claims
    ]


def is_grounded(claim: Claim, papers: Mapping[str, Paper]) -> bool:
    """Whether the claim's own paper states it, word for word, at the recorded offsets."""
    if claim.quote is None:
        return False
    paper = papers.get(claim.quote.paper_id)
    if paper is None or claim.quote.section >= len(paper.sections):
        return False
    return paper.sections[claim.quote.section].text[claim.quote.start : claim.quote.end] == claim.quote.text


def _decide(
    claim: Claim, evidence: list[Evidence], grounded: bool, calibrator: Calibrator, threshold: float | None
) -> Verdict:
    support, refute = _pool(evidence, calibrator)
    stances = frozenset(e.stance for e in evidence if e.decides)
    label, confidence, leaning = _label(support, refute, stances, calibrator, threshold)
    return Verdict(
        claim_id=claim.claim_id,
        label=label,
        confidence=round(confidence, 6),
        leaning=leaning,
        verified=label is Label.SUPPORTED,
        grounded=grounded,
        support=round(support, 6),
        refute=round(refute, 6),
        n_papers=len(evidence),
        reason=_reason(label, leaning, evidence, threshold),
    )


def _pool(evidence: list[Evidence], calibrator: Calibrator) -> tuple[float, float]:
    scores = [e.scores for e in evidence if e.decides]
    if not scores:
        return 0.0, 0.0
    probabilities = calibrator.probabilities(np.array(scores, dtype=np.float32))
    return float(probabilities[:, 0].max()), float(probabilities[:, 1].max())


def _label(
    support: float,
    refute: float,
    stances: frozenset[Stance],
    calibrator: Calibrator,
    threshold: float | None,
) -> tuple[Label, float, Label | None]:
    """Label, its confidence, and what an abstaining verdict leaned to.

    The threshold was fitted to the confidence of the side that outweighs the other, so that side may be stated.
    When each side alone would pass, the evidence is in conflict; that too is stated only when it is sure enough.
    No side is stated, however low the threshold, without a passage that takes it.
    """
    alone = (
        calibrator.confidence(Label.SUPPORTED, support, 0.0),
        calibrator.confidence(Label.REFUTED, 0.0, refute),
    )
    side = Label.SUPPORTED if support >= refute else Label.REFUTED
    sure = {
        label: calibrator.confidence(label, support, refute)
        for label in (Label.NOT_ENOUGH_INFO, side, Label.CONFLICTING)
    }
    likeliest = max(sure, key=lambda label: sure[label])
    if threshold is not None and min(alone) >= threshold and _TAKES[Label.CONFLICTING] <= stances:
        side = likeliest = Label.CONFLICTING
    if threshold is not None and sure[side] >= threshold and _TAKES[side] <= stances:
        return side, sure[side], None
    leaning = None if likeliest is Label.NOT_ENOUGH_INFO else likeliest
    return Label.NOT_ENOUGH_INFO, sure[Label.NOT_ENOUGH_INFO], leaning


def _reason(label: Label, leaning: Label | None, evidence: list[Evidence], threshold: float | None) -> str:
    """A template with counted facts."""
    if not evidence:
        return "No passage of another paper speaks of this claim."
    count = {stance: sum(e.stance is stance for e in evidence) for stance in Stance}
    read = (
        f"{len(evidence)} other {'paper' if len(evidence) == 1 else 'papers'} read: "
        f"{count[Stance.SUPPORTS]} for, {count[Stance.REFUTES]} against, {count[Stance.NEITHER]} silent."
    )
    if label is not Label.NOT_ENOUGH_INFO:
        return read
    if threshold is None:
        return f"{read} No confidence reaches the stated risk on the calibration data."
    lean = f" It leans to {leaning}." if leaning else ""
    return (
        f"{read} Not enough to reach the confidence of {threshold:.2f} that the stated risk asks for.{lean}"
    )
