"""A small draft that the real pipeline made, before review, and the aids of its job."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from small_tools import QUESTION, make_small_tools

from synthesis.config import Config
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.phrases import topic_phrases
from synthesis.records import Quote, Section
from synthesis.review.seen import Seen
from synthesis.second_look import aids_of, redecider
from synthesis.stage_results import Reviewed
from synthesis.store import Home

CONFIG = Config()


def make_draft(folder):
    """The draft of a report on the small papers, with all three kinds of verdict; no reviewer has seen it."""
    tools = make_small_tools()
    request = make_request(QUESTION, tools.sources, ["arxiv:2401.00001"])
    clock = RunClock(datetime(2026, 11, 21, tzinfo=UTC))
    done = run_job(Home(folder).prepare(), request, tools, CONFIG, clock, ())
    return done.run.stage("review", Reviewed, lambda: None).draft


@cache
def small_aids():
    """What the panel may use in a job with the small tools."""
    tools = make_small_tools()
    return aids_of(tools.judge, small_redecide(), [topic_phrases(QUESTION)], CONFIG.papers)


@cache
def small_redecide():
    """(claims, evidence, papers) → verdicts, as the small tools decide them."""
    return redecider(make_small_tools().calibrator, CONFIG.verdicts)


def seen(draft):
    """A draft as a check sees it."""
    return Seen(draft, small_aids())


def with_evidence(draft, index, **changes):
    """The draft with one piece of evidence changed."""
    items = list(draft.evidence)
    items[index] = items[index].model_copy(update=changes)
    return draft.model_copy(update={"evidence": tuple(items)})


def with_claim(draft, index, **changes):
    """The draft with one claim changed."""
    claims = list(draft.claims)
    claims[index] = claims[index].model_copy(update=changes)
    return draft.model_copy(update={"claims": tuple(claims)})


def with_verdict(draft, index, **changes):
    """The draft with one verdict changed."""
    verdicts = list(draft.verdicts)
    verdicts[index] = verdicts[index].model_copy(update=changes)
    return draft.model_copy(update={"verdicts": tuple(verdicts)})


def with_paper(draft, paper_id, **changes):
    """The draft with one of its papers changed."""
    papers = tuple(
        p.model_copy(update={"paper": p.paper.model_copy(update=changes)})
        if p.paper.paper_id == paper_id
        else p
        for p in draft.papers
    )
    return draft.model_copy(update={"papers": papers})


def altered(quote, text):
    """A quote with other words of the same length, its hash made to match."""
    assert len(text) == len(quote.text)
    paper = section_paper(quote, text)
    return Quote.of(paper, quote.section, quote.start, quote.end)


def section_paper(quote, text):
    """A paper that holds ``text`` where the quote points."""
    from small_tools import make_paper

    sections = [Section(title="", text="") for _ in range(quote.section)]
    sections.append(Section(title="Abstract", text=" " * quote.start + text))
    return make_paper(quote.paper_id, "any", "any").model_copy(update={"sections": tuple(sections)})
