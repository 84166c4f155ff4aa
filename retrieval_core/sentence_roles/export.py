"""The trained classifier as files: the body as an ONNX graph in int8, from piece vectors to a vector of each piece."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from retrieval_core.embedding.body import WIDTH
from retrieval_core.embedding.export import OPSET, quantised
from retrieval_core.sentence_roles.files import RolesConfig, RolesFiles
from retrieval_core.sentence_roles.schemes import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from retrieval_core.embedding.body import Body
    from retrieval_core.sentence_roles.model import Heads

_ANY = {0: "batch", 1: "length"}


class _Hidden(nn.Module):
    def __init__(self, body: Body) -> None:
        super().__init__()
        self.body = body

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.body.hidden(vectors, mask)


def hidden_to_onnx(body: Body) -> bytes:
    """The graph (``vectors``, ``mask``) → ``hidden``, (batch, length, 384), with quantised projections."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its successor, which needs two more packages
        plain = Path(folder) / "body.onnx"
        torch.onnx.export(
            _Hidden(body.float().eval()),
            (torch.zeros(2, 3, WIDTH), torch.ones(2, 3)),
            str(plain),
            input_names=["vectors", "mask"],
            output_names=["hidden"],
            dynamic_axes={"vectors": _ANY, "mask": _ANY, "hidden": _ANY},
            opset_version=OPSET,
            dynamo=False,
        )
        return quantised(plain)


def pack(body: Body, heads: Heads, pieces_fingerprint: str, thresholds: Mapping[str, float]) -> RolesFiles:
    """Everything that ships. The fingerprint is that of the files once written, so it is empty here."""
    config = RolesConfig(
        pieces=pieces_fingerprint,
        schemes={scheme.name: scheme.labels for scheme in SCHEMES},
        thresholds=dict(thresholds),
    )
    return RolesFiles(config, _arrays(heads), hidden_to_onnx(body), fingerprint="")


def _arrays(heads: Heads) -> dict[str, NDArray[np.float32]]:
    """Each head's weight as (features, labels) and its bias."""
    arrays = {}
    for name in heads:
        head = heads.get_submodule(name)
        for part in ("weight", "bias"):
            arrays[f"{name}.{part}"] = head.get_parameter(part).detach().numpy().T.copy()
    return arrays
