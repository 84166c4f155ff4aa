"""Verdicts → the papers that bear them: each work left out in turn, and what would then be decided.

Left out is the evidence that a work gives, all its versions together; nothing is searched, ranked or read in its place,
and which papers are independent of each other stays as it was. So a load says what hangs on a paper now, not what a
report would say that had never found it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.merging import merge_records
from synthesis.records import Cause, Label, Load, VerdictChange
from synthesis.verdict_states import by_claim, same_side, shift, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synthesis.records import Claim, Draft, Evidence, Paper, VerdictState
    from synthesis.verdict_states import Redecide

NOTABLE = 0.10  # least difference of support or refutation, or of a stated confidence, that counts by itself


def load_bearing(draft: Draft, redecide: Redecide) -> tuple[Load, ...]:
    """The works without which a verdict would have another label or leaning, or numbers that differ by ``NOTABLE``.

    ``redecide`` decides claims from evidence as the draft's verdicts were decided. Works that turn most verdicts come
    first, then those that move one furthest. References are not numbered yet: the report does that.
    """
    evidence = by_claim(draft.evidence)
    states = dict(
        zip(
            (c.claim_id for c in draft.claims),
            map(state_of, redecide(draft.claims, draft.evidence)),
            strict=True,
        )
    )
    loads = []
    for work in _voices(draft):
        changes = tuple(_without(work, draft.claims, evidence, states, redecide))
        if changes:
            first = work[0]
            loads.append(Load(paper_id=first.paper_id, title=first.title, reference=None, changes=changes))
    return tuple(sorted(loads, key=_weight))


def _voices(draft: Draft) -> Iterator[list[Paper]]:
    """The papers that say something on a claim, versions of one work together."""
    heard = {e.paper_id for e in draft.evidence if e.decides}
    papers = [p.paper for p in draft.papers if p.paper.paper_id in heard]
    for merged in merge_records(papers):
        yield [papers[i] for i in merged.members]


def _without(
    work: Sequence[Paper],
    claims: Sequence[Claim],
    evidence: dict[str, list[Evidence]],
    states: dict[str, VerdictState],
    redecide: Redecide,
) -> Iterator[VerdictChange]:
    """The verdicts that would differ without a work."""
    ids = {paper.paper_id for paper in work}
    touched = [
        (number, claim)
        for number, claim in enumerate(claims, start=1)
        if any(e.paper_id in ids and e.decides for e in evidence.get(claim.claim_id, ()))
    ]
    left = [e for _, claim in touched for e in evidence[claim.claim_id] if e.paper_id not in ids]
    decided = redecide([claim for _, claim in touched], left)
    cause = Cause(paper_id=work[0].paper_id, title=work[0].title, how="left out", decisive=True)
    for (number, claim), verdict in zip(touched, decided, strict=True):
        before, after = states[claim.claim_id], state_of(verdict)
        if not same_side(before, after) or _shift(before, after) >= NOTABLE:
            yield VerdictChange(claim=claim.text, number=number, before=before, after=after, causes=(cause,))


def _shift(before: VerdictState, after: VerdictState) -> float:
    """How far a verdict moves; that nothing can be said is no surer for want of a paper, so that confidence is left out."""
    if before.label is not Label.NOT_ENOUGH_INFO:
        return shift(before, after)
    return max(abs(before.support - after.support), abs(before.refute - after.refute))


def _weight(load: Load) -> tuple[int, float]:
    return -sum(change.turned for change in load.changes), -max(_shifts(load.changes))


def _shifts(changes: Iterable[VerdictChange]) -> Iterator[float]:
    return (_shift(c.before, c.after) for c in changes if c.before and c.after)
