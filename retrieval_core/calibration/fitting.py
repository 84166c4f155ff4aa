"""Fitting a calibrator to labelled scores. Needs scikit-learn: ``pip install -e '.[train]' (in a checkout)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.calibrator import (
    CALIBRATOR_FILE,
    Calibrator,
    claim_confidence,
    leaning,
    passage_probabilities,
    signal,
)
from retrieval_core.calibration.curves import CalibratorData, ClaimCurves, Curve, Verdicts
from retrieval_core.errors import ModelError
from retrieval_core.model_files import seals, to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

DECIMALS = 5  # of knots and confidences

PassageCurves = tuple[Curve, Curve, Curve]


@dataclass(frozen=True, slots=True)
class PassageScores:
    """Raw scores (n, 3) of labelled passages, labels (n,) as indices into the columns, folds (n,)."""

    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClaimScores:
    """Raw scores (m, 3) of the passages found for one claim, its label and its fold."""

    scores: NDArray[np.float32]
    label: str
    fold: int


def fit_calibrator(
    passages: PassageScores, claims: Sequence[ClaimScores], *, judge: str, fitted_on: str
) -> CalibratorData:
    """Curves from all data; verdicts for the threshold from curves that had not seen the claim's fold."""
    curves = fit_passage_curves(passages)
    cross_fitted = _cross_fit(passages, claims)
    return CalibratorData(
        judge=judge,
        fitted_on=fitted_on,
        measured_on=f"{fitted_on}, cross-fitted",
        passage=curves,
        claim=fit_claim_curves(curves, claims),
        cross_fitted=cross_fitted,
        measured=cross_fitted,
    )


def measured_on(data: CalibratorData, claims: Sequence[ClaimScores], name: str) -> CalibratorData:
    """The same calibrator, its reliability measured on claims that nothing was fitted on."""
    verdicts = lean(data.passage, data.claim, claims)
    return data.model_copy(update={"measured": verdicts, "measured_on": name})


def calibrator_of(data: CalibratorData) -> Calibrator:
    """The calibrator that ``Calibrator.load`` would give if ``data`` were written to a folder."""
    return Calibrator(data, seals({CALIBRATOR_FILE: to_bytes(data)})[CALIBRATOR_FILE].sha256)


def fit_passage_curves(passages: PassageScores) -> PassageCurves:
    """One curve per class, one class against the rest."""
    return (
        fit_curve(passages.scores[:, 0], passages.labels == 0),
        fit_curve(passages.scores[:, 1], passages.labels == 1),
        fit_curve(passages.scores[:, 2], passages.labels == 2),
    )


def fit_claim_curves(curves: PassageCurves, claims: Sequence[ClaimScores]) -> ClaimCurves:
    """One curve per label, from the pooled probabilities of each claim."""
    pooled = [pool(curves, claim.scores) for claim in claims]
    fitted = {
        label: fit_curve(
            [signal(label, *sides) for sides in pooled],
            [claim.label == label for claim in claims],
            cautious=True,
        )
        for label in ClaimCurves.model_fields
    }
    return ClaimCurves(**fitted)


def pool(curves: PassageCurves, scores: NDArray[np.float32]) -> tuple[float, float]:
    """(support, refute): the largest calibrated probabilities over a claim's passages; 0 without passages."""
    if not len(scores):
        return 0.0, 0.0
    probabilities = passage_probabilities(curves, scores)
    return float(probabilities[:, 0].max()), float(probabilities[:, 1].max())


def lean(curves: PassageCurves, claim_curves: ClaimCurves, claims: Sequence[ClaimScores]) -> Verdicts:
    """What each claim leans to, how sure, and whether that is its label."""
    confidences, correct = [], []
    for claim in claims:
        support, refute = pool(curves, claim.scores)
        label = leaning(support, refute)
        confidences.append(round(claim_confidence(claim_curves, label, support, refute), DECIMALS))
        correct.append(label == claim.label)
    return Verdicts(confidence=tuple(confidences), correct=tuple(correct))


def fit_curve(scores: ArrayLike, truth: ArrayLike, *, cautious: bool = False) -> Curve:
    """Centred isotonic regression (Oron and Flournoy 2017) of ``truth`` (0 or 1) on ``scores`` in 0–1, both (n,).

    Each level of the isotonic step function becomes one knot at the mean score of its examples, so that the curve
    rises between levels instead of tying all scores of a level. At 0 and 1 the outermost levels are continued with one
    more example, a wrong one at 0 and a right one at 1.

    ``cautious``: a level of n examples, k of them true, is (k + 1) / (n + 2), Laplace's rule of succession, and flat
    beyond the outermost: eight right of eight is no certainty. For what readers see; on passages, whose levels are
    many and small, it cost 0.05 of ECE.
    """
    try:
        from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - fitting only
    except ImportError as error:
        raise ModelError("Fitting needs scikit-learn: pip install -e '.[train]' (in a checkout).") from error
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    levels, member = np.unique(np.round(IsotonicRegression().fit_transform(x, y), 9), return_inverse=True)
    sizes = np.bincount(member)  # (n_levels,)
    centres = np.bincount(member, weights=x) / sizes
    if cautious:
        levels = np.maximum.accumulate((levels * sizes + 1) / (sizes + 2))
        return _curve(dict(zip(centres, levels, strict=True)))
    first, last = levels[0] * sizes[0] / (sizes[0] + 1), (levels[-1] * sizes[-1] + 1) / (sizes[-1] + 1)
    knots = dict(zip((0.0, *centres, 1.0), (first, *levels, last), strict=True))
    return _curve(knots)


def _curve(knots: dict[float, float]) -> Curve:
    rounded = {round(float(at), DECIMALS): round(float(value), DECIMALS) for at, value in knots.items()}
    return Curve(x=tuple(rounded), y=tuple(rounded.values()))


def _cross_fit(passages: PassageScores, claims: Sequence[ClaimScores]) -> Verdicts:
    confidence: list[float] = []
    correct: list[bool] = []
    for fold in sorted({claim.fold for claim in claims}):
        others = passages.folds != fold
        curves = fit_passage_curves(
            PassageScores(passages.scores[others], passages.labels[others], passages.folds[others])
        )
        claim_curves = fit_claim_curves(curves, [claim for claim in claims if claim.fold != fold])
        verdicts = lean(curves, claim_curves, [claim for claim in claims if claim.fold == fold])
        confidence += verdicts.confidence
        correct += verdicts.correct
    return Verdicts(confidence=tuple(confidence), correct=tuple(correct))
