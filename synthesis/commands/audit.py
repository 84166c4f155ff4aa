"""``synthesis audit``: a report checked offline against the run that made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from synthesis.commands.options import home_option, json_option, open_home, print_json

if TYPE_CHECKING:
    from synthesis.auditing.records import Audit
    from synthesis.store import Home, Run

_SHOWN = 100  # findings; all are in the JSON


@click.command()
@click.argument("report")
@click.option(
    "--run", "run_name", metavar="RUN", help="The run that made REPORT.  [default: found by the file]"
)
@home_option
@json_option
@click.pass_context
def audit(ctx: click.Context, report: str, run_name: str | None, home: Path | None, *, as_json: bool) -> None:
    """Check REPORT, offline: every quote byte for byte against the stored papers, every count and reference again.

    REPORT is a report file (JSON, Markdown, HTML, PDF, DOCX, or the text pulled from one), a run's name or folder,
    or "last". A file is compared, word for word, with what its run says now. Nothing is changed, nothing is sent.

    Exit code: 0 all holds, 1 something does not, 3 a part could not be checked (the run is not here, say).

    \b
    Examples:
      synthesis audit last
      synthesis audit report/report.docx
      synthesis audit report.md --run 2026-11-21-hybrid
    """
    found = _audit(report, run_name, open_home(home))
    if as_json:
        print_json(found.model_dump(mode="json") | {"exit_code": found.exit_code})
    else:
        _print(found)
    ctx.exit(found.exit_code)


def _audit(report: str, run_name: str | None, home: Home) -> Audit:
    from synthesis.auditing.audit import audit_file, audit_outputs, audit_run
    from synthesis.auditing.finding_run import run_of
    from synthesis.auditing.given import read_given
    from synthesis.errors import UsageError

    path = Path(report)
    if not path.is_file():
        if run_name is not None:
            raise UsageError(f"--run belongs to a report file, and there is no file {report}.")
        return audit_outputs(audit_run(_find_run(report, home), home))
    given = read_given(path)
    run = _find_run(run_name, home) if run_name else run_of(given, home)
    return audit_file(given, audit_run(run, home) if run else None)


def _find_run(name: str, home: Home) -> Run:
    """The run that ``name`` means; one that is there and damaged is an error of its own."""
    from synthesis.errors import StoreError, UsageError

    try:
        return home.find_run(name)
    except StoreError as error:
        if (Path(name) / "run.json").is_file() or (home.runs / name / "run.json").is_file():
            raise
        raise UsageError(f"there is no report file {name}, and no one run of that name. {error}") from error


def _print(found: Audit) -> None:
    for finding in found.findings[:_SHOWN]:
        click.echo(str(finding))
    if len(found.findings) > _SHOWN:
        click.echo(f"… and {len(found.findings) - _SHOWN} more (--json lists all)")
    for remark in found.remarks:
        click.echo(f"Remark: {remark}.")
    counted = (
        (found.checked.quotes, "quotes"),
        (found.checked.counts, "counts"),
        (found.checked.references, "references"),
        (found.checked.words, "words and values of the file"),
        (found.checked.library_quotes, "quotes in the libraries"),
        (found.checked.artefacts, "files of the run"),
    )
    checked = ", ".join(f"{n:,} {what}" for n, what in counted if n)
    wrong = sum(finding.weight == "wrong" for finding in found.findings)
    whole = "all that could be checked holds" if found.exit_code else "all hold"
    outcome = whole if not wrong else "1 does not hold" if wrong == 1 else f"{wrong} do not hold"
    of = f" (run {found.run})" if found.run else ""
    click.echo(f"{found.report}{of}: {checked or 'nothing checked'}: {outcome}.")
