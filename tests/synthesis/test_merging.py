"""One work, one record; works that only look alike stay apart."""

import itertools
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.identifiers import make_paper_id
from synthesis.merging import distinct_ids, merge_papers, merge_records, new_works, same_work
from synthesis.records import Link, Paper, Section

S2 = "s2:" + "0a" * 20


def _paper(paper_id, title="A study of several things", **facts):
    return Paper(paper_id=paper_id, title=title, source=facts.pop("source", "test"), **facts)


def _named(title="A study of several things", **facts):
    ids = {name: facts.get(name) for name in ("arxiv_id", "doi", "acl_id")}
    return _paper(make_paper_id(title=title, **ids), title, **facts)


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


def test_one_work_under_every_id_is_one_record():
    """Case 36: DOI, arXiv versions, S2, OpenAlex, PMID, PMCID and ACL ids, each shared with one other record only."""
    chain = [
        _named("A study", authors=("Ann Lee",), doi="10.18653/v1/2023.acl-long.1", source="crossref"),
        _named("A study", authors=("Ann Lee",), acl_id="2023.acl-long.1", source="acl-anthology"),
        _paper(
            "acl:2023.acl-long.1", "A study", authors=("Ann Lee",), other_ids=(S2,), source="semantic-scholar"
        ),
        _paper(
            S2, "A study", authors=("Lee A",), other_ids=("arxiv:2305.05295v1",), source="semantic-scholar"
        ),
        _named("A study", authors=("Ann Lee",), arxiv_id="2305.05295", arxiv_version=3, source="arxiv"),
        _named(
            "A study",
            authors=("Ann Lee",),
            doi="10.48550/arxiv.2305.05295",
            other_ids=("openalex:W1", "pmid:7"),
        ),
        _paper("pmid:7", "A study", authors=("Lee A",), other_ids=("pmcid:PMC8",), source="europe-pmc"),
        _paper("pmcid:8", "A study", authors=("Lee A",), source="europe-pmc"),
    ]
    (merged,) = merge_papers(chain)
    assert merged.paper_id == "arxiv:2305.05295"
    assert {"acl:2023.acl-long.1", S2, "openalex:W1", "pmid:7", "pmcid:PMC8"} <= set(merged.other_ids)


def test_chains_are_one_work():
    """A shares a DOI with B, B an arXiv id with C: all three are one."""
    a = _paper("doi:10.1/z", "First title of it", doi="10.1/z")
    b = _paper("arxiv:1.2", "Second title of it", doi="10.1/z", arxiv_id="1.2")
    c = _paper("arxiv:1.2", "Third title of it", arxiv_id="1.2")
    assert len(merge_papers([a, c, b])) == 1


def test_a_wrong_link_of_a_database_glues_nothing():
    """Case 36: fifty works to which a database gave one id stay fifty, and each says which id is contested."""
    papers = [
        _named(
            f"Topic{i} method{i} corpus{i}",
            authors=(f"A. Writer{i}x",),
            doi=f"10.1/{i}",
            other_ids=("openalex:W1",),
        )
        for i in range(50)
    ]
    works = merge_papers(papers)
    assert len(works) == 50
    for work in works:
        (conflict,) = work.conflicts
        assert conflict.field == "openalex:W1"
        assert conflict.values[0] == ("test", work.title)
        assert 2 <= len(conflict.values) <= 5


def test_a_wrong_doi_does_not_merge_other_peoples_work():
    """Case 36: a preprint that names another work's DOI stays a work, under an id of its own."""
    preprint = _paper(
        "arxiv:2401.00001", "Cats asleep", authors=("Ann Lee",), arxiv_id="2401.00001", doi="10.1/dogs"
    )
    dogs = _named("Dogs that bark at night", authors=("Bo Chen",), doi="10.1/dogs")
    works = merge_papers([preprint, dogs])
    assert len(works) == 2
    assert all(w.conflicts[0].field == "doi:10.1/dogs" for w in works)
    assert not same_work(preprint, dogs)


