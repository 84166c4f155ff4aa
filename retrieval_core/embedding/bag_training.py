"""Trains the bag of vectors: one contrast over many kinds of pairs, thousands of pairs a second on one core.

Every batch is drawn from (seed, step) alone, so a run that was interrupted goes on exactly. Translations and word
pairs are contrasted with both sides of the batch, the same language included: without negatives in the query's own
language a bag learns to prefer that language (language bias). Lazy Adam moves only the rows a batch touches.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from retrieval_core.embedding.table_training import learning_rate_factor, restore, store
from retrieval_core.embedding.text import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from retrieval_core.embedding.material import BagMaterial
    from retrieval_core.embedding.recipe import Recipe

Pairs = list[tuple[int, int]]
_CHECKPOINT_STEPS = 500
_ENGLISH_SHARE = 0.6  # of translation pairs that have English on one side, where the row has it
_LONE_PAIRS = 3  # a batch of one language takes at most a third of its pairs, so that batches differ
_SAME = -1e4  # logit of a pair that must not count as a negative
_CHUNK = 20_000
_MAX_PIECES = 96


class Texts:
    """Piece ids of all texts in one flat array, 4 bytes a piece."""

    def __init__(self, texts: Sequence[str], tokenizer: Tokenizer) -> None:
        flat: list[NDArray[np.int32]] = []
        lengths: list[int] = []
        for start in range(0, len(texts), _CHUNK):
            prepared = [prepare(text) for text in texts[start : start + _CHUNK]]
            ids = [
                e.ids[:_MAX_PIECES] for e in tokenizer.encode_batch_fast(prepared, add_special_tokens=False)
            ]
            lengths += map(len, ids)
            flat.append(np.fromiter((piece for found in ids for piece in found), np.int32))
        self._flat = np.concatenate(flat)
        self._starts = np.concatenate([[0], np.cumsum(lengths)])

    def bag(self, numbers: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Piece ids of these texts in a row, and (n + 1,) offsets."""
        lengths = np.diff(self._starts)[numbers]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - self._starts[numbers], lengths)
        return torch.from_numpy(self._flat[places].astype(np.int64)), torch.from_numpy(offsets)

    def counts(self, n_pieces: int) -> NDArray[np.int64]:
        """(n_pieces,) how often each piece occurs."""
        return np.bincount(self._flat, minlength=n_pieces)


class Sampler:
    """Draws batches of one kind: pairs of numbers of texts."""

    def __init__(self, material: BagMaterial, recipe: Recipe) -> None:
        self._material, self._recipe = material, recipe
        self._languages = [*recipe.evaluated, *recipe.evaluated, *recipe.others]
        self._rows: dict[str, tuple[list[int], NDArray[np.float64]]] = {}
        evaluated = {"en", *recipe.evaluated}
        weights = [
            recipe.bag.row_weights.get(name, 1.0) * (1 + 0.5 * len(evaluated & row.keys()))
            for name, row in material.translations
        ]
        for language in recipe.languages:
            rows = [i for i, (_, row) in enumerate(material.translations) if language in row]
            self._rows[language] = rows, np.fromiter(accumulate(weights[i] for i in rows), np.float64)
        self._languages = [language for language in self._languages if self._rows[language][0]]

    def kinds(self) -> dict[str, float]:
        """Kind → share of batches, of the kinds that the data has."""
        there = {
            "translation": bool(self._languages),
            "words": bool(self._material.words),
            "heading": bool(self._material.headings),
            "neighbour": bool(self._material.neighbours),
            "question": bool(self._material.questions),
        }
        return {kind: share for kind, share in self._recipe.bag.mix.items() if share and there[kind]}

    def draw(self, kind: str, rng: np.random.Generator) -> Pairs:
        """Distinct pairs, at most ``batch_size``."""
        size = self._recipe.bag.batch_size
        if kind == "translation":
            drawn = self._translations(size, rng)
        elif kind == "words":
            drawn = [
                self._two(self._material.words[i], rng)
                for i in rng.integers(len(self._material.words), size=size)
            ]
        elif kind == "heading":
            drawn = self._headings(size, rng)
        else:
            of = self._material.questions if kind == "question" else self._material.neighbours
            drawn = _of_one_language(of, size, rng)
        return list(dict.fromkeys(drawn))

    def _translations(self, size: int, rng: np.random.Generator) -> Pairs:
        language = self._languages[rng.integers(len(self._languages))]
        rows, cumulated = self._rows[language]
        pairs = []
        for place in np.searchsorted(cumulated, rng.random(size) * cumulated[-1], side="right"):
            row = self._material.translations[rows[min(int(place), len(rows) - 1)]][1]
            if "en" in row and rng.random() < _ENGLISH_SHARE:
                other = row["en"]
            else:
                others = [text for of, text in row.items() if of != language]
                other = others[rng.integers(len(others))]
            pairs.append((row[language], other) if rng.random() < 0.5 else (other, row[language]))
        return pairs

    def _headings(self, size: int, rng: np.random.Generator) -> Pairs:
        """Hybrid: one batch is all of same-language pairs, the next of pairs across languages."""
        monolingual = rng.random() < 0.5
        pairs = []
        for i in rng.integers(len(self._material.headings), size=2 * size):
            headings, paragraphs = self._material.headings[i]
            language = list(headings)[rng.integers(len(headings))]
            others = [text for of, text in paragraphs.items() if (of == language) == monolingual]
            if others:
                pairs.append((headings[language], others[rng.integers(len(others))]))
        return pairs[:size]

    @staticmethod
    def _two(group: dict[str, int], rng: np.random.Generator) -> tuple[int, int]:
        texts = list(group.values())
        first, second = rng.choice(len(texts), size=2, replace=False)
        return texts[first], texts[second]


