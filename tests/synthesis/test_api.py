"""The three jobs as functions."""

from datetime import UTC, datetime

import pytest

from retrieval_core import Document
from synthesis import Label, Stance, extract_claims, report, verify
from synthesis.errors import InputFileError, SynthesisError, UsageError

CORPUS = [
    Document(doc_id="cats", text="We watched cats. Cats sleep sixteen hours a day.", title="Cats"),
    Document(doc_id="dogs", text="Dogs bark at night. They rarely sing.", title="Dogs"),
]
CLOCK = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_verify_gives_a_verdict_a_claim_with_evidence_at_its_offsets():
    """Verdicts come in the order of the claims; evidence names document, sentence, offsets, stance and score."""
    claims = ["Cats sleep sixteen hours a day.", "Whales knit sweaters for their calves."]
    verdicts = verify(claims, CORPUS)
    assert [v.claim for v in verdicts] == claims
    texts = {d.doc_id: d.text for d in CORPUS}
    assert verdicts[0].evidence
    for verdict in verdicts:
        assert verdict.label in Label
        assert 0 <= verdict.confidence <= 1
        for item in verdict.evidence:
            assert texts[item.doc_id][item.start : item.end] == item.sentence
            assert item.stance in {Stance.SUPPORTS, Stance.REFUTES}
            assert 0 <= item.score <= 1


def test_verify_takes_mappings_with_listed_sentences():
    """A corpus of {"doc_id", "abstract": [sentences]} keeps its own sentence numbers."""
    corpus = [
        {"doc_id": "c", "title": "Cats", "abstract": ["We watched cats.", "Cats sleep sixteen hours a day."]}
    ]
    (verdict,) = verify(["Cats sleep sixteen hours a day."], corpus)
    assert verdict.evidence[0].sentences == (1,)


def test_verify_takes_a_file(tmp_path):
    """A JSONL file is a corpus too."""
    path = tmp_path / "corpus.jsonl"
    path.write_text(
        '{"doc_id": "c", "title": "Cats", "text": "Cats sleep sixteen hours a day."}\n', encoding="utf-8"
    )
    (verdict,) = verify(["Cats sleep sixteen hours a day."], path)
    assert verdict.evidence[0].doc_id == "c"


@pytest.mark.parametrize(
    ("claims", "corpus", "kind"),
    [
        ([], CORPUS, UsageError),
        ("A claim that stands.", CORPUS, UsageError),
        ([" "], CORPUS, UsageError),
        (["A claim that stands."], ["plain text"], UsageError),
        (["A claim that stands."], [{"text": "no id"}], InputFileError),
        (["A claim that stands."], "nowhere.jsonl", InputFileError),
    ],
)
def test_bad_input_is_a_typed_error(claims, corpus, kind):
    """No claim, a document without an id, and a missing file are each an error of the documented tree."""
    with pytest.raises(kind) as raised:
        verify(claims, corpus)
    assert isinstance(raised.value, SynthesisError)


def test_report_from_a_library_is_a_report(tmp_path):
    """report() answers from a library file, keeps its run, and the same clock gives the same report."""
    path = tmp_path / "refs.bib"
    path.write_text(
        "@article{a, title={Cats sleep long hours}, author={Ann Lee}, year={2020}, abstract={We watched forty cats. "
        "We found that cats sleep sixteen hours a day on average.}}\n"
        "@article{b, title={Sleep of cats revisited}, author={Bo Chen}, year={2021}, abstract={Our cats slept sixteen "
        "hours a day on average, as was found before.}}\n",
        encoding="utf-8",
    )
    made = [
        report("How long do cats sleep?", libraries=[path], home=tmp_path / home, clock=CLOCK, offline=True)
        for home in ("one", "two")
    ]
    assert made[0] == made[1]
    assert {r.title for r in made[0].references} == {"Cats sleep long hours", "Sleep of cats revisited"}


def test_extract_claims_of_a_text_have_offsets():
    """Claims are substrings of the text, at their offsets, with a score and a kind."""
    text = "We train CatNet on nine languages. CatNet improves recall on MIRACL by 12 percent over mDPR."
    claims = extract_claims(text)
    assert claims
    for claim in claims:
        assert text[claim.start : claim.end] == claim.text
        assert 0 <= claim.score <= 1


def test_a_library_file_is_a_corpus_too(tmp_path):
    """A path that --library takes can be verified against."""
    path = tmp_path / "papers.jsonl"
    path.write_text(
        '{"id": "2401.00001", "title": "Sleep of cats", "abstract": "Cats sleep sixteen hours a day.", "authors": []}\n',
        encoding="utf-8",
    )
    (verdict,) = verify(iter(["Cats sleep sixteen hours a day."]), path)
    assert verdict.evidence[0].doc_id == "arxiv:2401.00001"


def test_half_characters_are_no_traceback():
    """A lone surrogate in a text or a claim is replaced, not fatal."""
    assert extract_claims("CatNet improves recall by 12 percent \ud800 over mDPR in our tests.")
    assert verify(["Cats \ud800 sleep sixteen hours a day."], CORPUS)
