"""The claims of a DOCX report: the table, and behind it the evidence for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.docx_text import Column, fact, form_words, literal
from synthesis.rendering.layout import CHECK, confidence_words, counted_papers, sides
from synthesis.terms import kind_words, label_words, listed
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import ReportedClaim
    from synthesis.rendering.docx_text import Element
    from synthesis.rendering.docx_writer import Writer


def claims(writer: Writer) -> Iterator[Element]:
    """The table of claims, then each claim with its verdict and evidence."""
    columns = (
        Column(say("Claim"), 57),
        Column(say("Verified"), 12, "TableMark"),
        Column(say("Confidence"), 14, "TableNumber"),
        Column(say("Label"), 17),
    )
    rows = [
        (c.text, CHECK[c.verified], f"{c.confidence:.2f}", label_words(c.label)) for c in writer.report.claims
    ]
    yield from writer.table(say("The claims and what the evidence says of them."), columns, rows)
    for claim in writer.report.claims:
        yield from _claim(writer, claim)


def _claim(writer: Writer, claim: ReportedClaim) -> Iterator[Element]:
    yield form_words("heading2", say("Claim {number}", number=claim.number))
    yield literal("Claim", claim.text)
    yield from _facts(claim)
    if claim.origin is not None:
        yield form_words("heading3", say("In its own paper"))
        yield from writer.evidence(claim.origin)
    side = sides(claim)
    for heading, evidence in (
        (say("Supporting"), side.supporting),
        (say("Contradicting"), side.contradicting),
        (say("Read, but neither"), side.neither),
    ):
        if evidence:
            yield form_words("heading3", heading)
        for piece in evidence:
            yield from writer.evidence(piece, claim)


def _facts(claim: ReportedClaim) -> Iterator[Element]:
    leaning = f"; {say('leans to {label}', label=label_words(claim.leaning))}" if claim.leaning else ""
    verdict = listed((label_words(claim.label), confidence_words(claim.confidence)))
    yield fact(say("Verdict"), f"{verdict}{leaning}")
    yield fact(say("Reason"), claim.reason)
    grounded = say("grounded {mark}", mark=CHECK[claim.grounded])
    yield fact(say("Verified"), f"{CHECK[claim.verified]} · {grounded} · {kind_words(claim.kind)}")
    if papers := counted_papers(claim):
        yield fact(say("Evidence"), papers)
    if claim.standalone is not None:
        yield fact(say("Read as"), claim.standalone)
    yield from (fact(say("Numbers disagree"), cap) for cap in claim.caps)
    if claim.stated is not None:
        yield fact(say("Stated before"), claim.stated)
