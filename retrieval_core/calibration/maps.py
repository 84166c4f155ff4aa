"""Maps from scores to probabilities, as plain numbers: curves for one label, maps for three labels at once.

Applying one needs numpy only; ``methods`` fits them. Scores may be exactly 0 or 1: where a logarithm is taken they are
kept ``FLOOR`` away from both.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, FiniteFloat, model_validator

from retrieval_core.records import Record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

FLOOR = 1e-6  # of a score before its logarithm, and of a probability in a log loss

Probability = Annotated[float, Field(ge=0, le=1)]
Slope = Annotated[FiniteFloat, Field(ge=0, le=50)]
Offset = Annotated[FiniteFloat, Field(ge=-100, le=100)]


class Curve(Record):
    """A monotone map of [0, 1] into itself: straight lines between the knots, flat beyond them."""

    x: tuple[Probability, ...] = Field(min_length=1)
    y: tuple[Probability, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _monotone(self) -> Self:
        _check_rising(self.x, self.y)
        return self

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Map values, any shape."""
        return np.interp(np.asarray(values, dtype=np.float64), self.x, self.y)


class Steps(Record):
    """A monotone step function on [0, 1]: ``levels[i]`` from ``starts[i]`` on, the first level below that too."""

    starts: tuple[Probability, ...] = Field(min_length=1)
    levels: tuple[Probability, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _monotone(self) -> Self:
        _check_rising(self.starts, self.levels)
        return self

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Map values, any shape."""
        place = np.searchsorted(self.starts, np.asarray(values, dtype=np.float64), side="right") - 1
        return np.asarray(self.levels, dtype=np.float64)[np.maximum(place, 0)]


class LogOdds(Record):
    """s → 1 / (1 + exp(−(``rising`` · ln s − ``falling`` · ln(1 − s) + ``offset``))).

    With ``rising`` = ``falling`` a logistic curve over the score's log-odds (Platt 1999); with both free, beta
    calibration (Kull, Silva Filho, Flach 2017). Neither is negative, so the curve never falls.
    """

    rising: Slope
    falling: Slope
    offset: Offset

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Map values, any shape."""
        s = np.clip(np.asarray(values, dtype=np.float64), FLOOR, 1 - FLOOR)
        z = self.rising * np.log(s) - self.falling * np.log1p(-s) + self.offset
        return np.exp(-np.logaddexp(0, -z))


LabelCurve = Curve | Steps | LogOdds  # told apart by their fields


class OneVsRest(Record):
    """Each label's score through its own curve, then divided by the sum (Zadrozny and Elkan 2002)."""

    curves: tuple[LabelCurve, LabelCurve, LabelCurve]  # supports, refutes, neither

    def __call__(self, scores: ArrayLike) -> NDArray[np.float64]:
        """(n, 3) → (n, 3); rows sum to 1, uniform where all three curves give 0."""
        raw = np.asarray(scores, dtype=np.float64).reshape(-1, 3)
        return shares(np.stack([curve(raw[:, i]) for i, curve in enumerate(self.curves)], axis=1))


class Softmax(Record):
    """Row of scores s → softmax(ln s / ``temperature`` + ``bias``).

    Without bias, temperature scaling (Guo, Pleiss, Sun, Weinberger 2017), which leaves the order of the labels as it
    is; with it, bias-corrected temperature scaling (Alexandari, Kundaje, Shrikumar 2020), which also moves the
    balance of the labels.
    """

    temperature: FiniteFloat = Field(ge=0.01, le=100)
    bias: tuple[Offset, Offset, Offset] = (0.0, 0.0, 0.0)

    def __call__(self, scores: ArrayLike) -> NDArray[np.float64]:
        """(n, 3) → (n, 3); rows sum to 1."""
        logits = log_scores(scores) / self.temperature + np.asarray(self.bias)
        return shares(np.exp(logits - logits.max(axis=1, keepdims=True)))


PassageMap = OneVsRest | Softmax  # told apart by their fields


def log_scores(scores: ArrayLike) -> NDArray[np.float64]:
    """(n, 3) scores → (n, 3) logarithms of their shares, none below that of ``FLOOR``."""
    logs: NDArray[np.float64] = np.log(
        np.maximum(shares(np.asarray(scores, dtype=np.float64).reshape(-1, 3)), FLOOR)
    )
    return logs


def shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) weights ≥ 0 → rows divided by their sum; uniform where all are 0."""
    total = weights.sum(axis=1, keepdims=True)
    empty = total == 0
    return np.where(empty, 1 / 3, weights / np.where(empty, 1, total))


def _check_rising(x: tuple[float, ...], y: tuple[float, ...]) -> None:
    if len(x) != len(y):
        raise ValueError(f"{len(x)} knots have {len(y)} values")
    rising_x = all(a < b for a, b in pairwise(x))
    rising_y = all(a <= b for a, b in pairwise(y))
    if not (rising_x and rising_y):
        raise ValueError("knots must rise")
