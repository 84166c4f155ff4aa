"""``synthesis search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from synthesis.cli import EXIT_PARTIAL
from synthesis.commands.options import (
    home_option,
    json_option,
    open_home,
    print_json,
    quiet_option,
    source_choice,
    source_options,
    stage_progress,
)
from synthesis.errors import UsageError
from synthesis.outcomes import has_failures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.protocols import Source
    from synthesis.records import Paper, SearchLogEntry


@click.command()
@click.argument("query")
@source_options
@click.option("--limit", "-n", type=click.IntRange(1, 2000), default=10, show_default=True)
@click.option("--dry-run", is_flag=True, help="Say what would be asked of the network, and send nothing.")
@click.option("--log", "show_log", is_flag=True, help="Show what each source answered.")
@home_option
@json_option
@quiet_option
@click.pass_context
def search(ctx: click.Context, /, query: str, limit: int, **options: Any) -> None:
    """Search sources and libraries for QUERY and list the works found, each once, best first.

    \b
    Examples:
      synthesis search "cross-lingual passage retrieval" --source demo
      synthesis search "language bias" --library papers.jsonl --limit 20 --json
      synthesis search "dense retrieval" --source openalex --source arxiv --from-year 2021 --log
    """
    from synthesis.records import SearchQuery
    from synthesis.searching import ranked_works, search_sources
    from synthesis.source_choice import Network, choose_sources

    if not query.strip():
        raise UsageError('the query is empty. Give one in quotes: synthesis search "dense retrieval"')
    home, choice = open_home(options["home"]), source_choice(options)
    with Network(home) as network, stage_progress(quiet=options["quiet"]) as (_, on_library):
        sources = choose_sources(home, choice, network, on_library)
        if options["dry_run"]:
            _print_plan(sources, limit, as_json=options["as_json"])
            return
        found = search_sources([SearchQuery(text=query, origin="question")], sources, limit, 1)
    papers = ranked_works(found, choice.filters)[:limit]
    if options["as_json"]:
        print_json(
            {"papers": [_as_json(p) for p in papers], "log": [e.model_dump(mode="json") for e in found.log]}
        )
    else:
        _print_papers(papers)
    if options["show_log"] and not options["as_json"]:
        _print_log(found.log)
    for entry in found.log:
        if entry.error or entry.incomplete:
            click.echo(f"Not searched: {entry.source}: {entry.error or entry.note}", err=True)
    ctx.exit(EXIT_PARTIAL if has_failures(found.log, named=bool(choice.names)) else 0)


def _print_plan(sources: Sequence[Source], limit: int, *, as_json: bool) -> None:
    from synthesis.commands.plans import print_plans
    from synthesis.planning import plan_search

    print_plans(plan_search(sources, limit), as_json=as_json)


def _print_papers(papers: Sequence[Paper]) -> None:
    for number, paper in enumerate(papers, start=1):
        click.echo(f"{number:3d}. {_line(paper)}")
    if not papers:
        click.echo("No paper found.")


def _print_log(log: Sequence[SearchLogEntry]) -> None:
    click.echo()
    for entry in log:
        held = f" of {entry.total}" if entry.total is not None else ""
        note = f"; {entry.note}" if entry.note else ""
        click.echo(f"{entry.source}: {entry.error or f'{entry.retrieved}{held} records{note}'}")


def _as_json(paper: Paper) -> dict[str, Any]:
    return paper.model_dump(mode="json", exclude={"sections"})


def _line(paper: Paper) -> str:
    authors = paper.authors[0] + (" et al." if len(paper.authors) > 1 else "") if paper.authors else "?"
    retracted = " RETRACTED" if paper.retracted else ""
    return f"{paper.title} ({authors}, {paper.year or 'n.d.'}) {paper.paper_id}{retracted}"
