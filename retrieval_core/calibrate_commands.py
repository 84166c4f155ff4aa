"""The command ``calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from retrieval_core.own_labels import OwnCalibration


@click.command()
@click.option(
    "--labels",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV, TSV or JSONL with claim, evidence, label (SUPPORTED, REFUTED, NEI; usual synonyms are known).",
)
@click.option(
    "--model", default="embedded", show_default=True, help='Folder of a judge, or "embedded".', metavar="DIR"
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the judge, unchanged, and its new calibrator.",
)
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON.")
def calibrate(labels: Path, model: str, out: Path, as_json: bool) -> None:
    """Fit the judge's probabilities and thresholds to your own labelled claims.

    Each row is a claim, a passage, and what the passage says of it; rows of one claim belong together. All figures
    of the new calibrator are cross-fitted: each claim is measured by a fit that had not seen it. ECE is followed by
    the 95 % interval of the true one.

    \b
    Example:
      retrieval-core calibrate --labels my.csv --out my-judge
      synthesis report "…" --judge my-judge
    """
    from retrieval_core.own_labels import recalibrate

    report = recalibrate(labels, model, out)
    click.echo(report.model_dump_json(indent=1) if as_json else table(report))
    click.echo(f"{report.model} is in {out}.", err=True)


def table(report: OwnCalibration) -> str:
    """Before and after in columns, then a line per risk."""
    header = ("", "n", "log loss", "Brier", "ECE")
    rows = [
        (
            f"{m.of}: {m.system}",
            str(m.n),
            f"{m.log_loss:.3f}",
            f"{m.brier:.3f}",
            f"{m.ece.value:.3f} [{m.ece.low:.3f}, {m.ece.high:.3f}]",
        )
        for m in sorted(report.measured, key=lambda m: m.of, reverse=True)
    ]
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    ]
    lines.append(f"method: {report.method}")
    for at in report.risks:
        least = (
            "no confidence reaches it" if at.threshold is None else f"confidence at least {at.threshold:.2f}"
        )
        share = f" ({at.wrong / at.stated:.0%})" if at.stated else ""
        lines.append(
            f"at a risk of {at.risk:.0%}: {least}; {at.stated} of {at.n} claims stated, {at.wrong} of them wrong{share}"
        )
    return "\n".join(lines)
