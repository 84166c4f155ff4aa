"""Reading and features: what the judge may see, and what must not move it."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.entailment.cues import find_cues, opposites
from retrieval_core.entailment.features import FEATURES, Rarity, closest, passage_features, view_claim
from retrieval_core.entailment.reading import Sentence, clean, read_sentence, split_sentences

RARITY = Rarity({"cell": 1.0, "risk": 1.5}, 5.0)


def _features(claim, passage):
    values = passage_features(view_claim(read_sentence(claim), RARITY), split_sentences(passage))
    return dict(zip(FEATURES, values.tolist(), strict=True))


CLAIM = "Aspirin increases the risk of stroke in adults."
FILLER = (
    "Birds of the northern coast migrate late. Their nests are built from reed. Storms delay the flight. "
)


@pytest.mark.parametrize(
    ("passage", "name"),
    [
        ("Aspirin increases the risk of stroke.", "amount_only_agrees"),
        ("Aspirin lowers the risk of stroke.", "amount_only_conflicts"),
        ("Aspirin did not increase the risk of stroke.", "amount_only_conflicts"),
        ("Aspirin had no significant effect on the risk of stroke.", "no_effect_of_assertion"),
        ("Aspirin was not given after a stroke.", "negation_only_in_evidence"),
        ("Whether aspirin raises the risk of stroke is unknown.", "question"),
        ("We found that aspirin raises the risk of stroke.", "finding"),
    ],
)
def test_a_cue_shows_in_its_feature(passage, name):
    """Each kind of sentence raises the feature made for it above that of a sentence without the cue."""
    assert _features(CLAIM, passage)[name] > _features(CLAIM, "Aspirin and stroke in adults.")[name]


def test_full_repetition_covers_everything():
    """A passage that repeats the claim covers all its words, names and numbers."""
    claim = "BM25 reaches 72 % on XQuAD."
    seen = _features(claim, claim)
    assert seen["coverage"] == pytest.approx(1.0)
    assert seen["names_found"] == 1.0
    assert seen["names_missing"] == 0.0
    assert seen["numbers_agree"] == 1.0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.booleans())
def test_length_and_place_do_not_count(times, before):
    """Unrelated sentences, however many and on whichever side, change nothing but what they themselves say."""
    deciding = (
        "Aspirin lowers the risk of stroke in adults. Adults with stroke took aspirin. Aspirin is a risk. "
    )
    passage = FILLER * times + deciding if before else deciding + FILLER * times
    assert _features(CLAIM, passage) == _features(CLAIM, deciding)


@pytest.mark.parametrize("passage", ["Zebra xylophone quartz.", "", "…", "\u200b\u200b", FILLER])
def test_no_feature_of_the_passage_alone(passage):
    """A passage that shares nothing with the claim leaves at most what the claim asks for and misses."""
    seen = _features("Qwertz uiop.", passage)
    assert {name for name, value in seen.items() if value} <= {
        "cue_unanswered",
        "names_missing",
        "names_missing_together",
    }


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gives_finite_features(claim, passage):
    """Whatever the characters, the features are finite numbers of the declared length."""
    values = passage_features(view_claim(read_sentence(claim), RARITY), split_sentences(passage))
    assert values.shape == (len(FEATURES),)
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("多语言检索提高了准确率", "实验表明多语言检索提高了准确率。"),
        ("بهبود دقت بازیابی", "نتایج بهبود دقت بازیابی را نشان داد."),
        ("बहुभाषी खोज बेहतर है", "परिणाम: बहुभाषी खोज बेहतर है।"),
        ("การค้นคืนข้ามภาษา", "งานนี้ศึกษาการค้นคืนข้ามภาษา"),
        ("Η πολυγλωσσική αναζήτηση βελτιώνεται", "Βρήκαμε ότι η πολυγλωσσική αναζήτηση βελτιώνεται."),
    ],
)
def test_other_scripts_are_covered(claim, evidence):
    """A claim in another script is covered by a sentence that repeats it and not by one that does not."""
    assert _features(claim, evidence)["coverage"] > 0.8
    assert _features(claim, FILLER)["coverage"] == 0.0


def test_invisible_characters_change_nothing():
    """Zero-width, soft-hyphen and bidi characters are as if not there; ligatures are their letters."""
    assert clean("as\u200bpi\u00adrin \u202eef\ufb01cacy") == "aspirin efficacy"
    hidden = "Aspirin low\u00aders the\u200b risk of stroke."
    assert _features(CLAIM, hidden) == _features(CLAIM, "Aspirin lowers the risk of stroke.")


def test_sentences_survive_abbreviations_and_decimals():
    """A full stop after "et al.", "Fig.", "i.e." or inside a number ends nothing."""
    text = "Smith et al. Found 3.5 % (Fig. 3), i.e. Much. Next one! 第一句。第二句。"
    assert [s.text.strip() for s in split_sentences(text)] == [
        "Smith et al. Found 3.5 % (Fig. 3), i.e. Much.", "Next one!", "第一句。", "第二句。",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", [". " * 50_000, "." * 100_000, "a" * 100_000, "1" * 100_000, "\n " * 50_000, "（" * 100_000]
)
def test_hostile_texts_take_linear_time(text):
    """100,000 characters of anything are read in well under two seconds."""
    start = time.process_time()
    _features(CLAIM, text)
    assert time.process_time() - start < 2


def test_closest_prefers_coverage_then_order():
    """Sentences come by how much of the claim they cover; equals keep their order."""
    claim = view_claim(read_sentence("aspirin stroke risk"), RARITY)
    sentences = [
        Sentence(t) for t in ("birds", "aspirin", "aspirin", "aspirin stroke risk", "stroke aspirin")
    ]
    assert closest(claim, sentences) == [3, 4, 1]


def test_opposite_prefixes():
    """Words that differ by an opposite prefix are found in both directions, short roots never."""
    assert "hypotens" in opposites("hypertens")
    assert "hypertens" in opposites("hypotens")
    assert "stabl" in opposites("unstabl")
    assert not any(len(word) < 4 for word in opposites("instar"))


def test_negation_turns_a_cue_round():
    """After a negation a word stands at the other end of its axis."""
    (plain,) = [c for c in find_cues(Sentence("it increased mildly")).axes if c.stem == "increas"]
    (turned,) = [c for c in find_cues(Sentence("it has not increased")).axes if c.stem == "increas"]
    assert plain.end == -turned.end == 1
    assert turned.plain_end == plain.plain_end
