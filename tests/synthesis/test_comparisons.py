"""Comparisons turned round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.comparisons import comparisons, turns_round


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("CatNet outperforms DogNet on SQuAD.", "DogNet outperforms CatNet on SQuAD."),
        ("CatNet beats DogNet.", "We show that DogNet significantly beats CatNet."),
        ("CatNet beats DogNet.", "CatNet was beaten by DogNet on all tasks."),
        ("CatNet beats DogNet.", "CatNet underperforms DogNet."),
        ("CatNet is better than DogNet.", "CatNet is worse than DogNet."),
        ("Aspirin is more effective than placebo in adults.", "Placebo was more effective than aspirin."),
        (
            "The accuracy of CatNet is higher than that of DogNet.",
            "The accuracy of DogNet is higher than that of CatNet.",
        ),
        ("On XQuAD, CatNet surpasses the strong baseline DogNet.", "On XQuAD, DogNet surpasses CatNet."),
    ],
)
def test_sides_in_each_others_place_are_turned_round(claim, text):
    """The same two sides around a comparison in the opposite order, or with the opposite word."""
    assert turns_round(claim, text)
    assert turns_round(text, claim)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("CatNet beats DogNet.", "CatNet outperforms DogNet by far."),
        ("CatNet beats DogNet.", "DogNet is outperformed by CatNet."),
        ("CatNet beats DogNet.", "DogNet underperforms CatNet."),
        ("CatNet beats DogNet.", "DogNet does not beat CatNet."),
        ("CatNet beats DogNet.", "DogNet beats FishNet."),
        ("CatNet beats DogNet.", "CatNet beats DogNet on SQuAD. DogNet beats CatNet on MLQA."),
        ("CatNet has higher accuracy than DogNet.", "DogNet has higher error than CatNet."),
        ("CatNet beats DogNet.", "Cats and dogs were compared."),
        ("Cats sleep.", "DogNet beats CatNet."),
        ("", ""),
    ],
)
def test_what_agrees_or_says_nothing_is_not_turned_round(claim, text):
    """Passive voice, opposites both ways, negation, other subjects and mixed results turn nothing round."""
    assert not turns_round(claim, text)


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from("A B beats than is more by not , .".split())).map(" ".join)
)
def test_no_text_is_its_own_opposite(text):
    """Whatever stands in it, a text does not turn itself round, and reading it never fails."""
    assert not turns_round(text, text)
    assert all(c.above and c.below and not c.above & c.below for c in comparisons(text))
