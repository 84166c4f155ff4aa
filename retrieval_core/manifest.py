"""What an index on disk consists of, so that damage is noticed and a killed write is finished or undone.

    DIR/manifest.json           which generation counts, and its files with size and SHA-256
    DIR/generation-<hex>/       the files of the search engine
    DIR/write.lock              held by the one writer

A rebuild writes a new generation beside the old and switches by one atomic rename of the manifest. An addition
changes the generation in place, through the engine's own atomic commit: before it the manifest is marked
``writing``, after it sealed anew. A mark without a lock is a writer that was killed; ``repair`` then seals whatever
the engine last committed, the state before the addition or the one after it, never half.

A vector index has files that only grow: its seals cover what was there when they were made, and what a killed writer
left behind the sealed part is no part of the index.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from filelock import FileLock, Timeout
from pydantic import Field, ValidationError

from retrieval_core.analysis import ANALYSIS_VERSION
from retrieval_core.errors import IndexCorruptError, InputError
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORM = "retrieval-core-index/1"
DENSE_FORM = "retrieval-core-dense/1"
HYBRID_FORM = "retrieval-core-hybrid/1"
FORMS = (FORM, DENSE_FORM, HYBRID_FORM)
MANIFEST = "manifest.json"
LOCK_TIMEOUT_SECONDS = 600.0
REBUILD = "Build the index again from its documents: retrieval-core index, or SearchIndex.build."
# The engine's own lists of its files: small, rewritten by every commit, and read first, so always checked whole.
_HEADS = ("meta.json", ".managed.json")


class FileSeal(Record):
    """Size in bytes and SHA-256 (hex) of one file."""

    size: int = Field(ge=0)
    sha256: str


class Manifest(Record):
    """The content of ``manifest.json`` that every form of index has."""

    form: str
    engine: str  # name and version of the library whose files these are
    generation: str = Field(
        pattern=r"^generation-[0-9a-f]{16}$"
    )  # a folder's name, so it cannot point elsewhere
    documents: int = Field(ge=0)
    deleted: int = Field(ge=0)  # replaced or deleted documents whose terms still count in the statistics
    writing: bool = False
    files: dict[str, FileSeal]
    digest: str | None = None  # SHA-256 of the manifest without it; on disk only


class LexicalManifest(Manifest):
    """The manifest of a BM25 index."""

    analysis_version: int


ManifestT = TypeVar("ManifestT", bound=Manifest)


def new_generation(path: Path) -> Path:
    """Make an empty folder for a generation under ``path``. Raises ``InputError`` when it cannot be made."""
    _check_place(path)
    folder = path / f"generation-{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"Cannot make an index at {path}: {error.strerror}.") from error
    return folder


def _check_place(path: Path) -> None:
    """Refuse a place that holds something else, before anything is written into it."""
    if path.exists() and not (path / MANIFEST).exists() and (not path.is_dir() or _holds_other_files(path)):
        raise InputError(f"{path} exists and is not an index. Name another place, or an empty folder.")


def _holds_other_files(path: Path) -> bool:
    """A build that was killed leaves a generation and a lock: not reasons to refuse the place."""
    return any(
        not (entry.name == "write.lock" or entry.name.startswith("generation-")) for entry in path.iterdir()
    )


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Hold the writer's lock of the index at ``path``; waits for another writer up to ten minutes."""
    _check_place(path)
    lock = FileLock(path / "write.lock", timeout=LOCK_TIMEOUT_SECONDS)
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise InputError(
            f"Another process has been writing to the index {path} for {LOCK_TIMEOUT_SECONDS:.0f} s. "
            "Try again when it has finished."
        ) from error
    except OSError as error:
        raise InputError(f"Cannot write to {path}: {error.strerror}. Name another folder.") from error
    try:
        yield
    finally:
        lock.release()


def seal(path: Path, generation: str, engine: str, *, documents: int, deleted: int) -> LexicalManifest:
    """Record the files of a generation as they are and make it the one that counts."""
    folder = path / generation
    manifest = LexicalManifest(
        form=FORM,
        engine=engine,
        analysis_version=ANALYSIS_VERSION,
        generation=generation,
        documents=documents,
        deleted=deleted,
        files={file.name: _seal_file(file) for file in _engine_files(folder)},
    )
    store(path, manifest)
    return manifest


def store(path: Path, manifest: Manifest) -> None:
    """Replace ``manifest.json`` in one step that survives a loss of power."""
    draft = path / f".{MANIFEST}.{os.getpid()}"
    with draft.open("wb") as file:
        file.write(
            manifest.model_copy(update={"digest": _digest(manifest)}).model_dump_json(indent=1).encode()
        )
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path / MANIFEST)
    _sync_folder(path)


