"""How a model is trained: one frozen record, and the learning rate of each step."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from retrieval_core.records import Record
from retrieval_core.sampling import PRESETS, Sampling


class Training(Record):
    """Everything that decides what training does, the data and the model apart.

    Learning rate, weight decay and batch composition default to arXiv 2408.10536 §3.1; the temperature, which it
    does not state, to what sentence-transformers scales cosines by (1/20).
    """

    sampling: Sampling = PRESETS["hybrid"]
    seed: int = 0
    steps: int | None = Field(default=None, ge=1)  # exactly one of steps and epochs
    epochs: int | None = Field(default=None, ge=1)

    temperature: float = Field(default=0.05, gt=0)
    symmetric: bool = False
    hard_negatives: int = Field(default=0, ge=0)  # per pair, mined before the first step
    hard_negative_margin: float = Field(default=0.95, gt=0, le=1)
    replay_fraction: float = Field(default=0.0, ge=0, lt=1)  # share of whole batches from the replayed pairs

    learning_rate: float = Field(default=3e-5, gt=0)
    embedding_learning_rate: float | None = Field(default=None, gt=0)  # of embedding tables, where it differs
    weight_decay: float = Field(default=1e-2, ge=0)
    warmup_fraction: float = Field(default=0.1, ge=0, lt=1)  # of all steps
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    clip_norm: float | None = Field(default=1.0, gt=0)
    trainable: tuple[str, ...] = (
        ".*",
    )  # regular expressions; a parameter whose name one of them finds is trained
    sparse_embeddings: bool = False  # lazy Adam for torch.nn.Embedding too, not only for EmbeddingBag

    query_prefix: str | None = None  # None: the model's own prompt
    passage_prefix: str | None = None
    max_tokens: int | None = Field(default=None, ge=1)  # None: the model's own limit
    bf16: bool = False
    grad_cache_chunk: int | None = Field(default=None, ge=1)  # texts a chunk; None: the batch in one piece

    evaluate_every: int = Field(default=100, ge=1)  # steps
    patience: int | None = Field(
        default=None, ge=1
    )  # evaluations without a better one; None: never stop early
    checkpoint_every: int = Field(default=100, ge=1)  # steps
    keep_checkpoints: int = Field(default=2, ge=1)

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError("give exactly one of steps and epochs")
        return self


def learning_rate_factor(config: Training, step: int, steps: int) -> float:
    """What the learning rate of ``step`` (from 1) of ``steps`` is multiplied by; 0–1.

    Rises linearly over the warm-up, then stays, or falls to 0 after the last step along a line or half a cosine.
    """
    warmup = math.ceil(config.warmup_fraction * steps)
    if step <= warmup:
        return step / warmup
    if config.schedule == "constant":
        return 1.0
    done = (step - 1 - warmup) / (steps - warmup)
    return 1 - done if config.schedule == "linear" else (1 + math.cos(math.pi * done)) / 2
