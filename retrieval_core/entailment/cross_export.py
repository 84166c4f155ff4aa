"""The trained cross-encoder as an ONNX graph in int8.

Attention becomes one node of ONNX Runtime's own (``MultiHeadAttention``), which spares the copies between its parts:
a fifth of the time of a pair.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from retrieval_core.embedding.body import HEADS, WIDTH
from retrieval_core.embedding.export import OPSET, quantised
from retrieval_core.entailment.cross_model import N_MARKS
from retrieval_core.entailment.cross_network import INPUTS

if TYPE_CHECKING:
    from retrieval_core.embedding.body import Layer
    from retrieval_core.entailment.cross_model import CrossEncoder

_DOMAIN = "com.microsoft"


def to_onnx(network: CrossEncoder, *, int8: bool = True) -> bytes:
    """The graph (``vectors``, ``marks``) → logits, for inputs without padding; ``int8``: quantised projections."""
    pieces = {0: "batch", 1: "length"}
    example = (torch.zeros(2, 3, WIDTH), torch.zeros(2, 3, N_MARKS))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its successor, which needs two more packages
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            _Exported(network.float().eval()),
            example,
            str(plain),
            input_names=INPUTS,
            output_names=["logits"],
            dynamic_axes={**dict.fromkeys(INPUTS, pieces), "logits": {0: "batch"}},
            opset_version=OPSET,
            custom_opsets={_DOMAIN: 1},
            dynamo=False,
        )
        return quantised(plain) if int8 else plain.read_bytes()


class _Exported(nn.Module):
    """The network with its attention as one node."""

    def __init__(self, network: CrossEncoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, vectors: torch.Tensor, marks: torch.Tensor) -> torch.Tensor:
        network, body = self.network, self.network.body
        x = body.norm_input(vectors + marks @ network.marks + body.positions[: vectors.shape[1]])
        for layer in body.layers:
            x = _layer(layer, x)
        logits: torch.Tensor = network.head(torch.cat([x[:, 0], x.mean(dim=1)], dim=1))
        return logits


def _layer(layer: Layer | Any, x: torch.Tensor) -> torch.Tensor:
    q, k, v = layer.qkv(x).split(WIDTH, dim=-1)
    attended: torch.Tensor = _Attention.apply(q, k, v)  # type: ignore[no-untyped-call]
    x = layer.norm_attention(x + layer.out(attended))
    hidden: torch.Tensor = layer.norm_output(x + layer.down(functional.gelu(layer.up(x))))
    return hidden


class _Attention(torch.autograd.Function):
    """What the node computes, for the exporter's trace, and the node."""

    @staticmethod
    def forward(_: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        batch, length, _width = q.shape
        heads = [t.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2) for t in (q, k, v)]
        logits = (heads[0] * (WIDTH // HEADS) ** -0.5) @ heads[1].transpose(-1, -2)
        found: torch.Tensor = (logits.softmax(dim=-1) @ heads[2]).transpose(1, 2)
        return found.reshape(batch, length, WIDTH)

    @staticmethod
    def symbolic(graph: Any, q: Any, k: Any, v: Any) -> Any:
        return graph.op(f"{_DOMAIN}::MultiHeadAttention", q, k, v, num_heads_i=HEADS).setType(q.type())
