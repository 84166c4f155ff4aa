"""Two drafts of one question → which verdicts differ, and by which papers.

A cause is computed: of a verdict that differs, each paper that came, went or was read otherwise is put back to where it
was, and the later verdict is decided again. A paper is decisive when the verdict is then as it was before. Where no
single one is, those are that together suffice and of which none can be spared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.duplicates import content_of, same_claim
from synthesis.merging import merge_records
from synthesis.records import Cause, Changes, VerdictChange
from synthesis.verdict_states import by_claim, same_side, shift, shown_alike, state_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from synthesis.records import Claim, Draft, Evidence, Paper, VerdictState
    from synthesis.records.changes import How
    from synthesis.verdict_states import Redecide

SIMILARITY = (
    0.8  # Jaccard of the terms of two claims that are one in other words; numbers and signs must be equal
)


class Fates(NamedTuple):
    """Why earlier papers are not in the later draft, by paper_id: those that fell, and those left out on request."""

    fallen: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()


class _Work(NamedTuple):
    """A work of either draft: the paper_ids of its records, and how it differs."""

    ids: frozenset[str]
    title: str
    paper_id: str
    how: How | None  # None: it is in both and its text is the same


def compare_drafts(
    before: Draft, after: Draft, run_id: str, fates: Fates, redecide: Redecide | None = None
) -> Changes:
    """``after`` set against ``before``, the draft of the run ``run_id``.

    ``redecide`` decides claims as those of ``after`` were decided; without it no cause can be computed, and none is named.
    """
    works = _works(before, after, fates)
    pairs = _matched(before.claims, after.claims)
    compared = _Compared(before, after, works, redecide)
    changes, unchanged = [], 0
    for number, (old, new) in enumerate(pairs, start=1):
        change = compared.change(old, new, number)
        if change:
            changes.append(change)
        unchanged += change is None
    held = {old.claim_id for old, _ in pairs if old}
    changes += [compared.lost(claim) for claim in before.claims if claim.claim_id not in held]
    decisive = {cause.paper_id for change in changes for cause in change.causes if cause.decisive}
    papers = tuple(
        Cause(paper_id=w.paper_id, title=w.title, how=w.how, decisive=w.paper_id in decisive)
        for w in works
        if w.how
    )
    return Changes(
        before=run_id, changes=tuple(sorted(changes, key=_order)), unchanged=unchanged, papers=papers
    )


def _order(change: VerdictChange) -> tuple[bool, float]:
    """What turned first, then by difference of confidence."""
    both = change.before and change.after
    return not change.turned, -abs(change.before.confidence - change.after.confidence) if both else 0.0  # type: ignore[union-attr]


# --------------------------------------------------------------------------- which papers, which claims


def _works(before: Draft, after: Draft, fates: Fates) -> list[_Work]:
    """The works of both drafts, in the order of the later one, then those that only the earlier one holds."""
    later = [p.paper for p in after.papers]
    earlier = [p.paper for p in before.papers]
    works = []
    for merged in merge_records([*later, *earlier]):
        now = [later[i] for i in merged.members if i < len(later)]
        then = [earlier[i - len(later)] for i in merged.members if i >= len(later)]
        shown = (now or then)[0]
        ids = frozenset(p.paper_id for p in (*now, *then))
        works.append(_Work(ids, shown.title, shown.paper_id, _how(then, now, fates)))
    return works


def _how(then: Sequence[Paper], now: Sequence[Paper], fates: Fates) -> How | None:
    if not then:
        return "new"
    if any(p.retracted for p in now) and not any(p.retracted for p in then):
        return "retracted"
    ids = {p.paper_id for p in then}
    if ids & fates.dropped:
        return "dropped"
    if not now:
        return "retracted" if ids & fates.fallen else "gone"
    texts = [{s.text for p in papers for s in p.sections} for papers in (then, now)]
    return None if texts[0] == texts[1] else "text changed"


def _matched(before: Sequence[Claim], after: Sequence[Claim]) -> list[tuple[Claim | None, Claim]]:
    """For each later claim the earlier one: of the same words, else the first free one that says the same."""
    free = {claim.claim_id: claim for claim in before}
    found: dict[str, Claim] = {}
    by_text: dict[str, list[Claim]] = {}
    for claim in before:
        by_text.setdefault(claim.text, []).append(claim)
    for claim in after:
        if same := by_text.get(claim.text):
            found[claim.claim_id] = free.pop(same.pop(0).claim_id)
    contents = {claim_id: content_of(claim.text) for claim_id, claim in free.items()}
    for claim in (c for c in after if c.claim_id not in found):
        content = content_of(claim.text)
        near = next((i for i in free if same_claim(content, contents[i], SIMILARITY)), None)
        if near is not None:
            found[claim.claim_id] = free.pop(near)
    return [(found.get(claim.claim_id), claim) for claim in after]


# --------------------------------------------------------------------------- one claim


class _Compared:
    """Both drafts by claim."""

    def __init__(
        self, before: Draft, after: Draft, works: Sequence[_Work], redecide: Redecide | None
    ) -> None:
        self._states = tuple({v.claim_id: state_of(v) for v in draft.verdicts} for draft in (before, after))
        self._evidence = by_claim(before.evidence), by_claim(after.evidence)
        self._works = works
        self._redecide = redecide

    def change(self, old: Claim | None, new: Claim, number: int) -> VerdictChange | None:
        """How the verdict on a claim differs; ``None`` where a reader sees the same."""
        after = self._states[1][new.claim_id]
        before = self._states[0].get(old.claim_id) if old else None
        if before is not None and shown_alike(before, after):
            return None
        causes = self._causes(old, new, before) if old and before else ()
        return VerdictChange(claim=new.text, number=number, before=before, after=after, causes=causes)

    def lost(self, claim: Claim) -> VerdictChange:
        """A claim that the later draft does not hold."""
        before = self._states[0].get(claim.claim_id)
        return VerdictChange(claim=claim.text, number=None, before=before, after=None, causes=())

    def _causes(self, old: Claim, new: Claim, before: VerdictState) -> tuple[Cause, ...]:
        """The works that moved a verdict, decisive ones first; one that is silent on the claim moved nothing."""
        if self._redecide is None:
            return ()
        shifts = list(self._differing(old, new))
        after = self._states[1][new.claim_id]
        without = [self._decided(new, [shifted]) for shifted in shifts]
        decisive = [_as_before(state, before, after) for state in without]
        if not any(decisive):
            decisive = self._together(shifts, new, before)
        causes = [
            Cause(paper_id=s.work.paper_id, title=s.work.title, how=s.how, decisive=decides)
            for s, state, decides in zip(shifts, without, decisive, strict=True)
            if decides or state != after
        ]
        return tuple(sorted(causes, key=lambda cause: not cause.decisive))

    def _differing(self, old: Claim, new: Claim) -> Iterator[_Shift]:
        """The works whose evidence on the claim is not what it was, models aside."""
        then = self._evidence[0].get(old.claim_id, [])
        now = self._evidence[1].get(new.claim_id, [])
        for work in self._works:
            earlier = [
                e.model_copy(update={"claim_id": new.claim_id}) for e in then if e.paper_id in work.ids
            ]
            later = [e for e in now if e.paper_id in work.ids]
            if [_read(e) for e in earlier] != [_read(e) for e in later]:
                yield _Shift(work, _how_read(work, earlier, later), tuple(earlier), tuple(later))

    def _together(self, shifts: Sequence[_Shift], claim: Claim, before: VerdictState) -> list[bool]:
        """Which shifts must be undone together before the verdict is as it was; none where that does not help."""
        after = self._states[1][claim.claim_id]

        def restored(undone: Sequence[_Shift]) -> bool:
            return _as_before(self._decided(claim, undone), before, after)

        if not restored(shifts):
            return [False] * len(shifts)
        needed = list(range(len(shifts)))
        for i in range(len(shifts)):
            others = [j for j in needed if j != i]
            if restored([shifts[j] for j in others]):
                needed = others
        return [i in needed for i in range(len(shifts))]

    def _decided(self, claim: Claim, undone: Sequence[_Shift]) -> VerdictState:
        """The later verdict, decided with some works' evidence as it was before."""
        assert self._redecide is not None
        [verdict] = self._redecide([claim], _undo(self._evidence[1].get(claim.claim_id, []), undone))
        return state_of(verdict)


