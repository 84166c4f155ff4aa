"""What moves a verdict: papers that came, fell or were left out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthesis.records.base import Label, Record

How = Literal["new", "gone", "retracted", "text changed", "dropped", "left out"]


class VerdictState(Record):
    """A verdict in short."""

    label: Label
    leaning: Label | None
    confidence: float = Field(ge=0, le=1)
    support: float = Field(ge=0, le=1)
    refute: float = Field(ge=0, le=1)


class Cause(Record):
    """A paper that moved a verdict."""

    paper_id: str
    title: str
    how: How
    decisive: bool  # without it the verdict would have stayed as it was


class VerdictChange(Record):
    """A claim whose verdict differs; ``None`` where one of the two reports does not hold the claim."""

    claim: str
    number: int | None  # in the later report
    before: VerdictState | None
    after: VerdictState | None
    causes: tuple[Cause, ...]

    @property
    def turned(self) -> bool:
        """Whether the label or the leaning changed, not the confidence alone."""
        if self.before is None or self.after is None:
            return True
        return (self.before.label, self.before.leaning) != (self.after.label, self.after.leaning)


class Changes(Record):
    """A report set against an earlier one of the same question."""

    before: str  # run_id
    changes: tuple[VerdictChange, ...]  # those that turned first, then by difference of confidence
    unchanged: int = Field(ge=0)  # claims whose verdict is the same to two decimals
    papers: tuple[Cause, ...] = ()  # all papers that came, went, fell or changed, decisive or not


class Load(Record):
    """What hangs on one paper: the verdicts that would differ if it fell."""

    paper_id: str
    title: str
    reference: int | None  # its number in the report; None when it is not cited
    changes: tuple[VerdictChange, ...]
