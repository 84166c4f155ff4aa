"""Terms fit the script, and spellings of one word meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.analysis import MAX_TERM_CHARS, analyze, joined_pairs


def shared(a: str, b: str) -> set[str]:
    """Full terms (no prefixes) that two texts share."""
    return {t for t in analyze(a) if not t.endswith("*")} & {t for t in analyze(b) if not t.endswith("*")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("retrieving", "retrieves"),
        ("языковые", "языковая"),
        ("γλώσσες", "γλωσσες"),
        ("الكتب", "كتب"),
        ("مُحَمَّد", "محمد"),
        ("كتـاب", "كتاب"),
        ("أحمد", "احمد"),
        ("लड़कियाँ", "लड़कियां"),
        ("naïve", "naive"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("Ørsted", "orsted"),
        ("ﬁnding", "finding"),
        ("ＢＥＲＴ", "bert"),
        ("ёлка", "елка"),
        ("检索模型", "模型"),
        ("東京タワー", "タワー"),
        ("한국어", "국어"),
        ("ทีมรับของแพนเธอร์ส", "แพนเธอร์ส"),
        ("co\u00adoperate", "cooperate"),
        ("XQuAD-R", "xquadr"),
        ("XQuAD‑R", "XQuAD-R"),
        ("mT5-base", "mt5base"),
        ("cross-lingual", "crosslingual"),
        ("cross_lingual", "cross-lingual"),
        ("query–document", "query document"),
        ("cross-lingual", "cross lingual"),
    ],
)
def test_spellings_of_one_word_share_a_term(one: str, other: str) -> None:
    """Inflected, accented, joined and differently encoded forms of a word have a term in common."""
    assert shared(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أحمد", "احمد"),
        ("مكتبى", "مكتبي"),
        ("کتاب", "كتاب"),
        ("مُحَمَّد", "محمد"),
        ("क़लम", "कलम"),
        ("चाँदनी", "चांदनी"),
    ],
)
def test_spellings_that_vary_in_print_give_the_same_terms(one: str, other: str) -> None:
    """Arabic letter forms and points, Devanagari nukta and chandrabindu leave no trace in any term."""
    assert analyze(one) == analyze(other)


def test_a_query_in_two_words_meets_the_compound() -> None:
    """The pairs of a query hold the terms that the word written together gives."""
    assert set(analyze("crosslingual")) & set(joined_pairs("a cross lingual model"))
    assert set(analyze("GPT4")) & set(joined_pairs("GPT 4"))
    assert joined_pairs("cross-lingual 检索 0.5") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("mAP of 0.72.", "0.72"),
        ("12.5%", "12.5"),
        ("1,190 questions", "1190"),
        ("٠٫٧٢", "0.72"),
        ("१२", "12"),
        ("1,234.5", "1234.5"),
    ],
)
def test_numbers_survive(text: str, number: str) -> None:
    """Decimals stay, thousands separators go, digits of every script are one."""
    assert number in analyze(text)


def test_years_in_a_list_stay_apart() -> None:
    """A comma separates numbers unless it groups thousands."""
    assert {"2019", "2020"} <= set(analyze("(2019,2020)"))


def test_long_words_give_their_prefix_and_short_ones_do_not() -> None:
    """Only a word of more than four letters has a prefix term, and a number has none."""
    assert analyze("Häuser") == ["hauser", "haus*"]
    assert analyze("Haus 2408") == ["haus", "2408"]


def test_a_short_accented_word_is_kept_as_written_too() -> None:
    """Vietnamese tones tell words apart although accents are folded."""
    assert analyze("má") == ["ma", "má"]
    assert analyze("ma") == ["ma"]


def test_terms_hold_no_blank_and_are_bounded() -> None:
    """A word of a megabyte becomes one bounded term."""
    terms = analyze("x" * 1_000_000 + " " + "9" * 5000 + " " + "é" * 5000)
    assert max(map(len, terms)) <= MAX_TERM_CHARS


@given(st.text())
def test_any_text_gives_clean_terms(text: str) -> None:
    """No text raises, and no term is empty, holds a blank, or is upper case ASCII."""
    for term in [*analyze(text), *joined_pairs(text)]:
        assert term
        assert term.split() == [term]
        assert not any("A" <= c <= "Z" for c in term)


@given(
    st.lists(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd"], max_codepoint=0x24F), min_size=1))
)
def test_words_are_independent_of_their_neighbours(words: list[str]) -> None:
    """The terms of a text of words are those of its words, in order."""
    assert analyze(" ".join(words)) == [term for word in words for term in analyze(word)]
