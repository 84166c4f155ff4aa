"""The claims as CSV (RFC 4180, UTF-8), safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from synthesis.rendering.layout import CHECK, sides
from synthesis.rendering.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.records import Report, ReportedClaim, ReportedEvidence

COLUMNS = (
    "claim",
    "verified",
    "confidence",
    "label",
    "leaning",
    "reason",
    "references",
    "supporting quotes",
    "contradicting quotes",
    "read as",
    "papers",
    "independent groups",
    "numbers that disagree",
)
# A cell that begins so may run as a formula; OWASP, "CSV Injection", full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def render(report: Report) -> bytes:
    """One row per claim, in the order of the report.

    Several references are set apart by ``; ``, several quotes or numbers by a line feed. "read as" is the claim as
    it was judged where its own words do not stand alone; "papers" counts those that were read for it, "independent
    groups" what they come down to. Columns and labels are names that programs read, so they are English whatever the
    language of the report. A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    papers = {reference.number: reference.paper_id for reference in report.references}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([guard(cell) for cell in _row(claim, papers)] for claim in report.claims)
    return out.getvalue().encode()


def guard(cell: str) -> str:
    """``cell`` with an apostrophe before it where a spreadsheet would take it for a formula.

    >>> guard("=1+1"), guard("1+1")
    ("'=1+1", '1+1')
    """
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _row(claim: ReportedClaim, papers: dict[int, str]) -> tuple[str, ...]:
    supporting, contradicting, _ = sides(claim)
    cited = dict.fromkeys(papers.get(e.reference, e.quote.paper_id) for e in (*supporting, *contradicting))
    return (
        one_line(claim.text),
        CHECK[claim.verified],
        f"{claim.confidence:.2f}",
        claim.label.value,
        claim.leaning.value if claim.leaning else "",
        one_line(claim.reason),
        "; ".join(map(one_line, cited)),
        _quotes(supporting),
        _quotes(contradicting),
        one_line(claim.standalone or ""),
        str(claim.n_papers),
        str(claim.n_groups),
        "\n".join(map(one_line, claim.caps)),
    )


def _quotes(evidence: Iterable[ReportedEvidence]) -> str:
    return "\n".join(one_line(e.quote.text) for e in evidence)
