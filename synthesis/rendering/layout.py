"""The record regrouped for the page, never reworded: sides of the evidence, score tables, short citations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import Stance
from synthesis.rendering.text import one_line
from synthesis.result_relations import is_stated, same_system

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from synthesis.records import (
        Label,
        Reference,
        Report,
        ReportedClaim,
        ReportedEvidence,
        ReportedResult,
        ResultComparison,
        Review,
    )

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


# --------------------------------------------------------------------------- independence


def counted_papers(claim: ReportedClaim) -> str:
    """How many papers were read for a claim and how many groups they make; empty where none was.

    E.g. "6 papers, 3 independent groups".
    """
    if not claim.n_papers:
        return ""
    papers = f"{claim.n_papers} paper{'' if claim.n_papers == 1 else 's'}"
    return f"{papers}, {claim.n_groups} independent group{'' if claim.n_groups == 1 else 's'}"


def group_words(evidence: ReportedEvidence, claim: ReportedClaim) -> str:
    """The independent group that a piece of evidence belongs to; empty where nothing was grouped."""
    if not claim.n_papers:
        return ""
    return f"group {evidence.group}" if evidence.group else "not independent of the claim's paper"


# --------------------------------------------------------------------------- results compared


COMPARING = (
    "Beneath a number that a claim states stand those of other papers for the same measure and data set: the same "
    "(84.3, 84.3 % and 0.843 are), close (at most one point apart, or equal when rounded alike) or different. Other "
    "systems and settings may well differ; papers contradict each other where one system has different numbers."
)


def comparison_title(comparison: ResultComparison) -> str:
    """The measure and the data set, e.g. "mAP on XQuAD-R"."""
    return f"{comparison.metric} on {comparison.dataset}"


class ComparedRow(NamedTuple):
    """A row of a comparison with the words of its relation to the claim's number above it."""

    row: ReportedResult
    relation: str
    stated: bool  # it is the claim's number that those beneath it are set against
    contradicts: bool  # another paper's number for the same system, and different


def compared_rows(comparison: ResultComparison) -> tuple[ComparedRow, ...]:
    """The rows, each with its relation to the claim's number above it."""
    shown: list[ComparedRow] = []
    system: str | None = None  # of the claim's number above
    for row in comparison.rows:
        claim = "" if row.claim is None else f"claim {row.claim}"
        if is_stated(row, comparison):
            system = row.system
            shown.append(ComparedRow(row, claim, stated=True, contradicts=False))
            continue
        contradicts = row.relation == "different" and same_system(system, row.system)
        words = (row.relation, "same system" if contradicts else "", claim)
        shown.append(ComparedRow(row, ", ".join(filter(None, words)), stated=False, contradicts=contradicts))
    return tuple(shown)


# --------------------------------------------------------------------------- contradictions


class Side(NamedTuple):
    """One of two texts that contradict each other: a quote, or a claim that was handed in."""

    heading: str
    text: str
    reference: int | None
    detail: str


class Contradiction(NamedTuple):
    """Two texts that contradict each other, and what about."""

    claim: int | None
    about: str  # the claim, or the result that two papers give differently
    left: Side
    right: Side


def contradictions(report: Report) -> tuple[Contradiction, ...]:
    """Results that two papers give differently for one system; then claims with evidence on both sides."""
    texts = {claim.number: claim.text for claim in report.claims}
    numbers = (pair for comparison in report.comparisons for pair in _opposed_numbers(comparison, texts))
    claims = (pair for claim in report.claims if (pair := _opposed_evidence(claim)))
    return (*numbers, *claims)


def _opposed_numbers(comparison: ResultComparison, texts: Mapping[int, str]) -> Iterator[Contradiction]:
    head: ReportedResult | None = None
    for row, _, stated, contradicts in compared_rows(comparison):
        head = row if stated else head
        if contradicts and head is not None:
            about = f"{comparison_title(comparison)}, {head.system}"
            yield Contradiction(head.claim, about, _number_side(head, texts), _number_side(row, texts))


def _number_side(row: ReportedResult, texts: Mapping[int, str]) -> Side:
    text = row.quote.text if row.quote else texts.get(row.claim or 0, row.text)
    return Side(row.text, text, row.reference, "" if row.claim is None else f"claim {row.claim}")


def _opposed_evidence(claim: ReportedClaim) -> Contradiction | None:
    """The surest evidence of either side; the record holds it first."""
    supporting, contradicting, _ = sides(claim)
    if not supporting or not contradicting:
        return None
    left, right = (
        _evidence_side(heading, side[0], len(side), claim)
        for heading, side in (("Supporting", supporting), ("Contradicting", contradicting))
    )
    return Contradiction(claim.number, claim.text, left, right)


def _evidence_side(heading: str, evidence: ReportedEvidence, n: int, claim: ReportedClaim) -> Side:
    facts = [f"confidence {evidence.confidence:.2f}", group_words(evidence, claim)]
    heading = f"{heading}, 1 of {n}" if n > 1 else heading
    return Side(heading, evidence.quote.text, evidence.reference, ", ".join(filter(None, facts)))


# --------------------------------------------------------------------------- words and scores


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
