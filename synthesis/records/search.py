"""Searching: queries, what sources answered, what was dropped and why, what was kept."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthesis.records.base import Record
from synthesis.records.papers import Paper, TextForm


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
        "meaning",  # the question, held against titles by what they mean
        "reading",  # the question in another language (``Reading``)
        "references",  # what the paper named in ``text`` cites
        "citations",  # what cites it
    ]


class Reading(Record):
    """The question in another language: phrases of titles there that together mean what it says."""

    language: str  # ISO 639-1
    phrases: tuple[str, ...]
    similarity: float  # cosine of the phrases' sum with the question, −1 to 1


class Filters(Record):
    """What a user wants of every paper; a fact that no source states does not exclude a paper."""

    from_year: int | None = None
    to_year: int | None = None
    venue: str | None = None  # part of its name, any case
    field: str | None = None  # of study, e.g. "Computer Science"
    language: str | None = None  # ISO 639-1
    open_access: bool = False


class RequestPlan(Record):
    """What asking a source will take, said before anything is sent."""

    source: str
    requests: int  # about: pages may be shorter than asked for, and copies fail
    seconds: float  # at least, by the source's own limits
    credits: str | None = None  # what it costs there, in its own unit, e.g. "$0.003 of $0.10 a day"
    note: str | None = None


class FetchAttempt(Record):
    """One try to get the full text of a paper."""

    paper_id: str
    host: str
    url: str
    form: TextForm
    outcome: Literal["read", "not held", "refused", "unreadable", "unreachable", "skipped"]
    detail: str | None = None


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
    # an answer that broke off after its first page; ``note`` says what was lost
    incomplete: bool = Field(default=False, exclude_if=lambda value: not value)


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


NO_ANSWER = (
    "the host did not answer"  # the one reason of ``Flow.not_retrieved`` for which it is worth to try again
)


class Flow(Record):
    """Counts per step in PRISMA 2020 terms; identified − duplicates − excluded = included."""

    identified: dict[str, int]  # per source
    duplicates_removed: int
    screened: int
    excluded: dict[str, int]  # per reason
    included: int
    # PRISMA's "reports sought for retrieval" and "not retrieved"; what was read, by form
    sought: int = Field(default=0, exclude_if=lambda value: not value)
    not_retrieved: dict[str, int] = Field(default_factory=dict, exclude_if=lambda value: not value)
    retrieved: dict[str, int] = Field(default_factory=dict, exclude_if=lambda value: not value)


class ScreenedPaper(Record):
    """A paper that was kept, its relevance to the question and why it is here."""

    paper: Paper
    relevance: float  # fused rank score; comparable within one run only
    role: Literal["examined", "included", "evidence"]  # evidence: found by a claim's own query
