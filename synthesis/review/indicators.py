"""What the reviewers look at: shares between 0 and 1 for each dimension, each with its counted fact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from synthesis.names import mentions_any, names_in
from synthesis.records import Draft, Label, Paper, Stance
from synthesis.review.seen import Seen
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(r"\d")
_ECE_OF_ZERO_WORTH = 0.2  # a calibration error this large makes a confidence worthless
_PAPERS_FOR_FULL_SCORE = 10
_RECENT_YEARS = 5


Side = Literal["claims", "evidence", "whole"]


class Indicator(NamedTuple):
    """A share between 0 and 1, the counted fact behind it, and the side it looks at."""

    value: float
    fact: str
    side: Side


def indicators(draft: Draft) -> Mapping[str, tuple[Indicator, ...]]:
    """All indicators by dimension, in the order of the report."""
    return {
        "evidence strength": _evidence_strength(draft),
        "citation grounding": _citation_grounding(draft),
        "numerical consistency": _numerical_consistency(draft),
        "benchmark validity": _benchmark_validity(draft),
        "novelty": _novelty(draft),
        "uncertainty disclosure": _uncertainty_disclosure(draft),
        "reproducibility": _reproducibility(draft),
        "safety/impact": _safety(draft),
    }


def _share(part: int, whole: int, fact: str, side: Side) -> Indicator:
    """``part`` of ``whole``; a share of nothing is 0."""
    return Indicator(part / whole if whole else 0.0, fact, side)


def _spoken_of(draft: Draft) -> set[str]:
    return {e.claim_id for e in draft.evidence if e.stance is not Stance.NEITHER}


def _evidence_strength(draft: Draft) -> tuple[Indicator, ...]:
    stated = [v for v in draft.verdicts if v.label is not Label.NOT_ENOUGH_INFO]
    confidence = sum(v.confidence for v in stated) / len(stated) if stated else 0.0
    verified, verdicts = sum(v.verified for v in draft.verdicts), len(draft.verdicts)
    spoken, claims = len(_spoken_of(draft)), len(draft.claims)
    fact = say_n(
        "mean confidence {confidence:.2f} over {n} stated verdict",
        "mean confidence {confidence:.2f} over {n} stated verdicts",
        len(stated),
        confidence=confidence,
    )
    return (
        _share(
            verified,
            verdicts,
            say("{part} of {whole} claims verified", part=verified, whole=verdicts),
            "claims",
        ),
        _share(
            spoken,
            claims,
            say("{part} of {whole} claims that other papers take a side on", part=spoken, whole=claims),
            "evidence",
        ),
        Indicator(confidence, fact, "whole"),
    )


def _citation_grounding(draft: Draft) -> tuple[Indicator, ...]:
    seen = Seen(draft)
    grounded, verdicts = sum(v.grounded for v in draft.verdicts), len(draft.verdicts)
    locked, evidence = sum(seen.stands(e.quote) for e in draft.evidence), len(draft.evidence)
    identified = sum(bool(p.doi or p.arxiv_id or p.acl_id) for p in seen.papers.values())
    papers = len(seen.papers)
    return (
        _share(
            grounded,
            verdicts,
            say("{part} of {whole} claims grounded", part=grounded, whole=verdicts),
            "claims",
        ),
        _share(
            locked,
            evidence,
            say(
                "{part} of {whole} evidence quotes found again at their offsets", part=locked, whole=evidence
            ),
            "evidence",
        ),
        _share(
            identified,
            papers,
            say("{part} of {whole} papers with a DOI, arXiv id or ACL id", part=identified, whole=papers),
            "whole",
        ),
    )


def _numerical_consistency(draft: Draft) -> tuple[Indicator, ...]:
    with_numbers = {c.claim_id for c in draft.claims if _NUMBER.search(c.text)}
    if not with_numbers:
        return (Indicator(0.5, say("no claim states a number"), "claims"),)
    disputed = {e.claim_id for e in draft.evidence if e.notes} & with_numbers
    agreeing = {e.claim_id for e in draft.evidence if not e.notes and e.stance is Stance.SUPPORTS}
    whole, undisputed = len(with_numbers), len(with_numbers - disputed)
    supported = len(with_numbers & agreeing)
    return (
        _share(
            undisputed,
            whole,
            say(
                "{part} of {whole} claims with numbers that no evidence disputes",
                part=undisputed,
                whole=whole,
            ),
            "claims",
        ),
        _share(
            supported,
            whole,
            say("{part} of {whole} claims with numbers that evidence supports", part=supported, whole=whole),
            "evidence",
        ),
    )


def _benchmark_validity(draft: Draft) -> tuple[Indicator, ...]:
    claims, named = len(draft.claims), sum(bool(names_in(c.judged)) for c in draft.claims)
    included = len(draft.papers)
    fact = say_n(
        "{n} paper read, {wanted} asked for",
        "{n} papers read, {wanted} asked for",
        included,
        wanted=_PAPERS_FOR_FULL_SCORE,
    )
    return (
        _share(
            named,
            claims,
            say("{part} of {whole} claims that name a dataset or model", part=named, whole=claims),
            "claims",
        ),
        _names_held(draft),
        Indicator(min(included / _PAPERS_FOR_FULL_SCORE, 1.0), fact, "whole"),
    )


def _names_held(draft: Draft) -> Indicator:
    asked = names_in(draft.question)
    if not asked:
        return Indicator(0.5, say("the question names no dataset or model"), "evidence")
    texts = "\n".join(s.text for p in draft.papers for s in p.paper.sections)
    found = sum(mentions_any((name,), texts) for name in asked)
    fact = say("{part} of {whole} names in the question that the papers hold", part=found, whole=len(asked))
    return _share(found, len(asked), fact, "evidence")


def _novelty(draft: Draft) -> tuple[Indicator, ...]:
    year, papers = int(draft.date[:4]), len(draft.papers)
    recent = sum(p.paper.year is not None and p.paper.year > year - _RECENT_YEARS for p in draft.papers)
    claims = len(draft.claims)
    stated = claims + sum(len(c.duplicates) for c in draft.claims)
    silent = claims - len(_spoken_of(draft))
    return (
        _share(
            claims,
            stated,
            say("{part} of {whole} claims that are not repetitions", part=claims, whole=stated),
            "claims",
        ),
        _share(
            silent,
            claims,
            say("{part} of {whole} claims that no other paper takes a side on", part=silent, whole=claims),
            "evidence",
        ),
        _share(
            recent,
            papers,
            say(
                "{part} of {whole} papers of the last {years} years",
                part=recent,
                whole=papers,
                years=_RECENT_YEARS,
            ),
            "whole",
        ),
    )


def _uncertainty_disclosure(draft: Draft) -> tuple[Indicator, ...]:
    ece, verdicts = draft.calibration.ece, len(draft.verdicts)
    covered = len(draft.answer.covered)
    asked = covered + len(draft.answer.not_covered)
    reasons = sum(bool(v.reason) for v in draft.verdicts)
    fact = say("expected calibration error {ece:.3f} on {n} held-out claims", ece=ece, n=draft.calibration.n)
    return (
        _share(
            reasons,
            verdicts,
            say(
                "{part} of {whole} verdicts with a stated reason and confidence", part=reasons, whole=verdicts
            ),
            "claims",
        ),
        Indicator(max(0.0, 1 - ece / _ECE_OF_ZERO_WORTH), fact, "evidence"),
        _share(
            covered,
            asked,
            say("{part} of {whole} phrases of the question that the papers cover", part=covered, whole=asked),
            "whole",
        ),
    )


def _reproducibility(draft: Draft) -> tuple[Indicator, ...]:
    queries, answered = len(draft.log), sum(entry.error is None for entry in draft.log)
    papers = len(draft.papers)
    linked = sum(bool(p.paper.doi or p.paper.arxiv_id or p.paper.url) for p in draft.papers)
    claims, locked = len(draft.claims), sum(c.quote is not None for c in draft.claims)
    return (
        _share(
            locked,
            claims,
            say("{part} of {whole} claims locked to a place in a paper", part=locked, whole=claims),
            "claims",
        ),
        _share(
            linked, papers, say("{part} of {whole} papers with a link", part=linked, whole=papers), "evidence"
        ),
        _share(
            answered,
            queries,
            say("{part} of {whole} queries answered", part=answered, whole=queries),
            "whole",
        ),
    )


def _safety(draft: Draft) -> tuple[Indicator, ...]:
    papers, standing = len(draft.papers), sum(not p.paper.retracted for p in draft.papers)
    disputed = sum(v.label in {Label.REFUTED, Label.CONFLICTING} for v in draft.verdicts)
    verdicts = len(draft.verdicts)
    agreed = verdicts - disputed
    reviewed = sum(_is_peer_reviewed(p.paper) for p in draft.papers)
    return (
        _share(
            agreed,
            verdicts,
            say("{part} of {whole} claims not contradicted", part=agreed, whole=verdicts),
            "claims",
        ),
        _share(
            standing,
            papers,
            say("{part} of {whole} papers not retracted", part=standing, whole=papers),
            "evidence",
        ),
        _share(
            reviewed,
            papers,
            say("{part} of {whole} papers published beyond a preprint server", part=reviewed, whole=papers),
            "whole",
        ),
    )


def _is_peer_reviewed(paper: Paper) -> bool:
    return bool(paper.venue) and "arxiv" not in (paper.venue or "").casefold()
