"""A table of vectors under training: its learning rate, its checkpoints, and going on from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from retrieval_core import checkpoint
from retrieval_core.records import Record

if TYPE_CHECKING:
    from pathlib import Path

_WARM_UP = 30  # steps
_LAST_RATE = 0.05  # of the learning rate, at the last step


class Nothing(Record):
    """Nothing but the tensors and the step: batches depend on the step alone."""


def learning_rate_factor(step: int, steps: int) -> float:
    """Of the learning rate: a short warm-up, then a straight fall to a twentieth."""
    return min(1.0, (step + 1) / _WARM_UP) * (1 - (1 - _LAST_RATE) * step / steps)


def store(folder: Path, step: int, digest: str, table: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """Write the table and Adam's moments after ``step`` steps; older checkpoints go."""
    [moments] = optimiser.state.values()
    tensors = {
        "table": next(table.parameters()).data,
        "mean": moments["exp_avg"],
        "square": moments["exp_avg_sq"],
    }
    checkpoint.write(folder, step, digest, {"table": tensors}, Nothing())
    checkpoint.prune(folder, keep=1, best=None)


def restore(folder: Path, digest: str, table: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """Put the last checkpoint in place; returns the number of steps done."""
    if not (done := checkpoint.steps(folder)):
        return 0
    tensors = checkpoint.read(checkpoint.place_of(folder, done[-1]), digest, Nothing).tensors["table"]
    [parameter] = table.parameters()
    with torch.no_grad():
        parameter.copy_(tensors["table"])
    optimiser.state[parameter] = {
        "step": done[-1],
        "exp_avg": tensors["mean"].clone(),
        "exp_avg_sq": tensors["square"].clone(),
    }
    return done[-1]
