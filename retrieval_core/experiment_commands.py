"""The command ``experiment``."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retrieval_core.datasets import SET_FORMS
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from retrieval_core.experiments.grids import Frame
    from retrieval_core.experiments.records import ExperimentResult
    from retrieval_core.records import QAPair
    from retrieval_core.training_run import DataFile

NAMES = ("languages", "mixing", "in-language", "order", "hybrid-vs-monolingual")
RESULT, PAGE, APPENDIX = "result.json", "result.html", "appendix.md"


class _Numbers(click.ParamType[tuple[float, ...]]):
    """Different finite numbers with commas between them."""

    name = "numbers"

    def __init__(self, kind: type[float]) -> None:
        self._kind = kind

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Read them."""
        try:
            numbers = tuple(self._kind(part) for part in value.split(","))
        except ValueError:
            numbers = ()
        if not numbers or len(set(numbers)) != len(numbers) or not all(map(isfinite, numbers)):
            self.fail(f"{value!r} is no list of different numbers such as 0,1,2.", param, ctx)
        return numbers


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--dataset", "form", required=True, type=click.Choice(SET_FORMS), help="Form of what is measured on."
)
@click.option("--on", "where", required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH", help="Folder or file of what is measured on.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the experiment; what is finished there is not run again.")  # fmt: skip
@click.option("--model", default="embedded", show_default=True, metavar="MODEL", help='What every run starts from: a folder or hub id of a sentence-transformers model, or "embedded".')  # fmt: skip
@click.option("--steps", default=300, show_default=True, type=click.IntRange(1), help="Steps a run.")
@click.option("--batch-size", default=100, show_default=True, type=click.IntRange(2), help="Pairs a batch.")
@click.option(
    "--seeds", default="0,1,2", show_default=True, type=_Numbers(int), help="One run a condition each."
)
@click.option(
    "--grid", type=_Numbers(float), help="Points on the axis, such as 0,0.5,1, instead of the usual."
)
@click.option("--monolingual-fraction", default=0.5, show_default=True, type=click.FloatRange(0, 1), metavar="A", help="Share of monolingual batches where it is not what varies.")  # fmt: skip
@click.option("--language", help="The language whose amount varies (in-language).")
@click.option("--languages", help="Languages in the order in which they join, such as en,de,th (languages).")
@click.option("--query-language", "query_languages", multiple=True, help="Measure queries in this language only; may be given several times.")  # fmt: skip
@click.option(
    "--lr", default=3e-5, show_default=True, type=click.FloatRange(0, min_open=True), help="Learning rate."
)
@click.option(
    "--embedding-lr", type=click.FloatRange(0, min_open=True), help="Learning rate of embedding tables."
)
@click.option("--temperature", default=0.05, show_default=True, type=click.FloatRange(0, min_open=True), help="What cosines are divided by.")  # fmt: skip
@click.option("--bf16", is_flag=True, help="Compute in bfloat16.")
@click.option(
    "--grad-cache", type=click.IntRange(1), metavar="N", help="Texts held at once, for batches over memory."
)
@click.option(
    "--resamples",
    default=10_000,
    show_default=True,
    type=click.IntRange(1),
    help="Of the bootstrap behind every interval and test.",
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON instead of Markdown.")
def experiment(name: str, data: tuple[Path, ...], form: str, where: Path, out: Path, as_json: bool, **options: Any) -> None:  # fmt: skip
    """Measure what a choice in training does: NAME says which choice, DATA are the pairs to train on.

    \b
    languages              how many languages are trained on, with equal data in all
    mixing                 the share of monolingual batches, from 0 to 1
    in-language            how much data there is in one language
    order                  the order of intermediate tasks; each DATA is a task, the last one the target
    hybrid-vs-monolingual  the three strategies, by retrieval and by the answers found

    All runs start from one model and take the same number of steps, once a seed. An experiment can be stopped at
    any time; the same command goes on with it. --out gets result.json, a page with plots (result.html), and
    appendix.md for a report.

    \b
    Example:
      retrieval-core experiment mixing my_qa.jsonl --dataset xquad-r --on xquad-r --out mixing --steps 200
    """
    from retrieval_core.datasets import load_retrieval_set
    from retrieval_core.embedding.training_form import starting_point
    from retrieval_core.experiments.grids import build
    from retrieval_core.experiments.results import result_of
    from retrieval_core.experiments.running import Materials, run_all

    tasks, files = _tasks(data)
    planned = build(name, tasks, _frame(options))
    dataset = load_retrieval_set(where, form)
    with starting_point(options["model"]) as folder:
        materials = Materials(tasks, dataset, folder, options["model"], files, _device())
        runs = run_all(planned, materials, out, tell=lambda line: click.echo(line, err=True))
    result = result_of(planned, materials, runs)
    texts = _texts(result)
    _write(texts, out)
    click.echo(texts[RESULT if as_json else APPENDIX], nl=False)
    click.echo(f"The page is {out / PAGE}.", err=True)


def _tasks(data: tuple[Path, ...]) -> tuple[dict[str, tuple[QAPair, ...]], tuple[DataFile, ...]]:
    """Each path's pairs under its name, and what they were read from."""
    from retrieval_core.datasets import load_pairs
    from retrieval_core.training_run import DataFile, sha256_of

    tasks: dict[str, tuple[QAPair, ...]] = {}
    files = []
    for path in data:
        if path.stem in tasks:
            raise InputError(
                f"Two of the data are named {path.stem!r}; tasks are told apart by name. Rename one."
            )
        tasks[path.stem] = load_pairs(path)
        files.append(
            DataFile(name=path.name, sha256=sha256_of(path), rows=len(tasks[path.stem]), use="train")
        )
    return tasks, tuple(files)


def _frame(options: dict[str, Any]) -> Frame:
    from retrieval_core.experiments.grids import Frame
    from retrieval_core.sampling import Sampling
    from retrieval_core.training_config import Training

    sampling = Sampling(
        monolingual_fraction=options["monolingual_fraction"],
        batch_size=options["batch_size"],
        exhausted="refill",
    )
    training = Training(
        sampling=sampling,
        steps=options["steps"],
        learning_rate=options["lr"],
        embedding_learning_rate=options["embedding_lr"],
        temperature=options["temperature"],
        bf16=options["bf16"],
        grad_cache_chunk=options["grad_cache"],
    )
    return Frame(
        training=training,
        seeds=options["seeds"],
        grid=options["grid"],
        language=options["language"],
        languages=tuple(options["languages"].split(",")) if options["languages"] else None,
        query_languages=options["query_languages"] or None,
        n_resamples=options["resamples"],
    )


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _texts(result: ExperimentResult) -> dict[str, str]:
    """File name → content."""
    from retrieval_core.experiments.appendix import appendix
    from retrieval_core.experiments.page import experiment_page

    return {
        RESULT: result.model_dump_json(indent=1) + "\n",
        PAGE: experiment_page(result),
        APPENDIX: appendix(result),
    }


def _write(texts: dict[str, str], out: Path) -> None:
    try:
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The result could not be written to {out}: {error.strerror}.") from error
