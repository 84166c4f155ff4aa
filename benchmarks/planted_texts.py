"""Errors planted in what a draft quotes, cites and counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planting import (
    NUMBER,
    Bench,
    Planted,
    other_number,
    redecided,
    requoted,
    reworded,
    with_claim,
    with_evidence,
    with_flow,
    with_statement,
    with_verdict,
)

from synthesis.result_values import result_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from review_drafts import Kept

    from synthesis.records import Claim, Draft

_WORD = re.compile(r"[^\W\d_]{4,}")


# --------------------------------------------------------------------------- quote altered


def a_word_of_evidence(kept: Kept, bench: Bench) -> Planted | None:
    """One word of a quote of evidence is another word of it."""
    return _evidence_quote(kept.draft, bench, _swap_word)


def a_character_of_evidence(kept: Kept, bench: Bench) -> Planted | None:
    """One letter of a quote of evidence is another."""
    return _evidence_quote(kept.draft, bench, _swap_letter)


def a_word_of_a_claim(kept: Kept, bench: Bench) -> Planted | None:
    """One word of a claim, in its text and its quote alike."""
    grounded = [c for c in kept.draft.claims if c.quote is not None]
    claim = bench.dice.choice(grounded)
    text = _swap_word(claim.text, bench)
    return None if text is None else with_claim(kept.draft, reworded(claim, text))


def a_character_of_the_answer(kept: Kept, bench: Bench) -> Planted | None:
    """One letter of a quote in the answer."""
    answer = kept.draft.answer
    places = [
        (g, s) for g, group in enumerate(answer.groups) for s, one in enumerate(group.statements) if one.quote
    ]
    if not places:
        return None
    g, s = bench.dice.choice(places)
    quote = answer.groups[g].statements[s].quote
    text = _swap_letter(quote.text, bench) if quote else None
    if quote is None or text is None:
        return None
    return with_statement(kept.draft, g, s, requoted(quote, text), quote.paper_id)


def _evidence_quote(draft: Draft, bench: Bench, alter: Callable[[str, Bench], str | None]) -> Planted | None:
    index = bench.dice.randrange(len(draft.evidence))
    item = draft.evidence[index]
    text = alter(item.quote.text, bench)
    if text is None:
        return None
    quote = requoted(item.quote, text)
    return with_evidence(draft, index, item.model_copy(update={"quote": quote}))


def _swap_word(text: str, bench: Bench) -> str | None:
    words = list(_WORD.finditer(text))
    if len({m[0].casefold() for m in words}) < 2:
        return None
    place = bench.dice.choice(words)
    other = bench.dice.choice([m[0] for m in words if m[0].casefold() != place[0].casefold()])
    return text[: place.start()] + other + text[place.end() :]


def _swap_letter(text: str, bench: Bench) -> str | None:
    places = [i for i, c in enumerate(text) if c.isascii() and c.islower()]
    if not places:
        return None
    i = bench.dice.choice(places)
    letter = bench.dice.choice([c for c in "abcdefghijklmnopqrstuvwxyz" if c != text[i]])
    return text[:i] + letter + text[i + 1 :]


# --------------------------------------------------------------------------- citation swapped


def another_paper(kept: Kept, bench: Bench) -> Planted | None:
    """Evidence, and its quote, are said to be another paper's."""
    index = bench.dice.randrange(len(kept.draft.evidence))
    item = kept.draft.evidence[index]
    other = _other_paper(kept.draft, item.paper_id, bench)
    quote = item.quote.model_copy(update={"paper_id": other})
    changed = item.model_copy(update={"paper_id": other, "quote": quote})
    return _recited(with_evidence(kept.draft, index, changed), bench)


def another_paper_beside_the_quote(kept: Kept, bench: Bench) -> Planted | None:
    """Evidence is said to be another paper's, though its quote still names the right one."""
    index = bench.dice.randrange(len(kept.draft.evidence))
    item = kept.draft.evidence[index]
    changed = item.model_copy(update={"paper_id": _other_paper(kept.draft, item.paper_id, bench)})
    return _recited(with_evidence(kept.draft, index, changed), bench)


def another_quote(kept: Kept, bench: Bench) -> Planted | None:
    """What a passage is said to say of a claim is cited to a genuine passage that was read for another claim."""
    draft = kept.draft
    index = bench.dice.randrange(len(draft.evidence))
    item = draft.evidence[index]
    read = {e.paper_id for e in draft.evidence if e.claim_id == item.claim_id}
    others = [e for e in draft.evidence if e.claim_id != item.claim_id and e.paper_id not in read]
    if not others:
        return None
    other = bench.dice.choice(others)
    place = {
        "paper_id": other.paper_id,
        "quote": other.quote,
        "context": other.context,
        "quality": other.quality,
    }
    changed = item.model_copy(update=place)
    return _recited(with_evidence(draft, index, changed), bench)


