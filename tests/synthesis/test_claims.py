"""Passages → claims."""

import pytest
from small_tools import make_paper

from synthesis.claims import extract_claims
from synthesis.config import ClaimConfig, PassageConfig
from synthesis.duplicates import content_of, group_duplicates, same_claim
from synthesis.extraction import RuleExtractor
from synthesis.passages import split_papers
from synthesis.records import Section

TEXT = (
    "Retrieval in many languages is hard. We train CatNet on nine languages. "
    "CatNet improves recall on MIRACL by 12 percent over mDPR. "
    "This resulted in a lower cost. CatNet reduces language bias on XQuAD-R by half. "
    "CatNet improves recall on MIRACL by 12 percent over mDPR."
)
PAPER = make_paper("p1", "CatNet", TEXT)


def _extract(*papers, **settings):
    papers = papers or (PAPER,)
    passages = split_papers(papers, PassageConfig())
    by_id = {p.paper_id: p for p in papers}
    return extract_claims("", by_id, passages, RuleExtractor(), ClaimConfig(**settings))


def test_claims_are_sentences_of_the_paper_at_their_offsets():
    """Each claim is a quote: its text stands at its offsets, and claims keep reading order."""
    claims = _extract(min_score=0.0).claims
    assert claims
    assert [c.start for c in claims] == sorted(c.start for c in claims)
    assert all(TEXT[c.start : c.end] == c.text for c in claims)


def test_a_repeated_claim_is_one_claim_with_two_places():
    """The same sentence twice is merged, and the other place is kept."""
    claims = [c for c in _extract(min_score=0.0).claims if c.text.startswith("CatNet improves")]
    assert len(claims) == 1
    assert len(claims[0].duplicates) == 1


def test_nothing_is_lost():
    """Every sentence is a claim, a duplicate of one, or a rejection with a reason."""
    extracted = _extract(max_claims=1, min_score=0.3)
    places = 1 + len(extracted.claims[0].duplicates) + len(extracted.rejections)
    merged_away = sum(r.reason == "less checkable than the claims kept" for r in extracted.rejections)
    assert places == 6 or (merged_away and places == 5)
    assert any("unresolved" in r.reason for r in extracted.rejections)


def test_the_best_are_kept():
    """With room for one claim, it is the most checkable."""
    everything = _extract(min_score=0.0).claims
    (best,) = _extract(min_score=0.0, max_claims=1).claims
    assert best.score == max(c.score for c in everything)


def test_a_claim_is_quoted_as_written_and_judged_by_its_standalone_text():
    """What begins "We show that our method" stays in the quote, and the paper's names are what is judged."""
    paper = make_paper(
        "p2",
        "CatNet: A Framework for Retrieval",
        "We present CatNet, a framework for retrieval. We show that our framework reaches 84.3 mAP on XQuAD-R.",
    )
    claim = _extract(paper, min_score=0.0).claims[-1]
    assert claim.text == "We show that our framework reaches 84.3 mAP on XQuAD-R."
    assert claim.judged == claim.standalone == "CatNet reaches 84.3 mAP on XQuAD-R."
    (result,) = claim.results
    assert (result.system, result.metric, result.dataset, result.text) == ("CatNet", "mAP", "XQuAD-R", "84.3")


def test_halves_of_a_compound_are_claims_at_their_own_offsets():
    """Two claims come from one sentence, each an exact stretch of the paper."""
    text = "Retrieval is hard. CatNet improves recall on MIRACL by half, and DogNet reduces the cost of its training."
    text = text.replace("its training", "training")
    claims = _extract(make_paper("p3", "Pets", text), min_score=0.0).claims
    assert [c.text for c in claims[-2:]] == [
        "CatNet improves recall on MIRACL by half",
        "DogNet reduces the cost of training.",
    ]
    assert all(text[c.start : c.end] == c.text for c in claims)


def test_a_half_that_cannot_stand_alone_keeps_its_sentence_whole():
    """When one half is refused, the sentence is one claim."""
    text = "CatNet improves recall on MIRACL by half, and performance gets better and better."
    claims = _extract(make_paper("p4", "Pets", text), min_score=0.0).claims
    assert [c.text for c in claims] == [text]


def test_two_papers_that_claim_the_same_share_a_claim():
    """A duplicate in another paper is listed with its quote."""
    other = make_paper(
        "p9", "Again", "Recall is measured. CatNet improves recall on MIRACL by 12 percent over mDPR."
    )
    claims = _extract(PAPER, other, min_score=0.0).claims
    (claim,) = [c for c in claims if "improves recall" in c.text]
    assert {claim.paper_id, *(q.paper_id for q in claim.duplicates)} == {"p1", "p9"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("CatNet improves recall on MIRACL by 12 %.", "CatNet improves recall on MIRACL by 12%.", True),
        ("On MIRACL, CatNet improves recall by half.", "CatNet improves recall by half on MIRACL.", True),
        ("CatNet reaches a recall of 80 % on MIRACL.", "CatNet reaches a recall of 72 % on MIRACL.", False),
        ("Mixed batches increase the bias of encoders.", "Mixed batches decrease the bias of encoders.", False),
        ("Mixed batches reduce the bias of encoders.", "Mixed batches do not reduce the bias of encoders.", False),
        ("Mixed batches outperform plain batches in recall.", "Plain batches outperform mixed batches in recall.", False),
        ("CatNet beats DogNet in recall on MIRACL.", "CatNet beats CowNet in recall on MIRACL.", False),
        ("Training lowers cost and raises recall.", "Training raises cost and lowers recall.", False),
    ],
)  # fmt: skip
def test_only_claims_that_agree_in_all_but_words_are_one(one, other, same):
    """Numbers, direction, negation, names and who beats whom must agree."""
    assert same_claim(content_of(one), content_of(other), 0.7) is same
    assert len(group_duplicates([content_of(one), content_of(other)], 0.7)) == 2 - same


def test_of_equal_sentences_those_of_the_findings_are_claimed_first():
    """What a paper says of others' work gives way to what it found itself, whatever the order of its sections."""
    sections = tuple(
        Section(title=title, text=f"{name} improves recall on MIRACL by 12 percent over mDPR.")
        for title, name in (("Related work", "DogNet"), ("Results", "CatNet"), ("Abstract", "CowNet"))
    )
    paper = PAPER.model_copy(update={"sections": sections})
    claims = _extract(paper, max_claims=2, min_score=0.0).claims
    assert [c.text.split()[0] for c in claims] == ["CatNet", "CowNet"]


def test_rows_of_a_table_are_no_claims():
    """A Markdown table between sentences gives neither a claim nor a part of one; its rows are turned away by name."""
    table = "| System | Recall on MIRACL |\n| --- | --- |\n| CatNet improves recall | 84.3 percent |"
    text = (
        f"CatNet improves recall on MIRACL by 12 percent.\n\n{table}\n\nCatNet reduces language bias by half."
    )
    paper = PAPER.model_copy(update={"sections": (Section(title="Results", text=text),)})
    extracted = _extract(paper, min_score=0.0)
    assert not any("|" in claim.text for claim in extracted.claims)
    assert sum(r.reason == "a table row" for r in extracted.rejections) == 3
