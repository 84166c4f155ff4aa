"""What the cross-encoder reads: [CLS] claim [SEP] passage [SEP], and two marks on each piece.

A piece is marked as the passage's, and as matched when the other text holds the same piece; matching pieces carry much
of what a small model otherwise has to learn to compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.embedding.pieces import Pieces

MAX_CLAIM_PIECES = 96
MAX_PIECES = 256


class PairIds(NamedTuple):
    """One input: ``ids``, ``passage`` (1 from the first [SEP] on) and ``matched`` (0 or 1), each (length,)."""

    ids: NDArray[np.int32]
    passage: NDArray[np.int8]
    matched: NDArray[np.int8]


class InputMaker:
    """Makes inputs from texts; pieces of one character (punctuation, Latin letters) never count as matched."""

    def __init__(self, pieces: Pieces) -> None:
        self._cls, self._sep = pieces.cls, pieces.sep
        self._tells = np.array(
            [
                len(name.removeprefix("##")) > 1 or ord(name[-1]) > 0x2E80 or name.isdigit()
                for name in pieces.names
            ]
        )
        self._tells[[pieces.cls, pieces.sep, pieces.names.index("[UNK]")]] = False
        common = "the of and in to a is was were are for with on by that as an be this from or at it".split()
        self._tells[[i for i, name in enumerate(pieces.names[:30_522]) if name in common]] = False

    def make(self, claim: Sequence[int], passage: Sequence[int]) -> PairIds:
        """From the ids of both texts, which are cut to ``MAX_CLAIM_PIECES`` and to ``MAX_PIECES`` in all."""
        claim = claim[:MAX_CLAIM_PIECES]
        passage = passage[: MAX_PIECES - 3 - len(claim)]
        ids = np.array([self._cls, *claim, self._sep, *passage, self._sep], np.int32)
        side = np.zeros(len(ids), np.int8)
        side[len(claim) + 2 :] = 1
        held = self._tells[ids]
        matched = np.zeros(len(ids), np.int8)
        one, other = ids[1 : len(claim) + 1], ids[len(claim) + 2 : -1]
        matched[1 : len(claim) + 1] = np.isin(one, other)
        matched[len(claim) + 2 : -1] = np.isin(other, one)
        return PairIds(ids, side, matched * held.astype(np.int8))
