"""Batches of labelled texts: which texts, in which order, seen whole or in part. The same seed gives the same ones."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, NamedTuple

from retrieval_core.sentence_roles.labelled import SETS
from retrieval_core.sentence_roles.windows import MAX_PIECES, MAX_SENTENCE_PIECES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrieval_core.embedding.pieces import Pieces
    from retrieval_core.sentence_roles.labelled import LabelledText
    from retrieval_core.sentence_roles.recipe import RolesRecipe, Stage

_SORTED_TOGETHER = (
    24  # batches' worth of texts sorted by length, so that batches differ in length but little within
)


class Example(NamedTuple):
    """Sentences as piece ids; ``known``: the sentences are a whole text, so each one's place is known."""

    sentences: tuple[tuple[int, ...], ...]
    labels: tuple[int, ...]
    weights: tuple[float, ...]
    known: bool

    @property
    def n_pieces(self) -> int:
        """With [CLS] and a [SEP] after each sentence."""
        return 1 + sum(len(s) + 1 for s in self.sentences)

    def part(self, start: int, end: int) -> Example:
        """Sentences ``start`` … ``end``; of less than a text no place is known."""
        whole = self.known and start == 0 and end >= len(self.sentences)
        return Example(self.sentences[start:end], self.labels[start:end], self.weights[start:end], whole)


class Batch(NamedTuple):
    """Examples of one scheme that go through the transformer together."""

    scheme: str
    examples: tuple[Example, ...]


def examples_of(texts: Sequence[LabelledText], pieces: Pieces) -> list[Example]:
    """The texts in piece ids."""
    ids = pieces.ids([s for text in texts for s in text.sentences], MAX_SENTENCE_PIECES)
    found, at = [], 0
    for text in texts:
        rows = tuple(tuple(row) for row in ids[at : at + len(text.sentences)])
        found.append(Example(rows, text.labels, text.weights, text.whole))
        at += len(text.sentences)
    return found


def plan(sets: Mapping[str, Sequence[Example]], stage: Stage, recipe: RolesRecipe) -> list[Batch]:
    """All batches of a stage in order; the batches of a set are spread evenly over it."""
    placed: list[tuple[float, str, int, Batch]] = []
    for name in sorted(sets):
        rng = random.Random(f"{stage.seed} {name}")
        found: list[Batch] = []
        for epoch in range(math.ceil(stage.epochs.get(name, 0))):
            share = min(1.0, stage.epochs[name] - epoch)
            batches = _epoch(sets[name], recipe, rng)
            found += [Batch(SETS[name].name, batch) for batch in batches[: math.ceil(share * len(batches))]]
        placed += [((i + rng.random()) / len(found), name, i, batch) for i, batch in enumerate(found)]
    return [batch for *_, batch in sorted(placed, key=lambda entry: entry[:3])]


def _epoch(examples: Sequence[Example], recipe: RolesRecipe, rng: random.Random) -> list[tuple[Example, ...]]:
    """Every example once, in batches of like length."""
    shown = [view for example in examples for view in _views(example, recipe, rng)]
    rng.shuffle(shown)
    size = max(1, _SORTED_TOGETHER * recipe.batch_pieces * len(shown) // sum(e.n_pieces for e in shown))
    batches: list[tuple[Example, ...]] = []
    for start in range(0, len(shown), size):
        pool = sorted(shown[start : start + size], key=lambda e: e.n_pieces)
        while pool:
            count = max(1, recipe.batch_pieces // pool[-1].n_pieces)
            batches.append(tuple(pool[-count:]))
            del pool[-count:]
    rng.shuffle(batches)
    return batches


def _views(example: Example, recipe: RolesRecipe, rng: random.Random) -> list[Example]:
    """What is shown of an example: all of it, a part, or window after window of one without boundaries."""
    if not example.known:
        return _cut(example, recipe.loose_pieces, rng)
    if rng.random() < recipe.crop:
        n = len(example.sentences)
        size = rng.randint(1, n)
        start = rng.randint(0, n - size)
        example = example.part(start, start + size)
    return _cut(example, MAX_PIECES, None)


def _cut(example: Example, limit: int, rng: random.Random | None) -> list[Example]:
    """Parts of at most ``limit`` pieces, or one part if it fits; with ``rng`` the first is cut short at random."""
    parts = []
    start, room = 0, limit - 1
    if rng is not None and example.n_pieces > limit:
        room = rng.randint(limit // 4, limit - 1)
    for i, sentence in enumerate(example.sentences):
        if len(sentence) + 1 > room and i > start:
            parts.append(example.part(start, i))
            start, room = i, limit - 1
        room -= len(sentence) + 1
    return [*parts, example.part(start, len(example.sentences))]
