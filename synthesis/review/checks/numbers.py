"""Do the numbers of the draft agree with what they were taken from, and the counts with what is counted?"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from synthesis.independence import OWN_GROUP, count_works
from synthesis.records import Finding, Stance
from synthesis.result_values import result_values
from synthesis.terms import listed, note_words
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.records import Claim, Draft, Evidence, Verdict
    from synthesis.review.seen import Seen

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BEFORE_CHARS = 600  # of the text before a claim, from which its rewording may take what a pronoun stands for


def claims_keep_numbers(seen: Seen) -> Iterator[Finding]:
    """A claim's numbers are its quote's, its rewording brings none from elsewhere, its results are those it states."""
    for claim in seen.draft.claims:
        for fact in _changed(seen, claim):
            yield Finding(kind="number", subject=claim.claim_id, fact=fact)


def notes_keep_numbers(seen: Seen) -> Iterator[Finding]:
    """The numbers that a note sets against each other stand in the claim and in the quote."""
    for index, item in enumerate(seen.draft.evidence):
        claim = seen.claims.get(item.claim_id)
        if claim is None:
            continue
        for note in _wrong_notes(seen, claim, item):
            fact = say("The note “{note}” is not what claim and quote say.", note=note)
            yield Finding(kind="number", subject=item.claim_id, fact=fact, evidence=index)


def verdicts_count(seen: Seen) -> Iterator[Finding]:
    """What a verdict counts is there to be counted: works, groups, numbers that held it back; its reason says the same."""
    for verdict in seen.draft.verdicts:
        items = [item for _, item in seen.evidence.get(verdict.claim_id, ())]
        for fact in _miscounted(seen, verdict, items):
            yield Finding(kind="number", subject=verdict.claim_id, fact=fact)


def flow_adds_up(seen: Seen) -> Iterator[Finding]:
    """Identified − duplicates − excluded = included, and no source gave more than it answered."""
    for name, fact in (*_sums(seen.draft), *_more_than_answered(seen.draft)):
        yield Finding(kind="number", subject=name, fact=fact)


# --------------------------------------------------------------------------- claims


def _changed(seen: Seen, claim: Claim) -> Iterator[str]:
    paper = seen.papers.get(claim.paper_id or "")
    if claim.quote is not None and _numbers(claim.text) != _numbers(claim.quote.text):
        yield say("The claim's numbers are not those of its quote.")
    known = _numbers(claim.text) + _numbers(_around(seen, claim)) + _numbers(paper.title if paper else "")
    foreign = sorted(set(_numbers(claim.judged)) - set(known))
    if foreign:
        yield say(
            "The claim as it was judged holds {numbers}, its paper there does not.",
            numbers=listed(foreign),
        )
    # those of a claim that was handed in were noted before its paper, whose title may name the task, was known
    titles = (paper.title if paper else "", "")
    if all(claim.results != result_values(claim.judged, context=title) for title in titles):
        yield say("The results noted of the claim are not those that it states.")


def _around(seen: Seen, claim: Claim) -> str:
    """The claim's words in its paper and what stands before them."""
    quote = claim.quote
    if quote is None or quote.paper_id not in seen.papers:
        return ""
    sections = seen.papers[quote.paper_id].sections
    text = sections[quote.section].text if quote.section < len(sections) else ""
    return text[max(0, quote.start - _BEFORE_CHARS) : quote.end]


def _numbers(text: str) -> Counter[str]:
    return Counter(number.replace(",", "") for number in _NUMBER.findall(text))


# --------------------------------------------------------------------------- evidence and verdicts


def _wrong_notes(seen: Seen, claim: Claim, item: Evidence) -> Sequence[str]:
    """Notes that the judge does not make again; without a judge, those with numbers from nowhere."""
    if not item.notes and item.stance is Stance.NEITHER:
        return ()
    if seen.aids.judge is not None:
        again = tuple(map(note_words, seen.aids.judge.notes(claim.judged, item.quote.text)))
        return [] if again == item.notes else [*(set(item.notes) ^ set(again))][:1]
    known = _numbers(claim.judged) + _numbers(item.quote.text)
    return [note for note in item.notes if set(_numbers(note)) - set(known)]


def _miscounted(seen: Seen, verdict: Verdict, items: Sequence[Evidence]) -> Iterator[str]:
    """The counts of a verdict that come out otherwise."""
    works = count_works(
        [seen.papers[i] for i in dict.fromkeys(e.paper_id for e in items) if i in seen.papers]
    )
    groups = len({e.group for e in items} - {OWN_GROUP})
    if verdict.n_papers != works:
        yield say("Works read: {stated} stated, {counted} counted.", stated=verdict.n_papers, counted=works)
    if verdict.n_groups != groups:
        yield say(
            "Independent groups: {stated} stated, {counted} counted.", stated=verdict.n_groups, counted=groups
        )
    held_back = (e for e in items if not e.decides and e.group != OWN_GROUP)
    if verdict.caps != tuple(dict.fromkeys(note for e in held_back for note in e.notes)):
        yield say("The numbers that held the verdict back are not those noted of its evidence.")
    if items:
        sides = [len(_taking(items, stance)) for stance in (Stance.SUPPORTS, Stance.REFUTES)]
        told = Counter(_NUMBER.findall(verdict.reason))
        missing = Counter(map(str, [works, groups, *sides])) - told
        if missing:
            numbers = listed(sorted(missing.elements()))
            yield say("The reason does not hold the counts of its evidence: {numbers}.", numbers=numbers)


def _taking(items: Sequence[Evidence], stance: Stance) -> set[int]:
    """The groups that take one side and not the other too."""

    def taking(side: Stance) -> set[int]:
        return {e.group for e in items if e.decides and e.stance is side} - {OWN_GROUP}

    both = taking(Stance.SUPPORTS) & taking(Stance.REFUTES)
    return taking(stance) - both


# --------------------------------------------------------------------------- flow


def _sums(draft: Draft) -> Iterator[tuple[str, str]]:
    """Counts of the search that the other counts contradict: name, fact."""
    flow = draft.flow
    identified = sum(flow.identified.values()) - flow.duplicates_removed
    if flow.screened != identified:
        yield (
            "screened",
            say(
                "{stated} records are said to have been screened; without duplicates, {counted} were identified.",
                stated=flow.screened,
                counted=identified,
            ),
        )
    left = flow.screened - sum(flow.excluded.values())
    held = sum(p.role != "evidence" for p in draft.papers)
    if flow.included != left or flow.included != held:
        yield (
            "included",
            say(
                "{stated} papers are said to be included; {left} were screened and not excluded, the report has {held}.",
                stated=flow.included,
                left=left,
                held=held,
            ),
        )
    outcomes = sum(flow.retrieved.values()) + sum(flow.not_retrieved.values())
    if flow.sought != outcomes:
        yield (
            "sought",
            say(
                "{stated} full texts are said to have been sought; of {counted} the outcome is stated.",
                stated=flow.sought,
                counted=outcomes,
            ),
        )


def _more_than_answered(draft: Draft) -> Iterator[tuple[str, str]]:
    answered: Counter[str] = Counter()
    for entry in draft.log:
        answered[entry.source] += entry.retrieved if entry.origin != "claim" else 0
    for source, count in draft.flow.identified.items():
        if source in answered and count > answered[source]:
            fact = say(
                "{source} is said to have given {count} papers; it answered with {answered}.",
                source=source,
                count=count,
                answered=answered[source],
            )
            yield "identified", fact
