"""Options that several commands share, and what they mean."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from synthesis.errors import UsageError
from synthesis.store import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from synthesis.config import Config
    from synthesis.jobs import RunClock
    from synthesis.records import Filters
    from synthesis.source_choice import SourceChoice

F = TypeVar("F", bound="Callable[..., Any]")

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SYNTHESIS_HOME",
    show_envvar=True,
    help="Where libraries and runs are kept.  [default: the platform's user data directory]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
judge_option = click.option(
    "--judge",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of a judge of your own (retrieval-core train-judge, calibrate).  [default: the embedded one]",
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print no progress.")


report_language_option = click.option(
    "--report-language",
    metavar="CODE",
    help="Language of the report's own words: en, es, de, fr, zh, ar, hi; quotes stay as they are.  [default: en]",
)


def source_options(command: F) -> F:
    """``--source``, ``--library``, ``--offline``, and what every paper must be."""
    for option in (
        click.option("--open-access", is_flag=True, help="Only papers of which an open copy is known."),
        click.option(
            "--language", metavar="CODE", help="Only papers in this language (ISO 639-1: en, de, zh)."
        ),
        click.option("--field", metavar="NAME", help='Only this field of study, e.g. "Computer Science".'),
        click.option("--venue", metavar="NAME", help="Only papers of this venue (part of its name)."),
        click.option("--to-year", type=click.IntRange(1500, 2100), help="Only papers up to this year."),
        click.option("--from-year", type=click.IntRange(1500, 2100), help="Only papers from this year on."),
        click.option("--offline", is_flag=True, help="Use no network; search local libraries only."),
        click.option(
            "--library",
            "libraries",
            multiple=True,
            type=click.Path(path_type=Path),
            help="Papers of your own: PDF, LaTeX, JATS, HTML, BibTeX, RIS, CSL-JSON, JSONL, or a folder of them. "
            "Indexed once.",
        ),
        click.option(
            "--source",
            "sources",
            multiple=True,
            metavar="NAME",
            help="Search only these: arxiv, openalex, semantic-scholar, crossref, europe-pmc, demo, or a stored "
            "library's name.",
        ),
    ):
        command = option(command)
    return command


full_text_option = click.option(
    "--full-text/--no-full-text",
    "full_texts",
    default=None,
    help="Fetch and read the open full text of the papers kept.  [default: with a network source]",
)


def source_choice(options: dict[str, Any]) -> SourceChoice:
    """What ``source_options`` (and ``full_text_option``) were given."""
    from synthesis.reading.language_codes import two_letter_code
    from synthesis.records import Filters
    from synthesis.source_choice import SourceChoice

    language = options["language"]
    if language and two_letter_code(language) is None:
        raise UsageError(f"--language {language} is no code of a language. Use ISO 639-1: en, de, zh.")
    first, last = options["from_year"], options["to_year"]
    if first and last and first > last:
        raise UsageError(f"--from-year {first} is later than --to-year {last}, so no paper fits.")
    return SourceChoice(
        names=tuple(options["sources"]),
        libraries=tuple(str(path.resolve()) for path in options["libraries"]),
        offline=options["offline"],
        filters=Filters(
            from_year=first,
            to_year=last,
            venue=options["venue"],
            field=options["field"],
            language=two_letter_code(language),
            open_access=options["open_access"],
        ),
        full_texts=options.get("full_texts"),
    )


def open_home(path: Path | None) -> Home:
    """The home that ``--home`` names, else the default; created when it is not there."""
    return (Home(path) if path else Home.default()).prepare()


def run_clock() -> RunClock:
    """The clock of a run; raises as ``RunClock.now``."""
    from synthesis.jobs import RunClock

    return RunClock.now()


def make_config(
    path: Path | None,
    changes: dict[str, dict[str, Any]],
    seed: int | None = None,
    filters: Filters | None = None,
) -> Config:
    """Settings from a file (or the defaults), changed by the options and filters that were given.

    Raises:
        UsageError: the form has no words in the report's language.
    """
    from synthesis.config import Config, load_config
    from synthesis.wording import check_language

    settings = (load_config(path) if path else Config()).model_dump()
    for section, values in changes.items():
        settings[section] |= {name: value for name, value in values.items() if value is not None}
    if filters is not None:
        settings["papers"]["filters"] |= filters.model_dump(exclude_defaults=True)
    if seed is not None:
        settings["seed"] = seed
    config = Config.model_validate(settings)
    check_language(config.report.language)
    return config


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def stage_progress(*, quiet: bool) -> Iterator[tuple[Callable[[str], None], Callable[..., None]]]:
    """Progress on stderr, off when it is no terminal: (on_stage, on_library)."""
    if quiet or not sys.stderr.isatty():
        yield (lambda _: None), (lambda *_: None)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        stages = progress.add_task("starting", total=12)
        libraries: dict[str, Any] = {}

        def on_stage(name: str) -> None:
            progress.update(stages, description=name, advance=1)

        def on_library(name: str, done: int, total: int | None) -> None:
            task = libraries.setdefault(name, None)
            if task is None:
                task = libraries[name] = progress.add_task(f"reading {name}", total=total)
            progress.update(task, completed=done, total=total)

        yield on_stage, on_library
