"""Figures of labelled rows, each with the interval of a bootstrap over groups of rows.

Rows that share a claim or a document are not independent, so whole groups are drawn. Every measure here is a function
of sums over rows, so one matrix of draws serves all measures of a set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.maps import FLOOR
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

RESAMPLES = 1000
N_LABELS = 3


class Figure(Record):
    """A figure with the 95 % percentile interval of a bootstrap over groups of claims."""

    value: float
    low: float
    high: float


class Resampling:
    """Groups drawn with replacement, ``draws`` times; the same draws for every figure."""

    def __init__(self, groups: Sequence[str], *, seed: int, draws: int = RESAMPLES) -> None:
        names, self._member = np.unique(np.asarray(groups), return_inverse=True)
        self._n = len(names)
        shares = np.full(self._n, 1 / self._n) if self._n else np.zeros(0)
        drawn = np.random.default_rng(seed).multinomial(self._n, shares, size=draws)
        self._times: Floats = drawn.astype(np.float64)  # (draws, n_groups): how often each group was drawn

    def figure(self, rows: ArrayLike, measure: Callable[[Floats], Floats]) -> Figure:
        """``measure`` maps sums over rows, (…, k), to (…); ``rows`` are (n, k) or (n,), one for each of the groups' rows.

        A draw for which the measure is not defined (nan) is left out of the interval.
        """
        values = np.asarray(rows, dtype=np.float64).reshape(len(self._member), -1)
        sums = np.zeros((self._n, values.shape[1]))
        np.add.at(sums, self._member, values)
        drawn = measure(self._times @ sums)
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        return Figure(value=float(measure(sums.sum(axis=0))), low=float(low), high=float(high))

    def mean(self, rows: ArrayLike) -> Figure:
        """The mean of (n,) values."""
        values = np.asarray(rows, dtype=np.float64)
        return self.ratio(values, np.ones(len(values)))

    def ratio(self, above: ArrayLike, below: ArrayLike) -> Figure:
        """Sum of one (n,) over the sum of another."""
        return self.figure(
            np.stack([np.asarray(above, np.float64), np.asarray(below, np.float64)], axis=1), ratio_of
        )


def ratio_of(sums: Floats) -> Floats:
    """(…, 2) → first over second; 0 where both are 0."""
    ratios: Floats = np.divide(
        sums[..., 0], sums[..., 1], out=np.zeros(sums.shape[:-1]), where=sums[..., 1] != 0
    )
    return ratios


def confusion_rows(labels: ArrayLike, predicted: ArrayLike) -> Floats:
    """(n,), (n,) → (n, 9): 1 at 3 · label + prediction. Their sum is the confusion matrix, row by row."""
    return np.asarray(
        np.eye(N_LABELS**2)[N_LABELS * np.asarray(labels, np.int64) + np.asarray(predicted, np.int64)]
    )


def accuracy_of(counts: Floats) -> Floats:
    """Confusion matrices (…, 9) → share of rows that are right."""
    matrix = counts.reshape(*counts.shape[:-1], N_LABELS, N_LABELS)
    return ratio_of(np.stack([np.trace(matrix, axis1=-2, axis2=-1), counts.sum(axis=-1)], axis=-1))


def balanced_accuracy_of(counts: Floats) -> Floats:
    """Confusion matrices (…, 9) → mean recall over the labels that occur."""
    matrix = counts.reshape(*counts.shape[:-1], N_LABELS, N_LABELS)
    hits, total = np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(axis=-1)
    recall = ratio_of(np.stack([hits, total], axis=-1))
    return ratio_of(np.stack([recall.sum(axis=-1), (total > 0).sum(axis=-1)], axis=-1))


def macro_f1_over(labels: Sequence[int]) -> Callable[[Floats], Floats]:
    """Confusion matrices (…, 9) → mean over ``labels`` of F1 = 2·TP / (2·TP + FP + FN).

    A label that neither occurs nor is said counts 0.
    """
    chosen = list(labels)

    def measure(counts: Floats) -> Floats:
        matrix = counts.reshape(*counts.shape[:-1], N_LABELS, N_LABELS)
        hits = np.diagonal(matrix, axis1=-2, axis2=-1)
        total = matrix.sum(axis=-1) + matrix.sum(axis=-2)
        scores = ratio_of(np.stack([2 * hits, total], axis=-1))
        mean: Floats = np.asarray(scores[..., chosen].mean(axis=-1))
        return mean

    return measure


def macro_f1(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Mean F1 over the three labels of (n,) true and said ones; see ``macro_f1_over``."""
    return float(macro_f1_over(range(N_LABELS))(confusion_rows(labels, predicted).sum(axis=0)))


def log_losses(probabilities: ArrayLike, labels: ArrayLike) -> Floats:
    """(n, 3), (n,) → (n,): −ln of the probability of the true label, in nats, at most −ln ``maps.FLOOR``."""
    given = np.take_along_axis(
        np.asarray(probabilities, np.float64), np.asarray(labels, np.int64)[:, None], axis=1
    )
    losses: Floats = -np.log(np.clip(given[:, 0], FLOOR, 1))
    return losses
