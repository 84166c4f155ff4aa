"""The commands ``train-extractor`` and ``evaluate-extractor``: the classifier of sentences that finds claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from retrieval_core.sentence_roles.evaluation import Figure, RolesFigures

DATA = click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with csabstruct.jsonl.gz, detecting_scientific_claim.jsonl.gz, abstrct_*.jsonl.gz and"
    " conclusion_detection.jsonl.gz.",
)


@click.command()
@DATA
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the classifier.",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for checkpoints, from which an interrupted run goes on; OUT/work by default.",
)
@click.option(
    "--recipe",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings (JSON); the shipped classifier's by default.",
)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1), help="Of the processor.")
def train_extractor(data: Path, out: Path, work: Path | None, recipe: Path | None, threads: int) -> None:
    """Train the sentence classifier that finds claims, from labelled abstracts.

    Starts from the embedded encoder. About ten minutes on two cores; interrupt it at will and give the same command
    again. Needs the train extra: pip install -e '.[train]' (in a checkout).

    \b
    Example:
      retrieval-core train-extractor --data ../shared/data/claim_detection --out my-extractor
    """
    import torch

    from retrieval_core.embedding.export import from_onnx
    from retrieval_core.embedding.files import encoder_folder, read_encoder
    from retrieval_core.embedding.pieces import Pieces
    from retrieval_core.sentence_roles.making import make
    from retrieval_core.sentence_roles.recipe import RolesRecipe, read_recipe

    torch.set_num_threads(threads)
    chosen = read_recipe(recipe) if recipe else RolesRecipe()
    encoder = read_encoder(encoder_folder())
    figures = make(
        data,
        from_onnx(encoder.body),
        Pieces(encoder),
        chosen,
        work or out / "work",
        out,
        lambda line: click.echo(line, err=True),
    )
    click.echo(_table(figures))
    click.echo(f"The classifier is in {out}.", err=True)


@click.command()
@DATA
@click.option(
    "--model",
    default="embedded",
    show_default=True,
    help='Folder of a classifier, or "embedded".',
    metavar="DIR",
)
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON.")
def evaluate_extractor(data: Path, model: str, as_json: bool) -> None:
    """Measure the sentence classifier on the dev splits, which it was not fitted on.

    \b
    Example:
      retrieval-core evaluate-extractor --data ../shared/data/claim_detection
    """
    from retrieval_core.sentence_roles.evaluation import evaluate
    from retrieval_core.sentence_roles.tagger import RoleTagger

    figures = evaluate(data, RoleTagger.load(model))
    click.echo(figures.model_dump_json(indent=1) if as_json else _table(figures))


def _table(figures: RolesFigures) -> str:
    """The figures in columns, 95 % intervals in brackets."""
    header = ("", "n", "accuracy", "macro-F1", "claim F1", "claim or premise F1")
    rows = [
        (
            found.name,
            str(found.n),
            *map(_shown, (found.accuracy, found.macro_f1, found.claim_f1, found.either_f1)),
        )
        for found in figures.sets
    ]
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    )


def _shown(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
