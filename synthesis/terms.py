"""Values that the code compares, as the reader's words: labels, sides, reasons, origins, dimensions, stages.

In records they stay as they are, in English; they become words of the spoken language where they are shown. A value
that is not of the form's own (a plug-in's dimension, a library's name) is shown as it stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.records import NO_ANSWER, Label
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBERS_NOTED = re.compile(r"claim: (?P<claim>.+?), evidence: (?P<evidence>.+)", re.DOTALL)


def listed(items: Iterable[str]) -> str:
    """Items set apart by the comma of the spoken language."""
    return say(", ").join(items)


def listed_apart(items: Iterable[str]) -> str:
    """Items that may hold commas themselves, set apart by the semicolon of the spoken language."""
    return say("; ").join(items)


def bracketed(items: Iterable[str]) -> str:
    """Items listed in brackets with a blank before them; empty where there are none."""
    inside = listed(items)
    return say(" ({items})", items=inside) if inside else ""


# --------------------------------------------------------------------------- verdicts and claims


def label_words(label: Label) -> str:
    """A label as running words.

    >>> label_words(Label.NOT_ENOUGH_INFO)
    'Not enough info'
    """
    return {
        Label.SUPPORTED: say("Supported"),
        Label.REFUTED: say("Refuted"),
        Label.CONFLICTING: say("Conflicting"),
        Label.NOT_ENOUGH_INFO: say("Not enough info"),
    }[label]


def label_name(label: Label) -> str:
    """A label as a name, in capitals where the script has them.

    >>> label_name(Label.NOT_ENOUGH_INFO)
    'NOT_ENOUGH_INFO'
    """
    return {
        Label.SUPPORTED: say("SUPPORTED"),
        Label.REFUTED: say("REFUTED"),
        Label.CONFLICTING: say("CONFLICTING"),
        Label.NOT_ENOUGH_INFO: say("NOT_ENOUGH_INFO"),
    }[label]


def kind_words(kind: str) -> str:
    """The kind of a claim (``Claim.kind``)."""
    return {
        "finding": say("finding"),
        "comparison": say("comparison"),
        "number": say("number"),
        "method": say("method"),
        "statement": say("statement"),
    }.get(kind, kind)


def relation_words(relation: str) -> str:
    """How a paper's number stands to the claim's (``ReportedResult.relation``)."""
    return {"same": say("same"), "close": say("close"), "different": say("different")}.get(relation, relation)


def note_words(note: str) -> str:
    """What a judge remarks on numbers, e.g. "claim: 80 %, evidence: 72 %"; another remark as it stands."""
    match = _NUMBERS_NOTED.fullmatch(note)
    return say("claim: {claim}, evidence: {evidence}", **match.groupdict()) if match else note


# --------------------------------------------------------------------------- answer


def side_words(side: str) -> str:
    """The side that evidence takes (``Side``)."""
    return {
        "for": say("for"),
        "against": say("against"),
        "mixed": say("mixed"),
        "silent": say("silent"),
    }.get(side, side)


def aspect_words(kind: str) -> str:
    """What kind of thing the question asks about (``AspectKind``)."""
    return {
        "method": say("method"),
        "population": say("population"),
        "comparison": say("comparison"),
        "metric": say("metric"),
        "topic": say("topic"),
    }.get(kind, kind)


def covered_words(covered: str) -> str:
    """How far the evidence covers an aspect (``Coverage.covered``)."""
    return {
        "covered": say("covered"),
        "in part": say("in part"),
        "not covered": say("not covered"),
    }.get(covered, covered)


# --------------------------------------------------------------------------- search


def origin_words(origin: str) -> str:
    """Where a query came from (``SearchQuery.origin``)."""
    return {
        "question": say("question"),
        "key phrases": say("key phrases"),
        "key phrase": say("key phrase"),
        "variant": say("variant"),
        "examined title": say("examined title"),
        "examined abstract": say("examined abstract"),
        "claim": say("claim"),
        "meaning": say("meaning"),
        "reading": say("reading"),
        "references": say("references"),
        "citations": say("citations"),
    }.get(origin, origin)


def source_words(source: str) -> str:
    """A source of papers as the flow counts it: the user is one, the others have names."""
    known = {"named by the user": say("named by the user"), "earlier report": say("earlier report")}
    return known.get(source, source)


def reason_words(reason: str) -> str:
    """Why a paper, or its full text, was left out (keys of ``Flow.excluded`` and ``Flow.not_retrieved``)."""
    return {
        "retracted": say("retracted"),
        "outside the years asked for": say("outside the years asked for"),
        "not of the venue asked for": say("not of the venue asked for"),
        "not of the field asked for": say("not of the field asked for"),
        "not in the language asked for": say("not in the language asked for"),
        "not open access": say("not open access"),
        "no abstract or full text": say("no abstract or full text"),
        "covers too little of the question": say("covers too little of the question"),
        "less relevant than the papers kept": say("less relevant than the papers kept"),
        "no text could be fetched": say("no text could be fetched"),
        "no open copy known": say("no open copy known"),
        "no open copy could be read": say("no open copy could be read"),
        NO_ANSWER: say("the host did not answer"),
        "left out on request": say("left out on request"),
        "no longer held by the library that it came from": say(
            "no longer held by the library that it came from"
        ),
    }.get(reason, reason)


def notice_words(kind: str) -> str:
    """What a database says of a work's standing (``Notice.kind``)."""
    return {
        "retracted": say("retracted"),
        "withdrawn": say("withdrawn"),
        "concern": say("concern"),
        "corrected": say("corrected"),
        "newer version": say("newer version"),
    }.get(kind, kind)


