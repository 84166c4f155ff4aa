"""Claims → evidence: the passages of other papers that speak of each claim, read by the judge.

A claim is never judged on its own paper, nor on another version of it. A claim that names something (a dataset,
a model, a gene) is decided only by passages that name it too: what outperforms baselines elsewhere says nothing
of the system at hand.

What the judge takes for support is none where the passage holds none of the claim's numbers, where its quote gives a
number otherwise (the note of it is kept, and caps the verdict), or where its quote compares the claim's two sides the
other way round. A passage that refutes keeps its stance: another number is a reason to refute.

Of a text that was read badly (``Paper.quality``) both sides weigh less.

The judge reads sentences of papers and nothing else. Of a paper's metadata, the title is searched for the claim's
names, and identifiers, title and authors tell which papers are independent of each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthesis.comparisons import turns_round
from synthesis.independence import independent_groups
from synthesis.merging import same_work
from synthesis.names import mentions_any, names_in, shares_number
from synthesis.quoting import Reading, Run, choose_quotes, whole
from synthesis.records import Candidate, Evidence, Quote, Span, Stance
from synthesis.terms import note_words
from synthesis.weighing import weigh_by_quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from synthesis.config import EvidenceConfig
    from synthesis.protocols import Calibrator, Judge, Ranker
    from synthesis.quoting import Pairs
    from synthesis.records import Claim, Paper, Passage

# A passage is shown for or against a claim from this probability on. Most passages that search finds are silent, and of
# those that decide a claim few are more likely than not to: of 0.2, 0.3, 0.4, 0.5 the least gave the best F1 of abstract
# labels on SciFact claims. What is stated of a claim rests on the calibrated confidence of all passages together.
TAKES_SIDE = 0.2
_FIRST_DEPTH = 4  # passages ranked for each one wanted, before a ranking is deepened
_STANCES = (Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER)
_SUPPORTS, _NEITHER = 0, 2  # columns of the judge's scores


class _Pair(NamedTuple):
    claim: Claim
    passage: Passage
    candidate: Candidate


class _Judged(NamedTuple):
    """A pair with the judge's raw and calibrated scores (3,), and the column of its stance.

    ``named``: the passage or its paper's title holds a name of the claim, where the claim holds any. ``quality`` is that
    of the paper's text.
    """

    pair: _Pair
    raw: NDArray[np.float32]
    calibrated: NDArray[np.float32]
    stance: int
    named: bool
    quality: float


def gather_evidence(
    claims: Sequence[Claim],
    papers: Mapping[str, Paper],
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    judge: Judge,
    calibrator: Calibrator,
) -> list[Evidence]:
    """Each candidate passage read against its claim, with its stance, its quote and its independent group."""
    if not candidates:
        return []
    claim_of = {claim.claim_id: claim for claim in claims}
    passage_of = {passage.passage_id: passage for passage in passages}
    pairs = [_Pair(claim_of[c.claim_id], passage_of[c.passage_id], c) for c in candidates]
    judged = _judge_passages(pairs, papers, judge, calibrator)
    runs = _choose_runs(judged, judge, calibrator)
    groups = _groups(pairs, papers, passages)
    offsets = _sentence_offsets(passages)
    return [
        _evidence(
            reading,
            _quote(papers[reading.pair.passage.paper_id], reading.pair.passage, run),
            tuple(offsets[reading.pair.passage.passage_id] + i for i in range(run.first, run.last + 1)),
            groups[reading.pair.claim.claim_id][reading.pair.passage.paper_id],
            judge,
        )
        for reading, run in zip(judged, runs, strict=True)
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
    again to a greater depth. A retracted paper, which only a user who names it has examined, says nothing for or against.
    """
    count = config.passages_per_claim
    passages = [passage for passage in passages if not papers[passage.paper_id].retracted]
    found: dict[str, list[Candidate]] = {}
    waiting, depth = list(claims), _FIRST_DEPTH * count
    while waiting:
        rankings = ranker.rank([c.judged for c in waiting], passages, depth)
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


def _side(probabilities: np.ndarray[tuple[int], np.dtype[np.float32]]) -> int:
    """The likelier side (index as ``Stance``) if it reaches ``TAKES_SIDE``, else neither."""
    side = int(np.argmax(probabilities[:2]))
    return side if probabilities[side] >= TAKES_SIDE else _NEITHER


