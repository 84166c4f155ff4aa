"""Exact ranks of the relevant documents among all, for many queries at once, and the measures of these ranks.

The rank of a relevant document among full scores needs no ranking: it is the number of irrelevant documents that
score at least as much, plus its place among the relevant ones. Counting "at least" is what breaks ties against us.
The measures are those of ``metrics``, which says what they mean; tests hold the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MEASURES = (
    "map",
    "recall_at_1",
    "recall_at_10",
    "recall_at_100",
    "precision_at_1",
    "precision_at_5",
    "precision_at_10",
    "ndcg_at_10",
    "mrr",
)
"""The columns of ``measures``; ``map`` and ``mrr`` are named after their means over queries."""

_NDCG_CUT = 10


@dataclass(frozen=True, slots=True, eq=False)
class Relevant:
    """The relevant documents of ``n_queries`` queries as flat arrays, one place a document, queries in order.

    ``rows``: (n_relevant,) the query, never falling; ``columns``: (n_relevant,) the document's column in the scores;
    ``gains``: (n_relevant,) its relevance, > 0. Every query has at least one.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    gains: NDArray[np.int64]
    n_queries: int

    @classmethod
    def of(cls, judged: Sequence[Sequence[tuple[int, int]]]) -> Relevant:
        """From one list of (column, relevance) a query. Raises ``InputError`` for a query without any."""
        counts = [len(documents) for documents in judged]
        if 0 in counts:
            raise InputError(
                f"Query {counts.index(0)} has no relevant document, so no measure is defined. Leave it out."
            )
        flat = np.array([pair for documents in judged for pair in documents], dtype=np.int64).reshape(-1, 2)
        if (flat[:, 1] < 1).any():
            raise InputError("Relevant documents have a relevance of at least 1.")
        return cls(np.repeat(np.arange(len(judged)), counts), flat[:, 0], flat[:, 1], len(judged))


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Ranks of relevant documents, from 1, rising within each query.

    ``rows``, ``ranks``, ``gains``: (n_relevant,), the query, the rank and the relevance of each.
    """

    rows: NDArray[np.int64]
    ranks: NDArray[np.int64]
    gains: NDArray[np.int64]
    n_queries: int

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n_queries,) where each query's documents begin."""
        return np.searchsorted(self.rows, np.arange(self.n_queries))

    @property
    def spread(self) -> NDArray[np.int64]:
        """(n_queries,) largest minus smallest rank."""
        starts = self.starts
        ends = np.append(starts[1:], len(self.rows)) - 1
        spread: NDArray[np.int64] = self.ranks[ends] - self.ranks[starts]
        return spread


def relevant_ranks(scores: NDArray[np.float32], relevant: Relevant) -> Ranks:
    """Ranks in the full ranking by falling score, (n_queries, n_documents).

    Ties are broken against us: a relevant document ranks below all irrelevant ones of its score, and of equally
    scored relevant ones the less relevant comes first. Holds a second copy of ``scores`` for the time being.
    Raises ``InputError`` for a score that is not a number.
    """
    if scores.ndim != 2 or len(scores) != relevant.n_queries:
        raise InputError(
            f"Scores of shape {scores.shape} for {relevant.n_queries} queries; expected a row a query."
        )
    own = scores[relevant.rows, relevant.columns]
    order = np.lexsort((relevant.gains, -own, relevant.rows))
    rows, own, gains = relevant.rows[order], own[order], relevant.gains[order]
    ascending = np.sort(scores, axis=1)
    if np.isnan(ascending[:, -1:]).any():  # numbers that are none are sorted last
        raise InputError("A score is not a number, so it cannot be ranked.")
    below = np.empty(len(own), dtype=np.int64)
    bounds = np.searchsorted(rows, np.arange(relevant.n_queries + 1)).tolist()
    for row, line in enumerate(ascending):
        here = slice(bounds[row], bounds[row + 1])
        below[here] = np.searchsorted(line, own[here], side="left")
    at_least = scores.shape[1] - below
    return Ranks(rows, at_least - _equals_after(rows, own), gains, relevant.n_queries)


def first_documents(scores: NDArray[np.float32], relevant: Relevant) -> NDArray[np.int64]:
    """(n_queries,) columns of the documents at rank 1; among equals an irrelevant one, then the leftmost."""
    standing = (scores == scores.max(axis=1, keepdims=True)).astype(np.int8) * 2
    standing[relevant.rows, relevant.columns] //= 2
    columns: NDArray[np.int64] = standing.argmax(axis=1)
    return columns


def measures(ranks: Ranks) -> NDArray[np.float64]:
    """(n_queries, len(MEASURES)) values of every measure, per query."""
    found, starts = ranks.ranks, ranks.starts
    totals = np.bincount(ranks.rows, minlength=ranks.n_queries)
    place = np.arange(len(found)) - starts[ranks.rows] + 1  # among the query's relevant documents, from 1

    def summed(values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(ranks.rows, weights=values, minlength=ranks.n_queries).astype(np.float64)

    hits = {k: summed(found <= k) for k in (1, 5, 10, 100)}
    columns = (
        summed(place / found) / totals,
        *(hits[k] / totals for k in (1, 10, 100)),
        *(hits[k] / k for k in (1, 5, 10)),
        summed(_discounted(ranks.gains, found)) / summed(_discounted(_falling(ranks), place)),
        1 / found[starts],
    )
    return np.stack(columns, axis=1)


def _equals_after(rows: NDArray[np.int64], own: NDArray[np.float32]) -> NDArray[np.int64]:
    """For relevant documents in the order (query, falling score): how many later ones of the query score the same."""
    place = np.arange(len(own))
    last = np.ones(len(own), dtype=bool)
    last[:-1] = (rows[1:] != rows[:-1]) | (own[1:] != own[:-1])
    ends = np.flatnonzero(last)
    return ends[np.searchsorted(ends, place)] - place


def _falling(ranks: Ranks) -> NDArray[np.int64]:
    """Gains in the best order of each query."""
    falling: NDArray[np.int64] = ranks.gains[np.lexsort((-ranks.gains, ranks.rows))]
    return falling


def _discounted(gains: NDArray[np.int64], ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    discounted: NDArray[np.float64] = np.where(ranks <= _NDCG_CUT, gains / np.log2(ranks + 1.0), 0.0)
    return discounted
