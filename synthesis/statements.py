"""The sentences that a report says itself: templates with counted facts, never anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import NO_ANSWER, Label, Methodology, Stance, Statement
from synthesis.result_relations import is_stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synthesis.records import (
        Calibration,
        Draft,
        FetchAttempt,
        Flow,
        ResultComparison,
        Review,
        SearchLogEntry,
        SearchQuery,
    )

_LIMITATIONS = (
    "This report is a machine-generated literature synthesis and does not constitute original research.",
    "Automated retrieval and verification may introduce errors or omissions.",
    "Review scores reflect automated assessment, not human peer review.",
    "Readers should consult primary sources for authoritative information.",
)
_READING = (
    "Confidence is the calibrated probability that the label shown is right; a mark of verified means that at least "
    "one paper other than the claim's own, and independent of it, supports it at the stated risk."
)
_INDEPENDENCE = (
    "Papers that are versions of one work, share a first or last author or half of their authors, or hold near-duplicate "
    "text are one group and count once; the group of a claim's own paper cannot verify it."
)
_WELL_READ = 0.8  # parse quality below which the reader is told
_DEMO = (
    "Papers of the demo library are quoted from summaries that were written for it, not in their own words."
)


class Heading(NamedTuple):
    """What stands above the report, and how it was made."""

    title: str
    author: str
    kind: str  # "report" or "verification"
    stated: Mapping[str, str]  # claim_id → what a handed-in table said before


def _say(text: str) -> Statement:
    return Statement(text=text)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _counted(heading: Heading, draft: Draft, review: Review) -> tuple[Statement, ...]:
    """The counted sentences that every report of this form holds."""
    verified = sum(v.verified for v in draft.verdicts)
    how = "handed in" if heading.kind == "verification" else "extracted"
    return (
        _say(f"{_count(len(draft.papers), 'paper')} retrieved."),
        _say(f"{_count(len(draft.claims), 'claim')} {how}; {verified} independently verified."),
        _say(f"Quality review score: {review.consensus:.1f}/10."),
        *_by_groups(draft),
    )


def _by_groups(draft: Draft) -> tuple[Statement, ...]:
    """How many of the verified claims rest on one independent group of papers, and how many on several."""
    verified = [v.claim_id for v in draft.verdicts if v.verified]
    if not verified:
        return ()
    supporting = {
        claim_id: {
            e.group
            for e in draft.evidence
            if e.claim_id == claim_id and e.stance is Stance.SUPPORTS and e.decides and e.group
        }
        for claim_id in verified
    }
    several = sum(len(groups) > 1 for groups in supporting.values())
    noun = "the verified claim" if len(verified) == 1 else f"the {len(verified)} verified claims"
    return (
        _say(
            f"Of {noun}, {len(verified) - several} {_is_or_are(len(verified) - several)} supported by one independent "
            f"group of papers and {several} by two or more."
        ),
    )


def _is_or_are(number: int) -> str:
    return "is" if number == 1 else "are"


def abstract(
    heading: Heading, draft: Draft, review: Review, numbers: Mapping[str, int]
) -> tuple[Statement, ...]:
    """The question's best quotes, then the counted facts."""
    quotes = [
        statement.model_copy(update={"reference": numbers[statement.quote.paper_id]})
        for group in draft.answer.groups[:2]
        for statement in group.statements[:2]
        if statement.quote and heading.kind == "report"
    ]
    return (*quotes, *_counted(heading, draft, review))


def introduction(heading: Heading, draft: Draft, numbers: Mapping[str, int]) -> tuple[Statement, ...]:
    """What is examined, and the research question, word for word."""
    examined = [p.paper for p in draft.papers if p.role == "examined"]
    statements = []
    if heading.kind == "verification":
        handed_in = _count(len(draft.claims), "claim")
        statements.append(_say(f"{handed_in} handed in, each read against the literature found for it."))
    if examined:
        titles = "; ".join(f"{p.title} [{numbers[p.paper_id]}]" for p in examined)
        noun = "This paper examines" if len(examined) == 1 else "These papers are examined"
        statements.append(_say(f"{noun}: {titles}."))
    if draft.question:
        statements.append(_say(f"Research question: {draft.question}"))
    return tuple(statements)


