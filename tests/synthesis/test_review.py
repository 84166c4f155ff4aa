"""The review panel."""

from datetime import UTC, datetime

import pytest
from small_tools import QUESTION, make_small_tools

from synthesis.config import Config
from synthesis.jobs import RunClock, make_request, run_job
from synthesis.review.indicators import indicators
from synthesis.review.panel import MIN_VERIFIED, default_panel, review_draft
from synthesis.stage_results import Reviewed
from synthesis.store import Home

DIMENSIONS = (
    "evidence strength",
    "citation grounding",
    "numerical consistency",
    "benchmark validity",
    "novelty",
    "uncertainty disclosure",
    "reproducibility",
    "safety/impact",
)


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    """The draft of a small report."""
    tools = make_small_tools()
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    request = make_request(QUESTION, tools.sources, ["arxiv:2401.00001"])
    done = run_job(home, request, tools, Config(), RunClock(datetime(2026, 11, 21, tzinfo=UTC)), ())
    return done.run.stage("review", Reviewed, lambda: None).draft


def test_every_reviewer_scores_every_dimension_with_facts(draft):
    """Three reviewers, eight dimensions in one order, each score with at least one fact."""
    review = review_draft(draft, default_panel())
    assert len({r.mandate for r in review.reviewers}) == 3
    for report in review.reviewers:
        assert tuple(s.dimension for s in report.scores) == DIMENSIONS
        assert all(s.facts for s in report.scores)


def test_the_sceptic_never_scores_above_the_integrator(draft):
    """The mandate shows: the worst indicator is never above the mean of all."""
    sceptic, _, integrator = review_draft(draft, default_panel()).reviewers
    pairs = zip(sceptic.scores, integrator.scores, strict=True)
    assert all(a.score <= b.score for a, b in pairs)
    assert sceptic.mean < integrator.mean


def test_the_consensus_is_the_mean_of_the_reviewers(draft):
    """Consensus is in 0–10 and the mean over reviewers; agreement is at most 1."""
    review = review_draft(draft, default_panel())
    assert review.consensus == round(sum(r.mean for r in review.reviewers) / 3, 1)
    assert review.agreement is None or review.agreement <= 1


def test_identical_reviewers_agree_fully(draft):
    """Krippendorff's alpha of reviewers who say the same is 1."""
    one = default_panel()[2]
    assert review_draft(draft, (one, one)).agreement == 1


def test_too_few_verified_claims_bar_publication(draft):
    """Fewer verified claims than needed is a stated shortfall."""
    review = review_draft(draft, default_panel())
    assert sum(v.verified for v in draft.verdicts) < MIN_VERIFIED
    assert not review.publishable
    assert any(f"{MIN_VERIFIED} are needed" in s for s in review.shortfalls)


def test_an_altered_quote_costs_grounding(draft):
    """When evidence is not found at its offsets, the evidence checker's grounding score falls."""
    moved = tuple(
        p.model_copy(
            update={
                "paper": p.paper.model_copy(
                    update={
                        "sections": tuple(
                            s.model_copy(update={"text": "x" + s.text}) for s in p.paper.sections
                        )
                    }
                )
            }
        )
        for p in draft.papers
    )
    before = review_draft(draft, default_panel()).reviewers[1].scores[1]
    after = review_draft(draft.model_copy(update={"papers": moved}), default_panel()).reviewers[1].scores[1]
    assert after.score < before.score


def test_indicators_are_shares(draft):
    """Every indicator lies between 0 and 1."""
    assert all(0 <= i.value <= 1 for values in indicators(draft).values() for i in values)
