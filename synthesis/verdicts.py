"""Evidence → verdicts: the evidence of all other papers pooled, with a threshold for the stated risk.

Pooling: within an independent group of papers (``independence``) the strongest passage for each side counts, and over
the groups the strongest again, so support is the greatest calibrated probability of support that any one passage
gives, and refutation likewise. Neither repeats nor further groups make a verdict surer: the calibrator is fitted to
that maximum. How many groups take which side is counted in the reason.

A paper of the claim's own group (same authors, work or text as the paper that it was taken from) cannot verify it: its
support does not count. Its refutation does, since nobody is easier to believe against a claim than its authors.

A label other than NOT_ENOUGH_INFO is stated only when its confidence reaches the threshold fitted for the risk.
Numbers that kept a passage from counting as support are the verdict's ``caps``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthesis.independence import OWN_GROUP, count_works
from synthesis.records import Label, Stance, Verdict
from synthesis.terms import label_name, listed_apart
from synthesis.weighing import weigh_by_quality
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synthesis.config import VerdictConfig
    from synthesis.protocols import Calibrator
    from synthesis.records import Claim, Evidence, Paper

_SHOWN_CAPS = 3  # in the reason; all are in ``Verdict.caps``
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
        _decide(claim, _Evidence(tuple(by_claim[claim.claim_id])), papers, calibrator, threshold)
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


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What was read for one claim, in order of rank."""

    items: tuple[Evidence, ...]

    def taking(self, stance: Stance) -> list[Evidence]:
        """The evidence that counts towards a side: support by the claim's own group does not."""
        own_counts = stance is not Stance.SUPPORTS
        return [
            e for e in self.items if e.decides and e.stance is stance and (own_counts or e.group != OWN_GROUP)
        ]

    @property
    def stances(self) -> frozenset[Stance]:
        """The sides that some evidence takes and counts towards."""
        return frozenset(stance for stance in Stance if self.taking(stance))

    def groups(self, stance: Stance) -> set[int]:
        """The independent groups of which some evidence takes a stance."""
        return {e.group for e in self.taking(stance)} - {OWN_GROUP}

    @property
    def all_groups(self) -> set[int]:
        """All independent groups that were read."""
        return {e.group for e in self.items} - {OWN_GROUP}

    @property
    def own(self) -> list[Evidence]:
        """What depends on the paper that the claim was taken from."""
        return [e for e in self.items if e.group == OWN_GROUP]

    @property
    def caps(self) -> tuple[str, ...]:
        """The numbers for which passages that seemed to support were held back, each once."""
        held_back = (e for e in self.items if not e.decides and e.group != OWN_GROUP)
        return tuple(dict.fromkeys(note for e in held_back for note in e.notes))


def _decide(
    claim: Claim,
    evidence: _Evidence,
    papers: Mapping[str, Paper],
    calibrator: Calibrator,
    threshold: float | None,
) -> Verdict:
    support, refute = _pool(evidence, calibrator)
    label, confidence, leaning = _label(support, refute, evidence.stances, calibrator, threshold)
    n_papers = count_works([papers[i] for i in dict.fromkeys(e.paper_id for e in evidence.items)])
    return Verdict(
        claim_id=claim.claim_id,
        label=label,
        confidence=round(confidence, 6),
        leaning=leaning,
        verified=label is Label.SUPPORTED,
        grounded=is_grounded(claim, papers),
        support=round(support, 6),
        refute=round(refute, 6),
        n_papers=n_papers,
        n_groups=len(evidence.all_groups),
        caps=evidence.caps,
        reason=_reason(label, leaning, evidence, n_papers, threshold),
    )


def _pool(evidence: _Evidence, calibrator: Calibrator) -> tuple[float, float]:
    counting = [e for e in evidence.items if e.decides]
    if not counting:
        return 0.0, 0.0
    scores = np.array([e.scores for e in counting], dtype=np.float32)
    probabilities = weigh_by_quality(calibrator.probabilities(scores), [e.quality for e in counting])
    independent = np.array([e.group != OWN_GROUP for e in counting])
    return float(probabilities[:, 0].max(where=independent, initial=0.0)), float(probabilities[:, 1].max())


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


def _reason(
    label: Label, leaning: Label | None, evidence: _Evidence, n_papers: int, threshold: float | None
) -> str:
    """A template with counted facts."""
    if not evidence.items:
        return say("No passage of another paper speaks of this claim.")
    facts = [_read(evidence, n_papers), *_own(evidence.own), *_disagreeing(evidence.caps)]
    if label is Label.NOT_ENOUGH_INFO and threshold is None:
        facts.append(say("No confidence reaches the stated risk on the calibration data."))
    elif label is Label.NOT_ENOUGH_INFO and not any(e.decides for e in evidence.items):
        facts.append(say("None of them speaks of what the claim names, so there is nothing to decide it."))
    elif label is Label.NOT_ENOUGH_INFO:
        facts.append(
            say(
                "Not enough to reach the confidence of {threshold} that the stated risk asks for.",
                threshold=f"{threshold:.2f}",
            )
        )
        facts += [say("It leans to {label}.", label=label_name(leaning))] if leaning else []
    return " ".join(facts)


def _read(evidence: _Evidence, n_papers: int) -> str:
    """How many papers and groups were read, and how many groups take which side."""
    n_groups = len(evidence.all_groups)
    groups = say_n("{n} independent group", "{n} independent groups", n_groups)
    if not n_groups:
        return say_n(
            "{n} other paper read, {groups}.", "{n} other papers read, {groups}.", n_papers, groups=groups
        )
    for_it, against = evidence.groups(Stance.SUPPORTS), evidence.groups(Stance.REFUTES)
    both = for_it & against
    sides = {
        "supporting": len(for_it - both),
        "against": len(against - both),
        "silent": n_groups - len(for_it | against),
    }
    if not both:
        return say_n(
            "{n} other paper read, {groups}: {supporting} for, {against} against, {silent} silent.",
            "{n} other papers read, {groups}: {supporting} for, {against} against, {silent} silent.",
            n_papers,
            groups=groups,
            **sides,
        )
    return say_n(
        "{n} other paper read, {groups}: {supporting} for, {against} against, {both} on both sides, {silent} silent.",
        "{n} other papers read, {groups}: {supporting} for, {against} against, {both} on both sides, {silent} silent.",
        n_papers,
        groups=groups,
        both=len(both),
        **sides,
    )


def _own(own: Sequence[Evidence]) -> list[str]:
    if not own:
        return []
    sides = {stance: len({e.paper_id for e in own if e.stance is stance}) for stance in Stance}
    return [
        say_n(
            "{n} paper of the claim's own authors or with its paper's text cannot verify it: {supporting} for, {against} "
            "against, {silent} silent.",
            "{n} papers of the claim's own authors or with its paper's text cannot verify it: {supporting} for, {against} "
            "against, {silent} silent.",
            len({e.paper_id for e in own}),
            supporting=sides[Stance.SUPPORTS],
            against=sides[Stance.REFUTES],
            silent=sides[Stance.NEITHER],
        )
    ]


def _disagreeing(caps: Sequence[str]) -> list[str]:
    if not caps:
        return []
    shown = listed_apart(f"({cap})" for cap in caps[:_SHOWN_CAPS])
    more = len(caps) - _SHOWN_CAPS
    if more <= 0:
        return [say("Numbers disagree in what would support it: {shown}.", shown=shown)]
    return [
        say("Numbers disagree in what would support it: {shown} and {more} more.", shown=shown, more=more)
    ]
