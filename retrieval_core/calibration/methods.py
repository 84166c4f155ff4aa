"""Fitting maps to labelled scores, one function a method. Needs scikit-learn and scipy: the ``train`` extra.

The order of rows does not matter: callers hand them over sorted (``selection``), and results are rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval_core.calibration.maps import (
    FLOOR,
    Curve,
    LogOdds,
    OneVsRest,
    Softmax,
    Steps,
    log_scores,
)
from retrieval_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from retrieval_core.calibration.maps import LabelCurve, PassageMap

DECIMALS = 5  # of knots and parameters
_MAX_SLOPE, _MAX_OFFSET, _MAX_BIAS = 20.0, 50.0, 10.0
_BIAS_PENALTY = 1e-3  # keeps the bias of a label that never occurs finite; a shift of 0.1 costs 0.00001 nats


def fit_raw(_scores: NDArray[np.float64], _labels: NDArray[np.int64]) -> Softmax:
    """The scores as they are."""
    return Softmax(temperature=1.0)


def fit_temperature(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> Softmax:
    """The temperature of least log loss. ``scores`` (n, 3), ``labels`` (n,) indices of columns."""
    return _fit_softmax(scores, labels, 0.0)


def fit_biased_temperature(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> Softmax:
    """Temperature and one bias a label, of least log loss."""
    return _fit_softmax(scores, labels, _MAX_BIAS)


def fit_platt(scores: ArrayLike, truth: ArrayLike) -> LogOdds:
    """A logistic curve over the log-odds of ``scores`` (n,) in 0–1; ``truth`` (n,) is 0 or 1."""
    return _fit_log_odds(scores, truth, tied=True)


def fit_beta(scores: ArrayLike, truth: ArrayLike) -> LogOdds:
    """Beta calibration: as ``fit_platt``, with a slope of its own for either end."""
    return _fit_log_odds(scores, truth, tied=False)


def fit_curve(scores: ArrayLike, truth: ArrayLike, *, cautious: bool = False) -> Curve:
    """Centred isotonic regression (Oron and Flournoy 2017) of ``truth`` (0 or 1) on ``scores`` in 0–1, both (n,).

    Each level of the isotonic step function becomes one knot at the mean score of its examples, so that the curve
    rises between levels instead of tying all scores of a level. At 0 and 1 the outermost levels are continued with one
    more example, a wrong one at 0 and a right one at 1.

    ``cautious``: a level of n examples, k of them true, is (k + 1) / (n + 2), Laplace's rule of succession, and flat
    beyond the outermost: eight right of eight is no certainty. For what readers see; on passages, whose levels are
    many and small, it cost 0.05 of ECE.
    """
    x, levels, member = _isotonic(scores, truth)
    sizes = np.bincount(member)  # (n_levels,)
    centres = np.bincount(member, weights=x) / sizes
    if cautious:
        levels = np.maximum.accumulate((levels * sizes + 1) / (sizes + 2))
        return Curve(**_knots("x", "y", zip(centres, levels, strict=True)))
    first, last = levels[0] * sizes[0] / (sizes[0] + 1), (levels[-1] * sizes[-1] + 1) / (sizes[-1] + 1)
    ends = zip((0.0, *centres, 1.0), (first, *levels, last), strict=True)
    return Curve(**_knots("x", "y", ends))


def fit_cautious_curve(scores: ArrayLike, truth: ArrayLike) -> Curve:
    """``fit_curve`` by the rule of succession."""
    return fit_curve(scores, truth, cautious=True)


def fit_steps(scores: ArrayLike, truth: ArrayLike) -> Steps:
    """Plain isotonic regression: a step begins at the least score of its level."""
    x, levels, member = _isotonic(scores, truth)
    starts = np.full(len(levels), np.inf)
    np.minimum.at(starts, member, x)
    return Steps(**_knots("starts", "levels", zip(starts, levels, strict=True)))


def one_vs_rest(
    fit: Callable[[ArrayLike, ArrayLike], LabelCurve],
) -> Callable[[NDArray[np.float64], NDArray[np.int64]], PassageMap]:
    """``fit`` for each label against the others."""

    def fit_all(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> OneVsRest:
        supports, refutes, neither = (fit(scores[:, i], labels == i) for i in range(3))
        return OneVsRest(curves=(supports, refutes, neither))

    return fit_all


# Simplest first.
PASSAGE_METHODS: dict[str, Callable[[NDArray[np.float64], NDArray[np.int64]], PassageMap]] = {
    "raw": fit_raw,
    "temperature": fit_temperature,
    "biased temperature": fit_biased_temperature,
    "Platt": one_vs_rest(fit_platt),
    "beta": one_vs_rest(fit_beta),
    "isotonic": one_vs_rest(fit_curve),
    "isotonic steps": one_vs_rest(fit_steps),
}
LABEL_METHODS: dict[str, Callable[[ArrayLike, ArrayLike], LabelCurve]] = {
    "Platt": fit_platt,
    "beta": fit_beta,
    "isotonic": fit_cautious_curve,
    "isotonic steps": fit_steps,
}


def _fit_softmax(scores: NDArray[np.float64], labels: NDArray[np.int64], largest_bias: float) -> Softmax:
    logs, truth = log_scores(scores), np.eye(3)[labels]  # (n, 3)
    bias = (-largest_bias, largest_bias)

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = at[0] * logs + at[1:]
        top = logits.max(axis=1, keepdims=True)
        weights = np.exp(logits - top)
        total = weights.sum(axis=1, keepdims=True)
        nats = (top + np.log(total)).sum() - (truth * logits).sum()
        excess = weights / total - truth  # (n, 3)
        slope = np.array([(excess * logs).sum(), *excess.sum(axis=0)]) / len(logs)
        penalty = _BIAS_PENALTY * float(at[1:] @ at[1:])
        slope[1:] += 2 * _BIAS_PENALTY * at[1:]
        return float(nats) / len(logs) + penalty, slope

    inverse, *biases = _minimise(loss, [1.0, 0.0, 0.0, 0.0], [(0.05, _MAX_SLOPE), bias, bias, bias])
    supports, refutes, neither = (round(value, DECIMALS) for value in biases)
    return Softmax(temperature=round(1 / inverse, DECIMALS), bias=(supports, refutes, neither))


def _fit_log_odds(scores: ArrayLike, truth: ArrayLike, *, tied: bool) -> LogOdds:
    """Least log loss against Platt's targets (k + 1) / (k + 2) and 1 / (n − k + 2), so that nothing is certain."""
    s = np.clip(np.asarray(scores, dtype=np.float64), FLOOR, 1 - FLOOR)
    y = np.asarray(truth, dtype=bool)
    right = int(y.sum())
    target = np.where(y, (right + 1) / (right + 2), 1 / (len(y) - right + 2))
    rising, falling = np.log(s), -np.log1p(-s)
    features = np.stack([rising + falling] if tied else [rising, falling], axis=1)  # (n, 1 or 2)

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = features @ at[:-1] + at[-1]
        excess = np.exp(-np.logaddexp(0, -z)) - target
        nats = np.logaddexp(0, z) - target * z
        return float(nats.mean()), np.append(features.T @ excess, excess.sum()) / len(z)

    slopes = features.shape[1]
    bounds = [(0.0, _MAX_SLOPE)] * slopes + [(-_MAX_OFFSET, _MAX_OFFSET)]
    *found, offset = _minimise(loss, [1.0] * slopes + [0.0], bounds)
    a, b = (found[0], found[0]) if tied else found
    return LogOdds(rising=round(a, DECIMALS), falling=round(b, DECIMALS), offset=round(offset, DECIMALS))


