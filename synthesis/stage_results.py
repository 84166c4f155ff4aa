"""What each stage of the pipeline leaves in its run: a file a field.

The results of the stages of one module stand there: ``Found``, ``Screened``, ``WithText``, ``Extracted``.
"""

from __future__ import annotations

from typing import NamedTuple

from synthesis.records import (  # noqa: TC001 - a NamedTuple's hints are read at run time
    Answer,
    Candidate,
    Changes,
    Claim,
    Draft,
    Evidence,
    Load,
    Paper,
    Passage,
    Provenance,
    Report,
    ResultComparison,
    Review,
    ScreenedPaper,
    SearchQuery,
    Verdict,
)

# A replay keeps what these gave: databases change, and networks in int8 round differently on other processors.
KEPT_STAGES = (
    *(
        "search",
        "meaning_search",
        "readings",
        "readings_search",
        "similar_search",
        "citations",
        "full_texts",
        "claim_search",
    ),
    *("claims", "ranking", "evidence", "answer", "second_reading", "answer_again"),
    *("base", "standing"),  # of an update
)


class Base(NamedTuple):
    """Of an update, what it rests on: the report that it updates, and the papers that are left out on request."""

    draft: Draft
    provenance: Provenance
    left_out: tuple[Paper, ...]


class Queries(NamedTuple):
    """Result of the stage *queries*."""

    queries: tuple[SearchQuery, ...]


class Passages(NamedTuple):
    """Result of the stages that cut papers into passages."""

    passages: tuple[Passage, ...]


class EvidencePapers(NamedTuple):
    """Result of the stage that collects what the claims' own queries found."""

    papers: tuple[ScreenedPaper, ...]


class Origins(NamedTuple):
    """Result of the stage that finds where handed-in claims were taken from."""

    claims: tuple[Claim, ...]


class Ranked(NamedTuple):
    """Result of the stage *ranking*."""

    candidates: tuple[Candidate, ...]


class Judged(NamedTuple):
    """Result of the stage *evidence*."""

    evidence: tuple[Evidence, ...]


class Verdicts(NamedTuple):
    """Result of the stage *verdicts*."""

    verdicts: tuple[Verdict, ...]


class Compared(NamedTuple):
    """Result of the stage *comparisons*."""

    comparisons: tuple[ResultComparison, ...]


class Answered(NamedTuple):
    """Result of the stage *answer*."""

    answer: Answer


class Reviewed(NamedTuple):
    """Result of the stage *review*."""

    draft: Draft
    review: Review


class Borne(NamedTuple):
    """Result of the stage *loads*."""

    loads: tuple[Load, ...]


class Changed(NamedTuple):
    """Result of the stage *changes*, of an update only."""

    changes: Changes


class Reported(NamedTuple):
    """Result of the stage *report*."""

    report: Report