def fact_words(field: str) -> str:
    """A bibliographic fact (``Conflict.field``)."""
    return {
        "title": say("title"),
        "authors": say("authors"),
        "year": say("year"),
        "doi": say("doi"),
    }.get(field, field)


# --------------------------------------------------------------------------- review


def dimension_words(dimension: str) -> str:
    """A dimension that reviewers score (``DimensionScore.dimension``)."""
    return {
        "evidence strength": say("evidence strength"),
        "citation grounding": say("citation grounding"),
        "numerical consistency": say("numerical consistency"),
        "benchmark validity": say("benchmark validity"),
        "novelty": say("novelty"),
        "uncertainty disclosure": say("uncertainty disclosure"),
        "reproducibility": say("reproducibility"),
        "safety/impact": say("safety/impact"),
    }.get(dimension, dimension)


def reviewer_words(reviewer: str) -> str:
    """A reviewer's name (``ReviewerReport.reviewer``)."""
    return {
        "Sceptic": say("Sceptic"),
        "Evidence checker": say("Evidence checker"),
        "Integrator": say("Integrator"),
    }.get(reviewer, reviewer)


def mandate_words(mandate: str) -> str:
    """What a reviewer looks at (``ReviewerReport.mandate``)."""
    return {
        "attacks the claims and the method": say("attacks the claims and the method"),
        "checks the evidence base": say("checks the evidence base"),
        "weighs the whole": say("weighs the whole"),
    }.get(mandate, mandate)


def tier_words(tier: str) -> str:
    """A tier of quality (``Tier``)."""
    return {
        "flagship": say("flagship"),
        "DOI grade": say("DOI grade"),
        "public record": say("public record"),
        "watchlist": say("watchlist"),
    }.get(tier, tier)


def finding_words(kind: str) -> str:
    """The kind of fault that a reviewer sees (``FindingKind``)."""
    return {
        "verdict": say("verdict"),
        "quote": say("quote"),
        "citation": say("citation"),
        "number": say("number"),
        "retracted": say("retracted"),
        "off topic": say("off topic"),
        "duplicate evidence": say("duplicate evidence"),
        "missing limitation": say("missing limitation"),
    }.get(kind, kind)


# --------------------------------------------------------------------------- runs


def how_words(how: str) -> str:
    """What became of a paper between two runs (``How``)."""
    return {
        "new": say("new"),
        "gone": say("gone"),
        "retracted": say("retracted"),
        "text changed": say("text changed"),
        "dropped": say("dropped"),
        "left out": say("left out"),
    }.get(how, how)


def stage_words(stage: str) -> str:
    """A stage of a job, as it reports its progress."""
    return {
        "libraries": say("libraries"),
        "queries": say("queries"),
        "search": say("search"),
        "languages": say("languages"),
        "similar papers": say("similar papers"),
        "citations": say("citations"),
        "earlier papers": say("earlier papers"),
        "papers": say("papers"),
        "full texts": say("full texts"),
        "passages": say("passages"),
        "claims": say("claims"),
        "claim search": say("claim search"),
        "ranking": say("ranking"),
        "evidence": say("evidence"),
        "verdicts": say("verdicts"),
        "comparisons": say("comparisons"),
        "answer": say("answer"),
        "review": say("review"),
        "loads": say("load-bearing papers"),
        "report": say("report"),
        "rendering": say("rendering"),
    }.get(stage, stage)
