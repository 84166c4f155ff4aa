"""The commands ``train-judge``, ``evaluate-judge`` and ``calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from retrieval_core.judge_evaluation import Figure, JudgeFigures

DATA = click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with scifact.jsonl.gz, scifact_corpus.jsonl.gz, check_covid.jsonl.gz and its corpus.",
)
MODEL = click.option(
    "--model", default="embedded", show_default=True, help='Folder of a judge, or "embedded".', metavar="DIR"
)
OUT = click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the new files.",
)


@click.command()
@DATA
@OUT
def train_judge(data: Path, out: Path) -> None:
    """Fit the judge and its calibrator to labelled claims.

    The same data give the same bytes. Needs scikit-learn: pip install -e '.[train]' (in a checkout).

    \b
    Example:
      retrieval-core train-judge --data ../shared/data/claims --out my-judge
    """
    from retrieval_core.calibration.fitting import calibrator_of
    from retrieval_core.entailment.training import judge_of
    from retrieval_core.judge_evaluation import evaluate
    from retrieval_core.judge_training import train

    def progress(step: str) -> None:
        click.echo(f"{step} …", err=True)

    trained = train(data, progress)
    progress("measuring on the held-out third")
    figures = evaluate(data, judge_of(trained.weights), calibrator_of(trained.calibrator))
    trained.write(out, figures.model_dump(mode="json"))
    click.echo(_table(figures))
    click.echo(f"Judge {figures.judge} and calibrator {figures.calibrator} are in {out}.", err=True)


@click.command()
@DATA
@MODEL
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON.")
def evaluate_judge(data: Path, model: str, as_json: bool) -> None:
    """Measure a judge on labelled claims that it was not fitted on.

    \b
    Example:
      retrieval-core evaluate-judge --data ../shared/data/claims
    """
    from retrieval_core.calibration import Calibrator
    from retrieval_core.entailment import Judge
    from retrieval_core.judge_evaluation import evaluate

    judge = Judge.load(model)
    figures = evaluate(data, judge, Calibrator.load(model, judge_fingerprint=judge.fingerprint))
    click.echo(figures.model_dump_json(indent=1) if as_json else _table(figures))


@click.command()
@click.option(
    "--labels",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with the columns claim, evidence, label (SUPPORTS, REFUTES or NEI).",
)
@MODEL
@OUT
def calibrate(labels: Path, model: str, out: Path) -> None:
    """Fit the judge's probabilities and thresholds to your own labelled claims.

    Each row of the CSV is a claim, a passage, and what the passage says of it; rows of one claim belong together.
    The folder gets the judge unchanged beside the new calibrator.

    \b
    Example:
      retrieval-core calibrate --labels my.csv --out my-judge
    """
    from retrieval_core.own_labels import recalibrate

    report = recalibrate(labels, model, out)
    click.echo(
        f"{report.n} claims, cross-fitted: expected calibration error {report.ece:.3f}, Brier score {report.brier:.3f}."
    )
    reached = "none" if report.threshold is None else f"{report.threshold:.2f}"
    click.echo(f"Least confidence stated at a risk of {report.risk:.0%}: {reached}.")
    click.echo(f"{report.model} is in {out}.", err=True)


def _table(figures: JudgeFigures) -> str:
    """The figures in columns, 95 % intervals in brackets."""
    header = ("", "n", "accuracy", "macro-F1", "ECE", "Brier")
    rows = [
        (f"{p.data}: {p.system}", str(p.n), *map(_shown, (p.accuracy, p.macro_f1, p.ece, p.brier)))
        for p in figures.passages
    ]
    c = figures.claims
    rows.append((c.data, str(c.n), _shown(c.accuracy), "", _shown(c.ece), _shown(c.brier)))
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    ]
    for r in c.risks:
        least = (
            "no confidence reaches it" if r.threshold is None else f"confidence at least {r.threshold:.2f}"
        )
        lines.append(
            f"at a risk of {r.risk:.0%}: {least}; {r.stated} of {r.n} claims stated, {r.wrong} of them wrong"
        )
    return "\n".join(lines)


def _shown(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
