"""Fitting the judge's last step: a multinomial logistic model over the network's log-odds and counted features.

It is fitted on claims that the network was not trained on, as the network is surer of those that it was. Needs
scikit-learn: ``pip install -e '.[train]'`` (in a checkout).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.entailment.cross_encoder import ODDS, CrossWeights
from retrieval_core.entailment.features import FEATURES
from retrieval_core.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval_core.entailment.features import Rarity

PENALTIES = (
    0.001,
    0.003,
    0.01,
    0.03,
    0.1,
)  # scikit-learn's C; the one with the least log loss on folds is taken
DECIMALS = 5


def fit_stack(
    inputs: NDArray[np.float64],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    folds: NDArray[np.int64],
    *,
    rarity: Rarity,
    pieces: str,
) -> CrossWeights:
    """From (n, n_inputs), labels, weights and folds, each (n,)."""
    losses = [_cross_validated(inputs, labels, weights, folds, penalty) for penalty in PENALTIES]
    return stack_of(inputs, labels, weights, PENALTIES[int(np.argmin(losses))], rarity=rarity, pieces=pieces)


def stack_of(
    inputs: NDArray[np.float64],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    penalty: float,
    *,
    rarity: Rarity,
    pieces: str,
) -> CrossWeights:
    """The model at one penalty. The log-odds are scaled up so that the penalty hardly touches them."""
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scale[scale < 1e-9] = 1.0
    scale[: len(ODDS)] /= 4.0
    model = _fit((inputs - mean) / scale, labels, weights, penalty)
    return CrossWeights(
        pieces=pieces,
        inputs=(*ODDS, *FEATURES),
        mean=_rounded(mean),
        scale=tuple(max(value, 1e-5) for value in _rounded(scale)),
        weights=tuple(_rounded(row) for row in model[0]),
        bias=_three(model[1]),
        unseen_idf=round(rarity.unseen, DECIMALS),
        idf={stem: round(value, DECIMALS) for stem, value in sorted(rarity.idf.items())},
    )


def _cross_validated(
    inputs: NDArray[np.float64],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    folds: NDArray[np.int64],
    penalty: float,
) -> float:
    """Weighted log loss on the folds that a model was not fitted on."""
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scale[scale < 1e-9] = 1.0
    scale[: len(ODDS)] /= 4.0
    x = (inputs - mean) / scale
    total = 0.0
    for fold in np.unique(folds):
        others = folds != fold
        coefficients, bias = _fit(x[others], labels[others], weights[others], penalty)
        logits = x[~others] @ coefficients.T + bias
        logits -= logits.max(axis=1, keepdims=True)
        log_shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        total -= float((weights[~others] * log_shares[np.arange(len(logits)), labels[~others]]).sum())
    return total / float(weights.sum())


def _fit(
    x: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - fitting only
    except ImportError as error:
        raise ModelError("Fitting needs scikit-learn: pip install -e '.[train]' (in a checkout).") from error
    model = LogisticRegression(C=penalty, max_iter=2000, tol=1e-8)
    model.fit(x, labels, sample_weight=weights)
    return model.coef_, model.intercept_


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), DECIMALS) for value in values)


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    first, second, third = _rounded(values)
    return first, second, third
