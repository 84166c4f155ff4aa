"""The command ``train``."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retrieval_core.records import QAPair
    from retrieval_core.sampling import Sampling
    from retrieval_core.training_config import Training
    from retrieval_core.training_files import Wanted
    from retrieval_core.training_run import Existing, Metric, Run

_FILE = click.Path(exists=True, path_type=Path)
_FRACTIONS = {"hybrid": 0.5, "monolingual": 1.0, "cross-lingual": 0.0}


@click.command()
@click.argument("data", nargs=-1, required=True, type=_FILE)
@click.option(
    "--model",
    default="embedded",
    show_default=True,
    metavar="MODEL",
    help='What to start from: "embedded", "embedded:bag" (its bag of vectors alone, trained in minutes), or a folder '
    "or hub id of a sentence-transformers model.",
)
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the run."
)
@click.option(
    "--preset",
    type=click.Choice(sorted(_FRACTIONS)),
    default="hybrid",
    show_default=True,
    help="Which pairs stand together in a batch: of one language, of different languages, or half and half.",
)
@click.option(
    "--monolingual-fraction",
    type=click.FloatRange(0, 1),
    metavar="A",
    help="Share of monolingual batches, instead of the preset's.",
)
@click.option("--batch-size", type=click.IntRange(2), default=100, show_default=True, help="Pairs a batch.")
@click.option("--steps", type=click.IntRange(1), help="Batches to train on.")
@click.option(
    "--epochs", type=click.IntRange(1), help="Passes over the data, instead of --steps.  [default: 1]"
)
@click.option(
    "--lr", type=click.FloatRange(0, min_open=True), default=3e-5, show_default=True, help="Learning rate."
)
@click.option(
    "--embedding-lr", type=click.FloatRange(0, min_open=True), help="Learning rate of embedding tables."
)
@click.option(
    "--temperature",
    type=click.FloatRange(0, min_open=True),
    default=0.05,
    show_default=True,
    help="What cosines are divided by; lower looks harder at close negatives.",
)
@click.option(
    "--schedule",
    type=click.Choice(["constant", "linear", "cosine"]),
    default="constant",
    show_default=True,
    help="The learning rate after the warm-up.",
)
@click.option(
    "--trainable",
    multiple=True,
    metavar="REGEX",
    default=(".*",),
    help="Train only parameters whose name matches; may be repeated.  [default: all]",
)
@click.option(
    "--development",
    default="auto",
    show_default=True,
    metavar="FILE|auto|none",
    help="Pairs to stop early on and to choose the best weights by; auto holds a tenth of the data out for it, and "
    "another tenth as a test part, test.jsonl, that nothing of the run sees.",
)
@click.option(
    "--development-form",
    type=click.Choice(["xquad-r", "mlqa-r", "beir", "miracl", "mtop", "pairs"]),
    help="Read --development as a set with its own candidates instead of as pairs.",
)
@click.option("--evaluate-every", type=click.IntRange(1), default=100, show_default=True, help="Steps.")
@click.option(
    "--patience",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Stop after so many evaluations without a better one.",
)
@click.option(
    "--replay", multiple=True, type=_FILE, help="Pairs to mix in against forgetting; may be repeated."
)
@click.option(
    "--replay-fraction",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.25,
    show_default=True,
    help="Share of batches that are replayed, where --replay is given.",
)
@click.option(
    "--hard-negatives",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Negatives a pair that the model itself finds hard, mined before the first step.",
)
@click.option(
    "--check-against",
    "checks",
    multiple=True,
    metavar="FORM=PATH",
    help="Leave out pairs that an evaluation set knows, exactly or nearly, such as xquad-r=DIR; may be repeated.",
)
@click.option(
    "--sparse-embeddings",
    is_flag=True,
    help="Move only the batch's rows of embedding tables, without weight decay: fast where tables are large. Always "
    "so for the embedded encoder.",
)
@click.option("--bf16", is_flag=True, help="Compute in bfloat16 where it is safe.")
@click.option(
    "--grad-cache",
    type=click.IntRange(1),
    metavar="CHUNK",
    help="Hold only CHUNK texts in memory at a time: large batches on small machines, same gradients.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all random choices.")
@click.option("--resume", "existing", flag_value="resume", help="Go on with the run in --out.")
@click.option("--fresh", "existing", flag_value="replace", help="Replace the run in --out.")
def train(data: tuple[Path, ...], model: str, out: Path, existing: Existing | None, **options: Any) -> None:  # fmt: skip
    """Train an encoder on questions and the passages that answer them.

    DATA are files or folders of pairs: JSON Lines with a question and a passage a line, or any form that
    "retrieval-core" knows (SQuAD, XQuAD, MLQA and others). The run can be stopped at any time and goes on with
    --resume, exactly as if it had not been stopped. The folder of the run gets the model (model/), the settings
    (run.json), every step's loss (metrics.jsonl), its curves (curves.html) and the test part (test.jsonl), on which
    "retrieval-core promote" measures the gain.

    \b
    Examples:
      retrieval-core train my_qa.jsonl --out my-run --check-against xquad-r=xquad-r
      retrieval-core train my_qa.jsonl --model sentence-transformers/LaBSE --out run --grad-cache 16 --bf16
    On several processes:
      torchrun --nproc-per-node 2 --no-python retrieval-core train my_qa.jsonl --out my-run
    """
    import transformers

    from retrieval_core.embedding.training_form import is_training_form, starting_point
    from retrieval_core.processes import joined
    from retrieval_core.training import train as run_training
    from retrieval_core.training_files import gather, write_beside
    from retrieval_core.training_run import MODEL

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    wanted = _wanted(data, options)
    with joined() as world, starting_point(model) as start:
        found = gather(wanted, lambda line: click.echo(line, err=True) if world.writes else None)
        config = _config(options, found.train, sparse=options["sparse_embeddings"] or is_training_form(start))
        with _progress(shown=world.writes) as watch:
            run = run_training(
                start, found.train, found.development, config, out, replay=found.replay, files=found.files,
                name=model, existing=existing or "refuse", watch=watch, world=world,
            )  # fmt: skip
    if world.writes:
        write_beside(out, found)
        click.echo(_summary(run))
        click.echo(f"The model is in {out / MODEL}.", err=True)


def _wanted(data: tuple[Path, ...], options: dict[str, Any]) -> Wanted:
    from retrieval_core.training_files import Wanted

    return Wanted(
        data=data,
        replay=options["replay"],
        development=options["development"],
        development_form=options["development_form"],
        checks=tuple(map(_check, options["checks"])),
        mixes=_fraction(options) < 1,
        seed=options["seed"],
    )


def _check(text: str) -> tuple[str, Path]:
    from retrieval_core.datasets import SET_FORMS

    form, separator, place = text.partition("=")
    if not separator or form not in SET_FORMS:
        raise click.UsageError(
            f"--check-against {text!r}: expected FORM=PATH, such as xquad-r=DIR, with a form out of "
            f"{', '.join(SET_FORMS)}."
        )
    return form, Path(place)


def _fraction(options: dict[str, Any]) -> float:
    given: float | None = options["monolingual_fraction"]
    return _FRACTIONS[options["preset"]] if given is None else given


def _config(options: dict[str, Any], pairs: tuple[QAPair, ...], *, sparse: bool) -> Training:
    from retrieval_core.training_config import Training

    steps, epochs = options["steps"], options["epochs"]
    if steps and epochs:
        raise click.UsageError("Give --steps or --epochs, not both.")
    return Training(
        sampling=_sampling(options, pairs),
        seed=options["seed"],
        steps=steps,
        epochs=None if steps else epochs or 1,
        temperature=options["temperature"],
        hard_negatives=options["hard_negatives"],
        replay_fraction=options["replay_fraction"] if options["replay"] else 0.0,
        learning_rate=options["lr"],
        embedding_learning_rate=options["embedding_lr"],
        schedule=options["schedule"],
        trainable=options["trainable"],
        sparse_embeddings=sparse,
        bf16=options["bf16"],
        grad_cache_chunk=options["grad_cache"],
        evaluate_every=options["evaluate_every"],
        patience=options["patience"],
    )


def _sampling(options: dict[str, Any], pairs: tuple[QAPair, ...]) -> Sampling:
    """By steps every batch keeps the stated kind; by epochs, or where one kind is missing, every pair comes once."""
    from retrieval_core.sampling import Sampling

    fraction = _fraction(options)
    both = len({pair.cross_lingual for pair in pairs}) == 2
    refills = options["steps"] and (both or fraction in {0.0, 1.0})
    return Sampling(
        monolingual_fraction=fraction,
        batch_size=options["batch_size"],
        exhausted="refill" if refills else "drain",
    )


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[Metric, int], None]]:
    """A bar on stderr: steps, steps a second, time left, loss and development figure."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:.2f} steps/s" if task.speed else "– steps/s")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), disable=not shown)
    task = bar.add_task("Training", total=None)
    seen = {"loss": "", "mAP": ""}

    def watch(metric: Metric, steps: int) -> None:
        if metric.loss is not None:
            seen["loss"] = f"  loss {metric.loss:.4f}"
        if metric.development is not None:
            seen["mAP"] = f"  mAP {metric.development:.4f}"
            if not bar.console.is_terminal:
                bar.console.print(f"Step {metric.step:,} of {steps:,}:{seen['mAP']}{seen['loss']}")
        bar.update(
            task, total=steps, completed=metric.step, description=f"Training{seen['mAP']}{seen['loss']}"
        )

    with bar:
        yield watch


def _summary(run: Run) -> str:
    assert run.outcome is not None
    outcome = run.outcome
    ended = " (stopped early)" if outcome.stopped_early else ""
    lines = [f"{outcome.steps:,} of {run.steps:,} steps{ended} on {run.pairs:,} pairs."]
    if run.unused_pairs:
        lines.append(f"{run.unused_pairs:,} pairs were of a kind that no batch of this strategy holds.")
    if outcome.development is not None and outcome.development_before is not None:
        lines.append(
            f"mAP on {run.development}: {outcome.development_before:.4f} before, {outcome.development:.4f} after "
            f"step {outcome.best_step:,}."
        )
    return "\n".join(lines)
