"""What the papers say of the statement that a yes-or-no question asks about: each paper for, against, both or silent.

The statement is read like claims, one for each of its verbs, against the passages that are ranked best for it: the
same judge and calibrator (``evidence``), and only what is more likely so than not and says so in few words counts
(``sides``). A paper's side follows from its passages; a retracted paper has none and is not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from synthesis.answering.coverage import wanted_words
from synthesis.answering.quotes import as_statement
from synthesis.answering.sides import SIDES, Said, may_take_side, side_of, taking_sides
from synthesis.hypotheses import hypothesis_of
from synthesis.records import AnswerGroup, Candidate, Claim, Hypothesis
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from synthesis.protocols import Ranker
    from synthesis.records import Aspect, Evidence, Passage, Side

MAX_PASSAGES = 20  # read
PER_PAPER = 2
LIKELY = 0.5  # calibrated: what stands at the head of a report should be more likely right than wrong
_SPOKEN_OF = frozenset({"method", "topic", "metric", "comparison"})
_FEWEST = 2
_LEAST = 0.25  # of a thing's words in the sentence itself, where its passage holds most of them
_DEPTH = 8  # passages ranked for each one wanted: a long paper may fill the top of the ranking


class Supposed(NamedTuple):
    """A statement as it is read: the claims that it joins, and by claim_id what a sentence on each must speak of."""

    text: str
    claims: tuple[Claim, ...]
    said: Mapping[str, Said]


def suppose(question: str, aspects: Sequence[Aspect]) -> Supposed | None:
    """The statement that a question asks about; ``None`` where it asks about none."""
    stated = hypothesis_of(question)
    if stated is None:
        return None
    claims = tuple(Claim(claim_id=f"H{i}", text=text) for i, text in enumerate(stated.clauses, start=1))
    return Supposed(stated.text, claims, {claim.claim_id: _said(claim.text, aspects) for claim in claims})


def _said(text: str, aspects: Sequence[Aspect]) -> Said:
    """What is studied and what it is said to do; where the question tells too little, all words of the statement."""
    told = [a for a in aspects if a.kind in _SPOKEN_OF and a.words.casefold() in text.casefold()]
    if len(told) < _FEWEST:
        return Said(text, (wanted_words(text),))
    studied = tuple(wanted_words(a.words) for a in told if a.kind == "method")
    return Said(text, tuple(wanted_words(a.words) for a in told), studied, _LEAST)


class Reading(NamedTuple):
    """What is read for a statement: the passages, and those of them that are judged, for each of its claims."""

    passages: tuple[Passage, ...]
    candidates: tuple[Candidate, ...]


def choose_reading(supposed: Supposed, passages: Sequence[Passage], ranker: Ranker) -> Reading:
    """The passages that fit a statement best, ``PER_PAPER`` of a paper at most.

    Only those are judged that hold a sentence which could be shown for or against it: the others are silent whatever
    the judge says.
    """
    (ranking,) = ranker.rank([supposed.text], passages, _DEPTH * MAX_PASSAGES)
    taken: Counter[str] = Counter()
    best: list[tuple[Passage, float]] = []
    for index, relevance in ranking:
        passage = passages[index]
        if taken[passage.paper_id] < PER_PAPER and len(best) < MAX_PASSAGES:
            taken[passage.paper_id] += 1
            best.append((passage, round(float(relevance), 6)))
    candidates = (
        Candidate(claim_id=claim.claim_id, passage_id=passage.passage_id, rank=rank, relevance=relevance)
        for claim in supposed.claims
        for rank, (passage, relevance) in enumerate(best, start=1)
        if any(may_take_side(said, passage) for said in supposed.said.values())
    )
    return Reading(tuple(passage for passage, _ in best), tuple(candidates))


class _Voice(NamedTuple):
    """What one paper says of the statement."""

    side: Side
    quoted: Evidence  # its surest passage that takes a side
    group: int


def weigh_hypothesis(
    supposed: Supposed, read: Sequence[Passage], evidence: Iterable[Evidence], max_quotes: int
) -> Hypothesis:
    """What ``read`` says of a statement, by side, given the evidence among it.

    At most ``max_quotes`` quotes a side, one a paper, the surest first.
    """
    by_paper: defaultdict[str, list[Evidence]] = defaultdict(list)
    for item in evidence:
        if item.confidence >= LIKELY:
            by_paper[item.paper_id] += taking_sides(supposed.said[item.claim_id], [item])
    voices = [_voice(items) for items in by_paper.values() if items]
    counts: dict[Side, int] = {side: sum(v.side == side for v in voices) for side in SIDES}
    counts["silent"] = len({passage.paper_id for passage in read}) - len(voices)
    return Hypothesis(
        text=supposed.text,
        groups=tuple(_groups(voices, max_quotes)),
        counts=counts,
        note=_note(voices, counts, max_quotes),
    )


def _voice(items: Sequence[Evidence]) -> _Voice:
    surest = max(items, key=lambda e: (e.confidence, -e.rank, e.claim_id))
    return _Voice(side_of(e.stance for e in items), surest, surest.group)


def _groups(voices: Sequence[_Voice], max_quotes: int) -> Iterator[AnswerGroup]:
    headings: Mapping[Side, str] = {
        "for": say("Papers for it"),
        "against": say("Papers against it"),
        "mixed": say("Papers with passages for and against it"),
    }
    for side, heading in headings.items():
        quoted = [v.quoted for v in voices if v.side == side]
        quoted.sort(key=lambda e: (-e.confidence, e.paper_id, e.quote.start))
        if quoted:
            statements = tuple(as_statement(e.quote) for e in quoted[:max_quotes])
            yield AnswerGroup(heading=heading, statements=statements, side=side)


def _note(voices: Sequence[_Voice], counts: Mapping[Side, int], max_quotes: int) -> str:
    sentences = [
        say_n(
            "{n} paper read for this statement: {on} for, {against} against, {mixed} with passages on both sides, "
            "{silent} silent.",
            "{n} papers read for this statement: {on} for, {against} against, {mixed} with passages on both sides, "
            "{silent} silent.",
            sum(counts.values()),
            on=counts["for"],
            against=counts["against"],
            mixed=counts["mixed"],
            silent=counts["silent"],
        )
    ]
    n_groups = len({v.group for v in voices})
    if n_groups < len(voices):
        sentences.append(
            say_n(
                "Those that take a side are {n} independent group of papers.",
                "Those that take a side are {n} independent groups of papers.",
                n_groups,
            )
        )
    if max(counts["for"], counts["against"], counts["mixed"]) > max_quotes:
        sentences.append(
            say_n(
                "The surest quote of each side is shown.",
                "The {n} surest quotes of each side are shown.",
                max_quotes,
            )
        )
    return " ".join(sentences)
