"""The report: everything that is rendered."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from synthesis.records.base import Label, Record, Stance
from synthesis.records.changes import Changes, Load
from synthesis.records.evidence import Calibration
from synthesis.records.papers import Quote
from synthesis.records.review import Answer, Review, Statement
from synthesis.records.search import Flow, SearchLogEntry, SearchQuery


class Reference(Record):
    """An entry of the reference list."""

    number: int
    paper_id: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    venue: str | None
    url: str | None  # versioned arXiv link, else DOI link, else the paper's own page
    doi: str | None
    arxiv_id: str | None
    role: Literal["examined", "included", "evidence"]
    retracted: bool = False
    # what a reader should know of the record: notices, facts that databases state differently, how its text was read
    notes: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)


class ReportedEvidence(Record):
    """Evidence as the reader sees it: the quote in its context."""

    reference: int
    quote: Quote
    before: str  # words of the passage before the quote
    after: str
    section: str
    page: int | None
    stance: Stance
    confidence: float
    notes: tuple[str, ...] = ()
    group: int = 0  # independent group among the claim's evidence, from 1; 0: the claim's own


class ReportedClaim(Record):
    """A row of the claims table and all that stands behind it."""

    number: int
    text: str
    kind: str
    label: Label
    leaning: Label | None
    verified: bool
    grounded: bool
    confidence: float = Field(ge=0, le=1)
    reason: str
    origin: ReportedEvidence | None  # where the claim's own paper states it; None for a handed-in claim
    evidence: tuple[ReportedEvidence, ...]
    stated: str | None = None  # what a handed-in table said before, e.g. "✓ 0.41"
    standalone: str | None = None  # the claim as it was searched and judged, where that differs
    n_papers: int = 0
    n_groups: int = 0
    caps: tuple[str, ...] = ()


class ReportedResult(Record):
    """One paper's number in a comparison; ``relation`` is to the claim's own number."""

    reference: int | None
    claim: int | None  # number of the claim that states it
    system: str | None
    value: float
    text: str
    quote: Quote | None
    relation: Literal["same", "close", "different"]


class ResultComparison(Record):
    """What several papers report for one dataset and metric."""

    metric: str
    dataset: str
    task: str | None
    unit: str
    rows: tuple[ReportedResult, ...]
    note: str


class Methodology(Record):
    """How the report was made, so that it can be checked."""

    statements: tuple[Statement, ...]
    queries: tuple[SearchQuery, ...]
    log: tuple[SearchLogEntry, ...]
    flow: Flow
    lost: tuple[str, ...]  # sources that failed and what was lost
    texts_lost: int = Field(default=0, ge=0, exclude_if=lambda value: not value)  # a host did not answer


class Measurement(Record):
    """Figures that were measured here rather than quoted; ``note`` says on what, and at what scale."""

    title: str
    note: str
    columns: tuple[str, ...] = Field(min_length=1)
    rows: tuple[tuple[str, ...], ...]  # a cell a column

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of “{self.title}” has not {len(self.columns)} cells, one a column")
        return self


class Provenance(Record):
    """What a replay needs to know."""

    run_id: str
    version: str
    clock: str  # ISO 8601, UTC
    seed: int
    config_sha256: str
    judge: str
    calibrator: str
    ranker: str


class Report(Record):
    """Everything that is rendered; each format is a function of this record alone."""

    form: Literal["synthesis-report/1"] = "synthesis-report/1"
    kind: Literal["report", "verification"] = "report"
    title: str
    author: str
    date: str  # ISO 8601 day
    question: str
    abstract: tuple[Statement, ...]
    introduction: tuple[Statement, ...]
    methodology: Methodology
    results: tuple[Statement, ...]
    answer: Answer
    limitations: tuple[Statement, ...]
    claims: tuple[ReportedClaim, ...]
    review: Review
    references: tuple[Reference, ...]
    calibration: Calibration
    provenance: Provenance
    # left out of the JSON where there are none, so that such a report's bytes do not depend on this field
    measurements: tuple[Measurement, ...] = Field(default=(), exclude_if=lambda value: not value)
    comparisons: tuple[ResultComparison, ...] = Field(default=(), exclude_if=lambda value: not value)
    language: str = Field(default="en", exclude_if=lambda value: value == "en")  # of the form's own words
    loads: tuple[Load, ...] = Field(default=(), exclude_if=lambda value: not value)  # load-bearing papers
    changes: Changes | None = Field(
        default=None, exclude_if=lambda value: value is None
    )  # since an earlier run
