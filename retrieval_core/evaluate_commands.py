"""The command ``evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.comparison import Comparison
    from retrieval_core.evaluation import Evaluation, Scorer, Setting
    from retrieval_core.records import RetrievalSet

FORMS = ("xquad-r", "mlqa-r", "beir", "miracl", "mtop", "pairs")
_SETTINGS = ("monolingual", "cross_lingual", "multilingual")


class _System(NamedTuple):
    """A system to measure and what names its exact state."""

    scorer: Scorer
    fingerprint: str


@click.command()
@click.option(
    "--model",
    required=True,
    help='"embedded", "bm25", "hybrid", a folder, or the id of a sentence-transformers model.',
)
@click.option(
    "--dataset", "form", required=True, type=click.Choice(FORMS), help="The form that the data are in."
)
@click.option(
    "--data", required=True, type=click.Path(exists=True, path_type=Path), help="Folder or file of the data."
)
@click.option(
    "--setting",
    "settings",
    multiple=True,
    type=click.Choice(_SETTINGS),
    help="May be given several times; all that the data allow if left out.",
)
@click.option("--against", help="Another model, or a folder written by --out: test the difference.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of the test's resamples."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the figures and every query's values.",
)
@click.option("--page", type=click.Path(dir_okay=False, path_type=Path), help="HTML file with a heat map.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON.")
def evaluate(
    *,
    model: str,
    form: str,
    data: Path,
    settings: tuple[Setting, ...],
    against: str | None,
    seed: int,
    out: Path | None,
    page: Path | None,
    as_json: bool,
) -> None:
    """Measure how well a model retrieves in one language, across languages, and from a pool of all.

    \b
    Example:
      retrieval-core evaluate --model embedded --dataset xquad-r --data ../shared/data/xquad-r
      retrieval-core evaluate --model my-model --against embedded --dataset xquad-r --data … --page report.html
    """
    from retrieval_core.comparison import compare
    from retrieval_core.datasets import load_retrieval_set
    from retrieval_core.evaluation_files import as_json as figures_of
    from retrieval_core.evaluation_files import write_evaluation

    dataset = load_retrieval_set(data, form)
    evaluation = _measured(model, dataset, settings)
    other = _other(against, dataset, settings) if against else None
    comparison = compare(evaluation, other, seed=seed) if other else None
    if out:
        write_evaluation(evaluation, out)
    if page:
        _write_page(page, evaluation, comparison, other)
    if as_json:
        figures = figures_of(evaluation)
        if comparison:
            figures["comparison"] = comparison.model_dump(mode="json")
        click.echo(json.dumps(figures, indent=1, ensure_ascii=False))
    else:
        click.echo(_table(evaluation))
        if comparison:
            click.echo(_tests(comparison))


def _measured(model: str, dataset: RetrievalSet, settings: Sequence[Setting]) -> Evaluation:
    from retrieval_core.evaluation import SETTINGS
    from retrieval_core.evaluation import evaluate as measure

    system = _system(model)
    evaluation = measure(
        system.scorer,
        dataset,
        settings=settings or SETTINGS,
        model=model,
        fingerprint=system.fingerprint,
        progress=lambda step: click.echo(f"{model}: {step} …", err=True),
    )
    if missing := [setting for setting in settings or SETTINGS if not evaluation.of(setting)]:
        reason = (
            f"{dataset.name} allows no {' or '.join(missing)} setting: it needs relevant documents there."
        )
        if settings:
            raise InputError(f"{reason} Leave --setting out to measure what there is.")
        click.echo(reason, err=True)
    return evaluation


def _other(name: str, dataset: RetrievalSet, settings: Sequence[Setting]) -> Evaluation:
    from retrieval_core.evaluation_files import FIGURES, load_evaluation

    folder = Path(name)
    return load_evaluation(folder) if (folder / FIGURES).is_file() else _measured(name, dataset, settings)


def _system(model: str) -> _System:
    from retrieval_core.scorers import EncoderScorer, LexicalScorer

    if model == "bm25":
        from retrieval_core.analysis import ANALYSIS_VERSION
        from retrieval_core.lexical import ENGINE

        return _System(LexicalScorer(), f"{ENGINE}, analysis {ANALYSIS_VERSION}")
    if model == "hybrid":
        from retrieval_core.encoder import DualEncoder
        from retrieval_core.hybrid_scorer import HybridScorer

        hybrid = HybridScorer(DualEncoder.load("current"))
        return _System(hybrid, hybrid.fingerprint)
    from retrieval_core.encoder import DualEncoder

    encoder = DualEncoder.load(model)
    return _System(EncoderScorer(encoder), encoder.fingerprint)


def _write_page(
    page: Path, evaluation: Evaluation, comparison: Comparison | None, other: Evaluation | None
) -> None:
    from retrieval_core.evaluation_page import evaluation_page

    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(evaluation_page(evaluation, comparison, other), encoding="utf-8")
    except OSError as error:
        raise InputError(f"The page {page} could not be written: {error.strerror}.") from error
    click.echo(f"The page is {page}.", err=True)


def _table(evaluation: Evaluation) -> str:
    from retrieval_core.evaluation_page import summary_rows

    labels, rows = summary_rows(evaluation)
    return _columns([("", *labels, "Queries", "Left out"), *((name, *figures) for name, figures in rows)])


def _tests(comparison: Comparison) -> str:
    from retrieval_core.evaluation_page import comparison_rows

    header = ("", "Language", "Difference", "95 % interval", "p (Holm)", "Questions")
    return f"\n{comparison.measure} against {comparison.against}\n" + _columns(
        [header, *comparison_rows(comparison)]
    )


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns, the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
