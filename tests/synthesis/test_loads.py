"""Which papers the verdicts hang on."""

from __future__ import annotations

from hypothesis import given
from updating_factory import draft_of, evidence_of, evidence_sets, paper, redecide_over

from synthesis.loads import NOTABLE, load_bearing
from synthesis.records import Label
from synthesis.verdict_states import state_of

PAPERS = [paper(number) for number in range(5)]


def _loads(draft):
    return load_bearing(draft, redecide_over([p.paper for p in draft.papers]))


@given(evidence_sets())
def test_loads_are_what_leaving_out_each_paper_by_hand_gives(evidence):
    """A paper is load-bearing just when deciding again without it moves a side or a number that counts by 0.10."""
    draft = draft_of(2, evidence, PAPERS)
    redecide = redecide_over(PAPERS)
    expected = {}
    for one in PAPERS:
        left = [e for e in evidence if e.paper_id != one.paper_id]
        pairs = zip(draft.claims, draft.verdicts, redecide(draft.claims, left), strict=True)
        states = [(claim.text, state_of(now), state_of(then)) for claim, now, then in pairs]
        moved = {
            (text, now, then)
            for text, now, then in states
            if (now.label, now.leaning) != (then.label, then.leaning)
            or max(
                abs(now.confidence - then.confidence) if now.label is not Label.NOT_ENOUGH_INFO else 0.0,
                abs(now.support - then.support),
                abs(now.refute - then.refute),
            )
            >= NOTABLE
        }
        if moved:
            expected[one.paper_id] = moved
    found = {load.paper_id: {(c.claim, c.before, c.after) for c in load.changes} for load in _loads(draft)}
    assert found == expected


def test_the_only_support_bears_its_verdict_and_a_second_one_takes_the_load():
    """What rests on one paper hangs on it; with a second of the same strength it hangs on neither."""
    alone = draft_of(1, [evidence_of(0, 0, 0.9, 0.0)], PAPERS)
    [load] = _loads(alone)
    assert (load.paper_id, load.reference) == ("doi:10.3/p0", None)
    [change] = load.changes
    assert (change.before.label, change.after.label) == (Label.SUPPORTED, Label.NOT_ENOUGH_INFO)
    assert [(c.how, c.decisive) for c in change.causes] == [("left out", True)]
    assert _loads(draft_of(1, [evidence_of(0, 0, 0.9, 0.0), evidence_of(0, 1, 0.9, 0.0)], PAPERS)) == ()


def test_versions_of_one_work_fall_together():
    """Two records of one work that each give the same support are one load, under the name of the first."""
    twin = PAPERS[0].model_copy(update={"paper_id": "arxiv:2401.09999", "other_ids": (PAPERS[0].paper_id,)})
    first = evidence_of(0, 0, 0.9, 0.0)
    second = first.model_copy(
        update={
            "paper_id": twin.paper_id,
            "quote": first.quote.model_copy(update={"paper_id": twin.paper_id}),
        }
    )
    [load] = _loads(draft_of(1, [first, second], [*PAPERS, twin]))
    assert load.paper_id == PAPERS[0].paper_id


def test_what_turns_most_verdicts_comes_first():
    """A paper that turns two verdicts stands before one that turns one."""
    evidence = [evidence_of(0, 1, 0.9, 0.0), evidence_of(1, 2, 0.0, 0.9), evidence_of(2, 2, 0.9, 0.0)]
    assert [load.paper_id for load in _loads(draft_of(3, evidence, PAPERS))] == ["doi:10.3/p2", "doi:10.3/p1"]
