"""The draft of a report: the answer, and what reviewers say of it all."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from synthesis.records.base import Record
from synthesis.records.evidence import Calibration, Claim, Evidence, Verdict
from synthesis.records.papers import Quote
from synthesis.records.search import FetchAttempt, Flow, ScreenedPaper, SearchLogEntry

Side = Literal["for", "against", "mixed", "silent"]
AspectKind = Literal["method", "population", "comparison", "metric", "topic"]


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
    side: Side | None = Field(default=None, exclude_if=lambda value: value is None)


class Aspect(Record):
    """A thing that the question asks about, in its own words."""

    kind: AspectKind
    words: str


class AnswerPart(Record):
    """What the evidence says of one sub-question: quotes grouped by side, each side with its counted papers."""

    aspect: Aspect
    groups: tuple[AnswerGroup, ...]
    note: str  # a template with counted facts, e.g. "3 papers for, 1 against, 2 silent."


class Coverage(Record):
    """A row of the coverage table: what the question asks, and what the evidence covers of it."""

    aspect: Aspect
    covered: Literal["covered", "in part", "not covered"]
    n_papers: int = Field(ge=0)  # papers with a passage that speaks of it
    n_claims: int = Field(ge=0)  # claims that speak of it
    paper_ids: tuple[str, ...] = ()  # of those papers, best first
    references: tuple[int, ...] = ()  # their numbers; set by the report
    missing: tuple[str, ...] = ()  # its words that no passage holds together with the others


class Hypothesis(Record):
    """A yes-or-no question read as a statement, and what the papers say of that statement."""

    text: str
    groups: tuple[AnswerGroup, ...]  # by side, a quote a paper
    counts: dict[Side, int]  # papers a side
    note: str


class Answer(Record):
    """The question answered in quotes, and what the evidence does not cover."""

    groups: tuple[AnswerGroup, ...]
    covered: tuple[str, ...]  # terms of the question that the evidence speaks of
    not_covered: tuple[str, ...]
    hypothesis: Hypothesis | None = Field(default=None, exclude_if=lambda value: value is None)
    parts: tuple[AnswerPart, ...] = Field(default=(), exclude_if=lambda value: not value)
    coverage: tuple[Coverage, ...] = Field(default=(), exclude_if=lambda value: not value)
    gaps: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)  # sentences


# --------------------------------------------------------------------------- review


class Limitation(Record):
    """What a reader should mind, and the fact of the run that calls for saying it."""

    kind: str  # stable name, e.g. "abstracts only"
    text: str


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
    limitations: tuple[Limitation, ...] = Field(default=(), exclude_if=lambda value: not value)


class DimensionScore(Record):
    """One reviewer's score of one dimension, with the counted facts that caused it."""

    dimension: str
    score: float = Field(ge=0, le=10)
    facts: tuple[str, ...]


FindingKind = Literal[
    "verdict",  # it does not follow from its evidence
    "quote",  # its words are not where it says they are
    "citation",  # the paper cited does not hold what is quoted
    "number",  # a number differs from its source, or a count from what is counted
    "retracted",
    "off topic",
    "duplicate evidence",
    "missing limitation",
]


class Finding(Record):
    """A fault that a reviewer sees in the draft."""

    kind: FindingKind
    subject: str  # claim_id, paper_id, kind of a limitation, or the name of a count
    fact: str  # what was found, counted or quoted
    evidence: int | None = None  # index into Draft.evidence, where it is a piece of evidence


class ReviewerReport(Record):
    """What one reviewer, blind to the others, says of the draft."""

    reviewer: str
    mandate: str
    scores: tuple[DimensionScore, ...]
    findings: tuple[Finding, ...] = Field(default=(), exclude_if=lambda value: not value)

    @property
    def mean(self) -> float:
        """Mean over the dimensions, 0–10."""
        return sum(s.score for s in self.scores) / len(self.scores)


class Revision(Record):
    """What was done about a finding before the report was written."""

    round: int  # from 1
    finding: Finding
    raised_by: tuple[str, ...]  # reviewers
    action: str  # a template, in words; "left to the reader" where no rule can mend it
    mended: bool


Tier = Literal["flagship", "DOI grade", "public record", "watchlist"]


class Review(Record):
    """The panel's judgement; publication needs consensus ≥ 6.5 and ≥ 5 verified claims."""

    reviewers: tuple[ReviewerReport, ...]
    agreement: float | None  # Krippendorff's alpha, interval; None when not defined
    consensus: float = Field(ge=0, le=10)
    publishable: bool
    shortfalls: tuple[str, ...] = ()  # why it is not publishable
    tier: Tier = "watchlist"
    weights: tuple[tuple[str, float], ...] = ()  # reviewer → weight in the consensus; they sum to 1
    absent: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)  # reviewers who failed
    revisions: tuple[Revision, ...] = Field(default=(), exclude_if=lambda value: not value)
