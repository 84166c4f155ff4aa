"""Ranks and measures of whole blocks equal those of one ranking at a time, and trec_eval's."""

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core import metrics
from retrieval_core.errors import InputError
from retrieval_core.rankings import MEASURES, Relevant, first_documents, measures, relevant_ranks

TREC_NAMES = {
    "map": "map",
    "mrr": "recip_rank",
    "ndcg_at_10": "ndcg_cut_10",
    **{f"precision_at_{k}": f"P_{k}" for k in (1, 5, 10)},
    **{f"recall_at_{k}": f"recall_{k}" for k in (1, 10, 100)},
}


@st.composite
def blocks(draw: st.DrawFn, *, ties: bool) -> tuple[np.ndarray, list[dict[int, int]]]:
    """Scores of a few queries over a few documents, and each query's relevant columns with their relevance."""
    n_queries, n_documents = draw(st.integers(1, 4)), draw(st.integers(1, 14))
    line = (
        st.lists(st.integers(-2, 2), min_size=n_documents, max_size=n_documents)
        if ties
        else st.permutations(range(n_documents))
    )
    scores = np.array([draw(line) for _ in range(n_queries)], dtype=np.float32) / 4
    graded = st.dictionaries(st.integers(0, n_documents - 1), st.integers(1, 3), min_size=1)
    return scores, [draw(graded) for _ in range(n_queries)]


def _values(scores: np.ndarray, graded: list[dict[int, int]]) -> list[dict[str, float]]:
    ranks = relevant_ranks(scores, Relevant.of([list(grades.items()) for grades in graded]))
    return [dict(zip(MEASURES, row, strict=True)) for row in measures(ranks).tolist()]


@given(blocks(ties=True))
def test_measures_equal_those_of_the_ranking_with_ties_against_us(block) -> None:
    """Every measure of every query is that of ``metrics`` on its written-out ranking, ties included."""
    scores, graded = block
    for line, grades, values in zip(scores.tolist(), graded, _values(scores, graded), strict=True):
        by_id = {f"d{column:02}": grade for column, grade in grades.items()}
        ranking = metrics.rank_with_ties_against_us(
            {f"d{column:02}": score for column, score in enumerate(line)}, by_id
        )
        assert values["map"] == pytest.approx(metrics.average_precision(ranking, by_id))
        assert values["mrr"] == pytest.approx(metrics.reciprocal_rank(ranking, by_id))
        for k in (1, 10, 100):
            assert values[f"recall_at_{k}"] == pytest.approx(metrics.recall_at_k(ranking, by_id, k))
        for k in (1, 5, 10):
            assert values[f"precision_at_{k}"] == pytest.approx(metrics.precision_at_k(ranking, by_id, k))
        # Of equally scored relevant documents the less relevant counts first.
        strictest = sorted(
            ranking, key=lambda d, line=line, by_id=by_id: (-line[int(d[1:])], by_id.get(d, 0))
        )
        assert values["ndcg_at_10"] == pytest.approx(metrics.ndcg_at_k(strictest, by_id, 10))


@given(blocks(ties=False))
def test_measures_equal_trec_eval(block) -> None:
    """Where no scores tie, the field's reference implementation gives the same values."""
    scores, graded = block
    qrels = {
        f"q{i}": {f"d{column}": grade for column, grade in grades.items()} for i, grades in enumerate(graded)
    }
    run = {
        f"q{i}": {f"d{column}": score for column, score in enumerate(line)}
        for i, line in enumerate(scores.tolist())
    }
    names = {"map", "recip_rank", "ndcg_cut.10", "P.1,5,10", "recall.1,10,100"}
    expected = pytrec_eval.RelevanceEvaluator(qrels, names).evaluate(run)
    for i, values in enumerate(_values(scores, graded)):
        for name, trec_name in TREC_NAMES.items():
            assert values[name] == pytest.approx(expected[f"q{i}"][trec_name]), name


@given(blocks(ties=True))
def test_ranks_equal_the_sorted_order(block) -> None:
    """Ranks, their spread and the first document are those of the documents sorted by score, gain and column."""
    scores, graded = block
    relevant = Relevant.of([list(grades.items()) for grades in graded])
    ranks, first = relevant_ranks(scores, relevant), first_documents(scores, relevant)
    for i, (line, grades) in enumerate(zip(scores.tolist(), graded, strict=True)):
        order = sorted(
            range(len(line)), key=lambda c, line=line, grades=grades: (-line[c], grades.get(c, 0), c)
        )
        found = [rank for rank, column in enumerate(order, start=1) if column in grades]
        assert ranks.ranks[ranks.rows == i].tolist() == found
        assert ranks.spread[i] == found[-1] - found[0]
        assert line[first[i]] == max(line)
        assert (first[i] in grades) == (order[0] in grades)


def test_what_cannot_be_ranked_is_refused() -> None:
    """A query without a relevant document, a score that is no number, a relevance of 0, rows that do not fit."""
    relevant = Relevant.of([[(0, 1)]])
    with pytest.raises(InputError, match="Query 1 has no relevant"):
        Relevant.of([[(0, 1)], []])
    with pytest.raises(InputError, match="at least 1"):
        Relevant.of([[(0, 0)]])
    with pytest.raises(InputError, match="not a number"):
        relevant_ranks(np.array([[1.0, np.nan]], dtype=np.float32), relevant)
    with pytest.raises(InputError, match="a row a query"):
        relevant_ranks(np.zeros((2, 3), dtype=np.float32), relevant)
