"""``synthesis report``, ``resume``, ``replay`` and ``runs``."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthesis.cli import EXIT_PARTIAL
from synthesis.commands.options import (
    full_text_option,
    home_option,
    json_option,
    judge_option,
    make_config,
    open_home,
    print_json,
    quiet_option,
    report_language_option,
    run_clock,
    source_choice,
    source_options,
    stage_progress,
)
from synthesis.errors import UsageError
from synthesis.outcomes import is_partial

if TYPE_CHECKING:
    from synthesis.config import Config
    from synthesis.jobs import Done, Origin
    from synthesis.records import Report
    from synthesis.store import Run


@click.command()
@click.argument("question")
@click.option(
    "--paper",
    "papers",
    multiple=True,
    metavar="ID|FILE",
    help="Examine this paper: arXiv id, DOI, ACL id, title, or PDF. May be given again.",
)
@source_options
@click.option(
    "--appendix",
    "appendices",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Append this result.json of `retrieval-core experiment`. May be given again.",
)
@click.option(
    "--formats", default="md,html,pdf,docx,json", show_default=True, help="Also: bib (BibTeX), csv (claims)."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the report.")
@click.option("--title", help="Title of the report.  [default: the question's key phrases]")
@report_language_option
@click.option("--max-papers", type=click.IntRange(1, 500), help="Papers kept after screening.  [default: 20]")
@click.option("--max-claims", type=click.IntRange(1, 500), help="Claims extracted.  [default: 12]")
@click.option(
    "--risk",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of stated verdicts that may be wrong.  [default: 0.1]",
)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A TOML file of settings.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of everything random.  [default: 0]")
@click.option("--fresh", is_flag=True, help="Start over, even if this report was begun before.")
@full_text_option
@click.option("--dry-run", is_flag=True, help="Say what would be asked of the network, and send nothing.")
@judge_option
@home_option
@json_option
@quiet_option
@click.pass_context
def report(ctx: click.Context, /, question: str, **options: Any) -> None:
    """Answer QUESTION with a report: papers found, claims extracted, each verified against other papers.

    \b
    Examples:
      synthesis report "Does hybrid batch training improve multilingual retrieval?" --source demo
      synthesis report "Is BM25 a strong baseline?" --library papers/ --library refs.bib --out report/
      synthesis report "How large is language bias?" --paper 2408.10536 --formats md,pdf
      synthesis report "Do hybrid batches help?" --source demo --appendix experiment/result.json
      synthesis report "¿Mejora BM25 la búsqueda multilingüe?" --library papers/ --report-language es
      synthesis report "Is BM25 a strong baseline?" --from-year 2020 --open-access --dry-run

    A report that was interrupted goes on where it stopped when the same command is given again. One in which a
    source failed (exit code 3) is completed by: synthesis resume last
    """
    if options["dry_run"]:
        _dry_run(question, options)
        return
    done, paths = _report(question, options)
    if options["as_json"]:
        print_json(_summary(done, paths))
    else:
        _print_summary(done, paths)
    ctx.exit(EXIT_PARTIAL if is_partial(done.report, named=bool(options["sources"])) else 0)


def _dry_run(question: str, options: dict[str, Any]) -> None:
    """Print what the report would ask of each remote source."""
    from synthesis.commands.plans import print_plans
    from synthesis.jobs import check_question
    from synthesis.planning import plan_requests
    from synthesis.queries import expand_question
    from synthesis.source_choice import Network, choose_full_texts, choose_sources

    home, config = open_home(options["home"]), _config(options)
    choice = source_choice(options).model_copy(update={"filters": config.papers.filters})
    asked = check_question(question)
    with Network(home) as network, stage_progress(quiet=options["quiet"]) as (_, on_library):
        sources = choose_sources(home, choice, network, on_library)
        full_texts = choose_full_texts(choice, sources, network) is not None
        n_queries = len(expand_question(asked, config.queries))
        plans = plan_requests(n_queries, len(options["papers"]), sources, config, full_texts=full_texts)
    print_plans(plans, as_json=options["as_json"])


def _config(options: dict[str, Any]) -> Config:
    """The settings, with the filters that the sources are asked with."""
    return make_config(
        options["config"],
        {
            "papers": {"max_papers": options["max_papers"]},
            "claims": {"max_claims": options["max_claims"]},
            "verdicts": {"risk": options["risk"]},
            "report": {"language": options["report_language"]},
        },
        options["seed"],
        source_choice(options).filters,
    )


def _report(question: str, options: dict[str, Any]) -> tuple[Done, list[Path]]:
    from synthesis.assembly import make_tools
    from synthesis.jobs import Origin, deliver, make_request, run_job
    from synthesis.measurements import read_measurement
    from synthesis.source_choice import Network, choose_full_texts, choose_sources
    from synthesis.wording import speaking

    formats = parse_formats(options["formats"])
    config = _config(options)
    with speaking(config.report.language):
        measurements = [read_measurement(path) for path in options["appendices"]]
    home = open_home(options["home"])
    choice = source_choice(options).model_copy(update={"filters": config.papers.filters})
    with Network(home) as network, stage_progress(quiet=options["quiet"]) as (on_stage, on_library):
        sources = choose_sources(home, choice, network, on_library)
        request = make_request(question, sources, options["papers"], options["title"], measurements)
        tools = make_tools(sources, options["judge"], choose_full_texts(choice, sources, network))
        done = run_job(
            home,
            request,
            tools,
            config,
            run_clock(),
            formats,
            fresh=options["fresh"],
            origin=Origin(choice=choice, judge=str(options["judge"].resolve()) if options["judge"] else None),
            on_stage=on_stage,
        )
    out = options["out"] or done.run.folder / "outputs"
    return done, deliver(done, out)


def parse_formats(text: str) -> tuple[str, ...]:
    """A comma-separated list of formats, each once.

    Raises:
        UsageError: a format that is none; the message suggests the nearest.
    """
    from synthesis.rendering import EXTRAS, FORMATS

    known = (*FORMATS, *EXTRAS)
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"there is no format '{name}'.{hint} Formats: {', '.join(known)}.")
    if not names:
        raise UsageError(f"--formats names no format. Formats: {', '.join(known)}.")
    return names


def _never() -> Any:
    raise AssertionError("the run is complete, so its stages are read back")


def _summary(done: Done, paths: list[Path]) -> dict[str, Any]:
    from synthesis.stage_results import Reviewed

    report = done.report
    return {
        "run_id": report.provenance.run_id,
        "resumed": done.resumed,
        "papers": len(done.run.stage("review", Reviewed, _never).draft.papers),
        "claims": len(report.claims),
        "verified": sum(c.verified for c in report.claims),
        "review_score": report.review.consensus,
        "publishable": report.review.publishable,
        "lost": list(report.methodology.lost),
        "files": [str(p) for p in paths],
    }


def _print_summary(done: Done, paths: list[Path]) -> None:
    report = done.report
    if done.resumed:
        click.echo(f"Went on with the unfinished run {done.run.folder.name}.", err=True)
    for statement in report.results:
        click.echo(statement.text)
    if not report.references:
        _explain_emptiness(report)
    for lost in report.methodology.lost:
        click.echo(f"Not searched: {lost}")
    calibration = report.calibration
    if report.claims and calibration.threshold is None and calibration.least_risk:
        click.echo(
            f"No verdict is sure enough for a risk of {calibration.risk:.0%}; this judge states none below "
            f"{calibration.least_risk:.0%} (--risk)."
        )
    click.echo()
    for path in paths:
        click.echo(str(path))
    from synthesis.rendering.pdf import warnings_for

    if any(path.suffix == ".pdf" for path in paths):
        for warning in warnings_for(report):
            click.echo(f"Warning: {warning}", err=True)


def _explain_emptiness(report: Report) -> None:
    """Why there is no paper, and what to do."""
    excluded = report.methodology.flow.excluded
    if excluded:
        reasons = ", ".join(f"{count} {reason}" for reason, count in excluded.items())
        click.echo(f"No paper was kept ({reasons}). Ask more widely, or loosen the filters.")
    else:
        click.echo("No paper was found. Add papers of your own with --library PATH, or try --source demo.")


@click.command()
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the report.")
@judge_option
@home_option
@json_option
@quiet_option
@click.pass_context
def resume(ctx: click.Context, /, run: str, **options: Any) -> None:
    """Complete RUN: ask again what failed then, keep all that was answered, and write a new report.

    RUN is a run's name, the start of it, its folder, or "last". Its own files stay as they are.

    \b
    Examples:
      synthesis resume last
      synthesis resume 2026-11-21-hybrid --out report/
    """
    from synthesis.assembly import make_tools
    from synthesis.jobs import deliver, order_of, run_job
    from synthesis.source_choice import Network, choose_full_texts, choose_sources

    home = open_home(options["home"])
    begun = home.find_run(run)
    order = order_of(begun)
    origin = order.origin
    if origin is None or order.request.kind == "verification" or origin.without:
        raise UsageError(
            f"{begun.folder.name} is no report that this command made. Give the command that made it again: it goes on "
            "where it stopped."
        )
    if begun.manifest.complete:
        if not _lost(begun):
            click.echo(f"{begun.folder.name}: no source failed, so there is nothing to complete.")
            return
        origin = origin.model_copy(update={"previous": begun.folder.name})
    judge = options["judge"] or (Path(origin.judge) if origin.judge else None)
    with Network(home) as network, stage_progress(quiet=options["quiet"]) as (on_stage, on_library):
        sources = choose_sources(home, origin.choice, network, on_library)
        tools = make_tools(sources, judge, choose_full_texts(origin.choice, sources, network))
        done = run_job(
            home,
            order.request,
            tools,
            order.config,
            run_clock(),
            order.formats,
            origin=origin,
            on_stage=on_stage,
        )
    paths = deliver(done, options["out"] or done.run.folder / "outputs")
    if options["as_json"]:
        print_json(_summary(done, paths))
    else:
        _print_summary(done, paths)
    ctx.exit(EXIT_PARTIAL if is_partial(done.report, named=bool(origin.choice.names)) else 0)


def _lost(run: Run) -> bool:
    """Whether a finished run's report says that something was lost."""
    from synthesis.stage_results import Reported

    reported = run.load("report", Reported)
    return reported is None or bool(reported.report.methodology.lost)


