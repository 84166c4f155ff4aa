"""Where a user's data lies, and runs: folders whose stages are artefacts on disk.

A run folder holds ``run.json`` (the manifest), one JSONL file per stage part, and ``outputs/``. Files are
written beside, flushed to disk, and renamed; the manifest, written last, names each with its sha256. A stage
is done when the manifest names it and the bytes match: a run that was killed goes on after its last whole stage.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from synthesis.errors import StoreError
from synthesis.records import Record, bytes_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")
_MANIFEST = "run.json"


class Artefact(Record):
    """A file of a run."""

    name: str
    sha256: str
    size: int


class Manifest(Record):
    """What a run is, and which of its files are whole."""

    form: Literal["synthesis-run/1"] = "synthesis-run/1"
    run_id: str
    version: str
    clock: str  # ISO 8601, UTC, second
    request_sha256: str
    judge: str
    calibrator: str
    ranker: str
    complete: bool = False
    stages: dict[str, tuple[Artefact, ...]] = Field(default_factory=dict)
    outputs: tuple[Artefact, ...] = ()


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` so that ``path`` holds either all of it or what it held before.

    Raises:
        StoreError: the disk is full, the folder is read-only, or another fault of the file system.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {path}: {error.strerror}. Nothing that was there before is lost. Free some space or "
            "choose another place with --home or --out, then run the same command again: it goes on where it "
            "stopped."
        ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Run:
    """A run on disk. One process works on it at a time (the caller holds the lock)."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def create(cls, folder: Path, manifest: Manifest) -> Run:
        """Start a run in a folder of its own."""
        run = cls(folder, manifest)
        run._save(manifest)
        return run

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Open a run.

        Raises:
            StoreError: the folder holds no run, or its manifest is damaged or of another version.
        """
        path = folder / _MANIFEST
        try:
            return cls(folder, Manifest.model_validate_json(path.read_bytes()))
        except OSError as error:
            raise StoreError(f"{folder} holds no run: {path.name} {error.strerror}.") from error
        except ValidationError as error:
            raise StoreError(
                f"the run {folder.name} cannot be read: {path} is damaged or was written by another version of "
                "Synthesis. Start the report again; other runs are not touched."
            ) from error

    def stage(self, name: str, result_type: type[T], compute: Callable[[], T]) -> T:
        """The result of a stage: read back when it is whole on disk, else computed and written.

        ``result_type`` is a NamedTuple whose fields are records or tuples of records; a field is a file.
        """
        stored = self.load(name, result_type)
        if stored is not None:
            return stored
        result = compute()
        artefacts = []
        for field, value in zip(get_type_hints(result_type), result, strict=True):  # type: ignore[call-overload]
            records: Sequence[Record] = value if isinstance(value, tuple) else (value,)
            data = b"".join(r.model_dump_json().encode("utf-8") + b"\n" for r in records)
            artefacts.append(self._write(f"{name}.{field}.jsonl", data))
        self._save(
            self.manifest.model_copy(update={"stages": {**self.manifest.stages, name: tuple(artefacts)}})
        )
        return result

    def load(self, name: str, result_type: type[T]) -> T | None:
        """The result of a stage that is whole on disk, else ``None``."""
        artefacts = self.manifest.stages.get(name)
        hints = get_type_hints(result_type)
        if artefacts is None or [a.name for a in artefacts] != [f"{name}.{f}.jsonl" for f in hints]:
            return None
        values: list[Any] = []
        for artefact, hint in zip(artefacts, hints.values(), strict=True):
            data = self.read(artefact)
            if data is None:
                return None
            rows = [json.loads(line) for line in data.splitlines()]
            is_many = getattr(hint, "__origin__", None) is tuple
            try:
                values.append(TypeAdapter(hint).validate_python(rows if is_many else rows[0]))
            except (ValidationError, IndexError):
                return None  # whole, but of another form: computed again
        return result_type(*values)

    def read(self, artefact: Artefact) -> bytes | None:
        """The bytes of a file of the run; ``None`` when they are missing or not what was written."""
        try:
            data = (self.folder / artefact.name).read_bytes()
        except OSError:
            return None
        return data if bytes_sha256(data) == artefact.sha256 else None

    def finish(self, outputs: dict[str, bytes]) -> None:
        """Write the rendered formats and mark the run complete."""
        artefacts = tuple(self._write(f"outputs/{name}", data) for name, data in outputs.items())
        self._save(self.manifest.model_copy(update={"outputs": artefacts, "complete": True}))

    def damaged(self) -> list[str]:
        """Names of the run's files that are missing or changed."""
        files = [a for stage in self.manifest.stages.values() for a in stage] + list(self.manifest.outputs)
        return [a.name for a in files if self.read(a) is None]

    def _write(self, name: str, data: bytes) -> Artefact:
        write_atomically(self.folder / name, data)
        return Artefact(name=name, sha256=bytes_sha256(data), size=len(data))

    def _save(self, manifest: Manifest) -> None:
        write_atomically(self.folder / _MANIFEST, manifest.model_dump_json(indent=2).encode("utf-8") + b"\n")
        self.manifest = manifest


class Home:
    """A user's data directory: libraries, runs, and the state that processes share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.libraries = root / "libraries"
        self.runs = root / "runs"
        self.state = root / "state"

    @classmethod
    def default(cls) -> Home:
        """The platform's user data directory."""
        import platformdirs  # noqa: PLC0415 - --help needs none of it

        return cls(Path(platformdirs.user_data_path("synthesis", appauthor=False)))

    def prepare(self) -> Home:
        """Create the folders, for this user alone.

        Raises:
            StoreError: the place cannot be written.
        """
        try:
            for folder in (self.root, self.libraries, self.runs, self.state):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(
                f"cannot use {self.root} for data: {error.strerror}. Choose another place with --home DIR."
            ) from error
        return self

    def iter_runs(self) -> Iterator[Run]:
        """All runs that can be read, by name."""
        folders = sorted(self.runs.iterdir()) if self.runs.is_dir() else []
        for folder in folders:
            if (folder / _MANIFEST).is_file():
                with contextlib.suppress(StoreError):
                    yield Run.open(folder)

    def unreadable_runs(self) -> list[str]:
        """What is wrong with each run folder whose manifest cannot be read."""
        problems = []
        for folder in sorted(self.runs.iterdir()) if self.runs.is_dir() else []:
            try:
                Run.open(folder)
            except StoreError as error:
                problems.append(str(error))
        return problems

    def find_run(self, name: str) -> Run:
        """A run by its path, its name, the start of its name, or ``last``.

        Raises:
            StoreError: no run, or several, are meant.
        """
        if (Path(name) / _MANIFEST).is_file():
            return Run.open(Path(name))
        names = [f.name for f in sorted(self.runs.glob("*")) if (f / _MANIFEST).is_file()]
        if name == "last" and names:
            return Run.open(
                max((self.runs / n for n in names), key=lambda f: (f / _MANIFEST).stat().st_mtime_ns)
            )
        if (self.runs / name / _MANIFEST).is_file() and re.fullmatch(r"[\w.-]+", name):
            return Run.open(self.runs / name)
        meant = [n for n in names if n.startswith(name)]
        if len(meant) == 1:
            return Run.open(self.runs / meant[0])
        shown = ", ".join((meant or names)[-5:]) or "none yet"
        problem = "several runs begin so" if meant else "there is no such run"
        raise StoreError(f"cannot tell which run '{name}' means: {problem}. Runs in {self.runs}: {shown}.")
