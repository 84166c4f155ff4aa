"""Which papers speak independently."""

from hypothesis import given, settings
from hypothesis import strategies as st
from small_tools import make_paper

from synthesis.independence import OWN_GROUP, count_works, depends, independent_groups, partition

LONG = " ".join(f"word{i}" for i in range(60))
OTHER_LONG = LONG.replace("word", "term")
PEOPLE = ("Ann Lee", "Bob Ray", "Cy Fox", "Dee Poe", "J. Wang", "Jun Wang", "Smith", "OpenAI", "et al.")


@st.composite
def _papers(draw):
    """Up to seven papers that now and then share identifiers, titles, authors and text."""
    count = draw(st.integers(0, 7))
    return [
        make_paper(
            f"p{i}",
            draw(st.sampled_from(("A study of cats asleep", "On the bark of dogs", f"Paper number {i}"))),
            draw(st.sampled_from((LONG, OTHER_LONG, f"Abstract {i}."))),
            authors=tuple(draw(st.lists(st.sampled_from(PEOPLE), max_size=4))),
            arxiv_id=draw(st.sampled_from((None, None, "2401.00001"))),
        )
        for i in range(count)
    ]


def _parts(groups):
    parts = {}
    for paper_id, number in groups.items():
        parts.setdefault(number, set()).add(paper_id)
    return {frozenset(part) for part in parts.values()}


def _paper(paper_id, *authors, abstract=None, **facts):
    return make_paper(
        paper_id, f"Title {paper_id}", abstract or f"Text of {paper_id}.", authors=authors, **facts
    )


def test_versions_of_one_work_count_once():
    """A preprint and its published version, told by title and author, are one group."""
    preprint = make_paper("arxiv:1", "A study of cats asleep", "Draft.", authors=("Ann Lee",), arxiv_id="1")
    printed = make_paper("doi:1", "A Study of Cats Asleep", "Final.", authors=("Lee, A.",), doi="1")
    apart = _paper("p3", "Bob Ray")
    assert independent_groups([preprint, apart, printed], {}) == {"arxiv:1": 1, "p3": 2, "doi:1": 1}
    assert count_works([preprint, apart, printed]) == 2


def test_dependence_is_passed_on():
    """A shares authors with B, and B its text with C: the three are one group."""
    a = _paper("a", "Ann Lee", "Cy Fox")
    b = _paper("b", "Ann Lee", "Bob Ray", abstract=LONG)
    c = _paper("c", "Dee Poe")
    assert set(independent_groups([a, b, c], {"c": LONG}).values()) == {1}
    assert independent_groups([a, c], {"c": LONG}) == {"a": 1, "c": 2}


def test_what_depends_on_the_claims_paper_is_its_own_group():
    """Papers of the claim's authors or with its text have number 0, the others count on from 1 by rank."""
    own = _paper("own", "Ann Lee", "Bob Ray")
    papers = [
        _paper("far", "Dee Poe"),
        _paper("near", "Ann Lee"),
        _paper("copy", "Flo Ito"),
        _paper("too", "Cy Fox"),
    ]
    groups = independent_groups(papers, {"own": LONG, "copy": LONG}, own)
    assert groups == {"far": 1, "near": OWN_GROUP, "copy": OWN_GROUP, "too": 2}


def test_unknown_authors_tie_nothing():
    """Of papers without authors only work and text are known."""
    assert independent_groups([_paper("a"), _paper("b")], {}) == {"a": 1, "b": 2}


@settings(max_examples=30)
@given(_papers(), st.randoms(use_true_random=False))
def test_the_partition_does_not_depend_on_the_order(papers, random):
    """However the papers are ranked, the same ones are together; numbers are given by rank without gaps."""
    groups = independent_groups(papers, {})
    shuffled = random.sample(papers, len(papers))
    again = independent_groups(shuffled, {})
    assert _parts(groups) == _parts(again)
    firsts = list(dict.fromkeys(again[p.paper_id] for p in shuffled))
    assert firsts == list(range(1, len(firsts) + 1))


@settings(max_examples=30)
@given(_papers())
def test_being_in_one_group_is_an_equivalence_that_holds_dependence(papers):
    """Papers that depend on each other are together, and a group falls apart nowhere."""
    groups = independent_groups(papers, {})
    assert set(groups) == {p.paper_id for p in papers}
    for a in papers:
        for b in papers:
            if depends(a, b, {}):
                assert groups[a.paper_id] == groups[b.paper_id]
            assert depends(a, b, {}) == depends(b, a, {})
    for part in _parts(groups):
        members = [p for p in papers if p.paper_id in part]
        assert len(set(independent_groups(members, {}).values())) == 1


@settings(max_examples=30)
@given(_papers())
def test_a_repeated_paper_changes_nothing(papers):
    """Papers given twice are grouped as if given once, and a version of one makes no new group."""
    groups = independent_groups(papers, {})
    assert independent_groups([*papers, *papers], {}) == groups
    if papers:
        version = papers[0].model_copy(update={"paper_id": "v", "other_ids": (papers[0].paper_id,)})
        assert max(independent_groups([*papers, version], {}).values()) <= max(groups.values())


@given(st.lists(st.integers(0, 9), max_size=12))
def test_a_partition_names_each_part_by_its_first_member(values):
    """Grouped by a relation that is already an equivalence, each item points to the first of its kind."""
    papers = [make_paper(f"p{i}", str(value), "x") for i, value in enumerate(values)]
    assert partition(papers, lambda a, b: a.title == b.title) == [values.index(v) for v in values]
