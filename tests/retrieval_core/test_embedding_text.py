"""What a text is to the embedded encoder."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval_core.embedding.text import N_BUCKETS, prepare, surface_buckets, words


@pytest.mark.parametrize(
    "digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９"]
)
def test_digits_of_other_scripts_are_ascii(digits):
    """A number is one text, whichever of the languages' digits it is written in."""
    assert prepare(digits) == "0123456789"


def test_the_turkish_dotted_i_is_one_letter():
    """The capital dotted i becomes a plain i, not an i with a loose dot."""
    assert prepare("İSTANBUL") == prepare("istanbul") == "istanbul"


@given(st.text(alphabet="ﬁ①Ａｚ㎏½ﾊ", max_size=8))
def test_compatibility_forms_are_one(text):
    """A text and its compatibility composition are prepared alike."""
    assert prepare(text) == prepare(unicodedata.normalize("NFKC", text))


@given(st.text(alphabet="áéîöñçășάέњйकेกำễ", max_size=12))
def test_composed_and_decomposed_accents_are_one(text):
    """It makes no difference whether an accent is part of its letter or follows it, and it is kept."""
    assert prepare(unicodedata.normalize("NFD", text)) == prepare(text)
    assert len(prepare("é")) == 1
    assert prepare("é") != prepare("e")


def test_arabic_variants_are_one_word():
    """Vowel marks, stretching and the letter variants that writers use at will do not make another word."""
    assert prepare("أُسْتَاذ") == prepare("استاذ")
    assert prepare("كـــتاب") == prepare("کتاب")
    assert prepare("على") == prepare("علي")


def test_invisible_signs_do_not_split_words():
    """Zero-width signs, soft hyphens and byte-order marks vanish."""
    assert words(prepare("\ufeffher\u00adzen, می\u200cروم")) == ["herzen", "ميروم"]


def test_every_pair_of_neighbouring_han_characters_is_a_word():
    """Characters come first and then the pairs; a pair never spans what stands between two runs."""
    assert words(prepare("東京都。大阪 ok漢")) == [
        "東",
        "京",
        "都",
        "大",
        "阪",
        "ok",
        "漢",
        "東京",
        "京都",
        "大阪",
    ]


def test_marks_stay_with_their_letters():
    """Vowel signs of Hindi and Thai are parts of words."""
    assert words(prepare("हिन्दी में")) == ["हिन्दी", "में"]
    assert words(prepare("น้ำ ที่")) == [prepare("น้ำ"), "ที่"]


@given(st.text(max_size=60))
@example("漢字漢字")
@example("a" * 300)
def test_buckets_are_numbers_of_buckets(text):
    """Whatever the text: buckets are distinct, sorted and within range, and words hold no white space."""
    for word in words(prepare(text)):
        assert word.split() == [word]
        found = surface_buckets(word)
        assert list(found) == sorted(set(found))
        assert all(0 <= bucket < N_BUCKETS for bucket in found)


def test_a_han_pair_is_one_bucket_and_a_lone_character_none():
    """One Han character says too little to count as surface."""
    assert len(surface_buckets("東京")) == 1
    assert surface_buckets("東") == ()


@pytest.mark.parametrize(
    ("name", "latin"),
    [("Москва", "Moskva"), ("Αριστοτέλης", "Aristotelis"), ("Достоевский", "Dostoevsky"), ("Türkiye", "Turkiye"),
     ("베토벤", "Betoben"), ("मोहन", "Mohan"), ("Nguyễn", "Nguyen"), ("カメラ", "Kamera")],
)  # fmt: skip
def test_a_name_shares_n_grams_with_itself_in_latin(name, latin):
    """A name in another script has n-grams in common with its Latin form, and none with another name."""
    own = set(surface_buckets(prepare(name)))
    assert own & set(surface_buckets(prepare(latin)))
    assert not own & set(surface_buckets(prepare("Churchill")))


def test_a_long_run_has_the_n_grams_of_its_parts():
    """A run of hundreds of letters is cut, so that its n-grams stay those of its parts."""
    assert set(surface_buckets("ab" * 32)) == set(surface_buckets("ab" * 64))


def test_buckets_do_not_depend_on_the_process():
    """Another process with another hash seed finds the same buckets."""
    code = "from retrieval_core.embedding.text import *; print(*surface_buckets('достоевский'))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert tuple(map(int, run.stdout.split())) == surface_buckets("достоевский")
