"""Queries → papers: search, rank, screen."""

from small_tools import PAPERS, QUESTION, BrokenSource, MemorySource, make_paper

from synthesis.config import PaperConfig
from synthesis.papers import (
    covered_share,
    evidence_papers,
    join_found,
    screen_papers,
    search_sources,
    weigh_terms,
)
from synthesis.records import ScreenedPaper, SearchQuery

TOPIC = {"hybrid batches": 2.0, "language bias": 2.0, "multilingual retrieval": 2.0}
QUERIES = [
    SearchQuery(text=QUESTION, origin="question"),
    SearchQuery(text="language bias", origin="key phrases"),
]


def _screen(found, examined=(), **settings):
    return screen_papers(TOPIC, QUERIES, found, examined, PaperConfig(**settings))


def test_the_answer_does_not_depend_on_which_source_is_named_first():
    """Two sources give the same ranking in either order."""
    a, b = MemorySource("a", PAPERS[:3]), MemorySource("b", PAPERS[1:])
    one = _screen(search_sources(QUERIES, [a, b], 10, 2))
    two = _screen(search_sources(QUERIES, [b, a], 10, 2))
    assert [p.paper.paper_id for p in one.papers] == [p.paper.paper_id for p in two.papers]


def test_remote_sources_are_asked_the_first_queries_only():
    """A remote source gets as many queries as allowed, a local one all."""
    near, far = MemorySource("near", PAPERS), MemorySource("far", PAPERS, remote=True)
    search_sources(QUERIES, [near, far], 10, 1)
    assert (len(near.calls), len(far.calls)) == (2, 1)


def test_a_source_that_failed_is_asked_no_more():
    """After an error the other queries of that source count as lost, and the log says how many."""
    broken = BrokenSource("broken")
    found = search_sources(QUERIES, [broken], 10, 2)
    assert broken.calls == 1
    assert "2 of 2 queries lost" in found.log[0].error


def test_a_paper_found_twice_is_counted_once_for_its_source():
    """Two queries that find one record identify one record."""
    found = search_sources(QUERIES, [MemorySource("a", PAPERS)], 10, 2)
    assert _screen(found).flow.identified == {"a": len(found.papers)}


def test_every_reason_of_exclusion_is_counted():
    """Retracted, textless, off-topic and surplus papers are each excluded under their own reason."""
    empty = make_paper("doi:10.1/e", "Hybrid batches language bias retrieval", "").model_copy(
        update={"sections": ()}
    )
    found = search_sources(QUERIES, [MemorySource("a", (*PAPERS, empty))], 10, 2)
    screened = _screen(found, max_papers=1, min_relevance=0.3)
    reasons = {r.item: r.reason for r in screened.rejections}
    assert reasons["doi:10.1/gone"] == "retracted"
    assert reasons["doi:10.1/e"] == "no abstract or full text"
    assert "less relevant than the papers kept" in reasons.values()
    assert sum(screened.flow.excluded.values()) == len(reasons)


def test_examined_papers_are_kept_first_whatever_they_cover():
    """A paper that the user names is examined even when it is off topic."""
    found = search_sources(QUERIES, [MemorySource("a", PAPERS)], 10, 2)
    screened = _screen(found, examined=[PAPERS[3]])
    assert (screened.papers[0].paper.paper_id, screened.papers[0].role) == ("doi:10.1/off", "examined")


def test_coverage_is_the_share_of_weight():
    """All terms cover everything, none nothing; no terms at all exclude no paper."""
    paper = make_paper("p", "Language bias", "in retrieval")
    terms = {"bias": 3.0, "absent": 1.0}
    assert covered_share(terms, paper) == 0.75
    assert covered_share({}, paper) == 1.0


def test_evidence_papers_are_new_and_not_retracted():
    """What a claim's own query found is added once, unless it is known or retracted."""
    known = [ScreenedPaper(paper=PAPERS[0], relevance=1.0, role="examined")]
    others = evidence_papers(PAPERS, known, PaperConfig())
    assert [p.paper.paper_id for p in others] == ["doi:10.1/second", "doi:10.1/third", "doi:10.1/off"]


def test_two_rounds_join_without_doubling():
    """A paper that both rounds found is kept once, and every hit still names its paper."""
    source = MemorySource("a", PAPERS)
    first, second = (search_sources([q], [source], 10, 1) for q in QUERIES)
    joined = join_found(first, second)
    assert len(set(joined.papers)) == len(joined.papers)
    named = [(h.query, h.rank, joined.papers[h.paper].paper_id) for h in joined.hits]
    apart = [(h.query, h.rank, f.papers[h.paper].paper_id) for f in (first, second) for h in f.hits]
    assert named == apart


def test_terms_of_the_examined_paper_weigh_double():
    """A term shared with the examined paper is the topic's core; a term that nobody holds weighs nothing."""
    weights = weigh_terms({"hybrid rain unheard": 3.0}, PAPERS, [PAPERS[0]])
    assert weights["hybrid"] == 2 * weights["rain"]
    assert not any(term.startswith("unheard") for term in weights)
