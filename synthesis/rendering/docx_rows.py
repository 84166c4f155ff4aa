"""The appendices' tables of a DOCX report, as rows of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.docx_text import Column

if TYPE_CHECKING:
    from synthesis.records import Calibration, Flow, Measurement, Report

_NARROWEST, _WIDEST = 4, 36  # of a measurement's column: characters that it is made for


def shared_out(measurement: Measurement) -> list[Column]:
    """The columns, each as wide as its longest cell asks for, within bounds."""
    cells = zip(measurement.columns, *measurement.rows, strict=True)
    shares = [min(max(map(len, column), default=0), _WIDEST) + _NARROWEST for column in cells]
    return [Column(name, share) for name, share in zip(measurement.columns, shares, strict=True)]


def flow_rows(flow: Flow) -> list[tuple[str, str]]:
    """Papers per step, in PRISMA 2020 terms."""
    return [
        ("Identified", f"{sum(flow.identified.values()):,}"),
        *((f"– from {source}", f"{n:,}") for source, n in flow.identified.items()),
        ("Duplicates removed", f"{flow.duplicates_removed:,}"),
        ("Screened", f"{flow.screened:,}"),
        ("Excluded", f"{sum(flow.excluded.values()):,}"),
        *((f"– {reason}", f"{n:,}") for reason, n in flow.excluded.items()),
        ("Included", f"{flow.included:,}"),
    ]


def measures(calibration: Calibration) -> list[tuple[str, str]]:
    """How well confidences matched the truth."""
    threshold = calibration.threshold
    return [
        ("Judge and calibrator", calibration.model),
        ("Fitted on", calibration.fitted_on),
        ("Measured on", f"{calibration.measured_on} ({calibration.n:,} claims)"),
        ("ECE", f"{calibration.ece:.3f}"),
        ("Brier score", f"{calibration.brier:.3f}"),
        ("Accepted risk", f"{calibration.risk:.0%}"),
        ("Threshold", "none reaches the risk" if threshold is None else f"{threshold:.2f}"),
    ]


def provenance_rows(report: Report) -> list[tuple[str, str]]:
    """What a replay needs to know."""
    provenance = report.provenance
    return [
        ("Run", provenance.run_id),
        ("Version", provenance.version),
        ("Clock", provenance.clock),
        ("Seed", str(provenance.seed)),
        ("Settings (SHA-256)", provenance.config_sha256),
        ("Judge", provenance.judge),
        ("Calibrator", provenance.calibrator),
        ("Ranker (SHA-256)", provenance.ranker),
        ("Form", report.form),
    ]
