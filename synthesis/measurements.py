"""The result of ``retrieval-core experiment`` → a measurement for the report's appendix.

The file is read by a form of its own that names only what is shown: the pipeline knows no experiment.
"""

from __future__ import annotations

import codecs
from functools import reduce
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthesis.errors import InputFileError
from synthesis.records import Measurement
from synthesis.terms import listed
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_FILE_BYTES = 16 << 20  # a grid of a hundred conditions takes half a MiB
MAX_FIGURES = 5_000  # rows of the table: some hundred pages
_FORM = "retrieval-core-experiment/1"
_LABELS = (
    ("map", "mAP"),
    ("recall_at_1", "R@1"),
    ("recall_at_10", "R@10"),
    ("recall_at_100", "R@100"),
    ("precision_at_1", "P@1"),
    ("precision_at_5", "P@5"),
    ("precision_at_10", "P@10"),
    ("ndcg_at_10", "nDCG@10"),
    ("mrr", "MRR"),
    ("language_bias", "Language bias"),
    ("answer_exact", "Answer EM"),
    ("answer_f1", "Answer F1"),
    ("answer_contained", "Answer contained"),
)
_IN_RANKS = frozenset({"language_bias"})

_Name = Annotated[str, Field(min_length=1, max_length=300)]
_Path = Annotated[str, Field(min_length=1, max_length=4096)]
_Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    """What is needed of a part of the file; the rest is passed over."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Sampling(_Part):
    batch_size: _Count | None = None
    batch_tokens: _Count | None = None

    @property
    def words(self) -> str:
        if self.batch_size is not None:
            return say_n("{n:,} pair", "{n:,} pairs", self.batch_size)
        return say_n("{n:,} padded token", "{n:,} padded tokens", self.batch_tokens or 0)


class _Stage(_Part):
    sampling: _Sampling
    steps: _Count


class _Planned(_Part):
    stages: tuple[_Stage, ...]


class _Experiment(_Part):
    title: _Name
    conditions: tuple[_Planned, ...]
    baseline: _Name
    seeds: tuple[int, ...] = Field(min_length=1)
    query_languages: tuple[_Name, ...] | None
    n_resamples: _Count


class _Test(_Part):
    difference: float
    low: float
    high: float


class _Figure(_Part):
    setting: _Name
    measure: _Name
    mean: float
    low: float
    high: float
    test: _Test | None
    p_adjusted: float | None = Field(ge=0, le=1)


class _Condition(_Part):
    name: _Name
    figures: tuple[_Figure, ...]


class _File(_Part):
    name: _Path
    rows: _Count
    use: str


class _Result(_Part):
    form: Literal["retrieval-core-experiment/1"]
    experiment: _Experiment
    model: _Path
    model_fingerprint: _Name
    files: tuple[_File, ...]
    dataset: _Path
    n_queries: _Count
    n_documents: _Count
    shared_questions: _Count
    conditions: tuple[_Condition, ...]


def read_measurement(path: Path) -> Measurement:
    """The ``result.json`` that ``retrieval-core experiment`` wrote, as a table with a row a figure.

    Raises:
        InputFileError: missing, too large, or not such a result; names the file and the way out.
    """
    data = _read(path).removeprefix(codecs.BOM_UTF8)
    try:
        result = _Result.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise InputFileError(
            f"{path} is no result of an experiment: {place} does not fit the form {_FORM} ({first['msg']}). Give the "
            "result.json that retrieval-core experiment wrote into its --out folder."
        ) from error
    n_figures = sum(len(condition.figures) for condition in result.conditions)
    if not 0 < n_figures <= MAX_FIGURES:
        raise InputFileError(
            f"{path} holds {n_figures:,} figures; an appendix shows from 1 to {MAX_FIGURES:,}. Run the experiment "
            "with fewer conditions or measures, or several one after another, and append each."
        )
    return Measurement(
        title=result.experiment.title, note=_note(result), columns=_columns(), rows=tuple(_rows(result))
    )


def _read(path: Path) -> bytes:
    if not path.is_file():
        found = "is no file" if path.exists() else "does not exist"
        raise InputFileError(
            f"{path} {found}; name the result.json that retrieval-core experiment wrote into its --out folder."
        )
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputFileError(
            f"{path} cannot be read: {error.strerror}; check the file's permissions."
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise InputFileError(
            f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB, so it is no result of an experiment; name the "
            "result.json that retrieval-core experiment wrote into its --out folder."
        )
    return data


# --------------------------------------------------------------------------- note


def _note(result: _Result) -> str:
    sentences = [
        _measured_here(result),
        _evaluated(result),
        say_n(
            "{n:,} training question is among the queries.",
            "{n:,} training questions are among the queries.",
            result.shared_questions,
        ),
        say_n(
            "Means are over seeds; intervals are percentile bootstrap over questions ({n:,} resample), so they speak of "
            "other questions, not of other seeds.",
            "Means are over seeds; intervals are percentile bootstrap over questions ({n:,} resamples), so they speak of "
            "other questions, not of other seeds.",
            result.experiment.n_resamples,
        ),
        say_n(
            "Differences are from “{baseline}”, paired by question; p after Holm’s correction over {n:,} test.",
            "Differences are from “{baseline}”, paired by question; p after Holm’s correction over {n:,} tests.",
            _n_tests(result),
            baseline=result.experiment.baseline,
        ),
    ]
    if _has_ranks(result):
        sentences.append(say("Language bias is in ranks; lower is better."))
    return " ".join(sentences)


def _measured_here(result: _Result) -> str:
    seeds = result.experiment.seeds
    return say(
        "Measured here, on this model, at this scale: {model} (fingerprint {fingerprint}), {training}; {seeds}.",
        model=result.model,
        fingerprint=result.model_fingerprint[:12],
        training=_training(result),
        seeds=say_n(
            "{n:,} seed ({seeds})", "{n:,} seeds ({seeds})", len(seeds), seeds=listed(map(str, seeds))
        ),
    )


def _training(result: _Result) -> str:
    """Data, steps and batches; conditions without training are left out of the range of steps."""
    files = [_pairs(f) for f in result.files if f.use == "train"]
    trained = [condition.stages for condition in result.experiment.conditions if condition.stages]
    if not trained:
        return say("not trained")
    steps = [sum(stage.steps for stage in stages) for stages in trained]
    least, most = min(steps), max(steps)
    batches = dict.fromkeys(stage.sampling.words for stages in trained for stage in stages)
    return say(
        "trained on {files} for {steps} of {batches}",
        files=listed(files) or say("the pairs given"),
        steps=say_n("{n:,} step", "{n:,} steps", most)
        if least == most
        else say("{least:,} to {most:,} steps", least=least, most=most),
        batches=reduce(lambda one, other: say("{one} or {other}", one=one, other=other), batches),
    )


def _pairs(file: _File) -> str:
    return say_n("{name} ({n:,} pair)", "{name} ({n:,} pairs)", file.rows, name=file.name)


def _evaluated(result: _Result) -> str:
    languages = result.experiment.query_languages
    queries = say_n("{n:,} query", "{n:,} queries", result.n_queries)
    documents = say_n("{n:,} document", "{n:,} documents", result.n_documents)
    if not languages:
        return say(
            "Evaluated on {dataset}: {queries}, {documents}.",
            dataset=result.dataset,
            queries=queries,
            documents=documents,
        )
    return say(
        "Evaluated on {dataset}: {queries} in {languages}, {documents}.",
        dataset=result.dataset,
        queries=queries,
        languages=listed(languages),
        documents=documents,
    )


def _has_ranks(result: _Result) -> bool:
    return any(f.measure in _IN_RANKS for condition in result.conditions for f in condition.figures)


def _n_tests(result: _Result) -> int:
    return sum(figure.test is not None for condition in result.conditions for figure in condition.figures)


# --------------------------------------------------------------------------- table


def _columns() -> tuple[str, ...]:
    return (
        say("Measure, setting"),
        say("Condition"),
        say("Mean (95 % interval)"),
        say("Difference (95 % interval)"),
        say("p (Holm)"),
    )


def _rows(result: _Result) -> Iterator[tuple[str, ...]]:
    """A row a figure: measures and settings in the order of the file, under each its conditions."""
    panels: dict[tuple[str, str], list[tuple[str, _Figure]]] = {}
    for condition in result.conditions:
        for figure in condition.figures:
            panels.setdefault((figure.measure, figure.setting), []).append((condition.name, figure))
    labels = dict(_LABELS)
    for (measure, setting), figures in panels.items():
        panel = f"{labels.get(measure, measure)}, {setting.replace('_', '-')}"
        yield from ((panel, name, *_cells(figure)) for name, figure in figures)


def _cells(figure: _Figure) -> Iterable[str]:
    digits = 1 if figure.measure in _IN_RANKS else 4
    mean, low, high = (f"{value:,.{digits}f}" for value in (figure.mean, figure.low, figure.high))
    yield say("{value} ({low} to {high})", value=mean, low=low, high=high)
    if figure.test is None or figure.p_adjusted is None:
        yield from ("–", "–")
        return
    values = (figure.test.difference, figure.test.low, figure.test.high)
    difference, least, most = (f"{value:+,.{digits}f}" for value in values)
    yield say("{value} ({low} to {high})", value=difference, low=least, high=most)
    yield f"{figure.p_adjusted:.4f}"
