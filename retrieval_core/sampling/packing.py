"""One pool of pairs cut into batches without conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval_core.sampling.config import Sampling

_CHUNK_BATCHES = 64  # pairs of similar length are sought among so many batches' worth of shuffled pairs


@dataclass(frozen=True, slots=True)
class Packing:
    """The batches of one pool, in random order; ``left``: pairs that fit in one batch and can wait for more."""

    batches: tuple[tuple[int, ...], ...]
    left: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Packer:
    """Cuts pools into batches. ``keys``: (n_pairs, 4); ``longest``: (n_pairs,) tokens of a pair's longer text."""

    config: Sampling
    keys: NDArray[np.int64]
    longest: NDArray[np.int64] | None

    def pack(
        self,
        pool: NDArray[np.int64],
        rng: np.random.Generator,
        *,
        waiting: tuple[int, ...] = (),
        may_wait: bool = False,
    ) -> Packing:
        """Every pair of ``pool`` and ``waiting`` once, in batches without conflicts, the batches in random order.

        Under ``may_wait`` the pairs of incomplete batches are left to a later call where one batch could hold them,
        so that a run by steps meets few small batches. Where nothing is full they never wait: a pool that is
        smaller than a batch still yields.
        """
        order = np.concatenate([np.asarray(waiting, dtype=np.int64), rng.permutation(pool)])
        opened = [batch for chunk in self._chunks(order) for batch in self._fill(chunk)]
        full = [rows for rows, room in opened if room == 0]
        partial = [row for rows, room in opened if room for row in rows]
        left: tuple[int, ...] = ()
        if may_wait and full and partial and len(partial) <= self._capacity(partial):
            opened, left = [(rows, 0) for rows in full], tuple(partial)
        shuffled = rng.permutation(len(opened)).tolist()
        return Packing(tuple(tuple(opened[i][0]) for i in shuffled), left)

    def _capacity(self, rows: list[int]) -> int:
        """How many pairs a batch may hold whose longest is among ``rows``."""
        if self.config.batch_size is not None:
            return self.config.batch_size
        return self._budget() // (2 * int(self._lengths()[rows].max()))

    def _chunks(self, order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Sized by pairs: all at once. By tokens: shuffled stretches, each from its longest pair to its shortest."""
        if self.config.batch_size is not None:
            return [order]
        lengths = self._lengths()[order]
        pairs_a_batch = max(1, self._budget() // (2 * max(1, int(lengths.mean()))))
        cuts = range(0, len(order), _CHUNK_BATCHES * pairs_a_batch)
        chunks = (slice(cut, cut + _CHUNK_BATCHES * pairs_a_batch) for cut in cuts)
        return [order[chunk][np.argsort(-lengths[chunk], kind="stable")] for chunk in chunks]

    def _fill(self, order: NDArray[np.int64]) -> list[tuple[list[int], int]]:
        """Batches of ``order`` and the room left in each: a pair goes to the first it may.

        That is the first batch with room behind all batches that hold one of its keys. The batch's first pair
        sets its capacity; in a chunk sized by tokens that is its longest. ``following`` skips full batches
        (union-find with path halving), so a passage with a million questions costs no more than a million passages.
        """
        rows: list[list[int]] = []
        room: list[int] = []
        following = [0]
        keys, n_keys = _shared_keys(self.keys[order])
        earliest = [0] * n_keys  # key → the first batch that may hold it
        for row, (a, b, c, d) in zip(order.tolist(), keys, strict=True):
            at = max(earliest[a], earliest[b], earliest[c], earliest[d])
            while following[at] != at:
                following[at] = at = following[following[at]]
            if at == len(rows):
                rows.append([])
                room.append(self._capacity([row]))
                following.append(at + 1)
            rows[at].append(row)
            room[at] -= 1
            if room[at] == 0:
                following[at] = at + 1
            earliest[a] = earliest[b] = earliest[c] = earliest[d] = at + 1
            earliest[0] = 0
        return list(zip(rows, room, strict=True))

    def _budget(self) -> int:
        assert self.config.batch_tokens is not None
        return self.config.batch_tokens

    def _lengths(self) -> NDArray[np.int64]:
        assert self.longest is not None
        return self.longest


def _shared_keys(keys: NDArray[np.int64]) -> tuple[list[list[int]], int]:
    """Keys (n, 4) numbered from 1, those that occur once as 0, which never conflicts; and how many numbers."""
    distinct, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    numbered = np.where(counts > 1, np.arange(1, len(distinct) + 1), 0)
    shared: list[list[int]] = numbered[inverse.reshape(keys.shape)].tolist()
    return shared, len(distinct) + 1
