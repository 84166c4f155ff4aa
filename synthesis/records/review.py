"""The draft of a report: the answer, and what reviewers say of it all."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from synthesis.records.base import Record
from synthesis.records.evidence import Calibration, Claim, Evidence, Verdict
from synthesis.records.papers import Quote
from synthesis.records.search import FetchAttempt, Flow, ScreenedPaper, SearchLogEntry


class Statement(Record):
    """A sentence of the report: a template with counted facts, or a quote with its reference number."""

    text: str
    quote: Quote | None = None
    reference: int | None = None

    @model_validator(mode="after")
    def _quoted_text_is_the_quote(self) -> Self:
        if self.quote is not None and self.quote.text != self.text:
            raise ValueError("a quoted statement must be the quote, word for word")
        return self


class AnswerGroup(Record):
    """Quotes that answer the question from one side."""

    heading: str
    statements: tuple[Statement, ...]


class Answer(Record):
    """The question answered in quotes, and what the evidence does not cover."""

    groups: tuple[AnswerGroup, ...]
    covered: tuple[str, ...]  # terms of the question that the evidence speaks of
    not_covered: tuple[str, ...]


# --------------------------------------------------------------------------- review


class Draft(Record):
    """What the reviewers see: the facts of the report before it is written."""

    question: str
    date: str  # ISO 8601 day
    papers: tuple[ScreenedPaper, ...]
    flow: Flow
    log: tuple[SearchLogEntry, ...]
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    verdicts: tuple[Verdict, ...]
    answer: Answer
    calibration: Calibration
    completeness: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)  # sentences
    attempts: tuple[FetchAttempt, ...] = Field(default=(), exclude_if=lambda value: not value)


class DimensionScore(Record):
    """One reviewer's score of one dimension, with the counted facts that caused it."""

    dimension: str
    score: float = Field(ge=0, le=10)
    facts: tuple[str, ...]


class ReviewerReport(Record):
    """What one reviewer, blind to the others, says of the draft."""

    reviewer: str
    mandate: str
    scores: tuple[DimensionScore, ...]

    @property
    def mean(self) -> float:
        """Mean over the dimensions, 0–10."""
        return sum(s.score for s in self.scores) / len(self.scores)


class Review(Record):
    """The panel's judgement; publication needs consensus ≥ 6.5 and ≥ 5 verified claims."""

    reviewers: tuple[ReviewerReport, ...]
    agreement: float | None  # Krippendorff's alpha, interval; None when not defined
    consensus: float = Field(ge=0, le=10)
    publishable: bool
    shortfalls: tuple[str, ...] = ()  # why it is not publishable
