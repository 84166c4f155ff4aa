"""The experiments by name: which conditions each compares, and what they hold equal."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from math import factorial
from types import MappingProxyType
from typing import TYPE_CHECKING

from retrieval_core.errors import InputError
from retrieval_core.experiments.records import Condition, Experiment, Quota, Stage
from retrieval_core.experiments.selection import question_key
from retrieval_core.records import Record
from retrieval_core.sampling import Sampling
from retrieval_core.training_config import Training

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrieval_core.records import QAPair

    Tasks = Mapping[str, Sequence[QAPair]]

_FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
_AMOUNTS = (0.0, 0.1, 0.25, 0.5, 1.0)
_MOST_ORDERS = 24
_RETRIEVAL = ("map", "language_bias", "recall_at_1", "recall_at_10", "precision_at_10")
UNTRAINED = Condition(name="before training")


class Frame(Record):
    """What an experiment is built in: what all conditions share, and the points of the grid where not the usual.

    ``training`` counts its length in steps. ``language``: the one whose amount varies (``in-language``).
    ``languages``: in the order in which they join (``languages``).
    """

    training: Training
    seeds: tuple[int, ...] = (0, 1, 2)
    grid: tuple[float, ...] | None = None
    language: str | None = None
    languages: tuple[str, ...] | None = None
    query_languages: tuple[str, ...] | None = None
    n_resamples: int = 10_000

    @property
    def steps(self) -> int:
        """Steps a run. Raises ``InputError`` if the training is counted in epochs."""
        if self.training.steps is None:
            raise InputError(
                "An experiment gives every run the same number of steps; give steps, not epochs."
            )
        return self.training.steps

    def sampling(self, monolingual_fraction: float | None = None) -> Sampling:
        """The configured batches, by steps, with another fraction where one is given."""
        given = self.training.sampling
        fraction = given.monolingual_fraction if monolingual_fraction is None else monolingual_fraction
        return Sampling(
            monolingual_fraction=fraction,
            batch_size=given.batch_size,
            batch_tokens=given.batch_tokens,
            language_weighting=given.language_weighting,
            exhausted="refill",
        )

    def sampling_within(self, quotas: Sequence[Quota]) -> Sampling:
        """The configured batches, monolingual where there is one language only."""
        return self.sampling(1.0 if len(quotas) == 1 else None)

    def experiment(self, name: str, axis: str, baseline: str, points: Sequence[Condition], measures: Sequence[str]) -> Experiment:  # fmt: skip
        """The experiment, with the untrained model as a further condition."""
        return Experiment(
            name=name,
            title=TITLES[name],
            axis=axis,
            conditions=(UNTRAINED, *points),
            baseline=baseline,
            seeds=self.seeds,
            training=self.training,
            measures=tuple(measures),
            query_languages=self.query_languages,
            n_resamples=self.n_resamples,
        )


def build(name: str, tasks: Tasks, frame: Frame) -> Experiment:
    """The experiment ``name`` over the pairs of ``tasks`` (name → pairs, in order).

    Raises ``InputError`` for an unknown name, or data that the question cannot be asked of.
    """
    if name not in _BUILDERS:
        raise InputError(f"There is no experiment {name!r}; there are {', '.join(_BUILDERS)}.")
    return _BUILDERS[name](tasks, frame)


def _mixing(tasks: Tasks, frame: Frame) -> Experiment:
    """α over the grid; all else equal. Baseline: the largest α, that is monolingual batches."""
    fractions = _grid(frame, _FRACTIONS, "0 to 1", 1.0)
    points = [_fraction_point(tasks, frame, fraction, f"α = {fraction:g}") for fraction in fractions]
    return frame.experiment("mixing", "α", points[-1].name, points, (*_RETRIEVAL, "recall_at_100"))


def _hybrid_vs_monolingual(tasks: Tasks, frame: Frame) -> Experiment:
    """The paper's three strategies, by retrieval and by the answers in the sentences found."""
    names = {"monolingual": 1.0, "cross-lingual": 0.0, "hybrid": 0.5}
    points = [
        _fraction_point(tasks, frame, fraction, name).model_copy(update={"value": None})
        for name, fraction in names.items()
    ]
    measures = ("map", "language_bias", "recall_at_1", "answer_exact", "answer_f1", "answer_contained")
    return frame.experiment("hybrid-vs-monolingual", "batches", "monolingual", points, measures)


