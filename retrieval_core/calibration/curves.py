"""The calibrator's content: monotone curves as plain knots, and verdicts on claims that no fit had seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from retrieval_core.records import Record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Probability = Annotated[float, Field(ge=0, le=1)]


class Curve(Record):
    """A monotone map of [0, 1] into itself: straight lines between the knots, flat beyond them."""

    x: tuple[Probability, ...] = Field(min_length=1)
    y: tuple[Probability, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _monotone(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} knots have {len(self.y)} values")
        rising_x = all(a < b for a, b in zip(self.x, self.x[1:], strict=False))
        rising_y = all(a <= b for a, b in zip(self.y, self.y[1:], strict=False))
        if not (rising_x and rising_y):
            raise ValueError("knots must rise")
        return self

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Map values, any shape."""
        return np.interp(np.asarray(values, dtype=np.float64), self.x, self.y)


class Verdicts(Record):
    """Confidences of leanings on labelled claims, and whether they were right; one entry a claim."""

    confidence: tuple[Probability, ...]
    correct: tuple[bool, ...]

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.confidence) != len(self.correct):
            raise ValueError("confidence and correct differ in length")
        return self


class ClaimCurves(Record):
    """One curve per label that labelled claims are frequent enough for."""

    SUPPORTED: Curve
    REFUTED: Curve
    NOT_ENOUGH_INFO: Curve


class CalibratorData(Record):
    """The content of ``calibrator.json``."""

    form: Literal["isotonic/1"] = "isotonic/1"
    judge: str  # fingerprint of the judge whose scores these curves take
    fitted_on: str
    measured_on: str
    passage: tuple[Curve, Curve, Curve]  # supports, refutes, neither
    claim: ClaimCurves
    cross_fitted: Verdicts  # thresholds are read off these
    measured: Verdicts  # reliability is reported on these
