"""Evidence → verdicts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tools import PlainCalibrator, make_paper

from synthesis.config import VerdictConfig
from synthesis.records import Claim, Evidence, Label, Quote, Span, Stance
from synthesis.verdicts import decide_verdicts, is_grounded

PAPER = make_paper("p1", "One", "Cats sleep all day long.")
OTHER = make_paper("p2", "Two", "Cats do not sleep all day long.")
THIRD = make_paper("p3", "Three", "Some say that cats sleep all day long.")
FOURTH = make_paper("p4", "Four", "Cats sleep.")
PAPERS = {p.paper_id: p for p in (PAPER, OTHER, THIRD, FOURTH)}
CLAIM = Claim(claim_id="C1", text="Cats sleep all day long.", paper_id="p1", quote=Quote.of(PAPER, 0, 0, 24))


def _evidence(paper, support, refute, rank=1, group=None, **facts):
    scores = (support, refute, 1 - support - refute)
    stance = (Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER)[scores.index(max(scores))]
    return Evidence(
        claim_id="C1",
        paper_id=paper.paper_id,
        quote=Quote.of(paper, 0, 0, 4),
        sentences=(0,),
        context=Span(start=0, end=4),
        rank=rank,
        relevance=1.0,
        scores=scores,
        stance=stance,
        confidence=max(scores),
        group=rank if group is None else group,
    ).model_copy(update=facts)


def _decide(*evidence, risk=0.1):
    (verdict,) = decide_verdicts([CLAIM], evidence, PAPERS, PlainCalibrator(), VerdictConfig(risk=risk))
    return verdict


@pytest.mark.parametrize(
    ("scores", "label"),
    [
        ([(0.95, 0.0)], Label.SUPPORTED),
        ([(0.0, 0.95)], Label.REFUTED),
        ([(0.95, 0.0), (0.0, 0.92)], Label.CONFLICTING),
        ([(0.85, 0.0)], Label.NOT_ENOUGH_INFO),
        ([], Label.NOT_ENOUGH_INFO),
    ],
)
def test_labels_follow_the_threshold(scores, label):
    """A side counts when its confidence reaches 1 − risk; both sides make a conflict; neither abstains."""
    verdict = _decide(*(_evidence(OTHER, s, r) for s, r in scores))
    assert verdict.label is label
    assert verdict.verified == (label is Label.SUPPORTED)


def test_a_greater_risk_states_more():
    """What abstains at 10 % is stated at 20 %, and an abstaining verdict says what it leaned to."""
    evidence = _evidence(OTHER, 0.85, 0.0)
    assert _decide(evidence).leaning is Label.SUPPORTED
    assert _decide(evidence, risk=0.2).label is Label.SUPPORTED


def test_grounded_means_word_for_word_at_the_offsets():
    """A claim is grounded only while its own paper holds its words where they were found."""
    assert is_grounded(CLAIM, PAPERS)
    moved = make_paper("p1", "One", " Cats sleep all day long.")
    assert not is_grounded(CLAIM, {"p1": moved})
    assert not is_grounded(CLAIM, {})
    assert not is_grounded(CLAIM.model_copy(update={"quote": None}), PAPERS)


def test_the_reason_counts_the_papers():
    """The reason is a template with counted facts."""
    verdict = _decide(_evidence(OTHER, 0.95, 0.0), _evidence(THIRD, 0.1, 0.1, rank=2))
    assert verdict.reason == "2 other papers read, 2 independent groups: 1 for, 0 against, 1 silent."
    assert (verdict.n_papers, verdict.n_groups) == (2, 2)


class _UnsureOfConflict(PlainCalibrator):
    def confidence(self, label, support, refute):
        return 0.2 if label is Label.CONFLICTING else super().confidence(label, support, refute)


def test_a_conflict_that_is_not_sure_enough_is_not_stated():
    """Both sides pass alone, yet CONFLICTING is under the threshold: it abstains and leans to the conflict."""
    both = [_evidence(OTHER, 0.95, 0.0), _evidence(OTHER, 0.0, 0.92, rank=2)]
    (verdict,) = decide_verdicts([CLAIM], both, PAPERS, _UnsureOfConflict(), VerdictConfig(risk=0.1))
    assert (verdict.label, verdict.leaning) == (Label.NOT_ENOUGH_INFO, Label.CONFLICTING)


def test_evidence_that_does_not_name_the_claims_subject_does_not_count():
    """However sure the judge is, a passage that decides nothing moves no verdict."""
    elsewhere = _evidence(OTHER, 0.99, 0.0).model_copy(update={"decides": False})
    assert _decide(elsewhere).label is Label.NOT_ENOUGH_INFO
    assert _decide(elsewhere).support == 0


def test_no_side_is_stated_without_a_passage_that_takes_it():
    """A low threshold alone never makes a verdict of silent passages, nor a conflict of one side."""
    silent = _evidence(OTHER, 0.3, 0.0)
    assert silent.stance is Stance.NEITHER
    assert _decide(silent, risk=0.8).label is Label.NOT_ENOUGH_INFO


@pytest.mark.parametrize("scores", [[(0.95, 0.0)], [(0.6, 0.0)], [(0.0, 0.7)], [(0.6, 0.1), (0.2, 0.55)]])
def test_a_greater_risk_never_withdraws_a_verdict(scores):
    """The claims that are stated only grow with the risk."""
    stated = [
        _decide(*(_evidence(OTHER, s, r) for s, r in scores), risk=risk).label is not Label.NOT_ENOUGH_INFO
        for risk in (0.05, 0.2, 0.35, 0.5)
    ]
    assert stated == sorted(stated)


def test_papers_of_one_group_count_once():
    """Three papers of two groups are said to be so; a repeat moves neither label nor confidence."""
    once = _decide(_evidence(OTHER, 0.95, 0.0), _evidence(THIRD, 0.0, 0.2, rank=2))
    verdict = _decide(
        _evidence(OTHER, 0.95, 0.0),
        _evidence(THIRD, 0.0, 0.2, rank=2),
        _evidence(FOURTH, 0.93, 0.0, rank=3, group=1),
    )
    assert verdict.reason == "3 other papers read, 2 independent groups: 1 for, 0 against, 1 silent."
    assert (verdict.label, verdict.confidence) == (once.label, once.confidence)


def test_versions_of_a_work_are_one_paper_in_the_count():
    """Two records of one work are one paper read."""
    version = THIRD.model_copy(update={"paper_id": "v3", "other_ids": ("p3",)})
    evidence = [_evidence(p, 0.95, 0.0, rank=i, group=1) for i, p in enumerate((THIRD, version), start=1)]
    papers = PAPERS | {"v3": version}
    (verdict,) = decide_verdicts([CLAIM], evidence, papers, PlainCalibrator(), VerdictConfig())
    assert (verdict.n_papers, verdict.n_groups) == (1, 1)


def test_a_claims_own_authors_cannot_verify_it_but_may_refute_it():
    """Support from the claim's own group does not count and is told; its refutation counts."""
    support = _decide(_evidence(OTHER, 0.95, 0.0, group=0))
    assert (support.label, support.verified, support.support, support.n_groups) == (
        Label.NOT_ENOUGH_INFO,
        False,
        0.0,
        0,
    )
    assert support.reason.startswith(
        "1 other paper read, 0 independent groups. 1 paper of the claim's own authors or with its paper's text "
        "cannot verify it: 1 for, 0 against, 0 silent."
    )
    assert _decide(_evidence(OTHER, 0.0, 0.95, group=0)).label is Label.REFUTED
    helped = _decide(_evidence(OTHER, 0.99, 0.0, group=0), _evidence(THIRD, 0.91, 0.0, rank=2, group=1))
    assert (helped.label, helped.confidence) == (Label.SUPPORTED, 0.91)


