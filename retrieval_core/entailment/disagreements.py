"""Numbers that a claim and its evidence give differently for what looks like the same thing.

A number of the claim is compared with those of the same sort (kind, unit or measure; level or change) in sentences that
repeat half of the claim's content words, and only when a content word stands near both. If any of the evidence's
numbers fits it, there is no note; nor is there one when in doubt, since a note holds a verdict back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from retrieval_core.entailment import units
from retrieval_core.entailment.numbers import quantities
from retrieval_core.entailment.quantity import Bounds, Quantity, common_scale
from retrieval_core.entailment.reading import Sentence
from retrieval_core.entailment.roles import Direction, direction, significance
from retrieval_core.entailment.wordings import contradicted_wordings, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["value", "unit", "direction", "significance"]

SAME_SUBJECT = (
    0.5  # share of the claim's content words that a sentence must repeat to speak of the same thing
)
AROUND_CHARS = 32  # words this near say what a number measures
CLOSE = 0.01  # share by which two values may differ before a reader is told
ROUND = 0.05  # the same where one of them is a round number ("60 %" for 58 %)
MAX_NUMBERS = 40  # a sentence with more is a table or a list, in which we cannot tell what belongs to what
_COMPARED = {"amount", "ratio", "p-value"}
_CONFUSED_UNITS = {units.PERCENT, units.POINTS}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What the claim says, what the evidence says instead, both as written, and in what they differ."""

    claim: str
    evidence: str
    kind: Kind

    @property
    def note(self) -> str:
        """For the reader: "claim: 80 %, evidence: 0.72"."""
        return f"claim: {self.claim}, evidence: {self.evidence}"


def disagreements(claim: Sentence, evidence: Sequence[Sentence]) -> list[str]:
    """The notes of ``find_disagreements``, each once."""
    return list(dict.fromkeys(found.note for found in find_disagreements(claim, evidence)))


def find_disagreements(claim: Sentence, evidence: Sequence[Sentence]) -> list[Disagreement]:
    """At most one disagreement for each of the claim's numbers, and for its words where the evidence has a number.

    Empty when in doubt.
    """
    subject = _subject(claim)
    near = [s for s in evidence if subject and len(subject & s.content_set) >= SAME_SUBJECT * len(subject)]
    if not near:
        return []
    anywhere = [_Stated(quantity, s) for s in evidence for quantity in _few(s)]
    rivals = [stated for stated in anywhere if any(stated.sentence is s for s in near)]
    numbers = [_Stated(quantity, claim) for quantity in _few(claim) if quantity.kind in _COMPARED]
    # A number of the evidence that one of the claim's repeats is that one's counterpart, and no other's.
    free = [rival for rival in rivals if not any(_fits(stated, rival) for stated in numbers)]
    found = [_against(stated, anywhere, rivals, free) for stated in numbers if not stated.names]
    words = [Disagreement(*contradicted) for contradicted in contradicted_wordings(claim, near)]
    return [disagreement for disagreement in found if disagreement is not None] + words


@dataclass(frozen=True, eq=False)
class _Stated:
    """A quantity where it stands."""

    quantity: Quantity
    sentence: Sentence

    @cached_property
    def direction(self) -> Direction | None:
        return direction(self.quantity, self.sentence.text)

    @cached_property
    def around(self) -> set[str]:
        """Content stems near the number; for a plain count the very next word, which says what is counted."""
        text, quantity = self.sentence.text, self.quantity
        after = text[quantity.end : quantity.end + AROUND_CHARS]
        if not quantity.unit and not quantity.measure and quantity.kind == "amount":
            return _subject(Sentence(" ".join(after.split()[:1])))
        before = text[max(0, quantity.start - AROUND_CHARS) : quantity.start]
        return _subject(Sentence(before.partition(" ")[2] + " " + after.rpartition(" ")[0]))

    @property
    def names(self) -> bool:
        """Whether the number may belong to a name: "BRCA 1", "Haplogroup 2"."""
        word = self.sentence.text[: self.quantity.start].rpartition(" ")[0].rpartition(" ")[2]
        beside = self.sentence.text[: self.quantity.start].endswith(f"{word} ") and word.lower() != word
        counts = self.quantity.kind == "amount" and not self.quantity.unit and not self.quantity.measure
        return counts and beside

    @property
    def shown(self) -> str:
        return shown(self.quantity, self.sentence.text)


