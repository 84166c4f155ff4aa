"""Trains the added pieces of the transformer: each text must come out where MiniLM puts its English translation.

The body and MiniLM's own pieces are frozen, so English stays as it is and its vectors are computed once. Batches are
of texts of one length, so nothing is padded; their order depends on the seed alone, so a run goes on exactly.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from retrieval_core.embedding.body import WIDTH
from retrieval_core.embedding.table_training import learning_rate_factor, restore, store
from retrieval_core.embedding.text import prepare
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from retrieval_core.embedding.body import Body
    from retrieval_core.embedding.material import Aligned
    from retrieval_core.embedding.recipe import Recipe

_BLOCK_BATCHES = 100  # batches that are sorted by length together
_TEACHER_BATCH = 256
_CHECKPOINT_STEPS = 100
_SAME = -1e4  # logit of a pair that must not count as a negative


class AlignedIds:
    """Piece ids of both sides, those within the recipe's length. Raises ``InputError`` when none is."""

    def __init__(self, pairs: Sequence[Aligned], tokenizer: Tokenizer, limit: int) -> None:
        english = {text: i for i, text in enumerate(dict.fromkeys(pair.english for pair in pairs))}
        self.english = ids_of(list(english), tokenizer)
        ids = ids_of([pair.text for pair in pairs], tokenizer)
        numbers = [english[pair.english] for pair in pairs]
        kept = [i for i, found in enumerate(ids) if len(found) <= limit >= len(self.english[numbers[i]])]
        self.texts = [ids[i] for i in kept]
        self.sides = np.array([numbers[i] for i in kept], np.int64)
        if not kept:
            raise InputError(
                f"No aligned row has at most {limit} pieces on both sides; give longer max_pieces or other data."
            )


class Teacher:
    """MiniLM's vectors of the English sides, computed when they are first asked for."""

    def __init__(self, body: Body, pieces: torch.Tensor, english: Sequence[Sequence[int]]) -> None:
        self._body, self._pieces, self._english = body, pieces, english
        self._vectors = np.zeros((len(english), WIDTH), np.float16)
        self._known = np.zeros(len(english), bool)

    def vectors(self, numbers: NDArray[np.int64]) -> torch.Tensor:
        """(n, 384) of unit length."""
        lengths: dict[int, list[int]] = defaultdict(list)
        for number in np.unique(numbers[~self._known[numbers]]):
            lengths[len(self._english[number])].append(int(number))
        with torch.inference_mode():
            for same in lengths.values():
                for start in range(0, len(same), _TEACHER_BATCH):
                    batch = same[start : start + _TEACHER_BATCH]
                    ids = torch.tensor([self._english[i] for i in batch])
                    found = self._body(self._pieces[ids].to(torch.bfloat16)).float()
                    self._vectors[batch] = functional.normalize(found, dim=1).numpy()
                    self._known[batch] = True
        return torch.from_numpy(self._vectors[numbers].astype(np.float32))


