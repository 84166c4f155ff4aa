"""Which English pieces stand for a piece of another language."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.embedding.alignment import MAX_PIECES, align, mix

_N = 40  # words a language: the other one's are 0 … 39, English ones 40 … 79
_SIDE = st.lists(st.integers(0, 19), min_size=0, max_size=6, unique=True)


@pytest.mark.parametrize("seed", range(3))
def test_the_likeliest_counterpart_is_the_translation(seed):
    """Over random sentences of a bijective dictionary, every word's highest expected count is its translation's."""
    rng = random.Random(seed)
    meaning = dict(enumerate(rng.sample(range(_N, 2 * _N), _N)))
    rows = [rng.sample(range(_N), 6) for _ in range(300)]
    pairs = [(row, rng.sample([meaning[word] for word in row], 6)) for row in rows]
    keys, counts = align(pairs, 2 * _N)
    for word, english in meaning.items():
        own = keys // (2 * _N) == word
        assert keys[own][counts[own].argmax()] % (2 * _N) == english


@given(st.lists(st.tuples(_SIDE, _SIDE), max_size=12))
def test_each_english_piece_counts_once_a_row(pairs):
    """Expected counts of an English piece add up to its rows; keys are sorted, distinct and seen together."""
    keys, counts = align(pairs, 20)
    usable = [(f, e) for f, e in pairs if f and e]
    assert keys.tolist() == sorted({f * 20 + e for fs, es in usable for f in fs for e in es})
    assert (counts >= 0).all()
    for piece in range(20):
        rows = sum(piece in e for _, e in usable)
        assert counts[keys % 20 == piece].sum() == pytest.approx(rows)


def test_texts_beyond_the_limit_are_left_out():
    """A side with more pieces than the limit aligns too vaguely to count."""
    long = list(range(MAX_PIECES + 1))
    assert len(align([(long, [100]), ([100], long)], 200)[0]) == 0
    assert len(align([(long[1:], [100])], 200)[0]) == MAX_PIECES


def test_mixing_is_the_mean_by_share():
    """A piece's vector is the mean of its English pieces' vectors by share; a piece without one is not found."""
    keys = np.array([1 * 5 + 0, 1 * 5 + 2, 3 * 5 + 4])
    vectors = np.eye(3, dtype=np.float32)
    mixed, found = mix(keys, np.array([3.0, 1.0, 9.0]), vectors, 5)
    assert found.tolist() == [False, True, False, False, False]  # piece 4 is no English one
    assert mixed[1].tolist() == pytest.approx([0.75, 0.0, 0.25])
    assert not mixed[~found].any()


def test_small_shares_are_noise():
    """What has less than a fiftieth of a piece's counts has no part in its vector."""
    mixed, _ = mix(np.array([0, 1]), np.array([99.0, 1.0]), np.eye(2, dtype=np.float32), 2)
    assert mixed[0].tolist() == [1.0, 0.0]
