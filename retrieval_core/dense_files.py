"""A vector index on disk: its manifest, what it seals, and how a new state comes to count.

    DIR/manifest.json
    DIR/generation-<hex>/<the files of dense_store>
    DIR/generation-<hex>/<kind>-<n>.faiss   the approximate index over the first n rows, where there is one

The approximate index is written anew under another name whenever it grows, so the old state stays whole until the
manifest is replaced, in one rename.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from retrieval_core import manifest as manifests
from retrieval_core.dense_contents import Contents, Recall
from retrieval_core.dense_store import KEYS, ROWS, VECTORS, append, mapped_table, seal_file
from retrieval_core.errors import IndexCorruptError, InputError, RetrievalError
from retrieval_core.manifest import FileSeal, Manifest
from retrieval_core.neighbours import ENGINE, Approximate, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from retrieval_core.dense_store import Chunk, Table
    from retrieval_core.encoder import Encoder


class DenseManifest(Manifest):
    """The manifest of a vector index; ``deleted_rows`` are still in the files, ``documents`` does not count them."""

    kind: Kind
    metric: Literal["inner_product"] = "inner_product"
    dimension: int = Field(ge=1)
    encoder_fingerprint: str
    rows: int = Field(ge=0)
    deleted_rows: tuple[int, ...]
    languages: dict[str, int]  # language → documents; those of an unknown language are left out
    covered: int = Field(ge=0)  # rows in the approximate index; those after them are scanned
    effort: int = Field(ge=0)
    recall: Recall | None = None


def write_rows(
    folder: Path, sealed: dict[str, FileSeal], chunks: Iterable[Chunk], dimension: int
) -> tuple[Table, dict[str, FileSeal]]:
    """Append rows to the files of a generation; the whole table and the seals of all files.

    Raises ``RetrievalError`` if the disk refuses; the state that counts is untouched either way.
    """
    try:
        files = {**sealed, **append(folder, sealed, chunks)}
    except OSError as error:
        raise RetrievalError(
            f"The index {folder.parent} could not be written: {error}. It is as it was before."
        ) from error
    return mapped_table(folder, files[KEYS].size // 8, dimension), files


def commit(
    path: Path, generation: str, encoder: Encoder, contents: Contents, files: dict[str, FileSeal]
) -> DenseManifest:
    """Write the approximate index, if it is a new one, and make the manifest say that all of this counts."""
    folder, names = path / generation, {VECTORS, ROWS, KEYS}
    approximate = contents.approximate
    if approximate is not None:
        name = approximate.file_name
        if name not in files:
            approximate.write(folder / name)
            files = {**files, name: seal_file(folder / name)}
        names.add(name)
    manifest = DenseManifest(
        form=manifests.DENSE_FORM,
        engine=ENGINE,
        generation=generation,
        documents=len(contents),
        deleted=len(contents.deleted),
        files={name: files[name] for name in sorted(names)},
        kind=contents.kind,
        dimension=encoder.dimension,
        encoder_fingerprint=encoder.fingerprint,
        rows=len(contents.table),
        deleted_rows=tuple(sorted(contents.deleted)),
        languages=contents.languages,
        covered=approximate.covered if approximate else 0,
        effort=approximate.effort if approximate else 0,
        recall=contents.recall,
    )
    manifests.store(path, manifest)
    for file in folder.glob("*.faiss"):
        if file.name not in names:
            file.unlink(missing_ok=True)
    return manifest


def read_manifest(path: Path, encoder: Encoder) -> DenseManifest:
    """The manifest at ``path``.

    Raises ``InputError`` if there is no vector index or another encoder made it, ``IndexCorruptError`` if it is
    damaged or another version's.
    """
    manifest = manifests.read(path, DenseManifest, manifests.DENSE_FORM)
    made_with, given = manifest.encoder_fingerprint, encoder.fingerprint
    if made_with != given or manifest.dimension != encoder.dimension:
        raise InputError(
            f"The index {path} was made with the encoder {made_with[:12]} ({manifest.dimension} dimensions), not with "
            f"{given[:12]} ({encoder.dimension}): their vectors cannot be compared. Open it with the encoder that "
            "made it, or build it again with this one."
        )
    if manifest.kind != "flat" and manifest.engine != ENGINE:
        raise IndexCorruptError(
            f"The index {path} was made by {manifest.engine}; this version needs {ENGINE}. {manifests.REBUILD}"
        )
    return manifest


def load(path: Path, manifest: DenseManifest, *, whole: bool) -> Contents:
    """The contents that a manifest seals; no file is interpreted before its seal has been checked."""
    folder = path / manifest.generation
    covered_by = f"{manifest.kind}-{manifest.covered}.faiss"
    expected = {VECTORS, ROWS, KEYS} | ({covered_by} if manifest.covered else set())
    if set(manifest.files) != expected or not _consistent(manifest):
        raise IndexCorruptError(f"{path / manifests.MANIFEST} contradicts itself. {manifests.REBUILD}")
    for name in sorted(expected - (set() if whole else {VECTORS})):
        manifests.check_grown(folder / name, manifest.files[name])
    approximate = None
    if manifest.covered:
        approximate = Approximate.read(folder / covered_by, manifest.kind, manifest.effort)
        if (approximate.covered, approximate.index.d) != (manifest.covered, manifest.dimension):
            raise IndexCorruptError(
                f"{folder / covered_by} is not the index it should be. {manifests.REBUILD}"
            )
    return Contents(
        table=mapped_table(folder, manifest.rows, manifest.dimension),
        deleted=frozenset(manifest.deleted_rows),
        languages=manifest.languages,
        kind=manifest.kind,
        approximate=approximate,
        recall=manifest.recall,
    )


def _consistent(manifest: DenseManifest) -> bool:
    rows, deleted = manifest.rows, manifest.deleted_rows
    return (
        manifest.files[VECTORS].size == rows * manifest.dimension * 4
        and manifest.files[KEYS].size == rows * 8
        and len(deleted) == len(set(deleted)) == manifest.deleted == rows - manifest.documents
        and all(0 <= row < rows for row in deleted)
        and manifest.covered <= rows
    )
