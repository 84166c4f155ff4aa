"""Which English pieces a piece of another language stands for, learned from aligned texts and dictionaries.

IBM Model 1 (Brown et al., Computational Linguistics 19, 1993) over pieces: every English piece of a row is taken to
come from one of the row's pieces in the other language, and expectation maximisation finds the shares. It starts from
Dice coefficients, so few rounds are enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Pieces = Sequence[int]

ROUNDS = 4
MAX_PIECES = 64  # of one side; longer texts align too vaguely
MIN_SHARE = 0.02


def align(
    pairs: Iterable[tuple[Pieces, Pieces]], n_pieces: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Expected counts of (piece, English piece) over ``pairs`` of one language.

    Each pair: distinct piece ids of the text and of its English side, both below ``n_pieces``. Returns ``keys``
    (piece · ``n_pieces`` + English piece), sorted and distinct, and their counts.
    """
    kept = [(f, e) for f, e in pairs if 0 < len(f) <= MAX_PIECES and 0 < len(e) <= MAX_PIECES]
    if not kept:
        return np.empty(0, np.int64), np.empty(0)
    # One cell for every (row, English piece, piece); ``slot`` numbers the (row, English piece) it belongs to.
    widths = np.array([len(f) for f, _ in kept])
    heights = np.array([len(e) for _, e in kept])
    others = np.concatenate([np.tile(f, len(e)) for f, e in kept]).astype(np.int64)
    english = np.concatenate([np.repeat(e, len(f)) for f, e in kept]).astype(np.int64)
    slot = np.repeat(np.arange(heights.sum()), np.repeat(widths, heights))
    keys, cell = np.unique(others * n_pieces + english, return_inverse=True)
    in_rows = (
        np.bincount(others_of(kept, 0), minlength=n_pieces),
        np.bincount(others_of(kept, 1), minlength=n_pieces),
    )
    together = np.bincount(cell, minlength=len(keys))
    share = 2 * together / (in_rows[0][keys // n_pieces] + in_rows[1][keys % n_pieces])
    counts = share
    for _ in range(ROUNDS):
        weight = share[cell]
        weight /= np.bincount(slot, weight)[slot]
        counts = np.bincount(cell, weight, minlength=len(keys))
        total = np.bincount(keys // n_pieces, counts, minlength=n_pieces)
        share = counts / total[keys // n_pieces]
    return keys, counts


def others_of(pairs: Sequence[tuple[Pieces, Pieces]], side: int) -> NDArray[np.int64]:
    """All piece ids of one side of ``pairs`` in a row."""
    return np.concatenate([np.asarray(pair[side], dtype=np.int64) for pair in pairs])


def mix(
    keys: NDArray[np.int64], counts: NDArray[np.float64], vectors: NDArray[np.float32], n_pieces: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(n_pieces, dim) vectors of the pieces as their English pieces' mean by share, and which pieces have one.

    ``vectors``: (n_english, dim). Shares under 2 % are noise of the alignment and left out.
    """
    piece, english = keys // n_pieces, keys % n_pieces
    total = np.bincount(piece, counts, minlength=n_pieces)
    share = counts / np.maximum(total, 1e-12)[piece]
    kept = (share >= MIN_SHARE) & (english < len(vectors))
    shares = csr_matrix((share[kept], (piece[kept], english[kept])), shape=(n_pieces, len(vectors)))
    weight = np.asarray(shares.sum(axis=1)).ravel()
    found = weight > 0
    mixed = (shares @ vectors / np.maximum(weight, 1e-12)[:, None]).astype(np.float32)
    return mixed, found
