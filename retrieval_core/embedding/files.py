"""The embedded encoder on disk, and its parts in memory.

    DIR/manifest.json        form, data, metrics, and every file's size and SHA-256
    DIR/encoder.json         weights of the parts, sizes, limits
    DIR/vocabulary.txt       one piece a line, in order of id
    DIR/tables.safetensors   int8 rows with a scale each: ``bag`` and ``pieces``; ``surface`` weights of the n-grams
    DIR/body.onnx            MiniLM's layers in int8, from piece vectors to a sentence vector

A table row is ``int8 row · scale``; scales are the row's largest magnitude / 127. Nothing is read before its seal is
checked, and nothing of it is code: safetensors and ONNX hold arrays and a graph.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from retrieval_core.embedding.text import N_BUCKETS
from retrieval_core.errors import ModelError
from retrieval_core.model_files import DataUse, FileSeal, Manifest, to_bytes
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

EMBEDDED_ENCODER = "encoder-1"
MANIFEST = "manifest.json"
_CONFIG, _VOCABULARY, _TABLES, BODY = "encoder.json", "vocabulary.txt", "tables.safetensors", "body.onnx"
_FILES = (_CONFIG, _VOCABULARY, _TABLES, BODY)
_NEEDED_PIECES = ("[CLS]", "[SEP]", "[UNK]")
_WIDTH = 384  # of the transformer's input vectors
MAX_BYTES = 512 * 2**20  # of one file; the embedded encoder has 61 MB in all


class PartWeights(Record):
    """Share of each part in the cosine of two texts; they add up to 1."""

    contextual: float = Field(ge=0, le=1)
    bag: float = Field(ge=0, le=1)
    surface: float = Field(ge=0, le=1)


class EncoderConfig(Record):
    """The content of ``encoder.json``."""

    form: Literal["embedded-encoder/1"] = "embedded-encoder/1"
    weights: PartWeights
    surface_dimension: int = Field(ge=8, le=4096)
    max_pieces: int = Field(
        ge=8, le=512
    )  # of a text that the transformer sees; the other parts see 4 × as many


class EncoderFiles:
    """A verified encoder folder: ``config``, ``pieces``, ``tables`` (name → array), ``body`` (ONNX bytes)."""

    def __init__(
        self,
        config: EncoderConfig,
        pieces: list[str],
        tables: Mapping[str, NDArray[Any]],
        body: bytes,
        fingerprint: str,
    ) -> None:
        self.config, self.pieces, self.tables, self.body = config, pieces, dict(tables), body
        self.fingerprint = fingerprint


def encoder_folder(where: str | Path = "embedded") -> Path:
    """The folder of ``"embedded"``, or ``where`` itself."""
    return Path(__file__).parents[1] / "models" / EMBEDDED_ENCODER if where == "embedded" else Path(where)


def read_encoder(folder: Path) -> EncoderFiles:
    """Check the seals of ``folder`` and read it.

    Raises ``ModelError`` naming the file that is missing, too large, not what was sealed, or malformed.
    """
    from safetensors import SafetensorError  # noqa: PLC0415 - only where an encoder is read
    from safetensors.numpy import load  # noqa: PLC0415

    try:
        manifest = Manifest.model_validate_json(_read(folder / MANIFEST))
    except ValidationError as error:
        raise ModelError(f"{folder / MANIFEST} is no manifest of an encoder. {_REMEDY}") from error
    raw = {name: _sealed(folder / name, manifest.files.get(name)) for name in _FILES}
    try:
        config = EncoderConfig.model_validate_json(raw[_CONFIG])
        pieces = raw[_VOCABULARY].decode("utf-8").split("\n")[:-1]
        tables = load(raw[_TABLES])
    except (ValidationError, UnicodeDecodeError, SafetensorError) as error:
        raise ModelError(f"{folder} holds a malformed encoder: {error}. {_REMEDY}") from error
    if missing := [piece for piece in _NEEDED_PIECES if piece not in pieces]:
        raise ModelError(f"{folder / _VOCABULARY} lacks {', '.join(missing)}. {_REMEDY}")
    _check_shapes(folder, len(pieces), tables)
    digest = hashlib.sha256("".join(manifest.files[name].sha256 for name in _FILES).encode()).hexdigest()
    return EncoderFiles(config, pieces, tables, raw[BODY], digest)


def write_encoder(
    folder: Path,
    files: EncoderFiles,
    *,
    name: str,
    command: str,
    data: tuple[DataUse, ...],
    metrics: Mapping[str, Any],
) -> None:
    """Write an encoder and its manifest into ``folder``, the manifest last."""
    from safetensors.numpy import save  # noqa: PLC0415 - as above

    raw = {
        _CONFIG: to_bytes(files.config, indent=1),
        _VOCABULARY: "".join(f"{piece}\n" for piece in files.pieces).encode(),
        _TABLES: save({key: np.ascontiguousarray(files.tables[key]) for key in sorted(files.tables)}),
        BODY: files.body,
    }
    seals = {f: FileSeal(size=len(b), sha256=hashlib.sha256(b).hexdigest()) for f, b in raw.items()}
    manifest = Manifest(name=name, command=command, files=seals, data=data, metrics=dict(metrics))
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in raw.items():
        (folder / file).write_bytes(content)
    (folder / MANIFEST).write_bytes(to_bytes(manifest, indent=1))


def to_int8(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(n, dim) int8 rows and their (n,) scales; a zero row has scale 0.

    >>> to_int8(np.array([[0.5, -1.0]], np.float32))[0].tolist()
    [[64, -127]]
    """
    scale = np.abs(rows).max(axis=1) / 127
    whole = np.rint(rows / np.where(scale > 0, scale, 1)[:, None])
    return whole.astype(np.int8), scale.astype(np.float32)


_REMEDY = 'Install the package again, or name another folder, or "embedded".'


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(
                f"{path} is larger than {MAX_BYTES // 2**20} MB, so it is no part of an encoder."
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


def _check_shapes(folder: Path, n_pieces: int, tables: Mapping[str, NDArray[Any]]) -> None:
    for name, dtype, shape in (
        ("bag", np.int8, (n_pieces, None)),
        ("pieces", np.int8, (n_pieces, _WIDTH)),
        ("bag_scale", np.float32, (n_pieces,)),
        ("pieces_scale", np.float32, (n_pieces,)),
        ("surface", np.float32, (N_BUCKETS,)),
    ):
        table = tables.get(name)
        if table is None or table.dtype != dtype or table.ndim != len(shape):
            raise ModelError(f"{folder / _TABLES} lacks a proper table {name!r}. {_REMEDY}")
        if any(size not in (None, found) for size, found in zip(shape, table.shape, strict=True)):
            raise ModelError(
                f"{folder / _TABLES} has {table.shape} as the shape of {name!r}; expected {shape}. {_REMEDY}"
            )
        if not np.isfinite(table).all():
            raise ModelError(f"{folder / _TABLES} has a number in {name!r} that is not finite. {_REMEDY}")
