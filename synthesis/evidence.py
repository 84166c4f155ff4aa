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
from synthesis.records import Evidence, Quote, Span, Stance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synthesis.config import EvidenceConfig
    from synthesis.protocols import Calibrator, Judge, Ranker
    from synthesis.records import Claim, Paper, Passage

_FIRST_DEPTH = 4  # passages ranked for each one wanted, before a ranking is deepened
_STANCES = (Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER)


class _Candidate(NamedTuple):
    claim: Claim
    passage: Passage
    rank: int
    relevance: float


def gather_evidence(
    claims: Sequence[Claim],
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    ranker: Ranker,
    judge: Judge,
    calibrator: Calibrator,
    config: EvidenceConfig,
) -> list[Evidence]:
    """For each claim the best-ranked passages, at most one a paper, with stance and deciding sentences."""
    candidates = _rank(claims, papers, passages, ranker, config.passages_per_claim)
    if not candidates:
        return []
    scores = judge.score([(c.claim.text, c.passage.text) for c in candidates])
    probabilities = calibrator.probabilities(scores)
    offsets = _sentence_offsets(passages)
    return [
        _read(candidate, papers, raw, calibrated, judge, offsets[candidate.passage.passage_id])
        for candidate, raw, calibrated in zip(candidates, scores, probabilities, strict=True)
    ]


def _rank(
    claims: Sequence[Claim],
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    ranker: Ranker,
    count: int,
) -> list[_Candidate]:
    """The best passage of each of the ``count`` best papers, for every claim.

    A long paper, or the claim's own, may fill the top of a ranking, so a claim that has too few papers is ranked
    again to a greater depth.
    """
    found: dict[str, list[_Candidate]] = {}
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
) -> list[_Candidate]:
    own = papers.get(claim.paper_id) if claim.paper_id else None
    kept: dict[str, _Candidate] = {}
    for index, relevance in ranking:
        passage = passages[index]
        if passage.paper_id in kept or (own is not None and same_work(own, papers[passage.paper_id])):
            continue
        kept[passage.paper_id] = _Candidate(claim, passage, len(kept) + 1, relevance)
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
    candidate: _Candidate,
    papers: Mapping[str, Paper],
    raw: np.ndarray[tuple[int], np.dtype[np.float32]],
    calibrated: np.ndarray[tuple[int], np.dtype[np.float32]],
    judge: Judge,
    first_sentence: int,
) -> Evidence:
    claim, passage = candidate.claim, candidate.passage
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
        relevance=round(float(candidate.relevance), 6),
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
