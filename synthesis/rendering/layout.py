"""The record regrouped for the page, never reworded: sides of the evidence, results compared, short citations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import Stance
from synthesis.rendering.text import has_right_to_left, keep_numbers, one_line
from synthesis.result_relations import is_stated, same_system
from synthesis.terms import listed, relation_words
from synthesis.wording import direction, say, say_n, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synthesis.records import (
        Reference,
        Report,
        ReportedClaim,
        ReportedEvidence,
        ReportedResult,
        ResultComparison,
    )

CHECK = {True: "✓", False: "×"}
_DECIMAL_COMMA = frozenset({"de", "es", "fr"})


class Sides(NamedTuple):
    """A claim's evidence by stance, each in the order of the record."""

    supporting: tuple[ReportedEvidence, ...]
    contradicting: tuple[ReportedEvidence, ...]
    neither: tuple[ReportedEvidence, ...]


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
    return listed(
        (
            say_n("{n} paper", "{n} papers", claim.n_papers),
            say_n("{n} independent group", "{n} independent groups", claim.n_groups),
        )
    )


def group_words(evidence: ReportedEvidence, claim: ReportedClaim) -> str:
    """The independent group that a piece of evidence belongs to; empty where nothing was grouped."""
    if not claim.n_papers:
        return ""
    if evidence.group:
        return say("group {number}", number=evidence.group)
    return say("not independent of the claim's paper")


# --------------------------------------------------------------------------- results compared


def comparing() -> str:
    """How the tables of compared results are to be read."""
    return say(
        "Beneath a number that a claim states stand those of other papers for the same measure and data set: the same "
        "(84.3, 84.3 % and 0.843 are), close (at most one point apart, or equal when rounded alike) or different. Other "
        "systems and settings may well differ; papers contradict each other where one system has different numbers."
    )


def comparison_title(comparison: ResultComparison) -> str:
    """The measure and the data set, e.g. "mAP on XQuAD-R"."""
    return say("{metric} on {dataset}", metric=comparison.metric, dataset=comparison.dataset)


def claim_words(number: int | None) -> str:
    """A claim by its number; empty where there is none."""
    return "" if number is None else say("claim {number}", number=number)


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
        claim = claim_words(row.claim)
        if is_stated(row, comparison):
            system = row.system
            shown.append(ComparedRow(row, claim, stated=True, contradicts=False))
            continue
        contradicts = row.relation == "different" and same_system(system, row.system)
        words = (relation_words(row.relation), say("same system") if contradicts else "", claim)
        shown.append(ComparedRow(row, listed(filter(None, words)), stated=False, contradicts=contradicts))
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
            about = listed((comparison_title(comparison), str(head.system)))
            yield Contradiction(head.claim, about, _number_side(head, texts), _number_side(row, texts))


def _number_side(row: ReportedResult, texts: Mapping[int, str]) -> Side:
    text = row.quote.text if row.quote else texts.get(row.claim or 0, row.text)
    return Side(row.text, text, row.reference, claim_words(row.claim))


def _opposed_evidence(claim: ReportedClaim) -> Contradiction | None:
    """The surest evidence of either side; the record holds it first."""
    supporting, contradicting, _ = sides(claim)
    if not supporting or not contradicting:
        return None
    return Contradiction(
        claim.number,
        claim.text,
        _evidence_side(_supporting(len(supporting)), supporting[0], claim),
        _evidence_side(_contradicting(len(contradicting)), contradicting[0], claim),
    )


def _supporting(n: int) -> str:
    return say("Supporting, 1 of {n}", n=n) if n > 1 else say("Supporting")


def _contradicting(n: int) -> str:
    return say("Contradicting, 1 of {n}", n=n) if n > 1 else say("Contradicting")


def _evidence_side(heading: str, evidence: ReportedEvidence, claim: ReportedClaim) -> Side:
    facts = (confidence_words(evidence.confidence), group_words(evidence, claim))
    return Side(heading, evidence.quote.text, evidence.reference, listed(filter(None, facts)))


# --------------------------------------------------------------------------- numbers and citations


def confidence_words(confidence: float) -> str:
    """A confidence, named as one."""
    return say("confidence {confidence}", confidence=f"{confidence:.2f}")


def own(text: str) -> str:
    """A sentence of the form for a line of the form: dates and names of runs keep their order among Arabic letters."""
    return keep_numbers(text) if direction(spoken()) == "rtl" and has_right_to_left(text) else text


def counted(n: int) -> str:
    """A count. Its thousands are set apart by a comma only where no reader takes that for the decimal mark.

    The decimal mark is a point in every language, so that a number reads as it stands in the papers.
    """
    return f"{n}" if spoken() in _DECIMAL_COMMA else f"{n:,}"


def citations(report: Report) -> dict[int, str]:
    """Reference number → short citation, e.g. ``Tanaka & O’Brien 2023``."""
    return {reference.number: short_citation(reference) for reference in report.references}


def reference_numbers(report: Report) -> dict[str, int]:
    """Paper id → number in the reference list."""
    return {reference.paper_id: reference.number for reference in report.references}


def short_citation(reference: Reference) -> str:
    """Family names and year; the title where there is no author."""
    names = [_family_name(one_line(author)) for author in reference.authors if one_line(author)]
    if not names:
        who = one_line(reference.title)
    elif len(names) <= 2:
        who = names[0] if len(names) == 1 else say("{first} & {second}", first=names[0], second=names[1])
    else:
        who = say("{first} et al.", first=names[0])
    return who if reference.year is None else f"{who} {reference.year}"


def _family_name(name: str) -> str:
    before, comma, _ = name.partition(",")
    if comma and before.strip():
        return before.strip()
    return name.rsplit(" ", maxsplit=1)[-1]
