"""What can be seen in a claim and a passage together.

Each sentence of the passage is set against the claim; the three closest speak, and a feature of the passage is its
largest value among them. No feature is a function of the claim alone or of the passage alone, so neither a claim's
style nor a passage's length, source, or the place of a sentence in it can decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.entailment.cues import AXIS_GROUPS, Cues, find_cues, opposites
from retrieval_core.entailment.numbers import agreement, quantities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from retrieval_core.entailment.reading import Sentence

CLOSEST = (
    3  # sentences that speak; 1, 2, 3, 4, 5, 8 gave macro-F1 0.55, 0.60, 0.63, 0.62, 0.63, 0.62 on SciFact
)
RARE_WORDS = 3
NEAR_WORDS = 8  # reach within which a cue is taken to speak of the claim's words
SOFT_PREFIX_CHARS = 4  # "polaris|ation" may stand for "polaris|ed" from this many letters on

_AXIS_FEATURES = tuple(
    f"{group}_{kind}"
    for group in AXIS_GROUPS
    for kind in ("agrees", "conflicts", "only_agrees", "only_conflicts")
)
SENTENCE_FEATURES = (
    "coverage", "coverage_squared", "soft_coverage", "rare_coverage",
    "names_found", "names_missing", "numbers_agree", "numbers_disagree",
    "negation_only_in_evidence", "negation_only_in_claim", "negation_in_both", "negation_in_neither",
    "no_effect_of_assertion", "no_effect_of_denial",
    *_AXIS_FEATURES,
    "cue_repeated", "cue_reversed", "cue_unanswered", "prefix_reversed",
    "finding", "question", "contrast", "hedge",
)  # fmt: skip
FEATURES = (*SENTENCE_FEATURES, "coverage_together", "names_found_together", "names_missing_together")


@dataclass(frozen=True, slots=True)
class Rarity:
    """Inverse document frequency by stem; a stem that the table does not hold is as rare as can be."""

    idf: Mapping[str, float]
    unseen: float

    def of(self, stem: str) -> float:
        """Weight of a stem, > 0."""
        return self.idf.get(stem, self.unseen)


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim, ready to be set against sentences. Made by ``view_claim``."""

    weights: Mapping[str, float]  # content stem → share of the claim's weight; sums to 1
    rare: tuple[str, ...]
    opposites: Mapping[str, frozenset[str]]
    sentence: Sentence
    cues: Cues


def view_claim(sentence: Sentence, rarity: Rarity) -> ClaimView:
    """Weigh the words of a claim by how rare they are; a claim of function words only counts all its words."""
    stems = dict.fromkeys(sentence.content or sentence.stems)
    total = sum(rarity.of(stem) for stem in stems)
    weights = {stem: rarity.of(stem) / total for stem in stems}
    return ClaimView(
        weights=weights,
        rare=tuple(sorted(weights, key=lambda stem: (-weights[stem], stem))[:RARE_WORDS]),
        opposites={stem: opposites(stem) for stem in weights},
        sentence=sentence,
        cues=find_cues(sentence),
    )


def closest(claim: ClaimView, sentences: Sequence[Sentence]) -> list[int]:
    """Indices of the sentences that cover most of the claim, best first; of equals the earlier."""
    covered = [_coverage(claim, sentence.content_set) for sentence in sentences]
    return sorted(range(len(sentences)), key=lambda i: (-covered[i], i))[:CLOSEST]


