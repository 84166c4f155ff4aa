"""Papers → passages: exact offsets."""

from hypothesis import given
from hypothesis import strategies as st
from small_tools import make_paper

from synthesis.config import PassageConfig
from synthesis.passages import split_papers
from synthesis.records import Span

TEXT = st.text(st.sampled_from("ab .!?\n。่กअ।مرحبا\u0301😀"), max_size=400)


@given(TEXT, st.integers(200, 300))
def test_offsets_slice_back_and_every_word_is_in_one_passage(text, limit):
    """Each passage is its section's text at its offsets, its sentences too, and no character is lost."""
    paper = make_paper("p", "T", text)
    passages = split_papers([paper], PassageConfig(max_chars=limit))
    covered = set()
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.sentence_texts == [text[s.start : s.end] for s in passage.sentences]
        assert len(passage.text) <= limit or len(passage.sentences) == 1
        for span in passage.sentences:
            assert not covered & set(range(span.start, span.end))
            covered |= set(range(span.start, span.end))
    assert {i for i, c in enumerate(text) if not c.isspace()} <= covered


def test_known_sentences_are_kept():
    """A corpus that came split keeps its own sentences."""
    paper = make_paper("p", "T", "One. Two. Three.")
    spans = (Span(start=0, end=9), Span(start=10, end=16))
    (passage,) = split_papers([paper], PassageConfig(), {"p": spans})
    assert passage.sentence_texts == ["One. Two.", "Three."]
