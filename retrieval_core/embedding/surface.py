"""The surface of a text as a vector: its character n-grams, romanised, projected at random.

Every bucket of hashed n-grams has a fixed direction of random signs, so the part costs no disk, and the cosine of two
texts estimates the weighted overlap of their n-grams (random projection: Achlioptas, PODS 2001). Weights are inverse
document frequencies over the training texts. It finds what no vocabulary holds: names, numbers, rare words, and names
across scripts, since n-grams are of romanised words.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.embedding.text import N_BUCKETS, prepare, surface_buckets, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

MAX_WORDS = 1024
_SEED = b"synthesis surface directions 1"


def directions(dimension: int) -> NDArray[np.int8]:
    """(``N_BUCKETS``, dimension) of -1 and 1, the same on every machine."""
    bits = np.frombuffer(hashlib.shake_256(_SEED).digest(N_BUCKETS * dimension // 8), np.uint8)
    return (np.unpackbits(bits).astype(np.int8) * 2 - 1).reshape(N_BUCKETS, dimension)


def buckets(prepared: str) -> list[int]:
    """Buckets of the n-grams of a prepared text, repeats kept."""
    return [bucket for word in words(prepared)[:MAX_WORDS] for bucket in surface_buckets(word)]


def surface_vectors(
    prepared: Sequence[str], weights: NDArray[np.float32], signs: NDArray[np.int8]
) -> NDArray[np.float32]:
    """(n_texts, dimension) sums of the weighted directions; not normalised.

    ``weights``: (``N_BUCKETS``,); ``signs``: (``N_BUCKETS``, dimension) as ``directions`` gives them.
    """
    vectors = np.zeros((len(prepared), signs.shape[1]), np.float32)
    for row, text in enumerate(prepared):
        found = np.fromiter(buckets(text), np.int64)
        if len(found):
            vectors[row] = weights[found] @ signs[found].astype(np.float32)
    return vectors


def document_frequency_weights(texts: Iterable[str]) -> NDArray[np.float32]:
    """(``N_BUCKETS``,) inverse document frequencies ln((1 + n) / (1 + df)) over ``texts``, 1 for the rarest."""
    counts, n = np.zeros(N_BUCKETS), 0
    for n, text in enumerate(texts, start=1):  # noqa: B007 - the number of texts is what is left at the end
        counts[list(set(buckets(prepare(text))))] += 1
    return (
        (np.log((1 + n) / (1 + counts)) / np.log(1 + n)).astype(np.float32)
        if n
        else np.ones(N_BUCKETS, np.float32)
    )
