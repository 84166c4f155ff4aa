"""What each step trains on: the batch of the plan, this process's part of it, its hard negatives, and replay."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval_core.errors import InputError
from retrieval_core.sampling import Batch, Position, Sampler, share
from retrieval_core.sampling.conflicts import conflict_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from retrieval_core.processes import World
    from retrieval_core.records import QAPair, Record
    from retrieval_core.training_config import Training


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one process trains on in one step.

    ``questions`` (n), ``passages`` (n + k): the positives in order, then k hard negatives; ``keys`` (n + k, 4) say
    which passages may not be negatives of one another's questions. ``main`` and ``replay``: the positions after it.
    """

    questions: tuple[str, ...]
    passages: tuple[str, ...]
    keys: NDArray[np.int64]
    main: Position
    replay: Position


class TrainingStream:
    """The parts of all steps, from any position on; the same whether it was begun there or before."""

    def __init__(
        self,
        pairs: Sequence[QAPair],
        replay: Sequence[QAPair],
        config: Training,
        world: World,
        mined: NDArray[np.int64] | None = None,
    ) -> None:
        """``mined``: (n_pairs, n) pairs whose passages are hard negatives of each pair, −1 for none."""
        if bool(replay) != (config.replay_fraction > 0):
            raise InputError(
                f"{len(replay)} pairs to replay with a replay_fraction of {config.replay_fraction:g}; "
                "give both, or neither."
            )
        self._all = (*pairs, *replay)
        self._n_main = len(pairs)
        self._keys = conflict_keys(self._all)
        self._mined = mined
        self._config = config
        self._world = world
        self._main = Sampler(pairs, config.sampling, seed=config.seed)
        # What is replayed need not be of the kinds that are trained on (translations, say, beside questions in one
        # language), so it is drained, half and half, whatever the main pairs do.
        drained = config.sampling.model_copy(update={"exhausted": "drain", "monolingual_fraction": 0.5})
        self._replay = Sampler(replay, drained, seed=config.seed + 1) if replay else None
        self.unused_pairs = self._main.unused_pairs
        self.steps = config.steps or self._steps_of_epochs(config.epochs or 1)

    def parts(self, step: int, main: Position, replay: Position) -> Iterator[Part]:
        """The parts of the steps after ``step``, given the positions that its part named."""
        news = self._main.stream(main)
        known = None if self._replay is None else self._replay.stream(replay)
        for number in range(step, self.steps):
            if known is not None and self._replays(number):
                position, batch = next(known)
                replay = position.following()
                yield self._part(batch, self._n_main, main, replay)
            else:
                position, batch = next(news)
                main = position.following()
                yield self._part(batch, 0, main, replay)

    def _replays(self, number: int) -> bool:
        """Whether step ``number`` (from 0) replays: spread evenly, so that every stretch has its share."""
        fraction = self._config.replay_fraction
        return math.floor((number + 1) * fraction) > math.floor(number * fraction)

    def _steps_of_epochs(self, epochs: int) -> int:
        main = sum(len(self._main.epoch(epoch)) for epoch in range(epochs))
        steps = main
        while steps - math.floor(steps * self._config.replay_fraction) < main:
            steps += 1
        return steps

    def _part(self, batch: Batch, offset: int, main: Position, replay: Position) -> Part:
        own = [index + offset for index in share(batch, self._world.rank, self._world.size)]
        hard: list[int] = []
        if self._mined is not None and not offset:
            hard = list(dict.fromkeys(i for row in self._mined[own].tolist() for i in row if i >= 0))
        return Part(
            tuple(self._all[i].question for i in own),
            tuple(self._all[i].passage for i in (*own, *hard)),
            self._keys[[*own, *hard]].reshape(-1, self._keys.shape[1]),
            main,
            replay,
        )


def digest_of(records: Iterable[Record]) -> str:
    """SHA-256 (hex) of records in order."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(record.model_dump_json().encode() + b"\n")
    return digest.hexdigest()