def passage_features(claim: ClaimView, sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """(n_features,) of a passage; all zero for a claim without words or a passage without sentences."""
    chosen = [sentences[i] for i in closest(claim, sentences)]
    if not chosen or not claim.weights:
        return np.zeros(len(FEATURES))
    alone = np.array([sentence_features(claim, sentence) for sentence in chosen])  # (≤ CLOSEST, n)
    stems = frozenset().union(*(sentence.content_set for sentence in chosen))
    names = frozenset().union(*(sentence.names for sentence in chosen))
    together = [_coverage(claim, stems), *_shares(claim.sentence.names, names)]
    return np.concatenate([alone.max(axis=0), together])


def sentence_features(claim: ClaimView, sentence: Sentence) -> list[float]:
    """Values of ``SENTENCE_FEATURES``. Cues count by how near they stand to the claim's words."""
    cues = find_cues(sentence)
    coverage = _coverage(claim, sentence.content_set)
    nearness = _nearness(claim, sentence, cues)
    missing = [stem for stem in claim.weights if stem not in sentence.content_set]
    return [
        coverage,
        coverage**2,
        coverage + _soft_coverage(claim, missing, sentence.content_set),
        sum(stem in sentence.content_set for stem in claim.rare) / max(1, len(claim.rare)),
        *_shares(claim.sentence.names, sentence.names),
        *agreement(quantities(claim.sentence.text), quantities(sentence.text)),
        *_negation(claim.cues, cues, coverage, nearness),
        *_axes(claim.cues, cues, nearness),
        *_reversals(claim, sentence, cues, missing, coverage),
        *(coverage * count for count in (cues.findings, cues.questions, cues.contrasts, cues.hedges)),
    ]


def _coverage(claim: ClaimView, stems: frozenset[str]) -> float:
    return sum(weight for stem, weight in claim.weights.items() if stem in stems)


def _shares(wanted: frozenset[str], there: frozenset[str]) -> tuple[float, float]:
    """Shares of ``wanted`` found and missing; both 0 when nothing is wanted."""
    if not wanted:
        return 0.0, 0.0
    found = len(wanted & there) / len(wanted)
    return found, 1.0 - found


def _soft_coverage(claim: ClaimView, missing: Sequence[str], stems: frozenset[str]) -> float:
    """Weight of missing words for which a word of the same beginning stands, by the share of letters in common."""
    by_start: dict[str, list[str]] = {}
    for stem in stems:
        by_start.setdefault(stem[:SOFT_PREFIX_CHARS], []).append(stem)
    covered = 0.0
    for stem in missing:
        rivals = by_start.get(stem[:SOFT_PREFIX_CHARS], ()) if len(stem) > SOFT_PREFIX_CHARS else ()
        similarity = max((_common_start(stem, rival) for rival in rivals), default=0.0)
        covered += claim.weights[stem] * similarity
    return covered


def _common_start(one: str, other: str) -> float:
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return same / max(len(one), len(other))


def _nearness(claim: ClaimView, sentence: Sentence, cues: Cues) -> dict[int, float]:
    """Cue position → weight of the claim's words around it, fading with distance."""
    hits = [(i, stem) for i, stem in enumerate(sentence.stems) if stem in claim.weights]
    found = {}
    for position in dict.fromkeys((*cues.negations, *(cue.position for cue in cues.axes))):
        best: dict[str, float] = {}
        for i, stem in hits:
            distance = abs(i - position)
            if 0 < distance <= NEAR_WORDS:
                best[stem] = max(best.get(stem, 0.0), claim.weights[stem] / (1 + distance / 4))
        found[position] = sum(best.values())
    return found


def _negation(claim: Cues, evidence: Cues, coverage: float, nearness: Mapping[int, float]) -> list[float]:
    denied = bool(claim.negations)
    near = max((nearness[position] for position in evidence.negations), default=0.0)
    absent = 0.0 if evidence.negations else coverage
    no_effect = coverage * evidence.no_effect
    return [
        0.0 if denied else near,
        absent if denied else 0.0,
        near if denied else 0.0,
        0.0 if denied else absent,
        0.0 if denied else no_effect,
        no_effect if denied else 0.0,
    ]


def _axes(claim: Cues, evidence: Cues, nearness: Mapping[int, float]) -> list[float]:
    """Per group of axes: the strongest agreement, the strongest conflict, and each where the other is missing."""
    ends: dict[int, set[int]] = {}
    for cue in claim.axes:
        ends.setdefault(cue.axis, set()).add(cue.end)
    agrees, conflicts = [0.0] * len(AXIS_GROUPS), [0.0] * len(AXIS_GROUPS)
    for cue in evidence.axes:
        wanted = ends.get(cue.axis, set())
        if cue.end in wanted:
            agrees[cue.group] = max(agrees[cue.group], nearness[cue.position])
        if -cue.end in wanted:
            conflicts[cue.group] = max(conflicts[cue.group], nearness[cue.position])
    values = []
    for agree, conflict in zip(agrees, conflicts, strict=True):
        values += [agree, conflict, 0.0 if conflict else agree, 0.0 if agree else conflict]
    return values


def _reversals(
    claim: ClaimView, sentence: Sentence, cues: Cues, missing: Sequence[str], coverage: float
) -> list[float]:
    """The claim's own cue words repeated, replaced by the other end, or unanswered; words with opposite prefix."""
    there = {(cue.axis, cue.plain_end) for cue in cues.axes}
    axes = {cue.axis for cue in cues.axes}
    stems = frozenset(sentence.stems)
    own = claim.cues.axes
    repeated = any(cue.stem in stems for cue in own)
    reversed_ = sum(cue.stem not in stems and (cue.axis, -cue.plain_end) in there for cue in own)
    unanswered = sum(cue.axis not in axes for cue in own) / max(1, len(own))
    prefixes = sum(not claim.opposites[stem].isdisjoint(stems) for stem in missing)
    return [
        coverage * repeated,
        coverage * min(2, reversed_),
        coverage * unanswered,
        coverage * min(2, prefixes),
    ]
