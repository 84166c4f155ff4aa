"""All records → the report: templates with counted facts, quotes with reference numbers, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis import statements
from synthesis.records import (
    Answer,
    AnswerGroup,
    Quote,
    Reference,
    Report,
    ReportedClaim,
    ReportedEvidence,
    Stance,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthesis.records import (
        Claim,
        Draft,
        Evidence,
        Measurement,
        Paper,
        Provenance,
        Review,
        ScreenedPaper,
        SearchQuery,
        Verdict,
    )

_CONTEXT_CHARS = 600  # words shown on either side of a quote


def build_report(
    heading: statements.Heading,
    draft: Draft,
    review: Review,
    queries: Sequence[SearchQuery],
    provenance: Provenance,
    measurements: Sequence[Measurement] = (),
) -> Report:
    """Lay the facts out in the form of the report; references are numbered in order of role and rank."""
    papers = {p.paper.paper_id: p.paper for p in draft.papers}
    references = _references(draft)
    numbers = {r.paper_id: r.number for r in references}
    claims = _claims(heading, draft, papers, numbers)
    return Report.model_validate(
        {
            "kind": heading.kind,
            "title": heading.title,
            "author": heading.author,
            "date": draft.date,
            "question": draft.question,
            "abstract": statements.abstract(heading, draft, review, numbers),
            "introduction": statements.introduction(heading, draft, numbers),
            "methodology": statements.methodology(heading, draft, review, queries),
            "results": statements.results(heading, draft, review),
            "answer": _number_answer(draft.answer, numbers),
            "limitations": statements.limitations(draft, review),
            "claims": claims,
            "review": review,
            "references": references,
            "calibration": draft.calibration,
            "provenance": provenance,
            "measurements": tuple(measurements),
        }
    )


# --------------------------------------------------------------------------- references


def _references(draft: Draft) -> tuple[Reference, ...]:
    """Examined papers, then those quoted, in order of relevance; what is not quoted is not cited."""
    quoted = {s.quote.paper_id for g in draft.answer.groups for s in g.statements if s.quote}
    quoted |= {e.paper_id for e in draft.evidence if e.stance is not Stance.NEITHER}
    quoted |= {c.quote.paper_id for c in draft.claims if c.quote}
    shown = [p for p in draft.papers if p.role in {"examined", "included"} or p.paper.paper_id in quoted]
    return tuple(_reference(number, p) for number, p in enumerate(shown, start=1))


def _reference(number: int, screened: ScreenedPaper) -> Reference:
    paper = screened.paper
    return Reference(
        number=number,
        paper_id=paper.paper_id,
        title=paper.title,
        authors=paper.authors,
        year=paper.year,
        venue=paper.venue,
        url=paper_link(paper),
        doi=paper.doi,
        arxiv_id=paper.arxiv_id,
        role=screened.role,
        retracted=paper.retracted,
    )


def paper_link(paper: Paper) -> str | None:
    """The versioned arXiv link, else the DOI link, else the paper's own page."""
    if paper.arxiv_id:
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        return f"https://arxiv.org/abs/{paper.arxiv_id}{version}"
    if paper.doi:
        return f"https://doi.org/{paper.doi}"
    return paper.url


def _number_answer(answer: Answer, numbers: Mapping[str, int]) -> Answer:
    groups = tuple(
        AnswerGroup(
            heading=group.heading,
            statements=tuple(
                s.model_copy(update={"reference": numbers[s.quote.paper_id]}) if s.quote else s
                for s in group.statements
            ),
        )
        for group in answer.groups
    )
    return answer.model_copy(update={"groups": groups})


# --------------------------------------------------------------------------- claims


def _claims(
    heading: statements.Heading, draft: Draft, papers: Mapping[str, Paper], numbers: Mapping[str, int]
) -> Iterable[ReportedClaim]:
    verdicts = {v.claim_id: v for v in draft.verdicts}
    for number, claim in enumerate(draft.claims, start=1):
        evidence = [e for e in draft.evidence if e.claim_id == claim.claim_id]
        yield _reported(
            number,
            claim,
            verdicts[claim.claim_id],
            heading,
            _shown(evidence, papers, numbers),
            papers,
            numbers,
        )


def _reported(
    number: int,
    claim: Claim,
    verdict: Verdict,
    heading: statements.Heading,
    evidence: tuple[ReportedEvidence, ...],
    papers: Mapping[str, Paper],
    numbers: Mapping[str, int],
) -> ReportedClaim:
    return ReportedClaim(
        number=number,
        text=claim.text,
        kind=claim.kind,
        label=verdict.label,
        leaning=verdict.leaning,
        verified=verdict.verified,
        grounded=verdict.grounded,
        confidence=verdict.confidence,
        reason=verdict.reason,
        origin=_origin(claim, papers, numbers),
        evidence=evidence,
        stated=heading.stated.get(claim.claim_id),
    )


def _origin(claim: Claim, papers: Mapping[str, Paper], numbers: Mapping[str, int]) -> ReportedEvidence | None:
    quote = claim.quote
    if quote is None or quote.paper_id not in papers:
        return None
    return _in_context(quote, 0, None, papers[quote.paper_id], numbers[quote.paper_id], Stance.SUPPORTS, 1.0)


def _shown(
    evidence: Sequence[Evidence], papers: Mapping[str, Paper], numbers: Mapping[str, int]
) -> tuple[ReportedEvidence, ...]:
    """Evidence that takes a side, surest first; silent passages are counted in the reason, not shown."""
    sided = [e for e in evidence if e.stance is not Stance.NEITHER]
    return tuple(
        _in_context(
            e.quote,
            e.context.start,
            e.context.end,
            papers[e.paper_id],
            numbers[e.paper_id],
            e.stance,
            e.confidence,
            e.notes,
        )
        for e in sorted(sided, key=lambda e: (-e.confidence, e.rank))
    )


def _in_context(
    quote: Quote,
    start: int,
    end: int | None,
    paper: Paper,
    reference: int,
    stance: Stance,
    confidence: float,
    notes: tuple[str, ...] = (),
) -> ReportedEvidence:
    section = paper.sections[quote.section]
    return ReportedEvidence(
        reference=reference,
        quote=quote,
        before=_last_words(section.text[start : quote.start]),
        after=_first_words(section.text[quote.end : end]),
        section=section.title,
        page=section.page,
        stance=stance,
        confidence=confidence,
        notes=notes,
    )


def _last_words(text: str) -> str:
    """At most ``_CONTEXT_CHARS`` from the end, never cut inside a word."""
    if len(text) <= _CONTEXT_CHARS:
        return text
    cut = text[-_CONTEXT_CHARS:]
    return cut[cut.find(" ") + 1 :]


def _first_words(text: str) -> str:
    """At most ``_CONTEXT_CHARS`` from the start, never cut inside a word."""
    if len(text) <= _CONTEXT_CHARS:
        return text
    cut = text[:_CONTEXT_CHARS]
    return cut[: cut.rfind(" ")] if " " in cut else cut