def another_paper_in_the_answer(kept: Kept, bench: Bench) -> Planted | None:
    """A quote of the answer is said to be another paper's."""
    answer = kept.draft.answer
    places = [
        (g, s) for g, group in enumerate(answer.groups) for s, one in enumerate(group.statements) if one.quote
    ]
    if not places:
        return None
    g, s = bench.dice.choice(places)
    quote = answer.groups[g].statements[s].quote
    if quote is None:
        return None
    other = _other_paper(kept.draft, quote.paper_id, bench)
    return with_statement(kept.draft, g, s, quote.model_copy(update={"paper_id": other}), other)


def _other_paper(draft: Draft, paper_id: str, bench: Bench) -> str:
    return bench.dice.choice([p.paper.paper_id for p in draft.papers if p.paper.paper_id != paper_id])


def _recited(planted: Planted, bench: Bench) -> Planted:
    return Planted(redecided(planted.draft, bench), planted.items)


# --------------------------------------------------------------------------- number changed


def number_of_a_claim(kept: Kept, bench: Bench) -> Planted | None:
    """A number in a claim's text and in what was judged; the quote keeps it."""
    found = _numbered_claim(kept.draft, bench)
    if found is None:
        return None
    claim, text = found
    same = claim.standalone is None
    changed = claim.model_copy(
        update={"text": text, "results": _results(kept.draft, claim, text) if same else claim.results}
    )
    return with_claim(kept.draft, changed)


def number_of_a_claim_and_its_quote(kept: Kept, bench: Bench) -> Planted | None:
    """A number in a claim, its quote, its rewording and its results alike."""
    found = _numbered_claim(kept.draft, bench)
    if found is None:
        return None
    claim, text = found
    changed = reworded(claim, text)
    return with_claim(
        kept.draft, changed.model_copy(update={"results": _results(kept.draft, claim, changed.judged)})
    )


def number_of_a_rewording(kept: Kept, bench: Bench) -> Planted | None:
    """A number in the claim as it was judged, and in its results; text and quote keep it."""
    candidates = [c for c in kept.draft.claims if c.standalone and NUMBER.search(c.standalone)]
    if not candidates:
        return None
    claim = bench.dice.choice(candidates)
    text = other_number(claim.judged, bench)
    results = _results(kept.draft, claim, text)
    return with_claim(kept.draft, claim.model_copy(update={"standalone": text, "results": results}))


def number_of_evidence(kept: Kept, bench: Bench) -> Planted | None:
    """A number in a quote of evidence."""
    numbered = [i for i, e in enumerate(kept.draft.evidence) if NUMBER.search(e.quote.text)]
    if not numbered:
        return None
    index = bench.dice.choice(numbered)
    item = kept.draft.evidence[index]
    quote = requoted(item.quote, other_number(item.quote.text, bench))
    return with_evidence(kept.draft, index, item.model_copy(update={"quote": quote}))


def count_of_a_verdict(kept: Kept, bench: Bench) -> Planted | None:
    """How many papers or groups a verdict rests on, in the count and in the reason."""
    verdict = bench.dice.choice([v for v in kept.draft.verdicts if v.n_papers])
    name = bench.dice.choice(("n_papers", "n_groups"))
    stated = getattr(verdict, name)
    more = stated + bench.dice.randint(1, 4)
    place = [m for m in re.finditer(r"\d+", verdict.reason) if m[0] == str(stated)]
    reason = verdict.reason
    if place:
        at = place[-1] if name == "n_groups" and len(place) > 1 else place[0]
        reason = f"{reason[: at.start()]}{more}{reason[at.end() :]}"
    return with_verdict(kept.draft, verdict.model_copy(update={name: more, "reason": reason}))


def count_of_the_flow(kept: Kept, bench: Bench) -> Planted | None:
    """One count of the search."""
    flow = kept.draft.flow
    name = bench.dice.choice(("screened", "included", "duplicates_removed"))
    changed = flow.model_copy(update={name: getattr(flow, name) + bench.dice.randint(1, 9)})
    return with_flow(kept.draft, changed, {"screened", "included", "identified"})


def counts_of_the_flow(kept: Kept, bench: Bench) -> Planted | None:
    """Two counts of the search, so that it still adds up: more was identified, and as many more were duplicates."""
    flow = kept.draft.flow
    more = bench.dice.randint(20, 2000)
    source = bench.dice.choice(sorted(flow.identified))
    identified = flow.identified | {source: flow.identified[source] + more}
    changed = flow.model_copy(
        update={"identified": identified, "duplicates_removed": flow.duplicates_removed + more}
    )
    return with_flow(kept.draft, changed, {"screened", "included", "identified"})


def _numbered_claim(draft: Draft, bench: Bench) -> tuple[Claim, str] | None:
    numbered = [c for c in draft.claims if c.quote is not None and NUMBER.search(c.text)]
    if not numbered:
        return None
    claim = bench.dice.choice(numbered)
    return claim, other_number(claim.text, bench)


def _results(draft: Draft, claim: Claim, text: str) -> tuple[object, ...]:
    title = next((p.paper.title for p in draft.papers if p.paper.paper_id == claim.paper_id), "")
    return result_values(text, context=title)
