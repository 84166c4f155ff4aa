"""The whole audit: a run's files, quotes, counts and references; then a report file against what the run says."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

import synthesis
from synthesis.auditing.alone import check_alone
from synthesis.auditing.artefacts import read_files
from synthesis.auditing.counts import check_counts
from synthesis.auditing.files import compare_file
from synthesis.auditing.given import GivenFile, read_given
from synthesis.auditing.kept_papers import check_kept_papers
from synthesis.auditing.libraries import Libraries
from synthesis.auditing.places import REPORT_FILE, artefact_place, in_report
from synthesis.auditing.quotes import check_library, check_quotes
from synthesis.auditing.recomputing import recompute
from synthesis.auditing.records import Audit, Checked, Finding, Result
from synthesis.auditing.references import check_references
from synthesis.errors import InputFileError
from synthesis.rendering import render

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from synthesis.auditing.artefacts import Files
    from synthesis.auditing.files import Rendered
    from synthesis.records import Report
    from synthesis.request import Tools
    from synthesis.store import Home, Run

_SUFFIXES = frozenset({".md", ".html", ".pdf", ".docx", ".json"})
_NO_RUN = (
    "the run of this report is not here, so its words, quotes and counts were checked against themselves only"
)


class RunAudit(NamedTuple):
    """What is known of a run after its audit; ``report`` is what it says now, ``None`` where that is not known."""

    run: Run
    report: Report | None
    result: Result
    rendered: Rendered  # the report in a format


def audit_run(run: Run, home: Home, tools: Tools | None = None) -> RunAudit:
    """Check a run's files, compute it again, and check the quotes, counts and references of its report."""
    files = read_files(run)
    again = recompute(run, files, tools)
    stored = files.report()
    result = files.result + _quotes(files, home) + check_kept_papers(files.rows) + again.result
    if stored is not None:
        result += check_counts(stored, files.draft()) + check_references(stored, files.papers())
    report = again.report or stored
    return RunAudit(run, report, result, cache(partial(_rendered, run, report)))


def _rendered(run: Run, report: Report | None, fmt: str) -> bytes | None:
    """The report in a format; of a run of another version, whose words may be others, the file that it kept."""
    if report is not None and run.manifest.version == synthesis.__version__:
        return render(report, fmt)
    kept = (output for output in run.manifest.outputs if output.name == f"outputs/report.{fmt}")
    return next(map(run.read, kept), None)


def _quotes(files: Files, home: Home) -> Result:
    """The quotes of every file of the run; those of the report are counted, and read in the libraries too."""
    papers = files.papers()
    findings: list[Finding] = []
    checked = Checked()
    for name, rows in files.rows.items():
        result = check_quotes(rows, partial(artefact_place, name, rows), papers)
        findings += result.findings
        checked += result.checked if name == REPORT_FILE else Checked()
    result = Result(findings=tuple(findings), checked=checked)
    report = next(iter(files.rows.get(REPORT_FILE, ())), None)
    with Libraries(home) as libraries:
        return result + check_library(report, in_report, papers, libraries.copies)


def audit_outputs(audited: RunAudit) -> Audit:
    """The audit of a run with all formats that it wrote."""
    run, report = audited.run, audited.report
    result = audited.result
    paths = [run.folder / output.name for output in run.manifest.outputs]
    for path in paths if report else ():
        if path.suffix in _SUFFIXES and path.is_file():
            compared = _compare_output(path, audited)
            moved = (f.model_copy(update={"place": f"{path.name}: {f.place}"}) for f in compared.findings)
            result += compared.model_copy(update={"findings": tuple(moved)})
    return _whole(run.folder.name, None, run, result)


def _compare_output(path: Path, audited: RunAudit) -> Result:
    assert audited.report is not None, "the caller has looked"
    try:
        return compare_file(read_given(path), audited.report, audited.rendered)
    except InputFileError as error:
        finding = Finding(kind="file", place="the whole", expected="a report", found=str(error))
        return Result(findings=(finding,))


def audit_file(given: GivenFile, audited: RunAudit | None) -> Audit:
    """The audit of a report file, with what is known of its run; without a run a part only can be checked.

    Raises:
        InputFileError: the file holds no report, or is damaged.
    """
    if audited is None or audited.report is None:
        alone = Finding(kind="file", place=_NO_RUN, expected="", found="", weight="unchecked")
        result = (audited.result if audited else Result()) + check_alone(given) + Result(findings=(alone,))
    else:
        result = audited.result + compare_file(given, audited.report, audited.rendered)
    return _whole(given.path.name, given.format, audited.run if audited else None, result)


def _whole(report: str, fmt: str | None, run: Run | None, result: Result) -> Audit:
    return Audit(
        report=report,
        format=fmt,
        run=run.folder.name if run else None,
        findings=tuple(_joined(result.findings)),
        checked=result.checked,
        remarks=result.remarks,
    )


def _joined(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, errors first; where the same stands instead of the same in several places, one finding."""
    first: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        same_words = finding.expected or finding.found
        key = (finding.weight, finding.expected, finding.found, "" if same_words else finding.place)
        known = first.get(key)
        if known is None:
            first[key] = finding
        elif finding.place not in (known.place, *known.also):
            first[key] = known.model_copy(update={"also": (*known.also, finding.place)})
    order = {"wrong": 0, "unchecked": 1, "warning": 2}
    return sorted(first.values(), key=lambda finding: order[finding.weight])
