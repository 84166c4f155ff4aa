"""A report brought up to date: what is kept, what falls, what changed and by which paper."""

from __future__ import annotations

import json
import shutil
from datetime import datetime

import pytest
from small_tools import PAPERS, BrokenSource, MemorySource, make_small_tools
from updating_factory import (
    EXAMINED,
    HERE,
    LATER,
    REPEATED,
    SECOND,
    THIRD,
    neutral,
    refuting,
    report,
    updated,
)

from synthesis import jobs, updating
from synthesis.bases import AS_THEY_WERE, LESS_WHAT_IS_LEFT_OUT, MADE_ANEW, papers_named
from synthesis.config import Config, VerdictConfig
from synthesis.errors import SourceUnavailableError, StoreError, SynthesisError, UsageError
from synthesis.jobs import Origin, RunClock, order_of, replay, run_job
from synthesis.records import Label, Notice
from synthesis.source_choice import Network, SourceChoice
from synthesis.stage_results import KEPT_STAGES, Judged, Reviewed
from synthesis.store import Home
from synthesis.updating import compare_runs, leave_one_out, what_if

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with one small report, made once."""
    home = Home(tmp_path_factory.mktemp("made")).prepare()
    return home, report(home, formats=("json",))


@pytest.fixture
def home(made, tmp_path):
    """A data directory of its own, with the small report."""
    shutil.copytree(made[0].root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def first(made, home):
    """The small report."""
    return made[1]._replace(run=home.find_run("last"))


@pytest.fixture
def small(monkeypatch):
    """Small tools and their calibrator in place of the models."""
    for module in (jobs, updating):
        monkeypatch.setattr(module, "make_tools", lambda sources, *_: make_small_tools(sources))
    monkeypatch.setattr(updating, "load_calibrator", lambda *_: make_small_tools(()).calibrator)


def _bytes(run, name):
    return (run.folder / name).read_bytes()


def _changed(done):
    """Claim → (label before, label after, causes as (paper_id, how, decisive))."""
    return {
        c.claim: (
            c.before and c.before.label,
            c.after and c.after.label,
            [(cause.paper_id, cause.how, cause.decisive) for cause in c.causes],
        )
        for c in done.report.changes.changes
    }


def test_an_update_over_the_same_papers_changes_nothing(home, first):
    """The verdicts' bytes are the same, and so is every claim, reference and answer; no paper is named."""
    again = updated(home, first.run, PAPERS)
    assert _bytes(again.run, "verdicts.verdicts.jsonl") == _bytes(first.run, "verdicts.verdicts.jsonl")
    assert _bytes(again.run, "evidence.evidence.jsonl") == _bytes(first.run, "evidence.evidence.jsonl")
    for part in ("claims", "references", "answer", "loads"):
        assert getattr(again.report, part) == getattr(first.report, part)
    changes = again.report.changes
    assert (changes.before, changes.changes, changes.papers) == (first.run.manifest.run_id, (), ())
    assert changes.unchanged == len(first.report.claims)
    assert first.report.changes is None


def test_a_new_paper_that_refutes_turns_the_verdict_and_is_its_cause(home, first):
    """Found anew beside neutral ones: the verdict turns, the refuting paper alone is named, and it is cited."""
    papers = (*PAPERS, neutral(1), refuting(), neutral(2))
    done = updated(home, first.run, papers)
    cause = ("doi:10.2/against1", "new", True)
    assert _changed(done) == {REPEATED: (Label.SUPPORTED, Label.CONFLICTING, [cause])}
    assert "doi:10.2/against1" in {r.paper_id for r in done.report.references}