@click.command()
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the formats here too.")
@judge_option
@home_option
@json_option
@quiet_option
def replay(
    run: str, out: Path | None, judge: Path | None, home: Path | None, *, as_json: bool, quiet: bool
) -> None:
    """Compute RUN again with the network off, and compare every artefact and format byte for byte.

    RUN is a run's name, the start of it, its folder, or "last".

    \b
    Examples:
      synthesis replay last
      synthesis replay 2026-11-21-hybrid --out again/
    """
    from synthesis.jobs import deliver
    from synthesis.jobs import replay as replay_run

    recorded = open_home(home).find_run(run)
    with stage_progress(quiet=quiet) as (on_stage, _):
        done = replay_run(recorded, on_stage, judge)
    paths = deliver(done, out) if out else []
    artefacts = sum(len(a) for a in done.run.manifest.stages.values()) + len(done.run.manifest.outputs)
    if as_json:
        files = [str(p) for p in paths]
        print_json({"run_id": recorded.manifest.run_id, "identical": artefacts, "files": files})
        return
    click.echo(f"{recorded.manifest.run_id}: {artefacts} files computed again, all identical.")
    for path in paths:
        click.echo(str(path))


def _origin_of(run: Run) -> Origin:
    """How a run came by its tools; an empty answer where that is not known."""
    from synthesis.jobs import Ordered, Origin
    from synthesis.source_choice import SourceChoice

    ordered = run.load("order", Ordered)
    return (ordered.order.origin if ordered else None) or Origin(choice=SourceChoice())


def _ancestry(origin: Origin) -> str:
    """Which run a run updates, and without which papers."""
    if not origin.updates:
        return ""
    if origin.without:
        return f"; {origin.updates} without {', '.join(origin.without)}"
    return f"; updates {origin.updates}"


@click.command()
@home_option
@json_option
def runs(home: Path | None, *, as_json: bool) -> None:
    """List the runs made so far, the newest last."""
    found = list(open_home(home).iter_runs())
    found.sort(key=lambda r: (r.manifest.clock, r.folder.name))
    if as_json:
        print_json(
            [
                {"run": r.folder.name, "complete": r.manifest.complete, "updates": _origin_of(r).updates}
                for r in found
            ]
        )
        return
    for run in found:
        state = "complete" if run.manifest.complete else f"unfinished, {len(run.manifest.stages)} stages done"
        if run.manifest.complete and _lost(run):
            state = "complete, but a source failed (synthesis resume)"
        click.echo(f"{run.folder.name}  {state}{_ancestry(_origin_of(run))}")
    if not found:
        click.echo("No runs yet.")
