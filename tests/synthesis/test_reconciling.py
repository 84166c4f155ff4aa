"""One work's records as one record: whose word is taken, what stays visible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.merging import merge_papers
from synthesis.reconciling import reconcile
from synthesis.records import Conflict, Link, Notice, Paper, Section


def _paper(**facts):
    facts = {"paper_id": "doi:10.1/a", "title": "A study of several things", "source": "crossref"} | facts
    return Paper(**facts)


def _arxiv(**facts):
    own = {"paper_id": "arxiv:2401.00001", "arxiv_id": "2401.00001", "venue": "arXiv", "source": "arxiv"}
    return _paper(**(own | facts))


def _text(text):
    return (Section(title="Abstract", text=text),)


PREPRINT = _arxiv(
    authors=("Ann Lee", "Bo Chen"), year=2019, arxiv_version=1, sections=_text("v1 text, the longer")
)
PUBLISHED = _paper(
    authors=("Ann Lee", "Bo Chen"), year=2020, venue="Journal", doi="10.1/a", sections=_text("abstract")
)


def test_a_single_record_is_given_back():
    """One record is its own merged record, without provenance or conflicts."""
    assert reconcile([PREPRINT]) == PREPRINT


def test_the_published_version_speaks_and_the_fullest_text_is_read():
    """Title, year, venue and DOI are the publication's, the text is the longer one; each fact names its source."""
    work = reconcile([PREPRINT, PUBLISHED])
    assert (work.year, work.venue, work.doi) == (2020, "Journal", "10.1/a")
    assert (work.source, work.sections) == ("arxiv", PREPRINT.sections)
    facts = dict(work.provenance)
    assert (facts["title"], facts["year"], facts["venue"], facts["doi"]) == ("crossref",) * 4
    assert set(facts) == {"title", "year", "venue", "authors", "doi"}


def test_arxiv_dates_the_preprint_even_where_it_names_the_journal():
    """A journal reference on arXiv does not make its date that of the journal."""
    work = reconcile([PREPRINT.model_copy(update={"venue": "Journal 7 (2020) 1"}), PUBLISHED])
    assert (work.year, work.venue, work.conflicts) == (2020, "Journal", ())


def test_a_badly_parsed_text_gives_way_to_a_shorter_good_one():
    """Length counts times the quality of the parse; form, quality and flags go with the text."""
    bad = PREPRINT.model_copy(
        update={"sections": _text("x" * 1000), "quality": 0.1, "form": "pdf", "flags": ("broken words",)}
    )
    good = PUBLISHED.model_copy(update={"sections": _text("y" * 500), "form": "jats"})
    work = reconcile([bad, good])
    assert (work.form, work.quality, work.flags, work.sections) == ("jats", 1.0, (), good.sections)


def test_records_of_one_source_leave_no_provenance():
    """Provenance is kept only where several sources contributed, so that older artefacts keep their bytes."""
    one = reconcile([PREPRINT.model_copy(update={"source": "crossref"}), PUBLISHED])
    assert "provenance" not in one.model_dump()
    assert "conflicts" not in one.model_dump()


def test_conflicting_years_are_visible():
    """Case 36: two sources that date the publication differently are a conflict, the one kept first."""
    other = PUBLISHED.model_copy(update={"source": "openalex", "year": 2021, "sections": ()})
    work = reconcile([other, PUBLISHED])
    assert work.conflicts == (Conflict(field="year", values=(("crossref", "2020"), ("openalex", "2021"))),)


def test_a_preprints_year_is_no_conflict():
    """A preprint of 2019 and its publication of 2020 do not disagree."""
    assert reconcile([PREPRINT, PUBLISHED]).conflicts == ()


def test_differing_author_counts_are_visible_unless_the_list_says_it_is_cut():
    """Two authors against three is a conflict; "et al." is none. The longest list is kept."""
    three = PREPRINT.model_copy(update={"authors": ("Ann Lee", "Bo Chen", "Carl Diaz")})
    cut = PREPRINT.model_copy(update={"authors": ("Ann Lee et al.",)})
    work = reconcile([three, PUBLISHED])
    assert work.authors == three.authors
    assert work.conflicts == (
        Conflict(field="authors", values=(("arxiv", "3 authors"), ("crossref", "2 authors"))),
    )
    assert reconcile([cut, PUBLISHED]).conflicts == ()


