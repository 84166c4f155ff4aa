"""Sentences of papers that may be quoted in an answer, and the choice among them.

A sentence answers as far as it covers the weight of what is asked; how checkable it is decides between sentences that
cover about the same. What a chosen quote covers counts half for the next one, so that the quotes speak of the whole
question rather than of its heaviest part five times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.answering.coverage import read_text
from synthesis.asides import why_aside
from synthesis.records import Quote, Statement
from synthesis.standalone import standalone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from synthesis.answering.coverage import ReadText
    from synthesis.config import AnswerConfig
    from synthesis.protocols import Extractor
    from synthesis.records import Paper, Passage


class QuoteCandidate(NamedTuple):
    """A sentence that can stand alone."""

    statement: Statement
    read: ReadText
    checkable: float  # 0–1
    paper_id: str


def quotable(
    papers: Mapping[str, Paper], passages: Iterable[Passage], extractor: Extractor
) -> Iterator[QuoteCandidate]:
    """The sentences of passages that can stand alone."""
    for passage in passages:
        texts = passage.sentence_texts
        for span, text, (score, _) in zip(passage.sentences, texts, extractor.score(texts, ""), strict=True):
            if standalone(text) is not None or text.startswith("|") or why_aside(text):
                continue
            quote = Quote.of(papers[passage.paper_id], passage.section, span.start, span.end)
            yield QuoteCandidate(
                as_statement(quote), read_text(text, passage.paper_id), score, passage.paper_id
            )


def as_statement(quote: Quote) -> Statement:
    """A quote as a statement; the report gives it its reference number."""
    return Statement(text=quote.text, quote=quote)


def choose(
    candidates: Sequence[QuoteCandidate],
    weights: Mapping[str, float],
    config: AnswerConfig,
    per_paper: int,
) -> list[Statement]:
    """The best quotes for some weighed terms, best first: at most ``max_quotes``, and ``per_paper`` of one paper."""
    weights = dict(weights)
    total = sum(weights.values()) or 1.0
    chosen: list[QuoteCandidate] = []
    left = sorted(
        (c for c in candidates if not c.read.terms.isdisjoint(weights)),
        key=lambda c: (c.paper_id, c.statement.text),
    )
    while left and len(chosen) < config.max_quotes:
        best = max(left, key=lambda c: _value(c, weights) / total)
        if _value(best, weights) / total < config.min_value:
            break
        chosen.append(best)
        weights |= {term: weights[term] / 2 for term in best.read.terms & weights.keys()}
        full = sum(c.paper_id == best.paper_id for c in chosen) >= per_paper
        left = [
            c
            for c in left
            if c.statement.text != best.statement.text and not (full and c.paper_id == best.paper_id)
        ]
    return [c.statement for c in chosen]


def _value(candidate: QuoteCandidate, weights: Mapping[str, float]) -> float:
    return (
        sum(weights[term] for term in sorted(candidate.read.terms & weights.keys()))
        * (1 + candidate.checkable)
        / 2
    )
