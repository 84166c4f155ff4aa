"""Cross-lingual pairs from translations."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.errors import InputError
from retrieval_core.records import QAPair
from retrieval_core.sampling import cross_lingual_pairs

LANGUAGES = ("ar", "de", "en", "th")


def _parallel(n, languages=LANGUAGES):
    return [
        QAPair(
            pair_id=f"{language}{i}",
            question=f"{language} question {i}",
            passage=f"{language} passage {i}",
            question_language=language,
            passage_language=language,
            passage_id=f"{language}-p{i}",
            parallel_id=f"x{i}",
            answer=f"{language} answer {i}",
        )
        for i in range(n)
        for language in languages
    ]


@given(st.integers(1, 8), st.integers(1, 6), st.integers(0, 9))
def test_each_question_meets_translations_of_its_own_passage(n, per_pair, seed):
    """Every question gets ``per_pair`` distinct passages of its own translations, or all that there are."""
    made = cross_lingual_pairs(_parallel(n), seed=seed, per_pair=per_pair)
    assert len(made) == len({pair.pair_id for pair in made}) == 4 * n * min(per_pair, 3)
    for pair in made:
        number = pair.parallel_id[1:]
        assert pair.cross_lingual
        assert pair.question == f"{pair.question_language} question {number}"
        assert pair.passage == f"{pair.passage_language} passage {number}"
        assert pair.passage_id == f"{pair.passage_language}-p{number}"
        assert pair.answer == f"{pair.passage_language} answer {number}"


@given(st.integers(0, 9), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_only_the_order_of_the_result(seed, shuffler):
    """The same seed joins the same pairs, whatever their order."""
    pairs = _parallel(6)
    shuffled = list(pairs)
    shuffler.shuffle(shuffled)
    first, second = cross_lingual_pairs(pairs, seed=seed), cross_lingual_pairs(shuffled, seed=seed)
    assert sorted(p.pair_id for p in first) == sorted(p.pair_id for p in second)
    assert [p.question for p in second] == [p.question for p in shuffled]


def test_directions_are_drawn_evenly():
    """Each of the 12 directions of four languages gets about a twelfth of the pairs."""
    made = cross_lingual_pairs(_parallel(600), seed=4)
    counts = Counter((pair.question_language, pair.passage_language) for pair in made)
    assert len(counts) == 12
    assert all(140 < count < 260 for count in counts.values())


def test_pairs_without_translation_give_none():
    """Pairs without parallel id, alone in their language, or cross-lingual already, are not joined."""
    alone = _parallel(3, ("en",))
    unlinked = [pair.model_copy(update={"parallel_id": None}) for pair in _parallel(2)]
    crossed = cross_lingual_pairs(_parallel(2), seed=0)
    twice = [pair.model_copy(update={"pair_id": f"{pair.pair_id} again"}) for pair in alone]
    assert cross_lingual_pairs([*alone, *twice, *unlinked, *crossed], seed=0) == ()
    assert cross_lingual_pairs([], seed=0) == ()


def test_less_than_one_passage_each_is_refused():
    """``per_pair`` of 0 is an error."""
    with pytest.raises(InputError, match="expected at least 1"):
        cross_lingual_pairs(_parallel(1), seed=random.Random(0).randrange(9), per_pair=0)