@pytest.mark.parametrize(
    "mark",
    [{"retracted": True}, {"title": f"RETRACTED: {PAPERS[1].title}"}],
    ids=["by a source", "by its title"],
)
def test_a_retraction_fells_its_evidence_and_is_the_cause(home, first, mark):
    """Found again as retracted, a paper gives no evidence any more; the verdict that rested on it turns."""
    done = updated(
        home, first.run, [p.model_copy(update=mark) if p.paper_id == SECOND else p for p in PAPERS]
    )
    label, now, causes = _changed(done)[REPEATED]
    assert (label, now) == (Label.SUPPORTED, Label.NOT_ENOUGH_INFO)
    assert causes[0] == (SECOND, "retracted", True)
    assert SECOND not in {r.paper_id for r in done.report.references}
    assert (SECOND, "retracted") in {(p.paper_id, p.how) for p in done.report.changes.papers}


def test_a_retraction_that_turns_nothing_is_said_too(home):
    """A paper that bore no verdict is named among the papers, as retracted and not decisive."""
    more = neutral(1)
    first = report(home, (*PAPERS, more))
    assert more.paper_id in {p.paper.paper_id for p in first.run.load("review", Reviewed).draft.papers}
    done = updated(home, first.run, (*PAPERS, more.model_copy(update={"retracted": True})))
    assert [(p.paper_id, p.how, p.decisive) for p in done.report.changes.papers] == [
        (more.paper_id, "retracted", False)
    ]


def test_a_paper_found_no_more_is_asked_for_by_its_id(home, first):
    """What no query finds again still counts while its source holds it, and falls when that calls it retracted."""

    class Forgetful(MemorySource):
        """Finds everything but one paper, and still knows it by name."""

        remote = True

        def search(self, query, limit):
            """Without the paper."""
            answer = super().search(query, limit)
            return answer.model_copy(
                update={"papers": tuple(p for p in answer.papers if p.paper_id != SECOND)}
            )

        def lookup(self, identifier):
            """By DOI, as the real sources are asked."""
            return super().lookup(f"doi:{identifier}")

    source = Forgetful("memory", PAPERS, remote=True)
    kept = updated(home, first.run, PAPERS, sources=(source,))
    assert kept.report.changes.changes == ()
    assert SECOND in {r.paper_id for r in kept.report.references}
    retracted = PAPERS[1].model_copy(update={"notices": (Notice(kind="retracted", source="memory"),)})
    source = Forgetful("memory", (PAPERS[0], retracted, *PAPERS[2:]), remote=True)
    fallen = updated(home, first.run, PAPERS, sources=(source,))
    assert _changed(fallen)[REPEATED][2][0] == (SECOND, "retracted", True)
    said = {(e.origin, e.retrieved) for e in fallen.report.methodology.log}
    assert ("earlier report", 1) in said


def test_a_paper_that_its_library_no_longer_holds_is_gone(home, first):
    """Taken out of the library that it came from, a paper gives no evidence, and is the cause of what turns."""
    done = updated(home, first.run, [p for p in PAPERS if p.paper_id != SECOND])
    assert _changed(done)[REPEATED][2][0] == (SECOND, "gone", True)


def test_a_source_that_fails_takes_no_evidence_away(home, first):
    """With the only source down, every verdict stays, and the report says what was not searched."""
    broken = BrokenSource("memory", SourceUnavailableError("no network"))
    done = updated(home, first.run, (), sources=(broken,))
    assert done.report.changes.changes == ()
    assert done.report.methodology.lost
    assert jobs.order_of(done.run).origin.updates == first.run.folder.name


def _with_text(paper, text):
    section = paper.sections[0].model_copy(update={"text": text})
    return paper.model_copy(update={"sections": (section,), "abstract": text})


def test_a_text_that_says_the_opposite_now_is_the_cause(home, first):
    """A paper is read in its present text; the examined one keeps the text that its claims stand in."""
    texts = {
        EXAMINED: f"Quite another beginning stands here now. {PAPERS[0].abstract}",
        SECOND: PAPERS[1].abstract.replace("reduce", "do not reduce"),
    }
    papers = [_with_text(p, texts.get(p.paper_id, p.abstract)) for p in PAPERS]
    done = updated(home, first.run, papers)
    assert [c.text for c in done.report.claims] == [c.text for c in first.report.claims]
    assert all(c.grounded for c in done.report.claims)
    assert _changed(done)[REPEATED][2] == [(SECOND, "text changed", True)]


