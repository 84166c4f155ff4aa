"""Between the embedded encoder as it ships (int8, ONNX) and its training form (32 bits, sentence-transformers)."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from retrieval_core.embedding.embedded import PARTS
from retrieval_core.embedding.export import from_onnx, to_onnx
from retrieval_core.embedding.files import (
    BODY,
    EncoderFiles,
    PartWeights,
    encoder_folder,
    read_encoder,
    to_int8,
    write_encoder,
)
from retrieval_core.embedding.module import EmbeddedModule
from retrieval_core.errors import ModelError
from retrieval_core.promoted import current_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retrieval_core.model_files import DataUse


def unpack(source: str | Path, out: Path, *, part: str = "") -> None:
    """Write the training form of an embedded encoder into the folder ``out``.

    ``source``: "embedded" or a folder; ``part``: only this one, "bag" being the fast one. Load it with
    ``SentenceTransformer(out, trust_remote_code=True)``: its module is this package's own class.
    Raises ``ModelError`` for a damaged encoder or an unknown part.
    """
    files = read_encoder(encoder_folder(source))
    if part:
        if part not in PARTS:
            raise ModelError(f"The embedded encoder has no part {part!r}; it has {', '.join(PARTS)}.")
        weights = PartWeights.model_validate({p: float(p == part) for p in PARTS})
        files.config = files.config.model_copy(update={"weights": weights})
    SentenceTransformer(modules=[module_of(files)], device="cpu").save_pretrained(
        str(out), create_model_card=False
    )


def module_of(files: EncoderFiles) -> EmbeddedModule:
    """The module of an encoder that was read from disk."""
    tables = files.tables
    return EmbeddedModule(
        files.config,
        files.pieces,
        torch.from_numpy(tables["bag"].astype(np.float32) * tables["bag_scale"][:, None]),
        torch.from_numpy(tables["pieces"].astype(np.float32) * tables["pieces_scale"][:, None]),
        torch.from_numpy(tables["surface"]),
        from_onnx(files.body),
    )


def pack(
    module: EmbeddedModule,
    out: Path,
    *,
    name: str,
    command: str,
    data: tuple[DataUse, ...],
    metrics: Mapping[str, Any],
) -> None:
    """Write ``module`` into the folder ``out`` in the form that ships: int8, a few tens of megabytes."""
    bag, bag_scale = to_int8(module.bag.weight.detach().cpu().numpy())
    pieces, pieces_scale = to_int8(module.pieces.weight.detach().cpu().numpy())
    tables = {
        "bag": bag,
        "bag_scale": bag_scale,
        "pieces": pieces,
        "pieces_scale": pieces_scale,
        "surface": module.surface.cpu().numpy(),
    }
    files = EncoderFiles(module.config, module.vocabulary, tables, to_onnx(module.body), "")
    write_encoder(out, files, name=name, command=command, data=data, metrics=metrics)


def is_training_form(folder: str | Path) -> bool:
    """Whether ``folder`` holds this package's module and no code of its own.

    sentence-transformers loads a class that is not its own only where code is trusted, and would look for that code
    in the folder first; so it is trusted for folders that hold none.
    """
    folder = Path(folder)
    try:
        modules = json.loads((folder / "modules.json").read_bytes())
        types = [module["type"] for module in modules]
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return types == [f"{EmbeddedModule.__module__}.{EmbeddedModule.__qualname__}"] and not list(
        folder.rglob("*.py*")
    )


def load_module(folder: str | Path) -> EmbeddedModule:
    """The module in a training form. Raises ``ModelError`` when the folder holds another model."""
    if not is_training_form(folder):
        raise ModelError(f"{folder} is not the training form of an embedded encoder, so it cannot be packed.")
    try:
        network = SentenceTransformer(str(folder), device="cpu", trust_remote_code=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is not the training form of an embedded encoder: {error}") from error
    if len(network) != 1 or not isinstance(network[0], EmbeddedModule):
        raise ModelError(f"{folder} holds another model than the embedded encoder, so it cannot be packed.")
    return network[0]


@contextmanager
def starting_point(model: str) -> Iterator[str]:
    """The folder or hub id of the model to train; an embedded encoder is unpacked for as long as the context lasts.

    "current" is the encoder that was promoted last, else the embedded one. "embedded:bag", or "FOLDER:bag", is one
    part of it.
    """
    source, _, part = model.rpartition(":")
    if not source or part not in PARTS:
        source, part = model, ""
    if source == "current":
        source = str(current_folder() or "embedded")
    if source != "embedded" and not (Path(source) / BODY).is_file():
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        unpack(source, Path(folder), part=part)
        yield folder
