"""What training minimises: InfoNCE over cosine similarities, in one piece, in chunks, and across processes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from torch.nn import functional

from retrieval_core.errors import InputError
from retrieval_core.processes import ALONE, World, join_rows, row_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

Chunk = TypeVar("Chunk")
NO_KEY = -1


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a batch is contrasted: similarities are divided by ``temperature``; ``symmetric`` also ranks queries."""

    temperature: float = 0.05
    symmetric: bool = False

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise InputError(f"The temperature is {self.temperature}; it must be above 0, for example 0.05.")


def info_nce(
    queries: Tensor,
    candidates: Tensor,
    targets: Tensor,
    temperature: float,
    excluded: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of picking each query's own candidate by cosine similarity; (n,) losses.

    loss_i = −log( exp(s(i, tᵢ)/τ) / Σ_j exp(s(i, j)/τ) ) over the candidates j that are not excluded
    (van den Oord et al., arXiv 1807.03748, equation 4, with cosine similarity s and temperature τ).

    ``queries`` (n, dim), ``candidates`` (m, dim), ``targets`` (n,) the place of each query's positive, ``excluded``
    (n, m) true where a candidate may be relevant too, so that it is no negative; the positive itself always counts.
    """
    cosines = _unit(queries) @ _unit(candidates).T  # (n, m)
    if excluded is not None:
        others = excluded.clone()
        others[torch.arange(len(targets), device=targets.device), targets] = False
        cosines = cosines.masked_fill(others, float("-inf"))
    return functional.cross_entropy(cosines / temperature, targets, reduction="none")


def batch_loss(
    queries: Tensor,
    passages: Tensor,
    contrast: Contrast,
    keys: Tensor | None = None,
    world: World = ALONE,
) -> Tensor:
    """This process's share of the mean loss of the batch that all processes hold together; a scalar.

    ``queries`` (n, dim); ``passages`` (n + k, dim): each query's positive in order, then k further negatives, which
    serve every query. Each query is contrasted with the passages of all processes; the sum of the shares over the
    processes is the loss of the joined batch. ``keys`` (n + k, n_kinds), whole numbers: two passages that agree in
    any kind are both relevant to a query of either, so neither is the other's negative; ``NO_KEY`` agrees with none.
    Raises ``InputError`` if there are fewer passages than queries.
    """
    n = len(queries)
    if len(passages) < n:
        raise InputError(f"{n} queries have {len(passages)} passages; expected a positive for each.")
    candidates = torch.cat([join_rows(passages[:n], world), join_rows(passages[n:], world)])
    counts = row_counts(queries, world)
    targets = torch.arange(n, device=queries.device) + sum(counts[: world.rank])
    own, everyone = None, None
    if keys is not None:
        own = keys[:n]
        everyone = torch.cat([join_rows(own, world), join_rows(keys[n:], world)])
    excluded = None if own is None or everyone is None else share_a_key(own, everyone)
    losses = info_nce(queries, candidates, targets, contrast.temperature, excluded)
    if contrast.symmetric:
        everyones = join_rows(queries, world)
        back = None if excluded is None else excluded[:, : len(everyones)]
        losses = (losses + info_nce(passages[:n], everyones, targets, contrast.temperature, back)) / 2
    return losses.sum() / sum(counts)


def share_a_key(own: Tensor, everyone: Tensor) -> Tensor:
    """(n, m) whether row i of ``own`` (n, kinds) agrees in any kind with row j of ``everyone`` (m, kinds)."""
    same = own[:, None, :] == everyone[None, :, :]
    return (same & (own[:, None, :] != NO_KEY)).any(dim=2)


def cached_backward(
    chunks: Sequence[Chunk], encode: Callable[[Chunk], Tensor], loss_of: Callable[[Tensor], Tensor]
) -> float:
    """Accumulate the gradients of ``loss_of`` over all chunks' embeddings in the memory of one chunk.

    Embeds without a graph, takes the loss's gradient with respect to the embeddings, then embeds each chunk again
    with a graph and hands its part of that gradient down (Gao et al., arXiv 2101.06983). Each chunk meets the same
    random numbers both times, so dropout is the same and the gradients are those of the undivided loss.
    ``encode``: a chunk → (rows, dim); ``loss_of``: all rows in order → a scalar, which is returned.
    """
    states, parts = [], []
    with torch.no_grad():
        for chunk in chunks:
            states.append(_random_states())
            parts.append(encode(chunk))
    embeddings = torch.cat(parts).requires_grad_()
    loss = loss_of(embeddings)
    loss.backward()  # type: ignore[no-untyped-call]
    assert embeddings.grad is not None
    gradients = torch.split(embeddings.grad, [len(part) for part in parts])
    for chunk, state, gradient in zip(chunks, states, gradients, strict=True):
        with _replayed(state):
            again = encode(chunk)
        again.backward(gradient)  # type: ignore[no-untyped-call]
    return float(loss.detach())


def _unit(rows: Tensor) -> Tensor:
    """Rows of length 1 in full precision: a half-precision cosine is too coarse for a small temperature."""
    return functional.normalize(rows.float(), dim=-1)


def _random_states() -> tuple[Tensor, list[Tensor]]:
    return torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []


@contextmanager
def _replayed(state: tuple[Tensor, list[Tensor]]) -> Iterator[None]:
    """Random numbers from ``state`` on; afterwards they go on as if nothing had been drawn."""
    with torch.random.fork_rng():
        torch.set_rng_state(state[0])
        if state[1]:
            torch.cuda.set_rng_state_all(state[1])
        yield