def _minimise(loss: Any, start: list[float], bounds: list[tuple[float, float]]) -> list[float]:
    try:
        from scipy.optimize import minimize  # noqa: PLC0415 - fitting only
    except ImportError as error:
        raise _needs("scipy") from error
    tight = {"ftol": 1e-13, "gtol": 1e-9, "maxiter": 500}
    found = minimize(loss, np.array(start), jac=True, method="L-BFGS-B", bounds=bounds, options=tight)
    return [float(value) for value in found.x]


def _isotonic(
    scores: ArrayLike, truth: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Scores (n,), levels of the isotonic step function (m,), and the level of each row (n,).

    Scores are rounded first: on neighbours that differ in their last bit only, scikit-learn 1.9 gives NaN.
    """
    try:
        from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - fitting only
    except ImportError as error:
        raise _needs("scikit-learn") from error
    x: NDArray[np.float64] = np.asarray(scores, dtype=np.float64).round(9)
    fitted: NDArray[np.float64] = IsotonicRegression().fit_transform(x, np.asarray(truth, dtype=np.float64))
    levels, member = np.unique(fitted.round(9), return_inverse=True)
    return x, levels, member.astype(np.int64)


def _knots(x: str, y: str, knots: Any) -> dict[str, tuple[float, ...]]:
    rounded = {round(float(at), DECIMALS): round(float(value), DECIMALS) for at, value in knots}
    return {x: tuple(rounded), y: tuple(rounded.values())}


def _needs(library: str) -> ModelError:
    return ModelError(f"Fitting needs {library}: pip install -e '.[train]' (in a checkout).")
