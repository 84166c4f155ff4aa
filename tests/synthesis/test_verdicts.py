"""Evidence → verdicts."""

import pytest
from small_tools import PlainCalibrator, make_paper

from synthesis.config import VerdictConfig
from synthesis.records import Claim, Evidence, Label, Quote, Span, Stance
from synthesis.verdicts import decide_verdicts, is_grounded

PAPER = make_paper("p1", "One", "Cats sleep all day long.")
OTHER = make_paper("p2", "Two", "Cats do not sleep all day long.")
PAPERS = {p.paper_id: p for p in (PAPER, OTHER)}
CLAIM = Claim(claim_id="C1", text="Cats sleep all day long.", paper_id="p1", quote=Quote.of(PAPER, 0, 0, 24))


def _evidence(paper, support, refute, rank=1):
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
    )


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
    verdict = _decide(_evidence(OTHER, 0.95, 0.0), _evidence(OTHER, 0.1, 0.1, rank=2))
    assert verdict.reason == "2 other papers read: 1 for, 0 against, 1 silent."


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
