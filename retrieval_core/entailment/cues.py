"""The cue words of a sentence: where it negates, which end of which axis it names, what kind of sentence it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval_core.entailment.lexicon import (
    AXES,
    CONTRASTS,
    FINDINGS,
    HEDGES,
    NEGATIONS,
    NO_EFFECT,
    OPPOSITE_PREFIXES,
    QUESTIONS,
)
from retrieval_core.entailment.stems import stem_words

if TYPE_CHECKING:
    from retrieval_core.entailment.reading import Sentence

NEGATION_REACH = 4  # words after a negation that it turns round
MIN_ROOT_CHARS = 4  # "hyper|tension"; shorter roots meet by chance
MOST_COUNTED = 2  # a third finding verb in a sentence says no more than the second

AXIS_GROUPS = ("amount", "quality", "relation", "other")
_GROUP_OF_AXIS = tuple(AXIS_GROUPS.index(a) if a in AXIS_GROUPS else len(AXIS_GROUPS) - 1 for a in AXES)


@dataclass(frozen=True, slots=True)
class AxisCue:
    """A word at one end of an axis; ``end`` (+1 or −1) is already turned round by a negation before it."""

    position: int
    stem: str
    axis: int
    end: int
    plain_end: int  # as the word stands, without the negation

    @property
    def group(self) -> int:
        """Index into ``AXIS_GROUPS``."""
        return _GROUP_OF_AXIS[self.axis]


@dataclass(frozen=True, slots=True)
class Cues:
    """What ``find_cues`` saw; the counts are of words, at most ``MOST_COUNTED``."""

    negations: tuple[int, ...]  # positions in words
    axes: tuple[AxisCue, ...]
    no_effect: int
    findings: int
    questions: int
    contrasts: int
    hedges: int


def find_cues(sentence: Sentence) -> Cues:
    """All cues of a sentence."""
    words = sentence.words
    negations = tuple(i for i, word in enumerate(words) if word in NEGATIONS)
    lower = sentence.text.lower()

    def counted(kind: frozenset[str]) -> int:
        return min(MOST_COUNTED, sum(word in kind for word in words))

    return Cues(
        negations=negations,
        axes=tuple(_axis_cues(sentence.stems, negations)),
        no_effect=min(MOST_COUNTED, sum(phrase in lower for phrase in NO_EFFECT)),
        findings=counted(FINDINGS),
        questions=counted(QUESTIONS),
        contrasts=counted(CONTRASTS),
        hedges=counted(HEDGES),
    )


def opposites(stem: str) -> frozenset[str]:
    """Stems that differ from ``stem`` by an opposite prefix only: hypertens → hypotens; stabl → unstabl, instabl."""
    found = set()
    for pair in OPPOSITE_PREFIXES:
        for here, there in (pair, pair[::-1]):
            root = stem.removeprefix(here)
            if stem.startswith(here) and len(root) >= MIN_ROOT_CHARS:
                found.add(there + root)
    return frozenset(found - {stem})


def _axis_cues(stems: tuple[str, ...], negations: tuple[int, ...]) -> list[AxisCue]:
    table = _axes_of_stem()
    cues = []
    for position, stem in enumerate(stems):
        for axis, end in table.get(stem, ()):
            turned = any(0 < position - n <= NEGATION_REACH for n in negations)
            cues.append(AxisCue(position, stem, axis, -end if turned else end, end))
    return cues


@lru_cache(maxsize=1)
def _axes_of_stem() -> dict[str, tuple[tuple[int, int], ...]]:
    """Stem → ((axis index, end), …), from the word lists."""
    table: dict[str, list[tuple[int, int]]] = {}
    for index, ends in enumerate(AXES.values()):
        for end, words in zip((1, -1), ends, strict=True):
            for stem in dict.fromkeys(stem_words(words.split())):
                table.setdefault(stem, []).append((index, end))
    return {stem: tuple(places) for stem, places in table.items()}
