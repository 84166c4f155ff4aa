"""What a check looks at: the draft, its parts by name, and the tools that were handed in for a second look.

Nothing here judges. A check is a function ``Seen → findings``; without an aid, a check that needs it finds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import Claim, Evidence, Finding, Paper, ScreenedPaper, Verdict

if TYPE_CHECKING:
    from synthesis.protocols import Judge
    from synthesis.records import AnswerGroup, Draft, Quote

Redecide = Callable[[Sequence[Claim], Sequence[Evidence], Mapping[str, Paper]], Sequence[Verdict]]
Covered = Callable[[Sequence[ScreenedPaper]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Aids:
    """Tools for a second look.

    ``judge`` reads passages again; ``redecide`` decides (claims, evidence, papers by id) → verdicts again; ``covered``
    says which share (0–1) of the least that a paper must cover of the question each paper covers, 1 being enough.
    """

    judge: Judge | None = None
    redecide: Redecide | None = None
    covered: Covered | None = None


@dataclass(frozen=True)
class Seen:
    """A draft as a check sees it."""

    draft: Draft
    aids: Aids = field(default_factory=Aids)

    @cached_property
    def papers(self) -> Mapping[str, Paper]:
        """The draft's papers by id."""
        return {p.paper.paper_id: p.paper for p in self.draft.papers}

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """The claims by id."""
        return {c.claim_id: c for c in self.draft.claims}

    @cached_property
    def evidence(self) -> Mapping[str, Sequence[tuple[int, Evidence]]]:
        """claim_id → its evidence, each with its index in the draft."""
        found: defaultdict[str, list[tuple[int, Evidence]]] = defaultdict(list)
        for index, item in enumerate(self.draft.evidence):
            found[item.claim_id].append((index, item))
        return found

    def passage(self, item: Evidence) -> str | None:
        """The passage that a piece of evidence was read in; ``None`` where its paper has no such place."""
        paper = self.papers.get(item.paper_id)
        if paper is None or item.quote.section >= len(paper.sections):
            return None
        return paper.sections[item.quote.section].text[item.context.start : item.context.end] or None

    def stands(self, quote: Quote) -> bool:
        """Whether the quoted words stand in the quoted paper, at their offsets, character for character."""
        paper = self.papers.get(quote.paper_id)
        if paper is None or quote.section >= len(paper.sections):
            return False
        return paper.sections[quote.section].text[quote.start : quote.end] == quote.text

    def holders(self, text: str) -> list[str]:
        """Ids of the papers of the draft that hold ``text`` anywhere, word for word."""
        return [i for i, paper in self.papers.items() if any(text in s.text for s in paper.sections)]


Check = Callable[[Seen], Iterator[Finding]]


class Quoted(NamedTuple):
    """A quote of the draft: what it belongs to, and by whom it is said to be."""

    subject: str  # claim_id, or the paper_id of a quote of the answer
    paper_id: str
    quote: Quote
    evidence: int | None = None


def quotes_of(draft: Draft) -> Iterator[Quoted]:
    """All quotes that a draft makes: of evidence, claims and their repetitions, and of the answer."""
    for index, item in enumerate(draft.evidence):
        yield Quoted(item.claim_id, item.paper_id, item.quote, index)
    for claim in draft.claims:
        if claim.quote is not None:
            yield Quoted(claim.claim_id, claim.paper_id or claim.quote.paper_id, claim.quote)
        for quote in claim.duplicates:
            yield Quoted(claim.claim_id, quote.paper_id, quote)
    for group in answer_groups(draft):
        for statement in group.statements:
            if statement.quote is not None:
                yield Quoted(statement.quote.paper_id, statement.quote.paper_id, statement.quote)


def answer_groups(draft: Draft) -> Iterator[AnswerGroup]:
    """All groups of quotes in the answer: the whole's, the sub-questions', the hypothesis's."""
    answer = draft.answer
    yield from answer.groups
    for part in answer.parts:
        yield from part.groups
    if answer.hypothesis is not None:
        yield from answer.hypothesis.groups
