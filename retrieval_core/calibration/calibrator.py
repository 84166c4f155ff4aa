"""Scores to probabilities, and a stated risk to a threshold.

One passage: each class's score goes through its own isotonic curve (Zadrozny and Elkan 2002), then the three are
divided by their sum. One claim: support and refutation are the largest calibrated probabilities over papers; how
clearly one outweighs the other goes through the curve of the label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.curves import CalibratorData, ClaimCurves
from retrieval_core.calibration.reliability import (
    CalibrationReport,
    brier_score,
    expected_calibration_error,
    reliability_bins,
)
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import model_folder, read_model

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from retrieval_core.calibration.curves import Curve, Verdicts

CALIBRATOR_FILE = "calibrator.json"
LABELS = ("SUPPORTED", "REFUTED", "CONFLICTING", "NOT_ENOUGH_INFO")


class Calibrator:
    """Made by ``load``, or from curves just fitted."""

    def __init__(self, data: CalibratorData, sha256: str) -> None:
        self.fingerprint = f"isotonic-1:{sha256[:12]}"
        self._data = data

    @classmethod
    def load(cls, where: str | Path = "embedded", *, judge_fingerprint: str) -> Calibrator:
        """The calibrator in a folder, or the one that ships with the package.

        Raises ``ModelError`` when it is missing, damaged, or was fitted to another judge's scores.
        """
        data, digest = read_model(model_folder(where), CALIBRATOR_FILE, CalibratorData)
        if data.judge != judge_fingerprint:
            raise ModelError(
                f"The calibrator of {where} was fitted to the scores of judge {data.judge}, and the judge in use is "
                f"{judge_fingerprint}. Load the pair that belongs together, or fit one with retrieval-core calibrate."
            )
        return cls(data, digest)

    def probabilities(self, scores: ArrayLike) -> NDArray[np.float32]:
        """(n, 3) raw scores → (n, 3) probabilities of one passage each; rows sum to 1."""
        return passage_probabilities(self._data.passage, scores)

    def confidence(self, label: str, support: float, refute: float) -> float:
        """Probability that a claim's ``label`` is right.

        ``support`` and ``refute`` are the largest calibrated probabilities over papers. The labelled claims hold none
        with evidence on both sides, so no curve can be fitted for CONFLICTING: it gets what the other labels leave, and
        at most what the weaker side alone would have. Raises ``InputError`` for another label or values outside 0–1.
        """
        if not (0 <= support <= 1 and 0 <= refute <= 1):
            raise InputError(f"Support {support} and refutation {refute} must be probabilities in 0–1.")
        return claim_confidence(self._data.claim, label, support, refute)

    def threshold(self, risk: float) -> float | None:
        """Least confidence at which stated verdicts are wrong at most ``risk`` of the time; ``None`` if none is.

        See ``threshold_at``. Raises ``InputError`` unless 0 < risk < 1.
        """
        return threshold_at(self._data.cross_fitted, risk)

    def least_risk(self) -> float | None:
        """The least risk, in whole per cent, at which any verdict is stated; ``None`` if there is none."""
        shares = (percent / 100 for percent in range(1, 100))
        return next((risk for risk in shares if self.threshold(risk) is not None), None)

    def report(self, risk: float) -> CalibrationReport:
        """Reliability of the confidences on held-out labelled claims, and the threshold at ``risk``."""
        confidence, correct = self._data.measured.confidence, self._data.measured.correct
        return CalibrationReport(
            model=f"{self._data.judge} + {self.fingerprint}",
            fitted_on=self._data.fitted_on,
            measured_on=self._data.measured_on,
            n=len(confidence),
            ece=expected_calibration_error(confidence, correct),
            brier=brier_score(confidence, correct),
            bins=reliability_bins(confidence, correct),
            risk=risk,
            threshold=self.threshold(risk),
        )


def passage_probabilities(curves: tuple[Curve, Curve, Curve], scores: ArrayLike) -> NDArray[np.float32]:
    """(n, 3) → (n, 3): each column through its curve, rows divided by their sum; uniform where all are 0."""
    raw = np.asarray(scores, dtype=np.float64).reshape(-1, 3)
    mapped = np.stack([curve(raw[:, i]) for i, curve in enumerate(curves)], axis=1)
    mapped[mapped.sum(axis=1) == 0] = 1.0
    shares: NDArray[np.float32] = (mapped / mapped.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def leaning(support: float, refute: float) -> str:
    """The label that the pooled evidence leans to."""
    return "SUPPORTED" if support >= refute else "REFUTED"


def signal(label: str, support: float, refute: float) -> float:
    """What a label's curve takes: the probability of one side and not the other, or of neither."""
    if label == "SUPPORTED":
        return support * (1 - refute)
    if label == "REFUTED":
        return refute * (1 - support)
    return (1 - support) * (1 - refute)


def claim_confidence(curves: ClaimCurves, label: str, support: float, refute: float) -> float:
    """See ``Calibrator.confidence``."""
    if label == "CONFLICTING":
        others = sum(claim_confidence(curves, other, support, refute) for other in ClaimCurves.model_fields)
        alone = min(
            claim_confidence(curves, "SUPPORTED", support, 0.0),
            claim_confidence(curves, "REFUTED", 0.0, refute),
        )
        return max(0.0, min(1.0 - others, alone))
    if label not in LABELS:
        raise InputError(f"Unknown label {label!r}; expected one of {', '.join(LABELS)}.")
    curve: Curve = getattr(curves, label)
    return float(curve(signal(label, support, refute)))


def threshold_at(verdicts: Verdicts, risk: float) -> float | None:
    """The least confidence t such that (errors + 1) / (n + 1) ≤ ``risk`` among the n verdicts at t or above.

    The added error is the finite-sample correction of conformal risk control (Angelopoulos et al. 2022): the next
    verdict is counted as wrong before it is seen. It asks for at least 1/risk − 1 verdicts, all of them right.
    """
    if not 0 < risk < 1:
        raise InputError(
            f"The risk is {risk}; it is a share of wrong verdicts, so more than 0 and less than 1."
        )
    confidence = np.array(verdicts.confidence)
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    errors = np.cumsum(~np.array(verdicts.correct, dtype=bool)[order])  # (n,)
    n = np.arange(1, len(ranked) + 1)
    last_of_ties = np.append(ranked[1:] != ranked[:-1], True) if len(ranked) else np.zeros(0, dtype=bool)
    fits = last_of_ties & ((errors + 1) / (n + 1) <= risk)
    return float(ranked[np.flatnonzero(fits)[-1]]) if fits.any() else None
