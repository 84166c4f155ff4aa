"""The processes of one training run: how many there are, and joins and sums across them.

Started by ``torchrun``, each process knows its place from the environment; alone, every function here is the
identity. Gradients are summed, never averaged: each process computes its share of the one global loss.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from torch import Tensor


@dataclass(frozen=True, slots=True)
class World:
    """This process's place among ``size`` processes, and the device it computes on."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def writes(self) -> bool:
        """Whether this is the one process that writes files."""
        return self.rank == 0


ALONE = World()
_DENSE, _SPARSE = 1, 2  # forms of a gradient


@contextmanager
def joined(environment: Mapping[str, str] = os.environ) -> Iterator[World]:
    """Join the other processes that ``torchrun`` started, if any, and leave them at the end.

    Reads RANK, WORLD_SIZE and LOCAL_RANK; uses NCCL where there is a GPU, else gloo.
    Raises ``InputError`` when only part of the variables is there.
    """
    size = int(environment.get("WORLD_SIZE", "1"))
    gpu = torch.cuda.is_available()
    if size == 1:
        yield World(device="cuda" if gpu else "cpu")
        return
    if "RANK" not in environment:
        raise InputError("WORLD_SIZE is set but RANK is not. Start several processes with torchrun.")
    device = f"cuda:{environment.get('LOCAL_RANK', '0')}" if gpu else "cpu"
    if gpu:
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if gpu else "gloo")
    try:
        yield World(int(environment["RANK"]), size, device)
    finally:
        distributed.destroy_process_group()


def join_rows(rows: Tensor, world: World) -> Tensor:
    """The rows of every process in order of rank: (n_here, …) → (n_everywhere, …); gradients flow back to each."""
    if world.size == 1:
        return rows
    joined_rows: Tensor = _JoinRows.apply(rows, world)  # type: ignore[no-untyped-call]
    return joined_rows


def row_counts(rows: Tensor, world: World) -> list[int]:
    """How many rows each process holds, in order of rank."""
    if world.size == 1:
        return [len(rows)]
    here = torch.tensor([len(rows)], device=world.device)
    counts = [torch.zeros_like(here) for _ in range(world.size)]
    distributed.all_gather(counts, here)
    return [int(count) for count in counts]


def sum_gradients(parameters: Iterable[torch.nn.Parameter], world: World) -> None:
    """Replace each gradient by its sum over the processes; one that some process lacks counts as zero there.

    Sparse gradients travel as their rows, so that a large table costs only what was touched.
    """
    if world.size == 1:
        return
    listed = list(parameters)
    # A process whose part of the batch is empty has no gradients, yet must join the others' sums in their form.
    forms = torch.tensor([0 if p.grad is None else 1 + p.grad.is_sparse for p in listed], device=world.device)
    distributed.all_reduce(forms, distributed.ReduceOp.MAX)
    for parameter, form in zip(listed, forms.tolist(), strict=True):
        if form == _DENSE:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            distributed.all_reduce(parameter.grad)
        elif form == _SPARSE:
            parameter.grad = _joined_sparse(parameter, world)


def same_everywhere(tensors: Iterable[Tensor], world: World) -> None:
    """Give every process the tensors of the first, in place."""
    if world.size > 1:
        for tensor in tensors:
            distributed.broadcast(tensor.detach(), src=0)


def agreed(number: float, world: World) -> float:
    """The first process's number, in all processes."""
    box = torch.tensor([number], dtype=torch.float64, device=world.device)
    same_everywhere([box], world)
    return float(box)


def total(number: float, world: World) -> float:
    """The sum of every process's number, in all processes."""
    box = torch.tensor([number], dtype=torch.float64, device=world.device)
    if world.size > 1:
        distributed.all_reduce(box)
    return float(box)


def wait_for_all(world: World) -> None:
    """Return once every process has come here."""
    if world.size > 1:
        distributed.barrier()


def _joined_sparse(table: torch.nn.Parameter, world: World) -> Tensor:
    """The sum of all processes' gradients of ``table``, whose first dimension is sparse."""
    if table.grad is None:
        rows, values = torch.zeros(0, 1, dtype=torch.int64, device=table.device), table.detach()[:0]
    else:
        gradient = table.grad.coalesce()
        rows, values = gradient.indices().T.contiguous(), gradient.values()
    rows, values = join_rows(rows, world), join_rows(values, world)
    return torch.sparse_coo_tensor(rows.T, values, table.shape, check_invariants=True).coalesce()


class _JoinRows(torch.autograd.Function):
    """Gather with gradient; processes may hold different numbers of rows, which ``all_gather`` alone refuses."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, world: World) -> Tensor:
        counts = row_counts(rows, world)
        padded = rows.new_zeros((max(counts), *rows.shape[1:]))
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in counts]
        distributed.all_gather(parts, padded)
        ctx.start, ctx.stop = sum(counts[: world.rank]), sum(counts[: world.rank + 1])
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None]:
        everywhere = gradients[0].contiguous()
        distributed.all_reduce(everywhere)
        return everywhere[ctx.start : ctx.stop], None
