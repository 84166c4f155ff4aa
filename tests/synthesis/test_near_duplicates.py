"""Texts that are largely the same words."""

from hypothesis import given
from hypothesis import strategies as st

from synthesis.near_duplicates import MIN_SHINGLES, containment, near_duplicates, shingles

WORDS = "cats sleep sixteen hours a day in the sun while dogs bark at night and owls watch them from old trees".split()
TEXT = st.lists(st.sampled_from(WORDS), max_size=120).map(" ".join)
LONG = " ".join(f"word{i}" for i in range(100))


def test_a_copy_with_light_edits_is_a_near_duplicate():
    """Case, punctuation, one changed word and a new beginning leave a text what it was."""
    edited = "In this journal version, " + LONG.upper().replace(" ", ", ").replace("WORD50", "OTHER")
    assert near_duplicates(LONG, edited)


def test_an_excerpt_is_contained_in_its_source():
    """A passage of forty words stands in the long text that it was cut from."""
    assert containment(" ".join(LONG.split()[30:70]), LONG) == 1.0


def test_one_common_sentence_is_no_duplicate():
    """Two papers may state one finding in the same words; texts too short to tell are not compared."""
    finding = "Hybrid batches reduce language bias in multilingual retrieval by 30 percent."
    assert containment(finding, finding) == 0.0
    assert not near_duplicates(f"{finding} {LONG}", f"{finding} {LONG.replace('word', 'term')}")


def test_scripts_without_blanks_are_read_by_character():
    """A Chinese text and its copy are near-duplicates though no blank parts their words."""
    text = "".join(chr(0x4E00 + 7 * i) for i in range(60))
    assert len(shingles(text)) > MIN_SHINGLES
    assert near_duplicates(text, f"我们研究{text}。")
    assert not near_duplicates(text, text[::-1])


@given(TEXT, TEXT)
def test_containment_is_a_symmetric_share(one, other):
    """It is the same from either side, within 0–1, and 1 for a text long enough against itself."""
    assert 0 <= containment(one, other) == containment(other, one) <= 1
    assert containment(one, one) == (1.0 if len(shingles(one)) >= MIN_SHINGLES else 0.0)
