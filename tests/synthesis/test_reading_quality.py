"""How well a text was read, judged from the text alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.reading.quality import combined, text_quality, unmapped_factor
from synthesis.records import Section

PROSE = (
    "We measure how well a dense encoder finds passages across eleven languages, and compare it with a sparse one. "
    "The results show that the difference between the two is small where training data are plentiful. "
)
GOOD = (Section(title="Abstract", text=PROSE), Section(title="Introduction", text=PROSE * 30))


def with_text(text):
    """A document whose introduction is ``text``."""
    return (GOOD[0], Section(title="Introduction", text=text))


def test_running_text_with_an_abstract_is_of_full_quality():
    """Nothing lowers the quality of plain prose, nor of prose in another script, nor of a table in Markdown's form."""
    assert text_quality(GOOD) == (1.0, ())
    assert text_quality(with_text("Die Prüfung ergab für größere Modelle bessere Werte. " * 80)) == (1.0, ())
    assert text_quality(with_text("検索の実験を行った。結果は良好であった。" * 200)) == (1.0, ())
    table = "\n\n| a | b |\n| --- | --- |\n" + "| 1.0 | 2.0 |\n" * 200
    assert text_quality(with_text(PROSE * 30 + table)) == (1.0, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PROSE.replace("e", "\ue065") * 30, "stand for no known sign"),
        (PROSE.replace("a", "\ufffd") * 30, "stand for no known sign"),
        (PROSE.replace("ff", "\ufb00").replace("fi", "\ufb01") * 30, "ligatures"),
        (PROSE.replace("languages", "lan\u00adguages") * 30, "ligatures"),
        (PROSE.replace("languages", "lan- guages") * 30, "ligatures"),
        ("12.5 ± 3.4 (7.8) " * 300, "are letters"),
        (" ".join(PROSE.replace(" ", "")) * 30, "single letters"),
        (PROSE.replace(" ", "") * 30, "blanks"),
        (
            "".join(chr((ord(c) - 97 + 7) % 26 + 97) if c.isalpha() else c for c in PROSE.lower()) * 30,
            "vowels",
        ),
        (PROSE, "beside the abstract"),
    ],
)
def test_case_26_what_no_reader_would_leave_is_flagged(text, words):
    """Case 26: private-use glyphs, ligatures, soft hyphens and a wrong table of signs lower the quality and are named."""
    quality, flags = text_quality(with_text(text))
    assert quality < 1
    assert any(words in flag for flag in flags)


def test_suspended_compounds_are_no_broken_words():
    """The compound in "pre- and post-training" is as it should be."""
    assert text_quality(with_text(f"{PROSE} The pre- and post-training phases differ. " * 30)) == (1.0, ())


def test_what_is_missing_is_said():
    """No text at all is of quality 0; a text without an abstract is flagged."""
    assert text_quality(()) == (0.0, ("no text",))
    assert text_quality((Section(title="Text", text=" \n"),)) == (0.0, ("no text",))
    assert text_quality(GOOD[1:]) == (0.95, ("no abstract found",))


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=400)), max_size=4))
def test_any_text_has_a_quality(sections):
    """The quality lies between 0 and 1, and is below 1 exactly where a flag says why."""
    quality, flags = text_quality([Section(title=title, text=text) for title, text in sections])
    assert 0 <= quality <= 1
    assert (quality < 1) == bool(flags)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_unknown_characters_are_never_better(one, other):
    """The factor falls with the share of characters that the font does not explain."""
    low, high = sorted((one, other))
    assert 0 < unmapped_factor(high) <= unmapped_factor(low) <= 1


def test_factors_are_multiplied_and_only_those_below_one_are_said():
    """Two reasons lower the quality more than one."""
    assert combined([(0.5, "a"), (1.0, "b"), (0.5, "c")]) == (0.25, ("a", "c"))
