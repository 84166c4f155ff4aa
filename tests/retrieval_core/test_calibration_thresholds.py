"""Abstention: thresholds for a risk keep their promise on simulated judges, rise with nothing but the risk."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.calibration.curves import Verdicts
from retrieval_core.calibration.thresholds import (
    MIN_OF_LABEL,
    stated_across_folds,
    threshold_at,
    verdicts_of,
)
from retrieval_core.errors import InputError

GRID = (np.arange(4001) + 0.5) / 4001
GUARANTEES = ("expectation", "high-probability")
# Quantiles → confidences, and the probability that each is right.
LAWS = {
    "calibrated": lambda u: (np.sqrt(u), np.sqrt(u)),
    "overconfident": lambda u: (np.sqrt(u), u),
    "tied": lambda u: (np.ceil(np.sqrt(u) * 10) / 10 - 0.05,) * 2,
    "hopeless": lambda u: (u, np.full_like(u, 0.7)),
}
verdict_lists = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=60).map(
    lambda rows: Verdicts(confidence=tuple(c / 12 for c, _ in rows), correct=tuple(ok for _, ok in rows))
)


def _errors(law, n, risk, guarantee, draws=150):
    """(draws,) true shares of wrong verdicts among those stated (0 where none is), and coverages."""
    rng = np.random.default_rng(0)
    confidence, right = LAWS[law](GRID)
    errors, coverages = np.zeros(draws), np.zeros(draws)
    for i in range(draws):
        said, chance = LAWS[law](rng.random(n))
        verdicts = Verdicts(confidence=tuple(said.tolist()), correct=tuple((rng.random(n) < chance).tolist()))
        least = threshold_at(verdicts, risk, guarantee=guarantee)
        stated = confidence >= (2 if least is None else least - 1e-12)
        if stated.any():
            errors[i], coverages[i] = 1 - right[stated].mean(), stated.mean()
    return errors, coverages


@pytest.mark.parametrize("guarantee", GUARANTEES)
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("n", "risk"), [(12, 0.2), (60, 0.1), (300, 0.1), (300, 0.2)])
def test_the_mean_error_of_stated_verdicts_keeps_to_the_risk(law, n, risk, guarantee):
    """Over many sets of labels the share of wrong verdicts is at most the risk on average, for any law of the judge."""
    errors, _ = _errors(law, n, risk, guarantee)
    slack = 2.5 * errors.std() / math.sqrt(len(errors))
    assert errors.mean() <= risk + slack


@pytest.mark.parametrize("law", ["calibrated", "overconfident", "tied"])
def test_of_all_verdicts_ever_stated_the_risk_is_wrong_at_most(law):
    """Pooled over draws too, where a set of labels is large enough to state something every time."""
    errors, coverages = _errors(law, 500, 0.2, "expectation")
    assert (coverages > 0).all()
    assert errors @ coverages / coverages.sum() <= 0.2 + 0.01


@pytest.mark.parametrize("law", LAWS)
def test_high_probability_exceeds_the_risk_seldom(law):
    """At most one set of labels in ten gives a threshold whose true error is above the risk."""
    errors, _ = _errors(law, 300, 0.2, "high-probability")
    assert (errors > 0.2).mean() <= 0.1 + 2.5 * math.sqrt(0.1 * 0.9 / len(errors))


def test_small_sets_state_something_in_expectation():
    """With 50 labelled verdicts of a good judge the default states more often than the stricter guarantee."""
    default, strict = (_errors("calibrated", 50, 0.2, guarantee)[1] for guarantee in GUARANTEES)
    assert default.mean() > 0.4
    assert default.mean() > strict.mean()


@pytest.mark.parametrize("guarantee", GUARANTEES)
@settings(max_examples=60, deadline=None)
@given(verdicts=verdict_lists, risks=st.tuples(st.floats(0.02, 0.9), st.floats(0.02, 0.9)))
def test_a_larger_risk_never_raises_the_threshold(guarantee, verdicts, risks):
    """What is stated at a risk is stated at every larger one."""
    low, high = (threshold_at(verdicts, risk, guarantee=guarantee) for risk in sorted(risks))
    assert low is None or (high is not None and high <= low)


@settings(max_examples=40, deadline=None)
@given(verdicts=verdict_lists, turn=st.randoms())
def test_thresholds_ignore_the_order_of_verdicts(verdicts, turn):
    """Ties among confidences are stated together or not at all."""
    order = turn.sample(range(len(verdicts.confidence)), len(verdicts.confidence))
    turned = Verdicts(
        confidence=tuple(verdicts.confidence[i] for i in order),
        correct=tuple(verdicts.correct[i] for i in order),
    )
    for guarantee in GUARANTEES:
        assert threshold_at(turned, 0.3, guarantee=guarantee) == threshold_at(
            verdicts, 0.3, guarantee=guarantee
        )


@pytest.mark.parametrize(
    ("right", "wrong", "stated"), [(21, 0, False), (22, 0, True), (36, 1, False), (37, 1, True)]
)
def test_the_exact_tail_decides(right, wrong, stated):
    """At 10 % risk and delta 0.1: 0.9²² ≤ 0.1 < 0.9²¹, and P(at most 1 wrong) passes with 38 verdicts, not with 37."""
    least = threshold_at(_same(right, wrong), 0.1, guarantee="high-probability", delta=0.1)
    assert least == (0.9 if stated else None)


def _same(right, wrong):
    return Verdicts(confidence=(0.9,) * (right + wrong), correct=(True,) * right + (False,) * wrong)


def test_each_label_has_its_own_threshold_where_the_data_allow_it():
    """With enough verdicts of a leaning its own count, with fewer all of them, likewise for files without leanings."""
    n = MIN_OF_LABEL
    both = Verdicts(
        confidence=(0.8,) * n + (0.9,) * (n - 1),
        correct=(False,) * n + (True,) * (n - 1),
        leaning=("SUPPORTED",) * n + ("REFUTED",) * (n - 1),
    )
    assert len(verdicts_of(both, "SUPPORTED").correct) == n
    for everything in (
        verdicts_of(both, "REFUTED"),
        verdicts_of(both, None),
        verdicts_of(_same(9, 0), "SUPPORTED"),
    ):
        assert everything.leaning in {both.leaning, ()}
        assert len(everything.correct) in {2 * n - 1, 9}


def test_figures_across_folds_use_no_threshold_of_the_same_fold():
    """A fold whose verdicts are all wrong is stated by what the others promise, and is counted as wrong."""
    verdicts = Verdicts(
        confidence=(0.9,) * 40, correct=(True,) * 20 + (False,) * 20, fold=(0,) * 20 + (1,) * 20
    )
    assert stated_across_folds(verdicts, 0.1) == (20, 20)
    assert stated_across_folds(_same(20, 0), 0.1) == (0, 0)


def test_unknown_guarantees_and_deltas_are_refused():
    """Both name what was expected."""
    with pytest.raises(InputError, match='"expectation" or "high-probability"'):
        threshold_at(_same(9, 0), 0.1, guarantee="certain")
    with pytest.raises(InputError, match="delta"):
        threshold_at(_same(9, 0), 0.1, guarantee="high-probability", delta=0)
