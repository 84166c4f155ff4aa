"""The sequence of batches: a pure function of the pairs, the configuration, a seed and a position."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, islice
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.errors import InputError
from retrieval_core.sampling.config import Batch, Position
from retrieval_core.sampling.conflicts import conflict_keys
from retrieval_core.sampling.packing import Packer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from retrieval_core.records import QAPair
    from retrieval_core.sampling.config import Sampling

# A token is about three bytes of UTF-8: four letters of English, one sign of Chinese or Thai, and the two ends.
_BYTES_PER_TOKEN, _END_TOKENS = 3, 2
_DRAWS = 4096  # drawn at once in a run by steps
# What a stream of random numbers is for; it is part of its seed.
_PACK, _ORDER = 0, 1

Pools = dict[str | None, "NDArray[np.int64]"]


def plan_epoch(
    pairs: Sequence[QAPair], config: Sampling, *, seed: int, epoch: int, lengths: ArrayLike | None = None
) -> tuple[Batch, ...]:
    """The batches of one epoch: every pair that the strategy can use stands in exactly one of them.

    ``lengths``: (n_pairs, 2) tokens of question and passage, for ``batch_tokens``; estimated from the texts
    without it. Pairs that the strategy cannot use are counted by ``unused_pairs``. Raises ``InputError`` if there
    is no pair to use, one pair alone is over ``batch_tokens``, or the configuration refills and has no epochs.
    """
    return Sampler(pairs, config, seed=seed, lengths=lengths).epoch(epoch)


def plan_steps(
    pairs: Sequence[QAPair],
    config: Sampling,
    *,
    seed: int,
    n_steps: int,
    start: int = 0,
    lengths: ArrayLike | None = None,
) -> Iterator[Batch]:
    """The batches of steps ``start`` … ``n_steps`` - 1; the same batches whatever the start.

    Under "drain" the steps run from epoch to epoch, under "refill" every step is drawn with the full probabilities.
    Raises ``InputError`` as ``plan_epoch``, and for a refill that lacks pairs of a kind which α asks for.
    """
    sampler = Sampler(pairs, config, seed=seed, lengths=lengths)
    return (batch for _, batch in islice(sampler.stream(), start, n_steps))


def unused_pairs(pairs: Sequence[QAPair], config: Sampling) -> int:
    """How many pairs no batch can hold: cross-lingual ones if α = 1, monolingual ones if α = 0."""
    return len(pairs) - sum(len(pool) for pool in _pools(pairs, config).values())


class Sampler:
    """Plans batches of the same pairs again and again; the texts are compared once.

    ``unused_pairs``: how many pairs no batch of this strategy can hold.
    """

    def __init__(
        self, pairs: Sequence[QAPair], config: Sampling, *, seed: int, lengths: ArrayLike | None = None
    ) -> None:
        if seed < 0:
            raise InputError(f"The seed is {seed}; expected 0 or a positive whole number.")
        self._config = config
        self._seed = seed
        self._pools = _pools(pairs, config)  # language, or None for cross-lingual → (n,) indices of pairs
        self.unused_pairs = len(pairs) - sum(len(pool) for pool in self._pools.values())
        if not self._pools:
            raise InputError(_nothing_to_use(len(pairs), config))
        longest = None if config.batch_tokens is None else _longest(pairs, lengths)
        self._check_lengths(pairs, longest)
        self._packer = Packer(config, conflict_keys(pairs), longest)

    def epoch(self, epoch: int) -> tuple[Batch, ...]:
        """The batches of one epoch; see ``plan_epoch``."""
        if self._config.exhausted == "refill":
            raise InputError('A plan with exhausted="refill" has no epochs. Use plan_steps, or "drain".')
        if epoch < 0:
            raise InputError(f"The epoch is {epoch}; expected 0 or more.")
        packed = [
            list(self._packer.pack(pool, self._rng(_PACK, number, epoch)).batches)
            for number, pool in enumerate(self._pools.values())
        ]
        return tuple(self._drained(packed, self._rng(_ORDER, epoch)))

    def stream(self, start: Position | None = None) -> Iterator[tuple[Position, Batch]]:
        """All batches from a position on, without end, each with its position.

        What follows ``Position(epoch, batch)`` is the same whether the stream was begun there or before.
        """
        begin = start or Position()
        return self._refilled(begin.batch) if self._config.exhausted == "refill" else self._epochs(begin)

    def _epochs(self, start: Position) -> Iterator[tuple[Position, Batch]]:
        epoch, first = start.epoch, start.batch
        while True:
            for number, batch in islice(enumerate(self.epoch(epoch)), first, None):
                yield Position(epoch=epoch, batch=number), batch
            epoch, first = epoch + 1, 0

    def _drained(self, packed: list[list[tuple[int, ...]]], rng: np.random.Generator) -> Iterator[Batch]:
        """Draw from the pools until all are empty; ``packed``: the batches of each pool."""
        names = list(self._pools)
        wheel = self._wheel(set(names))
        for draw in rng.random((sum(map(len, packed)), 2)).tolist():
            number = wheel.draw(*draw)
            yield _batch(names[number], packed[number].pop())
            if not packed[number]:
                wheel = self._wheel({name for name, left in zip(names, packed, strict=True) if left})

    def _refilled(self, first: int) -> Iterator[tuple[Position, Batch]]:
        """Draw with the full probabilities for ever; a pool that runs out is packed anew.

        Replayed from step 0, for what a pool holds at a step depends on how often it was drawn before.
        """
        if 0 < self._config.monolingual_fraction < 1 and (None not in self._pools or len(self._pools) == 1):
            raise InputError(_lacks_a_kind(None in self._pools, self._config))
        names = list(self._pools)
        wheel = self._wheel(set(names))
        cycles = [self._cycles(number) for number in range(len(names))]
        for step, draw in enumerate(self._draws()):
            number = wheel.draw(*draw)
            indices = next(cycles[number])
            if step >= first:
                yield Position(batch=step), _batch(names[number], indices)

    def _cycles(self, number: int) -> Iterator[tuple[int, ...]]:
        """The batches of one pool, shuffled anew each time that it runs out."""
        pool = list(self._pools.values())[number]
        cycle = 0
        left: tuple[int, ...] = ()
        while True:
            packing = self._packer.pack(pool, self._rng(_PACK, number, cycle), waiting=left, may_wait=True)
            yield from packing.batches
            cycle, left = cycle + 1, packing.left

    def _draws(self) -> Iterator[list[float]]:
        block = 0
        while True:
            yield from self._rng(_ORDER, block).random((_DRAWS, 2)).tolist()
            block += 1

    def _wheel(self, alive: set[str | None]) -> _Wheel:
        weights = [
            self._config.language_weight(len(pool)) if name in alive else 0.0
            for name, pool in self._pools.items()
            if name is not None
        ]
        if None not in alive:
            return _Wheel(1.0, weights)
        return _Wheel(self._config.monolingual_fraction if any(weights) else 0.0, weights)

    def _rng(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, *purpose])

    def _check_lengths(self, pairs: Sequence[QAPair], longest: NDArray[np.int64] | None) -> None:
        if longest is None or self._config.batch_tokens is None:
            return
        used = np.concatenate(list(self._pools.values()))
        worst = int(used[np.argmax(longest[used])])
        if 2 * longest[worst] > self._config.batch_tokens:
            raise InputError(
                f"Pair {pairs[worst].pair_id!r} alone takes {2 * longest[worst]} padded tokens, but batch_tokens is "
                f"{self._config.batch_tokens}. Raise batch_tokens, or give lengths cut to what the model reads."
            )


class _Wheel:
    """Draws a pool: first the kind with probability α, then the language by weight.

    Pools are numbered languages first, cross-lingual last.
    """

    def __init__(self, monolingual_fraction: float, weights: list[float]) -> None:
        self._fraction = monolingual_fraction
        self._sums = list(accumulate(weights))

    def draw(self, kind: float, language: float) -> int:
        """The pool's number for two uniform draws from [0, 1)."""
        if kind >= self._fraction:
            return len(self._sums)
        return bisect_right(self._sums, language * self._sums[-1])


