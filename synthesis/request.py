"""What a job is given: what the user asked for, and the tools to do it with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from synthesis.records import Claim, Measurement, Paper, Record, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.protocols import (
        Calibrator,
        Extractor,
        FullTexts,
        Judge,
        Meaning,
        Ranker,
        Reviewer,
        Source,
    )


@dataclass(frozen=True, slots=True)
class Tools:
    """The doors to the outside world."""

    sources: Sequence[Source]
    extractor: Extractor
    ranker: Ranker
    judge: Judge
    calibrator: Calibrator
    reviewers: Sequence[Reviewer]
    meaning: Meaning | None = None  # None: papers in other languages than the question's are not looked for
    full_texts: FullTexts | None = None  # None: what the sources gave is all that is read


class Request(Record):
    """What the user asked for, with every paper and claim that was named already looked up."""

    kind: Literal["report", "verification"] = "report"
    question: str = ""
    title: str
    examined: tuple[Paper, ...] = ()
    claims: tuple[Claim, ...] = ()  # handed in; none for a report, whose claims are extracted
    from_report: bool = False  # the claims handed in are those of a report, so they were taken from papers
    stated: dict[str, str] = {}  # noqa: RUF012 - pydantic copies defaults; claim_id → what its table said
    sentences: dict[str, tuple[Span, ...]] = {}  # noqa: RUF012 - as above; of papers that came split
    # as in Report: what was asked for without them keeps its digest
    measurements: tuple[Measurement, ...] = Field(default=(), exclude_if=lambda value: not value)
