"""Answers are compared as SQuAD compares them, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.answers import answer_tokens, match_answer


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The  Panthers' defence, a wall.", ["panthers", "defence", "wall"]),
        ("«Η Αθήνα»; ¿qué?", ["η", "αθήνα", "qué"]),
        ("$5.2 + 10%", ["52", "10"]),
        ("于2015年", ["于", "2015", "年"]),
        ("カロライナ and NFL", ["カ", "ロ", "ラ", "イ", "ナ", "and", "nfl"]),
        ("ไทย 308", ["ไ", "ท", "ย", "308"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("Theatre anthem", ["theatre", "anthem"]),
        ("the !", []),
    ],
)
def test_normalisation(text: str, tokens: list[str]) -> None:
    """Case, punctuation, English articles and blanks go; scripts without blanks fall into characters."""
    assert list(answer_tokens(text)) == tokens


def test_hand_computed_values() -> None:
    """F1 counts repeats; the best accepted answer counts; contained means the whole answer, in order."""
    assert match_answer("the cat saw a cat", ["cat cat"]) == (0.0, pytest.approx(0.8), 0.0)
    assert match_answer("A red house.", ["blue", "Red House"]) == (1.0, 1.0, 1.0)
    assert match_answer("in 1308 men", ["308"]) == (0.0, 0.0, 0.0)
    assert match_answer("他生于北京。", ["北京"]) == (0.0, pytest.approx(4 / 7), 1.0)


def test_empty_texts() -> None:
    """As in SQuAD, nothing equals nothing and else has no part of it; nothing contains an answer of no token."""
    assert match_answer("", ["!"]) == (1.0, 1.0, 0.0)
    assert match_answer("word", ["the"]) == (0.0, 0.0, 0.0)


@given(st.text(max_size=30), st.lists(st.text(max_size=8), min_size=1, max_size=3))
def test_measures_are_ordered_and_bounded(text: str, answers: list[str]) -> None:
    """All lie within 0–1, an exact match has F1 1, and more accepted answers never lower a measure."""
    match = match_answer(text, answers)
    assert all(0 <= value <= 1 for value in match)
    assert match.exact <= match.f1
    assert all(x >= y for x, y in zip(match, match_answer(text, answers[:1]), strict=True))
