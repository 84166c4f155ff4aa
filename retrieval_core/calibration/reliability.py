"""How well confidences match the truth: expected calibration error, proper scores, reliability diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.maps import FLOOR
from retrieval_core.errors import InputError
from retrieval_core.records import Record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

N_BINS = 15


class ReliabilityBin(Record):
    """One bin of a reliability diagram."""

    n: int
    mean_confidence: float
    accuracy: float


class LabelReliability(Record):
    """Reliability of the confidences that lean to one label."""

    label: str
    n: int
    ece: float
    brier: float
    log_loss: float
    bins: tuple[ReliabilityBin, ...]


class CalibrationReport(Record):
    """How well stated confidences matched the truth on held-out labelled claims."""

    model: str  # judge and calibrator
    fitted_on: str
    measured_on: str
    n: int
    ece: float
    brier: float
    log_loss: float
    bins: tuple[ReliabilityBin, ...]
    by_label: tuple[LabelReliability, ...]  # empty where the calibrator does not know what each leaned to
    risk: float
    threshold: float | None


def reliability_bins(
    confidence: ArrayLike, correct: ArrayLike, n_bins: int = N_BINS
) -> tuple[ReliabilityBin, ...]:
    """At most ``n_bins`` bins of equal mass by confidence, lowest first.

    Equal confidences always share a bin, so that the order of the input cannot matter; bins may then be fewer and
    of unequal mass. ``confidence`` in [0, 1] and ``correct`` (0 or 1), both (n,). Raises ``InputError`` on other
    shapes, values outside these ranges, or ``n_bins`` < 1.
    """
    p, y = _checked(confidence, correct)
    if n_bins < 1:
        raise InputError(f"n_bins is {n_bins}; at least one bin is needed.")
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    cuts = [round(len(p) * i / n_bins) for i in range(1, n_bins)]
    ends = sorted({int(np.searchsorted(p, p[cut - 1], side="right")) for cut in cuts if cut > 0} | {len(p)})
    starts = [0, *ends[:-1]]
    return tuple(
        ReliabilityBin(n=b - a, mean_confidence=float(p[a:b].mean()), accuracy=float(y[a:b].mean()))
        for a, b in zip(starts, ends, strict=True)
        if b > a
    )


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, n_bins: int = N_BINS) -> float:
    """Mean over bins of equal mass, weighted by size, of |mean confidence − accuracy|.

    Of Naeini, Cooper, Hauskrecht 2015 ("Obtaining well calibrated probabilities using Bayesian binning"), with bins
    of equal mass instead of equal width. 0 for no data.

    >>> expected_calibration_error([0.5, 0.5], [1, 0])
    0.0
    """
    bins = reliability_bins(confidence, correct, n_bins)
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.mean_confidence - b.accuracy) for b in bins) / total if total else 0.0


def brier_score(confidence: ArrayLike, correct: ArrayLike) -> float:
    """Mean of (confidence − correct)²; 0 is perfect, a constant ½ gives ¼. 0 for no data.

    >>> brier_score([1.0, 0.5], [1, 0])
    0.125
    """
    p, y = _checked(confidence, correct)
    return float(np.mean((p - y) ** 2)) if len(p) else 0.0


def log_loss(confidence: ArrayLike, correct: ArrayLike) -> float:
    """Mean of −ln of the probability given to what was so, in nats; a constant ½ gives 0.69. 0 for no data.

    Probabilities are kept ``maps.FLOOR`` away from 0, so one sure error costs 13.8 and not infinity.

    >>> round(log_loss([0.5, 0.5], [1, 0]), 4)
    0.6931
    """
    p, y = _checked(confidence, correct)
    given = np.where(y == 1, p, 1 - p)
    return float(-np.log(np.maximum(given, FLOOR)).mean()) if len(p) else 0.0


def label_reliability(label: str, confidence: ArrayLike, correct: ArrayLike) -> LabelReliability:
    """All measures of the confidences of one label."""
    return LabelReliability(
        label=label,
        n=len(np.asarray(confidence)),
        ece=expected_calibration_error(confidence, correct),
        brier=brier_score(confidence, correct),
        log_loss=log_loss(confidence, correct),
        bins=reliability_bins(confidence, correct),
    )


def expected_error_of_calibrated(
    confidence: ArrayLike, *, seed: int, draws: int = 200, n_bins: int = N_BINS
) -> float:
    """The ECE that the same confidences would show on average if they were exactly right: the measure's floor."""
    p = np.asarray(confidence, dtype=np.float64)
    rng = np.random.default_rng(seed)
    return float(
        np.mean([expected_calibration_error(p, rng.random(len(p)) < p, n_bins) for _ in range(draws)])
    )


def _checked(confidence: ArrayLike, correct: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    p, y = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if p.ndim != 1 or p.shape != y.shape:
        raise InputError(f"Expected two lists of one length; got shapes {p.shape} and {y.shape}.")
    if not (np.all((p >= 0) & (p <= 1)) and np.all((y == 0) | (y == 1))):
        raise InputError("Expected confidences in 0–1 and correctness as 0 or 1.")
    return p, y
