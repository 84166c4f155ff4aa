"""Does the verdict follow from its evidence? From the draft's own facts, by deciding again, and by reading again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.independence import OWN_GROUP
from synthesis.records import Finding, Label, Stance
from synthesis.terms import label_name
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.records import Evidence, Verdict
    from synthesis.review.seen import Seen

_NEEDS = {
    Label.SUPPORTED: (Stance.SUPPORTS,),
    Label.REFUTED: (Stance.REFUTES,),
    Label.CONFLICTING: (Stance.SUPPORTS, Stance.REFUTES),
    Label.NOT_ENOUGH_INFO: (),
}
_ROUNDING = 1e-4  # scores are kept to six decimals, and what calibrates them may be steep
_SIDES = {Stance.SUPPORTS: 0, Stance.REFUTES: 1}  # columns of the judge's scores


def verdicts_follow(seen: Seen) -> Iterator[Finding]:
    """Label, confidence, marks and pooled probabilities fit the evidence, told from the draft alone."""
    decided = [v.claim_id for v in seen.draft.verdicts]
    for claim in seen.draft.claims:
        if decided.count(claim.claim_id) != 1:
            fact = say("The claim has {n} verdicts.", n=decided.count(claim.claim_id))
            yield Finding(kind="verdict", subject=claim.claim_id, fact=fact)
    for verdict in seen.draft.verdicts:
        items = [item for _, item in seen.evidence.get(verdict.claim_id, ())]
        for fact in (*_unbacked(seen, verdict, items), *_pooled_wrongly(verdict, items)):
            yield Finding(kind="verdict", subject=verdict.claim_id, fact=fact)


def stances_follow(seen: Seen) -> Iterator[Finding]:
    """A passage that takes a side scored higher on it than on the other."""
    for index, item in enumerate(seen.draft.evidence):
        side = _SIDES.get(item.stance)
        if side is None or item.scores[side] >= item.scores[1 - side]:
            continue
        fact = (
            say("The passage is counted for the claim, and scored higher against it.")
            if item.stance is Stance.SUPPORTS
            else say("The passage is counted against the claim, and scored higher for it.")
        )
        yield Finding(kind="verdict", subject=item.claim_id, fact=fact, evidence=index)


def redecided_alike(seen: Seen) -> Iterator[Finding]:
    """Decided again from the same evidence, every verdict comes out as it is stated."""
    if seen.aids.redecide is None:
        return
    known = [e for e in seen.draft.evidence if e.paper_id in seen.papers and e.claim_id in seen.claims]
    again = {v.claim_id: v for v in seen.aids.redecide(seen.draft.claims, known, seen.papers)}
    for verdict in seen.draft.verdicts:
        other = again.get(verdict.claim_id)
        if other is None or other == verdict:
            continue
        counts = other.label is verdict.label and _alike(other, verdict)
        fact = say(
            "Decided again, it is {label} at {confidence:.2f}: {reason}",
            label=label_name(other.label),
            confidence=other.confidence,
            reason=other.reason,
        )
        yield Finding(kind="number" if counts else "verdict", subject=verdict.claim_id, fact=fact)


def reread_alike(seen: Seen, tolerance: float = 0.02) -> Iterator[Finding]:
    """Read again by the judge, every passage scores as it is said to have scored, to within ``tolerance``.

    Networks in int8 round a little differently from processor to processor, where a run was moved.
    """
    pairs = [
        (index, item, seen.claims[item.claim_id].judged, passage)
        for index, item in enumerate(seen.draft.evidence)
        if item.claim_id in seen.claims and (passage := seen.passage(item)) is not None
    ]
    if seen.aids.judge is None or not pairs:
        return
    scores = seen.aids.judge.score([(claim, passage) for _, _, claim, passage in pairs])
    for (index, item, _, _), again in zip(pairs, scores.tolist(), strict=True):
        apart = max(abs(a - b) for a, b in zip(item.scores, again, strict=True))
        if apart > tolerance:
            fact = say(
                "Read again, the passage supports the claim at {supports:.2f} and refutes it at {refutes:.2f}; "
                "{was_supports:.2f} and {was_refutes:.2f} are stated.",
                supports=again[0],
                refutes=again[1],
                was_supports=item.scores[0],
                was_refutes=item.scores[1],
            )
            yield Finding(kind="verdict", subject=item.claim_id, fact=fact, evidence=index)


def _alike(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts differ in counts and words at most."""
    numbers = ("confidence", "support", "refute")
    same = (one.leaning, one.verified, one.grounded) == (other.leaning, other.verified, other.grounded)
    return same and all(abs(getattr(one, n) - getattr(other, n)) <= _ROUNDING for n in numbers)