def test_an_id_learnt_since_gives_no_paper_another_name(home, first):
    """A paper found again under a new id is the paper that it was: nothing is new, gone or verified by itself."""
    learnt = PAPERS[1].model_copy(
        update={"paper_id": "arxiv:2401.00077", "arxiv_id": "2401.00077", "other_ids": (SECOND,)}
    )
    own = PAPERS[0].model_copy(
        update={"paper_id": "doi:10.1/own", "doi": "10.1/own", "arxiv_id": None, "other_ids": (EXAMINED,)}
    )
    done = updated(home, first.run, (own, learnt, *PAPERS[2:]))
    assert done.report.changes.changes == ()
    assert {r.paper_id for r in done.report.references} == {r.paper_id for r in first.report.references}


def test_what_was_read_stays_read_when_others_rank_higher(home, first):
    """Papers that repeat the claim's words push none of the earlier evidence out, so only what speaks changes a verdict."""
    asked = "Whether hybrid batches change language bias in multilingual retrieval by {} percent was asked."
    crowd = [_with_text(neutral(n), asked.format(n)) for n in range(40, 60)]
    done = updated(home, first.run, (*PAPERS, *crowd))
    before = {(e.claim_id, e.paper_id) for e in first.run.load("evidence", Judged).evidence}
    after = {(e.claim_id, e.paper_id) for e in done.run.load("evidence", Judged).evidence}
    assert before < after
    assert not any(change.turned for change in done.report.changes.changes)


def test_an_update_replays_to_the_same_bytes_without_the_run_that_it_updates(home, first):
    """All that an update rests on lies in its own run."""
    done = updated(home, first.run, (*PAPERS, refuting()))
    (first.run.folder / "run.json").unlink()
    assert replay(done.run).report == done.report


def test_an_update_of_an_update_keeps_what_was_found_in_between(home, first):
    """A paper found by the first update gives evidence in the second, found again or not."""
    second = updated(home, first.run, (*PAPERS, refuting()))
    broken = BrokenSource("memory", SourceUnavailableError("no network"))
    third = updated(home, second.run, (), sources=(broken,))
    assert third.report.changes.before == second.run.manifest.run_id
    assert third.report.changes.changes == ()
    assert "doi:10.2/against1" in {r.paper_id for r in third.report.references}


def test_an_interrupted_update_goes_on(home, first, monkeypatch):
    """The same update taken up again keeps its searches and its base, and gives the report of an undisturbed one."""
    papers = (*PAPERS, refuting())
    source = MemorySource("memory", papers)

    def stop(*_):
        raise SynthesisError("stopped on purpose")

    with monkeypatch.context() as broken:
        broken.setattr("synthesis.stages.gather_evidence", stop)
        with pytest.raises(SynthesisError, match="on purpose"):
            updated(home, first.run, papers, sources=(source,))
    asked = list(source.calls)
    done = updated(home, first.run, papers, sources=(source,))
    assert (done.resumed, source.calls) == (True, asked)
    assert REPEATED in _changed(done)


def test_an_update_that_was_begun_needs_the_earlier_run_no_more(home, first, monkeypatch):
    """Interrupted, it goes on though the run that it updates is gone."""
    papers = (*PAPERS, refuting())

    def stop(*_):
        raise SynthesisError("stopped on purpose")

    with monkeypatch.context() as broken:
        broken.setattr("synthesis.stages.gather_evidence", stop)
        with pytest.raises(SynthesisError, match="on purpose"):
            updated(home, first.run, papers)
    begun = next(run for run in home.iter_runs() if not run.manifest.complete)
    order = order_of(begun)
    shutil.rmtree(first.run.folder)
    tools = make_small_tools((MemorySource("memory", papers),))
    clock = RunClock(datetime.fromisoformat(begun.manifest.clock))
    done = run_job(home, order.request, tools, order.config, clock, order.formats, origin=order.origin)
    assert (done.resumed, done.run.folder) == (True, begun.folder)
    assert REPEATED in _changed(done)


