"""``synthesis doctor``: what is installed, where data lies, whether the stored files are whole."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

import click

import synthesis
from synthesis.cli import EXIT_FAILED
from synthesis.commands.options import home_option, json_option, open_home, print_json
from synthesis.errors import SynthesisError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.store import Home

_PACKAGES = ("arxiv", "httpx", "jinja2", "numpy", "pydantic", "pypdfium2", "python-docx", "tantivy", "typst")


class Finding(NamedTuple):
    """One line of the examination."""

    what: str
    ok: bool
    detail: str


@click.command()
@home_option
@json_option
@click.pass_context
def doctor(ctx: click.Context, home: Path | None, *, as_json: bool) -> None:
    """Say what is installed, where data lies, and whether the stored files are whole.

    Exit code 1 when something is damaged. Nothing is changed, nothing is sent.
    """
    findings = list(_examine(open_home(home)))
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.detail}")
    ctx.exit(0 if all(finding.ok for finding in findings) else EXIT_FAILED)


def _examine(home: Home) -> Iterator[Finding]:
    yield Finding("synthesis", True, f"{synthesis.__version__}, Python {platform.python_version()}")
    for package in _PACKAGES:
        yield _package(package)
    yield Finding(
        "SQLite", True, f"{sqlite3.sqlite_version} (one writer at a time, so its WAL faults do not apply)"
    )
    free = shutil.disk_usage(home.root).free
    yield Finding("data", free > 200_000_000, f"{home.root}, {free / 1e9:.1f} GB free")
    yield _models()
    yield from _fonts()
    yield from _network(home)
    yield from _libraries(home)
    yield from _runs(home)


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed; reinstall with: pip install synthesis")


def _models() -> Finding:
    from synthesis.retrieval import HybridRanker, load_calibrator, load_judge

    try:
        judge = load_judge()
        calibrator = load_calibrator(judge.fingerprint)
        ranker = HybridRanker().fingerprint[:12]
    except SynthesisError as error:
        return Finding("models", False, str(error))
    return Finding(
        "models", True, f"judge {judge.fingerprint}, calibrator {calibrator.fingerprint}, ranker {ranker}"
    )


def _fonts() -> Iterator[Finding]:
    from synthesis.rendering.fonts import unset_scripts

    unset = unset_scripts()
    packages = " ".join(sorted({script.package for script in unset}))
    names = ", ".join(script.name for script in unset)
    yield Finding(
        "fonts", True, f"PDF shows boxes for {names}; Debian: {packages}" if unset else "all scripts"
    )


def _network(home: Home) -> Iterator[Finding]:
    from synthesis.network.keys import key_from
    from synthesis.source_choice import KEYS

    used = [name for name in KEYS if key_from(os.environ, name)]
    yield Finding(
        "keys", True, f"{', '.join(used)} set" if used else f"none set, none needed ({', '.join(KEYS)})"
    )
    files = [path for path in (home.state / "http").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    yield Finding("answers kept", True, f"{len(files)} of databases and hosts, {size / 1e6:.1f} MB")


def _libraries(home: Home) -> Iterator[Finding]:
    from synthesis.libraries import library_folders
    from synthesis.sources.local import LocalLibrary

    for folder in library_folders(home):
        try:
            library = LocalLibrary.open(folder)
            library.verify()
        except SynthesisError as error:
            yield Finding(f"library {folder.name}", False, str(error))
        else:
            yield Finding(f"library {library.name}", True, f"{library.stats().papers} papers, whole")


def _runs(home: Home) -> Iterator[Finding]:
    runs = list(home.iter_runs())
    unreadable = home.unreadable_runs()
    for problem in unreadable:
        yield Finding("run", False, problem)
    damaged = {run.folder.name: names for run in runs if (names := run.damaged())}
    for run_id, names in damaged.items():
        yield Finding(f"run {run_id}", False, f"changed or missing: {', '.join(names)}")
    unfinished = sum(not run.manifest.complete for run in runs)
    yield Finding(
        "runs", True, f"{len(runs)} kept, {unfinished} unfinished, {len(damaged) + len(unreadable)} damaged"
    )
