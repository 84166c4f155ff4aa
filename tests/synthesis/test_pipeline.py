"""The whole job: question → report, with resume and replay."""

from datetime import UTC, datetime

import pytest
from small_tools import PAPERS, QUESTION, BrokenSource, MemorySource, make_small_tools

from synthesis.config import Config
from synthesis.errors import SourceUnavailableError
from synthesis.jobs import RunClock, make_request, make_verification, run_job
from synthesis.records import Label, Stance
from synthesis.store import Home

CLOCK = RunClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))


def _report(tmp_path, tools=None, papers=("arxiv:2401.00001",), **changes):
    tools = tools or make_small_tools()
    request = make_request(QUESTION, tools.sources, papers)
    config = Config().model_copy(update=changes)
    return run_job(Home(tmp_path).prepare(), request, tools, config, CLOCK, ())


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """One report over the small library, made once."""
    return _report(tmp_path_factory.mktemp("home")).report


def test_every_quote_is_locked_to_stored_text(report):
    """Each quote of the report is found again at its offsets in the paper it names."""
    papers = {p.paper_id: p for p in PAPERS}
    quotes = [e.quote for c in report.claims for e in (*c.evidence, *([c.origin] if c.origin else []))]
    quotes += [s.quote for g in report.answer.groups for s in g.statements]
    assert quotes
    for quote in quotes:
        assert papers[quote.paper_id].sections[quote.section].text[quote.start : quote.end] == quote.text


def test_no_claim_is_judged_on_its_own_paper(report):
    """Evidence comes from other papers than the claim's own."""
    own = {r.number for r in report.references if r.role == "examined"}
    assert own == {1}
    assert not any(e.reference in own for c in report.claims for e in c.evidence)


def test_support_and_refutation_are_told_apart(report):
    """A claim that another paper repeats is verified; one that another denies is refuted."""
    by_text = {c.text: c for c in report.claims}
    repeated = by_text["Hybrid batches reduce language bias in multilingual retrieval by 30 percent."]
    denied = by_text["Hybrid batches improve mean average precision on XQuAD-R in all languages."]
    assert (repeated.label, repeated.verified, repeated.grounded) == (Label.SUPPORTED, True, True)
    assert not denied.verified
    assert any(e.stance is Stance.REFUTES for e in denied.evidence)


def test_counted_sentences_state_the_counts(report):
    """The sentences with counts say what the report holds."""
    verified = sum(c.verified for c in report.claims)
    texts = [s.text for s in report.results]
    assert f"{len(report.claims)} claims extracted; {verified} independently verified." in texts
    assert any(t.endswith("retrieved.") for t in texts)


def test_a_retracted_paper_is_excluded_with_its_reason(report):
    """Retracted papers give no evidence and are counted among the excluded."""
    assert report.methodology.flow.excluded["retracted"] == 1
    assert "doi:10.1/gone" not in {r.paper_id for r in report.references}


def test_prisma_counts_add_up(report):
    """Identified less duplicates is screened; screened less excluded is included."""
    flow = report.methodology.flow
    assert sum(flow.identified.values()) - flow.duplicates_removed == flow.screened
    assert flow.screened - sum(flow.excluded.values()) == flow.included


def test_every_quoted_paper_is_in_the_references(report):
    """Reference numbers count from 1, and whatever is quoted has one."""
    assert [r.number for r in report.references] == list(range(1, len(report.references) + 1))
    cited = {e.quote.paper_id for c in report.claims for e in c.evidence}
    assert cited <= {r.paper_id for r in report.references}


def test_arxiv_links_are_versioned(report):
    """A reference to arXiv names the version that was read."""
    assert report.references[0].url == "https://arxiv.org/abs/2401.00001v2"


def test_a_failing_source_is_a_line_never_a_lost_run(tmp_path):
    """When a source refuses, the report says so, says what was lost, and is made from the others."""
    broken = BrokenSource("down", good=1)
    done = _report(tmp_path, make_small_tools((MemorySource("memory", PAPERS), broken)))
    assert broken.calls == 2
    (lost,) = done.report.methodology.lost
    assert lost == "down: 429 Too Many Requests (2 of 3 queries lost)"
    assert done.report.claims


