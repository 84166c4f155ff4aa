"""Claims made wrong by rule, and claims said otherwise: what a judge must turn on, and what it must not turn on.

The rules are for English and precise rather than complete: a claim whose words they cannot place gets fewer results.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from retrieval_core.entailment.antonyms import turned
from retrieval_core.entailment.comparing import comparison_turned
from retrieval_core.entailment.names import entities_of, entity_swapped
from retrieval_core.entailment.negating import negated
from retrieval_core.entailment.paraphrases import paraphrases
from retrieval_core.entailment.wrong_measures import number_changed, unit_changed

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KINDS", "Counterfactual", "Kind", "counterfactuals", "entities_of", "paraphrases"]

Kind = Literal["negation", "direction", "number", "unit", "entity", "comparison"]
KINDS: tuple[Kind, ...] = ("negation", "direction", "number", "unit", "entity", "comparison")


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A text that evidence for the claim speaks against; for "entity" the evidence may only leave it open."""

    kind: Kind
    text: str


def counterfactuals(claim: str, *, entities: Sequence[str] = (), seed: int) -> tuple[Counterfactual, ...]:
    """The claim made wrong by every rule that applies, at most one result a kind, in the order of ``KINDS``.

    ``entities`` are what a named thing may be exchanged for, as ``entities_of`` finds them in other claims.
    The same claim, entities and seed give the same results, whatever the process.

    >>> [c.text for c in counterfactuals("Aspirin reduces mortality by 20 %.", seed=0)][:2]
    ['Aspirin does not reduce mortality by 20 %.', 'Aspirin increases mortality by 20 %.']
    """
    made = (
        negated(claim),
        turned(claim, _rng(seed, "direction", claim)),
        number_changed(claim, _rng(seed, "number", claim)),
        unit_changed(claim, _rng(seed, "unit", claim)),
        entity_swapped(claim, entities, _rng(seed, "entity", claim)) if entities else None,
        comparison_turned(claim),
    )
    return tuple(
        Counterfactual(kind, text)
        for kind, text in zip(KINDS, made, strict=True)
        if text is not None and text != claim
    )


def _rng(seed: int, kind: Kind, claim: str) -> random.Random:
    """One generator a rule, from text: independent of the process and of the other rules."""
    return random.Random(f"{seed}\x00{kind}\x00{claim}")
