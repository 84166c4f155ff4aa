"""Are the quoted words where the draft says they are, and in the paper that it names?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.records import Finding
from synthesis.review.seen import quotes_of
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.review.seen import Quoted, Seen


def quotes_in_place(seen: Seen) -> Iterator[Finding]:
    """Every quote stands at its offsets, inside the passage that was read, and a claim's words are its quote's."""
    for quoted in quotes_of(seen.draft):
        fact = _out_of_place(seen, quoted)
        if fact:
            yield Finding(kind="quote", subject=quoted.subject, fact=fact, evidence=quoted.evidence)
    for claim in seen.draft.claims:
        if claim.quote is not None and claim.quote.text != claim.text:
            fact = say("The claim's text is not the text of its quote.")
            yield Finding(kind="quote", subject=claim.claim_id, fact=fact)


def citations_hold(seen: Seen) -> Iterator[Finding]:
    """The paper cited is the one that holds the quoted words; where another one does, it is named."""
    for quoted in quotes_of(seen.draft):
        fact = _cites_wrongly(seen, quoted)
        if fact:
            yield Finding(kind="citation", subject=quoted.subject, fact=fact, evidence=quoted.evidence)


def _out_of_place(seen: Seen, quoted: Quoted) -> str | None:
    quote = quoted.quote
    if not seen.stands(quote):
        if quote.paper_id in seen.holders(quote.text):
            return say("The quoted words stand elsewhere in {paper}.", paper=quote.paper_id)
        place = f"{quote.section}:{quote.start}–{quote.end}"
        return say("{paper} does not hold the quoted words at {place}.", paper=quote.paper_id, place=place)
    if quoted.evidence is None:
        return None
    context = seen.draft.evidence[quoted.evidence].context
    if context.start <= quote.start and quote.end <= context.end:
        return None
    return say("The quoted words stand outside the passage that was read.")


def _cites_wrongly(seen: Seen, quoted: Quoted) -> str | None:
    cited, quote = quoted.paper_id, quoted.quote
    if cited not in seen.papers:
        return say("The cited paper {paper} is not among the papers of the report.", paper=cited)
    if cited != quote.paper_id:
        return say("{cited} is cited for words of {paper}.", cited=cited, paper=quote.paper_id)
    if seen.stands(quote):
        return None
    holders = [paper_id for paper_id in seen.holders(quote.text) if paper_id != cited]
    there = [
        i for i in holders if seen.stands(quote.model_copy(update={"paper_id": i}))
    ]  # at these offsets even
    if not holders:
        return None
    return say("{cited} is cited for words that {paper} holds.", cited=cited, paper=(there or holders)[0])
