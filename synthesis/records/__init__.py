"""The records that flow through the pipeline, in the order in which they arise.

    SearchQuery → Paper → Passage → Claim → Evidence → Verdict → Review → Report

Records are frozen. Offsets are half-open, in characters (Unicode code points) of a section's stored text.
A missing value is ``None``.
"""

from synthesis.records.base import Label, Record, Stance, bytes_sha256, text_sha256
from synthesis.records.evidence import (
    Calibration,
    Candidate,
    Claim,
    Evidence,
    ReliabilityBin,
    ResultValue,
    Verdict,
)
from synthesis.records.papers import Conflict, Link, Notice, Paper, Passage, Quote, Section, Span, TextForm
from synthesis.records.report import (
    Measurement,
    Methodology,
    Provenance,
    Reference,
    Report,
    ReportedClaim,
    ReportedEvidence,
    ReportedResult,
    ResultComparison,
)
from synthesis.records.review import (
    Answer,
    AnswerGroup,
    DimensionScore,
    Draft,
    Review,
    ReviewerReport,
    Statement,
)
from synthesis.records.search import (
    NO_ANSWER,
    FetchAttempt,
    Filters,
    Flow,
    Hit,
    Rejection,
    RequestPlan,
    ScreenedPaper,
    SearchLogEntry,
    SearchQuery,
)

__all__ = [
    "NO_ANSWER",
    "Answer",
    "AnswerGroup",
    "Calibration",
    "Candidate",
    "Claim",
    "Conflict",
    "DimensionScore",
    "Draft",
    "Evidence",
    "FetchAttempt",
    "Filters",
    "Flow",
    "Hit",
    "Label",
    "Link",
    "Measurement",
    "Methodology",
    "Notice",
    "Paper",
    "Passage",
    "Provenance",
    "Quote",
    "Record",
    "Reference",
    "Rejection",
    "ReliabilityBin",
    "Report",
    "ReportedClaim",
    "ReportedEvidence",
    "ReportedResult",
    "RequestPlan",
    "ResultComparison",
    "ResultValue",
    "Review",
    "ReviewerReport",
    "ScreenedPaper",
    "SearchLogEntry",
    "SearchQuery",
    "Section",
    "Span",
    "Stance",
    "Statement",
    "TextForm",
    "Verdict",
    "bytes_sha256",
    "text_sha256",
]
