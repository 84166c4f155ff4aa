"""Which method, by its log loss on folds that it was not fitted on; methods that tie leave it to the simplest."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from retrieval_core.calibration.curves import ClaimCurve, MethodScore, SourceMap
from retrieval_core.calibration.maps import FLOOR
from retrieval_core.calibration.methods import LABEL_METHODS, PASSAGE_METHODS
from retrieval_core.calibration.reliability import brier_score, expected_calibration_error, log_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    M = TypeVar("M", bound=Callable[[NDArray[np.float64]], NDArray[np.float64]])

TIE = 0.001  # nats; less than what a figure of three decimals shows
DECIMALS = 5  # of recorded scores


def choose_map(
    source: str, scores: NDArray[np.float32], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> SourceMap:
    """The best map of ``scores`` (n, 3) to ``labels`` (n,), chosen over ``folds`` (n,), fitted to all of them."""
    order = np.lexsort((folds, labels, *scores.T))
    x, y = scores[order].astype(np.float64), labels[order]
    method, table = _choose(PASSAGE_METHODS, x, y, folds[order], three_way_score)
    return SourceMap(
        source=source, n=len(x), method=method, map=PASSAGE_METHODS[method](x, y), cross_validated=table
    )


def choose_curve(
    signal: NDArray[np.float64], truth: NDArray[np.bool_], folds: NDArray[np.int64]
) -> ClaimCurve:
    """The best curve of ``signal`` (n,) in 0–1 to ``truth`` (n,), chosen over ``folds`` (n,), fitted to all of them."""
    order = np.lexsort((folds, truth, signal))
    x, y = signal[order], truth[order]
    method, table = _choose(LABEL_METHODS, x, y, folds[order], one_label_score)
    return ClaimCurve(method=method, curve=LABEL_METHODS[method](x, y), cross_validated=table)


def three_way_score(
    method: str, probabilities: NDArray[np.float64], labels: NDArray[np.int64]
) -> MethodScore:
    """Scores of (n, 3) probabilities: log loss, Brier score over all labels, ECE of the likeliest."""
    given = np.take_along_axis(probabilities, labels[:, None], axis=1)
    brier = ((probabilities - np.eye(3)[labels]) ** 2).sum(axis=1).mean()
    likeliest = np.clip(probabilities.max(axis=1), 0, 1)
    return MethodScore(
        method=method,
        log_loss=round(float(-np.log(np.clip(given, FLOOR, 1)).mean()), DECIMALS),
        brier=round(float(brier), DECIMALS),
        ece=round(expected_calibration_error(likeliest, probabilities.argmax(axis=1) == labels), DECIMALS),
    )


def one_label_score(method: str, probabilities: NDArray[np.float64], truth: NDArray[np.bool_]) -> MethodScore:
    """Scores of (n,) probabilities of one label."""
    return MethodScore(
        method=method,
        log_loss=round(log_loss(probabilities, truth), DECIMALS),
        brier=round(brier_score(probabilities, truth), DECIMALS),
        ece=round(expected_calibration_error(probabilities, truth), DECIMALS),
    )


def _choose(
    methods: Mapping[str, Callable[..., M]],
    x: NDArray[np.float64],
    y: NDArray[np.generic],
    folds: NDArray[np.int64],
    measure: Callable[..., MethodScore],
) -> tuple[str, tuple[MethodScore, ...]]:
    """The chosen method's name and all methods' scores. With one fold nothing can be compared: the simplest that fits."""
    names = np.unique(folds)
    if len(names) < 2:
        return next(name for name in methods if name != "raw"), ()
    truth = np.concatenate([y[folds == fold] for fold in names])
    table = []
    for method, fit in methods.items():
        parts = [fit(x[folds != fold], y[folds != fold])(x[folds == fold]) for fold in names]
        table.append(measure(method, np.concatenate(parts), truth))
    least = min(score.log_loss for score in table)
    chosen = next(score.method for score in table if score.log_loss <= least + TIE)
    return chosen, tuple(table)
