"""Claims, what papers say of them, and what that amounts to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthesis.records.base import Label, Record, Stance
from synthesis.records.papers import Quote, Span


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
    # how well the paper's text was read; what is read badly weighs less on either side
    quality: float = Field(default=1.0, ge=0, le=1, exclude_if=lambda value: value == 1.0)


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
