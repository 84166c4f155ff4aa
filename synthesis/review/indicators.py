"""What the reviewers look at: shares between 0 and 1 for each dimension, each with its counted fact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from synthesis.names import mentions_any, names_in
from synthesis.records import Draft, Label, Paper, Stance

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(r"\d")
_ECE_OF_ZERO_WORTH = 0.2  # a calibration error this large makes a confidence worthless
_PAPERS_FOR_FULL_SCORE = 10
_RECENT_YEARS = 5


class Indicator(NamedTuple):
    """A share between 0 and 1, the counted fact behind it, and the side it looks at."""

    value: float
    fact: str
    side: Literal["claims", "evidence", "whole"]


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


def _share(part: int, whole: int, what: str, side: Literal["claims", "evidence", "whole"]) -> Indicator:
    """``part`` of ``whole``; a share of nothing is 0, said so."""
    return Indicator(part / whole if whole else 0.0, f"{part} of {whole} {what}", side)


def _spoken_of(draft: Draft) -> set[str]:
    return {e.claim_id for e in draft.evidence if e.stance is not Stance.NEITHER}


def _evidence_strength(draft: Draft) -> tuple[Indicator, ...]:
    stated = [v for v in draft.verdicts if v.label is not Label.NOT_ENOUGH_INFO]
    confidence = sum(v.confidence for v in stated) / len(stated) if stated else 0.0
    return (
        _share(sum(v.verified for v in draft.verdicts), len(draft.verdicts), "claims verified", "claims"),
        _share(
            len(_spoken_of(draft)), len(draft.claims), "claims that other papers take a side on", "evidence"
        ),
        Indicator(
            confidence, f"mean confidence {confidence:.2f} over {len(stated)} stated verdicts", "whole"
        ),
    )


def _citation_grounding(draft: Draft) -> tuple[Indicator, ...]:
    papers = {p.paper.paper_id: p.paper for p in draft.papers}
    locked = sum(
        _is_locked(papers, e.paper_id, e.quote.section, e.quote.start, e.quote.text) for e in draft.evidence
    )
    identified = sum(bool(p.doi or p.arxiv_id or p.acl_id) for p in papers.values())
    return (
        _share(sum(v.grounded for v in draft.verdicts), len(draft.verdicts), "claims grounded", "claims"),
        _share(locked, len(draft.evidence), "evidence quotes found again at their offsets", "evidence"),
        _share(identified, len(papers), "papers with a DOI, arXiv id or ACL id", "whole"),
    )


def _is_locked(papers: Mapping[str, Paper], paper_id: str, section: int, start: int, text: str) -> bool:
    paper = papers.get(paper_id)
    return paper is not None and paper.sections[section].text[start : start + len(text)] == text


def _numerical_consistency(draft: Draft) -> tuple[Indicator, ...]:
    with_numbers = {c.claim_id for c in draft.claims if _NUMBER.search(c.text)}
    if not with_numbers:
        return (Indicator(0.5, "no claim states a number", "claims"),)
    disputed = {e.claim_id for e in draft.evidence if e.notes} & with_numbers
    agreeing = {e.claim_id for e in draft.evidence if not e.notes and e.stance is Stance.SUPPORTS}
    return (
        _share(
            len(with_numbers) - len(disputed),
            len(with_numbers),
            "claims with numbers that no evidence disputes",
            "claims",
        ),
        _share(
            len(with_numbers & agreeing),
            len(with_numbers),
            "claims with numbers that evidence supports",
            "evidence",
        ),
    )


def _benchmark_validity(draft: Draft) -> tuple[Indicator, ...]:
    named = sum(bool(names_in(c.judged)) for c in draft.claims)
    asked = names_in(draft.question)
    texts = "\n".join(s.text for p in draft.papers for s in p.paper.sections)
    found = sum(mentions_any((name,), texts) for name in asked)
    included = len(draft.papers)
    asked_for = (
        _share(found, len(asked), "names in the question that the papers hold", "evidence")
        if asked
        else Indicator(0.5, "the question names no dataset or model", "evidence")
    )
    return (
        _share(named, len(draft.claims), "claims that name a dataset or model", "claims"),
        asked_for,
        Indicator(
            min(included / _PAPERS_FOR_FULL_SCORE, 1.0),
            f"{included} papers read, {_PAPERS_FOR_FULL_SCORE} asked for",
            "whole",
        ),
    )


def _novelty(draft: Draft) -> tuple[Indicator, ...]:
    year = int(draft.date[:4])
    recent = sum(p.paper.year is not None and p.paper.year > year - _RECENT_YEARS for p in draft.papers)
    repeated = sum(len(c.duplicates) for c in draft.claims)
    silent = len(draft.claims) - len(_spoken_of(draft))
    return (
        _share(len(draft.claims), len(draft.claims) + repeated, "claims that are not repetitions", "claims"),
        _share(silent, len(draft.claims), "claims that no other paper takes a side on", "evidence"),
        _share(recent, len(draft.papers), f"papers of the last {_RECENT_YEARS} years", "whole"),
    )


def _uncertainty_disclosure(draft: Draft) -> tuple[Indicator, ...]:
    ece = draft.calibration.ece
    asked = len(draft.answer.covered) + len(draft.answer.not_covered)
    reasons = sum(bool(v.reason) for v in draft.verdicts)
    return (
        _share(reasons, len(draft.verdicts), "verdicts with a stated reason and confidence", "claims"),
        Indicator(
            max(0.0, 1 - ece / _ECE_OF_ZERO_WORTH),
            f"expected calibration error {ece:.3f} on {draft.calibration.n} held-out claims",
            "evidence",
        ),
        _share(len(draft.answer.covered), asked, "phrases of the question that the papers cover", "whole"),
    )


def _reproducibility(draft: Draft) -> tuple[Indicator, ...]:
    answered = sum(entry.error is None for entry in draft.log)
    linked = sum(bool(p.paper.doi or p.paper.arxiv_id or p.paper.url) for p in draft.papers)
    locked = sum(c.quote is not None for c in draft.claims)
    return (
        _share(locked, len(draft.claims), "claims locked to a place in a paper", "claims"),
        _share(linked, len(draft.papers), "papers with a link", "evidence"),
        _share(answered, len(draft.log), "queries answered", "whole"),
    )


def _safety(draft: Draft) -> tuple[Indicator, ...]:
    retracted = sum(p.paper.retracted for p in draft.papers)
    disputed = sum(v.label in {Label.REFUTED, Label.CONFLICTING} for v in draft.verdicts)
    reviewed = sum(_is_peer_reviewed(p.paper) for p in draft.papers)
    return (
        _share(len(draft.verdicts) - disputed, len(draft.verdicts), "claims not contradicted", "claims"),
        _share(len(draft.papers) - retracted, len(draft.papers), "papers not retracted", "evidence"),
        _share(reviewed, len(draft.papers), "papers published beyond a preprint server", "whole"),
    )


def _is_peer_reviewed(paper: Paper) -> bool:
    return bool(paper.venue) and "arxiv" not in (paper.venue or "").casefold()
