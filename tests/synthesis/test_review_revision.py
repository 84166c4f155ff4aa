"""Revision: one rule a kind of finding, a log of all that was done, three rounds at most."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from small_draft import (
    altered,
    make_draft,
    small_aids,
    small_redecide,
    with_claim,
    with_evidence,
    with_paper,
    with_verdict,
)
from small_tools import QUESTION, make_paper, make_small_tools

from synthesis.config import Config, ReportConfig
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.limitations import limitations_of, with_limitations
from synthesis.records import Finding, Label, Quote, ScreenedPaper, Stance
from synthesis.review.panel import default_panel, equipped, review_draft
from synthesis.review.revision import MAX_ROUNDS, Redo, revise
from synthesis.stage_results import Reviewed
from synthesis.store import Home

SECOND, THIRD, EXAMINED = "doi:10.1/second", "doi:10.1/third", "arxiv:2401.00001"


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    """A draft that no reviewer has seen."""
    return make_draft(tmp_path_factory.mktemp("home"))


def reviewed(draft):
    """What the panel says of a draft."""
    return review_draft(draft, equipped(default_panel(), small_aids()), {})


def revised(draft):
    """A draft after revision, and its review."""
    return revise(draft, reviewed, Redo(small_redecide()))


def assert_whole(draft, review):
    """Nothing is left to find, and every revision is mended and has its words and its reviewers."""
    assert not [f for r in review.reviewers for f in r.findings]
    assert all(r.mended and r.action and r.raised_by for r in review.revisions)
    assert draft.limitations == limitations_of(draft)


def test_a_draft_without_fault_is_left_as_it_is(draft):
    """No finding, no revision, the same draft."""
    after, review = revised(draft)
    assert after == draft
    assert review.revisions == ()


def test_a_verdict_that_does_not_follow_is_decided_again(draft):
    """The label that the evidence gives comes back."""
    after, review = revised(with_verdict(draft, 0, label=Label.REFUTED, verified=False))
    assert after == draft
    assert_whole(after, review)
    assert {r.finding.kind for r in review.revisions} == {"verdict"}
    assert set(review.revisions[0].raised_by) >= {"Sceptic", "Integrator"}


def test_evidence_that_reads_otherwise_is_dropped(draft):
    """A passage whose reading cannot be repeated decides nothing."""
    wrong = with_evidence(draft, 0, stance=Stance.REFUTES, scores=(0.0, 1.0, 0.0))
    after, review = revised(wrong)
    assert not [e for e in after.evidence if (e.claim_id, e.paper_id) == ("C1", SECOND)]
    assert after.verdicts[0].label is Label.NOT_ENOUGH_INFO
    assert_whole(after, review)


@pytest.mark.parametrize("swapped", [False, True])
def test_evidence_that_is_not_locked_is_dropped(draft, swapped):
    """An altered quote, or one cited to another paper, goes; the verdict is decided without it."""
    quote = draft.evidence[0].quote
    changes = (
        {"paper_id": THIRD, "quote": quote.model_copy(update={"paper_id": THIRD})}
        if swapped
        else {"quote": altered(quote, "J" + quote.text[1:])}
    )
    after, review = revised(with_evidence(draft, 0, **changes))
    assert len(after.evidence) == len(draft.evidence) - 1
    assert not after.verdicts[0].verified
    assert_whole(after, review)


def test_a_claim_that_differs_from_its_quote_is_not_grounded(draft):
    """The claim stays, marked down, and what it says is no longer said to be its paper's words."""
    after, review = revised(with_claim(draft, 0, text=draft.claims[0].text.replace("30", "80")))
    assert after.claims[0].quote is None
    assert not after.verdicts[0].grounded
    assert "The claim was marked as not grounded." in {r.action for r in review.revisions}


