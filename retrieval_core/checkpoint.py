"""Checkpoints: what a run needs to go on as if it had never stopped.

    DIR/step-00000100/manifest.json       form, step, the run's digest, size and SHA-256 of each file
    DIR/step-00000100/NAME.safetensors    tensors: model, optimisers, random numbers
    DIR/step-00000100/state.json          the rest: plain values

A checkpoint is written beside its place and moved there by one rename, so it is whole or absent. Every file is
compared with the manifest before it is read. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Generic, Literal, TypeVar

import numpy as np
import torch
from pydantic import Field, StringConstraints, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save_file

from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import FileSeal, to_bytes
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

MANIFEST = "manifest.json"
STATE = "state.json"
_NAME = re.compile(r"step-(\d{8,})")
_DRAFT = ".draft-"
_WAY_OUT = "Remove that folder to go on from the checkpoint before it, or start again with --fresh."

# The name of a file, so that a manifest cannot point elsewhere.
FileName = Annotated[str, StringConstraints(pattern=r"^\w[\w-]*\.(safetensors|json)$")]

R = TypeVar("R", bound=Record)


class Manifest(Record):
    """The content of ``manifest.json``; ``run`` is the digest of the configuration and data that it belongs to."""

    form: Literal["retrieval-core-checkpoint/1"] = "retrieval-core-checkpoint/1"
    step: int = Field(ge=0)
    run: str
    files: dict[FileName, FileSeal]


@dataclass(frozen=True, slots=True)
class Checkpoint(Generic[R]):
    """A checkpoint that was read: ``tensors`` by file, then by name."""

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]]
    state: R


def write(
    folder: Path, step: int, run: str, tensors: Mapping[str, Mapping[str, Tensor]], state: Record
) -> Path:
    """Write the checkpoint of ``step`` under ``folder`` and return its place.

    ``tensors``: file name without suffix → name → tensor; no two may share memory. Raises ``InputError`` if the
    disk refuses.
    """
    place = folder / f"step-{step:08d}"
    draft = folder / f"{_DRAFT}{place.name}"
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name, content in tensors.items():
            save_file({k: v.detach().cpu().contiguous() for k, v in content.items()}, _tensors(draft, name))
        (draft / STATE).write_bytes(to_bytes(state))
        files = {file.name: _seal(file) for file in sorted(draft.iterdir())}
        (draft / MANIFEST).write_bytes(to_bytes(Manifest(step=step, run=run, files=files), indent=1))
        for path in (*draft.iterdir(), draft):
            _sync(path)
        draft.rename(place)
        _sync(folder)
    except OSError as error:
        raise InputError(
            f"Cannot write a checkpoint to {folder}: {error.strerror or error}. Free some space or name another folder."
        ) from error
    return place


def read(place: Path, run: str, record: type[R]) -> Checkpoint[R]:
    """Read the checkpoint at ``place`` for the run with the digest ``run``.

    Raises ``ModelError`` if a file is missing or not what was written, ``InputError`` if it belongs to another run.
    """
    manifest = _manifest(place)
    if manifest.run != run:
        raise InputError(
            f"{place} belongs to a run with another configuration, model or data. Resume with exactly those it was "
            "started with (see run.json), or start again with --fresh."
        )
    raw = {name: _checked(place / name, seal) for name, seal in manifest.files.items()}
    try:
        state = record.model_validate_json(raw.pop(STATE))
    except (KeyError, ValidationError) as error:
        raise ModelError(f"{place / STATE} is missing or malformed. {_WAY_OUT}") from error
    try:
        tensors = {name.removesuffix(".safetensors"): load(content) for name, content in raw.items()}
    except SafetensorError as error:
        raise ModelError(
            f"{place} holds a file of tensors that cannot be read: {error}. {_WAY_OUT}"
        ) from error
    return Checkpoint(manifest.step, tensors, state)


def steps(folder: Path) -> list[int]:
    """The steps that have a checkpoint under ``folder``, rising."""
    if not folder.is_dir():
        return []
    matches = (_NAME.fullmatch(entry.name) for entry in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def place_of(folder: Path, step: int) -> Path:
    """Where the checkpoint of ``step`` is."""
    return folder / f"step-{step:08d}"


def prune(folder: Path, *, keep: int, best: int | None) -> None:
    """Remove all checkpoints but the last ``keep`` and that of step ``best``, and drafts of killed writes."""
    there = steps(folder)
    wanted = {*there[-keep:], best}
    for step in there:
        if step not in wanted:
            shutil.rmtree(place_of(folder, step))
    for draft in folder.glob(f"{_DRAFT}*"):
        shutil.rmtree(draft)


def _manifest(place: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((place / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(f"{place / MANIFEST} is missing or malformed. {_WAY_OUT}") from error


def _checked(file: Path, seal: FileSeal) -> bytes:
    """The bytes of ``file``, once they are known to be what was written."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file} is missing or cannot be read. {_WAY_OUT}") from error
    if len(content) != seal.size or hashlib.sha256(content).hexdigest() != seal.sha256:
        raise ModelError(f"{file} is not what was written: its size or SHA-256 differs. {_WAY_OUT}")
    return content


def _seal(file: Path) -> FileSeal:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return FileSeal(size=file.stat().st_size, sha256=digest)


def _tensors(folder: Path, name: str) -> Path:
    return folder / f"{name}.safetensors"


def _sync(path: Path) -> None:
    """Have the disk hold it; systems that cannot open a folder do so by themselves."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def random_tensors() -> dict[str, Tensor]:
    """The state of every generator of random numbers that a network may draw from, as tensors."""
    version, words, _ = random.getstate()
    legacy = np.random.get_state(legacy=False)  # noqa: NPY002  # of the generator that libraries share
    assert version == 3
    assert isinstance(legacy, dict)
    found = {
        "torch": torch.get_rng_state(),
        "python": torch.tensor(words),
        "numpy": torch.tensor([*legacy["state"]["key"].tolist(), legacy["state"]["pos"]]),
    }
    if torch.cuda.is_available():
        found["cuda"] = torch.cuda.get_rng_state()
    return found


def restore_random(saved: Mapping[str, Tensor]) -> None:
    """Have all generators go on from what ``random_tensors`` gave."""
    torch.set_rng_state(saved["torch"])
    random.setstate((3, tuple(saved["python"].tolist()), None))
    *key, pos = saved["numpy"].tolist()
    np.random.set_state(("MT19937", np.array(key, dtype=np.uint32), pos, 0, 0.0))  # noqa: NPY002  # as above
    if "cuda" in saved:
        torch.cuda.set_rng_state(saved["cuda"])