def train_bag(
    start: NDArray[np.float32],
    texts: Texts,
    sampler: Sampler,
    recipe: Recipe,
    folder: Path,
    report: Callable[[int, dict[str, float]], None],
) -> NDArray[np.float32]:
    """(n_pieces, dimension) trained vectors from ``start``; checkpoints in ``folder``, from which it goes on.

    ``report`` is called every hundred steps with the running loss of each kind.
    """
    settings, digest = recipe.bag, recipe.model_dump_json()
    table = nn.EmbeddingBag.from_pretrained(
        torch.from_numpy(start.copy()), freeze=False, mode="sum", sparse=True, include_last_offset=True
    )
    optimiser = torch.optim.SparseAdam(table.parameters(), betas=(0.9, 0.99))
    first = restore(folder, digest, table, optimiser)
    kinds = sampler.kinds()
    losses: dict[str, float] = {}
    for step in range(first, settings.steps):
        rng = np.random.default_rng([recipe.seed, step])
        kind = str(rng.choice(list(kinds), p=np.array(list(kinds.values())) / sum(kinds.values())))
        pairs = sampler.draw(kind, rng)
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * learning_rate_factor(step, settings.steps)
        loss = contrast(
            table, texts, pairs, settings.temperature, both_sides=kind in {"translation", "words"}
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()  # type: ignore[no-untyped-call]
        losses[kind] = 0.95 * losses.get(kind, loss.item()) + 0.05 * loss.item()
        if (step + 1) % 100 == 0:
            report(step + 1, losses)
        if (step + 1) % _CHECKPOINT_STEPS == 0 or step + 1 == settings.steps:
            store(folder, step + 1, digest, table, optimiser)
    return table.weight.detach().numpy()


def contrast(
    table: nn.EmbeddingBag, texts: Texts, pairs: Pairs, temperature: float, *, both_sides: bool
) -> torch.Tensor:
    """InfoNCE of the pairs within their batch; ``both_sides``: in both directions, against the query's side too."""
    first, second = np.array(pairs).T
    queries = functional.normalize(table(*texts.bag(first)), dim=1, eps=1e-6)
    documents = functional.normalize(table(*texts.bag(second)), dim=1, eps=1e-6)
    own = torch.eye(len(pairs), dtype=torch.bool)
    same = torch.from_numpy((first[:, None] == first) | (second[:, None] == second))
    across = (queries @ documents.T / temperature).masked_fill(same & ~own, _SAME)
    targets = torch.arange(len(pairs))
    if not both_sides:
        return functional.cross_entropy(across, targets)
    within = [(side @ side.T / temperature).masked_fill(same, _SAME) for side in (queries, documents)]
    logits = torch.cat([torch.cat([across, within[0]], dim=1), torch.cat([across.T, within[1]], dim=1)])
    return 2 * functional.cross_entropy(logits, torch.cat([targets, targets]))


def _of_one_language(of: dict[str, Pairs], size: int, rng: np.random.Generator) -> Pairs:
    language = sorted(of)[rng.integers(len(of))]
    pairs = of[language]
    return [pairs[i] for i in rng.integers(len(pairs), size=min(size, max(2, len(pairs) // _LONE_PAIRS)))]
