"""The review panel: every reviewer asked alone, then agreement, consensus, tier and whether to publish.

Consensus is the mean over a reviewer's dimensions, weighted over reviewers by measured skill (``skill``). Agreement is
Krippendorff's alpha for interval data (Krippendorff 2004, Content Analysis) over the dimensions. A reviewer that fails,
gives nonsense or takes too long is absent, and named; at least ``QUORUM`` must speak, else there is no consensus.
"""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING

from synthesis.records import Review, ReviewerReport
from synthesis.review.reviewers import PanelReviewer, default_panel, equipped
from synthesis.review.skill import measured_skill, weights_of
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synthesis.protocols import Reviewer
    from synthesis.records import Draft, Tier
    from synthesis.review.skill import Skill

__all__ = ["MIN_CONSENSUS", "MIN_VERIFIED", "PanelReviewer", "default_panel", "equipped", "review_draft"]

MIN_CONSENSUS = 6.5
MIN_VERIFIED = 5
QUORUM = 2
MAX_SECONDS = 600.0  # for one reviewer
_TIERS: tuple[tuple[float, Tier], ...] = ((8.5, "flagship"), (7.5, "DOI grade"), (5.0, "public record"))


def review_draft(
    draft: Draft,
    reviewers: Sequence[Reviewer],
    skill: Mapping[str, Skill] | None = None,
    max_seconds: float = MAX_SECONDS,
) -> Review:
    """What the reviewers say of a draft; ``skill`` is that which was measured, unless another is handed in."""
    answers = [(reviewer.name, _ask(reviewer, draft, max_seconds)) for reviewer in reviewers]
    reports = tuple(report for _, report in answers if report is not None)
    weights = weights_of([r.reviewer for r in reports], measured_skill() if skill is None else skill)
    consensus = _consensus(reports, weights) if len(reports) >= QUORUM else 0.0
    shortfalls = _shortfalls(draft, len(answers), len(reports), consensus)
    return Review(
        reviewers=reports,
        agreement=agreement([[s.score for s in report.scores] for report in reports]),
        consensus=consensus,
        publishable=not shortfalls,
        shortfalls=shortfalls,
        tier=tier_of(consensus),
        weights=tuple((name, round(weight, 6)) for name, weight in weights.items()),
        absent=tuple(name for name, report in answers if report is None),
    )


def tier_of(consensus: float) -> Tier:
    """The tier that a consensus of 0–10 reaches."""
    return next((tier for least, tier in _TIERS if consensus >= least), "watchlist")


def agreement(scores: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's alpha of a row of scores a reviewer; ``None`` where it is not defined.

    It is not with fewer than two reviewers, with rows of different lengths, or without any variation.
    """
    if (
        len(scores) < 2
        or len({len(row) for row in scores}) > 1
        or len({s for row in scores for s in row}) < 2
    ):
        return None
    import krippendorff  # noqa: PLC0415 - it imports numpy, which --help must not

    alpha = krippendorff.alpha(
        reliability_data=[list(row) for row in scores], level_of_measurement="interval"
    )
    return round(float(alpha), 3)


def _consensus(reports: Sequence[ReviewerReport], weights: Mapping[str, float]) -> float:
    total = sum(weights[r.reviewer] for r in reports)
    return round(sum(weights[r.reviewer] * r.mean for r in reports) / total, 1)


def _shortfalls(draft: Draft, asked: int, spoke: int, consensus: float) -> tuple[str, ...]:
    """Why the draft may not be published; nothing where it may."""
    found = []
    if spoke < QUORUM:
        text = say(
            "No consensus was reached: {spoke} of {asked} reviewers spoke; at least {least} must.",
            spoke=spoke,
            asked=asked,
            least=QUORUM,
        )
        found.append(text)
    elif consensus < MIN_CONSENSUS:
        text = say(
            "The consensus score of {consensus}/10 is below {least}.",
            consensus=consensus,
            least=MIN_CONSENSUS,
        )
        found.append(text)
    verified = sum(v.verified for v in draft.verdicts)
    if verified < MIN_VERIFIED:
        text = say_n(
            "{n} claim is independently verified; {least} are needed.",
            "{n} claims are independently verified; {least} are needed.",
            verified,
            least=MIN_VERIFIED,
        )
        found.append(text)
    return tuple(found)


# --------------------------------------------------------------------------- asking


def _ask(reviewer: Reviewer, draft: Draft, max_seconds: float) -> ReviewerReport | None:
    """What a reviewer says; ``None`` where it fails, gives no valid report, or takes longer than ``max_seconds``.

    It speaks in a thread of its own, which is left behind if it hangs: a reviewer may be a plug-in that asks elsewhere.
    """
    said: list[ReviewerReport] = []
    speak = contextvars.copy_context().run  # the language that is spoken

    def listen() -> None:
        report = _or_none(lambda: speak(reviewer.review, draft))
        if report is not None:
            said.append(report)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    thread.join(max_seconds)
    return said[0] if said else None


def _or_none(review: Callable[[], object]) -> ReviewerReport | None:
    try:
        report = review()
        # read again from its JSON: a report put together without validation may hold anything
        checked = ReviewerReport.model_validate_json(report.model_dump_json())  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - whatever a reviewer does wrong, it is absent and the others speak
        return None
    return checked if checked.scores else None
