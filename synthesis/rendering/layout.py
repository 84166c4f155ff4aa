"""The record regrouped for the page, never reworded: sides of the evidence, score tables, short citations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import Stance
from synthesis.rendering.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.records import Label, Reference, Report, ReportedClaim, ReportedEvidence, Review

CHECK = {True: "✓", False: "×"}


class Sides(NamedTuple):
    """A claim's evidence by stance, each in the order of the record."""

    supporting: tuple[ReportedEvidence, ...]
    contradicting: tuple[ReportedEvidence, ...]
    neither: tuple[ReportedEvidence, ...]


class ScoreRow(NamedTuple):
    """One dimension, scored by each reviewer (``None``: not scored)."""

    dimension: str
    scores: tuple[float | None, ...]
    mean: float


class LabelCount(NamedTuple):
    """How many claims carry a label."""

    label: Label
    n: int


def sides(claim: ReportedClaim) -> Sides:
    """Split a claim's evidence by stance."""
    return Sides(*(tuple(e for e in claim.evidence if e.stance is stance) for stance in Stance))


def label_words(label: Label) -> str:
    """The label as words.

    >>> from synthesis.records import Label
    >>> label_words(Label.NOT_ENOUGH_INFO)
    'Not enough info'
    """
    return label.value.replace("_", " ").capitalize()


def score_rows(review: Review) -> tuple[ScoreRow, ...]:
    """Dimensions in the order in which they first occur, with a score from each reviewer."""
    tables = [{s.dimension: s.score for s in reviewer.scores} for reviewer in review.reviewers]
    dimensions = dict.fromkeys(dimension for table in tables for dimension in table)
    return tuple(
        ScoreRow(d, tuple(table.get(d) for table in tables), mean(table[d] for table in tables if d in table))
        for d in dimensions
    )


def mean(values: Iterable[float]) -> float:
    """Mean of the values, 0 for none."""
    scores = tuple(values)
    return sum(scores) / len(scores) if scores else 0.0


def citations(report: Report) -> dict[int, str]:
    """Reference number → short citation, e.g. ``Tanaka & O’Brien 2023``."""
    return {reference.number: short_citation(reference) for reference in report.references}


def short_citation(reference: Reference) -> str:
    """Family names and year; the title where there is no author."""
    names = [_family_name(one_line(author)) for author in reference.authors if one_line(author)]
    if not names:
        who = one_line(reference.title)
    elif len(names) <= 2:
        who = " & ".join(names)
    else:
        who = f"{names[0]} et al."
    return who if reference.year is None else f"{who} {reference.year}"


def _family_name(name: str) -> str:
    before, comma, _ = name.partition(",")
    if comma and before.strip():
        return before.strip()
    return name.rsplit(" ", maxsplit=1)[-1]
