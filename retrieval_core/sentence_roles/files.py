"""The classifier on disk.

    DIR/manifest.json       form, data, metrics, and every file's size and SHA-256
    DIR/roles.json          the pieces that it was trained with, the schemes, the threshold of a claim
    DIR/heads.safetensors   a linear layer for each scheme
    DIR/body.onnx           the transformer in int8, from piece vectors to a vector of each piece

Nothing is read before its seal is checked, and nothing of it is code: safetensors and ONNX hold arrays and a graph.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, ValidationError

from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import DataUse, FileSeal, Manifest, to_bytes
from retrieval_core.records import Record
from retrieval_core.sentence_roles.schemes import SCHEMES
from retrieval_core.sentence_roles.windows import N_FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

EMBEDDED_ROLES = "claims-1"
MANIFEST = "manifest.json"
_CONFIG, _HEADS, BODY = "roles.json", "heads.safetensors", "body.onnx"
_FILES = (_CONFIG, _HEADS, BODY)
MAX_BYTES = 128 * 2**20  # of one file; the embedded classifier has 12 MB in all
_REMEDY = 'Install the package again, name another folder, or "embedded", or train it: retrieval-core train-extractor.'


class RolesConfig(Record):
    """The content of ``roles.json``."""

    form: Literal["sentence-roles/1"] = "sentence-roles/1"
    pieces: str  # fingerprint of the encoder whose pieces it reads
    schemes: dict[str, tuple[str, ...]]
    thresholds: dict[str, float] = Field(default={})  # of the claim label, by scheme; best F1 where held out


class RolesFiles(NamedTuple):
    """A verified folder: ``heads`` holds (features, labels) weights and (labels,) biases, ``body`` ONNX bytes."""

    config: RolesConfig
    heads: Mapping[str, NDArray[np.float32]]
    body: bytes
    fingerprint: str


def roles_folder(where: str | Path = "embedded") -> Path:
    """The folder of ``"embedded"``, or ``where`` itself."""
    return Path(__file__).parents[1] / "models" / EMBEDDED_ROLES if where == "embedded" else Path(where)


def read_roles(folder: Path) -> RolesFiles:
    """Check the seals of ``folder`` and read it.

    Raises ``ModelError`` naming the file that is missing, too large, not what was sealed, or malformed.
    """
    from safetensors import SafetensorError  # noqa: PLC0415 - only where a model is read
    from safetensors.numpy import load  # noqa: PLC0415 - as above

    try:
        manifest = Manifest.model_validate_json(_read(folder / MANIFEST))
    except ValidationError as error:
        raise ModelError(f"{folder / MANIFEST} is no manifest of a model. {_REMEDY}") from error
    raw = {name: _sealed(folder / name, manifest.files.get(name)) for name in _FILES}
    try:
        config = RolesConfig.model_validate_json(raw[_CONFIG])
        heads = load(raw[_HEADS])
    except (ValidationError, SafetensorError) as error:
        raise ModelError(f"{folder} holds a malformed sentence classifier: {error}. {_REMEDY}") from error
    _check(folder, config, heads)
    digest = hashlib.sha256("".join(manifest.files[name].sha256 for name in _FILES).encode()).hexdigest()
    return RolesFiles(config, heads, raw[BODY], digest)


def write_roles(
    folder: Path,
    files: RolesFiles,
    *,
    command: str,
    data: tuple[DataUse, ...],
    metrics: Mapping[str, Any],
) -> None:
    """Write a classifier and its manifest into ``folder``, the manifest last. Raises ``InputError``."""
    from safetensors.numpy import save  # noqa: PLC0415 - as above

    raw = {
        _CONFIG: to_bytes(files.config, indent=1),
        _HEADS: save({name: np.ascontiguousarray(files.heads[name]) for name in sorted(files.heads)}),
        BODY: files.body,
    }
    seals = {f: FileSeal(size=len(b), sha256=hashlib.sha256(b).hexdigest()) for f, b in raw.items()}
    manifest = Manifest(name=folder.name, command=command, files=seals, data=data, metrics=dict(metrics))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in raw.items():
            (folder / file).write_bytes(content)
        (folder / MANIFEST).write_bytes(to_bytes(manifest, indent=1))
    except OSError as error:
        raise InputError(
            f"Cannot write the model to {folder}: {error.strerror}. Name another folder."
        ) from error


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(
                f"{path} is larger than {MAX_BYTES // 2**20} MB, so it is no part of a sentence classifier."
            )
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"Cannot read {path}: {error.strerror}. {_REMEDY}") from error


def _sealed(path: Path, seal: FileSeal | None) -> bytes:
    if seal is None:
        raise ModelError(f"{path.parent / MANIFEST} lists no {path.name}. {_REMEDY}")
    raw = _read(path)
    if hashlib.sha256(raw).hexdigest() != seal.sha256:
        raise ModelError(f"{path} is not the file that its manifest seals: its SHA-256 differs. {_REMEDY}")
    return raw


def _check(folder: Path, config: RolesConfig, heads: Mapping[str, NDArray[Any]]) -> None:
    """The schemes are those of this version, and every head has the shape of its scheme."""
    if config.schemes != {scheme.name: scheme.labels for scheme in SCHEMES}:
        raise ModelError(f"{folder / _CONFIG} has other labels than this version. {_REMEDY}")
    for scheme in SCHEMES:
        for part, shape in (
            ("weight", (N_FEATURES, len(scheme.labels))),
            ("bias", (len(scheme.labels),)),
        ):
            found = heads.get(f"{scheme.name}.{part}")
            if found is None or found.dtype != np.float32 or found.shape != shape:
                raise ModelError(f"{folder / _HEADS} lacks a proper {scheme.name}.{part}. {_REMEDY}")
            if not np.isfinite(found).all():
                raise ModelError(
                    f"{folder / _HEADS} has a number in {scheme.name}.{part} that is not finite. {_REMEDY}"
                )
