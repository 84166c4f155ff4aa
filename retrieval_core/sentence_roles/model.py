"""The classifier under training: the encoder's body over whole texts, and a linear head for each label scheme.

After Cohan et al. (2019), "Pretrained Language Models for Sequential Sentence Classification": the sentences of a text
go through the transformer together, [CLS] s1 [SEP] s2 [SEP] …, and each is classified from its own [SEP]; here from the
mean of its pieces and its place in the text as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from retrieval_core.embedding.body import WIDTH
from retrieval_core.sentence_roles.schemes import SCHEMES
from retrieval_core.sentence_roles.windows import MAX_PIECES, N_FEATURES, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval_core.embedding.body import Body
    from retrieval_core.sentence_roles.batches import Example

_LENGTH_STEP = 16  # odd lengths are an order of magnitude slower in half precision on a CPU


class Inputs(NamedTuple):
    """A batch as tensors. ``sentence``: (batch, length), number of the sentence a piece is in, ``n`` where in none."""

    ids: torch.Tensor  # (batch, length)
    mask: torch.Tensor  # (batch, length), 1 for a piece
    sentence: torch.Tensor
    ends: torch.Tensor  # (n,) places of the [SEP]s in the flattened batch
    places: torch.Tensor  # (n, 4)


def inputs_of(examples: Sequence[Example], cls: int, sep: int) -> Inputs:
    """The examples with their special pieces, padded; ``n`` sentences in all, in order."""
    longest = max(example.n_pieces for example in examples)
    length = min(-(-longest // _LENGTH_STEP) * _LENGTH_STEP, MAX_PIECES)
    n = sum(len(example.sentences) for example in examples)
    ids = np.zeros((len(examples), length), np.int64)
    mask = np.zeros(ids.shape, np.float32)
    owner = np.full(ids.shape, n, np.int64)
    ends, places, number = [], [], 0
    for row, example in enumerate(examples):
        ids[row, 0], at = cls, 1
        for sentence in example.sentences:
            ids[row, at : at + len(sentence)] = sentence
            owner[row, at : at + len(sentence)] = number
            at += len(sentence)
            ids[row, at] = sep
            ends.append(row * length + at)
            at, number = at + 1, number + 1
        mask[row, :at] = 1
        places += place(len(example.sentences), known=example.known)
    return Inputs(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.from_numpy(owner),
        torch.tensor(ends),
        torch.tensor(places, dtype=torch.float32),
    )


def features_of(hidden: torch.Tensor, inputs: Inputs) -> torch.Tensor:
    """(batch, length, 384) → (n, 772): mean of the pieces, [SEP], place."""
    flat = hidden.float().reshape(-1, WIDTH)
    n = len(inputs.ends)
    owner = inputs.sentence.reshape(-1)
    sums = torch.zeros(n + 1, WIDTH).index_add(0, owner, flat)
    counts = torch.bincount(owner, minlength=n + 1).clamp(min=1)
    return torch.cat([(sums / counts[:, None])[:n], flat[inputs.ends], inputs.places], dim=1)


class Heads(nn.ModuleDict):
    """A linear layer for each scheme, in 32 bits: (n, 772) → (n, labels)."""

    def __init__(self) -> None:
        super().__init__({scheme.name: nn.Linear(N_FEATURES, len(scheme.labels)) for scheme in SCHEMES})


def new_heads(seed: int) -> Heads:
    """Heads with random weights."""
    torch.manual_seed(seed)
    return Heads()


def freeze_below(body: Body, layers: int) -> None:
    """Have the lowest ``layers`` layers, and with them what stands below, stay as they are."""
    if layers:
        body.positions.requires_grad_(False)
        body.norm_input.requires_grad_(requires_grad=False)
    for layer in body.layers[:layers]:
        layer.requires_grad_(requires_grad=False)


def drop_out(body: Body, rate: float, first: int = 0) -> None:
    """Drop out of both halves of the layers from ``first`` on what they add, as BERT does, in training mode."""

    def hook(_: nn.Module, __: object, output: torch.Tensor) -> torch.Tensor:
        return functional.dropout(output, rate, training=body.training)

    for layer in body.layers[first:]:
        layer.get_submodule("out").register_forward_hook(hook)
        layer.get_submodule("down").register_forward_hook(hook)
