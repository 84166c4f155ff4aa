"""Hard negatives: passages that the model ranks high for a question that they do not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.sampling.conflicts import conflict_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.records import QAPair
    from retrieval_core.scorers import TextEncoder

_CELLS = 16_000_000  # scores held at once: 64 MB
NONE = -1


def mine_hard_negatives(
    encoder: TextEncoder, pairs: Sequence[QAPair], n_negatives: int, *, margin: float = 0.95
) -> NDArray[np.int64]:
    """(n_pairs, n_negatives) pairs whose passages are each pair's hardest negatives, hardest first, −1 for none.

    Exact search over all distinct passages in the language of the pair's own, so that the language never tells a
    negative apart. Left out are passages that may be relevant too: those of a pair with the same passage,
    translation, question or text, and those that score more than ``margin`` times what the pair's own passage
    scores (after Moreira et al., arXiv 2407.15831, section 3.2: a negative as good as the positive is often one).
    """
    keys = conflict_keys(pairs)
    first, passage_of = np.unique(keys[:, 3], return_index=True, return_inverse=True)[1:]
    queries = encoder.encode_queries([pair.question for pair in pairs])  # (n_pairs, dim)
    passages = encoder.encode_documents([pairs[i].passage for i in first])  # (n_passages, dim)
    language = _codes([pair.passage_language for pair in pairs])
    conflicts = _conflicting_passages(keys, passage_of)
    found = np.full((len(pairs), n_negatives), NONE, dtype=np.int64)
    rows = max(1, _CELLS // len(first))
    for start in range(0, len(pairs), rows):
        block = np.arange(start, min(start + rows, len(pairs)))
        scores = queries[block] @ passages.T  # (rows, n_passages)
        own = scores[np.arange(len(block)), passage_of[block]]
        limit = own - (1 - margin) * np.abs(own)
        scores[(scores > limit[:, None]) | (language[block][:, None] != language[first][None, :])] = -np.inf
        for line, pair in zip(scores, block.tolist(), strict=True):
            for column in range(keys.shape[1]):
                line[conflicts[column][int(keys[pair, column])]] = -np.inf
            best = _largest(line, n_negatives)
            found[pair, : len(best)] = first[best]
    return found


def _conflicting_passages(
    keys: NDArray[np.int64], passage_of: NDArray[np.int64]
) -> list[dict[int, NDArray[np.int64]]]:
    """For each kind of key: key → the passages of all pairs that have it."""
    tables = []
    for column in keys.T:
        order = np.argsort(column, kind="stable")
        values, starts = np.unique(column[order], return_index=True)
        groups = np.split(passage_of[order], starts[1:])
        tables.append(dict(zip(values.tolist(), groups, strict=True)))
    return tables


def _largest(scores: NDArray[np.float32], n: int) -> NDArray[np.int64]:
    """Places of the ``n`` largest finite scores, largest first; of equal scores the first."""
    usable = np.flatnonzero(np.isfinite(scores))
    if len(usable) > n:
        bar = np.partition(scores[usable], -n)[-n]
        usable = usable[scores[usable] >= bar]
    return usable[np.argsort(-scores[usable], kind="stable")][:n]


def _codes(values: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(np.asarray(values), return_inverse=True)[1].astype(np.int64)
