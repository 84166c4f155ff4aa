"""Sentences: exact offsets for any text, and the cuts that the subject's texts need."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.sentences import WINDOW_CHARS, sentence_texts, split_sentences

ODD = "\u0301\u200b\u200d\u00a0\u3000\x00\r\n\t\x1c\x85\u2028\u2029\ufeff\ud800😀𝔸ก็।。؟«»“”.!?;:()[]'\"5aZ ßçéяΩ字あعד"
TEXTS = st.one_of(
    st.text(max_size=400),
    st.text(alphabet=ODD, max_size=400),
    st.lists(
        st.sampled_from(
            [
                "We show it. ",
                "Fig. 3",
                " et al. ",
                "见图3。",
                "हाँ। ",
                "نعم؟ ",
                "ครับ ",
                "\r\n\r\n",
                "(p < .05)",
                "😀",
                "e\u0301. ",
            ]
        ),
        max_size=60,
    ).map("".join),
)


def split(text: str, language: str | None = None) -> list[str]:
    """The sentences as texts."""
    return sentence_texts(text, split_sentences(text, language))


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from([None, "en", "zh", "hi", "ar", "th", "de", "xx"]))
def test_every_character_that_is_not_blank_is_in_exactly_one_span(text, language):
    """Spans are ordered, do not overlap, have no blank ends, and leave out blanks only."""
    last = 0
    for span in split_sentences(text, language):
        assert last <= span.start < span.end <= len(text)
        assert not text[last : span.start].strip()
        body = text[span.start : span.end]
        assert body == body.strip()
        last = span.end
    assert not text[last:].strip()


@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_same_text_same_spans(text):
    """Splitting has no memory of earlier texts."""
    first = split_sentences(text)
    split_sentences("Another text (open bracket. “quote.")
    assert split_sentences(text) == first


@pytest.mark.parametrize(
    "sentence",
    [
        "We follow Roy et al. (2020) and Wang et al. [3] here.",
        "This is what Roy et al., 2020 report in Fig. 3 and Figs. 4 and 5.",
        "In Sec. 4.2 we derive Eq. (1) from Tab. 2 of the appendix.",
        "Models, i.e., encoders, e.g. LaBSE (cf. No. 5, pp. 3-4), differ w.r.t. size, resp. depth.",
        "The mAP rises from 0.548 to 0.593, i.e. by 8.2%, with p < .05 vs. the baseline.",
        "J. Smith and A. B. Jones wrote it with Dr. Müller.",
        "The tool v1.2.3 is at https://example.org/a.b?c=1.5 and at www.example.org.",
        "However (see Fig. 2. It is small), the gain holds.",
        "Es begann am 3. Mai und endete im 19. Jahrhundert, vgl. Abb. 3 dazu, z. B. dort.",
        "На рис. 3 и в табл. 2 показано, т. е. доказано, что это верно.",
        "Βλ. Σχ. 3 για τα αποτελέσματα.",
        "The cities are Anaheim, San Diego (north); New York; Boston.",
        "「はい。」と彼は言った。",
        "结果（见表1。好）如下。",
        "डॉ. शर्मा आए।",
        "قال د. محمد ذلك.",
        "E. coli grows at 37 °C.",
        "1. Introduction",
    ],
)
def test_one_sentence_stays_one(sentence):
    """Abbreviations, figures, addresses, ordinals and brackets do not end a sentence."""
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    "sentences",
    [
        ["It is shown by Roy et al.", "We extend it."],
        ["This is v1.2.3.", "See https://example.org/a.b.", "The next one follows."],
        ["The mAP is 0.71.", "It rises."],
        ["Is it so?", "It is!", "We think so."],
        ["This holds [2].", "Thus it is."],
        ["В 2020 г. вышла модель.", "Она лучше на 3%.", "Это много."],
        ["Wir zeigen es.", "Es gilt."],
        ["Το σύστημα δουλεύει.", "Είναι καλό;", "Ναι."],
    ],
)
@pytest.mark.parametrize("blank", [" ", "\n", "\u00a0", "\r\n", "\n\n", "  "])
def test_sentences_with_blanks_between(sentences, blank):
    """Any blank may stand between sentences."""
    assert split(blank.join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "我们研究了检索。结果如下：准确率为0.85。很好！",
            ["我们研究了检索。", "结果如下：准确率为0.85。", "很好！"],
        ),
        ("これは文です。次の文！", ["これは文です。", "次の文！"]),
        ("यह एक वाक्य है। मान 3.5 है। क्या यह सही है?", ["यह एक वाक्य है।", "मान 3.5 है।", "क्या यह सही है?"]),
        ("هذه جملة. هل هذه ثانية؟ نعم.", ["هذه جملة.", "هل هذه ثانية؟", "نعم."]),
        ("یہ جملہ ہے۔ دوسرا جملہ۔", ["یہ جملہ ہے۔", "دوسرا جملہ۔"]),
        ("이것은 문장이다. 값은 3.5이다.", ["이것은 문장이다.", "값은 3.5이다."]),
        (
            "We call it 检索。 It works. 它很好。好的。",
            ["We call it 检索。", "It works.", "它很好。", "好的。"],
        ),
    ],
)
def test_scripts_with_their_own_marks(text, sentences):
    """Chinese, Japanese, Hindi, Arabic, Urdu, Korean and mixed text end at their marks."""
    assert split(text) == sentences


def test_thai_is_cut_at_blanks_once_long_enough():
    """Thai has no sentence mark: a long text is cut at blanks, a figure stays with its clause."""
    clause = "ระบบค้นคืนข้อมูลข้ามภาษาทำงานได้ดีกับคำถาม 5 ภาษาและเอกสารหลายประเภทที่ทดสอบ"
    text = f"{clause} นอกจากนี้{clause} อย่างไรก็ตาม{clause}"
    assert split(text) == [clause, f"นอกจากนี้{clause}", f"อย่างไรก็ตาม{clause}"]
    assert split("สวัสดี ครับ") == ["สวัสดี ครับ"]


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\u3000"])
def test_blank_text_has_no_sentence(text):
    """Nothing comes of nothing."""
    assert split_sentences(text) == []


@pytest.mark.parametrize(
    "unit", ["a", "word ", "A. ", "(", "www.", ".", "1.", "字", "ก", "\u0301", "x. (", "\r\n", "ab 3. ", "“"]
)
def test_text_without_sentences_is_cut_into_bounded_pieces(unit):
    """No text makes the splitter slow: every window is bounded."""
    text = unit * (500_000 // len(unit))
    began = time.perf_counter()
    spans = split_sentences(text)
    assert time.perf_counter() - began < 10  # generous; about 1 s here
    assert all(span.end - span.start <= 2 * WINDOW_CHARS for span in spans)


def test_emergency_cut_keeps_a_letter_with_its_marks():
    """A cut forced on text without blanks never parts a letter from its combining marks."""
    text = "e\u0301\u0323" * WINDOW_CHARS
    spans = split_sentences(text)
    assert len(spans) > 1
    assert all(text[span.start] == "e" for span in spans)