def test_an_altered_repetition_of_a_claim_is_left_out(draft):
    """The claim keeps its ground, only the repetition goes."""
    quote = draft.claims[0].quote
    wrong = with_claim(draft, 0, duplicates=(altered(quote, "J" + quote.text[1:]),))
    after, review = revised(wrong)
    assert after.claims == draft.claims
    assert_whole(after, review)


def test_an_altered_quote_leaves_the_answer(draft):
    """What no paper says does not answer the question."""
    group = draft.answer.groups[0]
    statement = group.statements[0]
    quote = altered(statement.quote, "Z" + statement.text[1:])
    wrong = statement.model_copy(update={"text": quote.text, "quote": quote})
    groups = (
        group.model_copy(update={"statements": (wrong, *group.statements[1:])}),
        *draft.answer.groups[1:],
    )
    answer = draft.answer.model_copy(update={"groups": groups})
    after, review = revised(draft.model_copy(update={"answer": answer}))
    assert not [s for g in after.answer.groups for s in g.statements if s.text == quote.text]
    assert_whole(after, review)


@pytest.mark.parametrize("why", ["off topic", "retracted"])
def test_a_paper_that_does_not_belong_goes_with_all_it_said(draft, why):
    """Its evidence, its place in the counts, and then its title in the limitations."""
    if why == "retracted":
        wrong, gone = with_paper(draft, SECOND, retracted=True), SECOND
    else:
        off = make_paper("doi:10.1/rain", "Rain in spring", "Rain falls in spring more often than in summer.")
        flow = draft.flow.model_copy(update={"identified": {"memory": 6}, "screened": 6, "included": 4})
        papers = (*draft.papers, ScreenedPaper(paper=off, relevance=0.1, role="included"))
        wrong = with_limitations(draft.model_copy(update={"papers": papers, "flow": flow}))
        gone = off.paper_id
    after, review = revised(wrong)
    assert gone not in {p.paper.paper_id for p in after.papers} | {e.paper_id for e in after.evidence}
    assert after.flow.included == wrong.flow.included - 1
    assert after.flow.excluded[why] == wrong.flow.excluded.get(why, 0) + 1
    assert_whole(after, review)


def test_a_retracted_paper_that_the_user_asks_about_is_left_to_the_reader(draft):
    """It stays, the limitation names it, and the finding is logged as not mended."""
    after, review = revised(with_limitations(with_paper(draft, EXAMINED, retracted=True)))
    assert EXAMINED in {p.paper.paper_id for p in after.papers}
    assert [(r.finding.kind, r.mended) for r in review.revisions] == [("retracted", False)]
    assert any(EXAMINED in x.kind for x in after.limitations)


def test_dependent_voices_are_made_one_group(draft):
    """Two papers of the same authors count once."""
    same = ("Ada Lovelace", "Alan Turing")
    wrong = with_paper(with_paper(draft, SECOND, authors=same), THIRD, authors=same)
    after, review = revised(wrong)
    groups = {e.paper_id: e.group for e in after.evidence if e.claim_id == "C1"}
    assert groups[SECOND] == groups[THIRD]
    assert after.verdicts[0].n_groups == draft.verdicts[0].n_groups - 1
    assert_whole(after, review)


def test_a_passage_counted_twice_is_counted_once(draft):
    """The repetition goes."""
    again = draft.evidence[0].model_copy(update={"group": 4, "rank": 4})
    after, review = revised(draft.model_copy(update={"evidence": (*draft.evidence, again)}))
    assert after == draft
    assert_whole(after, review)


def test_a_missing_limitation_is_stated(draft):
    """Limitations follow from the facts again."""
    after, review = revised(draft.model_copy(update={"limitations": draft.limitations[1:]}))
    assert after == draft
    assert_whole(after, review)


def test_a_count_of_the_search_is_left_to_the_reader(draft):
    """Nothing tells which of the numbers is wrong, so none is changed."""
    flow = draft.flow.model_copy(update={"screened": 99})
    after, review = revised(draft.model_copy(update={"flow": flow}))
    assert after.flow == flow
    assert {r.mended for r in review.revisions} == {False}
    assert {r.finding.subject for r in review.revisions} == {"screened", "included"}