def train_pieces(
    start: NDArray[np.float32],
    n_frozen: int,
    body: Body,
    pairs: Sequence[Aligned],
    tokenizer: Tokenizer,
    recipe: Recipe,
    folder: Path,
    report: Callable[[int, dict[str, float]], None],
) -> NDArray[np.float32]:
    """(n_pieces, 384) input vectors from ``start``, of which the first ``n_frozen`` stay as they are.

    Checkpoints in ``folder``, from which it goes on. ``report`` is called every fifty steps with running figures.
    """
    settings, digest = recipe.contextual, recipe.model_dump_json()
    body = body.to(torch.bfloat16).eval().requires_grad_(requires_grad=False)
    material = AlignedIds(pairs, tokenizer, settings.max_pieces)
    teacher = Teacher(body, torch.from_numpy(start[:n_frozen].copy()), material.english)
    table: nn.Embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
        torch.from_numpy(start.copy()), freeze=False, sparse=True
    )
    optimiser = torch.optim.SparseAdam(table.parameters(), betas=(0.9, 0.99))
    first = restore(folder, digest, table, optimiser)
    figures: dict[str, float] = {}
    for step, batch in enumerate(batches(material.texts, settings.batch_size, settings.steps, recipe.seed)):
        if step < first:
            continue
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * learning_rate_factor(step, settings.steps)
        sides = material.sides[batch]
        ids, mask = padded([material.texts[i] for i in batch])
        found = functional.normalize(body(table(ids).to(torch.bfloat16), mask).float(), dim=1)
        wanted = teacher.vectors(sides)
        loss = contrast(found, wanted, sides, settings.temperature)
        cosine = (found * wanted).sum(dim=1).mean()
        optimiser.zero_grad()
        (loss + settings.cosine_weight * (1 - cosine)).backward()  # type: ignore[no-untyped-call]
        freeze(table, n_frozen)
        optimiser.step()  # type: ignore[no-untyped-call]
        for name, value in (("contrast", loss.item()), ("cosine", cosine.item())):
            figures[name] = 0.98 * figures.get(name, value) + 0.02 * value
        if (step + 1) % 50 == 0:
            report(step + 1, figures)
        if (step + 1) % _CHECKPOINT_STEPS == 0 or step + 1 == settings.steps:
            store(folder, step + 1, digest, table, optimiser)
    return table.weight.detach().numpy()


def batches(texts: Sequence[Sequence[int]], size: int, steps: int, seed: int) -> list[list[int]]:
    """``steps`` batches of numbers of texts, each text once a pass, those of one length together."""
    rng = random.Random(seed)
    planned: list[list[int]] = []
    while len(planned) < steps:
        order = list(range(len(texts)))
        rng.shuffle(order)
        for start in range(0, len(order), size * _BLOCK_BATCHES):
            block = sorted(order[start : start + size * _BLOCK_BATCHES], key=lambda i: len(texts[i]))
            cut = [block[i : i + size] for i in range(0, len(block), size)]
            rng.shuffle(cut)
            planned += cut
    return planned[:steps]


def contrast(
    found: torch.Tensor, wanted: torch.Tensor, sides: NDArray[np.int64], temperature: float
) -> torch.Tensor:
    """InfoNCE in both directions; ``sides``: (n,) numbers, of which equal ones are no negatives of each other."""
    same = torch.from_numpy((sides[:, None] == sides) & ~np.eye(len(sides), dtype=bool))
    logits = (found @ wanted.T / temperature).masked_fill(same, _SAME)
    targets = torch.arange(len(sides))
    return (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.T, targets)) / 2


def freeze(table: nn.Embedding, n_frozen: int) -> None:
    """Drop the gradient of MiniLM's own pieces."""
    assert table.weight.grad is not None
    gradient = table.weight.grad.coalesce()
    kept = gradient.indices()[0] >= n_frozen
    table.weight.grad = torch.sparse_coo_tensor(
        gradient.indices()[:, kept],
        gradient.values()[kept],
        gradient.shape,
        check_invariants=False,  # said outright, or PyTorch warns that it does not check
    )


def padded(texts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """(n, longest) ids, and the mask unless all are of one length."""
    lengths = {len(ids) for ids in texts}
    if len(lengths) == 1:
        return torch.tensor(texts), None
    padded = torch.zeros(len(texts), max(lengths), dtype=torch.long)
    mask = torch.zeros(padded.shape)
    for row, ids in enumerate(texts):
        padded[row, : len(ids)] = torch.tensor(ids)
        mask[row, : len(ids)] = 1
    return padded, mask


def ids_of(texts: Sequence[str], tokenizer: Tokenizer) -> list[list[int]]:
    """Piece ids of the texts, [CLS] and [SEP] around."""
    return [found.ids for found in tokenizer.encode_batch_fast([prepare(text) for text in texts])]
