"""Passages → claims."""

from small_tools import make_paper

from synthesis.claims import extract_claims
from synthesis.config import ClaimConfig, PassageConfig
from synthesis.extraction import RuleExtractor
from synthesis.passages import split_papers

TEXT = (
    "Retrieval in many languages is hard. We train CatNet on nine languages. "
    "CatNet improves recall on MIRACL by 12 percent over mDPR. "
    "This resulted in a lower cost. CatNet reduces language bias on XQuAD-R by half. "
    "CatNet improves recall on MIRACL by 12 percent over mDPR."
)
PAPER = make_paper("p1", "CatNet", TEXT)


def _extract(**settings):
    passages = split_papers([PAPER], PassageConfig())
    return extract_claims("", {"p1": PAPER}, passages, RuleExtractor(), ClaimConfig(**settings))


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
