"""All records → the report: templates with counted facts, quotes with reference numbers, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import (
    Answer,
    AnswerGroup,
    Label,
    Methodology,
    Quote,
    Reference,
    Report,
    ReportedClaim,
    ReportedEvidence,
    Stance,
    Statement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthesis.records import (
        Calibration,
        Claim,
        Draft,
        Evidence,
        Paper,
        Provenance,
        Review,
        ScreenedPaper,
        SearchLogEntry,
        SearchQuery,
        Verdict,
    )

_CONTEXT_CHARS = 600  # words shown on either side of a quote
_LIMITATIONS = (
    "This report is a machine-generated literature synthesis and does not constitute original research.",
    "Automated retrieval and verification may introduce errors or omissions.",
    "Review scores reflect automated assessment, not human peer review.",
    "Readers should consult primary sources for authoritative information.",
)
_DEMO = (
    "Papers of the demo library are quoted from summaries that were written for it, not in their own words."
)


class Heading(NamedTuple):
    """What stands above the report, and how it was made."""

    title: str
    author: str
    kind: str  # "report" or "verification"
    stated: Mapping[str, str]  # claim_id → what a handed-in table said before


def build_report(
    heading: Heading,
    draft: Draft,
    review: Review,
    queries: Sequence[SearchQuery],
    provenance: Provenance,
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
            "abstract": _abstract(draft, review, numbers),
            "introduction": _introduction(draft, numbers),
            "methodology": _methodology(draft, review, queries),
            "results": _results(draft, review),
            "answer": _number_answer(draft.answer, numbers),
            "limitations": _limitations(draft, review),
            "claims": claims,
            "review": review,
            "references": references,
            "calibration": draft.calibration,
            "provenance": provenance,
        }
    )


# --------------------------------------------------------------------------- sentences with counted facts


def _say(text: str) -> Statement:
    return Statement(text=text)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _counted(draft: Draft, review: Review) -> tuple[Statement, ...]:
    """The counted sentences that every report of this form holds."""
    verified = sum(v.verified for v in draft.verdicts)
    return (
        _say(f"{_count(len(draft.papers), 'paper')} retrieved."),
        _say(f"{_count(len(draft.claims), 'claim')} extracted; {verified} independently verified."),
        _say(f"Quality review score: {review.consensus:.1f}/10."),
    )


def _abstract(draft: Draft, review: Review, numbers: Mapping[str, int]) -> tuple[Statement, ...]:
    """The question's best quotes, then the counted facts."""
    quotes = [
        statement.model_copy(update={"reference": numbers[statement.quote.paper_id]})
        for group in draft.answer.groups[:2]
        for statement in group.statements[:2]
        if statement.quote
    ]
    return (*quotes, *_counted(draft, review))


def _introduction(draft: Draft, numbers: Mapping[str, int]) -> tuple[Statement, ...]:
    examined = [p.paper for p in draft.papers if p.role == "examined"]
    statements = []
    if examined:
        titles = "; ".join(f"{p.title} [{numbers[p.paper_id]}]" for p in examined)
        noun = "This paper examines" if len(examined) == 1 else "These papers are examined"
        statements.append(_say(f"{noun}: {titles}."))
    if draft.question:
        statements.append(_say(f"Research question: {draft.question}"))
    return tuple(statements)


def _methodology(draft: Draft, review: Review, queries: Sequence[SearchQuery]) -> Methodology:
    searched = sorted({e.source for e in draft.log if e.error is None})
    lost = tuple(search_failures(draft.log))
    evidence_papers = sum(p.role == "evidence" for p in draft.papers)
    statements = [
        _say(
            f"Systematic literature search across {_count(len(searched), 'database')} "
            f"({', '.join(searched) or 'none'}) yielded {_count(len(draft.papers), 'paper')}."
        ),
        _say(
            f"{_count(sum(draft.flow.identified.values()), 'record')} identified; "
            f"{_count(draft.flow.duplicates_removed, 'duplicate')} removed; {draft.flow.screened} screened; "
            f"{sum(draft.flow.excluded.values())} excluded; {draft.flow.included} included."
        ),
    ]
    if evidence_papers:
        statements.append(
            _say(
                f"{_count(evidence_papers, 'further paper')} found by the claims' own queries gave evidence."
            )
        )
    statements += [
        _say("Claims were extracted from source material and verified against retrieved documents."),
        _say(_calibration_sentence(draft.calibration)),
        _say(
            f"An independent multi-reviewer assessment produced a quality score of {review.consensus:.1f}/10."
        ),
    ]
    return Methodology(
        statements=tuple(statements),
        queries=tuple(_shown_query(q) for q in queries),
        log=tuple(_shown_entry(e) for e in draft.log),
        flow=draft.flow,
        lost=lost,
    )


