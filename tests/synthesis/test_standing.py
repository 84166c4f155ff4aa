"""How the papers of an earlier run stand today: who is asked for them, and what the answers mean."""

from __future__ import annotations

from small_tools import PAPERS, BrokenSource, MemorySource
from updating_factory import draft_of, evidence_of, paper

from synthesis.earlier import evidence_now, is_newer, still_read, take_up, with_earlier_texts
from synthesis.papers import Screened
from synthesis.records import Candidate, Passage, Quote, ScreenedPaper, Section, Span
from synthesis.sources.answer import SearchAnswer
from synthesis.standing import GONE, NOT_ASKED, Records, check_standing, is_fallen


class Remote(MemorySource):
    """A remote source that knows papers by DOI or arXiv id, and counts who was asked for."""

    def __init__(self, name, papers):
        super().__init__(name, papers, remote=True)
        self.looked_up = []

    def lookup(self, identifier):
        """By either id."""
        self.looked_up.append(identifier)
        known = (p for p in self._papers.values() if identifier in {p.doi, p.arxiv_id})
        return next(known, None)


class Listing(Remote):
    """A remote source that takes many arXiv ids at once."""

    def lookup_ids(self, identifiers):
        """In one request."""
        self.looked_up.append(tuple(identifiers))
        return SearchAnswer(papers=tuple(p for p in self._papers.values() if p.arxiv_id in identifiers))


EARLIER = PAPERS[:3]  # one with an arXiv id, two with a DOI
RETRACTED = EARLIER[1].model_copy(update={"retracted": True, "source": "other"})


def test_a_remote_source_is_asked_by_id_for_what_it_did_not_find():
    """What its own answers hold is not asked for again; the rest is, by DOI or arXiv id, never by title."""
    source = Remote("memory", EARLIER)
    standing = check_standing(EARLIER, [source], EARLIER[:1])
    assert source.looked_up == [EARLIER[1].doi, EARLIER[2].doi]
    assert set(standing.papers) == set(EARLIER)
    [entry] = standing.log
    assert (entry.source, entry.retrieved, entry.error) == ("memory", 2, None)
    assert standing.gone == ()


def test_a_source_that_takes_lists_is_asked_once_for_all_arxiv_ids():
    """One request for the arXiv ids, one for each other paper."""
    source = Listing("memory", EARLIER)
    papers = (
        *EARLIER,
        EARLIER[0].model_copy(update={"paper_id": "arxiv:2401.00002", "arxiv_id": "2401.00002"}),
    )
    check_standing(papers, [source], ())
    assert source.looked_up == [("2401.00001", "2401.00002"), EARLIER[1].doi, EARLIER[2].doi]


def test_a_source_that_fails_is_said_and_makes_no_paper_gone():
    """Its error stands in the log; what it no longer answers for is not taken for gone, and others are asked."""
    broken = BrokenSource("memory")
    broken.remote = False
    other = Remote("other", [RETRACTED])
    standing = check_standing(EARLIER, [broken, other], ())
    assert [(e.source, bool(e.error)) for e in standing.log] == [("memory", True), ("other", False)]
    assert (standing.gone, standing.papers) == ((), (RETRACTED,))
    assert is_fallen(EARLIER[1], Records(standing.papers).of(EARLIER[1]))
    assert not is_fallen(EARLIER[2], Records(standing.papers).of(EARLIER[2]))


def test_only_a_library_lets_its_papers_go():
    """A paper that its local library no longer holds is gone, one that a database no longer lists is not."""
    library, database = MemorySource("memory", EARLIER[:1]), Remote("memory", EARLIER[:1])
    assert [(r.item, r.reason) for r in check_standing(EARLIER, [library], ()).gone] == [
        (p.paper_id, GONE) for p in EARLIER[1:]
    ]
    assert check_standing(EARLIER, [database], ()).gone == ()
    held_elsewhere = Remote("other", EARLIER)
    assert check_standing(EARLIER, [library, held_elsewhere], ()).gone == ()


def test_without_sources_what_was_found_is_all_that_is_known():
    """A replay asks nobody."""
    assert check_standing(EARLIER, [], (RETRACTED,)).papers == (RETRACTED,)
    assert check_standing(EARLIER, [], ()) == NOT_ASKED


def test_records_of_a_work_are_told_by_its_ids():
    """Other names of one work lead to its records; another work with none in common does not."""
    named = EARLIER[1].model_copy(update={"paper_id": "arxiv:2401.7", "other_ids": (EARLIER[1].paper_id,)})
    records = Records([EARLIER[0], named])
    assert records.of(EARLIER[1]) == [named]
    assert records.of(EARLIER[2]) == []


# --------------------------------------------------------------------------- what is taken over


def _screened(paper_, role="included"):
    return ScreenedPaper(paper=paper_, relevance=1.0, role=role)


