"""One run a condition and seed. A finished run is kept and not run again; a stopped one goes on.

OUT/runs/<condition>-<seed>/stage-1/ …     its trainings; models and checkpoints go when the run is finished
OUT/runs/<condition>-<seed>/evaluation/    every query's values
OUT/runs/<condition>-<seed>/finished.json  the run's digest, written last
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from retrieval_core.errors import InputError
from retrieval_core.evaluation import EncoderScorer, Evaluation, evaluate
from retrieval_core.evaluation_files import load_evaluation, write_evaluation
from retrieval_core.experiments.selection import select
from retrieval_core.model_files import to_bytes
from retrieval_core.processes import World
from retrieval_core.records import Query, Record, RetrievalSet
from retrieval_core.training import train
from retrieval_core.training_data import digest_of
from retrieval_core.training_model import load_model
from retrieval_core.training_run import CHECKPOINTS, MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from retrieval_core.experiments.records import Condition, Experiment
    from retrieval_core.records import QAPair
    from retrieval_core.training_model import TrainedModel
    from retrieval_core.training_run import DataFile

_FINISHED = "finished.json"


@dataclass(frozen=True, slots=True)
class Materials:
    """What an experiment is run on.

    ``tasks``: name → pairs, in order. ``model``: folder or hub id to start every run from; ``name`` it is known by.
    """

    tasks: Mapping[str, Sequence[QAPair]]
    dataset: RetrievalSet
    model: str
    name: str
    files: tuple[DataFile, ...] = ()
    device: str = "cpu"


class RunKey(NamedTuple):
    """Which run: its condition's name and its seed."""

    condition: str
    seed: int


class Finished(Record):
    """The content of ``finished.json``: what the run was made from, and how many pairs each stage could draw from."""

    digest: str
    pairs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """All runs of an experiment. ``fingerprint``: of the model that all began with."""

    fingerprint: str
    evaluations: Mapping[RunKey, Evaluation]
    pairs: Mapping[str, tuple[int, ...]]


def plan(experiment: Experiment) -> tuple[tuple[Condition, int], ...]:
    """The runs in order: every condition once a seed, an untrained one once.

    Seed by seed, so that an experiment that is stopped early has every condition.
    """
    return tuple(
        (condition, seed)
        for seed in experiment.seeds
        for condition in experiment.conditions
        if condition.stages or seed == experiment.seeds[0]
    )


def run_all(
    experiment: Experiment, materials: Materials, out: Path, *, tell: Callable[[str], None] = lambda _: None
) -> Runs:
    """Run whatever is not finished in ``out``; ``tell`` is told of each run.

    Raises ``InputError`` if ``out`` holds runs made from another model, other data or settings.
    """
    start = load_model(materials.model, experiment.training, materials.device)
    fingerprint = start.fingerprint
    dataset = narrowed(materials.dataset, experiment.query_languages)
    about = digest_of([dataset, *(pair for pairs in materials.tasks.values() for pair in pairs)])
    evaluations: dict[RunKey, Evaluation] = {}
    pairs: dict[str, tuple[int, ...]] = {}
    planned = plan(experiment)
    for number, (condition, seed) in enumerate(planned, start=1):
        folder = out / "runs" / f"{_slug(condition.name)}-{seed}"
        digest = _digest(experiment, condition, seed, (fingerprint, about))
        finished = _finished(folder, digest)
        state = "measured before" if finished else "running"
        tell(f"{number} of {len(planned)}: {condition.name}, seed {seed}: {state} …")
        if finished is None:
            run = _Run(experiment, condition, seed, folder, digest)
            finished = run.make(materials, dataset, start)
        evaluations[RunKey(condition.name, seed)] = load_evaluation(folder / "evaluation")
        pairs[condition.name] = finished.pairs
    return Runs(fingerprint, evaluations, pairs)


def narrowed(dataset: RetrievalSet, query_languages: Sequence[str] | None) -> RetrievalSet:
    """The dataset with the queries in these languages only. Raises ``InputError`` if there are none."""
    if query_languages is None:
        return dataset
    queries: tuple[Query, ...] = tuple(q for q in dataset.queries if q.language in query_languages)
    if not queries:
        raise InputError(f"{dataset.name} has no query in {', '.join(query_languages)}.")
    ids = {query.query_id for query in queries}
    return RetrievalSet(
        name=dataset.name,
        queries=queries,
        documents=dataset.documents,
        qrels=tuple(qrel for qrel in dataset.qrels if qrel.query_id in ids),
        answers=dataset.answers,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    experiment: Experiment
    condition: Condition
    seed: int
    folder: Path
    digest: str

    def make(self, materials: Materials, dataset: RetrievalSet, start: TrainedModel) -> Finished:
        """Train, measure, keep the values, and drop the models."""
        model, sizes = materials.model, []
        for number in range(len(self.condition.stages)):
            model, size = self._train(number, model, materials)
            sizes.append(size)
        trained = load_model(model, self.experiment.training, materials.device) if sizes else start
        measured = evaluate(
            EncoderScorer(trained), dataset, model=self.condition.name, fingerprint=trained.fingerprint
        )
        write_evaluation(measured, self.folder / "evaluation")
        finished = Finished(digest=self.digest, pairs=tuple(sizes))
        draft = self.folder / f".{_FINISHED}"
        draft.write_bytes(to_bytes(finished, indent=1))
        draft.replace(self.folder / _FINISHED)
        for stage in self.folder.glob("stage-*"):
            for heavy in (CHECKPOINTS, MODEL):
                shutil.rmtree(stage / heavy, ignore_errors=True)
        return finished

    def _train(self, number: int, model: str, materials: Materials) -> tuple[str, int]:
        """Train one stage from ``model``; the folder of what came out, and how many pairs there were."""
        stage = self.condition.stages[number]
        pairs = select(stage, materials.tasks)
        config = self.experiment.training.model_copy(
            update={"sampling": stage.sampling, "steps": stage.steps, "seed": self.seed}
        )
        out = self.folder / f"stage-{number + 1}"
        name = materials.name if number == 0 else f"stage {number}"
        world = World(device=materials.device)
        train(model, pairs, None, config, out, name=name, existing="resume", world=world)
        return str(out / MODEL), len(pairs)


def _finished(folder: Path, digest: str) -> Finished | None:
    """What a finished run left, ``None`` if there is none. Raises ``InputError`` for that of another experiment."""
    try:
        finished = Finished.model_validate_json((folder / _FINISHED).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise InputError(f"{folder / _FINISHED} cannot be read: remove {folder} to run it again.") from error
    if finished.digest != digest:
        raise InputError(
            f"{folder} holds a run made from another model, other data or other settings. "
            "Name another --out, or remove the folder to run it again."
        )
    return finished


def _digest(experiment: Experiment, condition: Condition, seed: int, materials: tuple[str, str]) -> str:
    """SHA-256 (hex) of all that decides what comes out of a run."""
    config = experiment.training.model_copy(update={"seed": seed})
    parts = (condition.model_dump_json(), config.model_dump_json(), *materials)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _slug(name: str) -> str:
    """A folder's name: readable, and told apart from other conditions' by a hash."""
    plain = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:40]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
