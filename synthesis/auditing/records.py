"""What an audit finds: each thing that does not hold, by its place, and how much was looked at."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthesis.records import Record

Kind = Literal["quote", "count", "reference", "fact", "words", "hidden words", "file"]
Weight = Literal["wrong", "warning", "unchecked"]

_ALSO = 3  # further places that are named in a line
_HOLDS, _WRONG, _IN_PART = 0, 1, 3


class Finding(Record):
    """Something that does not hold (``wrong``), changed elsewhere since (``warning``), or could not be looked at."""

    kind: Kind
    place: str  # e.g. "5 Extracted Claims, claim 3, evidence 2, quote"
    expected: str  # what the sources or the run say, an excerpt around the difference
    found: str  # what stands there
    weight: Weight = "wrong"
    also: tuple[str, ...] = ()  # further places where the same stands instead of the same

    def __str__(self) -> str:
        lead = {"wrong": "", "warning": "warning: ", "unchecked": "not checked: "}[self.weight]
        if not self.expected and not self.found:
            return f"{lead}{self.place}"
        more = (
            f" (also: {'; '.join(self.also[:_ALSO])}{' …' if len(self.also) > _ALSO else ''})"
            if self.also
            else ""
        )
        return f"{lead}{self.place}: expected {_shown(self.expected)}, found {_shown(self.found)}{more}"


def _shown(text: str) -> str:
    return f"“{text}”" if text else "nothing"


class Checked(Record):
    """How much was looked at."""

    artefacts: int = Field(default=0, ge=0)  # files of the run
    quotes: int = Field(default=0, ge=0)
    counts: int = Field(default=0, ge=0)
    references: int = Field(default=0, ge=0)
    library_quotes: int = Field(default=0, ge=0)  # read again in a library that is still here
    words: int = Field(default=0, ge=0)  # of the file, or values of a JSON file

    def __add__(self, other: Checked) -> Checked:
        mine, theirs = self.model_dump(), other.model_dump()
        return Checked(**{name: mine[name] + theirs[name] for name in mine})


class Result(Record):
    """What one check gives."""

    findings: tuple[Finding, ...] = ()
    checked: Checked = Checked()
    remarks: tuple[str, ...] = ()

    def __add__(self, other: Result) -> Result:
        return Result(
            findings=(*self.findings, *other.findings),
            checked=self.checked + other.checked,
            remarks=(*self.remarks, *other.remarks),
        )


class Audit(Record):
    """The whole audit of one report."""

    report: str  # the file's name, or the run's
    format: str | None  # of the file; None: a run was audited
    run: str | None  # its folder's name; None: it is not here
    findings: tuple[Finding, ...]
    checked: Checked
    remarks: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0: all holds; 1: something does not; 3: a part could not be checked."""
        weights = {finding.weight for finding in self.findings}
        if "wrong" in weights:
            return _WRONG
        return _IN_PART if "unchecked" in weights else _HOLDS
