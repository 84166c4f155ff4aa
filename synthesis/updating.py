"""A finished report brought up to date, what it would say without a paper, and two reports set against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.assembly import make_tools
from synthesis.bases import SEARCHES, draft_of, papers_named, report_of
from synthesis.errors import StoreError, UsageError
from synthesis.jobs import Origin, order_of, run_job
from synthesis.loads import load_bearing
from synthesis.retrieval import EMBEDDED, load_calibrator
from synthesis.searching import NOTHING, Found
from synthesis.source_choice import SourceChoice, choose_full_texts, choose_sources
from synthesis.standing import Records, Standing, is_fallen
from synthesis.verdict_changes import Fates, compare_drafts
from synthesis.verdicts import decide_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.jobs import Done, RunClock
    from synthesis.protocols import Calibrator
    from synthesis.records import Changes, Load, Paper
    from synthesis.source_choice import Network
    from synthesis.store import Home, Run
    from synthesis.verdict_states import Redecide

    OnProgress = Callable[[str, int, int | None], None]


def update(
    home: Home,
    run: Run,
    network: Network,
    clock: RunClock,
    *,
    judge: Path | None = None,
    fresh: bool = False,
    on_stage: Callable[[str], None] = lambda _: None,
    on_library: OnProgress = lambda *_: None,
) -> Done:
    """Search anew for what a finished run was asked, read what is new, and decide its claims again, as a run of its own.

    ``network`` should ask anew what it holds answers to (``Network(home, since=…)``). ``fresh``: not the update of it
    that was begun and not finished.

    Raises:
        UsageError: the run is not finished, or was made by a program with tools of its own.
        StoreError: it is damaged, or the new one cannot be written.
    """
    order = order_of(run)
    origin = _origin(run, order.origin)
    draft_of(run)  # before a database is asked
    sources = choose_sources(home, origin.choice, network, on_library)
    texts = (
        None if order.request.kind == "verification" else choose_full_texts(origin.choice, sources, network)
    )
    return run_job(
        home,
        order.request,
        make_tools(sources, _judge(judge, origin), texts),
        order.config,
        clock,
        order.formats,
        fresh=fresh,
        origin=Origin(choice=origin.choice, judge=_path(judge, origin), updates=_place(home, run)),
        on_stage=on_stage,
    )


def what_if(
    home: Home,
    run: Run,
    names: Sequence[str],
    clock: RunClock,
    *,
    judge: Path | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Done:
    """The report of a finished run without some papers and their versions, as a run of its own.

    ``names`` are DOIs, arXiv ids, ACL ids or paper_ids. Nothing is asked of a source, and nothing takes their place.

    Raises:
        UsageError: the run is not finished, or rests on no such paper. StoreError: as ``update``.
    """
    order = order_of(run)
    origin = order.origin or Origin(choice=SourceChoice(offline=True))
    without = tuple(sorted(paper.paper_id for paper in papers_named(draft_of(run), names)))
    return run_job(
        home,
        order.request,
        make_tools((), _judge(judge, origin)),
        order.config,
        clock,
        order.formats,
        origin=Origin(
            choice=origin.choice, judge=_path(judge, origin), updates=_place(home, run), without=without
        ),
        on_stage=on_stage,
    )


def leave_one_out(run: Run, judge: Path | None = None) -> tuple[Load, ...]:
    """The papers of a finished run on which its verdicts hang, each with its number in the report.

    Raises:
        UsageError: the run is not finished. StoreError: it is damaged, or was made with another judge.
    """
    draft, report = draft_of(run), report_of(run)
    calibrator = load_calibrator(run.manifest.judge, str(_judge(judge, order_of(run).origin) or EMBEDDED))
    numbers = {reference.paper_id: reference.number for reference in report.references}
    return tuple(
        load.model_copy(update={"reference": numbers.get(load.paper_id)})
        for load in load_bearing(draft, _redecide(run, [p.paper for p in draft.papers], calibrator))
    )


def compare_runs(before: Run, after: Run) -> Changes:
    """Which verdicts of ``after`` differ from those of ``before``, and by which papers.

    Claims are matched by their text, else by what they say. Causes are computed with the calibrator that ``after`` was
    made with; where it is not at hand, none are named.

    Raises:
        UsageError: one of them is not finished. StoreError: one of them is damaged.
    """
    report, earlier = report_of(after), report_of(before)
    if report.changes and report.changes.before == earlier.provenance.run_id:
        return report.changes
    one, other = draft_of(before), draft_of(after)
    papers = [p.paper for p in one.papers]
    records = Records(_records(after))
    fallen = frozenset(p.paper_id for p in papers if is_fallen(p, records.of(p)))
    redecide = _redecide_if_at_hand(after, [*papers, *(p.paper for p in other.papers)])
    return compare_drafts(one, other, earlier.provenance.run_id, Fates(fallen), redecide)


def _records(run: Run) -> list[Paper]:
    """All records that a run's searches brought."""
    standing = run.load("standing", Standing)
    found = [run.load(name, Found) or NOTHING for name in SEARCHES]
    return [*(paper for part in found for paper in part.papers), *(standing.papers if standing else ())]


def _redecide_if_at_hand(run: Run, papers: Sequence[Paper]) -> Redecide | None:
    try:
        calibrator = load_calibrator(run.manifest.judge, str(_judge(None, order_of(run).origin) or EMBEDDED))
    except StoreError:
        return None
    at_hand = calibrator.fingerprint == run.manifest.calibrator
    return _redecide(run, papers, calibrator) if at_hand else None


def _redecide(run: Run, papers: Sequence[Paper], calibrator: Calibrator) -> Redecide:
    """How the claims of a run were decided."""
    by_id = {paper.paper_id: paper for paper in papers}
    config = order_of(run).config.verdicts
    return lambda claims, evidence: decide_verdicts(claims, evidence, by_id, calibrator, config)


def _origin(run: Run, origin: Origin | None) -> Origin:
    if origin is None:
        raise UsageError(
            f"{run.folder.name} cannot be updated: it was made from a corpus, or by a program with tools of its own, so "
            "it is not known what to search. Give the command that made it again. What it says without a paper can be "
            "told: --drop, --leave-one-out."
        )
    if origin.without:
        raise UsageError(
            f"{run.folder.name} leaves papers out on request, so it is no report to update. Update the one that it was "
            f"made from: synthesis update {origin.updates}"
        )
    return origin


def _judge(judge: Path | None, origin: Origin | None) -> Path | None:
    return judge or (Path(origin.judge) if origin and origin.judge else None)


def _path(judge: Path | None, origin: Origin) -> str | None:
    return str(judge.resolve()) if judge else origin.judge


def _place(home: Home, run: Run) -> str:
    """The folder's name under the home, else its path."""
    folder = run.folder.resolve()
    return folder.name if folder.parent == home.runs.resolve() else str(folder)