def test_a_verification_is_updated_too(home):
    """Claims that were handed in are decided again over what their sources hold now."""
    tools = make_small_tools()
    request = jobs.make_verification([REPEATED], "A table of one claim")
    config = Config(verdicts=VerdictConfig(risk=0.1))
    table = run_job(home, request, tools, config, LATER, (), origin=HERE)
    assert updated(home, table.run, PAPERS).report.changes.changes == ()
    done = updated(home, table.run, (*PAPERS, refuting()))
    assert _changed(done)[REPEATED][2][0] == ("doi:10.2/against1", "new", True)
    assert done.report.kind == "verification"


# --------------------------------------------------------------------------- what if


def test_dropping_the_only_support_turns_a_verdict(home, first):
    """Without the paper that repeats the claim nothing supports it; the paper is gone from all of the report."""
    before = {p.name: p.read_bytes() for p in first.run.folder.rglob("*") if p.is_file()}
    done = what_if(home, first.run, [SECOND], LATER)
    label, now, causes = _changed(done)[REPEATED]
    assert (label, now) == (Label.SUPPORTED, Label.NOT_ENOUGH_INFO)
    assert causes == [(SECOND, "dropped", True)]
    shown = json.loads(done.outputs["report.json"])
    del shown["changes"]
    assert SECOND not in json.dumps(shown)
    assert done.report.methodology.flow.excluded["left out on request"] == 1
    assert {p.name: p.read_bytes() for p in first.run.folder.rglob("*") if p.is_file()} == before


def test_dropping_a_paper_that_says_nothing_changes_no_verdict(home):
    """A neutral paper left out: the verdicts are the same, label by label and number by number."""
    first = report(home, (*PAPERS, neutral()))
    done = what_if(home, first.run, [neutral().paper_id], LATER)
    assert done.report.changes.changes == ()
    assert done.report.changes.unchanged == len(first.report.claims)


def test_a_what_if_asks_nothing_and_replays(home, first, monkeypatch):
    """Its sources are none, its searches those of the run, and a replay gives the same report."""
    monkeypatch.setattr(MemorySource, "search", None)
    done = what_if(home, first.run, [SECOND, THIRD], LATER)
    assert done.report.methodology.log == first.report.methodology.log
    assert replay(done.run).outputs == done.outputs
    with pytest.raises(UsageError, match="no report to update"):
        updating.update(home, done.run, None, LATER)


def test_every_stage_that_a_replay_keeps_has_its_place_in_a_what_if():
    """A new stage of searching must not be searched again, by nobody, when a paper is left out."""
    dealt_with = [*AS_THEY_WERE, *LESS_WHAT_IS_LEFT_OUT, *MADE_ANEW]
    assert sorted(dealt_with) == sorted(KEPT_STAGES)


def test_dropping_an_unknown_paper_is_an_error_that_says_so(home, first):
    """A paper on which nothing rests cannot be dropped."""
    with pytest.raises(UsageError, match=r"rests on no paper '10\.9/none'"):
        what_if(home, first.run, ["10.9/none"], LATER)


def test_leave_one_out_gives_the_loads_of_the_report_with_their_numbers(first):
    """The same papers as in the report, numbered as its references."""
    loads = leave_one_out(first.run)
    assert loads == first.report.loads
    numbers = {r.paper_id: r.number for r in first.report.references}
    assert {load.paper_id: load.reference for load in loads}[SECOND] == numbers[SECOND]


# --------------------------------------------------------------------------- any two runs


