"""A corpus of evidence and its sentences."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.errors import InputFileError
from synthesis.reading.corpus import corpus_papers, read_corpus
from synthesis.reading.metadata import as_text
from synthesis.reading.problems import Rejections, UnreadableFileError

SENTENCES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=6)


@given(SENTENCES)
def test_spans_slice_back_to_the_sentences(sentences):
    """The n-th span cuts the n-th sentence out of section 0, blanks folded, whatever the script."""
    papers, spans = corpus_papers([{"doc_id": "d", "title": "T", "abstract": sentences}])
    expected = [as_text(s) or "" for s in sentences]
    if any(expected):
        text = papers[0].sections[0].text
        assert [text[s.start : s.end] for s in spans["d"]] == expected
    else:
        assert not papers[0].sections
        assert not spans


def test_all_forms_of_a_document(tmp_path):
    """Lists, text and ``text`` are read; doc_id is kept verbatim, a number as its digits."""
    records = [
        {"doc_id": 4983, "title": "A", "abstract": ["One.", "Two."]},
        {"doc_id": " 2408.10536", "abstract": "Whole."},
        {"doc_id": "b", "title": "B", "text": "Full text.", "year": 2020},
    ]
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    papers, spans = read_corpus(path)
    assert [p.paper_id for p in papers] == ["4983", " 2408.10536", "b"]
    assert [(s.start, s.end) for s in spans["4983"]] == [(0, 4), (5, 9)]
    assert papers[1].title == " 2408.10536".strip()
    assert [(s.title, s.text) for s in papers[2].sections] == [("Text", "Full text.")]
    assert list(spans) == ["4983"]


def test_documents_without_or_with_a_taken_id_are_rejected(tmp_path):
    """A file's bad documents are counted; the first of two with one id holds."""
    path = tmp_path / "corpus.jsonl"
    path.write_text(
        '{"doc_id": 1, "text": "a"}\n{"doc_id": "1", "text": "b"}\n{"doc_id": true}\n{"title": "x"}\n'
    )
    rejections = Rejections()
    papers, _ = read_corpus(path, rejections=rejections)
    assert [p.sections[0].text for p in papers] == ["a"]
    assert rejections.counts == {"doc_id given twice": 1, "no doc_id": 2}


def test_a_file_without_documents_is_an_error(tmp_path):
    """Nothing to search is said at once, with the form that was expected."""
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"id": "x"}\n')
    with pytest.raises(UnreadableFileError, match="doc_id"):
        read_corpus(path)


def test_documents_in_memory_must_have_ids():
    """A caller's mistake is an error that names the document."""
    with pytest.raises(InputFileError, match="document 2"):
        corpus_papers([{"doc_id": "a"}, {"text": "b"}])
