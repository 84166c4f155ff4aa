"""The pairs that a stage of an experiment trains on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from retrieval_core.errors import InputError
from retrieval_core.sampling import cross_lingual_pairs
from retrieval_core.sampling.conflicts import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retrieval_core.experiments.records import Quota, Stage
    from retrieval_core.records import QAPair, RetrievalSet


def select(stage: Stage, tasks: Mapping[str, Sequence[QAPair]]) -> tuple[QAPair, ...]:
    """The pairs of the stage's tasks within its quotas; the same in every run, whatever its seed.

    A smaller quota's questions are among a larger one's, and translations of one question come in together. Where
    the tasks hold no cross-lingual pairs, each question is joined with one translation of its passage.
    Raises ``InputError`` if nothing is left.
    """
    pairs = [pair for task in stage.tasks for pair in tasks[task]]
    kept = pairs if stage.quotas is None else _within(pairs, stage.quotas)
    if not kept:
        raise InputError(
            f"No pairs of {', '.join(stage.tasks)} are left to train on. Widen the grid or the data."
        )
    made = () if any(pair.cross_lingual for pair in pairs) else cross_lingual_pairs(kept, seed=0)
    return (*kept, *made)


def shared_questions(pairs: Iterable[QAPair], dataset: RetrievalSet) -> int:
    """How many distinct questions to train on are queries of the dataset, by normalised text."""
    return len({normalised(pair.question) for pair in pairs} & {normalised(q.text) for q in dataset.queries})


def _within(pairs: Sequence[QAPair], quotas: Iterable[Quota]) -> list[QAPair]:
    chosen = {quota.language: _first(pairs, quota) for quota in quotas}
    return [
        pair
        for pair in pairs
        if all(
            question_key(pair) in chosen.get(language, ())
            for language in (pair.question_language, pair.passage_language)
        )
    ]


def _first(pairs: Sequence[QAPair], quota: Quota) -> frozenset[str]:
    """The quota's questions: those whose hash is smallest, which favours none and nests."""
    here = {
        question_key(pair)
        for pair in pairs
        if quota.language in (pair.question_language, pair.passage_language)
    }
    ordered = sorted(here, key=lambda question: (hashlib.sha256(question.encode()).digest(), question))
    return frozenset(ordered[: quota.questions])


def question_key(pair: QAPair) -> str:
    """The same for translations of one question."""
    return pair.pair_id if pair.parallel_id is None else f"parallel {pair.parallel_id}"