def test_two_reports_of_their_own_are_compared(home, first):
    """Made apart, over a library before and after: the same change and cause as an update finds."""
    second = report(home, (*PAPERS, refuting()))
    changes = compare_runs(first.run, second.run)
    [change] = [c for c in changes.changes if c.turned]
    assert (change.claim, change.before.label, change.after.label) == (
        REPEATED,
        Label.SUPPORTED,
        Label.CONFLICTING,
    )
    assert [(c.paper_id, c.how) for c in change.causes if c.decisive] == [("doi:10.2/against1", "new")]
    back = compare_runs(second.run, first.run)
    assert [(c.paper_id, c.how) for c in back.changes[0].causes if c.decisive] == [
        ("doi:10.2/against1", "gone")
    ]
    assert compare_runs(first.run, first.run).changes == ()


def test_an_updates_own_changes_are_what_comparing_gives(home, first):
    """Asked for the two runs of an update, the comparison is the one in its report."""
    done = updated(home, first.run, (*PAPERS, refuting()))
    assert compare_runs(first.run, done.run) == done.report.changes


def test_with_another_calibrator_at_hand_no_cause_is_named(home, first, monkeypatch):
    """Causes are decided as the later run was, or not at all."""
    second = report(home, (*PAPERS, refuting()))

    def refuse(*_):
        raise StoreError("fitted for another judge")

    monkeypatch.setattr(updating, "load_calibrator", refuse)
    changes = compare_runs(first.run, second.run)
    assert changes.changes
    assert all(change.causes == () for change in changes.changes)


def test_an_unfinished_run_is_not_updated(home, first):
    """It is said how to finish it."""
    run = first.run
    run.manifest = run.manifest.model_copy(update={"complete": False})
    with pytest.raises(UsageError, match="synthesis resume"):
        updating.update(home, run, None, LATER)


def test_a_paper_goes_by_any_of_its_ids(first):
    """DOI in any case or as a link, arXiv id with or without version, and the paper_id name one paper."""
    draft = first.run.load("review", Reviewed).draft
    first = draft.papers[0].paper.model_copy(
        update={"doi": "10.5555/own", "other_ids": ("acl:2024.acl-long.1",)}
    )
    draft = draft.model_copy(update={"papers": (draft.papers[0].model_copy(update={"paper": first}),)})
    for name in ("10.5555/OWN", "https://doi.org/10.5555/own", "2401.00001v2", EXAMINED, "2024.acl-long.1"):
        assert [p.paper_id for p in papers_named(draft, [name])] == [EXAMINED]


def test_a_run_of_a_programs_own_tools_is_not_searched_again(home, first):
    """Without a known choice of sources an update says why it cannot be made; a what-if can."""
    tools = make_small_tools()
    order = order_of(first.run)
    own = run_job(home, order.request, tools, order.config, LATER, ())
    with pytest.raises(UsageError, match="tools of its own"):
        updating.update(home, own.run, None, LATER)
    assert what_if(home, own.run, [SECOND], LATER).report.changes.changes


def test_an_update_searches_the_sources_that_the_run_was_made_with(home, first, tmp_path):
    """A library named by its path is read again, and what was added to it is found."""
    library = tmp_path / "papers.jsonl"
    rows = [
        {"id": p.paper_id.partition(":")[2], "title": p.title, "abstract": p.abstract, "doi": p.doi}
        for p in PAPERS[:3]
    ]
    library.write_text("".join(json.dumps(row) + "\n" for row in rows))
    choice = SourceChoice(libraries=(str(library),), offline=True)
    with Network(home) as network:
        sources = updating.choose_sources(home, choice, network)
        request = jobs.make_request("Do hybrid batches reduce language bias?", sources, (PAPERS[0].title,))
        order = order_of(first.run)
        first = run_job(
            home, request, make_small_tools(sources), order.config, LATER, (), origin=Origin(choice=choice)
        )
        added = refuting()
        row = {"id": "against", "title": added.title, "abstract": added.abstract, "doi": "10.5555/against"}
        library.write_text(library.read_text() + json.dumps(row) + "\n")
        done = updating.update(home, first.run, network, LATER)
    assert {p.paper_id for p in done.report.changes.papers if p.how == "new"} == {"doi:10.5555/against"}
