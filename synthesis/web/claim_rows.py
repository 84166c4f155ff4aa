"""A report's claims as the pages show them: filtered, ordered, each with its evidence by side and its papers at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import Label
from synthesis.rendering.layout import Sides, short_citation, sides
from synthesis.rendering.text import doi_url, inline, safe_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synthesis.records import Report, ReportedClaim, ReportedEvidence
    from synthesis.web.views import ClaimFilter

LABELS = (Label.SUPPORTED, Label.CONFLICTING, Label.REFUTED, Label.NOT_ENOUGH_INFO)
_RANK = {label: rank for rank, label in enumerate(LABELS)}


class Source(NamedTuple):
    """A paper as it is named beside each piece of its evidence."""

    title: str
    short: str  # citation
    url: str | None
    language: str  # ISO 639-1 of what is quoted of it; empty: not known
    retracted: bool


class ClaimRow(NamedTuple):
    """A row of the claims table; one that the filter leaves out is there too, hidden, so that a script can show it."""

    claim: ReportedClaim
    sides: Sides
    languages: tuple[str, ...]  # of its evidence
    kept: bool


def cited_sources(report: Report) -> dict[int, Source]:
    """Reference number → the paper, with the language of what the report quotes of it."""
    texts: dict[int, str] = {}
    for piece in _pieces(report):
        texts[piece.reference] = (
            f"{texts.get(piece.reference, '')} {piece.before}{piece.quote.text}{piece.after}"
        )
    return {
        r.number: Source(
            r.title,
            short_citation(r),
            safe_url(r.url) or doi_url(r.doi),
            _language(texts.get(r.number)),
            r.retracted,
        )
        for r in report.references
    }


def _pieces(report: Report) -> Iterator[ReportedEvidence]:
    for claim in report.claims:
        yield from claim.evidence
        if claim.origin:
            yield claim.origin


def _language(text: str | None) -> str:
    from synthesis.retrieval import detect_language  # noqa: PLC0415 - slow to load, and few pages need it

    return (detect_language(text) if text else None) or ""


def claim_rows(report: Report, sources: Mapping[int, Source], filters: ClaimFilter) -> tuple[ClaimRow, ...]:
    """All claims in the order that is asked for, each with whether the filter keeps it."""
    rows = (claim_row(claim, sources, filters) for claim in report.claims)
    return tuple(sorted(rows, key=lambda row: (_order(row.claim, filters.sort), row.claim.number)))


def claim_row(claim: ReportedClaim, sources: Mapping[int, Source], filters: ClaimFilter) -> ClaimRow:
    """One claim as a row."""
    papers = [sources[e.reference] for e in claim.evidence if e.reference in sources]
    languages = tuple(sorted({paper.language for paper in papers} - {""}))
    return ClaimRow(claim, sides(claim), languages, _fits(claim, languages, papers, filters))


def _order(claim: ReportedClaim, sort: str) -> float:
    if sort == "confidence":
        return -claim.confidence
    if sort == "label":
        return _RANK[claim.label]
    return not claim.verified if sort == "verified" else claim.number


def _fits(
    claim: ReportedClaim, languages: tuple[str, ...], papers: list[Source], filters: ClaimFilter
) -> bool:
    """The same rule as in the script, which finds words where the page says ``data-find``."""
    if filters.label is not None and claim.label is not filters.label:
        return False
    if claim.confidence < filters.least or (filters.language and filters.language not in languages):
        return False
    words = inline(filters.text).strip().casefold()
    if not words:
        return True
    evidence = [*claim.evidence, *([claim.origin] if claim.origin else [])]
    quoted = (f"{e.before}{e.quote.text}{e.after}" for e in evidence)
    texts = (claim.text, *quoted, *(paper.title for paper in papers))
    return any(words in inline(text).casefold() for text in texts)
