"""Where the claims of a report that was handed in come from.

A report's claims were taken from papers. When one of the papers found holds a claim word for word, that paper is
its own: it grounds the claim and is no evidence for it. Long claims may be cut short (the seeds cut at 120
characters), so a claim need only be a stretch of the paper's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.records import Claim, Quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.records import Paper

MIN_CHARS = 25  # a shorter stretch may stand in two papers by chance


def locate_origins(claims: Iterable[Claim], papers: Sequence[Paper]) -> tuple[Claim, ...]:
    """The claims, those that a paper holds word for word bound to the first such paper and its place."""
    return tuple(_locate(claim, papers) for claim in claims)


def _locate(claim: Claim, papers: Sequence[Paper]) -> Claim:
    if claim.quote is not None or len(claim.text) < MIN_CHARS:
        return claim
    for paper in papers:
        for number, section in enumerate(paper.sections):
            start = section.text.find(claim.text)
            if start >= 0:
                quote = Quote.of(paper, number, start, start + len(claim.text))
                return claim.model_copy(update={"paper_id": paper.paper_id, "quote": quote})
    return claim
