"""Training the cross-encoder: batches of like length, half-precision steps, checkpoints that resume exactly.

The loss of an example is −log of the probability that the model gives to any of the labels that may be right.
Dropout draws from torch's generator, which is seeded anew for every step, so a resumed run takes the same steps.
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch

from retrieval_core import checkpoint
from retrieval_core.entailment.cross_input import InputMaker
from retrieval_core.entailment.cross_model import N_LABELS, CrossEncoder
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.embedding.body import Body
    from retrieval_core.embedding.pieces import Pieces
    from retrieval_core.entailment.cross_input import PairIds
    from retrieval_core.entailment.examples import Example
    from retrieval_core.entailment.judge_recipe import JudgeRecipe

CHECKPOINT_STEPS = 150
_REPORT_STEPS = 25
_POOL = 1536  # examples that are sorted by length among themselves before they are cut into batches
_CLIP = 1.0


class Batch(NamedTuple):
    """Padded inputs and which labels may be right."""

    ids: torch.Tensor  # (n, longest)
    marks: torch.Tensor  # (n, longest, 2)
    mask: torch.Tensor  # (n, longest)
    allowed: torch.Tensor  # (n, 3), 1 for a label that may be right
    weights: torch.Tensor  # (n,)


class Material:
    """The examples of one epoch as inputs, cut into batches."""

    def __init__(self, examples: Sequence[Example], pieces: Pieces, recipe: JudgeRecipe) -> None:
        maker = InputMaker(pieces)
        claims = pieces.ids([example.claim for example in examples])
        passages = pieces.ids([example.passage for example in examples])
        self.inputs = [maker.make(c, p) for c, p in zip(claims, passages, strict=True)]
        self.labels = [example.labels for example in examples]
        self.weights = _weights(examples, recipe.balance)
        self.batches = _batches(self.inputs, recipe)

    def batch(self, number: int) -> Batch:
        """The batch of step ``number``."""
        rows = self.batches[number]
        ids, marks, mask = padded([self.inputs[row] for row in rows])
        allowed = torch.zeros(len(rows), N_LABELS)
        for i, row in enumerate(rows):
            allowed[i, list(self.labels[row])] = 1
        return Batch(ids, marks, mask, allowed, torch.from_numpy(self.weights[rows]))


def padded(inputs: Sequence[PairIds]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids (n, longest), marks (n, longest, 2) and mask (n, longest)."""
    shape = (len(inputs), max(len(pair.ids) for pair in inputs))
    ids, mask, marks = (
        np.zeros(shape, np.int64),
        np.zeros(shape, np.float32),
        np.zeros((*shape, 2), np.float32),
    )
    for row, pair in enumerate(inputs):
        n = len(pair.ids)
        ids[row, :n], mask[row, :n] = pair.ids, 1
        marks[row, :n, 0], marks[row, :n, 1] = pair.passage, pair.matched
    return torch.from_numpy(ids), torch.from_numpy(marks), torch.from_numpy(mask)


