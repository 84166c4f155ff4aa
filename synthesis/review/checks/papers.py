"""Do the papers belong here? Those that were taken back, and those that speak of something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.records import Finding
from synthesis.retrieval import analyze, detect_language
from synthesis.title_facts import read_title
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import Paper
    from synthesis.review.seen import Seen

# What publishers and arXiv put in the place of a text, or before it; a paper about retractions speaks of others.
_SAYS_SO = re.compile(
    r"\bthis (?:article|paper|preprint|manuscript|submission|publication|work|chapter) (?:has been|was|is being|is) "
    r"(?:retracted|withdrawn)\b|^\W*(?:retracted|withdrawn)\b\W",
    re.IGNORECASE,
)
_SAID_EARLY = 400  # characters at the start of a text in which it says so of itself


def papers_stand(seen: Seen) -> Iterator[Finding]:
    """No paper was retracted: by its mark, a notice, its title, or the first words of its text."""
    for screened in seen.draft.papers:
        fact = _taken_back(screened.paper)
        if fact:
            yield Finding(kind="retracted", subject=screened.paper.paper_id, fact=fact)


def papers_on_topic(seen: Seen, share: float = 1.0) -> Iterator[Finding]:
    """Included papers cover as much of the question as a paper must, or ``share`` of it."""
    if seen.aids.covered is None:
        return
    included = [p for p in seen.draft.papers if p.role == "included"]
    covered = seen.aids.covered(seen.draft.papers)
    for paper in (p.paper for p in included):
        if covered[paper.paper_id] < share:
            fact = say(
                "“{title}” covers {covered:.0%} of what a paper must cover of the question.",
                title=paper.title,
                covered=covered[paper.paper_id],
            )
            yield Finding(kind="off topic", subject=paper.paper_id, fact=fact)


def evidence_on_topic(seen: Seen, least_terms: int = 1) -> Iterator[Finding]:
    """A passage, with its paper's title, shares at least ``least_terms`` terms with the claim, if in its language."""
    for index, item in enumerate(seen.draft.evidence):
        claim, passage, paper = (
            seen.claims.get(item.claim_id),
            seen.passage(item),
            seen.papers.get(item.paper_id),
        )
        if claim is None or passage is None or paper is None:
            continue
        terms = frozenset(analyze(claim.judged))
        shared = terms & frozenset(analyze(f"{paper.title}\n{passage}"))
        if len(shared) >= min(least_terms, len(terms)):
            continue
        if detect_language(claim.judged) == detect_language(
            passage
        ):  # in another language it has other words
            fact = say("The passage of “{title}” shares no word with the claim.", title=paper.title)
            yield Finding(kind="off topic", subject=paper.paper_id, fact=fact, evidence=index)


def _taken_back(paper: Paper) -> str | None:
    if paper.retracted:
        return say("“{title}” is marked as retracted.", title=paper.title)
    notice = next((n for n in paper.notices if n.kind == "retracted"), None)
    if notice is not None:
        return say(
            "{source} has a notice that “{title}” was retracted.", source=notice.source, title=paper.title
        )
    if read_title(paper.title).mark is not None:
        return say("The title “{title}” says that the work was taken back.", title=paper.title)
    texts = (paper.abstract or "", *(s.text for s in paper.sections[:2]))
    if any(_SAYS_SO.search(text[:_SAID_EARLY]) for text in texts):
        return say("The text of “{title}” says that it was taken back.", title=paper.title)
    return None
