"""Claim extractors: the trained one, and the first, a small logistic over features that can be checked by eye.

The trained one reads the roles of sentences from a classifier. The first one's weights are plain numbers in
``data/claim_weights.json``, fitted by ``benchmarks/claims.py --fit``; it stays as the peer of every measurement, and for
who wants to see each reason.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple, Protocol

from synthesis.claim_features import CUES, FEATURES, section_features, words
from synthesis.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.remembered import Memory

# Set by hand, as no labelled data carries questions: a sentence with all content words of the question gains
# as much as the odds of e (2.7 : 1); one with none loses nothing.
QUESTION_WEIGHT = 1.0

_COMMON = frozenset(
    "a an and are as at be by can did do does for from has have how in is it its of on or that the their these this to"
    " was we were what when where which who why will with does better best more than over effect how much".split()
)


class ClaimWeights(Record):
    """The fitted logistic: a weight for each feature by name, a bias, and where they come from."""

    fitted_on: tuple[str, ...]
    command: str
    bias: float
    weights: dict[str, float]


@cache
def load_weights() -> ClaimWeights:
    """The shipped weights."""
    return ClaimWeights.model_validate_json(
        (files("synthesis.data") / "claim_weights.json").read_text("utf-8")
    )


class SentenceRoles(NamedTuple):
    """What a classifier says of a sentence in its text.

    ``role``: likeliest of background, objective, method, result and other. The others are probabilities: ``result`` of
    that role, ``argument`` that it is a claim or premise of an argument, ``claim`` that it is a conclusion which the
    authors claim.
    """

    role: str
    result: float
    argument: float
    claim: float

    @property
    def checkable(self) -> float:
        """Weighted share of the three schemes by which the sentence would count, 0–1.

        Arguments count half: their labels are of clinical trials, and elsewhere they mistake what is known for what was
        found (average precision of held-out results in CSAbstruct: 0.52, of the roles 0.80).
        """
        return (2 * self.result + 2 * self.claim + self.argument) / 5


class Tagger(Protocol):
    """Says of the sentences of one section, in order, what each does there."""

    def tag(self, sentences: Sequence[str]) -> list[SentenceRoles]:
        """One for each sentence."""
        ...


class TrainedExtractor:
    """Scores sentences by their trained roles; implements ``synthesis.protocols.Extractor``."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    def remembering(self, memory: Memory) -> TrainedExtractor:
        """The same extractor, its classifier asked through ``memory``."""
        return TrainedExtractor(memory.tagger(self._tagger))

    def score(self, sentences: Sequence[str], question: str) -> list[tuple[float, str]]:
        """For each sentence of one section, in order: (score in 0–1, kind)."""
        asked = _content_words(question)
        return [
            (_asked_for(roles.checkable, asked, sentence), role_kind(sentence, roles))
            for sentence, roles in zip(sentences, self._tagger.tag(sentences), strict=True)
        ]


_LEAST = 1e-4  # of a probability, whose odds must be finite
_LIKELY = 0.5  # an outcome that is stated as an argument is more than a method
_DECIMALS = 4  # of a score: as many as the classifier's probabilities have


def _asked_for(probability: float, asked: frozenset[str], sentence: str) -> float:
    """``probability`` with its odds raised by what the sentence shares with the question."""
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    logit = math.log(bounded / (1 - bounded)) + QUESTION_WEIGHT * _overlap(asked, sentence)
    return round(_logistic(logit), _DECIMALS)


def role_kind(sentence: str, roles: SentenceRoles) -> str:
    """What sort of claim the sentence makes: its role first, then its cues."""
    if roles.role in {"objective", "method"} and roles.argument < _LIKELY:
        return "method"
    kind = claim_kind(sentence)
    if roles.role in {"background", "other"}:
        return "statement" if kind == "method" else kind
    return kind if kind in {"comparison", "number"} else "finding"


class RuleExtractor:
    """Scores sentences by how checkable a claim they make; implements ``synthesis.protocols.Extractor``."""

    def __init__(self, weights: ClaimWeights | None = None) -> None:
        """Use ``weights`` in place of the shipped ones."""
        self._model = weights or load_weights()
        if set(self._model.weights) != set(FEATURES):
            different = sorted(set(self._model.weights) ^ set(FEATURES))
            raise ValueError(f"claim weights do not fit the features: {', '.join(different)}; fit them again")

    def score(self, sentences: Sequence[str], question: str) -> list[tuple[float, str]]:
        """For each sentence of one section, in order: (score in 0–1, kind)."""
        asked = _content_words(question)
        scored = []
        for sentence, features in zip(sentences, section_features(sentences), strict=True):
            logit = self._model.bias + sum(
                self._model.weights[name] * value for name, value in zip(FEATURES, features, strict=True)
            )
            logit += QUESTION_WEIGHT * _overlap(asked, sentence)
            scored.append((_logistic(logit), claim_kind(sentence)))
        return scored


_NUMBERS = frozenset({"score_number", "measured_number"})


def claim_kind(sentence: str) -> str:
    """What sort of claim the sentence makes, by its cues; the first that fits, in the order of the code."""
    found = {name for name, pattern in CUES.items() if pattern.search(sentence)}
    if found & {"proposal", "aim"} and not found & {"own_result", "score_number"}:
        return "method"
    if "comparison" in found and found & {"effect_verb", "finding_verb", *_NUMBERS, "significance"}:
        return "comparison"
    if found & _NUMBERS:
        return "number"
    if found & {"finding_verb", "effect_verb", "own_result"}:
        return "finding"
    if "comparison" in found:
        return "comparison"
    return "number" if "number" in found else "statement"


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _content_words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words(text)) - _COMMON


def _overlap(asked: frozenset[str], sentence: str) -> float:
    """Share of the question's content words that the sentence holds, 0–1."""
    return len(asked & _content_words(sentence)) / len(asked) if asked else 0.0
