"""Calibration: scores to probabilities, a stated risk to a threshold, and how well that held."""

from retrieval_core.calibration.calibrator import Calibrator
from retrieval_core.calibration.reliability import (
    CalibrationReport,
    ReliabilityBin,
    brier_score,
    expected_calibration_error,
    reliability_bins,
)

__all__ = [
    "CalibrationReport",
    "Calibrator",
    "ReliabilityBin",
    "brier_score",
    "expected_calibration_error",
    "reliability_bins",
]
