"""``synthesis update``: a report brought up to date, what it would say without a paper, and what it rests on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthesis.cli import EXIT_PARTIAL
from synthesis.commands.options import (
    home_option,
    json_option,
    judge_option,
    open_home,
    print_json,
    quiet_option,
    run_clock,
    stage_progress,
)
from synthesis.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.jobs import Done
    from synthesis.records import Cause, Changes, Load, VerdictChange, VerdictState
    from synthesis.store import Home, Run

_SHOWN_CHARS = 160  # of a claim or title
_HOW = {
    "new": "new",
    "gone": "no longer read",
    "retracted": "retracted",
    "text changed": "its text changed",
    "dropped": "left out",
    "left out": "left out",
}


@click.command()
@click.argument("run")
@click.option(
    "--drop",
    "dropped",
    multiple=True,
    metavar="DOI|ID",
    help="What if this paper falls? Its DOI, arXiv id, ACL id or paper_id. May be given again. Nothing is searched.",
)
@click.option(
    "--leave-one-out",
    is_flag=True,
    help="Print the papers without which a verdict would differ, and write nothing.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the report.")
@click.option("--fresh", is_flag=True, help="Start over, even if this update was begun before.")
@judge_option
@home_option
@json_option
@quiet_option
@click.pass_context
def update(ctx: click.Context, /, run: str, **options: Any) -> None:
    """Search anew for what RUN was asked, decide its claims again, and say which verdicts changed, by which paper.

    RUN is a run's name, the start of it, its folder, or "last". Its own files stay as they are: the update is a run
    and a report of its own. The examined papers and their claims are kept, so that verdicts can be compared; what is
    found anew gives evidence beside what was found before; what was retracted since falls, whether or not it is found
    again. Only what changed is computed: texts are not fetched twice, nor read twice by the models.

    A paper marked * is decisive: without it, the verdict would be what it was.

    \b
    Examples:
      synthesis update last
      synthesis update 2026-11-21-hybrid --out report/
      synthesis update last --leave-one-out
      synthesis update last --drop 10.1000/182 --drop 2305.05295

    Exit code 3: a source failed; `synthesis resume last` completes the update. An update that was interrupted goes on
    when the same command is given again.
    """
    if options["leave_one_out"] and options["dropped"]:
        raise UsageError(
            "--drop writes a report without some papers, --leave-one-out tries every one. Give one of them."
        )
    if options["leave_one_out"] and (options["out"] or options["fresh"]):
        raise UsageError("--leave-one-out prints and writes nothing; leave out --out and --fresh.")
    if options["dropped"] and options["fresh"]:
        raise UsageError("--drop computes at once and keeps nothing to go on from; leave out --fresh.")
    home = open_home(options["home"])
    found = home.find_run(run)
    if options["leave_one_out"]:
        _leave_one_out(found, options)
        return
    done = _what_if(home, found, options) if options["dropped"] else _update(home, found, options)
    _deliver(done, options)
    ctx.exit(EXIT_PARTIAL if _is_partial(done) else 0)


def _update(home: Home, run: Run, options: dict[str, Any]) -> Done:
    from synthesis.source_choice import Network
    from synthesis.updating import update as update_run

    # by the clock on the wall: a pinned clock says what a report bears, not how old an answer is
    with (
        Network(home, since=datetime.now(UTC)) as network,
        stage_progress(quiet=options["quiet"]) as (on_stage, on_library),
    ):
        return update_run(
            home,
            run,
            network,
            run_clock(),
            judge=options["judge"],
            fresh=options["fresh"],
            on_stage=on_stage,
            on_library=on_library,
        )


def _what_if(home: Home, run: Run, options: dict[str, Any]) -> Done:
    from synthesis.updating import what_if

    with stage_progress(quiet=options["quiet"]) as (on_stage, _):
        return what_if(home, run, options["dropped"], run_clock(), judge=options["judge"], on_stage=on_stage)


def _is_partial(done: Done) -> bool:
    """Whether a source failed in the new run; a what-if asks none."""
    from synthesis.jobs import order_of
    from synthesis.outcomes import is_partial

    origin = order_of(done.run).origin
    return bool(origin and not origin.without and is_partial(done.report, named=bool(origin.choice.names)))


def _deliver(done: Done, options: dict[str, Any]) -> None:
    from synthesis.jobs import deliver

    paths = deliver(done, options["out"] or done.run.folder / "outputs")
    changes = done.report.changes
    assert changes is not None
    if options["as_json"]:
        print_json(
            {
                "run_id": done.report.provenance.run_id,
                "resumed": done.resumed,
                "changes": changes.model_dump(mode="json"),
                "lost": list(done.report.methodology.lost),
                "files": [str(path) for path in paths],
            }
        )
        return
    if done.resumed:
        click.echo(f"Went on with the unfinished run {done.run.folder.name}.", err=True)
    for line in _change_lines(changes):
        click.echo(line)
    for lost in done.report.methodology.lost:
        click.echo(f"Not searched: {lost}")
    click.echo()
    for path in paths:
        click.echo(str(path))


def _leave_one_out(run: Run, options: dict[str, Any]) -> None:
    from synthesis.updating import leave_one_out

    loads = leave_one_out(run, options["judge"])
    if options["as_json"]:
        print_json([load.model_dump(mode="json") for load in loads])
        return
    for load in loads:
        for line in _load_lines(load):
            click.echo(line)
    if not loads:
        click.echo("No verdict hangs on any one paper.")


# --------------------------------------------------------------------------- lines


def _change_lines(changes: Changes) -> Iterator[str]:
    turned = sum(change.turned for change in changes.changes)
    moved = len(changes.changes) - turned
    verdicts = "verdict" if turned == 1 else "verdicts"
    yield f"Since {changes.before}: {turned} {verdicts} turned, {moved} moved, {changes.unchanged} as before."
    fallen = [paper for paper in changes.papers if paper.how == "retracted"]
    for paper in fallen:
        yield f"Retracted since: {_short(paper.title)} ({paper.paper_id})"
    for change in changes.changes:
        yield ""
        yield from _one_change(change)
    others = [paper for paper in changes.papers if paper.how != "retracted"]
    if others:
        yield ""
        yield f"Papers: {', '.join(_counts(others))}."


def _one_change(change: VerdictChange) -> Iterator[str]:
    number = f"{change.number}. " if change.number else ""
    yield f"{number}{_short(change.claim)}"
    yield f"   {_state(change.before)} → {_state(change.after)}"
    for cause in change.causes:
        yield f"   {'*' if cause.decisive else '-'} {_HOW[cause.how]}: {_short(cause.title)} ({cause.paper_id})"


def _load_lines(load: Load) -> Iterator[str]:
    number = f"[{load.reference}] " if load.reference else ""
    yield f"{number}{_short(load.title)} ({load.paper_id})"
    for change in load.changes:
        yield f"   {change.number}. {_short(change.claim)}"
        yield f"      {_state(change.before)} → {_state(change.after)}"


def _state(state: VerdictState | None) -> str:
    if state is None:
        return "not in the report"
    leaning = f", leaning to {state.leaning}" if state.leaning else ""
    return (
        f"{state.label} {state.confidence:.2f}{leaning} (for {state.support:.2f}, against {state.refute:.2f})"
    )


def _counts(causes: Sequence[Cause]) -> Iterator[str]:
    for how, words in _HOW.items():
        number = sum(cause.how == how for cause in causes)
        if number:
            yield f"{number} {words}"


def _short(text: str) -> str:
    """One line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS].rsplit(' ', 1)[0]} …"
