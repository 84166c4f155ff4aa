"""What a rule can do about a finding, and the draft after it was done.

The rules are cautious: what is in doubt is left out or marked down, never made up. A piece of evidence with a fault is
dropped; a paper that does not belong here goes with all that it said, unless it is one that the user asks about; a claim
that is not what its paper states loses its ground; a voice counted twice is counted once. Verdicts are then decided
again and limitations stated anew, so that a wrong verdict or a missing limitation needs no more than that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.limitations import with_limitations
from synthesis.result_values import result_values
from synthesis.review.checks.independence import dependent_papers, repeated_words
from synthesis.review.checks.numbers import claims_keep_numbers
from synthesis.review.seen import Seen
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.records import Answer, AnswerGroup, Claim, Coverage, Draft, Finding, Flow, Quote
    from synthesis.review.seen import Redecide


@dataclass
class Plan:
    """What is to be done to a draft, gathered from its findings before anything is touched."""

    papers: dict[str, str] = field(default_factory=dict)  # to drop: paper_id → why
    evidence: set[int] = field(default_factory=set)  # to drop
    groups: dict[int, int] = field(default_factory=dict)  # evidence → the group that it belongs to
    unground: set[str] = field(default_factory=set)  # claims
    requote: set[str] = field(
        default_factory=set
    )  # claims, and papers in the answer: quotes that do not stand go
    redecide: bool = False
    restate: bool = False


def plan(seen: Seen, finding: Finding, to_do: Plan) -> str | None:
    """Add to ``to_do`` what a rule can do about a finding, and say it; ``None`` where no rule can mend it."""
    return _RULES[finding.kind](seen, finding, to_do)


def mend(draft: Draft, to_do: Plan, redecide: Redecide) -> Draft:
    """The draft after all of ``to_do``; verdicts decided again from what is left, limitations stated anew."""
    seen = Seen(draft)
    evidence = tuple(
        item.model_copy(update={"group": to_do.groups.get(index, item.group)})
        for index, item in enumerate(draft.evidence)
        if index not in to_do.evidence and item.paper_id not in to_do.papers
    )
    claims = tuple(_claim(seen, claim, to_do) for claim in draft.claims)
    papers = tuple(p for p in draft.papers if p.paper.paper_id not in to_do.papers)
    known = {p.paper.paper_id: p.paper for p in papers}
    left = draft.model_copy(
        update={
            "papers": papers,
            "flow": _flow(draft, to_do),
            "claims": claims,
            "evidence": evidence,
            "verdicts": tuple(redecide(claims, evidence, known)),
            "answer": _without(seen, to_do),
        }
    )
    return with_limitations(left)


# --------------------------------------------------------------------------- rules, one a kind of finding


def _drop_paper(seen: Seen, finding: Finding, to_do: Plan) -> str | None:
    if finding.evidence is not None:
        return _drop_evidence(finding.evidence, to_do)
    role = next((p.role for p in seen.draft.papers if p.paper.paper_id == finding.subject), "examined")
    if role == "examined":
        return None
    to_do.papers[finding.subject] = finding.kind
    return say("The paper was left out, with all that it said.")


def _drop_evidence(index: int, to_do: Plan) -> str:
    to_do.evidence.add(index)
    return say("The passage was left out, and the verdict decided again.")


def _requote(seen: Seen, finding: Finding, to_do: Plan) -> str | None:
    if finding.evidence is not None:
        return _drop_evidence(finding.evidence, to_do)
    to_do.requote.add(finding.subject)
    if finding.subject not in seen.claims:
        return say("The quote was left out of the answer.")
    claim = seen.claims[finding.subject]
    if claim.quote is not None and not _stands(seen, claim):
        to_do.unground.add(finding.subject)
        return say("The claim was marked as not grounded.")
    return say("The repetition of the claim was left out.")


def _recount(seen: Seen, finding: Finding, to_do: Plan) -> str | None:
    if finding.evidence is not None:
        return _drop_evidence(finding.evidence, to_do)
    if finding.subject not in seen.claims:
        return None  # a count of the search: nothing tells which of its numbers is wrong
    claim = seen.claims[finding.subject]
    if _states_otherwise(seen, claim):
        to_do.unground.add(finding.subject)
        return say("The claim was marked as not grounded.")
    to_do.redecide = True
    return say("It was counted again.")


def _merge_groups(seen: Seen, finding: Finding, to_do: Plan) -> str | None:
    found = (*repeated_words(seen, finding.subject), *dependent_papers(seen, finding.subject))
    repetition = next((r for r in found if r.at == finding.evidence), None)
    if repetition is None:
        return None
    if repetition.group is None:
        return _drop_evidence(repetition.at, to_do)
    to_do.groups[repetition.at] = repetition.group
    return say("The two were made one group.")


def _redecide(seen: Seen, finding: Finding, to_do: Plan) -> str | None:  # noqa: ARG001 - a rule's shape
    if finding.evidence is not None:
        return _drop_evidence(finding.evidence, to_do)
    to_do.redecide = True
    return say("The verdict was decided again from its evidence.")


def _restate(seen: Seen, finding: Finding, to_do: Plan) -> str | None:  # noqa: ARG001 - a rule's shape
    to_do.restate = True
    return say("The limitation was stated.")


_RULES: dict[str, Callable[[Seen, Finding, Plan], str | None]] = {
    "verdict": _redecide,
    "quote": _requote,
    "citation": _requote,
    "number": _recount,
    "retracted": _drop_paper,
    "off topic": _drop_paper,
    "duplicate evidence": _merge_groups,
    "missing limitation": _restate,
}


# --------------------------------------------------------------------------- what is left


def _stands(seen: Seen, claim: Claim) -> bool:
    """Whether a claim's quote stands in the paper that it is said to be of, and is the claim's text."""
    quote = claim.quote
    return (
        quote is not None
        and seen.stands(quote)
        and quote.text == claim.text
        and quote.paper_id == claim.paper_id
    )


def _states_otherwise(seen: Seen, claim: Claim) -> bool:
    """Whether a claim's own numbers are in doubt, rather than those of its verdict."""
    return any(f.subject == claim.claim_id for f in claims_keep_numbers(seen))


