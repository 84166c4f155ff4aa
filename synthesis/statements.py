"""The sentences that a report says itself: templates with counted facts, never anything else.

Each is a whole sentence of the spoken language (``wording``). Where one counts several things, its places hold noun
phrases or clauses that stand on their own ("3 duplicates removed"), so that no language needs to bend them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.records import NO_ANSWER, Label, Methodology, Stance, Statement
from synthesis.result_relations import is_stated
from synthesis.terms import bracketed, label_name, listed, listed_apart, reason_words, relation_words
from synthesis.wording import say, say_n

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


class Heading(NamedTuple):
    """What stands above the report, and how it was made."""

    title: str
    author: str
    kind: str  # "report" or "verification"
    stated: Mapping[str, str]  # claim_id → what a handed-in table said before


def _say(text: str) -> Statement:
    return Statement(text=text)


def _papers(n: int) -> str:
    return say_n("{n} paper", "{n} papers", n)


def verification_title(name: str) -> str:
    """The title of a verification of what is called ``name``; a verification's own title stays as it is."""
    before, _, after = say("Verification of {name}", name="\0").partition("\0")
    return name if name.startswith(before) and name.endswith(after) else f"{before}{name}{after}"


def _counted(heading: Heading, draft: Draft, review: Review) -> tuple[Statement, ...]:
    """The counted sentences that every report of this form holds."""
    return (
        _say(say_n("{n} paper retrieved.", "{n} papers retrieved.", len(draft.papers))),
        _say(_counted_claims(heading, draft)),
        _say(say("Quality review score: {score}/10.", score=f"{review.consensus:.1f}")),
        *_by_groups(draft),
    )


