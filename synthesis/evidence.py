"""Claims → evidence: the passages of other papers that speak of each claim, read by the judge.

A claim is never judged on its own paper, nor on another version of it. A claim that names something (a dataset,
a model, a gene) is decided only by passages that name it too: what outperforms baselines elsewhere says nothing
of the system at hand. Nor can a passage that holds none of a claim's numbers support a claim that states some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthesis.merging import same_work
from synthesis.names import mentions_any, names_in, shares_number
from synthesis.records import Candidate, Evidence, Quote, Span, Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synthesis.config import EvidenceConfig
    from synthesis.protocols import Calibrator, Judge, Ranker
    from synthesis.records import Claim, Paper, Passage

_FIRST_DEPTH = 4  # passages ranked for each one wanted, before a ranking is deepened
_STANCES = (Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER)


class _Pair(NamedTuple):
    claim: Claim
    passage: Passage
    candidate: Candidate


def gather_evidence(
    claims: Sequence[Claim],
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    judge: Judge,
    calibrator: Calibrator,
) -> list[Evidence]:
    """Each candidate passage read against its claim, with stance and deciding sentences."""
    if not candidates:
        return []
    claim_of = {claim.claim_id: claim for claim in claims}
    passage_of = {passage.passage_id: passage for passage in passages}
    pairs = [_Pair(claim_of[c.claim_id], passage_of[c.passage_id], c) for c in candidates]
    scores = judge.score([(pair.claim.text, pair.passage.text) for pair in pairs])
    probabilities = calibrator.probabilities(scores)
    offsets = _sentence_offsets(passages)
    return [
        _read(pair, papers, raw, calibrated, judge, offsets[pair.passage.passage_id])
        for pair, raw, calibrated in zip(pairs, scores, probabilities, strict=True)
    ]


def rank_passages(
    claims: Sequence[Claim],
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    ranker: Ranker,
    config: EvidenceConfig,
) -> list[Candidate]:
    """For every claim the best passage of each of the best papers, as many as the configuration asks for.

    A long paper, or the claim's own, may fill the top of a ranking, so a claim that has too few papers is ranked
    again to a greater depth.
    """
    count = config.passages_per_claim
    found: dict[str, list[Candidate]] = {}
    waiting, depth = list(claims), _FIRST_DEPTH * count
    while waiting:
        rankings = ranker.rank([c.text for c in waiting], passages, depth)
        found |= {
            claim.claim_id: _distinct_papers(claim, ranking, papers, passages, count)
            for claim, ranking in zip(waiting, rankings, strict=True)
        }
        waiting = [
            claim
            for claim, ranking in zip(waiting, rankings, strict=True)
            if len(found[claim.claim_id]) < count and len(ranking) == depth
        ]
        depth *= 4
    return [candidate for claim in claims for candidate in found[claim.claim_id]]


def _distinct_papers(
    claim: Claim,
    ranking: Sequence[tuple[int, float]],
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    count: int,
) -> list[Candidate]:
    own = papers.get(claim.paper_id) if claim.paper_id else None
    kept: dict[str, Candidate] = {}
    for index, relevance in ranking:
        passage = passages[index]
        if passage.paper_id in kept or (own is not None and same_work(own, papers[passage.paper_id])):
            continue
        kept[passage.paper_id] = Candidate(
            claim_id=claim.claim_id,
            passage_id=passage.passage_id,
            rank=len(kept) + 1,
            relevance=round(float(relevance), 6),
        )
        if len(kept) == count:
            break
    return list(kept.values())


def _sentence_offsets(passages: Sequence[Passage]) -> dict[str, int]:
    """How many sentences of its paper stand before each passage."""
    offsets: dict[str, int] = {}
    so_far: dict[str, int] = {}
    for passage in passages:
        offsets[passage.passage_id] = so_far.get(passage.paper_id, 0)
        so_far[passage.paper_id] = offsets[passage.passage_id] + len(passage.sentences)
    return offsets


def _read(
    pair: _Pair,
    papers: Mapping[str, Paper],
    raw: np.ndarray[tuple[int], np.dtype[np.float32]],
    calibrated: np.ndarray[tuple[int], np.dtype[np.float32]],
    judge: Judge,
    first_sentence: int,
) -> Evidence:
    claim, passage, candidate = pair
    chosen = _adjacent(judge.rationale(claim.text, passage.sentence_texts))
    quote = Quote.of(
        papers[passage.paper_id],
        passage.section,
        passage.sentences[chosen[0]].start,
        passage.sentences[chosen[-1]].end,
    )
    names = names_in(claim.text)
    stance = int(np.argmax(calibrated))
    decides = not names or mentions_any(names, f"{papers[passage.paper_id].title}\n{passage.text}")
    if _STANCES[stance] is Stance.SUPPORTS and not shares_number(claim.text, passage.text):
        decides = False
    if not decides:
        stance = _STANCES.index(Stance.NEITHER)
    return Evidence(
        claim_id=claim.claim_id,
        paper_id=passage.paper_id,
        quote=quote,
        sentences=tuple(first_sentence + i for i in chosen),
        context=Span(start=passage.start, end=passage.end),
        rank=candidate.rank,
        relevance=candidate.relevance,
        scores=(round(float(raw[0]), 6), round(float(raw[1]), 6), round(float(raw[2]), 6)),
        stance=_STANCES[stance],
        confidence=round(float(calibrated[stance]), 6),
        decides=decides,
        notes=tuple(judge.notes(claim.text, quote.text)),
    )


def _adjacent(indices: Sequence[int]) -> list[int]:
    """The run of neighbouring sentences around the most decisive one, so that a quote is one stretch."""
    chosen = [indices[0]]
    for step in (-1, 1):
        neighbour = indices[0] + step
        while neighbour in indices:
            chosen.append(neighbour)
            neighbour += step
    return sorted(chosen)
