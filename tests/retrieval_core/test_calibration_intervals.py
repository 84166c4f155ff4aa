"""Intervals of the expected calibration error: not above the truth, and 0 inside when nothing is wrong."""

import numpy as np
import pytest

from retrieval_core.calibration import consistency_band, ece_interval, expected_calibration_error, log_loss
from retrieval_core.calibration.intervals import brier_interval


def _draw(rng, n, shift=0.0):
    confidence = rng.uniform(0.3, 0.9, n)
    return confidence, rng.random(n) < np.clip(confidence - shift, 0, 1)


def test_perfect_calibration_is_found_possible():
    """On perfectly calibrated draws the interval reaches 0 and the band holds the observed error, nearly always."""
    rng = np.random.default_rng(0)
    reaches, inside, percentile = [], [], []
    for seed in range(40):
        p, y = _draw(rng, 150)
        found, band = ece_interval(p, y, seed=seed, draws=150), consistency_band(p, seed=seed, draws=150)
        reaches.append(found.low == 0)
        inside.append(band.low <= found.value <= band.high)
        rows = rng.integers(150, size=(60, 150))
        percentile.append(np.quantile([expected_calibration_error(p[r], y[r]) for r in rows], 0.025) <= 0)
    assert np.mean(reaches) >= 0.9
    assert np.mean(inside) >= 0.85
    assert not any(percentile)  # what a percentile bootstrap would have said


def test_a_known_error_is_covered():
    """Confidences 0.15 too high: the interval holds 0.15 nearly always, and never 0."""
    rng = np.random.default_rng(1)
    found = [ece_interval(*_draw(rng, 600, 0.15), seed=seed, draws=150) for seed in range(25)]
    assert np.mean([one.low <= 0.15 <= one.high for one in found]) >= 0.85
    assert all(one.low > 0 for one in found)


def test_the_same_seed_gives_the_same_interval_and_no_data_gives_none():
    """Intervals repeat, whatever the order of the rows, and are 0 for no data."""
    p, y = _draw(np.random.default_rng(2), 100)
    assert ece_interval(p, y, seed=3, draws=50) == ece_interval(p[::-1], y[::-1], seed=3, draws=50)
    for nothing in (
        ece_interval([], [], seed=0),
        consistency_band([], seed=0),
        brier_interval([], [], seed=0),
    ):
        assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)


def test_brier_interval_lies_around_its_point():
    """A mean is not biased by resampling."""
    p, y = _draw(np.random.default_rng(4), 400)
    found = brier_interval(p, y, seed=0, draws=300)
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.1


def test_log_loss_against_its_definition():
    """Mean of −ln of what was given to the truth; a sure error costs much and not infinity."""
    assert log_loss([0.8, 0.4], [1, 0]) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert log_loss([1.0], [0]) == pytest.approx(-np.log(1e-6))
    assert log_loss([], []) == 0
