"""Review, mend what a rule can mend, review again: until nothing is left to mend, three rounds at most.

Every finding is logged with what was done about it. One that is still there in the last review was not mended, whatever
was tried: it is left to the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.limitations import with_limitations
from synthesis.records import Revision
from synthesis.review.mending import Plan, mend, plan
from synthesis.review.seen import Seen
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.records import Answer, Draft, Finding, Review
    from synthesis.review.seen import Redecide

MAX_ROUNDS = 3


class Redo(NamedTuple):
    """How verdicts are decided again and, where it is known, the question answered again from a changed draft."""

    redecide: Redecide
    reanswer: Callable[[Draft], Answer] | None = None


class _Raised(NamedTuple):
    finding: Finding
    by: tuple[str, ...]


def revise(draft: Draft, review: Callable[[Draft], Review], redo: Redo) -> tuple[Draft, Review]:
    """The draft after revision, and what ``review`` says of it, with the log of all revisions."""
    log: list[Revision] = []
    given, said = draft, review(draft)
    for number in range(1, MAX_ROUNDS + 1):
        to_do, seen, tried = Plan(), Seen(draft), {_key(r.finding) for r in log}
        for raised in _findings(said):
            action = None if _key(raised.finding) in tried else plan(seen, raised.finding, to_do)
            if action is not None:
                log.append(_revision(number, raised, action, mended=True))
        if to_do == Plan():
            break
        draft = mend(draft, to_do, redo.redecide)
        said = review(draft)
    if redo.reanswer and _answers_otherwise(given, draft):
        draft = with_limitations(draft.model_copy(update={"answer": redo.reanswer(draft)}))
        said = review(draft)
    left = _findings(said)
    failed = {_key(raised.finding) for raised in left}
    mended = [revision for revision in log if _key(revision.finding) not in failed]
    last = max((revision.round for revision in log), default=1)
    unmended = [_revision(last, raised, say("Left to the reader."), mended=False) for raised in left]
    return draft, said.model_copy(update={"revisions": (*mended, *unmended)})


def _answers_otherwise(before: Draft, after: Draft) -> bool:
    """Whether the question may be answered otherwise now: papers, evidence, verdicts or the answer's quotes changed."""
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("papers", "claims", "evidence", "verdicts", "answer")
    )


def _revision(number: int, raised: _Raised, action: str, *, mended: bool) -> Revision:
    return Revision(round=number, finding=raised.finding, raised_by=raised.by, action=action, mended=mended)


def _findings(said: Review) -> list[_Raised]:
    """What the reviewers found, each fault once, with all who raised it."""
    first: dict[tuple[str, str, int | None], Finding] = {}
    by: dict[tuple[str, str, int | None], list[str]] = {}
    for report in said.reviewers:
        for finding in report.findings:
            key = (finding.kind, finding.subject, finding.evidence)
            first.setdefault(key, finding)
            if report.reviewer not in by.setdefault(key, []):
                by[key].append(report.reviewer)
    return [_Raised(finding, tuple(by[key])) for key, finding in first.items()]


def _key(finding: Finding) -> tuple[str, str, str]:
    """What tells a finding from others after evidence was dropped and indices moved."""
    return finding.kind, finding.subject, finding.fact
