"""Counts of a report, counted again from what it holds: claims, references, reviews, the flow of papers.

They are counted apart from the code that wrote them, so that a fault of that code shows too. Sentences are known by
the numbers in them, whatever the language: a counted sentence must hold the count.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from synthesis.auditing.records import Checked, Finding, Result
from synthesis.records import Label, Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from synthesis.records import Draft, Flow, Report, ReportedClaim, Review, Statement

_MIN_CONSENSUS, _MIN_VERIFIED = 6.5, 5  # publication, by the form of the report
_QUORUM = 2  # reviewers, below which there is no consensus
_TIERS = ((8.5, "flagship"), (7.5, "DOI grade"), (5.0, "public record"), (0.0, "watchlist"))
_ROUNDED = 0.0501  # a consensus has one decimal
_NUMBER = re.compile(r"\d+(?:[.,٫]\d+)*")


class Count(NamedTuple):
    """A number that the report states, and what counting gives."""

    place: str
    counted: object
    stated: object


def check_counts(report: Report, draft: Draft | None = None) -> Result:
    """Every count of ``report`` against its lists, and against the run's draft where there is one."""
    counts = [*_of_report(report), *_sentences(report, draft)]
    if draft is not None:
        counts += _of_draft(report, draft)
    wrong = (
        Finding(kind="count", place=c.place, expected=str(c.counted), found=str(c.stated))
        for c in counts
        if c.counted != c.stated
    )
    return Result(findings=tuple(wrong), checked=Checked(counts=len(counts)))


def _of_report(report: Report) -> Iterator[Count]:
    for position, claim in enumerate(report.claims, start=1):
        yield Count(f"5 Extracted Claims, claim {position}, number", position, claim.number)
        yield from _of_claim(claim)
    yield from _of_flow(report.methodology.flow)
    yield from _of_review(report.review, sum(c.verified for c in report.claims))
    for position, row in enumerate(report.answer.coverage, start=1):
        if len(row.paper_ids) > row.n_papers:
            yield Count(f"3 Results, coverage {position}, papers", len(row.paper_ids), row.n_papers)


def _of_claim(claim: ReportedClaim) -> Iterator[Count]:
    place = f"5 Extracted Claims, claim {claim.number}"
    yield Count(f"{place}, verified", claim.label is Label.SUPPORTED, claim.verified)
    shown = {e.group for e in claim.evidence} - {0}
    if len(shown) > claim.n_groups:
        yield Count(f"{place}, independent groups", f"at least {len(shown)}", claim.n_groups)
    if claim.n_groups > claim.n_papers:
        yield Count(f"{place}, papers", f"at least {claim.n_groups}", claim.n_papers)
    takes = {e.stance for e in claim.evidence}
    needed = {Label.SUPPORTED: Stance.SUPPORTS, Label.REFUTED: Stance.REFUTES}.get(claim.label)
    yield Count(f"{place}, label", True, needed is None or needed in takes)


def _of_flow(flow: Flow) -> Iterator[Count]:
    place = "Appendix B Flow of papers"
    yield Count(f"{place}, screened", sum(flow.identified.values()) - flow.duplicates_removed, flow.screened)
    yield Count(f"{place}, included", flow.screened - sum(flow.excluded.values()), flow.included)
    if flow.sought:
        reached = sum(flow.retrieved.values()) + sum(flow.not_retrieved.values())
        yield Count(f"{place}, full texts sought", reached, flow.sought)


def _of_review(review: Review, verified: int) -> Iterator[Count]:
    place = "3 Results, review"
    weights = dict(review.weights) or {r.reviewer: 1.0 for r in review.reviewers}
    total = sum(weights.get(r.reviewer, 0.0) for r in review.reviewers)
    if total and len(review.reviewers) >= _QUORUM and all(r.scores for r in review.reviewers):
        mean = sum(weights.get(r.reviewer, 0.0) * r.mean for r in review.reviewers) / total
        agrees = abs(mean - review.consensus) <= _ROUNDED
        yield Count(f"{place}, consensus", review.consensus if agrees else round(mean, 2), review.consensus)
    fit = review.consensus >= _MIN_CONSENSUS and verified >= _MIN_VERIFIED
    yield Count(f"{place}, publishable", fit, review.publishable)
    tier = next(name for least, name in _TIERS if review.consensus >= least)
    yield Count(f"{place}, tier", tier, review.tier)


def _of_draft(report: Report, draft: Draft) -> Iterator[Count]:
    yield Count("5 Extracted Claims, claims", len(draft.claims), len(report.claims))
    for claim, source, verdict in zip(report.claims, draft.claims, draft.verdicts, strict=False):
        place = f"5 Extracted Claims, claim {claim.number}"
        own = [e for e in draft.evidence if e.claim_id == source.claim_id]
        groups = {e.group for e in own} - {0}
        yield Count(f"{place}, independent groups", len(groups), claim.n_groups)
        yield Count(f"{place}, label", verdict.label.value, claim.label.value)
        yield Count(f"{place}, confidence", verdict.confidence, claim.confidence)
        takes = sum(e.stance is not Stance.NEITHER or bool(e.notes) for e in own)
        yield Count(f"{place}, pieces of evidence", takes, len(claim.evidence))
    kept = sum(p.role != "evidence" for p in draft.papers)
    yield Count("Appendix B Flow of papers, included", kept, report.methodology.flow.included)
    yield Count("Appendix A Search, queries answered", len(draft.log), len(report.methodology.log))


# --------------------------------------------------------------------------- counted sentences


def _sentences(report: Report, draft: Draft | None) -> Iterator[Count]:
    """The numbers that the abstract and the results must state: papers, claims, verified claims, consensus."""
    needed = {
        "claims": str(len(report.claims)),
        "verified claims": str(sum(c.verified for c in report.claims)),
        "review score": f"{report.review.consensus:.1f}",
    }
    if draft is not None:
        needed["papers retrieved"] = str(len(draft.papers))
    for place, statements in (("Abstract", report.abstract), ("3 Results", report.results)):
        numbers = stated_numbers(said(statements))
        for what, number in needed.items():
            there = _digits(number) in numbers
            yield Count(f"{place}, {what}", number, number if there else ", ".join(numbers) or "no number")


def said(statements: Iterable[Statement]) -> str:
    """What the report says itself: its statements without the quotes."""
    return "\n".join(s.text for s in statements if s.quote is None)


def stated_numbers(text: str) -> list[str]:
    """The numbers of a text by their digits alone, whatever stands between them or which script writes them.

    >>> stated_numbers("33 claims, 6,5/10")
    ['33', '65', '10']
    """
    return list(dict.fromkeys(_digits(match[0]) for match in _NUMBER.finditer(text)))


def _digits(number: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in number if char.isdigit())