def _judge_passages(
    pairs: Sequence[_Pair], papers: Mapping[str, Paper], judge: Judge, calibrator: Calibrator
) -> list[_Judged]:
    scores = judge.score([(pair.claim.judged, pair.passage.text) for pair in pairs])
    judged = []
    qualities = [papers[pair.passage.paper_id].quality for pair in pairs]
    probabilities = weigh_by_quality(calibrator.probabilities(scores), qualities)
    for pair, raw, calibrated, quality in zip(pairs, scores, probabilities, qualities, strict=True):
        names = names_in(pair.claim.judged)
        title = papers[pair.passage.paper_id].title
        named = not names or mentions_any(names, f"{title}\n{pair.passage.text}")
        stance = _side(calibrated) if named else _NEITHER
        judged.append(_Judged(pair, raw, calibrated, stance, named, quality))
    return judged


def _choose_runs(judged: Sequence[_Judged], judge: Judge, calibrator: Calibrator) -> list[Run]:
    """The sentences to quote of each passage; one that takes no side has none that decides, and is quoted whole."""

    def stances(pairs: Pairs) -> Sequence[int]:
        if not pairs:
            return []
        return [_side(row) for row in calibrator.probabilities(judge.score(pairs))]

    sided = [i for i, reading in enumerate(judged) if reading.stance != _NEITHER]
    readings = [Reading(judged[i].pair.claim.judged, judged[i].pair.passage, judged[i].stance) for i in sided]
    runs = [whole(reading.pair.passage) for reading in judged]
    for i, run in zip(sided, choose_quotes(readings, judge, stances), strict=True):
        runs[i] = run
    return runs


def _groups(
    pairs: Sequence[_Pair], papers: Mapping[str, Paper], passages: Sequence[Passage]
) -> dict[str, dict[str, int]]:
    """claim_id → paper_id → independent group, numbered by rank."""
    read: dict[str, dict[str, str]] = {}
    for pair in pairs:
        read.setdefault(pair.claim.claim_id, {})[pair.passage.paper_id] = pair.passage.text
    claims = {pair.claim.claim_id: pair.claim for pair in pairs}
    sections = _sections_of({claim.paper_id for claim in claims.values()}, passages)
    groups = {}
    for claim_id, texts in read.items():
        claim = claims[claim_id]
        own = papers.get(claim.paper_id) if claim.paper_id else None
        stated = _stated_in(claim, sections)
        known = texts | ({own.paper_id: stated} if own and stated else {})
        groups[claim_id] = independent_groups([papers[paper_id] for paper_id in texts], known, own)
    return groups


def _sections_of(
    paper_ids: set[str | None], passages: Sequence[Passage]
) -> dict[tuple[str, int], list[Passage]]:
    """The passages of some papers by (paper_id, section)."""
    sections: dict[tuple[str, int], list[Passage]] = {}
    for passage in passages:
        if passage.paper_id in paper_ids:
            sections.setdefault((passage.paper_id, passage.section), []).append(passage)
    return sections


def _stated_in(claim: Claim, sections: Mapping[tuple[str, int], Sequence[Passage]]) -> str | None:
    """The passage of its own paper that states a claim."""
    quote = claim.quote
    if quote is None:
        return None
    around = sections.get((quote.paper_id, quote.section), ())
    return next((p.text for p in around if p.start <= quote.start < p.end), None)


def _quote(paper: Paper, passage: Passage, run: Run) -> Quote:
    return Quote.of(
        paper, passage.section, passage.sentences[run.first].start, passage.sentences[run.last].end
    )


def _evidence(
    judged: _Judged, quote: Quote, sentences: tuple[int, ...], group: int, judge: Judge
) -> Evidence:
    claim, passage, candidate = judged.pair
    stance = judged.stance
    notes = tuple(map(note_words, judge.notes(claim.judged, quote.text))) if stance != _NEITHER else ()
    held_back = stance == _SUPPORTS and (
        bool(notes) or not shares_number(claim.judged, passage.text) or turns_round(claim.judged, quote.text)
    )
    if held_back:
        stance = _NEITHER
    raw = judged.raw
    return Evidence(
        claim_id=claim.claim_id,
        paper_id=passage.paper_id,
        quote=quote,
        sentences=sentences,
        context=Span(start=passage.start, end=passage.end),
        rank=candidate.rank,
        relevance=candidate.relevance,
        scores=(round(float(raw[0]), 6), round(float(raw[1]), 6), round(float(raw[2]), 6)),
        stance=_STANCES[stance],
        confidence=round(float(judged.calibrated[stance]), 6),
        decides=judged.named and not held_back,
        notes=notes,
        group=group,
        quality=judged.quality,
    )
