"""Numbers that a claim and its evidence give differently for what looks like the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval_core.entailment.numbers import Quantity, quantities
from retrieval_core.entailment.reading import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME_SUBJECT = (
    0.5  # share of the claim's content words that a sentence must repeat to speak of the same thing
)
AROUND_CHARS = 32  # words this near say what a number measures
_MEASURED = ("amount", "ratio")
_CONFUSED_UNITS = {"percent", "percentage points"}


def disagreements(claim: Sentence, evidence: Sequence[Sentence]) -> list[str]:
    """One note for each of the claim's numbers that the evidence gives otherwise; empty when in doubt.

    A number is compared with those of the same unit in sentences that repeat half of the claim's content words, and
    only when a content word stands near both. If any of these sentences repeats the number, there is no note.
    """
    subject = _subject(claim)
    on_subject = [
        s for s in evidence if subject and len(subject & s.content_set) >= SAME_SUBJECT * len(subject)
    ]
    notes = []
    for quantity in quantities(claim.text):
        other = _other_value(quantity, claim, on_subject) if quantity.kind in _MEASURED else None
        if other is not None:
            notes.append(f"claim: {quantity.text}, evidence: {other.text}")
    return list(dict.fromkeys(notes))


def _other_value(quantity: Quantity, claim: Sentence, sentences: Sequence[Sentence]) -> Quantity | None:
    """The number that stands among most of the same words, unless the same number stands somewhere."""
    here = _words_around(quantity, claim)
    rivals = []
    for sentence in sentences:
        for other in quantities(sentence.text):
            if quantity.agrees(other):
                return None
            if quantity.comparable(other) or _units_confused(quantity, other):
                rivals.append((len(here & _words_around(other, sentence)), other))
    shared, best = max(rivals, key=lambda rival: rival[0], default=(0, None))
    return best if shared else None


def _units_confused(one: Quantity, other: Quantity) -> bool:
    """The same value once in percent and once in percentage points."""
    return {one.unit, other.unit} == _CONFUSED_UNITS and one.low <= other.high and other.low <= one.high


def _subject(sentence: Sentence) -> set[str]:
    return {stem for stem in sentence.content_set if not any(c.isdigit() for c in stem)}


def _words_around(quantity: Quantity, sentence: Sentence) -> set[str]:
    """Content stems near a number; for a plain count the very next word, which says what is counted."""
    after = sentence.text[quantity.end : quantity.end + AROUND_CHARS]
    if not quantity.unit and quantity.kind == "amount":
        return _subject(Sentence(" ".join(after.split()[:1])))
    before = sentence.text[max(0, quantity.start - AROUND_CHARS) : quantity.start]
    return _subject(Sentence(before.partition(" ")[2] + " " + after.rpartition(" ")[0]))