def test_two_published_works_are_not_one_because_a_database_says_so():
    """Two DOIs with different titles by the same people stay apart though an id is shared, directly or in a chain."""
    one = _named(
        "Parsing with chart models", authors=("Ann Lee",), year=2020, doi="10.1/a", other_ids=("openalex:W1",)
    )
    two = _named(
        "Speech of young birds", authors=("Ann Lee",), year=2020, doi="10.1/b", other_ids=("openalex:W1",)
    )
    between = _paper(S2, "Speech of young birds", authors=("Ann Lee",), other_ids=("openalex:W1",))
    assert not same_work(one, two)
    assert len(merge_papers([one, two])) == 2
    works = {w.doi: w for w in merge_papers([one, two, between])}
    assert works["10.1/a"].title == one.title
    assert S2 in works["10.1/b"].other_ids  # the surer link is followed first


def test_a_retitled_preprint_is_still_its_own_published_version():
    """A shared id and shared authors make one work of two titles; both titles are shown."""
    old = _paper(
        "arxiv:2401.00001", "Cats asleep", authors=("Ann Lee",), arxiv_id="2401.00001", source="arxiv"
    )
    new = _named(
        "Why felines rest",
        authors=("A. Lee",),
        doi="10.1/a",
        venue="Journal",
        other_ids=("arxiv:2401.00001",),
    )
    (work,) = merge_papers([old, new])
    assert work.title == "Why felines rest"
    assert [c.field for c in work.conflicts] == ["title"]


def test_spellings_of_one_title_are_one_work():
    """TeX, HTML, hyphens, capitals, a dropped subtitle, a version mark and a mark of retraction do not part a work."""
    spellings = [
        "Cross-lingual α-divergence {R}etrieval & Ranking: a Study",
        "Crosslingual $\\alpha$-Divergence Retrieval and Ranking — A study",
        "CROSS LINGUAL <i>&alpha;</i>-DIVERGENCE RETRIEVAL AND RANKING: A STUDY [version 2; peer review: 1 approved]",
        "Cross-lingual alpha-divergence retrieval and ranking",
        "Cross-lingual alpha-divergence retrieval and ranking v2",
        "RETRACTED ARTICLE: Cross-lingual alpha-divergence retrieval and ranking",
    ]
    papers = [_named(t, authors=("Ann Lee", "Bo Chen"), year=2020 + i % 3) for i, t in enumerate(spellings)]
    assert len(merge_papers(papers)) == 1


def test_parts_replies_and_errata_are_works_of_their_own():
    """Part II, a reply, a comment, an erratum and a retraction notice are no versions of the work they name."""
    titles = [
        "A theory of nearly everything",
        "A theory of nearly everything. Part I: forces",
        "A theory of nearly everything. Part II: matter",
        "Reply to: A theory of nearly everything",
        "Comment on “A theory of nearly everything”",
        "Erratum: A theory of nearly everything",
        "A theory of nearly everything (corrigendum)",
        "Retraction notice to: A theory of nearly everything",
        "Supplementary material for A theory of nearly everything",
    ]
    shared = [_named(t, authors=("Ann Lee",), year=2020, other_ids=(S2,)) for t in titles[1:]]
    apart = [_named(t, authors=("Ann Lee",), year=2020, doi=f"10.1/{i}") for i, t in enumerate(titles)]
    assert len(merge_papers(apart)) == len(titles)
    assert not same_work(_named(titles[0], authors=("Ann Lee",)), _named(titles[2], authors=("Ann Lee",)))
    kinds = merge_papers(shared)  # even under one id: two errata may be one, nothing else
    assert len(kinds) == len(titles) - 2


