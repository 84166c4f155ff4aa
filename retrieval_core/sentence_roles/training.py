"""Trains the classifier: all label schemes together on one body, which starts as the embedded encoder's.

The body runs in half precision (bfloat16) beside its weights in full. What ships is a running mean of the weights. The
vectors of the pieces stay as they are, so that the table is the encoder's own and need not ship twice.
"""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from retrieval_core import checkpoint
from retrieval_core.embedding.table_training import Nothing, learning_rate_factor
from retrieval_core.sentence_roles.model import drop_out, features_of, freeze_below, inputs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from retrieval_core.embedding.body import Body
    from retrieval_core.embedding.pieces import Pieces
    from retrieval_core.sentence_roles.batches import Batch
    from retrieval_core.sentence_roles.model import Heads
    from retrieval_core.sentence_roles.recipe import RolesRecipe, Stage

_CHECKPOINT_STEPS = 100
_REPORT_STEPS = 25
_CLIP = 1.0


class _Trained(NamedTuple):
    """What moves: the body in half precision, its weights in full, the heads, and the running mean of both."""

    body: Body
    weights: list[nn.Parameter]
    heads: Heads
    optimiser: torch.optim.Optimizer
    means: list[torch.Tensor]

    @property
    def moving(self) -> list[nn.Parameter]:
        """All trained weights in 32 bits, in a fixed order."""
        return [*self.weights, *self.heads.parameters()]

    def step(self, loss: torch.Tensor, decay: float) -> None:
        """One step of the optimiser; the half-precision body and the mean follow."""
        self.body.zero_grad()
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for half, full in zip(self.body.parameters(), self.weights, strict=True):
            full.grad = half.grad.float() if half.grad is not None else None
        torch.nn.utils.clip_grad_norm_(self.moving, _CLIP)
        self.optimiser.step()
        with torch.no_grad():
            for mean, weight in zip(self.means, self.moving, strict=True):
                mean.lerp_(weight, 1 - decay)
        self.follow()

    def follow(self) -> None:
        """Copy the weights into the half-precision body."""
        with torch.no_grad():
            for half, full in zip(self.body.parameters(), self.weights, strict=True):
                half.copy_(full)


def train(
    start: tuple[Body, Heads],
    batches: Sequence[Batch],
    pieces: Pieces,
    stage: Stage,
    recipe: RolesRecipe,
    folder: Path,
    report: Callable[[int, dict[str, float]], None],
) -> tuple[Body, Heads]:
    """Body and heads after a stage over ``batches``, in 32 bits.

    Checkpoints in ``folder``, from which it goes on. ``report`` is called every 25 steps with running losses.
    """
    trained = _prepare(start, stage, recipe)
    run = _digest(start, batches, pieces, stage, recipe)
    figures: dict[str, float] = {}
    last = min(stage.stop_after or len(batches), len(batches))
    for step in range(_restore(folder, run, trained), last):
        torch.manual_seed(stage.seed * 1_000_003 + step)
        factor = learning_rate_factor(step, len(batches))
        for group, rate in zip(
            trained.optimiser.param_groups, (stage.body_rate, stage.head_rate), strict=True
        ):
            group["lr"] = rate * factor
        batch = batches[step]
        loss = _loss(trained, batch, pieces, recipe)
        trained.step(loss, min(recipe.average, (step + 1) / (step + 10)))
        figures[batch.scheme] = 0.95 * figures.get(batch.scheme, loss.item()) + 0.05 * loss.item()
        if (step + 1) % _REPORT_STEPS == 0:
            report(step + 1, figures)
        if (step + 1) % _CHECKPOINT_STEPS == 0 or step + 1 == last:
            _store(folder, step + 1, run, trained)
    return _finished(start, trained)


