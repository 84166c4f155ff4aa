"""Measures equal their definitions and trec_eval."""

import math
from itertools import pairwise

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.errors import InputError
from retrieval_core.metrics import (
    average_precision,
    mean_average_precision,
    ndcg_at_k,
    precision_at_k,
    rank_with_ties_against_us,
    recall_at_k,
    reciprocal_rank,
)

DOCS = [f"d{i}" for i in range(12)]
rankings = st.lists(st.sampled_from(DOCS), unique=True)
relevants = st.sets(st.sampled_from(DOCS), min_size=1)
grades = st.dictionaries(st.sampled_from(DOCS), st.integers(0, 3), min_size=1).filter(
    lambda g: any(g.values())
)


@given(rankings, relevants)
def test_average_precision_is_the_mean_precision_at_relevant_ranks(
    ranking: list[str], relevant: set[str]
) -> None:
    """Brute force: for every relevant document, the precision of the ranking cut there, 0 if it is absent."""
    precisions = [
        len(relevant & set(ranking[: ranking.index(d) + 1])) / (ranking.index(d) + 1) if d in ranking else 0.0
        for d in relevant
    ]
    assert average_precision(ranking, relevant) == pytest.approx(sum(precisions) / len(relevant), abs=1e-12)


@given(rankings.filter(bool), grades, st.integers(1, 15))
def test_all_measures_equal_trec_eval(ranking: list[str], relevance: dict[str, int], k: int) -> None:
    """The field's reference implementation gives the same values on the same ranking."""
    run = {"q": {doc_id: float(len(ranking) - i) for i, doc_id in enumerate(ranking)}}
    names = {"map", "recip_rank", f"P.{k}", f"recall.{k}", f"ndcg_cut.{k}"}
    expected = pytrec_eval.RelevanceEvaluator({"q": relevance}, names).evaluate(run)["q"]
    relevant = {doc_id for doc_id, grade in relevance.items() if grade > 0}
    assert average_precision(ranking, relevant) == pytest.approx(expected["map"], abs=1e-12)
    assert reciprocal_rank(ranking, relevant) == pytest.approx(expected["recip_rank"], abs=1e-12)
    assert precision_at_k(ranking, relevant, k) == pytest.approx(expected[f"P_{k}"], abs=1e-12)
    assert recall_at_k(ranking, relevant, k) == pytest.approx(expected[f"recall_{k}"], abs=1e-12)
    assert ndcg_at_k(ranking, relevance, k) == pytest.approx(expected[f"ndcg_cut_{k}"], abs=1e-12)


@given(st.dictionaries(st.sampled_from(DOCS), st.integers(0, 2).map(float), min_size=1), relevants)
def test_ties_are_broken_against_us(scored: dict[str, float], relevant: set[str]) -> None:
    """The order is by falling score; among equals no relevant document stands before another; no order scores lower."""
    ranking = rank_with_ties_against_us(scored, relevant)
    assert [scored[d] for d in ranking] == sorted(scored.values(), reverse=True)
    for first, second in pairwise(ranking):
        assert scored[first] > scored[second] or (first in relevant) <= (second in relevant)
    for other in (sorted(scored, key=lambda d: (-scored[d], d)), sorted(scored, key=lambda d: -scored[d])):
        assert average_precision(ranking, relevant) <= average_precision(other, relevant) + 1e-12


def test_a_query_without_ranking_counts_zero() -> None:
    """The mean is over all judged queries, answered or not."""
    assert mean_average_precision({"a": ["d1"]}, {"a": {"d1"}, "b": {"d1"}}) == 0.5


def test_undefined_measures_are_refused() -> None:
    """No relevant document, no query, a repeat, a text for a list, a cut of 0, a score that is no number."""
    with pytest.raises(InputError, match="not defined"):
        average_precision(["d1"], set())
    with pytest.raises(InputError, match="No queries"):
        mean_average_precision({}, {})
    with pytest.raises(InputError, match="twice"):
        average_precision(["d1", "d1"], {"d1"})
    with pytest.raises(InputError, match="not one text"):
        average_precision("d1", {"d1"})
    with pytest.raises(InputError, match="at least"):
        recall_at_k(["d1"], {"d1"}, 0)
    with pytest.raises(InputError, match="not a number"):
        rank_with_ties_against_us({"d1": math.nan}, {"d1"})
