"""Is one voice counted twice? The same passage, the same words, or papers that depend on each other."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from synthesis.independence import OWN_GROUP, independent_groups
from synthesis.records import Finding
from synthesis.retrieval import analyze
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synthesis.records import Evidence
    from synthesis.review.seen import Seen

_SAME_WORDS = 8  # terms; a shorter sentence may well be written twice


class Repetition(NamedTuple):
    """A piece of evidence that repeats another: where it is, and the group it belongs to; ``None``: it should not be there."""

    at: int
    group: int | None
    fact: str


def evidence_counted_once(seen: Seen) -> Iterator[Finding]:
    """No two pieces of evidence of one claim are the same passage, or the same words from different groups."""
    for claim_id in seen.evidence:
        yield from _findings(claim_id, repeated_words(seen, claim_id))


def groups_independent(seen: Seen) -> Iterator[Finding]:
    """No two groups of a claim's papers share work, authors or text; found by grouping them again."""
    for claim_id in seen.evidence:
        yield from _findings(claim_id, dependent_papers(seen, claim_id))


def repeated_words(seen: Seen, claim_id: str) -> Iterator[Repetition]:
    """Evidence of a claim that an earlier piece holds already."""
    words = {index: _telling_words(item) for index, item in seen.evidence[claim_id]}
    for (before, one), (index, other) in combinations(seen.evidence[claim_id], 2):
        if _place(one) == _place(other):
            yield Repetition(index, None, say("A passage of {paper} is counted twice.", paper=one.paper_id))
        elif one.group != other.group and words[index] and words[before] == words[index]:
            fact = say(
                "{one} and {other} say the same words and are counted as two groups.",
                one=one.paper_id,
                other=other.paper_id,
            )
            yield Repetition(index, one.group, fact)


def dependent_papers(seen: Seen, claim_id: str) -> Iterator[Repetition]:
    """Evidence of a claim whose paper depends on another one of a different group, or on the claim's own."""
    again = _grouped(seen, claim_id)
    first: dict[int, Evidence] = {}
    for index, item in seen.evidence[claim_id]:
        group = again.get(item.paper_id)
        if group is None:
            continue
        before = first.setdefault(group, item)
        if group == OWN_GROUP != item.group:
            fact = say(
                "{paper} depends on the claim's own paper and is counted as independent.", paper=item.paper_id
            )
            yield Repetition(index, OWN_GROUP, fact)
        elif before.group != item.group:
            fact = say(
                "{one} and {other} depend on each other and are counted as two groups.",
                one=before.paper_id,
                other=item.paper_id,
            )
            yield Repetition(index, before.group, fact)


def _findings(claim_id: str, repetitions: Iterator[Repetition]) -> Iterator[Finding]:
    for repetition in repetitions:
        yield Finding(
            kind="duplicate evidence", subject=claim_id, fact=repetition.fact, evidence=repetition.at
        )


def _grouped(seen: Seen, claim_id: str) -> Mapping[str, int]:
    """paper_id → independent group of a claim's papers, from the draft alone."""
    claim = seen.claims.get(claim_id)
    items = [item for _, item in seen.evidence[claim_id] if item.paper_id in seen.papers]
    texts = {item.paper_id: seen.passage(item) or "" for item in items}
    own = seen.papers.get(claim.paper_id) if claim and claim.paper_id else None
    return independent_groups([seen.papers[i] for i in texts], texts, own)


def _place(item: Evidence) -> tuple[str, int, int, int]:
    return item.paper_id, item.quote.section, item.context.start, item.context.end


def _telling_words(item: Evidence) -> list[str]:
    """The terms of a quote; none of one so short that two papers may well write it."""
    words = analyze(item.quote.text)
    return words if len(words) >= _SAME_WORDS else []
