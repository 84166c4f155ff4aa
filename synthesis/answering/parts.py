"""The question by what it asks about: for each aspect the claims that speak of it, by what other papers say of them.

A claim's side follows from the passages of other papers, independent of its own, that take one; so there is a side
where the verdict abstains too. Of each side the claims come first, then the words of the papers that take it. An
aspect of which no claim speaks is answered by the best sentences of the papers read.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from synthesis.answering.coverage import ENOUGH, held_words, read_text, wanted_words, weight_of
from synthesis.answering.quotes import as_statement
from synthesis.answering.sides import SIDES, Said, side_of, taking_sides
from synthesis.independence import OWN_GROUP
from synthesis.records import AnswerGroup, AnswerPart, Stance
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from synthesis.answering.coverage import ReadText, Wanted
    from synthesis.config import AnswerConfig
    from synthesis.records import Aspect, Claim, Evidence, Paper, Quote, Side, Statement


class SidedClaim(NamedTuple):
    """A claim with what papers independent of its own say of it; ``title`` is that of its own paper."""

    claim: Claim
    quote: Quote
    read: ReadText
    title: ReadText
    side: Side
    sided: tuple[Evidence, ...]  # passages that take a side, the surest first
    papers: frozenset[str]  # read for it


def sided_claims(
    claims: Iterable[Claim], evidence: Iterable[Evidence], papers: Mapping[str, Paper]
) -> list[SidedClaim]:
    """The claims that ``papers`` state, each with its side; what is known to be retracted does not speak."""
    by_claim: defaultdict[str, list[Evidence]] = defaultdict(list)
    for item in evidence:
        retracted = item.paper_id in papers and papers[item.paper_id].retracted
        if item.group != OWN_GROUP and not retracted:
            by_claim[item.claim_id].append(item)
    return [
        _sided(claim, claim.quote, papers[claim.quote.paper_id], by_claim[claim.claim_id])
        for claim in claims
        if claim.quote and claim.quote.paper_id in papers and not papers[claim.quote.paper_id].retracted
    ]


def _sided(claim: Claim, quote: Quote, own: Paper, items: Sequence[Evidence]) -> SidedClaim:
    said = Said(claim.judged, (wanted_words(claim.judged),))
    sided = sorted(taking_sides(said, items), key=lambda e: (-e.confidence, e.paper_id, e.quote.start))
    return SidedClaim(
        claim=claim,
        quote=quote,
        read=read_text(claim.judged, claim.paper_id),
        title=read_text(own.title, own.paper_id),
        side=side_of(e.stance for e in sided),
        sided=tuple(sided),
        papers=frozenset(e.paper_id for e in items),
    )


def speaking_of(wanted: Sequence[Wanted], claims: Iterable[SidedClaim]) -> list[SidedClaim]:
    """The claims that speak of an aspect, those that hold most of it first.

    A claim must hold some of its words, and together with the title of its paper most.
    """
    held = [(held_words(wanted, c.read), held_words(wanted, c.title), c) for c in claims]
    speaking = [(own, c) for own, title, c in held if own and weight_of(own | title, wanted) > ENOUGH]
    return [
        c
        for own, c in sorted(speaking, key=lambda pair: (-weight_of(pair[0], wanted), pair[1].claim.claim_id))
    ]


def part_of(
    aspect: Aspect,
    wanted: Sequence[Wanted],
    speaking: Sequence[SidedClaim],
    said: Callable[[Sequence[Wanted]], Sequence[Statement]],
    config: AnswerConfig,
    *,
    others: bool = False,
) -> AnswerPart:
    """What the evidence says of one aspect, no quote twice, at most ``max_quotes`` a side.

    ``speaking`` are the claims that speak of it; where there are none, ``said`` gives the best sentences that do.
    ``others`` tells that papers in other languages than the question's were read, whose claims may speak of it unseen.
    """
    if speaking:
        return AnswerPart(
            aspect=aspect, groups=tuple(_groups(speaking, config.max_quotes)), note=_note(speaking)
        )
    statements = tuple(said(wanted))
    heading = say("What the papers read say of it")
    groups = (AnswerGroup(heading=heading, statements=statements),) if statements else ()
    note = (
        say("No claim of the examined papers in the question's language speaks of it.")
        if others
        else say("No claim of the examined papers speaks of it.")
    )
    return AnswerPart(aspect=aspect, groups=groups, note=note)


def _groups(claims: Sequence[SidedClaim], limit: int) -> Iterator[AnswerGroup]:
    """Of each side the claims, then what papers say for and against them, the surest first."""
    shown: set[str] = set()
    for side in SIDES:
        of_side = [c for c in claims if c.side == side]
        stated = _new((c.quote for c in of_side), shown, limit if side == "silent" else (limit + 1) // 2)
        if not stated:
            continue
        yield _group(side, _claims_heading(side), stated)
        kept = {quote.sha256 for quote in stated}
        sided = [e for c in of_side if c.quote.sha256 in kept for e in c.sided]
        sided.sort(key=lambda e: -e.confidence)
        said = _new((e.quote for e in sided), shown, limit - len(stated))
        for stance, heading in _said_headings().items():
            taking = {e.quote.sha256 for e in sided if e.stance is stance}
            quotes = [quote for quote in said if quote.sha256 in taking]
            if quotes:
                yield _group(side, heading, quotes)


def _new(quotes: Iterable[Quote], shown: set[str], limit: int) -> list[Quote]:
    """At most ``limit`` quotes that were not shown before; they are now."""
    fresh: list[Quote] = []
    for quote in quotes:
        if len(fresh) < limit and quote.sha256 not in shown:
            shown.add(quote.sha256)
            fresh.append(quote)
    return fresh


def _group(side: Side, heading: str, quotes: Iterable[Quote]) -> AnswerGroup:
    return AnswerGroup(heading=heading, statements=tuple(map(as_statement, quotes)), side=side)


def _claims_heading(side: Side) -> str:
    return {
        "for": say("Claims that other papers support"),
        "against": say("Claims that other papers contradict"),
        "mixed": say("Claims that some papers support and others contradict"),
        "silent": say("Claims on which no other paper takes a side"),
    }[side]


def _said_headings() -> dict[Stance, str]:
    return {Stance.SUPPORTS: say("What supports them"), Stance.REFUTES: say("What contradicts them")}


def _note(claims: Sequence[SidedClaim]) -> str:
    stances: defaultdict[str, set[Stance]] = defaultdict(set)
    for claim in claims:
        for paper_id in claim.papers:
            stances[paper_id] |= {e.stance for e in claim.sided if e.paper_id == paper_id}
    sides = [side_of(taken) for taken in stances.values()]
    on, against, mixed, silent = (sides.count(side) for side in SIDES)
    return " ".join(
        (
            say_n("{n} claim speaks of it.", "{n} claims speak of it.", len(claims)),
            say_n(
                "{n} other paper read for them: {on} for, {against} against, {mixed} for some and against others, {silent} "
                "silent.",
                "{n} other papers read for them: {on} for, {against} against, {mixed} for some and against others, {silent} "
                "silent.",
                len(sides),
                on=on,
                against=against,
                mixed=mixed,
                silent=silent,
            ),
        )
    )
