"""Trains the transformer's body together with the added pieces.

Frozen, the body reads other languages only as well as English word order allows: the cosine with the teacher stood
still at 0.59. Trained, it passes 0.65 within minutes. English texts are trained towards their own old vectors, so
that English stays, and questions towards their answer sentences.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from retrieval_core import checkpoint
from retrieval_core.embedding.contextual_training import (
    AlignedIds,
    Teacher,
    batches,
    contrast,
    freeze,
    ids_of,
    padded,
)
from retrieval_core.embedding.table_training import Nothing, learning_rate_factor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from retrieval_core.embedding.body import Body
    from retrieval_core.embedding.material import Aligned
    from retrieval_core.embedding.recipe import Recipe

_CHECKPOINT_STEPS = 100
_CLIP = 1.0
_LONE_PAIRS = 2  # a batch takes at most half of a language's questions


class Questions:
    """Piece ids of questions and their answer sentences, by language; passages told apart by number."""

    def __init__(
        self, pairs: Mapping[str, Sequence[tuple[str, str]]], tokenizer: Tokenizer, recipe: Recipe
    ) -> None:
        settings = recipe.body
        self._ids = {}
        for language in sorted(pairs):
            questions = ids_of([question for question, _ in pairs[language]], tokenizer)
            passages = ids_of([passage for _, passage in pairs[language]], tokenizer)
            numbers = {text: i for i, text in enumerate(dict.fromkeys(p for _, p in pairs[language]))}
            self._ids[language] = (
                [ids[: settings.max_question_pieces] for ids in questions],
                [ids[: settings.max_passage_pieces] for ids in passages],
                np.array([numbers[passage] for _, passage in pairs[language]], np.int64),
            )

    def __bool__(self) -> bool:
        return bool(self._ids)

    def draw(
        self, size: int, rng: np.random.Generator
    ) -> tuple[list[list[int]], list[list[int]], NDArray[np.int64]]:
        """Questions, passages, and the passages' numbers, of one language."""
        languages = list(self._ids)
        questions, passages, numbers = self._ids[languages[rng.integers(len(languages))]]
        most = min(len(questions), max(2, len(questions) // _LONE_PAIRS))
        chosen = rng.choice(len(questions), size=min(size, most), replace=False)
        return [questions[i] for i in chosen], [passages[i] for i in chosen], numbers[chosen]


class _Trained(NamedTuple):
    """What moves: the table, the body in half precision, its weights in full, and their optimisers."""

    table: nn.Embedding
    body: Body
    weights: list[nn.Parameter]
    of_table: torch.optim.Optimizer
    of_body: torch.optim.Optimizer

    def encode(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        """(n, 384) of unit length."""
        ids, mask = padded(texts)
        return functional.normalize(self.body(self.table(ids).to(torch.bfloat16), mask).float(), dim=1)

    def step(self, loss: torch.Tensor, n_frozen: int) -> None:
        """One step of both optimisers; the half-precision body follows its weights."""
        self.of_table.zero_grad()
        self.body.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        freeze(self.table, n_frozen)
        for half, full in zip(self.body.parameters(), self.weights, strict=True):
            full.grad = half.grad.float() if half.grad is not None else None
        torch.nn.utils.clip_grad_norm_(self.weights, _CLIP)
        self.of_table.step()
        self.of_body.step()
        self.follow()

    def follow(self) -> None:
        """Copy the weights into the half-precision body."""
        with torch.no_grad():
            for half, full in zip(self.body.parameters(), self.weights, strict=True):
                half.copy_(full)


def train_body(
    start: NDArray[np.float32],
    n_frozen: int,
    body: Body,
    pairs: Sequence[Aligned],
    questions: Questions,
    tokenizer: Tokenizer,
    recipe: Recipe,
    folder: Path,
    report: Callable[[int, dict[str, float]], None],
) -> tuple[NDArray[np.float32], Body]:
    """Trained input vectors (n_pieces, 384) and body; the first ``n_frozen`` vectors stay as they are.

    Checkpoints in ``folder``, from which it goes on. ``report`` is called every fifty steps with running figures.
    """
    settings = recipe.body
    teacher_body = copy.deepcopy(body).to(torch.bfloat16).eval().requires_grad_(requires_grad=False)
    material = AlignedIds(pairs, tokenizer, recipe.contextual.max_pieces)
    teacher = Teacher(teacher_body, torch.from_numpy(start[:n_frozen].copy()), material.english)
    trained = _prepare(start, body, recipe)
    planned = batches(material.texts, settings.batch_size, settings.steps, recipe.seed + 1)
    figures: dict[str, float] = {}
    for step in range(_restore(folder, recipe, trained), settings.steps):
        rng = np.random.default_rng([recipe.seed, step])
        factor = learning_rate_factor(step, settings.steps)
        for optimiser, rate in (
            (trained.of_table, settings.learning_rate),
            (trained.of_body, settings.body_learning_rate),
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor
        drawn = rng.random()
        if questions and drawn < settings.questions:
            kind, loss = "questions", _question_loss(trained, questions, recipe, rng)
        else:
            english = drawn < settings.questions + settings.english
            kind = "english" if english else "translations"
            loss = _translation_loss(trained, teacher, material, planned[step], recipe, english=english)
        trained.step(loss, n_frozen)
        figures[kind] = 0.97 * figures.get(kind, loss.item()) + 0.03 * loss.item()
        if (step + 1) % 50 == 0:
            report(step + 1, figures)
        if (step + 1) % _CHECKPOINT_STEPS == 0 or step + 1 == settings.steps:
            _store(folder, step + 1, recipe, trained)
    done = copy.deepcopy(body)
    with torch.no_grad():
        for parameter, full in zip(done.parameters(), trained.weights, strict=True):
            parameter.copy_(full)
    return trained.table.weight.detach().numpy(), done


def _prepare(start: NDArray[np.float32], body: Body, recipe: Recipe) -> _Trained:
    settings = recipe.body
    table: nn.Embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
        torch.from_numpy(start.copy()), freeze=False, sparse=True
    )
    weights = [nn.Parameter(parameter.detach().float().clone()) for parameter in body.parameters()]
    half = copy.deepcopy(body).to(torch.bfloat16).requires_grad_(requires_grad=True)
    return _Trained(
        table,
        half,
        weights,
        torch.optim.SparseAdam(table.parameters(), betas=(0.9, 0.99)),
        torch.optim.AdamW(weights, lr=settings.body_learning_rate, weight_decay=0.01, betas=(0.9, 0.99)),
    )


def _translation_loss(
    trained: _Trained,
    teacher: Teacher,
    material: AlignedIds,
    batch: list[int],
    recipe: Recipe,
    *,
    english: bool,
) -> torch.Tensor:
    sides = material.sides[batch]
    texts = [material.texts[i] for i in batch]
    if english:
        sides = np.unique(sides)
        texts = [material.english[i] for i in sides]
    found, wanted = trained.encode(texts), teacher.vectors(sides)
    loss = contrast(found, wanted, sides, recipe.contextual.temperature)
    return loss + recipe.contextual.cosine_weight * (1 - (found * wanted).sum(dim=1).mean())


def _question_loss(
    trained: _Trained, questions: Questions, recipe: Recipe, rng: np.random.Generator
) -> torch.Tensor:
    asked, answering, numbers = questions.draw(recipe.body.question_batch_size, rng)
    same = torch.from_numpy((numbers[:, None] == numbers) & ~np.eye(len(numbers), dtype=bool))
    logits = trained.encode(asked) @ trained.encode(answering).T / recipe.contextual.temperature
    return functional.cross_entropy(logits.masked_fill(same, -1e4), torch.arange(len(numbers)))


def _store(folder: Path, step: int, recipe: Recipe, trained: _Trained) -> None:
    [moments] = trained.of_table.state.values()
    tensors = {
        "table": trained.table.weight.data,
        "mean": moments["exp_avg"],
        "square": moments["exp_avg_sq"],
    }
    for i, weight in enumerate(trained.weights):
        state = trained.of_body.state[weight]
        tensors |= {
            f"{i}.weight": weight.data,
            f"{i}.mean": state["exp_avg"],
            f"{i}.square": state["exp_avg_sq"],
        }
    checkpoint.write(folder, step, recipe.model_dump_json(), {"body": tensors}, Nothing())
    checkpoint.prune(folder, keep=1, best=None)


def _restore(folder: Path, recipe: Recipe, trained: _Trained) -> int:
    """Put the last checkpoint in place; returns the number of steps done."""
    if not (done := checkpoint.steps(folder)):
        return 0
    place = checkpoint.place_of(folder, done[-1])
    saved = checkpoint.read(place, recipe.model_dump_json(), Nothing).tensors["body"]
    with torch.no_grad():
        trained.table.weight.copy_(saved["table"])
        for i, weight in enumerate(trained.weights):
            weight.copy_(saved[f"{i}.weight"])
    trained.of_table.state[trained.table.weight] = {
        "step": done[-1],
        "exp_avg": saved["mean"].clone(),
        "exp_avg_sq": saved["square"].clone(),
    }
    for i, weight in enumerate(trained.weights):
        trained.of_body.state[weight] = {
            "step": torch.tensor(float(done[-1])),
            "exp_avg": saved[f"{i}.mean"].clone(),
            "exp_avg_sq": saved[f"{i}.square"].clone(),
        }
    trained.follow()
    return done[-1]