class _Trained(NamedTuple):
    """The network in half precision, its weights in full, and their optimiser."""

    table: torch.Tensor
    half: CrossEncoder
    full: CrossEncoder
    optimiser: torch.optim.Optimizer

    def loss(self, batch: Batch) -> torch.Tensor:
        vectors = self.table[batch.ids]
        logits = self.half(vectors, batch.marks.to(torch.bfloat16), batch.mask).float()
        log_shares = logits.log_softmax(dim=1).masked_fill(batch.allowed == 0, -torch.inf)
        loss: torch.Tensor = -(log_shares.logsumexp(dim=1) * batch.weights).sum() / batch.weights.sum()
        return loss

    def set_rate(self, factor: float) -> None:
        """Learning rates at ``factor`` of their peaks."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor

    def step(self, loss: torch.Tensor) -> None:
        self.half.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for half, full in zip(self.half.parameters(), self.full.parameters(), strict=True):
            full.grad = half.grad.float() if half.grad is not None else None
        torch.nn.utils.clip_grad_norm_(self.full.parameters(), _CLIP)
        self.optimiser.step()
        self.follow()

    def follow(self) -> None:
        """Copy the weights into the half-precision network."""
        with torch.no_grad():
            for half, full in zip(self.half.parameters(), self.full.parameters(), strict=True):
                half.copy_(full)


class _Place(Record):
    """How far a run has come: steps done of an epoch, and in all."""

    epoch: int = 0
    step: int = 0
    total: int = 0


def train_cross_encoder(
    body: Body,
    draw: Callable[[int], Sequence[Example]],
    pieces: Pieces,
    recipe: JudgeRecipe,
    folder: Path,
    watch: Watch,
) -> CrossEncoder:
    """The trained network; ``draw`` gives the examples of an epoch. Checkpoints in ``folder``, from which it goes on.

    The learning rate falls with the share of the run that is done, each epoch counting alike, whatever its length.
    Raises ``InputError`` if ``folder`` holds a run with another recipe.
    """
    trained = _prepare(body, pieces, recipe)
    place = _restore(folder, recipe, trained)
    running = math.nan
    for epoch in range(place.epoch, recipe.epochs):
        material = Material(draw(epoch), pieces, recipe)
        n_steps = len(material.batches)
        for step in range(place.step if epoch == place.epoch else 0, n_steps):
            trained.set_rate(_factor((epoch + step / n_steps) / recipe.epochs, recipe.warm_up))
            torch.manual_seed(recipe.seed * 1_000_003 + place.total)
            loss = trained.loss(material.batch(step))
            trained.step(loss)
            running = loss.item() if math.isnan(running) else 0.98 * running + 0.02 * loss.item()
            place = _Place(epoch=epoch, step=step + 1, total=place.total + 1)
            if place.total % _REPORT_STEPS == 0:
                watch.progress(epoch, step + 1, n_steps, running)
            if place.total % CHECKPOINT_STEPS == 0 or step + 1 == n_steps:
                _store(folder, recipe, trained, place)
                watch.measure(place.total, trained.full)
    return trained.full


class Watch(Protocol):
    """Who is told how a run goes."""

    def progress(self, epoch: int, step: int, n_steps: int, loss: float) -> None:
        """Every few steps: the epoch, its steps, and the running mean of the loss."""
        ...

    def measure(self, step: int, network: CrossEncoder) -> None:
        """At every checkpoint."""
        ...


def _prepare(body: Body, pieces: Pieces, recipe: JudgeRecipe) -> _Trained:
    torch.manual_seed(recipe.seed)
    full = CrossEncoder(copy.deepcopy(body).float(), recipe.dropout)
    torch.nn.init.normal_(full.head.weight, std=0.02)
    torch.nn.init.zeros_(full.head.bias)
    half = copy.deepcopy(full).to(torch.bfloat16).train()
    new = [full.marks, *full.head.parameters()]
    groups = [
        {"params": list(full.body.parameters()), "peak": recipe.learning_rate},
        {"params": new, "peak": recipe.head_learning_rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=0.0, weight_decay=recipe.weight_decay, betas=(0.9, 0.98))
    return _Trained(torch.from_numpy(pieces.table_float()).to(torch.bfloat16), half, full, optimiser)


def _factor(done: float, warm_up: float) -> float:
    """Linear rise, then half a cosine down to 2 % of the peak; ``done``: share of the run, 0–1."""
    if done < warm_up:
        return max(done / warm_up, 0.01)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def _weights(examples: Sequence[Example], balance: float) -> NDArray[np.float32]:
    """Of each example, so that the labels of one source (with what was made from it) come nearer to one mass."""
    family = [example.source.split()[0] for example in examples]
    counts = Counter((f, e.labels) for f, e in zip(family, examples, strict=True))
    kinds = Counter(f for f, _ in counts)
    sizes = Counter(family)
    return np.array(
        [
            min(4.0, (sizes[f] / kinds[f] / counts[f, e.labels]) ** balance)
            for f, e in zip(family, examples, strict=True)
        ],
        np.float32,
    )


def _batches(inputs: Sequence[PairIds], recipe: JudgeRecipe) -> list[list[int]]:
    """Rows of like length, at most ``batch_pieces`` pieces with padding; batches of a pool in random order."""
    rng = np.random.default_rng(recipe.seed)
    planned: list[list[int]] = []
    for start in range(0, len(inputs), _POOL):
        pool = sorted(
            range(start, min(start + _POOL, len(inputs))), key=lambda row: (len(inputs[row].ids), row)
        )
        cut: list[list[int]] = [[]]
        for row in reversed(pool):
            longest = len(inputs[cut[-1][0]].ids) if cut[-1] else 0
            if cut[-1] and (len(cut[-1]) + 1) * longest > recipe.batch_pieces:
                cut.append([])
            cut[-1].append(row)
        planned += [cut[i] for i in rng.permutation(len(cut))]
    return planned


def _store(folder: Path, recipe: JudgeRecipe, trained: _Trained, place: _Place) -> None:
    tensors: dict[str, torch.Tensor] = {}
    for name, weight in trained.full.named_parameters():
        state = trained.optimiser.state[weight]
        tensors |= {
            name: weight.data,
            f"{name}/mean": state["exp_avg"],
            f"{name}/square": state["exp_avg_sq"],
        }
    checkpoint.write(folder, place.total, recipe.model_dump_json(), {"judge": tensors}, place)
    checkpoint.prune(folder, keep=1, best=None)


def _restore(folder: Path, recipe: JudgeRecipe, trained: _Trained) -> _Place:
    """Put the last checkpoint in place; returns how far it had come."""
    if not (done := checkpoint.steps(folder)):
        return _Place()
    saved = checkpoint.read(checkpoint.place_of(folder, done[-1]), recipe.model_dump_json(), _Place)
    tensors = saved.tensors["judge"]
    with torch.no_grad():
        for name, weight in trained.full.named_parameters():
            weight.copy_(tensors[name])
            trained.optimiser.state[weight] = {
                "step": torch.tensor(float(done[-1])),
                "exp_avg": tensors[f"{name}/mean"].clone(),
                "exp_avg_sq": tensors[f"{name}/square"].clone(),
            }
    trained.follow()
    return saved.state
