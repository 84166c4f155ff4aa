"""Whether one system is better than another, query by query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.errors import InputError
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

_CELLS = 8_000_000  # of a block of resamples held at once: 64 MB


class BootstrapTest(Record):
    """A paired comparison: ``difference`` = mean of a − mean of b, its interval, and a two-sided p-value."""

    difference: float
    low: float
    high: float
    p_value: float
    n_queries: int
    n_resamples: int


def paired_bootstrap(
    a: ArrayLike,
    b: ArrayLike,
    rng: np.random.Generator,
    *,
    n_resamples: int = 10_000,
    confidence: float = 0.95,
) -> BootstrapTest:
    """Compare two systems on the same queries by resampling queries with replacement.

    ``a``, ``b``: (n_queries,) values of one measure, same query at the same place. The interval is the percentile
    interval of the resampled mean differences. The p-value resamples the differences shifted to mean 0 and counts
    means at least as far from 0 as the observed one, with one added above and below so that it is never 0
    (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 16; Davison and Hinkley, 1997,
    section 4.2). Raises ``InputError`` for arrays that do not pair up.
    """
    differences = _paired(a, b)
    if n_resamples < 1 or not 0 < confidence < 1:
        raise InputError(
            f"n_resamples is {n_resamples} and confidence {confidence}; need ≥ 1 and within 0–1."
        )
    observed = float(differences.mean())
    means = _resampled_means(differences, rng, n_resamples)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    # A mean of rounded sums may miss the observed one by rounding only; that counts as reaching it.
    slack = 1e-12 * (1 + abs(observed))
    extreme = int(np.count_nonzero(np.abs(means - observed) >= abs(observed) - slack))
    return BootstrapTest(
        difference=observed,
        low=float(low),
        high=float(high),
        p_value=(extreme + 1) / (n_resamples + 1),
        n_queries=len(differences),
        n_resamples=n_resamples,
    )


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values adjusted for several comparisons at once, in the order given; compare with the level as usual.

    With the m values sorted, the i-th smallest becomes max over j ≤ i of (m − j + 1) · p_j, at most 1: the chance
    of any false finding stays under the level (Holm, Scandinavian Journal of Statistics 6, 1979).
    Raises ``InputError`` for a value outside 0–1.

    >>> holm({"de": 0.01, "th": 0.04})
    {'de': 0.02, 'th': 0.04}
    """
    for name, p in p_values.items():
        if not 0 <= p <= 1:
            raise InputError(f"The p-value of {name!r} is {p}; expected 0–1.")
    adjusted: dict[str, float] = {}
    largest = 0.0
    for i, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        largest = max(largest, min(1.0, (len(p_values) - i) * p_values[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def _paired(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1 or len(first) == 0:
        raise InputError(
            f"The two systems have values of shape {first.shape} and {second.shape}; "
            "expected one value a query, for the same queries."
        )
    differences = first - second
    if not np.isfinite(differences).all():
        raise InputError(
            f"The value of query {int(np.argmin(np.isfinite(differences)))} is not a finite number."
        )
    return differences


def _resampled_means(
    values: NDArray[np.float64], rng: np.random.Generator, n_resamples: int
) -> NDArray[np.float64]:
    """(n_resamples,) means of samples with replacement, in blocks so that memory stays bounded."""
    n = len(values)
    block = max(1, _CELLS // n)
    means = [
        values[rng.integers(n, size=(min(block, n_resamples - start), n))].mean(axis=1)
        for start in range(0, n_resamples, block)
    ]
    return np.concatenate(means)
