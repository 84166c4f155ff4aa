"""Words broken by PDF text extraction, mended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.tables.ligature_words import LIGATURES, WORDS, is_word
from synthesis.tables.mending import join_lines, restore_ligatures, vocabulary

NOTHING: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["best perfor-", "mance"], "best performance"),
        (["cross-", "lingual and cross-lingual"], "cross-lingual and cross-lingual"),
        (["lan-", "guage models us-", "ing sam-", "ples that are dis-", "tinct"],
         "language models using samples that are distinct"),
        (["on MLQA-", "R and GPT-", "4"], "on MLQA-R and GPT-4"),
        (["state-of-the-", "art"], "state-of-the-art"),
        (["a zero-", "shot test of one shot"], "a zero-shot test of one shot"),
        (["a cross-lin-", "gual model"], "a cross-lingual model"),
        (["soft\u00ad", "ware and hard\x02", "ware"], "software and hardware"),
        (["veri\ufffd-", "cation"], "verification"),
        (["the ﬁrst eﬀect"], "the first effect"),
        (["we test – ", "and pass"], "we test – and pass"),
        (["批次中的", "语言"], "批次中的语言"),
    ],
)  # fmt: skip
def test_lines_join_as_a_reader_would(lines: list[str], joined: str) -> None:
    """A hyphen at a line's end goes where it broke a word and stays where it belongs to a compound."""
    assert join_lines(lines, vocabulary("\n".join(lines))) == joined


def test_words_of_the_document_decide_before_the_rule() -> None:
    """A form that stands unbroken elsewhere in the document is right for the document."""
    assert join_lines(["data-", "set"], vocabulary("a data-set")) == "data-set"
    assert join_lines(["zero-", "shot"], vocabulary("zeroshot shot")) == "zeroshot"


def test_listed_words_lose_and_regain_their_ligature() -> None:
    """Taking a ligature out of any listed word and restoring it gives a known word."""
    for word in sorted(WORDS):
        for ligature in (x for x in LIGATURES if x in word):
            restored = restore_ligatures(word.replace(ligature, "\ufffd", 1), NOTHING)
            assert is_word(restored), word


@pytest.mark.parametrize(
    ("lost", "whole"),
    [
        ("di\ufffderent", "different"),
        ("\ufffdne-tunes", "fine-tunes"),
        ("Veri\ufffded Con\ufffddence", "Verified Confidence"),
        ("a\ufffdect, re\ufffdect and o\ufffdine", "affect, reflect and offline"),
        ("coe\ufffdcients", "coefficients"),
        ("con\ufffdicting", "conflicting"),
        ("\ufffdzzy \ufffd 3", "\ufffdzzy \ufffd 3"),
    ],
)
def test_lost_ligatures_come_back_where_a_word_decides(lost: str, whole: str) -> None:
    """A known word is restored; what no rule can decide stays as it is."""
    assert restore_ligatures(lost, NOTHING) == whole


def test_the_document_teaches_its_own_words() -> None:
    """A name that the general list lacks is restored from its whole form elsewhere."""
    assert restore_ligatures("\ufffdoberl", vocabulary("the floberl index")) == "floberl"


@given(st.text(alphabet="ab-é中\ufffd\u00ad\x02 \n", max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    """Mending changes blanks, hyphens and lost glyphs, never a letter that was there."""
    letters = [c for c in join_lines(text.split("\n"), vocabulary(text)) if c in "abé中"]
    assert letters == [c for c in text if c in "abé中"]


@pytest.mark.parametrize(
    "text", ["a" * 200_000 + " \ufffd", "a-" * 100_000, "\ufffd" * 200_000, "-\n\n" * 60_000, "a-\n" * 60_000]
)
def test_long_runs_take_linear_time(text: str) -> None:
    """A hostile run of letters, hyphens or lost glyphs is mended at once."""
    join_lines(text.split("\n"), vocabulary(text))