def _counted_claims(heading: Heading, draft: Draft) -> str:
    n, verified = len(draft.claims), sum(v.verified for v in draft.verdicts)
    if heading.kind == "verification":
        return say_n(
            "{n} claim handed in; {verified} independently verified.",
            "{n} claims handed in; {verified} independently verified.",
            n,
            verified=verified,
        )
    return say_n(
        "{n} claim extracted; {verified} independently verified.",
        "{n} claims extracted; {verified} independently verified.",
        n,
        verified=verified,
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
    if len(verified) == 1:
        sentence = say_n(
            "Of the verified claim, {n} is supported by one independent group of papers and {several} by two or more.",
            "Of the verified claim, {n} are supported by one independent group of papers and {several} by two or more.",
            1 - several,
            several=several,
        )
    else:
        sentence = say_n(
            "Of the {verified} verified claims, {n} is supported by one independent group of papers and {several} by two "
            "or more.",
            "Of the {verified} verified claims, {n} are supported by one independent group of papers and {several} by two "
            "or more.",
            len(verified) - several,
            verified=len(verified),
            several=several,
        )
    return (_say(sentence),)


def abstract(
    heading: Heading, draft: Draft, review: Review, numbers: Mapping[str, int]
) -> tuple[Statement, ...]:
    """The question's best quotes, each once, then the counted facts; what contradicts claims is no answer."""
    quotes = {
        statement.quote.sha256: statement.model_copy(update={"reference": numbers[statement.quote.paper_id]})
        for group in [group for group in draft.answer.groups if group.side is None][:2]
        for statement in group.statements[:2]
        if statement.quote and heading.kind == "report"
    }
    return (*quotes.values(), *_counted(heading, draft, review))


def introduction(heading: Heading, draft: Draft, numbers: Mapping[str, int]) -> tuple[Statement, ...]:
    """What is examined, and the research question, word for word."""
    examined = [p.paper for p in draft.papers if p.role == "examined"]
    statements = []
    if heading.kind == "verification":
        statements.append(
            _say(
                say_n(
                    "{n} claim handed in, each read against the literature found for it.",
                    "{n} claims handed in, each read against the literature found for it.",
                    len(draft.claims),
                )
            )
        )
    if examined:
        titles = listed_apart(f"{p.title} [{numbers[p.paper_id]}]" for p in examined)
        statements.append(
            _say(
                say("This paper examines: {titles}.", titles=titles)
                if len(examined) == 1
                else say("These papers are examined: {titles}.", titles=titles)
            )
        )
    if draft.question:
        statements.append(_say(say("Research question: {question}", question=draft.question)))
    return tuple(statements)


def methodology(
    heading: Heading, draft: Draft, review: Review, queries: Sequence[SearchQuery]
) -> Methodology:
    """How the report was made: databases, counts per step, what was lost, when a verdict is stated."""
    searched = sorted({e.source for e in draft.log if e.error is None})
    lost = tuple(search_failures(draft.log, draft.attempts))
    evidence_papers = sum(p.role == "evidence" for p in draft.papers)
    statements = [_say(_search_sentence(searched, len(draft.papers)))]
    if heading.kind == "report":
        statements.append(_say(_flow_sentence(draft.flow)))
    if draft.flow.sought:
        statements.append(_say(_texts_sentence(draft.flow)))
    statements += [_say(sentence) for sentence in draft.completeness]
    if evidence_papers:
        statements.append(
            _say(
                say_n(
                    "{n} further paper found by the claims' own queries gave evidence.",
                    "{n} further papers found by the claims' own queries gave evidence.",
                    evidence_papers,
                )
            )
        )
    statements += [
        _say(say("Claims were extracted from source material and verified against retrieved documents.")),
        _say(_independence_sentence()),
        _say(_calibration_sentence(draft.calibration)),
        _say(
            say(
                "An independent multi-reviewer assessment produced a quality score of {score}/10.",
                score=f"{review.consensus:.1f}",
            )
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


def _search_sentence(searched: Sequence[str], n_papers: int) -> str:
    return say_n(
        "Systematic literature search across {n} database ({names}) yielded {papers}.",
        "Systematic literature search across {n} databases ({names}) yielded {papers}.",
        len(searched),
        names=listed(searched) or say("none"),
        papers=_papers(n_papers),
    )


def _independence_sentence() -> str:
    return say(
        "Papers that are versions of one work, share a first or last author or half of their authors, or hold "
        "near-duplicate text are one group and count once; the group of a claim's own paper cannot verify it."
    )


def _shown_query(query: SearchQuery) -> SearchQuery:
    """A query as the reader sees it: a whole abstract is named, not printed again."""
    return query.model_copy(update={"text": _shown_text(query.text, query.origin)})


def _shown_entry(entry: SearchLogEntry) -> SearchLogEntry:
    return entry.model_copy(update={"query": _shown_text(entry.query, entry.origin)})


def _shown_text(text: str, origin: str) -> str:
    return say("the abstract of the examined paper") if origin == "examined abstract" else text


def _flow_sentence(flow: Flow) -> str:
    removed = flow.duplicates_removed
    return say(
        "{identified}; {removed}; {screened} screened; {excluded} excluded; {included} included.",
        identified=say_n("{n} record identified", "{n} records identified", sum(flow.identified.values())),
        removed=say_n("{n} duplicate removed", "{n} duplicates removed", removed),
        screened=flow.screened,
        excluded=sum(flow.excluded.values()),
        included=flow.included,
    )


_FORMS = {"latex": "LaTeX", "html": "HTML", "jats": "JATS", "pdf": "PDF"}


def _texts_sentence(flow: Flow) -> str:
    """Reports sought for retrieval, retrieved and not retrieved, in PRISMA 2020 terms."""
    return say_n(
        "Full text sought for {n} paper; {read} read{forms}; {missing} not retrieved{reasons}.",
        "Full text sought for {n} papers; {read} read{forms}; {missing} not retrieved{reasons}.",
        flow.sought,
        read=sum(flow.retrieved.values()),
        forms=bracketed(f"{n} {_FORMS[form]}" for form, n in flow.retrieved.items()),
        missing=sum(flow.not_retrieved.values()),
        reasons=bracketed(_numbered(n, reason_words(reason)) for reason, n in flow.not_retrieved.items()),
    )


def _numbered(n: int, what: str) -> str:
    """A number and what it counts, in an enumeration."""
    return say("{n} {what}", n=n, what=what)


def _calibration_sentence(calibration: Calibration) -> str:
    risk = f"{calibration.risk:.0%}"
    if calibration.threshold is not None:
        return say(
            "A verdict is stated when its calibrated confidence is at least {threshold}, fitted on held-out claims so "
            "that at most {risk} of stated verdicts are wrong; the others are {nothing}.",
            threshold=f"{calibration.threshold:.2f}",
            risk=risk,
            nothing=label_name(Label.NOT_ENOUGH_INFO),
        )
    if not calibration.least_risk:
        return say(
            "No verdict is stated: no confidence reaches a risk of {risk} on {claims} held-out claims.",
            risk=risk,
            claims=calibration.n,
        )
    return say(
        "No verdict is stated: no confidence reaches a risk of {risk} on {claims} held-out claims; the least that this "
        "judge reaches is {least}.",
        risk=risk,
        claims=calibration.n,
        least=f"{calibration.least_risk:.0%}",
    )


def results(
    heading: Heading, draft: Draft, review: Review, comparisons: Sequence[ResultComparison] = ()
) -> tuple[Statement, ...]:
    """The counted sentences, verdicts by label, grounding, results compared, agreement of the reviewers."""
    found = [_numbered(sum(v.label is label for v in draft.verdicts), label_name(label)) for label in Label]
    statements = [
        *_counted(heading, draft, review),
        _say(say("Verdicts: {counts}.", counts=listed(found))),
        _say(_reading_sentence()),
    ]
    if any(c.quote for c in draft.claims):
        statements.append(_say(_grounded_sentence(draft)))
    if comparisons:
        statements.append(_say(_compared(comparisons)))
    if review.agreement is not None:
        agreement = f"{review.agreement:.2f}"
        statements.append(
            _say(say("Agreement between reviewers (Krippendorff's alpha): {alpha}.", alpha=agreement))
        )
    return tuple(statements)


def _reading_sentence() -> str:
    return say(
        "Confidence is the calibrated probability that the label shown is right; a mark of verified means that at least "
        "one paper other than the claim's own, and independent of it, supports it at the stated risk."
    )


def _grounded_sentence(draft: Draft) -> str:
    return say(
        "{grounded} of {claims} claims stand word for word in their paper.",
        grounded=sum(v.grounded for v in draft.verdicts),
        claims=len(draft.claims),
    )


def _compared(comparisons: Sequence[ResultComparison]) -> str:
    others = [row for c in comparisons for row in c.rows if not is_stated(row, c)]
    counts = {word: sum(row.relation == word for row in others) for word in ("same", "close", "different")}
    if not any(counts.values()):
        return say_n(
            "For {n} measure that claims report, other papers report numbers on the same data set.",
            "For {n} measures that claims report, other papers report numbers on the same data set.",
            len(comparisons),
        )
    return say_n(
        "For {n} measure that claims report, other papers report numbers on the same data set: {counts}.",
        "For {n} measures that claims report, other papers report numbers on the same data set: {counts}.",
        len(comparisons),
        counts=listed(_numbered(n, relation_words(word)) for word, n in counts.items() if n),
    )


def limitations(draft: Draft, review: Review) -> tuple[Statement, ...]:
    """What a reader should mind: standing caveats, and those of this run."""
    statements = [_say(limitation.text) for limitation in draft.limitations]
    if not review.publishable:
        threshold = say("This report does not reach the threshold for publication.")
        statements.append(_say(" ".join((threshold, *review.shortfalls))))
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
    return failed + [_unanswered_host(host, tries) for host, tries in unanswered.items()]


def _unanswered_host(host: str, tries: Sequence[FetchAttempt]) -> str:
    return say_n(
        "{host}: {error} ({n} full text not fetched there)",
        "{host}: {error} ({n} full texts not fetched there)",
        len({attempt.paper_id for attempt in tries}),
        host=host,
        error=tries[0].detail or say("no answer"),
    )