def load(path: Path, engine: str) -> LexicalManifest:
    """Read a BM25 index' manifest.

    Raises ``InputError`` if there is no such index, ``IndexCorruptError`` if it cannot be used.
    """
    manifest = read(path, LexicalManifest, FORM)
    made_by = (manifest.engine, manifest.analysis_version)
    if made_by != (engine, ANALYSIS_VERSION):
        raise IndexCorruptError(
            f"The index {path} was made by {manifest.engine} with analysis {manifest.analysis_version}; "
            f"this version needs {engine} with analysis {ANALYSIS_VERSION}. {REBUILD}"
        )
    return manifest


def read(path: Path, model: type[ManifestT], form: str) -> ManifestT:
    """Read the manifest of an index of one form.

    Raises ``InputError`` if there is no index or one of another form, ``IndexCorruptError`` if it is damaged.
    """
    raw = _read_bytes(path)
    found = _form(raw)
    if found != form and found in FORMS:
        raise InputError(
            f"{path} is an index of the form {found}, not {form}. Open it with SearchIndex.open."
        )
    try:
        manifest = model.model_validate_json(raw)
    except ValidationError as error:
        raise IndexCorruptError(f"{path / MANIFEST} is damaged. {REBUILD}") from error
    if manifest.form != form or manifest.digest not in {None, _digest(manifest)}:
        raise IndexCorruptError(f"{path / MANIFEST} is damaged or of another version. {REBUILD}")
    return manifest.model_copy(update={"digest": None})


def form_of(path: Path) -> str | None:
    """The form of the index at ``path``, ``None`` if its manifest does not tell. Raises ``InputError`` without one."""
    return _form(_read_bytes(path))


def _read_bytes(path: Path) -> bytes:
    try:
        return (path / MANIFEST).read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"No index at {path}: it has no {MANIFEST}. {REBUILD}") from error
    except OSError as error:
        raise InputError(f"Cannot read the index at {path}: {error.strerror}.") from error


def _form(raw: bytes) -> str | None:
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    form = fields.get("form") if isinstance(fields, dict) else None
    return form if isinstance(form, str) else None


def _digest(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.model_copy(update={"digest": None}).model_dump_json().encode()).hexdigest()


def check(path: Path, manifest: Manifest, *, whole: bool) -> None:
    """Compare the files with the manifest: sizes, and of all files (``whole``) or the small ones their hashes.

    Raises ``IndexCorruptError`` naming the file.
    """
    for name, expected in sorted(manifest.files.items()):
        file = path / manifest.generation / name
        try:
            size = file.stat().st_size
            digest = _sha256(file) if whole or name in _HEADS else expected.sha256
        except OSError as error:
            raise IndexCorruptError(f"{file} is missing or cannot be read. {REBUILD}") from error
        if size != expected.size:
            raise IndexCorruptError(f"{file} has {size} bytes where {expected.size} were written. {REBUILD}")
        if digest != expected.sha256:
            raise IndexCorruptError(f"{file} is not what was written: its SHA-256 differs. {REBUILD}")


def check_survivors(path: Path, manifest: Manifest) -> None:
    """After a killed write: the files from before it that are still there must be whole."""
    folder = path / manifest.generation
    kept = {n: s for n, s in manifest.files.items() if n not in _HEADS and (folder / n).exists()}
    check(path, manifest.model_copy(update={"files": kept}), whole=True)


def check_grown(file: Path, expected: FileSeal) -> None:
    """Compare the sealed first part of a file that may have grown since. Raises ``IndexCorruptError``."""
    try:
        digest = prefix_digest(file, expected.size).hexdigest()
    except OSError as error:
        raise IndexCorruptError(f"{file} is missing or cannot be read. {REBUILD}") from error
    if digest != expected.sha256:
        raise IndexCorruptError(f"{file} is not what was written: its SHA-256 differs. {REBUILD}")


def prefix_digest(file: Path, size: int) -> hashlib._Hash:
    """SHA-256 of the first ``size`` bytes; of all if there are fewer."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while size > 0 and (block := stream.read(min(size, 1 << 20))):
            digest.update(block)
            size -= len(block)
    return digest


def drop_other_generations(path: Path, keep: str) -> None:
    """Remove what a rebuild replaced or a killed rebuild left behind."""
    for folder in path.glob("generation-*"):
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)


def _engine_files(folder: Path) -> list[Path]:
    """The engine's lists and the files of the segments that it committed.

    Those of an addition that was given up may still be growing while its thread ends, and no longer belong to anything.
    """
    segments = json.loads((folder / "meta.json").read_bytes())["segments"]
    committed = tuple(segment["segment_id"].replace("-", "") for segment in segments)
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and (file.name in _HEADS or file.name.startswith(committed))
    )


def _seal_file(file: Path) -> FileSeal:
    return FileSeal(size=file.stat().st_size, sha256=_sha256(file))


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_folder(path: Path) -> None:
    """Make a rename durable; systems that cannot open a folder do it by themselves."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
