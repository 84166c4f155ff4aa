"""The rows of a vector index, in memory or memory-mapped.

    DIR/generation-<hex>/vectors.f32     (n, dimension) little-endian float32, row by row
    DIR/generation-<hex>/rows.jsonl      a line a row: [doc_id, language, digest of the document]
    DIR/generation-<hex>/keys.u64        (n,) hash of the doc_id, to find it

The files only grow: what a killed writer leaves behind the part that the manifest seals does not count.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, overload

import numpy as np

from retrieval_core.errors import IndexCorruptError
from retrieval_core.manifest import REBUILD, FileSeal, prefix_digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

VECTORS, ROWS, KEYS = "vectors.f32", "rows.jsonl", "keys.u64"


class Row(NamedTuple):
    """What is known of the document behind a vector; ``digest`` tells whether it has changed."""

    doc_id: str
    language: str | None
    digest: str


@dataclass(frozen=True, eq=False)
class Table:
    """``vectors`` (n, dimension), their ``rows``, and ``keys`` (n,), the hashes of their doc_ids."""

    vectors: NDArray[np.float32]
    rows: Sequence[Row]
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.vectors)


Chunk = tuple["NDArray[np.float32]", list[Row]]


def empty_table(dimension: int) -> Table:
    """A table without rows."""
    return Table(np.zeros((0, dimension), np.float32), (), np.zeros(0, np.uint64))


def key_of(doc_id: str) -> int:
    """A hash of 64 bits; two ids may share one, so what is found by it is compared."""
    return int.from_bytes(blake2b(doc_id.encode(), digest_size=8).digest(), "little")


def extended(table: Table, chunks: Iterable[Chunk]) -> Table:
    """``table`` in memory with the chunks' rows after its own."""
    added = list(chunks)
    rows = [*table.rows, *(row for _, chunk in added for row in chunk)]
    keys = np.array([key_of(row.doc_id) for row in rows[len(table) :]], dtype=np.uint64)
    return Table(
        np.concatenate([table.vectors, *(vectors for vectors, _ in added)]),
        rows,
        np.concatenate([table.keys, keys]),
    )


def append(folder: Path, sealed: dict[str, FileSeal], chunks: Iterable[Chunk]) -> dict[str, FileSeal]:
    """Write the chunks' rows after the sealed part of the files, and seal them as they are then.

    Raises ``IndexCorruptError`` if the sealed part is not what was sealed.
    """
    empty = FileSeal(size=0, sha256=sha256().hexdigest())
    before = {name: sealed.get(name, empty) for name in (VECTORS, ROWS, KEYS)}
    streams = {name: _open_at(folder / name, seal.size) for name, seal in before.items()}
    try:
        for vectors, rows in chunks:
            streams[VECTORS].write(np.ascontiguousarray(vectors, dtype="<f4").tobytes())
            streams[ROWS].write("".join(json.dumps(row) + "\n" for row in rows).encode())
            streams[KEYS].write(np.array([key_of(row.doc_id) for row in rows], dtype="<u8").tobytes())
    finally:
        for stream in streams.values():
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
    return {name: _reseal(folder / name, seal) for name, seal in before.items()}


def _open_at(file: Path, size: int) -> BinaryIO:
    """Open for writing after the first ``size`` bytes; what stands there is a killed writer's."""
    stream = file.open("r+b" if file.exists() else "w+b")
    if stream.seek(0, os.SEEK_END) < size:
        stream.close()
        raise IndexCorruptError(f"{file} is shorter than the {size} bytes that were written. {REBUILD}")
    stream.truncate(size)
    stream.seek(size)
    return stream


def _reseal(file: Path, before: FileSeal) -> FileSeal:
    """Seal the whole file, having compared its old part with its old seal."""
    digest = prefix_digest(file, before.size)
    if digest.hexdigest() != before.sha256:
        raise IndexCorruptError(f"{file} is not what was written: its SHA-256 differs. {REBUILD}")
    with file.open("rb") as stream:
        stream.seek(before.size)
        while block := stream.read(1 << 20):
            digest.update(block)
    return FileSeal(size=file.stat().st_size, sha256=digest.hexdigest())


def seal_file(file: Path) -> FileSeal:
    """Seal a file that was just written, and make it durable."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
    return FileSeal(size=file.stat().st_size, sha256=prefix_digest(file, file.stat().st_size).hexdigest())


def mapped_table(folder: Path, n: int, dimension: int) -> Table:
    """The first ``n`` rows on disk, memory-mapped. Raises ``IndexCorruptError`` if the files hold fewer."""
    if n == 0:
        return empty_table(dimension)
    try:
        vectors = np.memmap(folder / VECTORS, "<f4", mode="r", shape=(n, dimension))
        keys = np.memmap(folder / KEYS, "<u8", mode="r", shape=(n,))
        return Table(vectors, _MappedRows(folder / ROWS, n), keys)
    except (OSError, ValueError) as error:
        raise IndexCorruptError(
            f"{folder} holds fewer than the {n} rows that were written. {REBUILD}"
        ) from error


class _MappedRows(Sequence[Row]):
    """Rows read from the memory-mapped file when they are asked for."""

    def __init__(self, file: Path, n: int) -> None:
        with file.open("rb") as stream:
            self._lines = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        ends = np.flatnonzero(np.frombuffer(self._lines, dtype=np.uint8) == ord("\n"))[:n]
        if len(ends) < n:
            raise ValueError(f"{len(ends)} lines")
        self._starts = np.concatenate([np.zeros(1, np.int64), ends + 1])

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        start, end = self._starts[place], self._starts[place + 1]
        return Row(*json.loads(self._lines[start:end]))
