"""A verdict in short, and when two of them differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from synthesis.records import Claim, Evidence, Verdict, VerdictState

if TYPE_CHECKING:
    from collections.abc import Iterable

# Claims and what is left of their evidence → a verdict a claim, in order.
Redecide = Callable[[Sequence[Claim], Sequence[Evidence]], Sequence[Verdict]]

_SHOWN = 2  # decimals to which a verdict is shown


def state_of(verdict: Verdict) -> VerdictState:
    """What of a verdict is compared."""
    return VerdictState(
        label=verdict.label,
        leaning=verdict.leaning,
        confidence=verdict.confidence,
        support=verdict.support,
        refute=verdict.refute,
    )


def same_side(one: VerdictState, other: VerdictState) -> bool:
    """Whether label and leaning are the same."""
    return (one.label, one.leaning) == (other.label, other.leaning)


def shown_alike(one: VerdictState, other: VerdictState) -> bool:
    """Whether a reader sees the same verdict: label, leaning, and every number to two decimals."""
    return same_side(one, other) and all(
        round(a, _SHOWN) == round(b, _SHOWN) for a, b in zip(_numbers(one), _numbers(other), strict=True)
    )


def shift(one: VerdictState, other: VerdictState) -> float:
    """The largest difference of confidence, support or refutation, 0–1."""
    return max(abs(a - b) for a, b in zip(_numbers(one), _numbers(other), strict=True))


def by_claim(evidence: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    """claim_id → its evidence, in order."""
    found: dict[str, list[Evidence]] = {}
    for item in evidence:
        found.setdefault(item.claim_id, []).append(item)
    return found


def _numbers(state: VerdictState) -> tuple[float, float, float]:
    return state.confidence, state.support, state.refute
