"""MiniLM's transformer, from input vectors to a sentence vector.

The layers are those of BERT (Devlin et al., 2019) with the sizes of all-MiniLM-L6-v2: 6 layers, 384 wide, 12 heads,
feed-forward 1,536. Written out because it is trained over exact-length batches without a mask, exported to ONNX from
vectors instead of ids, and loaded from safetensors by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 384
HEADS = 12
LAYERS = 6
FEED_FORWARD = 1536
MAX_POSITIONS = 512
_EPSILON = 1e-12


class Projection(nn.Module):
    """x · weight + bias; ``weight``: (in, out), the way round in which ONNX keeps it and its name."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``x``: (…, in) → (…, out)."""
        return x @ self.weight + self.bias


class Layer(nn.Module):
    """One transformer layer, normalised after each half."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = Projection(WIDTH, 3 * WIDTH)
        self.out = Projection(WIDTH, WIDTH)
        self.norm_attention = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.up = Projection(WIDTH, FEED_FORWARD)
        self.down = Projection(FEED_FORWARD, WIDTH)
        self.norm_output = nn.LayerNorm(WIDTH, eps=_EPSILON)

    def forward(self, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """``x``: (batch, length, 384); ``bias``: (batch, 1, 1, length), added to the attention's logits."""
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        # written out: its backward pass is a third faster on CPUs in half precision than the fused kernel's
        logits = (q * (WIDTH // HEADS) ** -0.5) @ k.transpose(-1, -2)
        attended = (logits if bias is None else logits + bias).softmax(dim=-1) @ v
        x = self.norm_attention(x + self.out(attended.transpose(1, 2).reshape(batch, length, WIDTH)))
        hidden: torch.Tensor = self.norm_output(x + self.down(functional.gelu(self.up(x))))
        return hidden


class Body(nn.Module):
    """Input vectors → mean of the last layer's vectors, not normalised."""

    def __init__(self, n_layers: int = LAYERS) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.zeros(MAX_POSITIONS, WIDTH))  # token type 0 is added in here
        self.norm_input = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(n_layers))

    def hidden(self, vectors: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """``vectors``: (batch, length, 384); ``mask``: (batch, length), 1 for a piece and 0 for padding.

        Returns the last layer, (batch, length, 384).
        """
        bias = None if mask is None else (1.0 - mask[:, None, None, :].to(vectors.dtype)) * -1e4
        x: torch.Tensor = self.norm_input(vectors + self.positions[: vectors.shape[1]])
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """As ``hidden``; returns the mean over the pieces, (batch, 384)."""
        return mean_of(self.hidden(vectors, mask), mask)


def mean_of(hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """(batch, length, 384), (batch, length) → (batch, 384), the mean where ``mask`` is 1."""
    if mask is None:
        mask = torch.ones(hidden.shape[:2])
    weights = mask[:, :, None].to(hidden.dtype)
    mean: torch.Tensor = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
    return mean


def load_body(tensors: Mapping[str, torch.Tensor]) -> Body:
    """The body from a BERT checkpoint's tensors, in Hugging Face's names."""
    body = Body()
    state = {
        "positions": tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0],
        "norm_input.weight": tensors["embeddings.LayerNorm.weight"],
        "norm_input.bias": tensors["embeddings.LayerNorm.bias"],
    }
    names = {
        "out": "attention.output.dense",
        "norm_attention": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm_output": "output.LayerNorm",
    }
    for i in range(LAYERS):
        for kind in ("weight", "bias"):
            parts = [
                tensors[f"encoder.layer.{i}.attention.self.{p}.{kind}"] for p in ("query", "key", "value")
            ]
            state[f"layers.{i}.qkv.{kind}"] = torch.cat(parts)
            for ours, theirs in names.items():
                state[f"layers.{i}.{ours}.{kind}"] = tensors[f"encoder.layer.{i}.{theirs}.{kind}"]
        for projection in ("qkv", "out", "up", "down"):
            name = f"layers.{i}.{projection}.weight"
            state[name] = state[name].T
    body.load_state_dict(state)
    return body