def test_one_part_written_two_ways_is_one_work():
    """Part 2 and Part II are the same."""
    a = _named("On things. Part II: matter", authors=("Ann Lee",), doi="10.1/a", other_ids=(S2,))
    b = _named("On Things, Part 2: Matter", authors=("Ann Lee",), year=2020, other_ids=(S2,))
    assert len(merge_papers([a, b])) == 1


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


def test_generic_titles_without_ids_stay_apart_under_ids_of_their_own():
    """Case 36: editorials that no id tells apart are works of their own, no two with one ``paper_id``."""
    papers = [
        _named(title, authors=(author,), year=2020, other_ids=(f"openalex:W{i}",))
        for i, (title, author) in enumerate(
            itertools.product(["Editorial", "Letter to the Editor"], ["A B", "C D", ""])
        )
    ]
    works = merge_papers(papers)
    assert len({w.paper_id for w in works}) == len(papers)
    assert {w.other_ids for w in works} == {p.other_ids for p in papers}
    assert merge_papers(works) == works


def test_a_wrong_link_between_editorials_glues_nothing():
    """Case 36: a title that names no work is no word for an id that two such works were given."""
    one = _named("Editorial", authors=("Ann Lee",), doi="10.1/a", other_ids=("openalex:W1",))
    two = _named("Editorial", authors=("Bo Chen",), doi="10.1/b", other_ids=("openalex:W1",))
    assert len(merge_papers([one, two])) == 2


def test_the_same_record_twice_is_one_work_whatever_its_title():
    """A record that several queries gave is no second editorial."""
    assert len(merge_papers([_named("Editorial"), _named("Editorial")])) == 1


def test_yearly_editions_are_works_of_their_own():
    """Reports of one title and author with an id and a year each are not glued into one by their chain of years."""
    reports = [
        _paper(f"openalex:W{year}", "World report on all things", authors=("World Office",), year=year)
        for year in range(2010, 2020)
    ]
    assert not same_work(reports[0], reports[1])
    assert len(merge_papers(reports)) == 10
    anywhere = _named("World report on all things", authors=("World Office",), year=2011)
    works = merge_papers([reports[0], anywhere, reports[2]])
    assert len(works) == 2  # what might be either glues no two of them


def test_a_preprint_long_before_its_journal_is_one_work():
    """A preprint may be five years older than what was published of it; two published works may not."""
    early = PREPRINT.model_copy(update={"year": 2018})
    assert len(merge_papers([early, PUBLISHED])) == 1
    assert len(merge_papers([early.model_copy(update={"venue": "Another journal"}), PUBLISHED])) == 2


def test_titles_in_scripts_without_blanks_identify_a_work():
    """A long Chinese title is no short title."""
    a = _named("深度学习在自然语言处理中的应用", authors=("王小明",), year=2020, doi="10.1/a")
    b = _named("深度学习在自然语言处理中的应用", authors=("Xiaoming Wang",), year=2021)
    assert len(merge_papers([a, b])) == 1


def test_a_retraction_anywhere_is_kept():
    """When one record of a work is flagged as retracted, the merged one is."""
    (merged,) = merge_papers([PREPRINT, PUBLISHED.model_copy(update={"retracted": True})])
    assert merged.retracted


def test_the_order_of_records_does_not_matter():
    """Any order of a work's records gives the same merged record."""
    third = PUBLISHED.model_copy(update={"source": "another", "doi": "10.18653/v1/x.1"})
    merged = {merge_papers(list(order))[0] for order in itertools.permutations([PREPRINT, PUBLISHED, third])}
    assert len(merged) == 1


def test_members_are_the_records_of_each_work():
    """Every record belongs to exactly one work, and works stand in the order of their first records."""
    other = _named("Something else entirely here", doi="10.1/new")
    merged = merge_records([other, PREPRINT, other, PUBLISHED])
    assert [m.members for m in merged] == [(0, 2), (1, 3)]


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