class _Shift(NamedTuple):
    """A work whose evidence on a claim is not what it was: what it gave before, and what it gives now."""

    work: _Work
    how: How
    earlier: tuple[Evidence, ...]
    later: tuple[Evidence, ...]


def _undo(evidence: Sequence[Evidence], shifts: Collection[_Shift]) -> list[Evidence]:
    """The later evidence with some works' as it was before."""
    ids = frozenset().union(*(s.work.ids for s in shifts))
    return [*(e for e in evidence if e.paper_id not in ids), *(e for s in shifts for e in s.earlier)]


def _read(item: Evidence) -> tuple[str, int, int, str]:
    """Which words of which paper were read for and against a claim."""
    return item.paper_id, item.context.start, item.context.end, item.quote.text


def _how_read(work: _Work, earlier: Sequence[Evidence], later: Sequence[Evidence]) -> How:
    """How a work differs on one claim: as it does altogether, or in what was read of it."""
    if work.how in {"retracted", "dropped", "gone", "new"}:
        return work.how
    if not earlier:
        return "new"
    return "text changed" if later else "gone"


def _as_before(decided: VerdictState, before: VerdictState, after: VerdictState) -> bool:
    """Whether a verdict is as it was: the side where the side changed, else what a reader sees of it.

    Numbers that other papers moved too are nearer to what they were than to what they are.
    """
    if not same_side(before, after):
        return same_side(decided, before)
    return same_side(decided, before) and shift(decided, before) < shift(decided, after)


def dropped_works(papers: Sequence[Paper], wanted: Collection[str]) -> Mapping[str, Paper]:
    """The papers with one of the ids ``wanted``, and all further records of their works, by paper_id."""
    works = merge_records(papers)
    hit = [m for m in works if any(papers[i].paper_id in wanted for i in m.members)]
    return {papers[i].paper_id: papers[i] for m in hit for i in m.members}
