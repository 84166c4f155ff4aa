"""``synthesis library`` and ``synthesis search``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthesis.cli import EXIT_PARTIAL
from synthesis.commands.options import (
    home_option,
    json_option,
    open_home,
    print_json,
    quiet_option,
    source_options,
    stage_progress,
)

if TYPE_CHECKING:
    from synthesis.records import Paper
    from synthesis.sources.local import LocalLibrary
    from synthesis.store import Home


@click.command()
@click.argument("query")
@source_options
@click.option("--limit", "-n", type=click.IntRange(1, 2000), default=10, show_default=True)
@home_option
@json_option
@quiet_option
@click.pass_context
def search(ctx: click.Context, /, query: str, limit: int, **options: Any) -> None:
    """Search sources and libraries for QUERY and list the papers found, best first.

    \b
    Examples:
      synthesis search "cross-lingual passage retrieval" --source demo
      synthesis search "language bias" --library papers.jsonl --limit 20 --json
    """
    from synthesis.assembly import choose_sources
    from synthesis.papers import search_sources
    from synthesis.records import SearchQuery

    home = open_home(options["home"])
    with stage_progress(quiet=options["quiet"]) as (_, on_library):
        sources = choose_sources(
            home, options["sources"], options["libraries"], offline=options["offline"], on_progress=on_library
        )
        found = search_sources([SearchQuery(text=query, origin="question")], sources, limit, 1)
    ranked = sorted(found.hits, key=lambda hit: (hit.rank, hit.source))
    papers = list({found.papers[hit.paper].paper_id: found.papers[hit.paper] for hit in ranked}.values())[
        :limit
    ]
    if options["as_json"]:
        print_json(
            {"papers": [_as_json(p) for p in papers], "log": [e.model_dump(mode="json") for e in found.log]}
        )
    else:
        for number, paper in enumerate(papers, start=1):
            click.echo(f"{number:3d}. {_line(paper)}")
        if not papers:
            click.echo("No paper found.")
    for entry in found.log:
        if entry.error:
            click.echo(f"Not searched: {entry.source}: {entry.error}", err=True)
    failed = [e for e in found.log if e.error and (options["sources"] or not e.unreachable)]
    ctx.exit(EXIT_PARTIAL if failed else 0)


def _as_json(paper: Paper) -> dict[str, Any]:
    return paper.model_dump(mode="json", exclude={"sections"})


def _line(paper: Paper) -> str:
    authors = paper.authors[0] + (" et al." if len(paper.authors) > 1 else "") if paper.authors else "?"
    return f"{paper.title} ({authors}, {paper.year or 'n.d.'}) {paper.paper_id}"


@click.group()
def library() -> None:
    """Keep libraries of your own papers: added once, indexed, searched by every command.

    \b
    Examples:
      synthesis library add papers/ --name thesis
      synthesis library add refs.bib
      synthesis library list
      synthesis library stats thesis
    """


@library.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="Name of the library.  [default: from the path]")
@home_option
@json_option
@quiet_option
def add(paths: tuple[Path, ...], name: str | None, home: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Add PATHS (JSONL, BibTeX, RIS, PDF, or folders of PDFs) to a library; what is there already is skipped."""
    from synthesis.assembly import add_to_library, library_name

    store = open_home(home)
    reports = []
    for path in paths:
        with stage_progress(quiet=quiet) as (_, on_library):
            lib, report = add_to_library(store, path, name or library_name(path), on_library)
        reports.append({"library": lib.name, "path": str(path), **report.model_dump(mode="json")})
        if not as_json:
            click.echo(
                f"{lib.name}: {report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
                f"{report.removed} removed, {sum(report.rejected_counts.values())} rejected."
            )
            for rejection in report.rejected[:10]:
                click.echo(f"  {rejection.item}: {rejection.reason}", err=True)
            if len(report.rejected) > 10:
                click.echo(f"  … and {len(report.rejected) - 10} more (--json shows them).", err=True)
    if as_json:
        print_json(reports)


@library.command("list")
@home_option
@json_option
def list_libraries(home: Path | None, *, as_json: bool) -> None:
    """List the libraries."""
    from synthesis.assembly import stored_libraries

    libraries = stored_libraries(open_home(home))
    if as_json:
        print_json([{"name": lib.name, **lib.stats().model_dump(mode="json")} for lib in libraries])
        return
    for lib in libraries:
        count = lib.stats().papers
        click.echo(f"{lib.name}  {count} {'paper' if count == 1 else 'papers'}  ({lib.folder.name})")
    if not libraries:
        click.echo("No library yet. Add one: synthesis library add PATH")


@library.command()
@click.argument("name", required=False)
@home_option
@json_option
def stats(name: str | None, home: Path | None, *, as_json: bool) -> None:
    """Say what a library (or each) holds."""
    store = open_home(home)
    chosen = [_named(store, name)] if name else _all(store)
    facts = [{"name": lib.name, **lib.stats().model_dump(mode="json")} for lib in chosen]
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        for key, value in fact.items():
            click.echo(f"{key}: {value}")


def _all(home: Home) -> list[LocalLibrary]:
    from synthesis.assembly import stored_libraries

    return stored_libraries(home)


def _named(home: Home, name: str) -> LocalLibrary:
    import difflib

    from synthesis.assembly import find_library, library_folders
    from synthesis.errors import UsageError
    from synthesis.sources.local import LocalLibrary

    folder = find_library(home, name)
    if folder is not None:
        return LocalLibrary.open(folder)
    names = list(dict.fromkeys(library_folders(home).values()))
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(f"there is no library '{name}'.{hint} Libraries: {', '.join(names) or 'none yet'}.")