def _batch(pool: str | None, indices: tuple[int, ...]) -> Batch:
    return Batch("cross_lingual" if pool is None else "monolingual", pool, indices)


def _pools(pairs: Sequence[QAPair], config: Sampling) -> Pools:
    """Indices of the usable pairs by language in alphabetical order, cross-lingual ones (``None``) last."""
    pools: dict[str | None, list[int]] = {}
    for index, pair in enumerate(pairs):
        pools.setdefault(None if pair.cross_lingual else pair.question_language, []).append(index)
    if config.monolingual_fraction == 1:
        pools.pop(None, None)
    if config.monolingual_fraction == 0:
        pools = {name: pool for name, pool in pools.items() if name is None}
    ordered = sorted(pools, key=lambda name: (name is None, name or ""))
    return {name: np.asarray(pools[name], dtype=np.int64) for name in ordered}


def _longest(pairs: Sequence[QAPair], lengths: ArrayLike | None) -> NDArray[np.int64]:
    """(n_pairs,) tokens of each pair's longer text."""
    if lengths is None:
        chars = ((len(pair.question.encode()), len(pair.passage.encode())) for pair in pairs)
        longest_bytes = np.fromiter((max(both) for both in chars), dtype=np.int64, count=len(pairs))
        return -(-longest_bytes // _BYTES_PER_TOKEN) + _END_TOKENS
    given = np.asarray(lengths, dtype=np.int64)
    if given.shape != (len(pairs), 2) or (given < 1).any():
        raise InputError(
            f"lengths has shape {given.shape}; expected ({len(pairs)}, 2): tokens of question and passage, "
            "each at least 1."
        )
    longest: NDArray[np.int64] = given.max(axis=1)
    return longest


def _nothing_to_use(n_pairs: int, config: Sampling) -> str:
    if not n_pairs:
        return "No pairs to train on."
    kind, other = (
        ("monolingual", "below 1") if config.monolingual_fraction == 1 else ("cross-lingual", "above 0")
    )
    way_out = "" if kind == "monolingual" else ", or make some with cross_lingual_pairs"
    return (
        f"None of the {n_pairs} pairs is {kind}, so none can be used with a monolingual_fraction of "
        f"{config.monolingual_fraction:g}. Choose it {other}{way_out}."
    )


def _lacks_a_kind(has_cross_lingual: bool, config: Sampling) -> str:
    missing = "monolingual" if has_cross_lingual else "cross-lingual"
    way_out = "" if has_cross_lingual else ", make some with cross_lingual_pairs"
    return (
        f"There are no {missing} pairs, so a monolingual_fraction of {config.monolingual_fraction:g} cannot be kept "
        f'with exhausted="refill". Add such pairs{way_out}, or use "drain".'
    )