@st.composite
def _records(draw):
    """Records that share ids, titles and authors in every right and wrong way."""
    pick = lambda *values: draw(st.sampled_from(values))  # noqa: E731 - short for what follows
    title = pick(
        "A study of several things",
        "A study of several things: with a subtitle",
        "A study of several things. Part I",
        "Reply to a study of several things",
        "Another work on other matters",
        "RETRACTED: A study of several things",
        "Editorial",
    )
    arxiv_id = pick(None, None, "2401.00001", "2401.00002")
    doi = pick(None, None, "10.1/a", "10.1/b", "10.48550/arxiv.2401.00001")
    others = st.sampled_from([S2, "openalex:W1", "openalex:W2", "pmid:7", "doi:10.1/a", "acl:P19-1001"])
    text = pick("", "x", "some text")
    return _named(
        title,
        authors=pick((), ("Ann Lee",), ("Lee A",), ("Bo Chen", "Ann Lee"), ("Carl Diaz", "Bo Chen")),
        doi=doi,
        arxiv_id=arxiv_id,
        arxiv_version=pick(None, 1, 2) if arxiv_id else None,
        year=pick(None, 2018, 2020, 2021, 2026),
        venue=pick(None, "arXiv", "Journal of Things"),
        source=pick("arxiv", "crossref", "openalex"),
        other_ids=tuple(sorted(draw(st.sets(others, max_size=2)))),
        retracted=pick(False, False, True),
        sections=(Section(title="Abstract", text=text),) if text else (),
        cited_by=pick(None, 3, 5),
        fields=pick((), ("Biology",), ("biology", "Law")),
        links=pick((), (Link(url="https://a.org/1", form="pdf", source="x"),)),
    )


@settings(max_examples=300)
@given(st.lists(_records(), max_size=8), st.randoms(use_true_random=False))
def test_works_do_not_depend_on_the_order_of_records(papers, dice):
    """Case 36: any order of any records gives the same works, each record in one of them, no ``paper_id`` twice."""
    merged = merge_records(papers)
    shuffled = list(papers)
    dice.shuffle(shuffled)
    assert set(merge_papers(shuffled)) == {m.work for m in merged}
    assert sorted(i for m in merged for i in m.members) == list(range(len(papers)))
    assert len({m.work.paper_id for m in merged}) == len(merged)


@settings(max_examples=300)
@given(st.lists(_records(), max_size=8))
def test_merging_what_was_merged_changes_nothing(papers):
    """Merging is idempotent, to the byte."""
    works = merge_papers(papers)
    again = merge_papers(works)
    assert [w.model_dump_json() for w in again] == [w.model_dump_json() for w in works]


def test_merging_is_quick():
    """Ten thousand records of four sources take a few seconds at most, on a busy machine too."""
    papers = [
        _named(
            f"Study {i} of thing {i * 7919} in place {i % 97}",
            authors=(f"Ann Lee{i}", "Bo Chen"),
            year=2000 + i % 25,
            source=source,
            **({"doi": f"10.1/{i}"} if source != "arxiv" else {"arxiv_id": f"{2000 + i % 25}.{i:05d}"}),
        )
        for i in range(2500)
        for source in ("arxiv", "crossref", "openalex", "semantic-scholar")
    ]
    started = time.process_time()
    assert len(merge_papers(papers)) == 2500
    assert time.process_time() - started < 8


def test_a_key_that_thousands_share_costs_no_more_than_their_number():
    """Hostile input: one title, one wrong id and one author for all records are worked through in bounded time."""
    started = time.process_time()
    same_id = [
        _paper(f"x:{i}", f"Topic{i} method{i}", authors=("Ann Lee",), other_ids=(S2,)) for i in range(1500)
    ]
    same_title = [
        _named("One title for them all", authors=("Ann Lee",), doi=f"10.1/{i}") for i in range(1500)
    ]
    merge_papers(same_id + same_title)
    assert time.process_time() - started < 10
