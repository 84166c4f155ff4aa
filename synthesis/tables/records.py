"""A claim table as it was handed in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthesis.records import Record

Format = Literal["csv", "tsv", "json", "jsonl", "markdown", "html", "docx", "pdf", "text"]
Kind = Literal["table", "report"]


class ClaimRow(Record):
    """One claim of a table and what the table said of it."""

    number: int = Field(ge=1)
    claim_id: str  # the file's own id, made unique; else the number
    text: str
    verified: bool | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    label: str | None = None
    extra: tuple[tuple[str, str], ...] = ()  # the other columns, in their order

    @property
    def stated(self) -> str | None:
        """What the table said before, e.g. "✓ 0.41"; ``None`` where it said nothing."""
        mark = "" if self.verified is None else "✓" if self.verified else "×"
        confidence = "" if self.confidence is None else f"{self.confidence:.2f}"
        return " ".join(part for part in (mark, confidence, self.label or "") if part) or None


class ClaimTable(Record):
    """Claims in the order of the file. ``kind`` "report" is a table inside a report of the tool's form."""

    format: Format
    kind: Kind
    title: str | None = None
    question: str | None = None
    rows: tuple[ClaimRow, ...]
    references: tuple[str, ...] = ()
    columns: tuple[str, ...]  # header names as written; repeated ones numbered
    claim_column: str
    # The file's text, for formats that are written back by adding to it; a leading U+FEFF is kept, so that
    # what came with a byte order mark leaves with one.
    source: str = Field(default="", repr=False)