def _with_sections(paper_, *texts, **facts):
    sections = tuple(Section(title=f"S{i}", text=text) for i, text in enumerate(texts))
    return paper_.model_copy(update={"sections": sections, **facts})


def test_a_fetched_text_is_not_lost_unless_a_newer_version_is_known():
    """Found again as an abstract, a paper is read in the full text that was fetched; a later version is not."""
    read = _with_sections(EARLIER[0], "Abstract.", "Full text.", form="latex", arxiv_version=2)
    draft = draft_of(1, [], [read])
    again, newer = (EARLIER[0].model_copy(update={"arxiv_version": v}) for v in (2, 3))
    assert [p.paper.sections for p in with_earlier_texts([_screened(again)], draft)] == [read.sections]
    assert [p.paper.sections for p in with_earlier_texts([_screened(newer)], draft)] == [newer.sections]
    assert is_newer(newer, read)
    assert not is_newer(again.model_copy(update={"arxiv_version": None}), read)
    examined = with_earlier_texts([_screened(newer, "examined")], draft)
    assert examined[0].paper.sections == read.sections


def test_what_was_not_found_again_is_carried_with_its_full_text():
    """Carried over it keeps its text; what is left out on request or retracted is not, found again or not."""
    read = _with_sections(paper(0), "Abstract.", "Full text.", form="pdf")
    draft = draft_of(1, [evidence_of(0, 1, 0.9, 0.0)], [read, paper(1), paper(2), paper(3)])
    down = paper(3).model_copy(update={"retracted": True})
    found = [_screened(paper(2), "evidence")]
    kept = evidence_now(found, [_screened(paper(1))], draft, NOT_ASKED, [down], [paper(2)])
    assert [(p.paper, p.role) for p in kept] == [(read, "evidence")]


def test_a_paper_that_a_lookup_calls_retracted_is_screened_out_and_counted():
    """Found by one source as good and by another as retracted: it leaves the screened papers, examined ones stay."""
    draft = draft_of(1, [], list(EARLIER))
    flow = draft.flow.model_copy(update={"included": 2, "screened": 2})
    screened = Screened((_screened(EARLIER[0], "examined"), _screened(EARLIER[1])), (), flow, None)
    told = NOT_ASKED._replace(papers=(RETRACTED, EARLIER[0].model_copy(update={"retracted": True})))
    taken = take_up(screened, draft, told)
    assert [(p.paper.paper_id, p.paper.retracted) for p in taken.papers] == [(EARLIER[0].paper_id, True)]
    assert (taken.flow.included, taken.flow.excluded) == (1, {"retracted": 1})
    assert [r.item for r in taken.rejections] == [EARLIER[1].paper_id]


def test_earlier_passages_are_read_again_below_those_that_rank_higher():
    """Of a paper read before, the same passage is read; what did not rank again follows; what is not there goes."""
    passages = [_passage(0, 0), _passage(1, 0), _passage(1, 30), _passage(2, 0)]
    draft = draft_of(1, [], [paper(n) for n in range(4)])
    before = [_read(0, 0), _read(1, 30), _read(3, 0)]
    ranked = [
        Candidate(claim_id="C0", passage_id=_passage(n, 0).passage_id, rank=rank, relevance=0.1)
        for rank, n in ((1, 2), (2, 1))
    ]
    read = still_read(ranked, draft.claims, before, passages)
    assert [(c.passage_id, c.rank) for c in read] == [
        ("doi:10.3/p2#0:0", 1),
        ("doi:10.3/p1#0:30", 2),
        ("doi:10.3/p0#0:0", 3),
    ]


def test_a_passage_whose_words_changed_is_not_read_as_it_was():
    """The same place with another end, or with other words where the quote stood, is no passage that was read."""
    [claim] = draft_of(1, [], [paper(0)]).claims
    for changed in (
        _passage(0, 0).model_copy(update={"end": 12}),
        _passage(0, 0).model_copy(update={"text": "Other words altogether stand here now, of that length."}),
    ):
        assert still_read([], [claim], [_read(0, 0)], [changed]) == []


def _passage(number, start):
    """Up to 30 characters of a paper, from ``start``."""
    text = paper(number).sections[0].text[start : start + 30]
    return Passage(
        passage_id=f"{paper(number).paper_id}#0:{start}",
        paper_id=paper(number).paper_id,
        section=0,
        start=start,
        end=start + len(text),
        text=text,
        sentences=(Span(start=start, end=start + len(text)),),
    )


def _read(number, start):
    """That passage, read for the one claim and quoted from its start."""
    item, passage = evidence_of(0, number, 0.5, 0.0), _passage(number, start)
    return item.model_copy(
        update={
            "quote": Quote.of(paper(number), 0, start, start + 10),
            "context": Span(start=start, end=passage.end),
        }
    )