def methodology(
    heading: Heading, draft: Draft, review: Review, queries: Sequence[SearchQuery]
) -> Methodology:
    """How the report was made: databases, counts per step, what was lost, when a verdict is stated."""
    searched = sorted({e.source for e in draft.log if e.error is None})
    lost = tuple(search_failures(draft.log, draft.attempts))
    evidence_papers = sum(p.role == "evidence" for p in draft.papers)
    statements = [
        _say(
            f"Systematic literature search across {_count(len(searched), 'database')} "
            f"({', '.join(searched) or 'none'}) yielded {_count(len(draft.papers), 'paper')}."
        )
    ]
    if heading.kind == "report":
        statements.append(_say(_flow_sentence(draft.flow)))
    if draft.flow.sought:
        statements.append(_say(_texts_sentence(draft.flow)))
    statements += [_say(sentence) for sentence in draft.completeness]
    if evidence_papers:
        statements.append(
            _say(
                f"{_count(evidence_papers, 'further paper')} found by the claims' own queries gave evidence."
            )
        )
    statements += [
        _say("Claims were extracted from source material and verified against retrieved documents."),
        _say(_INDEPENDENCE),
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
        texts_lost=draft.flow.not_retrieved.get(NO_ANSWER, 0),
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


def _flow_sentence(flow: Flow) -> str:
    return (
        f"{_count(sum(flow.identified.values()), 'record')} identified; "
        f"{_count(flow.duplicates_removed, 'duplicate')} removed; {flow.screened} screened; "
        f"{sum(flow.excluded.values())} excluded; {flow.included} included."
    )


_FORMS = {"latex": "LaTeX", "html": "HTML", "jats": "JATS", "pdf": "PDF"}


def _texts_sentence(flow: Flow) -> str:
    """Reports sought for retrieval, retrieved and not retrieved, in PRISMA 2020 terms."""
    read = ", ".join(f"{n} {_FORMS[form]}" for form, n in flow.retrieved.items())
    missing = ", ".join(f"{n} {reason}" for reason, n in flow.not_retrieved.items())
    return (
        f"Full text sought for {_count(flow.sought, 'paper')}; {sum(flow.retrieved.values())} read"
        f"{f' ({read})' if read else ''}; {sum(flow.not_retrieved.values())} not retrieved"
        f"{f' ({missing})' if missing else ''}."
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


def results(
    heading: Heading, draft: Draft, review: Review, comparisons: Sequence[ResultComparison] = ()
) -> tuple[Statement, ...]:
    """The counted sentences, verdicts by label, grounding, results compared, agreement of the reviewers."""
    labels = {label: sum(v.label is label for v in draft.verdicts) for label in Label}
    found = ", ".join(f"{n} {label}" for label, n in labels.items())
    statements = [*_counted(heading, draft, review), _say(f"Verdicts: {found}.")]
    grounded = sum(v.grounded for v in draft.verdicts)
    statements.append(_say(_READING))
    if any(c.quote for c in draft.claims):
        statements.append(
            _say(f"{grounded} of {len(draft.claims)} claims stand word for word in their paper.")
        )
    if comparisons:
        statements.append(_say(_compared(comparisons)))
    if review.agreement is not None:
        statements.append(
            _say(f"Agreement between reviewers (Krippendorff's alpha): {review.agreement:.2f}.")
        )
    return tuple(statements)


def _compared(comparisons: Sequence[ResultComparison]) -> str:
    others = [row for c in comparisons for row in c.rows if not is_stated(row, c)]
    counted = ", ".join(
        f"{n} {word}"
        for word in ("same", "close", "different")
        if (n := sum(row.relation == word for row in others))
    )
    measures = _count(len(comparisons), "measure")
    found = f": {counted}" if counted else ""
    return f"For {measures} that claims report, other papers report numbers on the same data set{found}."


def limitations(draft: Draft, review: Review) -> tuple[Statement, ...]:
    """What a reader should mind: standing caveats, and those of this run."""
    statements = [_say(text) for text in _LIMITATIONS]
    abstracts_only = sum(p.paper.form is None and len(p.paper.sections) == 1 for p in draft.papers)
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
    statements += [_say(f"{e.source} was not fully searched: {e.note}.") for e in draft.log if e.incomplete]
    badly_read = [p.paper for p in draft.papers if p.paper.quality < _WELL_READ]
    if badly_read:
        statements.append(
            _say(
                f"The text of {_count(len(badly_read), 'paper')} could be read in part only; evidence from there weighs "
                "less."
            )
        )
    if not review.publishable:
        reasons = " ".join(review.shortfalls)
        statements.append(_say(f"This report does not reach the threshold for publication. {reasons}"))
    return tuple(statements)


def search_failures(log: Iterable[SearchLogEntry], attempts: Iterable[FetchAttempt] = ()) -> list[str]:
    """Sources and hosts that failed and what was lost, a line each."""
    failed = [f"{entry.source}: {entry.error}" for entry in log if entry.error is not None]
    failed += [f"{entry.source}: {entry.note}" for entry in log if entry.incomplete]
    unanswered: dict[str, list[FetchAttempt]] = {}
    attempts = list(attempts)
    read = {attempt.paper_id for attempt in attempts if attempt.outcome == "read"}
    for attempt in attempts:
        if attempt.outcome == "unreachable" and attempt.paper_id not in read:
            unanswered.setdefault(attempt.host, []).append(attempt)
    return failed + [
        f"{host}: {tries[0].detail or 'no answer'} ({_count(len({t.paper_id for t in tries}), 'full text')} not fetched "
        "there)"
        for host, tries in unanswered.items()
    ]
