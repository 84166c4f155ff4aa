"""A library searched by meaning: the vectors of its titles, made when they are first needed and kept beside it.

    FOLDER/meaning.safetensors   rows of the store and a vector each, in half precision

The file is a memory of computed values, not a source of truth: one that is missing, damaged, of another encoder or
behind the library is brought up to date from the stored papers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from synthesis.errors import StoreError
from synthesis.sources.local_addition import no_progress
from synthesis.store import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from synthesis.protocols import Meaning
    from synthesis.sources.local_addition import Progress
    from synthesis.sources.local_store import PaperStore

FILE = "meaning.safetensors"
_BLOCK = 2048  # titles encoded at once


class _Vectors(NamedTuple):
    """Row numbers of the store (n,), ascending, and a vector of half precision for each (n, d)."""

    rows: NDArray[np.int64]
    vectors: NDArray[np.float16]
    generation: int  # the library's last change that is in it


def nearest_rows(
    folder: Path, store: PaperStore, text: str, limit: int, meaning: Meaning, progress: Progress = no_progress
) -> list[int]:
    """Rows of the ``limit`` papers whose titles are nearest to ``text``, nearest first; ties by row.

    Raises:
        StoreError: the store, or the encoder, cannot be read.
    """
    held = _up_to_date(folder, store, meaning, progress)
    if not len(held.rows):
        return []
    target = meaning.vectors([text])[0]
    scores = np.concatenate(
        [
            held.vectors[start : start + _BLOCK].astype(np.float32) @ target
            for start in range(0, len(held.rows), _BLOCK)
        ]
    )
    best = (-scores).argsort(kind="stable")[:limit]
    return [int(row) for row in held.rows[best]]


def _up_to_date(folder: Path, store: PaperStore, meaning: Meaning, progress: Progress) -> _Vectors:
    generation = int(store.meta("generation"))
    held = _read(folder / FILE, meaning.fingerprint)
    if held is not None and held.generation == generation:
        return held
    since = held.generation + 1 if held is not None else 0
    changed = [(row, paper.title) for row, paper in store.changed_since(since)]
    fresh = _encode([title for _, title in changed], meaning, progress)
    rows = np.array([row for row, _ in changed], dtype=np.int64)
    if held is not None and len(held.rows):
        kept = np.isin(held.rows, np.setdiff1d(store.rows(), rows))
        rows = np.concatenate([held.rows[kept], rows])
        fresh = np.concatenate([held.vectors[kept], fresh]) if len(fresh) else held.vectors[kept]
    order = rows.argsort()
    now = _Vectors(rows[order], fresh[order], generation)
    _write(folder / FILE, now, meaning.fingerprint)
    return now


def _encode(titles: list[str], meaning: Meaning, progress: Progress) -> NDArray[np.float16]:
    blocks = [np.zeros((0, 0), dtype=np.float16)]
    for start in range(0, len(titles), _BLOCK):
        blocks.append(meaning.vectors(titles[start : start + _BLOCK]).astype(np.float16))
        progress(min(start + _BLOCK, len(titles)), len(titles))
    return np.concatenate(blocks[1:]) if len(blocks) > 1 else blocks[0]


def _read(path: Path, fingerprint: str) -> _Vectors | None:
    """What the file holds; ``None`` where it is of no use."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415  only where a library is asked by meaning

    try:
        with safe_open(path, framework="np") as file:
            facts = file.metadata() or {}
            if facts.get("encoder") != fingerprint:
                return None
            rows, vectors = file.get_tensor("rows"), file.get_tensor("vectors")
            held = _Vectors(rows, vectors, int(facts["generation"]))
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    whole = held.rows.ndim == 1 and held.vectors.ndim == 2 and len(held.rows) == len(held.vectors)
    return held if whole else None


def _write(path: Path, held: _Vectors, fingerprint: str) -> None:
    """Keep the vectors; a folder that cannot be written costs the next question the same time again."""
    from safetensors.numpy import save  # noqa: PLC0415  as above

    facts = {"encoder": fingerprint, "generation": str(held.generation)}
    data = save({"rows": held.rows, "vectors": held.vectors}, metadata=facts)
    try:
        write_atomically(path, data)
    except StoreError:
        return
