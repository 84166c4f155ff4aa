"""The record as data for the PDF's template: every text clean, with what is regrouped for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthesis.records import Label, Record, Stance
from synthesis.rendering import fonts
from synthesis.rendering.answering import (
    aspect_title,
    coverage_rows,
    has_answer,
    side_counts,
)
from synthesis.rendering.changing import load_rows, shown_changes
from synthesis.rendering.layout import (
    citations,
    claim_words,
    compared_rows,
    comparing,
    comparison_title,
    confidence_words,
    contradictions,
    counted,
    counted_papers,
    group_words,
    sides,
)
from synthesis.rendering.pdf_words import words
from synthesis.rendering.reviewing import (
    consensus_sentence,
    finding_rows,
    revision_rows,
    score_rows,
    standing,
    weights,
)
from synthesis.rendering.text import inline, safe_url
from synthesis.terms import (
    dimension_words,
    kind_words,
    label_words,
    listed_apart,
    mandate_words,
    origin_words,
    reason_words,
    reviewer_words,
    source_words,
)
from synthesis.wording import direction, say, say_n

if TYPE_CHECKING:
    from synthesis.records import Answer, Report, ReportedClaim, ReportedEvidence

_LONGEST_WORD_CHARS = 60  # a longer run without blanks may break anywhere, else it would leave the page
_ZERO_WIDTH_SPACE = "\u200b"


def page(report: Report) -> dict[str, Any]:
    """The report for the template, with the words that it is set in."""
    data: dict[str, Any] = _clean(report)
    data["words"] = words()
    data["direction"] = direction(report.language)
    data["families"] = fonts.families(report.language)
    data["cite"] = {str(number): _clean(text) for number, text in citations(report).items()}
    data["answer"] = _answer(report.answer)
    data["changed"] = _clean(shown_changes(report))
    data["load_rows"] = _clean(load_rows(report))
    data["review"] = _review(report)
    data["claims"] = [_claim(claim) for claim in report.claims]
    data |= _compared(report)
    for reference, shown in zip(report.references, data["references"], strict=True):
        shown["url"] = safe_url(reference.url)
        shown["authors"] = _clean(reference.authors)
        shown["notes"] = _clean(listed_apart(reference.notes))
    data["search"] = _search(report)
    data["calibration"] |= _calibration(report)
    return data


def _answer(answer: Answer) -> dict[str, Any]:
    """The answer, with the titles of its parts and its tables in words."""
    shown: dict[str, Any] = _clean(answer)
    shown["said"] = has_answer(answer)
    shown["coverage"] = _clean(coverage_rows(answer))
    for part, regrouped in zip(answer.parts, shown["parts"], strict=True):
        regrouped["title"] = _clean(aspect_title(part.aspect))
    if answer.hypothesis is not None:
        shown["hypothesis"]["counts"] = _clean(side_counts(answer.hypothesis))
    return shown


def _review(report: Report) -> dict[str, Any]:
    review = report.review
    return {
        "rows": [
            {"dimension": _clean(dimension_words(row.dimension)), "scores": row.scores, "mean": row.mean}
            for row in score_rows(review)
        ],
        "weights": weights(review),
        "reviewers": [
            {
                "name": _clean(reviewer_words(reviewer.reviewer)),
                "mandate": _clean(mandate_words(reviewer.mandate)),
                "findings": _clean(finding_rows(reviewer.findings, report)),
            }
            for reviewer in review.reviewers
        ],
        "consensus": consensus_sentence(review),
        "standing": _clean(standing(review)),
        "shortfalls": _clean(review.shortfalls),
        "revisions": _clean(revision_rows(report)),
    }


def _claim(claim: ReportedClaim) -> dict[str, Any]:
    shown: dict[str, Any] = _clean(claim)
    parts = sides(claim)
    shown["supporting"] = [_evidence(e, claim) for e in parts.supporting]
    shown["contradicting"] = [_evidence(e, claim) for e in parts.contradicting]
    shown["neither"] = [_evidence(e, claim) for e in parts.neither]
    shown["origin"] = None if claim.origin is None else _evidence(claim.origin)
    shown["kind"] = _clean(kind_words(claim.kind))
    shown["counted_papers"] = counted_papers(claim)
    shown["leaning"] = (
        say("leans to {label}", label=label_words(claim.leaning).lower()) if claim.leaning else None
    )
    shown["caps"] = _clean(listed_apart(claim.caps))
    return shown


def _evidence(evidence: ReportedEvidence, claim: ReportedClaim | None = None) -> dict[str, Any]:
    """Evidence with the facts that stand behind its place; what takes no side has no confidence worth a mention."""
    shown: dict[str, Any] = _clean(evidence)
    facts = [] if evidence.page is None else [say("p. {page}", page=evidence.page)]
    if claim is not None and evidence.stance is not Stance.NEITHER:
        facts.append(confidence_words(evidence.confidence))
    if claim is not None:
        facts.append(group_words(evidence, claim))
    shown["facts"] = list(filter(None, facts))
    return shown


def _compared(report: Report) -> dict[str, Any]:
    """What other papers report, and what contradicts each other."""
    return {
        "comparing": comparing(),
        "compared": [
            {
                "title": _clean(comparison_title(comparison)),
                "note": _clean(comparison.note),
                "rows": [
                    {**_clean(row), "relation": relation, "stated": stated, "contradicts": contradicts}
                    for row, relation, stated, contradicts in compared_rows(comparison)
                ],
            }
            for comparison in report.comparisons
        ],
        "contradictions": [
            {
                "claim": claim_words(pair.claim),
                "about": _clean(pair.about),
                "sides": [_clean(side) for side in (pair.left, pair.right)],
            }
            for pair in contradictions(report)
        ],
    }


def _search(report: Report) -> dict[str, Any]:
    """Queries, log and flow, with the words of their origins and reasons."""
    flow = report.methodology.flow
    return {
        "queries": [[_clean(q.text), _clean(origin_words(q.origin))] for q in report.methodology.queries],
        "log": [{**_clean(e), "source": _clean(source_words(e.source))} for e in report.methodology.log],
        "identified": [[_clean(source_words(name)), n] for name, n in flow.identified.items()],
        "excluded": [[_clean(reason_words(reason)), n] for reason, n in flow.excluded.items()],
    }


def _calibration(report: Report) -> dict[str, Any]:
    calibration = report.calibration
    measured_on = say_n(
        "{data} ({count} claim)",
        "{data} ({count} claims)",
        calibration.n,
        data=calibration.measured_on,
        count=counted(calibration.n),
    )
    return {"measured_on": _clean(measured_on)}


def _clean(value: Any) -> Any:
    """``value`` as plain JSON, texts on one line and without characters that a page cannot hold."""
    if isinstance(value, Label):
        return label_words(value)
    if isinstance(value, str):
        return _breakable(inline(value))
    if isinstance(value, Record):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    elif hasattr(value, "_asdict"):  # a NamedTuple
        value = value._asdict()
    if isinstance(value, tuple | list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_breakable(inline(str(key))): _clean(item) for key, item in value.items()}
    return value


def _breakable(text: str) -> str:
    """Let runs without a blank that are longer than a line break inside."""
    if len(text) <= _LONGEST_WORD_CHARS:
        return text
    return " ".join(
        _ZERO_WIDTH_SPACE.join(
            word[i : i + _LONGEST_WORD_CHARS // 2] for i in range(0, len(word), _LONGEST_WORD_CHARS // 2)
        )
        if len(word) > _LONGEST_WORD_CHARS and word.isascii()
        else word
        for word in text.split(" ")
    )
