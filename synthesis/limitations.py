"""What a reader should mind: the limitations that the facts of a draft call for.

Each has a stable ``kind``, so that a reviewer can tell which one is missing, and a later report which one went.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.records import NO_ANSWER, Label, Limitation, Stance
from synthesis.terms import listed_apart
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import Draft, ScreenedPaper

WELL_READ = 0.8  # parse quality below which the reader is told


def with_limitations(draft: Draft) -> Draft:
    """The draft with the limitations that its facts call for, in place of those that it held."""
    return draft.model_copy(update={"limitations": limitations_of(draft)})


def limitations_of(draft: Draft) -> tuple[Limitation, ...]:
    """Standing caveats, then those of this run; what ``draft.limitations`` holds already does not count."""
    found = (
        *_standing(),
        *_of_texts(draft),
        *_of_confidence(draft),
        *_of_searching(draft),
        *_of_papers(draft),
        *_of_claims(draft),
    )
    return tuple(dict.fromkeys(found))


def _standing() -> Iterator[Limitation]:
    yield Limitation(
        kind="machine-generated",
        text=say(
            "This report is a machine-generated literature synthesis and does not constitute original research."
        ),
    )
    yield Limitation(
        kind="automated",
        text=say("Automated retrieval and verification may introduce errors or omissions."),
    )
    yield Limitation(
        kind="automated review",
        text=say("Review scores reflect automated assessment, not human peer review."),
    )
    yield Limitation(
        kind="primary sources",
        text=say("Readers should consult primary sources for authoritative information."),
    )


def _of_texts(draft: Draft) -> Iterator[Limitation]:
    """What was read of the papers."""
    abstracts = sum(p.paper.form is None and len(p.paper.sections) == 1 for p in draft.papers)
    if abstracts:
        text = say_n(
            "Only the abstract of {n} of {papers} papers was read.",
            "Only the abstracts of {n} of {papers} papers were read.",
            abstracts,
            papers=len(draft.papers),
        )
        yield Limitation(kind="abstracts only", text=text)
    if any(p.paper.source == "demo" for p in draft.papers):
        text = say(
            "Papers of the demo library are quoted from summaries that were written for it, not in their own words."
        )
        yield Limitation(kind="demo library", text=text)


def _of_confidence(draft: Draft) -> Iterator[Limitation]:
    """How far confidences and verdicts go."""
    text = say(
        "Confidence was calibrated on {data}; in other fields it may be less exact.",
        data=draft.calibration.fitted_on,
    )
    yield Limitation(kind="calibration field", text=text)
    if draft.verdicts and all(v.label is Label.NOT_ENOUGH_INFO for v in draft.verdicts):
        text = say(
            "No verdict is sure enough to be stated at a risk of {risk:.0%}.", risk=draft.calibration.risk
        )
        yield Limitation(kind="no verdict stated", text=text)


def _of_searching(draft: Draft) -> Iterator[Limitation]:
    """Sources and hosts that failed."""
    for entry in draft.log:
        if entry.error:
            text = say("{source} was not fully searched: {why}.", source=entry.source, why=entry.error)
            yield Limitation(kind=f"failed source: {entry.source}", text=text)
    for entry in draft.log:
        if entry.incomplete:
            text = say("{source} was not fully searched: {why}.", source=entry.source, why=entry.note)
            yield Limitation(kind=f"incomplete source: {entry.source}", text=text)
    lost = draft.flow.not_retrieved.get(NO_ANSWER, 0)
    if lost:
        text = say_n(
            "The full text of {n} paper could not be had, because its host did not answer.",
            "The full texts of {n} papers could not be had, because their hosts did not answer.",
            lost,
        )
        yield Limitation(kind="full texts lost", text=text)


def _of_papers(draft: Draft) -> Iterator[Limitation]:
    """Papers to be read with care."""
    badly_read = sum(p.paper.quality < WELL_READ for p in draft.papers)
    if badly_read:
        text = say_n(
            "The text of {n} paper could be read in part only; evidence from there weighs less.",
            "The texts of {n} papers could be read in part only; evidence from there weighs less.",
            badly_read,
        )
        yield Limitation(kind="badly read texts", text=text)
    for screened in draft.papers:
        if _is_named_though_fallen(screened):
            text = say("The examined paper “{title}” was retracted.", title=screened.paper.title)
            yield Limitation(kind=f"retracted paper: {screened.paper.paper_id}", text=text)


def _is_named_though_fallen(screened: ScreenedPaper) -> bool:
    """A retracted paper is read only where the user asks for it."""
    return screened.role == "examined" and screened.paper.retracted


def _of_claims(draft: Draft) -> Iterator[Limitation]:
    """What the question asks and no paper says, and claims that little stands behind."""
    if draft.answer.not_covered:
        phrases = listed_apart(f"“{phrase}”" for phrase in draft.answer.not_covered)
        text = say("No passage that was read covers all words of: {phrases}.", phrases=phrases)
        yield Limitation(kind="question not covered", text=text)
    unread = len({c.claim_id for c in draft.claims} - {e.claim_id for e in draft.evidence})
    if unread:
        text = say_n(
            "No passage of another paper was found for {n} claim.",
            "No passage of another paper was found for {n} claims.",
            unread,
        )
        yield Limitation(kind="no evidence", text=text)
    alone = _resting_on_one_group(draft)
    if alone:
        text = say_n(
            "{n} verified claim rests on one independent group of papers only.",
            "{n} verified claims rest on one independent group of papers each.",
            alone,
        )
        yield Limitation(kind="single independent group", text=text)


def _resting_on_one_group(draft: Draft) -> int:
    """Verified claims that exactly one independent group of papers supports."""
    verified = {v.claim_id for v in draft.verdicts if v.verified}
    groups: dict[str, set[int]] = {claim_id: set() for claim_id in verified}
    for e in draft.evidence:
        if e.claim_id in verified and e.stance is Stance.SUPPORTS and e.decides and e.group:
            groups[e.claim_id].add(e.group)
    return sum(len(supporting) == 1 for supporting in groups.values())
