"""The encoders that a user's retraining has promoted, and which one is current.

    HOME/encoders/current.json                 what is current, and what was before it
    HOME/encoders/<fingerprint>/encoder/       the model, as ``DualEncoder.load`` reads it
    HOME/encoders/<fingerprint>/manifest.json  size and SHA-256 of its files, data, figures
    HOME/encoders/<fingerprint>/MODEL_CARD.md  the same for people
    HOME/encoders/write.lock                   held by the one writer

A model is copied beside the others, flushed, and renamed to its place; only then ``current.json`` is replaced, by one
rename too. A writer that is killed leaves the old state whole, and at most a draft that the next writer removes.
Where the registry cannot be trusted nothing is chosen in its stead: that is an error, with the way out.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import FileSeal, Manifest, to_bytes
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

EMBEDDED = "embedded"
HOME_VARIABLE = "RETRIEVAL_CORE_HOME"
ENCODER, MANIFEST, CARD, CURRENT = "encoder", "manifest.json", "MODEL_CARD.md", "current.json"
TO_EMBEDDED = "retrieval-core rollback --to-embedded"
LOCK_TIMEOUT_SECONDS = 60.0
_DRAFT = ".draft-"

# A folder's name, so the pattern keeps it from pointing elsewhere.
Name = Annotated[str, Field(pattern=r"^([0-9a-f]{64}|embedded)$")]


class Registry(Record):
    """The content of ``current.json``; ``history``: what was current before, oldest first."""

    form: Literal["retrieval-core-promoted/1"] = "retrieval-core-promoted/1"
    current: Name = EMBEDDED
    history: tuple[Name, ...] = ()


class Listed(Record):
    """A model that can be current. ``manifest`` is ``None`` for the embedded one and where it is damaged."""

    name: str
    current: bool
    manifest: Manifest | None


def home_folder(home: Path | None = None) -> Path:
    """``home``, else what the variable RETRIEVAL_CORE_HOME names, else the place for a user's data on this system."""
    if home is not None:
        return home
    if named := os.environ.get(HOME_VARIABLE):
        return Path(named)
    import platformdirs  # noqa: PLC0415 - a home that is named needs none of it

    return Path(platformdirs.user_data_path("retrieval-core", appauthor=False))


def current_folder(home: Path | None = None) -> Path | None:
    """The folder of the promoted encoder that is current, ``None`` where that is the embedded one.

    Raises ``ModelError`` if the registry or the folder that it names is damaged or missing.
    """
    place = _encoders(home)
    current = read_registry(home).current
    return None if current == EMBEDDED else _existing(place, current) / ENCODER


def read_registry(home: Path | None = None) -> Registry:
    """What is current; the embedded encoder where nothing was ever promoted. Raises ``ModelError`` for damage."""
    place = _encoders(home)
    file = place / CURRENT
    try:
        return Registry.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        if not _promoted(place):
            return Registry()
        raise ModelError(
            f"{file} is missing, so which of the promoted encoders is current is not known. Restore it, or go back to "
            f"the embedded encoder: {TO_EMBEDDED}"
        ) from error
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"{file} is damaged or cannot be read, so which encoder is current is not known. Restore it, or go back to "
            f"the embedded encoder: {TO_EMBEDDED}"
        ) from error


def seals_of(encoder: Path) -> dict[str, FileSeal]:
    """Size and SHA-256 of every file of a model, by its path from the folder that will hold the manifest."""
    found = {}
    for file in sorted(path for path in encoder.rglob("*") if path.is_file()):
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        name = f"{ENCODER}/{file.relative_to(encoder).as_posix()}"
        found[name] = FileSeal(size=file.stat().st_size, sha256=digest)
    return found


