"""The commands ``train-judge`` and ``evaluate-judge``."""

from __future__ import annotations

from pathlib import Path

import click

CLAIMS = click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the claim sets (scifact.jsonl.gz and the others).",
)
MODEL = click.option(
    "--model", default="embedded", show_default=True, help='Folder of a judge, or "embedded".', metavar="DIR"
)


@click.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that holds claims/ and parallel/.",
)
@click.option(
    "--work",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for checkpoints; the same command goes on from the last one.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the judge and its calibrator.",
)
@click.option(
    "--epochs", type=click.IntRange(1, 50), help="Times that the sets are gone through.  [default: 2]"
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def train_judge(data: Path, work: Path, out: Path, epochs: int | None, seed: int) -> None:
    """Train the judge on labelled claims and calibrate it.

    Takes hours on two cores; it can be stopped at any time and goes on from its last checkpoint. Needs PyTorch, onnx
    and scikit-learn: pip install -e '.[train]' (in a checkout).

    \b
    Example:
      retrieval-core train-judge --data ../shared/data --work work --out my-judge
    """
    from retrieval_core.entailment.judge_recipe import JudgeRecipe
    from retrieval_core.judge_run import run

    recipe = JudgeRecipe(seed=seed) if epochs is None else JudgeRecipe(seed=seed, epochs=epochs)
    fingerprint = run(data, work, out, recipe, lambda line: click.echo(line, err=True))
    click.echo(
        f"Judge {fingerprint} is in {out}. Measure it: retrieval-core evaluate-judge --model {out} --data …"
    )


@click.command()
@CLAIMS
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
    from retrieval_core.set_evaluation import evaluate_sets
    from retrieval_core.set_tables import set_table

    judge = Judge.load(model)
    figures = evaluate_sets(data, judge, Calibrator.load(model, judge_fingerprint=judge.fingerprint), seed=0)
    click.echo(figures.model_dump_json(indent=1) if as_json else set_table(figures))