def _claim(seen: Seen, claim: Claim, to_do: Plan) -> Claim:
    kept = tuple(
        quote
        for quote in claim.duplicates
        if quote.paper_id not in to_do.papers and (claim.claim_id not in to_do.requote or seen.stands(quote))
    )
    changes: dict[str, object] = {"duplicates": kept}
    if claim.claim_id in to_do.unground or claim.paper_id in to_do.papers:
        changes["quote"] = None
    if claim.paper_id in to_do.papers:
        changes["paper_id"] = None
    if claim.claim_id in to_do.unground:
        paper = seen.papers.get(claim.paper_id or "")
        changes["results"] = result_values(claim.judged, context=paper.title if paper else "")
    return claim.model_copy(update=changes)


def _flow(draft: Draft, to_do: Plan) -> Flow:
    """The counts after papers were dropped: each is excluded for the reason for which it went."""
    why = [
        to_do.papers[p.paper.paper_id]
        for p in draft.papers
        if p.paper.paper_id in to_do.papers and p.role != "evidence"
    ]
    excluded = Counter(draft.flow.excluded) + Counter(why)
    return draft.flow.model_copy(
        update={"included": draft.flow.included - len(why), "excluded": dict(sorted(excluded.items()))}
    )


def _without(seen: Seen, to_do: Plan) -> Answer:
    """The answer without quotes that went; a part whose counts they held up goes with them."""
    answer = seen.draft.answer

    def stays(quote: Quote | None) -> bool:
        if quote is None:
            return True
        return quote.paper_id not in to_do.papers and (
            quote.paper_id not in to_do.requote or seen.stands(quote)
        )

    def left(group: AnswerGroup) -> AnswerGroup:
        return group.model_copy(update={"statements": tuple(s for s in group.statements if stays(s.quote))})

    def is_whole(groups: Sequence[AnswerGroup]) -> bool:
        return all(left(group) == group for group in groups)

    hypothesis = answer.hypothesis
    return answer.model_copy(
        update={
            "groups": tuple(kept for group in answer.groups if (kept := left(group)).statements),
            "parts": tuple(part for part in answer.parts if is_whole(part.groups)),
            "hypothesis": hypothesis if hypothesis is None or is_whole(hypothesis.groups) else None,
            "coverage": tuple(_still_covered(row, to_do) for row in answer.coverage),
        }
    )


def _still_covered(row: Coverage, to_do: Plan) -> Coverage:
    """A row of the coverage table without the papers that went."""
    left = tuple(paper_id for paper_id in row.paper_ids if paper_id not in to_do.papers)
    gone = len(row.paper_ids) - len(left)
    return row.model_copy(update={"paper_ids": left, "n_papers": row.n_papers - gone})
