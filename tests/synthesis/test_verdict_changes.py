"""Two drafts set against each other: which verdicts differ, and by which papers."""

from __future__ import annotations

from hypothesis import given
from updating_factory import draft_of, evidence_of, evidence_sets, paper, redecide_over

from synthesis.records import Label
from synthesis.verdict_changes import Fates, compare_drafts
from synthesis.verdict_states import same_side, state_of

PAPERS = [paper(number) for number in range(5)]


def _compare(before, after, fates=None):
    return compare_drafts(before, after, "earlier", fates or Fates(), redecide_over(PAPERS))


def _draft(*evidence, n_claims=1, papers=None):
    held = {e.paper_id for e in evidence}
    return draft_of(n_claims, evidence, [p for p in papers or PAPERS if p.paper_id in held])


@given(evidence_sets())
def test_a_draft_differs_in_nothing_from_itself(evidence):
    """The same draft twice: no change, no paper named, every claim unchanged."""
    draft = draft_of(2, evidence, PAPERS)
    changes = _compare(draft, draft)
    assert (changes.changes, changes.unchanged, changes.papers) == ((), 2, ())


@given(evidence_sets(n_claims=1), evidence_sets(n_claims=1))
def test_undoing_the_decisive_papers_gives_the_verdict_of_before(before, after):
    """A verdict that turned is as it was once its decisive papers are put back, and some paper is always decisive."""
    one, two = _draft(*before), _draft(*after)
    for change in _compare(one, two).changes:
        assert change.causes
        if not change.turned:
            continue
        decisive = {cause.paper_id for cause in change.causes if cause.decisive}
        assert decisive
        mixed = [e for e in before if e.paper_id in decisive] + [
            e for e in after if e.paper_id not in decisive
        ]
        singly = [
            [e for e in before if e.paper_id == p] + [e for e in after if e.paper_id != p] for p in decisive
        ]
        redecide = redecide_over(PAPERS)
        assert any(
            same_side(state_of(redecide(two.claims, evidence)[0]), change.before)
            for evidence in (mixed, *singly)
        )


@given(evidence_sets(), evidence_sets())
def test_every_claim_is_counted_once_and_what_turned_comes_first(before, after):
    """Changes and unchanged claims together are the claims; turned ones stand before those that only moved."""
    changes = _compare(_draft(*before, n_claims=2), _draft(*after, n_claims=2))
    assert len(changes.changes) + changes.unchanged == 2
    turned = [change.turned for change in changes.changes]
    assert turned == sorted(turned, reverse=True)


def test_a_new_paper_that_refutes_is_the_cause_and_a_silent_one_is_not():
    """Of two new papers the one that turned the verdict is named and decisive, the silent one is not named."""
    support, refute, silent = (
        evidence_of(0, 0, 0.7, 0.0),
        evidence_of(0, 1, 0.0, 0.95),
        evidence_of(0, 2, 0.0, 0.1),
    )
    changes = _compare(_draft(support), _draft(support, refute, silent))
    [change] = changes.changes
    assert (change.before.label, change.after.label) == (Label.SUPPORTED, Label.CONFLICTING)
    assert [(c.paper_id, c.how, c.decisive) for c in change.causes] == [("doi:10.3/p1", "new", True)]
    assert {(c.paper_id, c.decisive) for c in changes.papers} == {
        ("doi:10.3/p1", True),
        ("doi:10.3/p2", False),
    }


def test_two_papers_that_each_suffice_are_decisive_together():
    """Neither of two equal refutations is decisive alone, so both are; a third, weaker one can be spared."""
    strong = [evidence_of(0, 1, 0.0, 0.9), evidence_of(0, 2, 0.0, 0.9)]
    changes = _compare(_draft(), _draft(*strong, evidence_of(0, 3, 0.0, 0.3)))
    [change] = changes.changes
    assert {c.paper_id for c in change.causes if c.decisive} == {"doi:10.3/p1", "doi:10.3/p2"}


def test_a_fallen_paper_is_called_by_what_became_of_it():
    """Missing since: retracted, left out on request, or gone, as the fates say."""
    before = _draft(evidence_of(0, 0, 0.9, 0.0))
    name = frozenset({"doi:10.3/p0"})
    for fates, how in (
        (Fates(fallen=name), "retracted"),
        (Fates(dropped=name), "dropped"),
        (Fates(), "gone"),
    ):
        changes = _compare(before, _draft(), fates)
        assert [(c.how, c.decisive) for c in changes.papers] == [(how, True)]
        assert [(c.how, c.decisive) for c in changes.changes[0].causes] == [(how, True)]


def test_a_changed_text_is_a_cause_of_its_own():
    """A paper whose text says the opposite now is named with how it changed."""
    now = PAPERS[0].model_copy(
        update={"sections": (PAPERS[0].sections[0].model_copy(update={"text": PAPERS[1].sections[0].text}),)}
    )
    later = evidence_of(0, 0, 0.0, 0.9)
    changes = _compare(_draft(evidence_of(0, 0, 0.9, 0.0)), _draft(later, papers=[now]))
    assert [(c.how, c.decisive) for c in changes.changes[0].causes] == [("text changed", True)]


def test_claims_are_matched_by_what_they_say():
    """The same claim in nearly the same words is compared; one with another number is another claim."""
    before = _draft(evidence_of(0, 0, 0.9, 0.0))
    claim = before.claims[0].model_copy(
        update={"text": "Hybrid batches lower bias on seven corpora by 30 %."}
    )
    near = claim.model_copy(update={"text": "The hybrid batches lower bias on seven corpora by 30 %."})
    other = claim.model_copy(update={"text": "Hybrid batches lower bias on seven corpora by 40 %."})
    before = before.model_copy(update={"claims": (claim,)})
    assert _compare(before, before.model_copy(update={"claims": (near,)})).unchanged == 1
    changes = _compare(before, before.model_copy(update={"claims": (other,)}))
    assert [(c.number, c.before is None, c.after is None) for c in changes.changes] == [
        (1, True, False),
        (None, False, True),
    ]


def test_without_a_way_to_decide_no_cause_is_named():
    """What cannot be computed is not guessed: the change stands there without a cause."""
    after = _draft(evidence_of(0, 1, 0.0, 0.9))
    changes = compare_drafts(_draft(evidence_of(0, 0, 0.9, 0.0)), after, "earlier", Fates())
    assert [change.causes for change in changes.changes] == [()]
