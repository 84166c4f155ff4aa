"""What an experiment is, and what it gives."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from retrieval_core.evaluation import Setting
from retrieval_core.records import Record
from retrieval_core.sampling import Sampling
from retrieval_core.significance import BootstrapTest
from retrieval_core.training_config import Training
from retrieval_core.training_run import DataFile


class Quota(Record):
    """At most so many questions of one language; ``questions`` of ``None`` are all."""

    language: str
    questions: int | None = Field(default=None, ge=0)


class Stage(Record):
    """One training of a run: on which tasks, by which batches, for how many steps.

    ``quotas``: only these languages, and so much of each; ``None`` is all pairs of the tasks.
    """

    tasks: tuple[str, ...]
    sampling: Sampling
    steps: int = Field(ge=1)
    quotas: tuple[Quota, ...] | None = None


class Condition(Record):
    """One point of the grid; ``value`` is its place on the axis, ``None`` if it has none. No stage: untrained."""

    name: str = Field(min_length=1)
    value: float | None = None
    stages: tuple[Stage, ...] = ()


class Experiment(Record):
    """Conditions that differ in one thing. Each is run once a seed, from one initialisation.

    ``training`` holds what all runs have in common; its sampling, seed and steps are replaced by the run's.
    ``query_languages``: only queries in these are measured, ``None`` is all.
    """

    name: str
    title: str
    axis: str
    conditions: tuple[Condition, ...] = Field(min_length=2)
    baseline: str
    seeds: tuple[int, ...] = Field(min_length=1)
    training: Training
    measures: tuple[str, ...] = Field(min_length=1)
    query_languages: tuple[str, ...] | None = None
    n_resamples: int = Field(default=10_000, ge=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [condition.name for condition in self.conditions]
        if len(set(names)) != len(names) or len(set(self.seeds)) != len(self.seeds):
            raise ValueError("conditions and seeds may each occur once")
        if self.baseline not in names:
            raise ValueError(f"the baseline {self.baseline!r} is none of the conditions {', '.join(names)}")
        return self


class Figure(Record):
    """One measure of one condition in one setting.

    ``mean`` over the seeds, with the 95 % percentile interval over questions (``low``, ``high``); ``by_seed`` in the
    order of the seeds. ``test``: against the baseline, paired by question, of the seeds' mean values, ``None`` for
    the baseline itself and untrained models; ``p_adjusted`` is Holm's over all tests of the experiment.
    ``same_sign``: how many seeds differ from the baseline's run of the same seed in the direction of the mean.
    """

    setting: Setting
    measure: str
    mean: float
    low: float
    high: float
    by_seed: tuple[float, ...]
    test: BootstrapTest | None = None
    p_adjusted: float | None = None
    same_sign: int | None = None


class ConditionResult(Record):
    """All figures of one condition; ``pairs``: how many pairs each of its stages could draw from."""

    name: str
    value: float | None
    pairs: tuple[int, ...]
    figures: tuple[Figure, ...]

    def figure(self, setting: Setting, measure: str) -> Figure | None:
        """The figure of a measure in a setting, ``None`` where it is not defined."""
        return next((f for f in self.figures if f.setting == setting and f.measure == measure), None)


class ExperimentResult(Record):
    """The content of ``result.json``: the same for the same experiment, model and data.

    ``shared_questions``: distinct questions of the training data that are, normalised, queries of the dataset.
    """

    form: Literal["retrieval-core-experiment/1"] = "retrieval-core-experiment/1"
    experiment: Experiment
    model: str
    model_fingerprint: str
    files: tuple[DataFile, ...]
    dataset: str
    n_queries: int
    n_documents: int
    shared_questions: int
    conditions: tuple[ConditionResult, ...]
    versions: dict[str, str]

    @property
    def n_tests(self) -> int:
        """How many tests Holm's correction is over."""
        return sum(f.test is not None for c in self.conditions for f in c.figures)
