"""How far an expected calibration error can be told from chance.

The ECE of a perfect calibrator is not 0: each bin's accuracy strays from its confidence. Resampling the data adds that
straying a second time, so a percentile bootstrap lies above its own point and never reaches 0. Both functions here
simulate instead: labels are drawn anew with known error, and that error is kept for which the observed ECE is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.reliability import (
    N_BINS,
    brier_score,
    expected_calibration_error,
    reliability_bins,
)
from retrieval_core.records import Record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DRAWS = 400
LEVEL = 0.95
_LARGEST_FACTOR = 8.0  # of the observed gaps; beyond it nothing is told
_HALVINGS = 12


class Interval(Record):
    """A figure and the interval that holds the true one at the stated level."""

    value: float
    low: float
    high: float


def consistency_band(
    confidence: ArrayLike, *, seed: int, draws: int = DRAWS, level: float = LEVEL, n_bins: int = N_BINS
) -> Interval:
    """ECE that the same confidences would show if they were exactly right: mean, and the range of ``level`` of it.

    An observed ECE inside says nothing against the calibrator (Bröcker and Smith 2007, "Increasing the reliability of
    reliability diagrams"). All 0 for no data.
    """
    simulation = _Simulation.of(confidence, np.zeros(np.shape(confidence)), seed, draws, n_bins)
    errors = simulation.errors(0.0)
    low, high = np.quantile(errors, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value=float(errors.mean()), low=float(low), high=float(high))


def ece_interval(
    confidence: ArrayLike,
    correct: ArrayLike,
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
    n_bins: int = N_BINS,
) -> Interval:
    """The observed ECE, and the interval of the true one: that of a simulation in which the observed one is usual.

    Each bin's observed gap between accuracy and confidence is taken ``factor`` times as the true gap, labels are drawn,
    and the factors are kept for which the observed ECE lies in the middle ``level`` of those simulated (a test turned
    round, within a family of one parameter). 0 is inside exactly when ``consistency_band`` does not lie under the
    observed value; the value itself, which is biased upwards, may lie above ``high``. Rows count as independent.
    """
    observed = expected_calibration_error(confidence, correct, n_bins)
    simulation = _Simulation.of(confidence, _gaps(confidence, correct, n_bins), seed, draws, n_bins)
    tail = (1 - level) / 2

    def largest(quantile: float) -> float:
        """True error at the largest factor whose ``quantile`` of simulated errors is at most the observed one."""
        low, high = 0.0, _LARGEST_FACTOR
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            usual = np.quantile(simulation.errors(middle), quantile) <= observed
            low, high = (middle, high) if usual else (low, middle)
        return simulation.true_error(low) if low else 0.0

    return Interval(value=observed, low=largest(1 - tail), high=largest(tail))


def brier_interval(
    confidence: ArrayLike, correct: ArrayLike, *, seed: int, draws: int = 1000, level: float = LEVEL
) -> Interval:
    """The Brier score with its percentile bootstrap; a mean over rows, so resampling does not bias it."""
    p, y = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    value = brier_score(p, y)
    if not len(p):
        return Interval(value=value, low=value, high=value)
    losses = (p - y) ** 2
    rng = np.random.default_rng(seed)
    means = [losses[rng.integers(len(p), size=len(p))].mean() for _ in range(draws)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value=value, low=float(low), high=float(high))


@dataclass(frozen=True, slots=True)
class _Simulation:
    """Labels drawn for sorted confidences; the same uniform numbers for every factor, so that errors change smoothly."""

    confidence: NDArray[np.float64]  # (n,), rising
    gaps: NDArray[np.float64]  # (n,), of each one's bin
    starts: NDArray[np.int64]  # (n_bins,)
    uniform: NDArray[np.float32]  # (draws, n)

    @classmethod
    def of(
        cls, confidence: ArrayLike, gaps: NDArray[np.float64], seed: int, draws: int, n_bins: int
    ) -> _Simulation:
        p = np.sort(np.asarray(confidence, dtype=np.float64))
        sizes = [b.n for b in reliability_bins(p, np.zeros(len(p)), n_bins)]
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64) if sizes else np.zeros(0, int)
        return cls(p, gaps, starts, np.random.default_rng(seed).random((draws, len(p)), dtype=np.float32))

    def errors(self, factor: float) -> NDArray[np.float64]:
        """(draws,) ECEs of labels drawn with accuracy confidence + factor · gap."""
        if not len(self.confidence):
            return np.zeros(len(self.uniform))
        right = self.uniform < self._accuracy(factor)
        excess = np.add.reduceat(right - self.confidence, self.starts, axis=1)  # (draws, n_bins)
        errors: NDArray[np.float64] = np.abs(excess).sum(axis=1) / len(self.confidence)
        return errors

    def true_error(self, factor: float) -> float:
        """ECE without chance at that accuracy."""
        if not len(self.confidence):
            return 0.0
        excess = np.add.reduceat(self._accuracy(factor) - self.confidence, self.starts)
        return float(np.abs(excess).sum() / len(self.confidence))

    def _accuracy(self, factor: float) -> NDArray[np.float64]:
        return np.clip(self.confidence + factor * self.gaps, 0, 1)


def _gaps(confidence: ArrayLike, correct: ArrayLike, n_bins: int) -> NDArray[np.float64]:
    """(n,) accuracy − mean confidence of the bin, by rising confidence."""
    bins = reliability_bins(confidence, correct, n_bins)
    return np.repeat([b.accuracy - b.mean_confidence for b in bins], [b.n for b in bins])
