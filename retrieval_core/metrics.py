"""Measures of a ranking, per query; means are taken after.

A ranking is the ``doc_id``s of one query, best first; ``relevant`` those judged relevant. Written R for the set of
relevant documents, rel(i) = 1 if the document at rank i (from 1) is in R, else 0, and n for the ranking's length.
A relevant document that was not ranked counts as never found. Repeats in a ranking are refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


def rank_with_ties_against_us(scored: Mapping[str, float], relevant: Collection[str]) -> list[str]:
    """Documents by falling score; among equal scores the relevant come last, so that ties never flatter.

    Equal in both: by ``doc_id``. Raises ``InputError`` for a score that is not a number.

    >>> rank_with_ties_against_us({"a": 1.0, "b": 1.0, "c": 2.0}, {"a"})
    ['c', 'b', 'a']
    """
    if not_numbers := [doc_id for doc_id, score in scored.items() if math.isnan(score)]:
        raise InputError(f"The score of {not_numbers[0]!r} is not a number, so it cannot be ranked.")
    return sorted(scored, key=lambda doc_id: (-scored[doc_id], doc_id in relevant, doc_id))


def average_precision(ranking: Sequence[str], relevant: Collection[str]) -> float:
    """Mean over the relevant documents of the precision at their rank; 0–1.

    AP = 1/|R| · Σ_{i=1..n} rel(i) · (Σ_{j≤i} rel(j)) / i. Divided by all of R, found or not (trec_eval's ``map``;
    Buckley and Voorhees, SIGIR 2000).

    >>> average_precision(ranking=["d3", "d1"], relevant={"d1"})
    0.5
    """
    wanted = _wanted(ranking, relevant)
    found, total = 0, 0.0
    for rank, doc_id in enumerate(ranking, start=1):
        if doc_id in wanted:
            found += 1
            total += found / rank
    return total / len(wanted)


def mean_average_precision(
    rankings: Mapping[str, Sequence[str]], relevant: Mapping[str, Collection[str]]
) -> float:
    """Mean of ``average_precision`` over the queries of ``relevant``; both by ``query_id``.

    A query without a ranking counts 0. Raises ``InputError`` if there is no query.
    """
    return _mean(average_precision(rankings.get(query_id, ()), docs) for query_id, docs in relevant.items())


def recall_at_k(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant documents among the first ``k``: Σ_{i≤k} rel(i) / |R|."""
    wanted = _wanted(ranking, relevant)
    return _found(ranking, wanted, k) / len(wanted)


def precision_at_k(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of relevant documents among the first ``k``: Σ_{i≤k} rel(i) / k, also when fewer were ranked."""
    return _found(ranking, _wanted(ranking, relevant), k) / k


def reciprocal_rank(ranking: Sequence[str], relevant: Collection[str]) -> float:
    """One over the rank of the first relevant document, 0 if there is none (Voorhees, TREC-8, 1999)."""
    wanted = _wanted(ranking, relevant)
    return next((1 / rank for rank, doc_id in enumerate(ranking, start=1) if doc_id in wanted), 0.0)


def ndcg_at_k(ranking: Sequence[str], relevance: Mapping[str, int], k: int) -> float:
    """Normalised discounted cumulative gain of the first ``k``; 0–1, with graded relevance.

    DCG@k = Σ_{i≤k} g(i) / log2(i + 1), where g(i) is the relevance of the document at rank i, negative counted
    as 0; divided by the DCG of the best order of all judged documents (Järvelin and Kekäläinen, TOIS 2002;
    linear gain, as trec_eval's ``ndcg_cut``).
    """
    gains = {doc_id: grade for doc_id, grade in relevance.items() if grade > 0}
    wanted = _wanted(ranking, gains)
    _check_cut(k)
    ideal = sorted(gains.values(), reverse=True)
    return _dcg([gains[d] if d in wanted else 0 for d in ranking[:k]]) / _dcg(ideal[:k])


def _dcg(gains: Iterable[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _found(ranking: Sequence[str], wanted: frozenset[str], k: int) -> int:
    _check_cut(k)
    return sum(doc_id in wanted for doc_id in ranking[:k])


def _check_cut(k: int) -> None:
    if k < 1:
        raise InputError(f"k is {k}; a measure needs at least the first document.")


def _wanted(ranking: Sequence[str], relevant: Collection[str]) -> frozenset[str]:
    if isinstance(ranking, str) or isinstance(relevant, str):
        raise InputError("A ranking and its relevant documents are collections of doc_ids, not one text.")
    if not relevant:
        raise InputError("No relevant documents: the measure is not defined. Leave such queries out.")
    if len(set(ranking)) != len(ranking):
        raise InputError("A document stands twice in the ranking; each may stand once.")
    return frozenset(relevant)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    if not listed:
        raise InputError("No queries: there is nothing to take a mean of.")
    return math.fsum(listed) / len(listed)
