"""What page and appendix both say of a result: labels, rows and counted sentences."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from retrieval_core.evaluation import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrieval_core.evaluation import Setting
    from retrieval_core.experiments.records import ExperimentResult, Figure

LEVEL = 0.05  # of significance, after Holm's correction
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "map": "mAP",
        "recall_at_1": "R@1",
        "recall_at_10": "R@10",
        "recall_at_100": "R@100",
        "precision_at_1": "P@1",
        "precision_at_5": "P@5",
        "precision_at_10": "P@10",
        "ndcg_at_10": "nDCG@10",
        "mrr": "MRR",
        "language_bias": "Language bias (ranks; lower is better)",
        "answer_exact": "Answer EM",
        "answer_f1": "Answer F1",
        "answer_contained": "Answer contained",
    }
)
_IN_RANKS = frozenset({"language_bias"})
HEADER = (
    "Condition",
    "Mean",
    "95 % interval",
    "Seeds",
    "Difference",
    "95 % interval",
    "p (Holm)",
    "Same sign",
)


def setting_name(setting: Setting) -> str:
    """The setting as it is written."""
    return setting.replace("_", "-")


def panels(result: ExperimentResult) -> tuple[tuple[str, Setting], ...]:
    """Each measure and setting that has figures, in order."""
    return tuple(
        (measure, setting)
        for measure in result.experiment.measures
        for setting in SETTINGS
        if any(condition.figure(setting, measure) for condition in result.conditions)
    )


def rows(result: ExperimentResult, measure: str, setting: Setting) -> tuple[tuple[str, ...], ...]:
    """A row a condition, as ``HEADER`` names its cells."""
    found = ((c.name, c.figure(setting, measure)) for c in result.conditions)
    return tuple(_row(name, figure, len(result.experiment.seeds)) for name, figure in found if figure)


def scale(result: ExperimentResult) -> str:
    """Model, data, steps and seeds: at what scale this was measured."""
    experiment, training = result.experiment, result.experiment.training
    sampling = training.sampling
    size = (
        f"{sampling.batch_size:,} pairs"
        if sampling.batch_size
        else f"{sampling.batch_tokens:,} padded tokens"
    )
    files = ", ".join(f"{file.name} ({file.rows:,} pairs)" for file in result.files if file.use == "train")
    limited = f" in {', '.join(experiment.query_languages)}" if experiment.query_languages else ""
    n_seeds = len(experiment.seeds)
    return (
        f"Measured here, on this model, at this scale: {result.model} (fingerprint "
        f"{result.model_fingerprint[:12]}), trained on {files or 'the pairs given'} for {training.steps:,} steps of "
        f"{size}, learning rate {training.learning_rate:g}, temperature {training.temperature:g}; "
        f"{n_seeds} seed{'s' * (n_seeds != 1)} ({', '.join(map(str, experiment.seeds))}) from one initialisation, "
        f"without early stopping. Evaluated on {result.dataset}: {result.n_queries:,} queries{limited}, "
        f"{result.n_documents:,} documents. {result.shared_questions:,} training questions are queries of that set."
    )


def method(result: ExperimentResult) -> str:
    """How intervals and p-values are made, and what they leave out."""
    return (
        f"A mean is over seeds, queries and languages. Intervals: 95 %, percentile bootstrap over questions "
        f"({result.experiment.n_resamples:,} resamples), translations of a question together. Differences are from "
        f"“{result.experiment.baseline}”, paired by question; p after Holm's correction over all {result.n_tests:,} "
        "tests of this experiment. Intervals speak of other questions, not of other seeds; “same sign” counts the "
        f"seeds whose own difference has the sign of the mean.{_blunt(result)}"
    )


def findings(result: ExperimentResult) -> tuple[str, ...]:
    """A sentence each measure and setting: how many conditions differ from the baseline, and which is highest."""
    return tuple(_finding(result, measure, setting) for measure, setting in panels(result))


def number(value: float, measure: str) -> str:
    """A figure with the digits that it deserves."""
    return f"{value:,.1f}" if measure in _IN_RANKS else f"{value:.4f}"


def signed(value: float, measure: str) -> str:
    """A difference, always with its sign."""
    return f"{value:+,.1f}" if measure in _IN_RANKS else f"{value:+.4f}"


def _blunt(result: ExperimentResult) -> str:
    """A warning where even the smallest p-value that the resamples allow is over the level once corrected."""
    if result.n_tests / (result.experiment.n_resamples + 1) < LEVEL:
        return ""
    return (
        f" With so few resamples for so many tests none could be significant at the {LEVEL * 100:g} % level."
    )


def _row(name: str, figure: Figure, n_seeds: int) -> tuple[str, ...]:
    measure, test = figure.measure, figure.test
    seeds = " ".join(number(value, measure) for value in figure.by_seed)
    told = (name, number(figure.mean, measure), _interval(figure.low, figure.high, measure), seeds)
    if test is None or figure.p_adjusted is None:
        return (*told, "–", "–", "–", "–")
    interval = f"{signed(test.low, measure)} to {signed(test.high, measure)}"
    return (
        *told,
        signed(test.difference, measure),
        interval,
        f"{figure.p_adjusted:.4f}",
        f"{figure.same_sign}/{n_seeds}",
    )


def _interval(low: float, high: float, measure: str) -> str:
    return f"{number(low, measure)}–{number(high, measure)}"


def _finding(result: ExperimentResult, measure: str, setting: Setting) -> str:
    figures = [(c.name, f) for c in result.conditions if (f := c.figure(setting, measure))]
    tested = [(f.test.difference, f.p_adjusted) for _, f in figures if f.test and f.p_adjusted is not None]
    above = sum(difference > 0 and p < LEVEL for difference, p in tested)
    below = sum(difference < 0 and p < LEVEL for difference, p in tested)
    lower_is_better = measure in _IN_RANKS
    best = (min if lower_is_better else max)(figures, key=lambda named: named[1].mean)
    word = "lowest" if lower_is_better else "highest"
    return (
        f"{LABELS.get(measure, measure)}, {setting_name(setting)}: of {len(tested)} conditions compared with "
        f"“{result.experiment.baseline}”, {above} are higher and {below} lower at the {LEVEL * 100:g} % level; the {word} mean "
        f"is that of “{best[0]}” ({number(best[1].mean, measure)})."
    )
