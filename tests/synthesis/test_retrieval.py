"""The adapter to the retrieval core."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.errors import StoreError
from synthesis.records import Passage, Span
from synthesis.retrieval import BM25Ranker, HybridRanker


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


@pytest.fixture(scope="module")
def hybrid():
    """The default ranker with the encoder that ships."""
    return HybridRanker("embedded")


def test_hybrid_ranking_finds_a_passage_in_another_language(hybrid):
    """A passage that says the same in another language, in other words and letters, comes first."""
    texts = [
        "Der Zug nach München fährt um neun Uhr vom Bahnsteig drei ab.",
        "Die Stadt baut im nächsten Jahr eine neue Schule für sechshundert Kinder.",
        "Das Wasser des Sees war in diesem Sommer wärmer als in allen Jahren zuvor.",
    ]
    (ranking,) = hybrid.rank(
        ["The city will build a new school for children."], [passage(t) for t in texts], 3
    )
    assert ranking[0][0] == 1


def test_hybrid_ranking_is_whole_and_ordered(hybrid):
    """Every passage is ranked once, scores fall, equal passages keep their order, and k bounds the ranking."""
    texts = ["same words here", "other matter altogether", "same words here", "a third thing"]
    (whole,) = hybrid.rank(["same words"], [passage(t) for t in texts], 10)
    (two,) = hybrid.rank(["same words"], [passage(t) for t in texts], 2)
    assert sorted(i for i, _ in whole) == [0, 1, 2, 3]
    assert [s for _, s in whole] == sorted((s for _, s in whole), reverse=True)
    assert [i for i, _ in two] == [0, 2]


def test_nothing_to_rank(hybrid):
    """No passages, no ranking; the encoder is not asked."""
    assert hybrid.rank(["a"], [], 5) == [[]]
    assert hybrid.rank([], [passage("a")], 5) == []


def test_a_damaged_encoder_is_named(tmp_path):
    """A folder without an encoder is an error of the store that names it."""
    (tmp_path / "encoder.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match=re.escape(str(tmp_path))):
        _ = HybridRanker(str(tmp_path)).fingerprint