def test_titles_differ_beyond_spelling_or_not_at_all():
    """Capitals and a dropped subtitle are spelling; other words are a conflict."""
    spelled = PREPRINT.model_copy(update={"title": "A STUDY OF SEVERAL THINGS: THE SUBTITLE"})
    renamed = PREPRINT.model_copy(update={"title": "Why felines rest"})
    assert reconcile([spelled, PUBLISHED]).conflicts == ()
    (conflict,) = reconcile([renamed, PUBLISHED]).conflicts
    assert conflict.values == (("crossref", PUBLISHED.title), ("arxiv", "Why felines rest"))


def test_a_conflict_survives_further_merging():
    """What earlier merging found stays visible when a further record agrees with the one kept."""
    other = PUBLISHED.model_copy(update={"source": "openalex", "year": 2021, "sections": ()})
    first = reconcile([other, PUBLISHED])
    again = reconcile([first, PREPRINT, PUBLISHED.model_copy(update={"source": "semantic-scholar"})])
    assert again.conflicts == first.conflicts


def test_the_newest_version_is_named_and_an_older_text_is_said_to_be_older():
    """Case 36: where arXiv has v3 and v1 was read, the work is v3 with a notice; where v3 was read, there is none."""
    v3 = _arxiv(authors=PREPRINT.authors, arxiv_version=3, sections=_text("v3"))
    work = reconcile([PREPRINT, v3])
    assert work.arxiv_version == 3
    assert work.notices == (
        Notice(kind="newer version", source="arxiv", detail="arXiv has v3; what was read is v1"),
    )
    longer = v3.model_copy(update={"sections": _text("the text of v3, longer than that of the first")})
    assert reconcile([PREPRINT, longer]).notices == ()
    told = Notice(kind="newer version", source="arxiv", detail="of the source's own")
    assert reconcile([PREPRINT.model_copy(update={"notices": (told,)}), longer]).notices == ()


@pytest.mark.parametrize("down", [PREPRINT, PUBLISHED], ids=["preprint", "publication"])
def test_a_retraction_of_any_version_is_shown(down):
    """Case 36: a record with a retraction notice makes the work retracted, whichever version it is of."""
    notice = Notice(kind="retracted", source="crossref", detail="10.1/notice")
    others = [p for p in (PREPRINT, PUBLISHED) if p is not down]
    work = reconcile([down.model_copy(update={"notices": (notice,), "retracted": True}), *others])
    assert work.retracted
    assert work.notices == (notice,)


def test_a_correction_is_no_retraction():
    """A corrected or newer publication, or a concern about it, stands."""
    notices = tuple(Notice(kind=kind, source="crossref") for kind in ("concern", "corrected"))
    work = reconcile([PREPRINT, PUBLISHED.model_copy(update={"notices": notices})])
    assert not work.retracted
    assert work.notices == notices


def test_a_withdrawn_preprint_does_not_take_its_publication_down():
    """Case 36: the work stands, the withdrawal is a notice, and the withdrawn text is not read."""
    withdrawn = PREPRINT.model_copy(update={"retracted": True, "abstract": "withdrawn words"})
    work = reconcile([withdrawn, PUBLISHED])
    assert not work.retracted
    assert work.notices == (Notice(kind="withdrawn", source="arxiv"),)
    assert (work.sections, work.abstract) == (PUBLISHED.sections, None)


def test_a_withdrawn_preprint_alone_is_withdrawn():
    """Without a publication that stands, a withdrawn preprint is retracted; so is one whose publication is down too."""
    withdrawn = PREPRINT.model_copy(update={"retracted": True})
    assert reconcile([withdrawn, PREPRINT.model_copy(update={"source": "openalex"})]).retracted
    assert reconcile([withdrawn, PUBLISHED.model_copy(update={"retracted": True})]).retracted


