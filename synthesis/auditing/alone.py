"""A report file without its run: what can be told from the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from synthesis.auditing.counts import check_counts, stated_numbers
from synthesis.auditing.documents import read_document
from synthesis.auditing.given import json_tree
from synthesis.auditing.pieces import NO_SECTION
from synthesis.auditing.places import in_report
from synthesis.auditing.quotes import check_locks
from synthesis.auditing.records import Checked, Finding, Result
from synthesis.auditing.references import check_references
from synthesis.errors import InputFileError
from synthesis.records import Report
from synthesis.tables import read_claims

if TYPE_CHECKING:
    from synthesis.auditing.given import GivenFile
    from synthesis.tables import ClaimTable

_MOST_ERRORS = 20


def check_alone(given: GivenFile) -> Result:
    """Locks of quotes, counts against lists, numbers of references; words cannot be checked so.

    Raises:
        InputFileError: the file holds no report.
    """
    data = given.data
    if given.format == "pdf":
        from synthesis.reading.pdf.reader import pdf_attachment  # noqa: PLC0415  for this format only
        from synthesis.rendering.pdf import ATTACHMENT  # noqa: PLC0415  typst, for this format only

        data = pdf_attachment(given.path, ATTACHMENT) or b""
    if given.format == "json" or (given.format == "pdf" and data):
        return check_record(given._replace(format="json", data=data))
    return _check_table(given)


def check_record(given: GivenFile) -> Result:
    """A report's record by itself."""
    tree = json_tree(given.text, given.path)
    result = Result(findings=tree.twice) + check_locks(tree.value, in_report)
    try:
        report = Report.model_validate_json(given.data)
    except ValidationError as error:
        problems = [
            e for e in error.errors(include_input=False, include_url=False) if e["type"] != "value_error"
        ]
        if not isinstance(tree.value, dict) or "claims" not in tree.value:
            raise InputFileError(f"{given.path} is JSON, but no report of this tool.") from error
        findings = (
            Finding(kind="fact", place=in_report(e["loc"]), expected="a value of the form", found=e["msg"])
            for e in problems[:_MOST_ERRORS]
        )
        return result + Result(findings=tuple(findings))
    return result + check_counts(report) + check_references(report)


def _check_table(given: GivenFile) -> Result:
    """A rendered report: the numbers that its sentences state against its table of claims."""
    table = read_claims(given.path)
    if table.kind != "report":
        raise InputFileError(
            f"{given.path} is a table of claims, not a report. Verify it with: synthesis verify {given.path.name}"
        )
    numbers = stated_numbers(_abstract(given, table))
    counts = {"claims": len(table.rows), "verified claims": sum(bool(row.verified) for row in table.rows)}
    findings = tuple(
        Finding(
            kind="count", place=f"Abstract, {what}", expected=str(n), found=", ".join(numbers) or "no number"
        )
        for what, n in counts.items()
        if str(n) not in numbers
    )
    return Result(findings=findings, checked=Checked(counts=len(counts), references=len(table.references)))


def _abstract(given: GivenFile, table: ClaimTable) -> str:
    """The text under the first heading; where none can be told, all that stands before the first claim."""
    pieces = [piece for piece in read_document(given, ()).pieces if not piece.hidden]
    places = list(dict.fromkeys(piece.place for piece in pieces if piece.place != NO_SECTION))
    if places:
        return "\n".join(piece.text for piece in pieces if piece.place == places[0])
    text = "\n".join(piece.text for piece in pieces)
    return text[: text.find(table.rows[0].text[:40])]