def _languages(tasks: Tasks, frame: Frame) -> Experiment:
    """The first n languages, with the same number of questions in all. One language alone has only α = 1."""
    sizes = _question_counts(tasks)
    order = frame.languages or _by_size(sizes)
    if unknown := [language for language in order if language not in sizes]:
        raise InputError(
            f"The data have no monolingual pairs in {', '.join(unknown)}; they have {', '.join(sizes)}."
        )
    usual = sorted({n for n in (1, 2, 4, 8, 16, 32) if n < len(order)} | {len(order)})
    counts = [
        int(n) for n in _grid(frame, usual, f"1 to {len(order)}", float(len(order)), whole=True, least=1)
    ]
    budget = min(sizes[language] * n for n in counts for language in order[:n])
    points = []
    for n in counts:
        quotas = tuple(Quota(language=language, questions=budget // n) for language in order[:n])
        stage = _stage(tasks, frame, frame.sampling_within(quotas), quotas)
        points.append(Condition(name=f"{n} ({', '.join(order[:n])})", value=n, stages=(stage,)))
    return frame.experiment("languages", "languages", points[0].name, points, _RETRIEVAL)


def _in_language(tasks: Tasks, frame: Frame) -> Experiment:
    """All other languages whole, and a growing part of one. Baseline: the smallest part."""
    sizes = _question_counts(tasks)
    language = frame.language
    if language not in sizes:
        raise InputError(
            f"The language whose amount varies is {language!r}, but the data have {', '.join(sizes)}. "
            "Give one of these with --language."
        )
    others = [Quota(language=other) for other in sizes if other != language]
    if not others:
        raise InputError(f"All pairs are in {language}; the experiment needs further languages.")
    points = []
    for amount in _grid(frame, _AMOUNTS, "0 to 1", 1.0):
        n = round(amount * sizes[language])
        quotas = (*others, *([Quota(language=language, questions=n)] if n else []))
        stage = _stage(tasks, frame, frame.sampling_within(quotas), quotas)
        points.append(Condition(name=f"{n:,} in {language}", value=n, stages=(stage,)))
    measured = frame.model_copy(update={"query_languages": frame.query_languages or (language,)})
    axis = f"questions in {language}"
    return measured.experiment("in-language", axis, points[0].name, points, (*_RETRIEVAL, "ndcg_at_10"))


def _order(tasks: Tasks, frame: Frame) -> Experiment:
    """Every order of the intermediate tasks before the last task, against the last alone for as many steps."""
    *intermediate, target = tasks
    if len(intermediate) < 2 or factorial(len(intermediate)) > _MOST_ORDERS:
        raise InputError(
            f"{len(intermediate)} intermediate tasks and the target {target!r}; expected 2 to 4 intermediate tasks. "
            "Give each task as a file of its own, the target last."
        )
    each, rest = divmod(frame.steps, len(tasks))
    if not each:
        raise InputError(f"{frame.steps} steps are too few for {len(tasks)} tasks one after another.")

    def stage(task: str, steps: int) -> Stage:
        return Stage(tasks=(task,), sampling=frame.sampling(), steps=steps)

    alone = Condition(name=f"{target} alone", stages=(stage(target, frame.steps),))
    points = [
        Condition(
            name=" → ".join((*order, target)),
            stages=(*(stage(task, each) for task in order), stage(target, each + rest)),
        )
        for order in permutations(intermediate)
    ]
    return frame.experiment("order", "order", alone.name, [alone, *points], _RETRIEVAL)


def _fraction_point(tasks: Tasks, frame: Frame, fraction: float, name: str) -> Condition:
    return Condition(name=name, value=fraction, stages=(_stage(tasks, frame, frame.sampling(fraction)),))


def _stage(tasks: Tasks, frame: Frame, sampling: Sampling, quotas: tuple[Quota, ...] | None = None) -> Stage:
    """All tasks together, for all the steps of a run."""
    return Stage(tasks=tuple(tasks), sampling=sampling, steps=frame.steps, quotas=quotas)


def _grid(
    frame: Frame, usual: Sequence[float], expected: str, most: float, *, whole: bool = False, least: float = 0
) -> list[float]:
    """The points in rising order. Raises ``InputError`` for fewer than two, or any out of range."""
    points = sorted(set(usual if frame.grid is None else frame.grid))
    if len(points) < 2 or points[0] < least or points[-1] > most or (whole and any(p % 1 for p in points)):
        numbers = "whole numbers" if whole else "numbers"
        listed = ", ".join(f"{point:g}" for point in points)
        raise InputError(f"The grid is {listed}; expected two or more {numbers} from {expected}.")
    return points


def _question_counts(tasks: Tasks) -> dict[str, int]:
    """Language → how many questions with a passage in it, translations being one; in alphabetical order."""
    every = (pair for pairs in tasks.values() for pair in pairs if not pair.cross_lingual)
    counts = Counter(language for language, _ in {(p.question_language, question_key(p)) for p in every})
    return dict(sorted(counts.items()))


def _by_size(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """English first, as models know it best, then by falling number of questions."""
    return tuple(sorted(sizes, key=lambda language: (language != "en", -sizes[language], language)))


TITLES: Mapping[str, str] = MappingProxyType(
    {
        "languages": "Number of languages in training",
        "mixing": "Share of monolingual batches (α)",
        "in-language": "Amount of in-language data",
        "order": "Order of intermediate tasks",
        "hybrid-vs-monolingual": "Hybrid against monolingual batches",
    }
)
_BUILDERS: Mapping[str, Callable[[Tasks, Frame], Experiment]] = MappingProxyType(
    {
        "languages": _languages,
        "mixing": _mixing,
        "in-language": _in_language,
        "order": _order,
        "hybrid-vs-monolingual": _hybrid_vs_monolingual,
    }
)
