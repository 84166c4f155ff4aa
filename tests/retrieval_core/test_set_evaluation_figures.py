"""Figures over groups of rows: the measures are scikit-learn's, the intervals a bootstrap over whole groups."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from retrieval_core.figures import (
    Resampling,
    accuracy_of,
    balanced_accuracy_of,
    confusion_rows,
    log_losses,
    macro_f1,
    macro_f1_over,
)

SAID = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)


@settings(max_examples=60)
@given(SAID)
def test_measures_are_those_of_scikit_learn(rows):
    """Accuracy, balanced accuracy and macro-F1, from the confusion matrix alone."""
    labels, said = (np.array(column) for column in zip(*rows, strict=True))
    counts = confusion_rows(labels, said).sum(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of labels that are said and never occur
        balanced = balanced_accuracy_score(labels, said)
    assert float(accuracy_of(counts)) == pytest.approx(accuracy_score(labels, said))
    assert float(balanced_accuracy_of(counts)) == pytest.approx(balanced)
    expected = f1_score(labels, said, labels=[0, 1, 2], average="macro", zero_division=0)
    assert macro_f1(labels, said) == pytest.approx(expected)
    two = f1_score(labels, said, labels=[0, 1], average="macro", zero_division=0)
    assert float(macro_f1_over([0, 1])(counts)) == pytest.approx(two)


def test_whole_groups_are_drawn():
    """With one group nothing varies; split into groups of one, the same rows do."""
    values = np.arange(20) % 2
    together = Resampling(["g"] * 20, seed=0).mean(values)
    apart = Resampling([str(i) for i in range(20)], seed=0).mean(values)
    assert together.low == together.value == together.high == 0.5
    assert apart.low < 0.5 < apart.high
    assert apart.value == 0.5


def test_the_interval_is_that_of_the_mean():
    """For independent rows it has the width that the normal approximation gives."""
    values = np.random.default_rng(0).normal(size=400)
    found = Resampling([str(i) for i in range(400)], seed=3).mean(values)
    half = 1.96 * values.std() / math.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.15)


def test_draws_are_of_the_seed_and_not_of_the_order():
    """The same rows in another order give the same figure."""
    rng = np.random.default_rng(1)
    groups, values = rng.integers(0, 9, 50).astype(str), rng.random(50)
    order = rng.permutation(50)
    one = Resampling(list(groups), seed=5).mean(values)
    other = Resampling(list(groups[order]), seed=5).mean(values[order])
    assert one.model_dump() == pytest.approx(other.model_dump())


def test_a_share_of_nothing_is_nothing():
    """No verdict stated: 0 of 0 is 0, and so are both ends."""
    found = Resampling(["a", "b"], seed=0).ratio(np.zeros(2), np.zeros(2))
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_log_loss_is_of_the_true_label_and_finite():
    """An even chance costs ln 2; a sure error costs what ``FLOOR`` allows."""
    losses = log_losses([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]], [0, 2])
    assert losses.tolist() == pytest.approx([math.log(2), -math.log(1e-6)])
