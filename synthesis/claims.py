"""Passages → claims: the checkable sentences of the examined papers, duplicates merged.

Every sentence that is not taken is a ``Rejection`` with its reason; nothing is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.extraction import standalone
from synthesis.records import Claim, Quote, Rejection
from synthesis.retrieval import analyze

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthesis.config import ClaimConfig
    from synthesis.protocols import Extractor
    from synthesis.records import Paper, Passage


class Extracted(NamedTuple):
    """Claims in the order of their papers, and what was not taken."""

    claims: tuple[Claim, ...]
    rejections: tuple[Rejection, ...]


class _Candidate(NamedTuple):
    quote: Quote
    score: float
    kind: str
    order: int
    terms: frozenset[str]


def extract_claims(
    question: str,
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    extractor: Extractor,
    config: ClaimConfig,
) -> Extracted:
    """The best ``max_claims`` checkable sentences of the examined papers' passages, in reading order."""
    candidates: list[_Candidate] = []
    rejections: list[Rejection] = []
    for passage in passages:
        paper = papers[passage.paper_id]
        texts = passage.sentence_texts
        scored = extractor.score(texts, question)
        for span, text, (score, kind) in zip(passage.sentences, texts, scored, strict=True):
            reason = standalone(text) or ("not a checkable claim" if score < config.min_score else None)
            if reason:
                rejections.append(_rejection(passage, span.start, reason, text))
                continue
            quote = Quote.of(paper, passage.section, span.start, span.end)
            terms = frozenset(analyze(text))
            candidates.append(_Candidate(quote, score, kind, len(candidates), terms))
    merged = _merge_duplicates(candidates, config.duplicate_similarity)
    best = sorted(merged, key=lambda group: (-group[0].score, group[0].order))
    for group in best[config.max_claims :]:
        quote = group[0].quote
        rejections.append(
            Rejection(
                stage="claims",
                item=f"{quote.paper_id}#{quote.section}:{quote.start}",
                reason="less checkable than the claims kept",
                detail=quote.text,
            )
        )
    chosen = sorted(best[: config.max_claims], key=lambda group: group[0].order)
    return Extracted(tuple(_claims(chosen)), tuple(rejections))


def _rejection(passage: Passage, start: int, reason: str, text: str) -> Rejection:
    item = f"{passage.paper_id}#{passage.section}:{start}"
    return Rejection(stage="claims", item=item, reason=reason, detail=text)


def _merge_duplicates(candidates: Iterable[_Candidate], similarity: float) -> list[list[_Candidate]]:
    """Group candidates whose terms overlap (Jaccard ≥ ``similarity``) with a group's best, best first."""
    groups: list[list[_Candidate]] = []
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.order)):
        for group in groups:
            union = candidate.terms | group[0].terms
            if len(candidate.terms & group[0].terms) >= similarity * len(union):
                group.append(candidate)
                break
        else:
            groups.append([candidate])
    return groups


def _claims(groups: Iterable[list[_Candidate]]) -> Iterable[Claim]:
    for number, (first, *others) in enumerate(groups, start=1):
        yield Claim.model_validate(
            {
                "claim_id": f"C{number}",
                "text": first.quote.text,
                "paper_id": first.quote.paper_id,
                "quote": first.quote,
                "score": first.score,
                "kind": first.kind,
                "duplicates": tuple(c.quote for c in others),
            }
        )
