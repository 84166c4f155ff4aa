"""Screened papers and their full texts: what is sought, counted, kept, and not fetched twice."""

from dataclasses import dataclass, field

import pytest
from small_tools import PAPERS, make_paper

from synthesis.full_texts import NO_COPY, NO_TEXT, NOT_READABLE, lacks_full_text, read_full_texts
from synthesis.records import NO_ANSWER, FetchAttempt, Flow, Link, Paper, ScreenedPaper, Section

FLOW = Flow(identified={"a": 5}, duplicates_removed=1, screened=4, excluded={}, included=4)
TEXT = (Section(title="Abstract", text="Short."), Section(title="Results", text="Batches help."))


@dataclass
class Got:
    """What a fetcher gives for one paper."""

    paper: Paper
    attempts: tuple[FetchAttempt, ...]


@dataclass
class Fetcher:
    """Reads what ``outcomes`` says is open; counts what it was asked for."""

    outcomes: dict[str, str]
    asked: list[str] = field(default_factory=list)

    def fetch_all(self, papers):
        """One for each paper."""
        return [self._fetch(paper) for paper in papers]

    def plan(self, papers):  # noqa: ARG002 - the protocol's shape
        """Nothing."""
        return ()

    def _fetch(self, paper):
        self.asked.append(paper.paper_id)
        outcome = self.outcomes.get(paper.paper_id)
        if outcome is None:
            return Got(paper, ())
        attempt = FetchAttempt(
            paper_id=paper.paper_id, host="x.org", url="https://x.org/a", form="pdf", outcome=outcome
        )
        read = {"sections": TEXT, "form": "pdf"} if outcome == "read" else {}
        return Got(paper.model_copy(update=read), (attempt,))


def _screened(papers=PAPERS[:4]):
    return tuple(ScreenedPaper(paper=p, relevance=1.0, role="included") for p in papers)


def test_every_paper_sought_is_retrieved_or_has_its_reason():
    """Sought = retrieved by form + not retrieved by reason, each as the attempts say."""
    ids = [p.paper_id for p in PAPERS[:4]]
    fetcher = Fetcher({ids[0]: "read", ids[1]: "unreachable", ids[2]: "unreadable"})
    papers, flow, attempts = read_full_texts(_screened(), FLOW, fetcher, 20)
    assert (flow.sought, flow.retrieved) == (4, {"pdf": 1})
    assert flow.not_retrieved == {NO_ANSWER: 1, NOT_READABLE: 1, NO_COPY: 1}
    assert [p.paper.form for p in papers] == ["pdf", None, None, None]
    assert len(attempts) == 3


def test_only_the_first_papers_without_full_text_are_sought():
    """The count bounds what is fetched; what came with its full text, and what is retracted, is left alone."""
    own = PAPERS[0].model_copy(update={"sections": TEXT, "form": "pdf"})
    fetcher = Fetcher({})
    read_full_texts(_screened((own, *PAPERS[1:4])), FLOW, fetcher, 2)
    assert fetcher.asked == [p.paper_id for p in PAPERS[1:3]]
    assert not lacks_full_text(PAPERS[4])


def test_a_paper_with_no_text_at_all_is_excluded_and_counted():
    """A paper kept for its open copy goes when that cannot be read, and the counts still add up."""
    bare = make_paper("doi:10.1/e", "Bare", "").model_copy(update={"sections": ()})
    papers, flow, _ = read_full_texts(_screened((*PAPERS[:3], bare)), FLOW, Fetcher({}), 20)
    assert "doi:10.1/e" not in {p.paper.paper_id for p in papers}
    assert flow.excluded == {NO_TEXT: 1}
    assert flow.screened - sum(flow.excluded.values()) == flow.included == len(papers)


@pytest.mark.parametrize("fetcher", [None, Fetcher({})])
def test_without_a_fetcher_or_anything_to_fetch_nothing_changes(fetcher):
    """Papers and counts stay as they were."""
    whole = tuple(p.model_copy(update={"sections": TEXT, "form": "pdf"}) for p in PAPERS[:4])
    assert read_full_texts(_screened(whole), FLOW, fetcher, 20) == (_screened(whole), FLOW, ())


def test_a_later_try_fetches_only_what_no_host_answered():
    """What was read, or is not open, is taken from the earlier try; the rest is fetched, and the result is whole."""
    ids = [p.paper_id for p in PAPERS[:3]]
    first = read_full_texts(
        _screened(), FLOW, Fetcher({ids[0]: "read", ids[1]: "unreachable", ids[2]: "not held"}), 20
    )
    again = Fetcher({ids[0]: "read", ids[1]: "read", ids[2]: "not held"})
    second = read_full_texts(_screened(), FLOW, again, 20, first)
    assert again.asked == [ids[1], PAPERS[3].paper_id]
    assert second == read_full_texts(
        _screened(), FLOW, Fetcher({ids[0]: "read", ids[1]: "read", ids[2]: "not held"}), 20
    )


def test_a_paper_that_is_examined_stays_without_any_text():
    """What the user names is named in the report, though nothing of it could be read."""
    bare = make_paper("doi:10.1/e", "Bare", "").model_copy(update={"sections": ()})
    named = ScreenedPaper(paper=bare, relevance=1.0, role="examined")
    papers, flow, _ = read_full_texts((named, *_screened(PAPERS[:3])), FLOW, Fetcher({}), 20)
    assert papers[0].paper.paper_id == "doi:10.1/e"
    assert flow.excluded == {}


def test_a_copy_learnt_of_since_is_tried():
    """A paper whose copies all failed is fetched again once a source names a new one."""
    paper_id, link = PAPERS[0].paper_id, Link(url="https://x.org/new.pdf", form="pdf", source="a")
    first = read_full_texts(_screened(PAPERS[:1]), FLOW, Fetcher({paper_id: "not held"}), 20)
    richer = PAPERS[0].model_copy(update={"links": (link,)})
    again = Fetcher({paper_id: "read"})
    papers, _, _ = read_full_texts(_screened((richer,)), FLOW, again, 20, first)
    assert (again.asked, papers[0].paper.form) == ([paper_id], "pdf")
