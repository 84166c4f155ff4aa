"""Scores to probabilities, and a stated risk to a threshold.

One passage: the three scores go through the map of their source. One claim: support and refutation are the largest
calibrated probabilities over papers; how clearly one outweighs the other goes through the curve of the label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.curves import CalibratorData, ClaimCurves
from retrieval_core.calibration.reliability import (
    CalibrationReport,
    brier_score,
    expected_calibration_error,
    label_reliability,
    log_loss,
    reliability_bins,
)
from retrieval_core.calibration.thresholds import DELTA, threshold_at, verdicts_of
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import model_folder, read_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from retrieval_core.calibration.curves import SourceMap, Verdicts
    from retrieval_core.calibration.maps import PassageMap
    from retrieval_core.calibration.reliability import LabelReliability
    from retrieval_core.calibration.thresholds import Guarantee

CALIBRATOR_FILE = "calibrator.json"
LABELS = ("SUPPORTED", "REFUTED", "CONFLICTING", "NOT_ENOUGH_INFO")


class Calibrator:
    """Made by ``load``, or from maps just fitted."""

    def __init__(self, data: CalibratorData, sha256: str) -> None:
        self.fingerprint = f"{data.form.replace('/', '-')}:{sha256[:12]}"
        self._data = data

    @classmethod
    def load(cls, where: str | Path = "embedded", *, judge_fingerprint: str) -> Calibrator:
        """The calibrator in a folder, or the one that ships with the package.

        Raises ``ModelError`` when it is missing, damaged, or was fitted to another judge's scores.
        """
        calibrator = cls(*read_model(model_folder(where), CALIBRATOR_FILE, CalibratorData))
        calibrator.check(judge_fingerprint)
        return calibrator

    def check(self, judge_fingerprint: str) -> None:
        """Raises ``ModelError`` unless this calibrator was fitted to the scores of that judge."""
        if self._data.judge != judge_fingerprint:
            raise ModelError(
                f"The calibrator {self.fingerprint} was fitted to the scores of judge {self._data.judge}, and the "
                f"judge in use is {judge_fingerprint}. Load the pair that belongs together, or fit one with "
                "retrieval-core calibrate --labels FILE --model DIR --out DIR."
            )

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources of scores that it has a map for; the first is the default."""
        return tuple(source.source for source in self._data.sources)

    def probabilities(self, scores: ArrayLike, *, source: str | None = None) -> NDArray[np.float32]:
        """(n, 3) raw scores of one ``source`` → (n, 3) probabilities of one passage each; rows sum to 1.

        Raises ``InputError`` for a source that it was not fitted on.
        """
        return source_map(self._data.sources, source)(scores).astype(np.float32)

    def confidence(self, label: str, support: float, refute: float) -> float:
        """Probability that a claim's ``label`` is right.

        ``support`` and ``refute`` are the largest calibrated probabilities over papers. The labelled claims hold none
        with evidence on both sides, so no curve can be fitted for CONFLICTING: it gets what the other labels leave, and
        at most what the weaker side alone would have. Raises ``InputError`` for another label or values outside 0–1.
        """
        if not (0 <= support <= 1 and 0 <= refute <= 1):
            raise InputError(f"Support {support} and refutation {refute} must be probabilities in 0–1.")
        return claim_confidence(self._data.claim, label, support, refute)

    def threshold(
        self,
        risk: float,
        *,
        label: str | None = None,
        guarantee: Guarantee = "expectation",
        delta: float = DELTA,
    ) -> float | None:
        """Least confidence at which stated verdicts are wrong at most ``risk`` of the time; ``None`` if none is.

        ``label``: of the verdicts SUPPORTED or REFUTED only, where the labelled ones of that leaning are many enough
        (``thresholds.MIN_OF_LABEL``); else, and for every other label, of all. See ``thresholds`` for what each
        guarantee means. Raises ``InputError`` unless 0 < risk < 1.
        """
        return threshold_at(
            verdicts_of(self._data.cross_fitted, label), risk, guarantee=guarantee, delta=delta
        )

    def least_risk(self) -> float | None:
        """The least risk, in whole per cent, at which any verdict is stated; ``None`` if there is none."""
        risks = (percent / 100 for percent in range(1, 100))
        return next((risk for risk in risks if self.threshold(risk) is not None), None)

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
            log_loss=log_loss(confidence, correct),
            bins=reliability_bins(confidence, correct),
            by_label=_by_label(self._data.measured),
            risk=risk,
            threshold=self.threshold(risk),
        )


def source_map(sources: Sequence[SourceMap], name: str | None) -> PassageMap:
    """The map of a source, the first for ``None``. Raises ``InputError`` for a name that has none."""
    found = [source.map for source in sources if name in {None, source.source}]
    if not found:
        known = ", ".join(source.source for source in sources)
        raise InputError(f"The calibrator has no map for scores of {name!r}; it was fitted on: {known}.")
    return found[0]


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
    return float(getattr(curves, label).curve(signal(label, support, refute)))


def _by_label(verdicts: Verdicts) -> tuple[LabelReliability, ...]:
    parts = {
        label: verdicts.where([leant == label for leant in verdicts.leaning])
        for label in dict.fromkeys(sorted(verdicts.leaning, reverse=True))  # SUPPORTED first
    }
    return tuple(label_reliability(label, part.confidence, part.correct) for label, part in parts.items())