def test_a_group_that_speaks_on_both_sides_is_told_apart():
    """A group whose papers contradict each other is neither for nor against."""
    verdict = _decide(_evidence(OTHER, 0.95, 0.0), _evidence(THIRD, 0.0, 0.95, rank=2, group=1))
    assert "1 independent group: 0 for, 0 against, 1 on both sides, 0 silent." in verdict.reason
    assert verdict.label is Label.CONFLICTING


def _capped(paper, note, **facts):
    facts = {"decides": False, "stance": Stance.NEITHER, "notes": (note,), **facts}
    return _evidence(paper, 0.97, 0.0, **facts)


def test_disagreeing_numbers_hold_a_verdict_back_and_are_shown():
    """What would support but for its numbers gives no verdict; they are listed and said in the reason."""
    note = "claim: 80 %, evidence: 0.72"
    verdict = _decide(_capped(OTHER, note), _capped(THIRD, note, rank=2))
    assert (verdict.label, verdict.caps) == (Label.NOT_ENOUGH_INFO, (note,))
    assert "Numbers disagree in what would support it: (claim: 80 %, evidence: 0.72)." in verdict.reason


def test_other_evidence_may_still_support_a_capped_claim():
    """A passage with the claim's own number supports it, and the other number stays visible."""
    note = "claim: 80 %, evidence: 72 %"
    verdict = _decide(_capped(OTHER, note), _evidence(THIRD, 0.95, 0.0, rank=2))
    assert (verdict.label, verdict.caps) == (Label.SUPPORTED, (note,))


def test_notes_of_a_refutation_are_no_caps():
    """Evidence that takes its side held nothing back."""
    verdict = _decide(_evidence(OTHER, 0.0, 0.95, notes=("claim: 80 %, evidence: 72 %",)))
    assert (verdict.label, verdict.caps) == (Label.REFUTED, ())


def test_the_reason_shows_three_caps_and_counts_the_others():
    """A reader is not buried in numbers; the record holds all."""
    verdict = _decide(*(_capped(OTHER, f"claim: 1, evidence: {i}", rank=i) for i in range(2, 7)))
    assert len(verdict.caps) == 5
    assert "(claim: 1, evidence: 4) and 2 more." in verdict.reason


_SCORES = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda s: (s[0] / 200, s[1] / 200))


@settings(max_examples=30)
@given(st.lists(st.tuples(_SCORES, st.integers(0, 3)), min_size=1, max_size=4), st.integers(0, 3))
def test_a_duplicate_never_makes_a_verdict_surer(drawn, index):
    """The same passage once more, as a version of its paper would bring it, changes neither label nor confidence."""
    papers = (OTHER, THIRD, FOURTH, PAPER)
    evidence = [
        _evidence(papers[i], *scores, rank=i + 1, group=group) for i, (scores, group) in enumerate(drawn)
    ]
    copied = evidence[index % len(evidence)].model_copy(update={"rank": len(evidence) + 1})
    once, twice = _decide(*evidence, risk=0.6), _decide(*evidence, copied, risk=0.6)
    assert once == twice