def _prepare(start: tuple[Body, Heads], stage: Stage, recipe: RolesRecipe) -> _Trained:
    body, heads = copy.deepcopy(start)
    weights = [nn.Parameter(parameter.detach().float().clone()) for parameter in body.parameters()]
    half = body.to(torch.bfloat16).train().requires_grad_(requires_grad=True)
    freeze_below(half, stage.frozen_layers)
    drop_out(half, recipe.dropout, stage.frozen_layers)
    optimiser = torch.optim.AdamW(
        [{"params": weights}, {"params": list(heads.parameters())}],
        weight_decay=recipe.weight_decay,
        betas=(0.9, 0.98),
        fused=True,
    )
    means = [p.detach().clone() for p in (*weights, *heads.parameters())]
    return _Trained(half, weights, heads, optimiser, means)


def _loss(trained: _Trained, batch: Batch, pieces: Pieces, recipe: RolesRecipe) -> torch.Tensor:
    inputs = inputs_of(batch.examples, pieces.cls, pieces.sep)
    vectors = torch.from_numpy(pieces.vectors(inputs.ids.numpy())).to(torch.bfloat16)
    vectors = functional.dropout(vectors, recipe.dropout)
    features = features_of(trained.body.hidden(vectors, inputs.mask), inputs)
    logits = trained.heads[batch.scheme](functional.dropout(features, recipe.dropout))
    labels = torch.tensor([label for example in batch.examples for label in example.labels])
    weights = torch.tensor([weight for example in batch.examples for weight in example.weights])
    losses = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=recipe.smoothing)
    return (losses * weights).sum() / weights.sum()


def _finished(start: tuple[Body, Heads], trained: _Trained) -> tuple[Body, Heads]:
    body, heads = copy.deepcopy(start)
    with torch.no_grad():
        for parameter, mean in zip((*body.parameters(), *heads.parameters()), trained.means, strict=True):
            parameter.copy_(mean)
    return body.eval(), heads


def _digest(
    start: tuple[Body, Heads], batches: Sequence[Batch], pieces: Pieces, stage: Stage, recipe: RolesRecipe
) -> str:
    """What a checkpoint belongs to: the settings, what is trained from, the pieces and the batches."""
    settings = (stage.model_dump_json(exclude={"stop_after"}), recipe.model_dump_json(exclude={"stages"}))
    content = hashlib.sha256("|".join((*settings, pieces.fingerprint)).encode())
    for module in start:
        for parameter in module.parameters():
            content.update(parameter.detach().numpy().tobytes())
    for batch in batches:
        content.update(repr(batch).encode())
    return content.hexdigest()


def _store(folder: Path, step: int, run: str, trained: _Trained) -> None:
    tensors: dict[str, torch.Tensor] = {}
    for i, (weight, mean) in enumerate(zip(trained.moving, trained.means, strict=True)):
        state = trained.optimiser.state.get(weight, {})
        tensors |= {f"{i}.weight": weight.data, f"{i}.running": mean}
        tensors |= {f"{i}.{name}": state[name] for name in ("step", "exp_avg", "exp_avg_sq") if name in state}
    checkpoint.write(folder, step, run, {"roles": tensors}, Nothing())
    checkpoint.prune(folder, keep=1, best=None)


def _restore(folder: Path, run: str, trained: _Trained) -> int:
    """Put the last checkpoint in place; returns the number of steps done."""
    if not (done := checkpoint.steps(folder)):
        return 0
    saved = checkpoint.read(checkpoint.place_of(folder, done[-1]), run, Nothing).tensors["roles"]
    with torch.no_grad():
        for i, (weight, mean) in enumerate(zip(trained.moving, trained.means, strict=True)):
            weight.copy_(saved[f"{i}.weight"])
            mean.copy_(saved[f"{i}.running"])
            if f"{i}.step" in saved:
                trained.optimiser.state[weight] = {
                    name: saved[f"{i}.{name}"].clone() for name in ("step", "exp_avg", "exp_avg_sq")
                }
    trained.follow()
    return done[-1]
