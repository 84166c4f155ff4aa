"""The result of ``retrieval-core experiment`` → a measurement for the report's appendix.

The file is read by a form of its own that names only what is shown: the pipeline knows no experiment.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthesis.errors import InputFileError
from synthesis.records import Measurement

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
_COLUMNS = (
    "Measure, setting",
    "Condition",
    "Mean (95 % interval)",
    "Difference (95 % interval)",
    "p (Holm)",
)

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
            return f"{self.batch_size:,} pairs"
        return f"{self.batch_tokens or 0:,} padded tokens"


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
        title=result.experiment.title, note=_note(result), columns=_COLUMNS, rows=tuple(_rows(result))
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
    experiment = result.experiment
    return (
        f"Measured here, on this model, at this scale: {result.model} (fingerprint "
        f"{result.model_fingerprint[:12]}), {_training(result)}; {_counted(len(experiment.seeds), 'seed')} "
        f"({', '.join(map(str, experiment.seeds))}). Evaluated on {_evaluated(result)}. "
        f"{_counted(result.shared_questions, 'training question')} {_are(result.shared_questions)} among the queries. "
        f"Means are over seeds; intervals are percentile bootstrap over questions "
        f"({_counted(experiment.n_resamples, 'resample')}), so they speak of other questions, not of other seeds. "
        f"Differences are from “{experiment.baseline}”, paired by question; p after Holm’s correction over "
        f"{_counted(_n_tests(result), 'test')}.{_in_ranks(result)}"
    )


def _training(result: _Result) -> str:
    """Data, steps and batches; conditions without training are left out of the range of steps."""
    files = ", ".join(f"{f.name} ({_counted(f.rows, 'pair')})" for f in result.files if f.use == "train")
    trained = [condition.stages for condition in result.experiment.conditions if condition.stages]
    if not trained:
        return "not trained"
    steps = [sum(stage.steps for stage in stages) for stages in trained]
    least, most = min(steps), max(steps)
    batches = dict.fromkeys(stage.sampling.words for stages in trained for stage in stages)
    length = _counted(most, "step") if least == most else f"{least:,} to {most:,} steps"
    return f"trained on {files or 'the pairs given'} for {length} of {' or '.join(batches)}"


def _evaluated(result: _Result) -> str:
    languages = result.experiment.query_languages
    queries = f"{result.n_queries:,} {'query' if result.n_queries == 1 else 'queries'}"
    limited = f" in {', '.join(languages)}" if languages else ""
    return f"{result.dataset}: {queries}{limited}, {_counted(result.n_documents, 'document')}"


def _in_ranks(result: _Result) -> str:
    measures = {figure.measure for condition in result.conditions for figure in condition.figures}
    return " Language bias is in ranks; lower is better." if measures & _IN_RANKS else ""


def _n_tests(result: _Result) -> int:
    return sum(figure.test is not None for condition in result.conditions for figure in condition.figures)


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


# --------------------------------------------------------------------------- table


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
    yield f"{mean} ({low} to {high})"
    if figure.test is None or figure.p_adjusted is None:
        yield from ("–", "–")
        return
    values = (figure.test.difference, figure.test.low, figure.test.high)
    difference, least, most = (f"{value:+,.{digits}f}" for value in values)
    yield f"{difference} ({least} to {most})"
    yield f"{figure.p_adjusted:.4f}"
