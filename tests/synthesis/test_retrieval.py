"""The adapter to the retrieval core."""

from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.records import Passage, Span
from synthesis.retrieval import BM25Ranker


def passage(text, number=0):
    """A passage of one sentence."""
    return Passage(
        passage_id=f"p#{number}",
        paper_id="p",
        section=0,
        start=0,
        end=len(text),
        text=text,
        sentences=(Span(start=0, end=len(text)),),
    )


def test_the_passage_that_shares_most_comes_first():
    """Ranking is by shared terms; a passage that shares none is left out."""
    passages = [passage("weather in spring"), passage("hybrid batch training"), passage("hybrid cars")]
    (ranking,) = BM25Ranker().rank(["hybrid batch"], passages, 10)
    assert [index for index, _ in ranking] == [1, 2]
    assert ranking[0][1] > ranking[1][1]


def test_ties_keep_the_order_of_the_passages():
    """Equal passages are ranked as they stand, also beyond nine of them."""
    (ranking,) = BM25Ranker().rank(["same"], [passage("same words")] * 25, 25)
    assert [index for index, _ in ranking] == list(range(25))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text(max_size=20), max_size=5), st.lists(st.text(max_size=20), max_size=5), st.integers(0, 3)
)
def test_any_text_can_be_ranked(queries, texts, k):
    """Every query has its answer of at most k; indices are valid; scores fall."""
    rankings = BM25Ranker().rank(queries, [passage(t) for t in texts], k)
    assert len(rankings) == len(queries)
    for ranking in rankings:
        assert len(ranking) <= k
        assert all(0 <= index < len(texts) for index, _ in ranking)
        assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)
