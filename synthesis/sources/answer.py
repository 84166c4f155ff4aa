"""What a source answers to one query."""

from __future__ import annotations

from synthesis.records import Paper, Record


class SearchAnswer(Record):
    """Papers, best first; ``total`` is how many the source says it holds, ``note`` what the reader should know."""

    papers: tuple[Paper, ...] = ()
    total: int | None = None
    note: str | None = None
    incomplete: bool = False  # it broke off after the first page; the note says what was lost
