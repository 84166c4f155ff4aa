"""All records → the report: templates with counted facts, quotes with reference numbers, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis import statements
from synthesis.answering.references import number_answer, quoted_papers
from synthesis.records import (
    Quote,
    Reference,
    Report,
    ReportedClaim,
    ReportedEvidence,
    ResultComparison,
    Stance,
)
from synthesis.terms import bracketed, fact_words, listed, notice_words
from synthesis.text_flags import flag_words
from synthesis.wording import say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from synthesis.records import (
        Changes,
        Claim,
        Draft,
        Evidence,
        Load,
        Measurement,
        Paper,
        Provenance,
        Review,
        ScreenedPaper,
        SearchQuery,
        Section,
        Span,
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
    comparisons: Sequence[ResultComparison] = (),
    loads: Sequence[Load] = (),
    changes: Changes | None = None,
) -> Report:
    """Lay the facts out in the form of the report; references are numbered in order of role and rank.

    ``comparisons`` come without reference numbers (``cross_paper``); they quote papers of the draft only.
    """
    papers = {p.paper.paper_id: p.paper for p in draft.papers}
    references = _references(draft, comparisons)
    numbers = {r.paper_id: r.number for r in references}
    claims = _claims(heading, draft, papers, numbers)
    compared = tuple(_number_comparisons(comparisons, numbers))
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
            "results": statements.results(heading, draft, review, compared),
            "answer": number_answer(draft.answer, numbers),
            "limitations": statements.limitations(draft, review),
            "claims": claims,
            "review": review,
            "references": references,
            "calibration": draft.calibration,
            "provenance": provenance,
            "measurements": tuple(measurements),
            "comparisons": compared,
            "loads": tuple(_number_loads(loads, numbers)),
            "changes": changes,
            "language": spoken(),
        }
    )


# --------------------------------------------------------------------------- references


def _references(draft: Draft, comparisons: Sequence[ResultComparison]) -> tuple[Reference, ...]:
    """Examined papers, then those quoted, in order of relevance; what is not quoted is not cited."""
    quoted = quoted_papers(draft.answer) | {p for row in draft.answer.coverage for p in row.paper_ids}
    quoted |= {e.paper_id for e in draft.evidence if _is_shown(e)}
    quoted |= {c.quote.paper_id for c in draft.claims if c.quote}
    quoted |= {row.quote.paper_id for comparison in comparisons for row in comparison.rows if row.quote}
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
        notes=tuple(_notes(paper)),
    )


def _notes(paper: Paper) -> Iterator[str]:
    """Notices of the databases, facts that they state differently, and how well the text was read."""
    for notice in paper.notices:
        detail = bracketed([notice.detail] if notice.detail else [])
        yield say(
            "{notice}{detail}, says {source}",
            notice=notice_words(notice.kind),
            detail=detail,
            source=notice.source,
        )
    for conflict in paper.conflicts:
        stated = listed(f"{value} ({source})" for source, value in conflict.values)
        yield say("{fact} is stated differently: {stated}", fact=fact_words(conflict.field), stated=stated)
    if paper.flags:
        flags = listed(map(flag_words, paper.flags))
        yield say("text read with quality {quality}: {flags}", quality=f"{paper.quality:.2f}", flags=flags)


def paper_link(paper: Paper) -> str | None:
    """The versioned arXiv link, else the DOI link, else the paper's own page."""
    if paper.arxiv_id:
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        return f"https://arxiv.org/abs/{paper.arxiv_id}{version}"
    if paper.doi:
        return f"https://doi.org/{paper.doi}"
    return paper.url


def _number_comparisons(
    comparisons: Iterable[ResultComparison], numbers: Mapping[str, int]
) -> Iterator[ResultComparison]:
    for comparison in comparisons:
        rows = tuple(
            row.model_copy(update={"reference": numbers[row.quote.paper_id]}) if row.quote else row
            for row in comparison.rows
        )
        yield comparison.model_copy(update={"rows": rows})


def _number_loads(loads: Iterable[Load], numbers: Mapping[str, int]) -> Iterator[Load]:
    for load in loads:
        yield load.model_copy(update={"reference": numbers.get(load.paper_id)})


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
        standalone=claim.standalone if claim.judged != claim.text else None,
        n_papers=verdict.n_papers,
        n_groups=verdict.n_groups,
        caps=verdict.caps,
    )


def _origin(claim: Claim, papers: Mapping[str, Paper], numbers: Mapping[str, int]) -> ReportedEvidence | None:
    quote = claim.quote
    if quote is None or quote.paper_id not in papers:
        return None
    return ReportedEvidence(
        reference=numbers[quote.paper_id],
        quote=quote,
        stance=Stance.SUPPORTS,
        confidence=1.0,
        **_surroundings(quote, papers[quote.paper_id].sections[quote.section])._asdict(),
    )


def _is_shown(evidence: Evidence) -> bool:
    """Evidence that takes a side, or that would but for numbers which disagree; silent passages are counted only."""
    return evidence.stance is not Stance.NEITHER or bool(evidence.notes)


def _shown(
    evidence: Sequence[Evidence], papers: Mapping[str, Paper], numbers: Mapping[str, int]
) -> tuple[ReportedEvidence, ...]:
    """The evidence that is shown, surest first."""
    return tuple(
        ReportedEvidence(
            reference=numbers[e.paper_id],
            quote=e.quote,
            stance=e.stance,
            confidence=e.confidence,
            notes=e.notes,
            group=e.group,
            **_surroundings(e.quote, papers[e.paper_id].sections[e.quote.section], e.context)._asdict(),
        )
        for e in sorted(filter(_is_shown, evidence), key=lambda e: (-e.confidence, e.rank))
    )


class _Surroundings(NamedTuple):
    """Where a quote stands, and the words around it."""

    before: str
    after: str
    section: str
    page: int | None


def _surroundings(quote: Quote, section: Section, context: Span | None = None) -> _Surroundings:
    """The words of the section around a quote, within ``context``."""
    start, end = (context.start, context.end) if context else (0, None)
    return _Surroundings(
        before=_last_words(section.text[start : quote.start]),
        after=_first_words(section.text[quote.end : end]),
        section=section.title,
        page=section.page_at(quote.start),
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
