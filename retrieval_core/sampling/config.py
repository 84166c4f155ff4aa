"""What a batch is, how batches are to be drawn, and a place in their sequence."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from retrieval_core.errors import InputError
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

BatchKind = Literal["monolingual", "cross_lingual"]
Temperature = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs that are trained on together; ``indices`` point into the pairs that were planned.

    ``language`` is that of every question and passage of a monolingual batch, ``None`` for a cross-lingual one.
    """

    kind: BatchKind
    language: str | None
    indices: tuple[int, ...]


class Position(Record):
    """The place of a batch in the sequence of batches, both counted from 0.

    Under ``exhausted="refill"`` there are no epochs: ``epoch`` is 0 and ``batch`` counts the steps.
    """

    epoch: int = Field(default=0, ge=0)
    batch: int = Field(default=0, ge=0)

    def following(self) -> Position:
        """The position after this one; past an epoch's last batch it stands for the next epoch's first."""
        return Position(epoch=self.epoch, batch=self.batch + 1)


class Sampling(Record):
    """How batches are drawn.

    ``monolingual_fraction`` is the paper's α: each batch is monolingual with this probability, else cross-lingual;
    1 is X-X-mono, 0 is X-Y, between them the batches are hybrid. ``batch_size`` counts pairs; ``batch_tokens``
    bounds (longest text of the batch) x (number of its texts, questions and passages), which is at least the
    padded tokens whether both sides are encoded together or apart.

    ``language_weighting`` draws the language of a monolingual batch: "uniform" as in the paper, "size" by the
    number of pairs, or a temperature T > 0 by size**(1/T) (1 is "size", ∞ would be "uniform"). Cross-lingual pairs
    form one pool, so a direction comes up in proportion to its pairs.

    ``exhausted``: "drain" holds every pair once an epoch, and when one pool is empty the rest comes from the
    others; "refill" shuffles each pool anew as it runs out, so that the kind of every batch keeps probability α
    and every language its weight, for training by steps.
    """

    monolingual_fraction: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)
    batch_size: int | None = Field(default=None, ge=1)
    batch_tokens: int | None = Field(default=None, ge=1)
    language_weighting: Literal["uniform", "size"] | Temperature = "uniform"
    exhausted: Literal["drain", "refill"] = "drain"

    @model_validator(mode="after")
    def _one_measure_of_size(self) -> Self:
        if (self.batch_size is None) == (self.batch_tokens is None):
            raise ValueError(
                "give either batch_size (pairs) or batch_tokens (padded tokens), not both or none"
            )
        return self

    def language_weight(self, n_pairs: int) -> float:
        """The weight, not yet a probability, with which a language of ``n_pairs`` monolingual pairs is drawn."""
        if self.language_weighting == "uniform":
            return 1.0
        if self.language_weighting == "size":
            return float(n_pairs)
        return float(n_pairs ** (1 / self.language_weighting))


# The three strategies of arXiv 2408.10536 (2.2) at its batch size (3.1).
PRESETS: Mapping[str, Sampling] = MappingProxyType(
    {
        "monolingual": Sampling(monolingual_fraction=1.0, batch_size=100),
        "cross_lingual": Sampling(monolingual_fraction=0.0, batch_size=100),
        "hybrid": Sampling(monolingual_fraction=0.5, batch_size=100),
    }
)


def share(batch: Batch, rank: int, world_size: int) -> tuple[int, ...]:
    """The part of a global batch that process ``rank`` of ``world_size`` trains on; the parts partition the batch.

    Every process plans the same batches in the same order. Sizes differ by at most one pair, and a batch of fewer
    pairs than processes leaves some parts empty. Raises ``InputError`` for a rank outside 0 … world_size - 1.

    >>> share(Batch("monolingual", "de", (7, 3, 5)), 0, 2)
    (7, 5)
    """
    if not 0 <= rank < world_size:
        raise InputError(f"Rank {rank} of {world_size} processes; expected 0 ≤ rank < world_size.")
    return batch.indices[rank::world_size]
