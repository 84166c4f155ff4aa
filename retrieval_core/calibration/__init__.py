"""Calibration: scores to probabilities, a stated risk to a threshold, and how well that held."""

from retrieval_core.calibration.calibrator import Calibrator
from retrieval_core.calibration.intervals import Interval, consistency_band, ece_interval
from retrieval_core.calibration.reliability import (
    CalibrationReport,
    ReliabilityBin,
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability_bins,
)

__all__ = [
    "CalibrationReport",
    "Calibrator",
    "Interval",
    "ReliabilityBin",
    "brier_score",
    "consistency_band",
    "ece_interval",
    "expected_calibration_error",
    "log_loss",
    "reliability_bins",
]