def _unbacked(seen: Seen, verdict: Verdict, items: Sequence[Evidence]) -> Iterator[str]:
    """What the label asks for and the evidence does not give."""
    label, threshold = verdict.label, seen.draft.calibration.threshold
    if any(not _taking(items, stance) for stance in _NEEDS[label]):
        yield say("{label} is stated, and no passage takes that side.", label=label_name(label))
    if label is not Label.NOT_ENOUGH_INFO and (
        threshold is None or verdict.confidence < threshold - _ROUNDING
    ):
        yield say("{label} is stated below the confidence that the risk asks for.", label=label_name(label))
    if label is not Label.NOT_ENOUGH_INFO and verdict.leaning is not None:
        yield say("A stated verdict leans to nothing else.")
    if verdict.verified != (label is Label.SUPPORTED):
        yield say("Verified is marked, or not marked, against the label {label}.", label=label_name(label))
    claim = seen.claims.get(verdict.claim_id)
    if claim is not None and verdict.grounded != (claim.quote is not None and seen.stands(claim.quote)):
        yield say("Grounded is marked, or not marked, against what the claim's own paper states.")


def _pooled_wrongly(verdict: Verdict, items: Sequence[Evidence]) -> Iterator[str]:
    """Support and refutation against the passages that they are pooled from, and the label against the two."""
    if (verdict.label is Label.SUPPORTED and verdict.support < verdict.refute) or (
        verdict.label is Label.REFUTED and verdict.refute < verdict.support
    ):
        yield say("{label} is stated, and the other side outweighs it.", label=label_name(verdict.label))
    strongest = {s: max((e.confidence for e in _taking(items, s)), default=0.0) for s in _SIDES}
    stated = {Stance.SUPPORTS: verdict.support, Stance.REFUTES: verdict.refute}
    for stance, most in strongest.items():
        # A silent passage, or one on the other side, may give a side some probability; never more than its own stance has.
        ceiling = max((_most(e, stance) for e in items if _counts(e, stance)), default=0.0)
        if not most - _ROUNDING <= stated[stance] <= max(most, ceiling) + _ROUNDING:
            yield _not_of_the_strongest(stance, stated[stance], most)


def _not_of_the_strongest(stance: Stance, stated: float, most: float) -> str:
    if stance is Stance.SUPPORTS:
        return say(
            "Support is pooled as {stated:.2f}; the strongest passage for the claim has {most:.2f}.",
            stated=stated,
            most=most,
        )
    return say(
        "Refutation is pooled as {stated:.2f}; the strongest passage against the claim has {most:.2f}.",
        stated=stated,
        most=most,
    )


def _most(item: Evidence, stance: Stance) -> float:
    """The most that a passage can give a side: its confidence on its own, what is left of it elsewhere."""
    return item.confidence if item.stance is stance else 1 - item.confidence


def _taking(items: Sequence[Evidence], stance: Stance) -> list[Evidence]:
    return [e for e in items if e.stance is stance and _counts(e, stance)]


def _counts(item: Evidence, stance: Stance) -> bool:
    """Whether it may speak for a side: the claim's own authors cannot verify it, though they can refute it."""
    return item.decides and (stance is not Stance.SUPPORTS or item.group != OWN_GROUP)