_ABSTRACT_QUERY = "the abstract of the examined paper"


def _shown_query(query: SearchQuery) -> SearchQuery:
    """A query as the reader sees it: a whole abstract is named, not printed again."""
    return (
        query.model_copy(update={"text": _ABSTRACT_QUERY}) if query.origin == "examined abstract" else query
    )


def _shown_entry(entry: SearchLogEntry) -> SearchLogEntry:
    return (
        entry.model_copy(update={"query": _ABSTRACT_QUERY}) if entry.origin == "examined abstract" else entry
    )


def _calibration_sentence(calibration: Calibration) -> str:
    risk = f"{calibration.risk:.0%}"
    if calibration.threshold is None:
        least = (
            f"; the least that this judge reaches is {calibration.least_risk:.0%}"
            if calibration.least_risk
            else ""
        )
        return f"No verdict is stated: no confidence reaches a risk of {risk} on {calibration.n} held-out claims{least}."
    return (
        f"A verdict is stated when its calibrated confidence is at least {calibration.threshold:.2f}, fitted "
        f"on held-out claims so that at most {risk} of stated verdicts are wrong; the others are "
        "NOT_ENOUGH_INFO."
    )


def _results(draft: Draft, review: Review) -> tuple[Statement, ...]:
    labels = {label: sum(v.label is label for v in draft.verdicts) for label in Label}
    found = ", ".join(f"{n} {label}" for label, n in labels.items())
    statements = [*_counted(draft, review), _say(f"Verdicts: {found}.")]
    grounded = sum(v.grounded for v in draft.verdicts)
    if any(c.quote for c in draft.claims):
        statements.append(
            _say(f"{grounded} of {len(draft.claims)} claims stand word for word in their paper.")
        )
    if review.agreement is not None:
        statements.append(
            _say(f"Agreement between reviewers (Krippendorff's alpha): {review.agreement:.2f}.")
        )
    return tuple(statements)


def _limitations(draft: Draft, review: Review) -> tuple[Statement, ...]:
    statements = [_say(text) for text in _LIMITATIONS]
    abstracts_only = sum(len(p.paper.sections) == 1 for p in draft.papers)
    if abstracts_only:
        statements.append(
            _say(f"Only the abstract of {abstracts_only} of {len(draft.papers)} papers was read.")
        )
    if any(p.paper.source == "demo" for p in draft.papers):
        statements.append(_say(_DEMO))
    statements.append(
        _say(
            f"Confidence was calibrated on {draft.calibration.fitted_on}; in other fields it may be less exact."
        )
    )
    statements += [_say(f"{e.source} was not fully searched: {e.error}.") for e in draft.log if e.error]
    if not review.publishable:
        reasons = " ".join(review.shortfalls)
        statements.append(_say(f"This report does not reach the threshold for publication. {reasons}"))
    return tuple(statements)


# --------------------------------------------------------------------------- references


def _references(draft: Draft) -> tuple[Reference, ...]:
    """Examined papers, then those quoted, in order of relevance; what is not quoted is not cited."""
    quoted = {s.quote.paper_id for g in draft.answer.groups for s in g.statements if s.quote}
    quoted |= {e.paper_id for e in draft.evidence if e.stance is not Stance.NEITHER}
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
    heading: Heading, draft: Draft, papers: Mapping[str, Paper], numbers: Mapping[str, int]
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
    heading: Heading,
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


def search_failures(log: Iterable[SearchLogEntry]) -> list[str]:
    """Sources that failed and what was lost, a line each."""
    return [f"{entry.source}: {entry.error}" for entry in log if entry.error is not None]
