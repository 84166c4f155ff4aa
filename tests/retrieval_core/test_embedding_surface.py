"""The surface of a text as a vector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.embedding.surface import (
    MAX_WORDS,
    buckets,
    directions,
    document_frequency_weights,
    surface_vectors,
)
from retrieval_core.embedding.text import N_BUCKETS, prepare, surface_buckets

_SIGNS = directions(512)
_ONES = np.ones(N_BUCKETS, np.float32)
_WORDS = "stone river cloud window garden letter bridge winter doctor market silver engine forest".split()


def _exact(one: str, other: str) -> float:
    """Cosine of the two texts' counts of n-grams."""
    a, b = (np.bincount(buckets(text), minlength=N_BUCKETS) for text in (one, other))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@given(st.lists(st.sampled_from(_WORDS), min_size=3), st.lists(st.sampled_from(_WORDS), min_size=3))
@settings(max_examples=50)
def test_the_cosine_estimates_the_overlap_of_n_grams(first, second):
    """Projected vectors have the cosine of the counts, within what 512 random signs allow (five deviations)."""
    one, other = " ".join(first), " ".join(second)
    a, b = surface_vectors([one, other], _ONES, _SIGNS)
    assert a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) == pytest.approx(
        _exact(one, other), abs=5 / np.sqrt(512)
    )


def test_a_text_without_a_word_is_zero():
    """Empty texts and mere punctuation have no surface."""
    assert not surface_vectors(["", "…!?", "東"], _ONES, _SIGNS).any()


def test_texts_do_not_influence_each_other():
    """A text's vector is the same alone and among others."""
    texts = [*_WORDS, "", "a b c"]
    together = surface_vectors(texts, _ONES, _SIGNS)
    for text, row in zip(texts, together, strict=True):
        assert np.array_equal(surface_vectors([text], _ONES, _SIGNS)[0], row)


def test_weights_scale_the_n_grams():
    """An n-gram of weight 0 adds nothing, one of double weight twice as much."""
    weights = _ONES.copy()
    weights[list(surface_buckets("stone"))] = 0
    weights[list(surface_buckets("cloud"))] = 2
    plain = surface_vectors(["cloud"], _ONES, _SIGNS)
    assert np.array_equal(surface_vectors(["stone cloud"], weights, _SIGNS), 2 * plain)


def test_words_beyond_the_limit_add_nothing():
    """A text of any length costs at most the limit's words."""
    text = "ab " * MAX_WORDS
    assert len(buckets(text)) == len(buckets(text + "stone"))


def test_directions_are_the_same_on_every_machine():
    """Signs are balanced, and the first of them are those that shipped weights were trained with."""
    assert set(np.unique(_SIGNS)) == {-1, 1}
    assert abs(_SIGNS.mean()) < 0.001
    assert np.packbits(_SIGNS[0, :32] > 0).tobytes().hex() == "c96ab684"


def test_weights_fall_with_document_frequency():
    """An n-gram of every text weighs nothing, one of none weighs 1, and one of more texts less."""
    texts = ["stone", "stone cloud", "Stone cloud river"]
    weights = document_frequency_weights(iter(texts))
    stone, cloud, river = (weights[surface_buckets(w)[0]] for w in ("stone", "cloud", "river"))
    assert 0 == stone < cloud < river < 1
    assert weights.max() == 1
    assert weights.dtype == np.float32
    assert np.array_equal(document_frequency_weights([]), _ONES)
    assert prepare("Stone") == "stone"
