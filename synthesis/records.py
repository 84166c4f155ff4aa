"""The records that flow through the pipeline, in the order in which they arise.

    SearchQuery → Paper → Passage → Claim → Evidence → Verdict → Review → Report

Records are frozen. Offsets are half-open, in characters (Unicode code points) of a section's stored text.
A missing value is ``None``.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Record(BaseModel):
    """A frozen record; unknown fields are refused so that artefacts of another version surface."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(StrEnum):
    """What all the evidence together says of a claim."""

    SUPPORTED = "SUPPORTED"
    REFUTED = "REFUTED"
    CONFLICTING = "CONFLICTING"
    NOT_ENOUGH_INFO = "NOT_ENOUGH_INFO"


class Stance(StrEnum):
    """What one passage says of a claim."""

    SUPPORTS = "SUPPORTS"
    REFUTES = "REFUTES"
    NEITHER = "NEITHER"


def text_sha256(text: str) -> str:
    """SHA-256 (hex) of ``text`` in UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def bytes_sha256(data: bytes) -> str:
    """SHA-256 (hex) of ``data``."""
    return hashlib.sha256(data).hexdigest()


# --------------------------------------------------------------------------- papers


class Section(Record):
    """A stretch of a paper's stored text; quotes point into ``text``."""

    title: str
    text: str
    page: int | None = None  # first page, counted from 1, where the paper came as PDF


class Paper(Record):
    """A work: bibliographic facts and the text that was open to us.

    ``paper_id`` is the first known of ``arxiv:…`` (no version), ``doi:…`` (lower case), ``acl:…``,
    ``file:<first 16 hex of the file's sha256>``, ``title:<first 16 hex of the normalised title's sha256>``.
    """

    paper_id: str = Field(min_length=1)
    title: str
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    doi: str | None = None  # lower case, no resolver prefix
    arxiv_id: str | None = None  # without version
    arxiv_version: int | None = None
    acl_id: str | None = None
    url: str | None = None
    source: str  # name of the source that gave it: "arxiv", "demo", a library's name
    retracted: bool = False
    other_ids: tuple[str, ...] = ()  # paper_ids of merged records: other versions, preprint or published
    sections: tuple[Section, ...] = ()  # empty when neither abstract nor full text is open


class Span(Record):
    """Half-open offsets in characters."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Quote(Record):
    """Words of a paper, locked to where they stand: section text[start:end] == text, hash included."""

    paper_id: str
    section: int = Field(ge=0)  # index into Paper.sections
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    sha256: str

    @model_validator(mode="after")
    def _locked(self) -> Self:
        if self.end - self.start != len(self.text) or self.sha256 != text_sha256(self.text):
            raise ValueError(f"quote of {self.paper_id} at {self.start}:{self.end} does not match its lock")
        return self

    @classmethod
    def of(cls, paper: Paper, section: int, start: int, end: int) -> Quote:
        """Cut the quote ``start:end`` out of a section of ``paper``."""
        text = paper.sections[section].text[start:end]
        return cls(
            paper_id=paper.paper_id,
            section=section,
            start=start,
            end=start + len(text),
            text=text,
            sha256=text_sha256(text),
        )


class Passage(Record):
    """A stretch of a section, short enough to be judged at once, with its sentences' offsets."""

    passage_id: str  # "<paper_id>#<section>:<start>"
    paper_id: str
    section: int
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]  # offsets into the section's text, not into the passage

    @property
    def sentence_texts(self) -> list[str]:
        """The texts of the sentences, in order."""
        return [self.text[s.start - self.start : s.end - self.start] for s in self.sentences]


# --------------------------------------------------------------------------- search


class SearchQuery(Record):
    """A query and where it came from."""

    text: str
    origin: Literal[
        "question",
        "key phrases",  # all of the question's together
        "key phrase",
        "variant",
        "examined title",
        "examined abstract",
        "claim",
    ]


class SearchLogEntry(Record):
    """What one source answered to one query."""

    source: str
    query: str
    origin: str
    retrieved: int = 0
    total: int | None = None  # what the source says it holds for the query
    error: str | None = None  # what went wrong, in words for the reader; None when all went well
    unreachable: bool = False  # the error was that there is no network, not that the source refused
    note: str | None = None


class Hit(Record):
    """A paper at a rank (from 1) of one source's answer to one query."""

    source: str
    query: str
    rank: int
    paper: int  # index into the papers found


class Rejection(Record):
    """Something that a stage dropped, with the reason under which it is counted."""

    stage: str
    item: str
    reason: str
    detail: str | None = None