def _few(sentence: Sentence) -> tuple[Quantity, ...]:
    found = quantities(sentence.text)
    return found if len(found) <= MAX_NUMBERS else ()


def _against(
    said: _Stated, anywhere: Sequence[_Stated], near: Sequence[_Stated], free: Sequence[_Stated]
) -> Disagreement | None:
    """``near``: what sentences on the subject state; ``free``: what of that no number of the claim repeats."""
    if said.quantity.kind == "p-value":
        return _against_p_values(said, near)
    if any(_fits(said, other) and (other in near or said.around & other.around) for other in anywhere):
        return None
    scored = [(len(said.around & other.around), other) for other in free if _same_sort(said, other)]
    shared, best = max(scored, key=lambda pair: pair[0], default=(0, said))
    return Disagreement(said.shown, best.shown, _kind(said, best)) if shared else None


def _against_p_values(said: _Stated, rivals: Sequence[_Stated]) -> Disagreement | None:
    """Both significant or both not is agreement; how small a p-value is, depends on the sample."""
    claimed = significance(said.quantity)
    others = [other for other in rivals if other.quantity.kind == "p-value"]
    found = [significance(other.quantity) for other in others]
    if claimed is None or not found or any(value is not (not claimed) for value in found):
        return None
    return Disagreement(said.shown, others[0].shown, "significance")


def _fits(said: _Stated, other: _Stated) -> bool:
    """The two can be the same number: comparable, equal up to rounding, and not in opposite directions."""
    return (
        said.quantity.comparable(other.quantity)
        and _close(said.quantity, other.quantity)
        and not _opposed(said.direction, other.direction)
    )


def _close(one: Quantity, other: Quantity) -> bool:
    """The values meet, within rounding to whole numbers of the unit and within either's confidence interval."""
    for here, there in common_scale(one, other):
        slack = max(_rounding(one.unit, here), _rounding(other.unit, there))
        if here.meets(Bounds(there.low - slack, there.high + slack)):
            return True
    return _within(one, other) or _within(other, one)


def _rounding(unit: str, value: Bounds) -> float:
    """By how much a value may be off as written: half a unit for a whole number of some unit, more if it is round."""
    if value.low != value.high:
        return 0.0 if math.isinf(value.low) or math.isinf(value.high) else CLOSE * value.low
    return max(0.5 if unit else 0.0, (ROUND if value.low % 10 == 0 else CLOSE) * value.low)


def _within(one: Quantity, other: Quantity) -> bool:
    """``one`` lies in the confidence interval that ``other`` gives."""
    return other.interval is not None and one.unit == other.unit and one.bounds.meets(Bounds(*other.interval))


def _same_sort(said: _Stated, other: _Stated) -> bool:
    """Both levels or both changes, in units that convert; or the same value in percent and in percentage points."""
    if (said.direction is None) != (other.direction is None):
        return False
    return said.quantity.comparable(other.quantity) or _units_confused(said.quantity, other.quantity)


def _units_confused(one: Quantity, other: Quantity) -> bool:
    return {one.unit, other.unit} == _CONFUSED_UNITS and one.bounds.meets(other.bounds)


def _kind(said: _Stated, other: _Stated) -> Kind:
    if _units_confused(said.quantity, other.quantity):
        return "unit"
    return "direction" if _opposed(said.direction, other.direction) else "value"


def _opposed(one: Direction | None, other: Direction | None) -> bool:
    return bool(one and other and one == -other)


def _subject(sentence: Sentence) -> set[str]:
    return {stem for stem in sentence.content_set if not any(c.isdigit() for c in stem)}
