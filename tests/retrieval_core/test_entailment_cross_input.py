import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.embedding.pieces import Pieces
from retrieval_core.entailment.cross_input import MAX_CLAIM_PIECES, MAX_PIECES, InputMaker


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    """The embedded encoder's word pieces."""
    return Pieces.embedded()


@pytest.fixture(scope="module")
def maker(pieces: Pieces) -> InputMaker:
    """Makes inputs of them."""
    return InputMaker(pieces)


IDS = st.lists(st.integers(1000, 30_000), max_size=400)


@given(claim=IDS, passage=IDS)
def test_inputs_keep_to_their_size(claim: list[int], passage: list[int]) -> None:
    """Whatever the texts' lengths, an input has at most ``MAX_PIECES`` pieces, claim first, passage after it."""
    pair = _MAKER.make(claim, passage)
    n_claim = min(len(claim), MAX_CLAIM_PIECES)
    assert len(pair.ids) == len(pair.passage) == len(pair.matched) <= MAX_PIECES
    assert not pair.passage[: n_claim + 2].any()
    assert pair.passage[n_claim + 2 :].all()


_MAKER = InputMaker(Pieces.embedded())


def test_shared_words_are_marked_on_both_sides(pieces: Pieces, maker: InputMaker) -> None:
    """A word of content that both texts hold is marked in both; "the" and punctuation are not."""
    claim, passage = pieces.ids(["The aspirin helps.", "In the trial aspirin failed."])
    pair = maker.make(claim, passage)
    marked = [pieces.names[i] for i, m in zip(pair.ids, pair.matched, strict=True) if m]
    assert marked in (["as", "##pi", "##rin"] * 2, ["##pi", "##rin"] * 2)


def test_marks_are_zero_without_common_pieces(pieces: Pieces, maker: InputMaker) -> None:
    """Texts that share nothing have no mark."""
    claim, passage = pieces.ids(["Cats sleep.", "Rain fell"])
    assert not np.any(maker.make(claim, passage).matched)
