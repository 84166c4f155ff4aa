"""What all planted errors share: the draft with something changed in it, and whatever follows from that made to match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from synthesis.limitations import with_limitations
from synthesis.records import (
    Claim,
    Draft,
    Evidence,
    Flow,
    Paper,
    Quote,
    ScreenedPaper,
    Span,
    Statement,
    Verdict,
    text_sha256,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from synthesis.protocols import Calibrator
    from synthesis.review.seen import Redecide

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


class Planted(NamedTuple):
    """A draft with one error, and the items at one of which a finding is a catch."""

    draft: Draft
    items: frozenset[str]  # claim_id, paper_id, kind of a limitation, name of a count


class Bench(NamedTuple):
    """What planting needs: dice, the other drafts' papers, and how verdicts are decided from altered evidence."""

    dice: random.Random
    elsewhere: Sequence[Paper]
    redecide: Redecide
    calibrator: Calibrator


def requoted(quote: Quote, text: str) -> Quote:
    """A quote at the same place with other words; length and hash made to match."""
    return Quote(
        paper_id=quote.paper_id,
        section=quote.section,
        start=quote.start,
        end=quote.start + len(text),
        text=text,
        sha256=text_sha256(text),
    )


def reworded(claim: Claim, text: str) -> Claim:
    """A claim with other words, in its quote and, where one was, in its rewording as far as they stand there."""
    standalone = claim.standalone
    if standalone is not None:
        for before, after in zip(_tokens(claim.text), _tokens(text), strict=False):
            if before != after:
                standalone = standalone.replace(before, after, 1)
                break
    quote = requoted(claim.quote, text) if claim.quote else None
    return claim.model_copy(update={"text": text, "quote": quote, "standalone": standalone})


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+(?:\.\w+)*", text)


def said_by(paper: Paper, like: Evidence, rank: int, group: int) -> Evidence:
    """The first stretch of a paper's text, as if it had been read as another passage was."""
    text = paper.sections[0].text
    end = text.find(". ") + 1 or len(text)
    return like.model_copy(
        update={
            "paper_id": paper.paper_id,
            "quote": Quote.of(paper, 0, 0, end),
            "sentences": (0,),
            "context": Span(start=0, end=len(text)),
            "rank": rank,
            "group": group,
            "quality": paper.quality,
        }
    )


def with_voice(draft: Draft, paper: Paper, item: Evidence, bench: Bench) -> Planted:
    """A paper more, found by a claim's own query, and what it says of the claim."""
    papers = (*draft.papers, ScreenedPaper(paper=paper, relevance=0.0, role="evidence"))
    added = draft.model_copy(update={"papers": papers})
    planted = counted(added, (*draft.evidence, item), item.claim_id, bench)
    return Planted(planted.draft, planted.items | {paper.paper_id})


def counted(draft: Draft, evidence: tuple[Evidence, ...], claim_id: str, bench: Bench) -> Planted:
    """A draft with other evidence of a claim, its verdict and its limitations as they follow from that."""
    return Planted(redecided(draft.model_copy(update={"evidence": evidence}), bench), frozenset({claim_id}))


def redecided(draft: Draft, bench: Bench) -> Draft:
    """A draft with its verdicts and limitations as they follow from its evidence."""
    papers = {p.paper.paper_id: p.paper for p in draft.papers}
    verdicts = tuple(bench.redecide(draft.claims, draft.evidence, papers))
    return with_limitations(draft.model_copy(update={"verdicts": verdicts}))


def verdict_of(draft: Draft, claim_id: str) -> Verdict:
    """The verdict on a claim."""
    return next(v for v in draft.verdicts if v.claim_id == claim_id)


def with_verdict(draft: Draft, verdict: Verdict) -> Planted:
    """A draft with another verdict on a claim, and limitations to match."""
    verdicts = tuple(verdict if v.claim_id == verdict.claim_id else v for v in draft.verdicts)
    changed = with_limitations(draft.model_copy(update={"verdicts": verdicts}))
    return Planted(changed, frozenset({verdict.claim_id}))


def with_claim(draft: Draft, claim: Claim) -> Planted:
    """A draft with a claim changed."""
    claims = tuple(claim if c.claim_id == claim.claim_id else c for c in draft.claims)
    return Planted(draft.model_copy(update={"claims": claims}), frozenset({claim.claim_id}))


def with_evidence(draft: Draft, index: int, item: Evidence) -> Planted:
    """A draft with a piece of evidence changed."""
    evidence = (*draft.evidence[:index], item, *draft.evidence[index + 1 :])
    return Planted(draft.model_copy(update={"evidence": evidence}), frozenset({item.claim_id}))


def with_statement(draft: Draft, g: int, s: int, quote: Quote, item: str) -> Planted:
    """A draft with another quote in its answer; ``item`` is the paper that it is said to be of."""
    groups = list(draft.answer.groups)
    statements = list(groups[g].statements)
    statements[s] = Statement(text=quote.text, quote=quote)
    groups[g] = groups[g].model_copy(update={"statements": tuple(statements)})
    answer = draft.answer.model_copy(update={"groups": tuple(groups)})
    return Planted(draft.model_copy(update={"answer": answer}), frozenset({item}))


def with_flow(draft: Draft, flow: Flow, items: set[str]) -> Planted:
    """A draft with other counts of the search."""
    return Planted(draft.model_copy(update={"flow": flow}), frozenset(items))


def other_number(text: str, bench: Bench) -> str:
    """One number of a text changed in one digit."""
    place = bench.dice.choice(list(NUMBER.finditer(text)))
    digits = [i for i in range(place.start(), place.end()) if text[i].isdigit()]
    i = bench.dice.choice(digits)
    digit = bench.dice.choice([d for d in "123456789" if d != text[i]])
    return text[:i] + digit + text[i + 1 :]