def test_without_a_network_the_report_says_so(tmp_path):
    """An unreachable source is marked as such, so that the command line need not call it a failure."""
    broken = BrokenSource("arxiv", SourceUnavailableError("no network"))
    done = _report(tmp_path, make_small_tools((MemorySource("memory", PAPERS), broken)))
    (entry,) = [e for e in done.report.methodology.log if e.error]
    assert entry.unreachable
    assert any("no network" in s.text for s in done.report.limitations)


def test_without_a_named_paper_the_best_match_is_examined(tmp_path):
    """The most relevant paper is examined when the user names none."""
    report = _report(tmp_path, papers=()).report
    assert report.references[0].role == "examined"


def test_no_papers_give_an_honest_empty_report(tmp_path):
    """With nothing found there is a report that says so, not a crash."""
    report = _report(tmp_path, make_small_tools((MemorySource("memory", ()),)), papers=()).report
    assert (report.claims, report.references) == ((), ())
    assert not report.review.publishable


def test_handed_in_claims_keep_order_and_number(tmp_path):
    """A verification has one row a claim, in the order given, and what the table said before."""
    claims = ["Rain falls in spring more often than in summer.", "The moon is made of cheese."]
    tools = make_small_tools()
    request = make_verification(claims, "Verification", stated=["✓ 0.41", None])
    done = run_job(Home(tmp_path).prepare(), request, tools, Config(), CLOCK, ())
    assert [c.text for c in done.report.claims] == claims
    assert [c.stated for c in done.report.claims] == ["✓ 0.41", None]
    assert [c.grounded for c in done.report.claims] == [False, False]
    assert done.report.claims[1].label is Label.NOT_ENOUGH_INFO
    assert (
        done.report.introduction[0].text
        == "2 claims handed in, each read against the literature found for it."
    )
    assert "2 claims handed in; 1 independently verified." in [s.text for s in done.report.abstract]


def test_an_unfinished_run_goes_on_and_searches_nothing_again(tmp_path):
    """A run that stopped after its search is resumed under its own id, without a second search."""
    tools = make_small_tools()
    request = make_request(QUESTION, tools.sources, ())

    class Stop(Exception):  # noqa: N818 - no error, a kill
        pass

    def stop_at_evidence(stage):
        if stage == "evidence":
            raise Stop

    home = Home(tmp_path).prepare()
    with pytest.raises(Stop):
        run_job(home, request, tools, Config(), CLOCK, (), on_stage=stop_at_evidence)
    calls = len(tools.sources[0].calls)
    later = RunClock(CLOCK.moment.replace(year=2027))
    done = run_job(home, request, tools, Config(), later, ())
    assert done.resumed
    assert len(tools.sources[0].calls) == calls
    assert done.report.date == "2026-11-21"


def test_a_damaged_artefact_is_computed_again(tmp_path):
    """A stage whose file no longer matches its hash is not trusted."""
    tools = make_small_tools()
    request = make_request(QUESTION, tools.sources, ())
    home = Home(tmp_path).prepare()
    first = run_job(home, request, tools, Config(), CLOCK, ())
    path = first.run.folder / "claims.claims.jsonl"
    path.write_bytes(path.read_bytes()[:-2])
    assert first.run.damaged() == ["claims.claims.jsonl"]


def test_an_unfinished_run_is_not_resumed_over_other_papers(tmp_path):
    """A run that stopped is taken up only while its sources hold what they held."""
    home = Home(tmp_path).prepare()
    tools = make_small_tools()
    request = make_request(QUESTION, tools.sources, ())

    def stop(stage):
        if stage == "evidence":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(home, request, tools, Config(), CLOCK, (), on_stage=stop)
    other = MemorySource("memory", PAPERS[:2])
    other.fingerprint = "other papers"
    done = run_job(home, request, make_small_tools((other,)), Config(), CLOCK, ())
    assert not done.resumed


def test_versions_may_be_kept_apart_without_doubling(tmp_path):
    """With merging off, a paper found twice is still one reference."""
    config = Config.model_validate({"papers": {"merge_versions": False}})
    tools = make_small_tools()
    request = make_request(QUESTION, tools.sources, ())
    report = run_job(Home(tmp_path).prepare(), request, tools, config, CLOCK, ()).report
    assert len({r.paper_id for r in report.references}) == len(report.references)
    assert "named by the user" not in report.methodology.flow.identified