def test_what_comes_back_is_left_to_the_reader(draft):
    """A reviewer that always objects costs three rounds at most, and is not said to have been heeded."""

    class Grumbler:
        name = mandate = "grumbles"

        def __init__(self):
            self.asked = 0

        def review(self, draft):
            self.asked += 1
            said = default_panel()[0].review(draft)
            more = Finding(kind="verdict", subject="C1", fact=f"I do not like it ({self.asked}).")
            return said.model_copy(update={"reviewer": self.name, "findings": (*said.findings, more)})

    grumbler = Grumbler()
    _, review = revise(
        draft, lambda d: review_draft(d, (grumbler, *default_panel()), {}), Redo(small_redecide())
    )
    assert grumbler.asked == MAX_ROUNDS + 1
    assert [r.mended for r in review.revisions] == [True] * MAX_ROUNDS + [False]
    assert max(r.round for r in review.revisions) == MAX_ROUNDS


def test_the_question_is_answered_again_where_it_is_known_how(draft):
    """The answer of the changed draft comes from the function handed in, which sees papers and verdicts as they are now."""
    asked = []

    def answer_again(changed):
        asked.append(changed)
        return changed.answer.model_copy(update={"not_covered": ("spring",)})

    wrong = with_paper(draft, SECOND, retracted=True)
    after, _ = revise(wrong, reviewed, Redo(small_redecide(), answer_again))
    assert SECOND not in {p.paper.paper_id for p in asked[0].papers}
    assert asked[0].verdicts == after.verdicts
    assert any(x.kind == "question not covered" for x in after.limitations)


def test_quotes_of_a_dropped_paper_leave_claims_too(draft):
    """A claim that was found again in a dropped paper keeps no word of it."""
    second = next(p.paper for p in draft.papers if p.paper.paper_id == SECOND)
    repeated = with_claim(draft, 0, duplicates=(Quote.of(second, 0, 0, 76),))
    after, _ = revised(with_paper(repeated, SECOND, retracted=True))
    assert after.claims[0].duplicates == ()


def test_what_is_reported_is_the_revised_draft(tmp_path):
    """A paper that a reviewer of the job has dropped stands nowhere in the report, which logs why and renders."""

    def objects(seen):
        if SECOND in seen.papers:
            yield Finding(kind="off topic", subject=SECOND, fact="It is about something else.")

    picky = default_panel()[0]._replace(name="Picky", checks=(objects,))
    tools = replace(make_small_tools(), reviewers=(*default_panel(), picky))
    request = make_request(QUESTION, tools.sources, [EXAMINED])
    clock = RunClock(datetime(2026, 11, 21, tzinfo=UTC))
    done = run_job(Home(tmp_path).prepare(), request, tools, Config(), clock, ("md", "json"))
    (revision,) = done.report.review.revisions
    assert (revision.raised_by, revision.mended, revision.round) == (("Picky",), True, 1)
    assert SECOND not in {r.paper_id for r in done.report.references}
    assert not any(
        s.quote and s.quote.paper_id == SECOND for g in done.report.answer.groups for s in g.statements
    )
    assert done.report.methodology.flow.excluded["off topic"] == 1
    assert done.run.stage("review", Reviewed, lambda: None).draft.flow == done.report.methodology.flow


@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_report_in_another_language_has_no_fault_for_that(tmp_path, language):
    """The panel reads reasons, notes and limitations in the language that they were written in."""
    tools = make_small_tools()
    request = make_request(QUESTION, tools.sources, [EXAMINED])
    clock = RunClock(datetime(2026, 11, 21, tzinfo=UTC))
    config = Config(report=ReportConfig(language=language))
    done = run_job(Home(tmp_path).prepare(), request, tools, config, clock, ())
    assert done.report.review.revisions == ()
    assert not done.report.review.absent
