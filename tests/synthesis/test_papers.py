"""What was found → papers: merged, ranked, screened."""

from small_tools import PAPERS, QUESTION, MemorySource, make_paper

from synthesis.config import PaperConfig
from synthesis.papers import (
    covered_share,
    evidence_papers,
    screen_papers,
    weigh_terms,
)
from synthesis.records import Filters, Link, ScreenedPaper, SearchQuery
from synthesis.searching import search_sources

TOPIC = {"hybrid batches": 2.0, "language bias": 2.0, "multilingual retrieval": 2.0}
QUERIES = [
    SearchQuery(text=QUESTION, origin="question"),
    SearchQuery(text="language bias", origin="key phrases"),
]


def _screen(found, examined=(), **settings):
    return screen_papers([TOPIC], QUERIES, found, examined, PaperConfig(**settings))


def test_the_answer_does_not_depend_on_which_source_is_named_first():
    """Two sources give the same ranking in either order."""
    a, b = MemorySource("a", PAPERS[:3]), MemorySource("b", PAPERS[1:])
    one = _screen(search_sources(QUERIES, [a, b], 10, 2))
    two = _screen(search_sources(QUERIES, [b, a], 10, 2))
    assert [p.paper.paper_id for p in one.papers] == [p.paper.paper_id for p in two.papers]


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
    assert covered_share([terms], paper) == 0.75
    assert covered_share([{}], paper) == 1.0


def test_the_reading_that_a_paper_covers_best_counts():
    """A paper that covers the question in one language is not held against what it lacks in another."""
    paper = make_paper("p", "Language bias", "in retrieval")
    assert covered_share([{"sesgo": 5.0}, {"bias": 3.0, "absent": 1.0}], paper) == 0.75


def test_evidence_papers_are_new_and_not_retracted():
    """What a claim's own query found is added once, unless it is known or retracted."""
    known = [ScreenedPaper(paper=PAPERS[0], relevance=1.0, role="examined")]
    others = evidence_papers(PAPERS, known, PaperConfig())
    assert [p.paper.paper_id for p in others] == ["doi:10.1/second", "doi:10.1/third", "doi:10.1/off"]


def test_terms_of_the_examined_paper_weigh_double():
    """A term shared with the examined paper is the topic's core; a term that nobody holds weighs nothing."""
    weights = weigh_terms({"hybrid rain unheard": 3.0}, PAPERS, [PAPERS[0]])
    assert weights["hybrid"] == 2 * weights["rain"]
    assert not any(term.startswith("unheard") for term in weights)


def test_what_the_filters_exclude_is_counted_with_its_reason():
    """A paper outside the years asked for goes under that reason; one without a year stays."""
    ageless = make_paper(
        "doi:10.1/a", "Hybrid batches and language bias", "Multilingual retrieval.", year=None
    )
    found = search_sources(QUERIES, [MemorySource("a", (*PAPERS, ageless))], 10, 2)
    screened = _screen(found, filters=Filters(from_year=2025))
    assert [p.paper.paper_id for p in screened.papers] == ["doi:10.1/a"]
    assert screened.flow.excluded["outside the years asked for"] == 4


def test_a_paper_without_abstract_stays_where_its_full_text_may_be_fetched():
    """An open copy is reason enough to keep a paper, unless no full text is fetched."""
    bare = make_paper("doi:10.1/e", "Hybrid batches language bias multilingual retrieval", "").model_copy(
        update={"sections": (), "links": (Link(url="https://example.org/a.pdf", form="pdf", source="a"),)}
    )
    found = search_sources(QUERIES, [MemorySource("a", (*PAPERS, bare))], 10, 2)
    kept, dropped = (_screen(found, full_texts=count) for count in (20, 0))
    assert "doi:10.1/e" in {p.paper.paper_id for p in kept.papers}
    assert "doi:10.1/e" in {r.item for r in dropped.rejections}


def test_completeness_counts_the_relevant_works_of_each_source():
    """Works that two independent sources both found make the estimate; off-topic ones do not count."""
    found = search_sources(
        QUERIES, [MemorySource("arxiv", PAPERS[:2]), MemorySource("crossref", PAPERS[1:])], 10, 2
    )
    completeness = _screen(found).completeness
    assert (completeness.found, completeness.overlap) == (3, 1)
    assert dict(completeness.alone) == {"arxiv": 1, "crossref": 1}
    assert completeness.estimated is not None
