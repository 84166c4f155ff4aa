"""Claims → evidence."""

from small_tools import OverlapJudge, PlainCalibrator, make_paper

from synthesis.config import EvidenceConfig, PassageConfig
from synthesis.evidence import gather_evidence, rank_passages
from synthesis.passages import split_papers
from synthesis.records import Claim, Quote, Stance
from synthesis.retrieval import BM25Ranker

OWN = make_paper("arxiv:1", "Own work on cats", "Cats sleep sixteen hours a day.", doi="10.1/own")
VERSION = make_paper("doi:10.1/own", "Own work on cats", "Cats sleep sixteen hours a day.", doi="10.1/own")
OTHER = make_paper("p2", "Cats again", "We watched cats. Cats sleep sixteen hours a day. Dogs bark.")
NAMED = make_paper("p3", "Fish", "FishNet outperforms all baselines on counting.")
CLAIM = Claim(
    claim_id="C1", text="Cats sleep sixteen hours a day.", paper_id="arxiv:1", quote=Quote.of(OWN, 0, 0, 31)
)


def _gather(claim, *papers, **settings):
    passages = split_papers(papers, PassageConfig())
    return _read([claim], papers, passages, OverlapJudge(), EvidenceConfig(**settings))


def _read(claims, papers, passages, judge, config):
    by_id = {p.paper_id: p for p in papers}
    candidates = rank_passages(claims, by_id, passages, BM25Ranker(), config)
    return gather_evidence(claims, by_id, passages, candidates, judge, PlainCalibrator())


def test_a_claim_is_not_judged_on_its_own_paper_nor_another_version():
    """Neither the paper that the claim was taken from nor its published version gives evidence."""
    evidence = _gather(CLAIM, OWN, VERSION, OTHER)
    assert [e.paper_id for e in evidence] == ["p2"]


def test_the_quote_is_the_deciding_sentence():
    """The quote is the sentence that decides, with its index in the paper and the passage as context."""
    (item,) = _gather(CLAIM, OTHER)
    assert item.quote.text == "Cats sleep sixteen hours a day."
    assert item.sentences == (1,)
    assert (item.context.start, item.context.end) == (0, len(OTHER.sections[0].text))
    assert item.stance is Stance.SUPPORTS


def test_a_named_subject_must_be_named_by_the_evidence():
    """What outperforms baselines elsewhere says nothing of the system that the claim names."""
    about_another = Claim(claim_id="C1", text="CatNet outperforms all baselines on counting.")
    about_it = Claim(claim_id="C1", text="FishNet outperforms all baselines on counting.")
    (elsewhere,) = _gather(about_another, NAMED)
    (here,) = _gather(about_it, NAMED)
    assert (elsewhere.stance, elsewhere.decides) == (Stance.NEITHER, False)
    assert (here.stance, here.decides) == (Stance.SUPPORTS, True)


def test_one_passage_a_paper_and_no_more_than_asked():
    """A long paper gives its best passage only, and the number of papers is bounded."""
    many = [make_paper(f"m{i}", f"Cats {i}", "Cats sleep sixteen hours a day.") for i in range(8)]
    evidence = _gather(CLAIM, *many, passages_per_claim=5)
    assert len(evidence) == 5
    assert len({e.paper_id for e in evidence}) == 5
    assert [e.rank for e in evidence] == [1, 2, 3, 4, 5]


def test_no_passages_no_evidence():
    """A claim that no paper speaks of has none."""
    assert _gather(CLAIM) == []


class _TwoSentences(OverlapJudge):
    """Finds the third sentence most decisive, and the first a little."""

    def rationale(self, claim, sentences):  # noqa: ARG002 - the protocol's shape
        return [2, 0]


def test_the_quote_is_the_most_decisive_sentence_not_the_first():
    """Of two deciding sentences that are no neighbours, the more decisive is quoted."""
    paper = make_paper("p9", "Cats", "Cats like fish. Dogs bark. Cats sleep sixteen hours a day.")
    passages = split_papers([paper], PassageConfig())
    claim = CLAIM.model_copy(update={"paper_id": None, "quote": None})
    (item,) = _read([claim], [paper], passages, _TwoSentences(), EvidenceConfig())
    assert item.sentences == (2,)


def test_long_papers_do_not_crowd_out_the_others():
    """Papers of many matching passages take one place each, as short ones do."""
    long = [
        make_paper(f"long{i}", f"Long {i}", " ".join(["Cats sleep sixteen hours a day, as we saw."] * 200))
        for i in range(4)
    ]
    short = [make_paper(f"short{i}", f"Short {i}", "Cats sleep sixteen hours.") for i in range(8)]
    passages = split_papers([*long, *short], PassageConfig(max_chars=200))
    config = EvidenceConfig(passages_per_claim=10)
    evidence = _read([CLAIM], [*long, *short], passages, OverlapJudge(), config)
    assert len(evidence) == 10


def test_a_stated_number_must_be_held_by_what_supports_it():
    """A passage with another number cannot support a claim that states one."""
    paper = make_paper("p8", "Corpus", "The corpus contains 81.1M papers in all fields.")
    (other,) = _gather(Claim(claim_id="C1", text="The corpus contains 20M papers in all fields."), paper)
    (same,) = _gather(Claim(claim_id="C1", text="The corpus contains 81.1M papers in all fields."), paper)
    assert (other.stance, other.decides) == (Stance.NEITHER, False)
    assert same.stance is Stance.SUPPORTS