def install(encoder: Path, fingerprint: str, manifest: Manifest, card: str, home: Path | None = None) -> Path:
    """Copy the model in ``encoder`` into the home and make it current; returns its new folder.

    ``fingerprint``: as ``DualEncoder`` gives it for ``encoder``. Raises ``InputError`` if the model is current
    already or cannot be written, ``ModelError`` for a damaged registry.
    """
    place = _encoders(home)
    with _writing(place):
        registry = read_registry(home)
        if registry.current == fingerprint:
            raise InputError(f"The encoder {fingerprint[:12]} is current already.")
        try:
            _write(place, registry)  # so that from here on a missing file means damage
            draft = place / f"{_DRAFT}{secrets.token_hex(8)}"
            shutil.copytree(encoder, draft / ENCODER)
            (draft / MANIFEST).write_bytes(to_bytes(manifest, indent=1))
            (draft / CARD).write_text(card, encoding="utf-8")
            _flush(draft)
            folder = place / fingerprint
            if folder.exists():  # rolled back earlier: the same model, its figures measured anew
                folder.replace(place / f"{_DRAFT}{secrets.token_hex(8)}")
            draft.replace(folder)
            _write(place, Registry(current=fingerprint, history=(*registry.history, registry.current)))
        except OSError as error:
            raise InputError(
                f"Cannot write the model to {place}: {error.strerror}. Name another folder with --models or "
                f"{HOME_VARIABLE}."
            ) from error
    return folder


def rollback(home: Path | None = None, *, to_embedded: bool = False) -> str:
    """Go back to what was current before, finally the embedded encoder; returns what is current now.

    ``to_embedded``: at once, whatever state the registry is in. Raises ``InputError`` if there is nothing to go back
    to, ``ModelError`` if the registry or the model to go back to is damaged.
    """
    place = _encoders(home)
    with _writing(place):
        if to_embedded:
            _write(place, Registry())
            return EMBEDDED
        registry = read_registry(home)
        if not registry.history:
            raise InputError("Nothing to go back to: the embedded encoder is current, and was before.")
        *history, earlier = registry.history
        if earlier != EMBEDDED:
            _existing(place, earlier)
        _write(place, Registry(current=earlier, history=tuple(history)))
        return earlier


def listed(home: Path | None = None) -> tuple[Listed, ...]:
    """The embedded encoder and every promoted one, by name. Raises ``ModelError`` for a damaged registry."""
    place = _encoders(home)
    current = read_registry(home).current
    return (
        Listed(name=EMBEDDED, current=current == EMBEDDED, manifest=None),
        *(
            Listed(name=folder.name, current=current == folder.name, manifest=_manifest(folder))
            for folder in _promoted(place)
        ),
    )


def _encoders(home: Path | None) -> Path:
    return home_folder(home) / "encoders"


def _promoted(place: Path) -> list[Path]:
    return sorted(folder for folder in place.glob("[0-9a-f]*") if len(folder.name) == 64 and folder.is_dir())


def _existing(place: Path, name: str) -> Path:
    folder = place / name
    if not (folder / ENCODER).is_dir():
        raise ModelError(
            f"The promoted encoder {folder} is missing. Restore the folder, or go back to the embedded encoder: "
            f"{TO_EMBEDDED}"
        )
    return folder


def _manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    """Hold the writer's lock; drafts that a killed writer left are removed."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - readers need no lock

    lock = FileLock(place / "write.lock", timeout=LOCK_TIMEOUT_SECONDS)
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise InputError(
            f"Another process has been changing {place} for {LOCK_TIMEOUT_SECONDS:.0f} s. Try again when it is done."
        ) from error
    except OSError as error:
        raise InputError(
            f"Cannot write to {place}: {error.strerror}. Name another folder with --models or {HOME_VARIABLE}."
        ) from error
    try:
        yield
    finally:
        for draft in place.glob(f"{_DRAFT}*"):
            shutil.rmtree(draft, ignore_errors=True)
        lock.release()


def _write(place: Path, registry: Registry) -> None:
    """Replace ``current.json`` in one step that survives a loss of power."""
    draft = place / f".{CURRENT}"
    with draft.open("wb") as file:
        file.write(to_bytes(registry, indent=1))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place / CURRENT)


def _flush(folder: Path) -> None:
    """Put every file on the disk, so that a rename never stands for content that is not there."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