def test_a_withdrawal_stays_decided_when_records_come_one_by_one():
    """The published version that comes later lifts what the preprint's withdrawal alone had decided."""
    withdrawn = PREPRINT.model_copy(update={"retracted": True})
    copy = PREPRINT.model_copy(update={"source": "openalex"})
    work = reconcile([reconcile([withdrawn, copy]), PUBLISHED])
    assert not work.retracted
    assert [n.kind for n in work.notices] == ["withdrawn"]


def test_a_publishers_mark_in_the_title_is_a_retraction():
    """Case 36: "RETRACTED ARTICLE: …" counts, alone and merged; a study of retracted papers does not."""
    marked = PUBLISHED.model_copy(update={"title": "RETRACTED ARTICLE: A study of several things"})
    assert reconcile([marked]).retracted
    assert reconcile([marked, PREPRINT]).retracted
    study = PUBLISHED.model_copy(update={"title": "Retracted papers and who cites them"})
    assert reconcile([study]) == study


def test_what_is_united():
    """Links are kept once an address, the published one first; fields once a name; most citations; any open copy."""
    link = Link(url="https://a.org/1.pdf", form="pdf", source="openalex")
    better = Link(url="https://a.org/1.pdf", form="pdf", source="crossref", version="published")
    other = Link(url="https://b.org/2", form="html", source="arxiv", version="submitted")
    a = PREPRINT.model_copy(
        update={"links": (other, link), "fields": ("cs.CL", "biology"), "cited_by": 3, "open_access": True}
    )
    b = PUBLISHED.model_copy(
        update={
            "links": (better,),
            "fields": ("Biology",),
            "cited_by": 5,
            "open_access": False,
            "language": "en",
        }
    )
    work = reconcile([a, b])
    assert work.links == (better, other)
    assert work.fields == ("Biology", "cs.CL")
    assert (work.cited_by, work.open_access, work.language) == (5, True, "en")


def test_two_dois_of_one_work_are_visible_and_none_is_lost():
    """The publisher's DOI is kept rather than a preprint server's; two publishers' are a conflict."""
    server = PREPRINT.model_copy(update={"doi": "10.1101/2020.01.01.123456"})
    work = reconcile([server, PUBLISHED])
    assert (work.doi, work.conflicts) == ("10.1/a", ())
    assert "doi:10.1101/2020.01.01.123456" in work.other_ids
    fuller = PUBLISHED.model_copy(
        update={"doi": "10.48550/arxiv.2401.00001", "source": "semantic-scholar", "sections": _text("x" * 99)}
    )
    assert reconcile([fuller, PUBLISHED]).doi == "10.1/a"
    (conflict,) = reconcile(
        [PUBLISHED, PUBLISHED.model_copy(update={"doi": "10.1/b", "source": "openalex"})]
    ).conflicts
    assert conflict == Conflict(field="doi", values=(("crossref", "10.1/a"), ("openalex", "10.1/b")))


@given(st.permutations(range(4)))
def test_the_order_of_records_does_not_matter(order):
    """Case 36: the record, its provenance, notices and conflicts do not depend on the order."""
    records = [
        PREPRINT.model_copy(update={"retracted": True}),
        PUBLISHED,
        PUBLISHED.model_copy(update={"source": "openalex", "year": 2021, "cited_by": 2, "fields": ("x",)}),
        PUBLISHED.model_copy(update={"source": "openalex", "year": 2021, "cited_by": 2, "fields": ("y",)}),
    ]
    assert reconcile([records[i] for i in order]) == reconcile(records)


def test_a_conflict_about_an_id_goes_when_its_works_become_one():
    """Case 36: what shared an id and looked like two works carries no such conflict once a third record joins them."""
    one = _paper(
        title="Cats asleep at noon", authors=("Ann Lee",), year=2020, doi="10.1/a", other_ids=("openalex:W1",)
    )
    two = _paper(
        paper_id="title:0",
        title="Warum Katzen ruhen",
        authors=("Bo Chen",),
        source="openalex",
        other_ids=("openalex:W1",),
    )
    works = merge_papers([one, two])
    assert [w.conflicts[0].field for w in works] == ["openalex:W1"] * 2
    third = two.model_copy(update={"authors": ("Ann Lee", "Bo Chen"), "source": "semantic-scholar"})
    (work,) = merge_papers([*works, third])
    assert [c.field for c in work.conflicts] == ["authors", "title"]
