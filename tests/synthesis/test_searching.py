"""Sources asked at once: failures, repeats, citations, and what an earlier try had answered."""

from small_tools import PAPERS, QUESTION, BrokenSource, MemorySource

from synthesis.errors import SourceRefusedError
from synthesis.records import SearchQuery
from synthesis.searching import failed_sources, follow_citations, join_found, search_sources
from synthesis.sources.answer import SearchAnswer

QUERIES = [
    SearchQuery(text=QUESTION, origin="question"),
    SearchQuery(text="language bias", origin="key phrases"),
    SearchQuery(text="hybrid batches", origin="key phrase"),
]


class CitingSource(MemorySource):
    """Knows that the first paper cites the second, and that the third cites the first."""

    def references(self, paper, limit):
        """The second paper."""
        self.calls.append(("references", paper.paper_id, limit))
        return SearchAnswer(papers=PAPERS[1:2], total=1)

    def citations(self, paper, limit):
        """The third paper."""
        self.calls.append(("citations", paper.paper_id, limit))
        return SearchAnswer(papers=PAPERS[2:3], total=1)


class FailingLater(MemorySource):
    """Answers the first query and refuses the others, as long as it is down."""

    down = True

    def search(self, query, limit):
        """The answer, or the error."""
        if self.down and query != QUERIES[0].text:
            raise SourceRefusedError("429 for 60 s")
        return super().search(query, limit)


class CutShort(MemorySource):
    """Breaks off after its first page, once."""

    def search(self, query, limit):
        """The answer, marked as incomplete the first time."""
        answer = super().search(query, limit)
        return answer.model_copy(update={"incomplete": len(self.calls) == 1, "note": "1 of 2 pages"})


def test_remote_sources_are_asked_the_first_queries_only():
    """A remote source gets as many queries as allowed, a local one all."""
    near, far = MemorySource("near", PAPERS), MemorySource("far", PAPERS, remote=True)
    search_sources(QUERIES, [near, far], 10, 1)
    assert (len(near.calls), len(far.calls)) == (3, 1)


def test_a_source_that_failed_is_asked_no_more():
    """After an error the other queries of that source count as lost, and the log says how many."""
    broken = BrokenSource("broken")
    found = search_sources(QUERIES, [broken], 10, 2)
    assert broken.calls == 1
    assert "2 of 2 queries lost" in found.log[0].error


def test_two_rounds_join_without_doubling():
    """A paper that both rounds found is kept once, and every hit still names its paper."""
    source = MemorySource("a", PAPERS)
    first, second = (search_sources([q], [source], 10, 1) for q in QUERIES[:2])
    joined = join_found(first, second)
    assert len(set(joined.papers)) == len(joined.papers)
    named = [(h.query, h.rank, joined.papers[h.paper].paper_id) for h in joined.hits]
    apart = [(h.query, h.rank, f.papers[h.paper].paper_id) for f in (first, second) for h in f.hits]
    assert named == apart


def test_what_was_answered_before_is_not_asked_again():
    """A second try puts to a source only the queries that it lost; the join is what one good try gives."""
    source, whole = FailingLater("far", PAPERS, remote=True), MemorySource("far", PAPERS, remote=True)
    first = search_sources(QUERIES, [source], 10, 3)
    assert "2 of 3 queries lost" in first.log[-1].error
    assert failed_sources(first) == {"far"}
    source.down, asked_before = False, len(source.calls)
    second = search_sources(QUERIES, [source], 10, 3, known=first)
    assert len(source.calls) - asked_before == 2
    assert second == search_sources(QUERIES, [whole], 10, 3)


def test_an_answer_that_broke_off_is_asked_for_again():
    """An incomplete answer is no failure, but a later try asks for it anew."""
    source = CutShort("far", PAPERS, remote=True)
    first = search_sources(QUERIES[:1], [source], 10, 1)
    assert first.log[0].incomplete
    assert first.log[0].error is None
    second = search_sources(QUERIES[:1], [source], 10, 1, known=first)
    assert (len(source.calls), second.log[0].incomplete) == (2, False)


def test_citations_are_followed_both_ways_where_a_source_knows_them():
    """References and citing works of each paper are hits with a query of their own; other sources are passed over."""
    found = follow_citations(PAPERS[:1], [CitingSource("who", ()), MemorySource("a", PAPERS)], 25)
    assert [e.origin for e in found.log] == ["references", "citations"]
    assert {p.paper_id for p in found.papers} == {"doi:10.1/second", "doi:10.1/third"}
    assert len({e.query for e in found.log}) == 2


def test_a_remote_source_that_brings_nothing_new_is_asked_no_further():
    """After two queries without a new paper the rest are not sent, and the log says so."""
    queries = [SearchQuery(text=f"{QUESTION} {word}", origin="variant") for word in "abcdef"]
    far, near = MemorySource("far", PAPERS, remote=True), MemorySource("near", PAPERS)
    found = search_sources(queries, [far, near], 10, 6)
    assert (len(far.calls), len(near.calls)) == (3, 6)
    assert "3 further queries not asked" in [e for e in found.log if e.source == "far"][-1].note
