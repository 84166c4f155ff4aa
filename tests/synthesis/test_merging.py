"""One work, one record."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from synthesis.merging import distinct_ids, merge_papers, new_works, same_work
from synthesis.records import Paper, Section


def _paper(paper_id, title="A study of several things", **facts):
    return Paper(paper_id=paper_id, title=title, source=facts.pop("source", "test"), **facts)


PREPRINT = _paper(
    "arxiv:2305.05295", authors=("Ann Lee",), year=2023, arxiv_id="2305.05295", arxiv_version=2, venue="arXiv"
)
PUBLISHED = _paper(
    "doi:10.18653/v1/x.1",
    "A Study of Several Things.",
    authors=("Lee, Ann",),
    year=2023,
    doi="10.18653/v1/x.1",
    venue="Findings of ACL",
    sections=(Section(title="Abstract", text="Whole text."),),
)


def test_a_preprint_is_linked_to_its_published_version():
    """Equal titles and a shared author make one record with the arXiv id, the DOI, venue and text."""
    (merged,) = merge_papers([PREPRINT, PUBLISHED])
    assert merged.paper_id == "arxiv:2305.05295"
    assert (merged.doi, merged.venue, merged.arxiv_version) == ("10.18653/v1/x.1", "Findings of ACL", 2)
    assert merged.other_ids == ("doi:10.18653/v1/x.1",)
    assert merged.sections == PUBLISHED.sections


def test_equal_titles_of_other_people_are_two_works():
    """The title alone does not make two papers one when their authors differ."""
    other = _paper("doi:10.1/y", authors=("Bo Chen",), doi="10.1/y")
    assert len(merge_papers([PUBLISHED, other])) == 2
    assert not same_work(PUBLISHED, other)


def test_a_short_title_never_identifies_a_work():
    """Two papers called "Introduction" stay apart."""
    a = _paper("doi:10.1/a", "Introduction", doi="10.1/a")
    b = _paper("doi:10.1/b", "Introduction", doi="10.1/b")
    assert len(merge_papers([a, b])) == 2


def test_a_retraction_anywhere_is_kept():
    """When one record of a work is flagged as retracted, the merged one is."""
    (merged,) = merge_papers([PREPRINT, PUBLISHED.model_copy(update={"retracted": True})])
    assert merged.retracted


def test_the_order_of_records_does_not_matter():
    """Any order of a work's records gives the same merged record."""
    third = PUBLISHED.model_copy(update={"source": "another", "doi": "10.18653/v1/x.1"})
    merged = {merge_papers(list(order))[0] for order in itertools.permutations([PREPRINT, PUBLISHED, third])}
    assert len(merged) == 1


def test_chains_are_one_work():
    """A shares a DOI with B, B an arXiv id with C: all three are one."""
    a = _paper("doi:10.1/z", "First title of it", doi="10.1/z")
    b = _paper("arxiv:1.2", "Second title of it", doi="10.1/z", arxiv_id="1.2")
    c = _paper("arxiv:1.2", "Third title of it", arxiv_id="1.2")
    assert len(merge_papers([a, c, b])) == 1


def test_new_works_leave_out_what_is_known():
    """A version of a known work is not new; another work is."""
    other = _paper("doi:10.1/new", "Something else entirely here", doi="10.1/new")
    assert new_works([PUBLISHED, other, other], [PREPRINT]) == [other]


@given(st.lists(st.sampled_from("abcdef"), max_size=12))
def test_distinct_ids_keeps_the_first_of_each(ids):
    """A corpus' own ids are trusted: one paper an id, in order of first appearance."""
    papers = [_paper(i, authors=(str(n),)) for n, i in enumerate(ids)]
    kept = distinct_ids(papers)
    assert [p.paper_id for p in kept] == list(dict.fromkeys(ids))
    assert all(p.authors == (str(ids.index(p.paper_id)),) for p in kept)