class Flow(Record):
    """Counts per step in PRISMA 2020 terms; identified − duplicates − excluded = included."""

    identified: dict[str, int]  # per source
    duplicates_removed: int
    screened: int
    excluded: dict[str, int]  # per reason
    included: int


class ScreenedPaper(Record):
    """A paper that was kept, its relevance to the question and why it is here."""

    paper: Paper
    relevance: float  # fused rank score; comparable within one run only
    role: Literal["examined", "included", "evidence"]  # evidence: found by a claim's own query


# --------------------------------------------------------------------------- claims and evidence


class ResultValue(Record):
    """A measured result: what was measured, by which measure, on what, and the number as it was written."""

    metric: str
    value: float
    unit: Literal["percent", "fraction", "points", "other"]
    text: str  # the number with its unit, as written
    dataset: str | None = None
    task: str | None = None
    system: str | None = None


class Claim(Record):
    """A checkable sentence.

    ``quote`` is where its own paper states it; ``None`` for a claim that a user handed in. ``standalone`` is the
    sentence as it is searched and judged where its own words need the paper around them ("We" → the paper's name).
    """

    claim_id: str
    text: str
    paper_id: str | None = None
    quote: Quote | None = None
    score: float = 0.0  # how checkable, 0–1
    kind: Literal["finding", "comparison", "number", "method", "statement"] = "statement"
    duplicates: tuple[Quote, ...] = ()  # the same claim elsewhere
    standalone: str | None = None
    results: tuple[ResultValue, ...] = ()

    @property
    def judged(self) -> str:
        """The text that is searched for and read against evidence."""
        return self.standalone or self.text

    @property
    def start(self) -> int | None:
        """Start offset in the section of the claim's own paper."""
        return self.quote.start if self.quote else None

    @property
    def end(self) -> int | None:
        """End offset in the section of the claim's own paper."""
        return self.quote.end if self.quote else None


class Candidate(Record):
    """A passage that is read for one claim; ``relevance`` is the ranker's score, ``rank`` counts from 1."""

    claim_id: str
    passage_id: str
    rank: int
    relevance: float


class Evidence(Record):
    """A passage of another paper, read against one claim.

    ``quote`` holds the deciding sentence(s); ``context`` the offsets of the whole passage in its section.
    ``scores`` are the judge's raw (supports, refutes, neither); ``confidence`` is the calibrated probability
    of ``stance``.
    """

    claim_id: str
    paper_id: str
    quote: Quote
    sentences: tuple[int, ...]  # indices of the deciding sentences in the paper, counted from 0
    context: Span
    rank: int  # of the passage among those ranked for the claim, from 1
    relevance: float  # the ranker's score
    scores: tuple[float, float, float]
    stance: Stance
    confidence: float = Field(ge=0, le=1)
    decides: bool = True  # False: it names nothing that the claim names, or its support was held back
    notes: tuple[str, ...] = ()  # e.g. "claim: 80 %, evidence: 72 %"
    group: int = 0  # the independent group of its paper, from 1; 0: that of the claim's own paper


class Verdict(Record):
    """What all evidence says of a claim.

    ``confidence`` is the calibrated probability that ``label`` is right. A verdict under the threshold for
    the stated risk is NOT_ENOUGH_INFO; what it leaned to is kept in ``leaning``.
    """

    claim_id: str
    label: Label
    confidence: float = Field(ge=0, le=1)
    leaning: Label | None = None
    verified: bool  # SUPPORTED by at least one paper other than the claim's own
    grounded: bool  # the claim's own paper states it at the recorded offsets
    support: float = Field(ge=0, le=1)  # pooled over papers
    refute: float = Field(ge=0, le=1)
    n_papers: int = Field(ge=0)  # works read
    n_groups: int = Field(default=0, ge=0)  # of them, groups that share neither work, authors nor text
    caps: tuple[str, ...] = ()  # numbers that held the verdict back, e.g. "claim: 80 %, evidence: 0.72"
    reason: str


class ReliabilityBin(Record):
    """One bin of a reliability diagram."""

    n: int
    mean_confidence: float
    accuracy: float


class Calibration(Record):
    """How well stated confidences matched the truth on held-out labelled claims."""

    model: str  # judge and calibrator, with version
    fitted_on: str
    measured_on: str
    n: int
    ece: float  # 15 equal-mass bins
    brier: float
    bins: tuple[ReliabilityBin, ...]
    risk: float  # of stated verdicts, at most this share may be wrong
    threshold: float | None  # least confidence that is stated at this risk; None: none reaches it
    least_risk: float | None = None  # the least risk at which any verdict is stated


# --------------------------------------------------------------------------- answer


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


# --------------------------------------------------------------------------- report


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
