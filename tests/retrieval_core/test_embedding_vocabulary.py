"""One vocabulary for all languages."""

from __future__ import annotations

import random
import string

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_encoder import ENGLISH, PIECES, in_all, sentence

from retrieval_core.embedding.text import prepare
from retrieval_core.embedding.vocabulary import build_vocabulary, learn_pieces, make_tokenizer

_BASE = [
    *("[UNK]", "[CLS]", "[SEP]"),
    *string.ascii_lowercase,
    *(f"##{c}" for c in string.ascii_lowercase),
    *("ab", "##ab", "ba", "##bc"),
]
_SHORT_WORDS = st.lists(st.text(alphabet="abc", min_size=2, max_size=6), min_size=1, max_size=12)


def _texts(language, n=60):
    rng = random.Random(language)
    return [in_all(sentence(rng))[language] for _ in range(n)]


@given(_SHORT_WORDS, _SHORT_WORDS)
@settings(max_examples=40)
def test_english_words_keep_their_pieces(english, other):
    """However alike another language is, no frequent English word is cut in another way than before."""
    pieces = build_vocabulary(_BASE, {"xx": [" ".join(other)] * 3}, {"xx": 60}, [" ".join(english)] * 3)
    before, after = make_tokenizer(_BASE), make_tokenizer(pieces)
    for word in english:
        assert after.encode(word).tokens == before.encode(word).tokens


def test_the_base_comes_first():
    """Pieces of the base keep their ids; the others follow, none twice, and make texts shorter."""
    texts = {language: _texts(language) for language in ("el", "th")}
    pieces = build_vocabulary(PIECES, texts, {"el": 120, "th": 120}, _texts("en"))
    assert pieces[: len(PIECES)] == PIECES
    assert len(set(pieces)) == len(pieces) > len(PIECES) + 100
    tokenizer = make_tokenizer(pieces, special_tokens=False)
    for language in ("el", "th"):
        found = tokenizer.encode(prepare(texts[language][0])).tokens
        assert "[UNK]" not in found
        assert len(found) < len(texts[language][0]) / 2


def test_accents_and_long_runs_have_pieces():
    """Accents stay and a Thai sentence without a space is cut into pieces instead of becoming unknown."""
    thai = "".join(_texts("th", 20)).replace(" ", "")[:390]
    accented = ["ação naïve größe", "señor café"] * 3
    pieces = build_vocabulary(
        PIECES, {"th": [*_texts("th"), thai], "pt": accented}, {"th": 100, "pt": 60}, ENGLISH
    )
    tokenizer = make_tokenizer(pieces, special_tokens=False)
    for text in (thai, *accented):
        assert "[UNK]" not in tokenizer.encode(prepare(text)).tokens
    whole = "".join(t.removeprefix("##") for t in tokenizer.encode(prepare("größe")).tokens)
    assert whole == "größe"


def test_learning_gives_the_same_pieces_each_time():
    """The same texts give the same pieces in the same order; many merges here are equally frequent."""
    rng = random.Random(0)
    texts = [
        " ".join("".join(rng.choices("абвгдежз", k=rng.randint(2, 7))) for _ in range(8)) for _ in range(150)
    ]
    first = learn_pieces(texts, 200)
    assert all(learn_pieces(iter(texts), 200) == first for _ in range(4))
    assert len(set(first)) == len(first)


def test_special_pieces_frame_a_text_where_asked():
    """[CLS] and [SEP] stand around a text, or not."""
    assert make_tokenizer(PIECES).encode("stone river").tokens == ["[CLS]", "stone", "river", "[SEP]"]
    assert make_tokenizer(PIECES, special_tokens=False).encode("stone river").tokens == ["stone", "river"]
