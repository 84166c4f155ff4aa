"""Means, intervals and tests over all runs of an experiment.

A question's value under a condition is its mean over the seeds; what is resampled are questions, translations of one
question together. So an interval speaks of other questions, with these very seeds; how far seeds differ is said
beside it, by the value of each. All tests of an experiment, over conditions, settings and measures, are one family.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.comparison import compare
from retrieval_core.experiments.records import ConditionResult, ExperimentResult, Figure
from retrieval_core.experiments.running import RunKey, narrowed
from retrieval_core.experiments.selection import shared_questions
from retrieval_core.significance import BootstrapTest, holm
from retrieval_core.training_run import versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.comparison import Comparison
    from retrieval_core.evaluation import Evaluation, Setting
    from retrieval_core.experiments.records import Condition, Experiment
    from retrieval_core.experiments.running import Materials, Runs

_SEED = 0  # of the resamples
_DIGITS = 6  # of a figure: past them, processors differ


def result_of(experiment: Experiment, materials: Materials, runs: Runs) -> ExperimentResult:
    """All figures of the experiment; the same runs give the same result."""
    baseline = _of(experiment, runs, experiment.baseline)
    conditions = _adjusted(
        [
            ConditionResult(
                name=condition.name,
                value=condition.value,
                pairs=runs.pairs[condition.name],
                figures=_figures(experiment, condition, _of(experiment, runs, condition.name), baseline),
            )
            for condition in experiment.conditions
        ]
    )
    dataset = narrowed(materials.dataset, experiment.query_languages)
    return ExperimentResult(
        experiment=experiment,
        model=materials.name,
        model_fingerprint=runs.fingerprint,
        files=materials.files,
        dataset=dataset.name,
        n_queries=len(dataset.queries),
        n_documents=len(dataset.documents),
        shared_questions=shared_questions((p for pairs in materials.tasks.values() for p in pairs), dataset),
        conditions=conditions,
        versions=versions(),
    )


def _of(experiment: Experiment, runs: Runs, condition: str) -> list[Evaluation]:
    """A condition's evaluations, seeds in order."""
    keys = (RunKey(condition, seed) for seed in experiment.seeds)
    return [_as_one_language(runs.evaluations[key]) for key in keys if key in runs.evaluations]


def _as_one_language(evaluation: Evaluation) -> Evaluation:
    """All queries under one name: figures are of whole settings, so nothing is tested language by language."""
    return replace(evaluation, cells=tuple(replace(cell, query_language="all") for cell in evaluation.cells))


def _figures(
    experiment: Experiment, condition: Condition, seeds: Sequence[Evaluation], baseline: Sequence[Evaluation]
) -> tuple[Figure, ...]:
    averaged, against = _averaged(seeds), _averaged(baseline)
    nothing = replace(
        averaged,
        cells=tuple(replace(c, values=np.where(np.isnan(c.values), np.nan, 0.0)) for c in averaged.cells),
    )
    tested = bool(condition.stages) and condition.name != experiment.baseline
    figures = []
    for measure in experiment.measures:
        # The difference from a system whose every value is 0 is the value itself, with its interval.
        spans = compare(averaged, nothing, seed=_SEED, measure=measure, n_resamples=experiment.n_resamples)
        for span in spans.settings:
            by_seed = [evaluation.mean(span.setting, measure) for evaluation in seeds]
            figures.append(
                Figure(
                    setting=span.setting,
                    measure=measure,
                    mean=round(span.test.difference, _DIGITS),
                    low=round(span.test.low, _DIGITS),
                    high=round(span.test.high, _DIGITS),
                    by_seed=tuple(round(value, _DIGITS) for value in by_seed if value is not None),
                )
            )
        if tested:
            n = len(figures) - len(spans.settings)
            tests = compare(
                averaged, against, seed=_SEED, measure=measure, n_resamples=experiment.n_resamples
            )
            figures[n:] = [_tested(figure, tests, baseline) for figure in figures[n:]]
    return tuple(figures)


def _tested(figure: Figure, tests: Comparison, baseline: Sequence[Evaluation]) -> Figure:
    """With the comparison with the baseline, in its setting."""
    compared = tests.of(figure.setting)
    if compared is None:
        return figure
    before = [evaluation.mean(figure.setting, figure.measure) for evaluation in baseline]
    same_sign = _same_sign(compared.test.difference, figure.by_seed, before)
    return figure.model_copy(update={"test": _rounded(compared.test), "same_sign": same_sign})


def _averaged(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Every query's mean over the seeds, not defined where no seed's is."""
    first = evaluations[0]
    cells = []
    for place, cell in enumerate(first.cells):
        values = np.stack(
            [evaluation.cells[place].values for evaluation in evaluations]
        )  # (seeds, n, measures)
        defined = ~np.isnan(values)
        counts = defined.sum(axis=0)
        sums = np.where(defined, values, 0.0).sum(axis=0)
        cells.append(replace(cell, values=np.where(counts, sums / np.maximum(counts, 1), np.nan)))
    return replace(first, cells=tuple(cells))


def _same_sign(difference: float, by_seed: Sequence[float], before: Sequence[float | None]) -> int:
    """How many seeds differ from the baseline's in the direction of ``difference``."""
    return sum(b is not None and (a - b) * difference > 0 for a, b in zip(by_seed, before, strict=True))


def _rounded(test: BootstrapTest) -> BootstrapTest:
    names = ("difference", "low", "high", "p_value")
    return test.model_copy(update={name: round(getattr(test, name), _DIGITS) for name in names})


def _adjusted(conditions: Sequence[ConditionResult]) -> tuple[ConditionResult, ...]:
    """With Holm's p-values over all tests."""
    tests = {
        _name(condition, figure.setting, figure.measure): figure.test.p_value
        for condition in conditions
        for figure in condition.figures
        if figure.test is not None
    }
    p_values = holm(tests)
    return tuple(
        condition.model_copy(
            update={
                "figures": tuple(
                    figure.model_copy(
                        update={"p_adjusted": p_values.get(_name(condition, figure.setting, figure.measure))}
                    )
                    for figure in condition.figures
                )
            }
        )
        for condition in conditions
    )


def _name(condition: ConditionResult, setting: Setting, measure: str) -> str:
    return f"{condition.name}\n{setting}\n{measure}"
