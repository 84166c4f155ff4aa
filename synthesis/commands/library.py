"""``synthesis library``."""

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

if TYPE_CHECKING:
    from pathlib import Path

    from synthesis.additions import Added
    from synthesis.sources.local import LocalLibrary
    from synthesis.store import Home


@click.group()
def library() -> None:
    """Keep libraries of your own papers: added once, indexed, searched by every command.

    \b
    Examples:
      synthesis library add papers/ --name thesis
      synthesis library add refs.bib
      synthesis library add 2408.10536 --name thesis
      synthesis library list
      synthesis library stats thesis
    """


@library.command()
@click.argument("items", nargs=-1, required=True, metavar="PATH|ID|QUERY...")
@click.option("--name", help="Name of the library.  [default: from the path; found, for ids and queries]")
@click.option(
    "--limit", "-n", type=click.IntRange(1, 500), default=20, show_default=True, help="Papers of a query."
)
@click.option(
    "--full-text/--no-full-text",
    "full_texts",
    default=True,
    show_default=True,
    help="Fetch the open full text of papers named by id or query.",
)
@source_options
@home_option
@json_option
@quiet_option
@click.pass_context
def add(ctx: click.Context, /, items: tuple[str, ...], name: str | None, **options: Any) -> None:
    """Add files, papers named by id, or what a search finds, to a library; what is there already is skipped.

    A PATH is a file or folder: PDF, LaTeX (.tex, .tar.gz), JATS (.xml, .nxml), HTML, BibTeX, RIS, Zotero's CSL-JSON, JSON
    Lines, or the XML of an ACL Anthology checkout. An ID is an arXiv id, a DOI or an ACL Anthology id. Anything else is a
    QUERY, which is searched.

    \b
    Examples:
      synthesis library add refs.bib papers/ --name thesis
      synthesis library add 2408.10536 10.18653/v1/2020.emnlp-main.477 --name thesis
      synthesis library add "cross-lingual passage retrieval" --name clir --limit 50
    """
    from synthesis.additions import add_item
    from synthesis.source_choice import Network

    home = open_home(options["home"])
    choice = source_choice(options)
    with Network(home) as network, stage_progress(quiet=options["quiet"]) as (_, on_library):
        added = []
        for item in items:
            added.append(add_item(home, item, name, choice, network, options["limit"], on_library))
            if not options["as_json"]:
                _print_added(added[-1])  # at once: a later item may fail
    if options["as_json"]:
        print_json([one.model_dump(mode="json") for one in added])
    ctx.exit(EXIT_PARTIAL if any(one.lost for one in added) else 0)


def _print_added(added: Added) -> None:
    report = added.report
    click.echo(
        f"{added.library}: {report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.removed} removed, {sum(report.rejected_counts.values())} rejected."
    )
    if added.of_search:
        found = (
            f"{len(added.found)} found, {added.full_texts} with full text" if added.found else "nothing found"
        )
        click.echo(f"  {added.item}: {found}.")
    for rejection in report.rejected[:10]:
        click.echo(f"  {rejection.item}: {rejection.reason}", err=True)
    if len(report.rejected) > 10:
        click.echo(f"  … and {len(report.rejected) - 10} more (--json shows them).", err=True)
    for lost in added.lost:
        click.echo(f"  Not searched: {lost}", err=True)


@library.command("list")
@home_option
@json_option
def list_libraries(home: Path | None, *, as_json: bool) -> None:
    """List the libraries."""
    from synthesis.libraries import stored_libraries

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
    from synthesis.libraries import stored_libraries

    return stored_libraries(home)


def _named(home: Home, name: str) -> LocalLibrary:
    import difflib

    from synthesis.errors import UsageError
    from synthesis.libraries import find_library, library_folders
    from synthesis.sources.local import LocalLibrary

    folder = find_library(home, name)
    if folder is not None:
        return LocalLibrary.open(folder)
    names = list(dict.fromkeys(library_folders(home).values()))
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(f"there is no library '{name}'.{hint} Libraries: {', '.join(names) or 'none yet'}.")
