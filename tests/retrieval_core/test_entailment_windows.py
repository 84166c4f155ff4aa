import itertools

from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.entailment.windows import windows

LENGTHS = st.lists(st.integers(0, 300), max_size=40)


@given(LENGTHS, st.integers(1, 200))
def test_every_sentence_is_in_a_window_and_windows_rise(lengths: list[int], limit: int) -> None:
    """No sentence is left out, and each window begins and ends after the one before."""
    found = windows(lengths, limit)
    assert {i for first, end in found for i in range(first, end)} == set(range(len(lengths)))
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(found))


@given(LENGTHS, st.integers(1, 200))
def test_a_window_of_several_sentences_keeps_to_the_limit(lengths: list[int], limit: int) -> None:
    """Only a sentence that is longer than the limit by itself may pass it."""
    for first, end in windows(lengths, limit):
        assert end - first == 1 or sum(lengths[first:end]) <= limit


def test_neighbours_that_fit_share_a_window() -> None:
    """Two short sentences that decide together are read together wherever a window ends."""
    lengths = [50] * 7
    found = windows(lengths, 120)
    assert all(any(first <= i and i + 1 < end for first, end in found) for i in range(6))


def test_a_short_text_is_one_window() -> None:
    """What fits is not cut; nothing gives no window."""
    assert windows([10, 20, 30]) == [(0, 3)]
    assert windows([]) == []
