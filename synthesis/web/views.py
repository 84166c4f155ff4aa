"""What the pages show, as records: runs, jobs and their stages, the ask form, the filter of a claims table."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthesis.records import Label, Record

JobState = Literal["waiting", "running", "done", "partial", "failed", "stopped"]


class RunRow(Record):
    """A finished run in the library of reports."""

    name: str  # of its folder
    kind: Literal["report", "verification"]
    title: str
    question: str
    date: str
    language: str  # of the form's words
    n_papers: int
    n_claims: int
    labels: dict[Label, int]
    score: float
    tier: str
    formats: tuple[str, ...]  # that were written with it; the others are made when they are asked for


class StageView(Record):
    """A stage of a job, as the progress page shows it."""

    name: str
    state: Literal["done", "running"]
    seconds: float = 0.0
    detail: str = ""


class JobView(Record):
    """A job that was started from the page; it is a process of its own and outlives the page."""

    job_id: str
    kind: Literal["report", "verification", "update"]
    title: str  # the question, or the name of the file
    state: JobState
    stages: tuple[StageView, ...] = ()
    message: str = ""  # what went wrong and the way out, or which source was lost
    run: str | None = None  # the folder's name, once there is one to show
    started: str = ""  # ISO 8601, UTC
    seconds: float = 0.0


class AskForm(Record):
    """What can be said when a question is asked; the names are those of the form's fields."""

    question: str = ""
    papers: str = ""  # ids, one a line
    sources: tuple[str, ...] = ()
    offline: bool = False
    max_papers: int = Field(default=20, ge=1, le=500)
    max_claims: int = Field(default=12, ge=1, le=500)
    risk: float = Field(default=0.1, gt=0, lt=1)
    from_year: int | None = Field(default=None, ge=1500, le=2100)
    to_year: int | None = Field(default=None, ge=1500, le=2100)
    language: str = "en"  # of the form's words


class ClaimFilter(Record):
    """Which claims of a report are shown, and in which order; the names are those of the query's parameters."""

    text: str = ""
    label: Label | None = None
    least: float = Field(default=0.0, ge=0, le=1)
    language: str = ""  # of the evidence: ISO 639-1; empty: any
    sort: Literal["number", "confidence", "label", "verified"] = "number"


class Shown(Record):
    """What every page needs."""

    language: str = "en"  # of the page's own words
    csrf: str = ""  # goes into every form as the field "csrf"
    path: str = "/"  # of the page, with its query
