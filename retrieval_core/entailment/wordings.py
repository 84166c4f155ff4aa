"""What is said in words where the other side gives a number: "not significant" against p < 0.001, and how it is shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from retrieval_core.entailment.lexicon import NEGATIONS
from retrieval_core.entailment.numbers import quantities
from retrieval_core.entailment.roles import DOWN, UP, Direction, direction, significance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.entailment.quantity import Quantity
    from retrieval_core.entailment.reading import Sentence

WORDS_COVERED = (
    0.65  # share of the claim's content words in a sentence whose numbers may contradict its words
)
SHOWN_CHARS = 32

_NOT_SIGNIFICANT = re.compile(
    r"\b(?:not (?:statistically |reach (?:statistical )?)?significan(?:t|tly|ce)|non-?significant(?:ly)?"
    r"|no (?:statistically )?significant|insignificant(?:ly)?|(?:did|does|do) not (?:\w+ )?differ)\b",
    re.IGNORECASE,
)
_SIGNIFICANT = re.compile(r"\bsignificant(?:ly)?\b", re.IGNORECASE)
_RISK = re.compile(r"\b(?:risk|odds|hazards?|likelihood|incidence|mortality|rate)\b", re.IGNORECASE)
_QUALIFIER = re.compile(
    r"(?:\bp(?:[\s-]?values?)?\s*(?:[=<>≤≥]|of|was|is)+\s*|\b(?:[Oo]dds [Rr]atio|[Hh]azards? [Rr]atio|[Rr]elative risk"
    r"|[Rr]isk ratio|a?OR|a?HR|RR|SMR|IRR)[\s,=:]*(?:of |was |is )?|(?:more|less|fewer|greater|higher|lower) than "
    r"|at (?:least|most) |up to |over |under |[<>≤≥]\s*)$"
)

Contradicted = tuple[str, str, Literal["direction", "significance"]]


def shown(quantity: Quantity, text: str) -> str:
    """A quantity as a reader should see it: with the "p <", "OR" or "at least" before it."""
    before = text[max(0, quantity.start - SHOWN_CHARS) : quantity.start]
    qualifier = _QUALIFIER.search(before)
    return (qualifier.group() if qualifier else "") + quantity.text


def contradicted_wordings(claim: Sentence, evidence: Sequence[Sentence]) -> list[Contradicted]:
    """(claim's words, evidence's number or words, kind) where the one denies the other; empty when in doubt."""
    wanted = claim.content_set
    about = [s for s in evidence if len(wanted & s.content_set) >= WORDS_COVERED * len(wanted)]
    found = [_significance_denied(claim, about), _direction_denied(claim, about)]
    return [contradicted for contradicted in found if contradicted]


def _significance_denied(claim: Sentence, evidence: Sequence[Sentence]) -> Contradicted | None:
    """One side says significant, the other not, and at least one of them by a p-value."""
    claimed, words = _significance_of(claim)
    sides = [(_significance_of(sentence), sentence) for sentence in evidence]
    decided = [side for (side, _), _ in sides if side is not None]
    if claimed is None or not decided or any(side is claimed for side in decided):
        return None
    for (side, said), sentence in sides:
        if side is (not claimed) and (_has_p_value(sentence) or _has_p_value(claim)):
            return (
                (words, said, "significance")
                if not (_has_p_value(sentence) and _has_p_value(claim))
                else None
            )
    return None


def _significance_of(sentence: Sentence) -> tuple[bool | None, str]:
    """What a sentence says of significance, and in which words; ``None`` when nothing, or both."""
    p_values = [q for q in quantities(sentence.text) if q.kind == "p-value"]
    denied = _NOT_SIGNIFICANT.search(sentence.text)
    asserted = not denied and _SIGNIFICANT.search(sentence.text)
    sides = (
        {significance(q) for q in p_values} | ({False} if denied else set()) | ({True} if asserted else set())
    )
    if len(sides) != 1 or None in sides:
        return None, ""
    word = denied or asserted
    return sides.pop(), shown(p_values[0], sentence.text) if p_values else word.group() if word else ""


def _has_p_value(sentence: Sentence) -> bool:
    return any(q.kind == "p-value" for q in quantities(sentence.text))


def _direction_denied(claim: Sentence, evidence: Sequence[Sentence]) -> Contradicted | None:
    """The claim says that a risk rises or falls; the evidence's only ratio says the other and no word agrees."""
    if (
        not _RISK.search(claim.text)
        or _negated(claim)
        or any(q.kind == "ratio" for q in quantities(claim.text))
    ):
        return None
    up, down = UP.search(claim.text), DOWN.search(claim.text)
    word = up or down
    if word is None or (up and down):
        return None
    claimed = Direction.UP if up else Direction.DOWN
    for sentence in evidence:
        ratios = [q for q in quantities(sentence.text) if q.kind == "ratio"]
        directions = {direction(q, sentence.text) for q in ratios}
        agreeing = (UP if up else DOWN).search(sentence.text)
        if directions == {Direction(-claimed)} and not agreeing and not _negated(sentence):
            return word.group(), shown(ratios[0], sentence.text), "direction"
    return None


def _negated(sentence: Sentence) -> bool:
    return not NEGATIONS.isdisjoint(sentence.words)
