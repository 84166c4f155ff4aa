"""A verdict as the cells of a table: which columns it goes to, and its evidence as one line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synthesis.errors import RenderError
from synthesis.rendering.layout import CHECK, sides
from synthesis.rendering.text import doi_url, one_line, safe_url
from synthesis.tables.columns import filled_rows, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.records import Reference, Report, ReportedClaim, ReportedEvidence
    from synthesis.tables.columns import Columns, Grid
    from synthesis.tables.records import ClaimRow, ClaimTable

FIELDS = ("verified", "confidence", "label", "evidence", "stated before")
_SPARE_EVIDENCE = "verified evidence"  # where the table has evidence of its own
# How the tool's own evidence begins, in a cell or as JSON; what begins otherwise is the user's and stays.
_OWN_EVIDENCE = re.compile(r'(?:supports|contradicts) \([01]\.\d\d\): “|\[\]$|\[\{"stance": ')


@dataclass(frozen=True, slots=True)
class Cited:
    """A quote that counts for or against a claim, and the paper it is from."""

    word: str  # supports, contradicts
    confidence: float  # calibrated probability of that
    quote: str
    reference: int
    title: str
    url: str | None

    @property
    def head(self) -> str:
        """What the quote says and how sure that is, e.g. "supports (0.81)"."""
        return f"{self.word} ({self.confidence:.2f})"


@dataclass(frozen=True, slots=True)
class VerdictCells:
    """One claim's new cells."""

    claim: ReportedClaim
    evidence: tuple[Cited, ...]
    stated: str | None

    def texts(self, evidence: Callable[[Cited], str], separator: str) -> dict[str, str]:
        """The cells as text, field by field."""
        cells = (
            CHECK[self.claim.verified],
            f"{self.claim.confidence:.2f}",
            self.claim.label.value,
            separator.join(map(evidence, self.evidence)),
            self.stated or "",
        )
        return dict(zip(FIELDS, cells, strict=True))

    def values(self) -> dict[str, Any]:
        """The cells as JSON values, field by field."""
        evidence = [
            {
                "stance": cited.word,
                "confidence": round(cited.confidence, 4),
                "quote": cited.quote,
                "reference": cited.reference,
                "title": cited.title,
                "url": cited.url,
            }
            for cited in self.evidence
        ]
        cells = (
            self.claim.verified,
            round(self.claim.confidence, 4),
            self.claim.label.value,
            evidence,
            self.stated,
        )
        return dict(zip(FIELDS, cells, strict=True))


def verdicts_of(table: ClaimTable, report: Report) -> list[VerdictCells]:
    """The verdict of each row, by number.

    Raises:
        RenderError: the report was made for another table.
    """
    claims = {claim.number: claim for claim in report.claims}
    references = {reference.number: reference for reference in report.references}
    return [_verdict(row, claims, references) for row in table.rows]


def _verdict(
    row: ClaimRow, claims: dict[int, ReportedClaim], references: dict[int, Reference]
) -> VerdictCells:
    claim = claims.get(row.number)
    if claim is None:
        raise RenderError(
            f"the report holds no verdict for claim {row.number} (“{row.text[:60]}”); verify the table again, so that "
            "both have the same claims."
        )
    supporting, contradicting, _ = sides(claim)
    cited = [
        _cited(word, e, references)
        for word, side in (("supports", supporting), ("contradicts", contradicting))
        for e in side
    ]
    return VerdictCells(claim, tuple(cited), row.stated)


def _cited(word: str, evidence: ReportedEvidence, references: dict[int, Reference]) -> Cited:
    number = evidence.reference
    paper = references.get(number)
    if paper is None:
        raise RenderError(
            f"the report quotes reference {number} but does not list it; make the report again."
        )
    url = safe_url(paper.url) or doi_url(paper.doi)
    quote = one_line(evidence.quote.text)
    return Cited(word, evidence.confidence, quote, number, one_line(paper.title), url)


def cited_text(cited: Cited, head: str = "") -> str:
    """Evidence in a cell: what it says (``head``, by default its own), the quote, its number, the paper and its link."""
    link = f", {cited.url}" if cited.url else ""
    return f"{head or cited.head}: “{cited.quote}” [{cited.reference}] {cited.title}{link}"


@dataclass(frozen=True, slots=True)
class Placement:
    """Names of all columns, old ones first and as they came, and the index of each field among them."""

    names: tuple[str, ...]
    index: dict[str, int]


def place(grid: Grid, columns: Columns, *, stated: bool) -> Placement:
    """Where each field goes: marks in place, a column that the tool wrote in place, others behind the last one.

    ``stated`` says whether there is anything to keep of what the table said before.
    """
    names = list(grid.header.cells)
    folded = [fold(name) for name in names]
    index: dict[str, int] = {}
    known = {"verified": columns.verified, "confidence": columns.confidence, "label": columns.label}
    for field in FIELDS:
        if field == "stated before" and not stated and field not in folded:
            continue
        at = known.get(field)
        name = field
        if field == "evidence":
            name = _evidence_name(grid, folded)
        if at is None and name in folded and field not in known:
            at = folded.index(name)
        if at is None:
            at = len(names)
            names.append(_styled(name, names[columns.claim]))
        index[field] = at
    return Placement(tuple(names), index)


def _evidence_name(grid: Grid, folded: Sequence[str]) -> str:
    if "evidence" not in folded:
        return "evidence"
    at = folded.index("evidence")
    cells = (row.cells[at].strip() for row in filled_rows(grid) if at < len(row.cells))
    own = all(not cell or _OWN_EVIDENCE.match(cell) for cell in cells)
    return "evidence" if own else _SPARE_EVIDENCE


def _styled(name: str, like: str) -> str:
    return name.capitalize() if like[:1].isupper() else name


def filled(grid: Grid, placement: Placement, cells: Sequence[dict[str, str]]) -> list[list[str]]:
    """The filled rows of a grid with the new cells in their places."""
    out = []
    width = len(placement.names)
    for row, new in zip(filled_rows(grid), cells, strict=True):
        old = list(row.cells[: len(grid.header.cells)])
        line = [*old, *[""] * (width - len(old))]
        for field, at in placement.index.items():
            line[at] = new[field]
        out.append(line)
    return out
