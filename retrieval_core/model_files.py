"""Model files: a folder of JSON files and a manifest that seals them.

    DIR/manifest.json    form, name, files with size and SHA-256, data, metrics, command
    DIR/model.json …     plain numbers
    DIR/network.onnx     a graph, where the model has one

Files may come from anywhere, so their size is bounded, the seal checked, and every value validated; nothing is run.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from retrieval_core.errors import InputError, ModelError
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST = "manifest.json"
MAX_BYTES = 64 * 2**20  # the embedded model has 0.3 MB
EMBEDDED_JUDGE = "judge-cross-1"

R = TypeVar("R", bound=Record)
P = TypeVar("P", bound=BaseModel)


class FileSeal(Record):
    """Size in bytes and SHA-256 (hex) of a file."""

    size: int = Field(ge=0)
    sha256: str


class DataUse(Record):
    """What a model was fitted or measured on."""

    name: str
    licence: str
    split: str
    rows: int
    use: str


class Manifest(Record):
    """The content of ``manifest.json``."""

    form: Literal["retrieval-core-model/1"] = "retrieval-core-model/1"
    name: str
    command: str
    files: dict[str, FileSeal]
    data: tuple[DataUse, ...]
    metrics: dict[str, Any]


class _Formed(BaseModel):
    """A JSON object of which only the form is of interest."""

    form: str = ""


def model_folder(where: str | Path) -> Path:
    """The folder of ``"embedded"``, or ``where`` itself."""
    return Path(__file__).parent / "models" / EMBEDDED_JUDGE if where == "embedded" else Path(where)


def read_model(folder: Path, name: str, record: type[R]) -> tuple[R, str]:
    """Read ``folder/name`` against the folder's manifest; returns it with its SHA-256 (hex).

    Raises ``ModelError`` naming the file when it is missing, too large, not what was sealed, or malformed.
    """
    raw, digest = read_bytes(folder, name)
    return _parse(folder / name, raw, record), digest


def read_bytes(folder: Path, name: str) -> tuple[bytes, str]:
    """The bytes of ``folder/name``, checked against the manifest, with their SHA-256 (hex).

    Raises ``ModelError`` as ``read_model`` does.
    """
    manifest = _parse(folder / MANIFEST, _read(folder / MANIFEST), Manifest)
    seal = manifest.files.get(name)
    if seal is None:
        raise ModelError(
            f"{folder / MANIFEST} lists no {name}. Give the folder of another model, or train one."
        )
    raw = _read(folder / name)
    digest = hashlib.sha256(raw).hexdigest()
    if digest != seal.sha256:
        raise ModelError(
            f"{folder / name} is not the file that its manifest seals: its SHA-256 differs. Train it again with "
            "retrieval-core train-judge (or calibrate), or install the package again."
        )
    return raw, digest


def read_form(folder: Path, name: str) -> str:
    """What the JSON file ``folder/name`` says of its own form; "" where it says nothing. Raises ``ModelError``."""
    raw, _ = read_bytes(folder, name)
    return _parse(folder / name, raw, _Formed).form


def write_model(
    folder: Path,
    name: str,
    contents: Mapping[str, Record | bytes],
    *,
    command: str,
    data: tuple[DataUse, ...],
    metrics: Mapping[str, Any],
) -> None:
    """Write ``contents`` (file name → record or bytes) and their manifest. Raises ``InputError`` if that cannot be done."""
    files = {
        file: content if isinstance(content, bytes) else to_bytes(content)
        for file, content in contents.items()
    }
    manifest = Manifest(name=name, command=command, files=seals(files), data=data, metrics=dict(metrics))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, raw in files.items():
            (folder / file).write_bytes(raw)
        (folder / MANIFEST).write_bytes(to_bytes(manifest, indent=1))
    except OSError as error:
        raise InputError(
            f"Cannot write the model to {folder}: {error.strerror}. Name another folder."
        ) from error


def seals(files: Mapping[str, bytes]) -> dict[str, FileSeal]:
    """The seal of each file."""
    return {f: FileSeal(size=len(raw), sha256=hashlib.sha256(raw).hexdigest()) for f, raw in files.items()}


def to_bytes(record: Record, indent: int | None = None) -> bytes:
    """JSON in ASCII, the same bytes for the same record on every machine."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(record.model_dump(mode="json"), indent=indent, separators=separators, allow_nan=False)
    return (text + "\n").encode("ascii")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(
                f"{path} is larger than {MAX_BYTES // 2**20} MB, so it is no model of this kind."
            )
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"Cannot read {path}: {error.strerror}. Expected the folder of a model, with {MANIFEST} in it, "
            'or "embedded".'
        ) from error


def _parse(path: Path, raw: bytes, record: type[P]) -> P:
    try:
        return record.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ModelError(f"{path} is malformed at {place}: {first['msg']}. Train it again.") from error
