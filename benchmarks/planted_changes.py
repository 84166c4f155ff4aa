"""Papers written so that a report must change, and the verdicts that must come of them.

For a claim, a paper that repeats it with support of its own, or denies it; for a paper on which a verdict hangs, its
retraction; and papers on the topic that say nothing of any claim. What must come of a planted paper is decided by the
judge and the verdicts' own rule from that paper and the evidence that the report had, without search and ranking: what
would change nothing by that is not planted.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.config import PassageConfig
from synthesis.evidence import gather_evidence
from synthesis.independence import OWN_GROUP
from synthesis.passages import split_papers
from synthesis.records import Candidate, Paper, Section
from synthesis.verdict_states import same_side, state_of
from synthesis.verdicts import decide_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.config import VerdictConfig
    from synthesis.records import Claim, Draft, Load, VerdictState
    from synthesis.request import Tools

_VERBS = r"is|are|was|were|can|could|does|do|did|has|have|had|will|would|may|might|should"
_FINITE = re.compile(rf"\b({_VERBS})\b(?! not\b)")
# Third person and past of verbs by which results are stated, with what "does not" asks for.
_STATING = {
    "achieves": "achieve", "achieve": "achieve", "achieved": "achieve", "improves": "improve", "improve": "improve",
    "improved": "improve", "outperforms": "outperform", "outperform": "outperform", "outperformed": "outperform",
    "shows": "show", "show": "show", "reduces": "reduce", "reduce": "reduce", "reduced": "reduce",
    "yields": "yield", "leads": "lead", "provides": "provide", "enables": "enable", "increases": "increase",
    "demonstrates": "demonstrate", "demonstrate": "demonstrate", "performs": "perform", "exceeds": "exceed",
}  # fmt: skip
_STATED = re.compile(rf"\b({'|'.join(_STATING)})\b")


class Plant(NamedTuple):
    """A planted change: the claim that must turn, to which side, and the paper that must be named."""

    kind: str  # "supporting", "refuting" or "retracted"
    claim: str
    expected: VerdictState
    paper: Paper


def denied(claim: str) -> str | None:
    """A claim with its first finite verb negated; ``None`` where there is none that a rule can negate."""
    if found := _FINITE.search(claim):
        return f"{claim[: found.end()]} not{claim[found.end() :]}"
    if found := _STATED.search(claim):
        return f"{claim[: found.start()]}does not {_STATING[found[1]]}{claim[found.end() :]}"
    return None


def plant(
    drafts: Sequence[Draft], at: int, loads: Sequence[Load], judging: Judging, most: int
) -> list[Plant]:
    """Changes of the draft ``at``, one a claim: what denies or supports it, and a retraction of what bears a verdict.

    A paper that would turn another claim of any of the drafts too is not planted.
    """
    draft = drafts[at]
    planted = _retraction(draft, loads)
    taken = {one.claim for one in planted} | {c.claim for load in loads[:1] for c in load.changes if planted}
    for number, claim in enumerate(draft.claims):
        if claim.text in taken or len(planted) >= most:
            continue
        for kind in ("refuting", "supporting") if number % 2 else ("supporting", "refuting"):
            paper = _paper(kind, claim, f"{kind}-{at}-{number}")
            if (
                paper
                and (after := judging.turned(paper, claim, draft))
                and _spares(paper, claim, drafts, judging)
            ):
                planted.append(Plant(kind, claim.text, after, paper))
                break
    return planted


def _retraction(draft: Draft, loads: Sequence[Load]) -> list[Plant]:
    """The paper that bears most, where it was not examined itself."""
    for load in loads[:1]:
        screened = next(p for p in draft.papers if p.paper.paper_id == load.paper_id)
        if screened.role != "examined":
            return [
                Plant("retracted", change.claim, change.after, screened.paper)
                for change in load.changes
                if change.turned and change.after
            ]
    return []


def _spares(paper: Paper, claim: Claim, drafts: Sequence[Draft], judging: Judging) -> bool:
    others = ((other, draft) for draft in drafts for other in draft.claims if other.text != claim.text)
    return not any(judging.turned(paper, other, draft) for other, draft in others)


class Judging(NamedTuple):
    """How a paper is read for a claim, and a verdict decided, with nothing searched or ranked."""

    tools: Tools
    config: VerdictConfig

    def turned(self, paper: Paper, claim: Claim, draft: Draft) -> VerdictState | None:
        """The verdict on a claim from the draft's evidence and the paper, where that turns it."""
        papers = {p.paper.paper_id: p.paper for p in draft.papers} | {paper.paper_id: paper}
        own = [papers[claim.paper_id]] if claim.paper_id in papers else []
        passages = list(split_papers([paper, *own], PassageConfig()))
        candidate = Candidate(
            claim_id=claim.claim_id, passage_id=passages[0].passage_id, rank=99, relevance=0.0
        )
        [new] = gather_evidence(
            [claim], papers, passages, [candidate], self.tools.judge, self.tools.calibrator
        )
        # its author wrote no other paper; but what repeats the claim's own paper word for word is of that one's group
        new = new.model_copy(update={"group": 99 if new.group else OWN_GROUP})
        evidence = [*(e for e in draft.evidence if e.claim_id == claim.claim_id), new]
        [verdict] = decide_verdicts([claim], evidence, papers, self.tools.calibrator, self.config)
        before = state_of(next(v for v in draft.verdicts if v.claim_id == claim.claim_id))
        after = state_of(verdict)
        return None if same_side(before, after) else after


def neutral(question: str, mark: str, count: int) -> Iterator[Paper]:
    """Papers on the question that claim nothing."""
    words = question.rstrip("?")
    for number in range(count):
        text = (
            f"Whether the following holds was put to {20 + number} readers: {words}. Their answers were collected in "
            f"writing. This note lists the wording of the questionnaire and the schedule of the meetings."
        )
        yield _written(f"{mark}-neutral-{number}", f"A questionnaire, part {number + 1}: {words}", text)


def row_of(paper: Paper) -> str:
    """The paper as a line of a library's file."""
    facts = {
        "id": paper.doi,
        "doi": paper.doi,
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": list(paper.authors),
        "year": paper.year,
        "venue": paper.venue,
    }
    return json.dumps(facts, ensure_ascii=False) + "\n"


def _paper(kind: str, claim: Claim, mark: str) -> Paper | None:
    said = claim.judged if kind == "supporting" else denied(claim.judged)
    if said is None:
        return None
    lead = (
        "In a replication with three seeds we find:"
        if kind == "supporting"
        else "Our replication finds otherwise."
    )
    return _written(mark, f"A replication study, {mark}", f"{lead} {said} The code of all runs is public.")


def _written(mark: str, title: str, text: str) -> Paper:
    """A paper by an author of its own, under the DOI prefix that resolves to nothing."""
    doi = f"10.5555/{mark.lower()}"
    return Paper(
        paper_id=f"doi:{doi}",
        doi=doi,
        title=title,
        abstract=text,
        authors=(f"Planted {mark.title().replace('-', '')}",),
        year=2026,
        venue="Journal of Planted Results",
        source="planted",
        sections=(Section(title="Abstract", text=text),),
    )
