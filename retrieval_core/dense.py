"""Search by an encoder's vectors: inner product of unit vectors, over memory-mapped files.

Whatever the kind of index, every returned score is computed anew from the stored vectors in one fixed order of
addition, so a document's score depends neither on the batch, nor on threads, nor on the kind, and equal vectors tie
exactly; ties are ordered by ``doc_id``. A flat index is exact. HNSW and IVF-PQ find candidates for this; the recall
they had when built is in the manifest and tested again by ``verify``. Documents added later are scanned until they are
many enough to be put into the approximate index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from retrieval_core import manifest as manifests
from retrieval_core.dense_contents import Change, encoded, no_progress, nothing
from retrieval_core.dense_files import commit, load, read_manifest, write_rows
from retrieval_core.dense_store import empty_table, extended
from retrieval_core.errors import IndexCorruptError, InputError
from retrieval_core.neighbours import AUTO_FLAT_ROWS, Kind, sample_queries, scan
from retrieval_core.records import Document, Query, ScoredDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.dense_contents import Contents, Progress
    from retrieval_core.dense_files import DenseManifest
    from retrieval_core.dense_store import Chunk
    from retrieval_core.encoder import Encoder
    from retrieval_core.manifest import FileSeal

REWRITE_SHARE = 0.2  # of deleted rows, above which the files are written anew without them
RECALL_TOLERANCE = 0.01  # below the declared recall, for what was added and deleted since


class DenseIndex:
    """An index of vectors. Made by ``build`` or ``open``."""

    def __init__(
        self,
        encoder: Encoder,
        contents: Contents,
        path: Path | None = None,
        manifest: DenseManifest | None = None,
    ) -> None:
        self._encoder = encoder
        self._contents = contents
        self._path = path
        self._manifest = manifest

    @classmethod
    def build(
        cls,
        documents: Iterable[Document],
        encoder: Encoder,
        path: Path | None = None,
        *,
        kind: Kind | Literal["auto"] = "auto",
        progress: Progress = no_progress,
    ) -> DenseIndex:
        """Encode and index ``documents``; of several with one ``doc_id`` the last counts.

        ``path``: a folder to keep the index in, replacing an index that is there; ``None``: in memory. ``kind``:
        "auto" is flat up to 50,000 documents and HNSW above. ``progress`` is told how many documents are encoded.
        Raises ``InputError`` if ``path`` cannot be used or the documents are too few for the kind, ``ModelError`` if
        the encoder's vectors are not as they must be.
        """
        change = Change(nothing(encoder.dimension, "flat"), encoder, progress)
        if path is None:
            return cls._generate(None, encoder, change, change.chunks(documents), kind)
        with manifests.write_lock(path):
            return cls._generate(path, encoder, change, change.chunks(documents), kind)

    @classmethod
    def open(cls, path: Path, encoder: Encoder, *, whole: bool = True) -> DenseIndex:
        """Open an index on disk, memory-mapped. Its files are compared with their SHA-256 before they are used.

        ``whole=False`` leaves out the vectors, plain numbers that nothing interprets, of which a million take a
        second or more. Raises ``InputError`` if there is no index or another encoder made it, ``IndexCorruptError``
        if its files are not what was written.
        """
        while True:
            manifest = read_manifest(path, encoder)
            try:
                return cls(encoder, load(path, manifest, whole=whole), path, manifest)
            except IndexCorruptError:
                if read_manifest(path, encoder) == manifest:  # else another process has just replaced it
                    raise

    def save(self, path: Path) -> None:
        """Write the index to the folder ``path``, replacing an index that is there."""
        if self._path is None or path.resolve() != self._path.resolve():
            with manifests.write_lock(path):
                self._rewritten(path)

    def add(self, documents: Iterable[Document], *, progress: Progress = no_progress) -> None:
        """Add documents; one with a known ``doc_id`` replaces the old, an unchanged one is not encoded again."""
        self._change(documents, (), progress)

    def delete(self, doc_ids: Iterable[str]) -> None:
        """Delete documents; an unknown ``doc_id`` is no error."""
        self._change((), doc_ids, no_progress)

    def __len__(self) -> int:
        return len(self._contents)

    def __contains__(self, doc_id: str) -> bool:
        return self._contents.find(doc_id) is not None

    @property
    def encoder(self) -> Encoder:
        """What makes its vectors."""
        return self._encoder

    @property
    def kind(self) -> Kind:
        """Flat, HNSW or IVF-PQ."""
        return self._contents.kind

    @property
    def recall(self) -> float:
        """Declared recall of the ten nearest, 0–1; 1 for an exact index."""
        return self._contents.recall.value if self._contents.recall else 1.0

    @property
    def languages(self) -> dict[str, int]:
        """Language → documents; those of an unknown language are left out."""
        return dict(self._contents.languages)

    def doc_ids(self) -> list[str]:
        """Of all documents, in the order in which they were added."""
        contents = self._contents
        return [row.doc_id for place, row in enumerate(contents.table.rows) if place not in contents.deleted]

    def language_of(self, doc_id: str) -> str | None:
        """The document's language; ``None`` if it or the document is unknown."""
        row = self._contents.find(doc_id)
        return None if row is None else self._contents.table.rows[row].language

    def search(self, queries: Sequence[str | Query], k: int = 10) -> list[list[ScoredDocument]]:
        """For each query the best ``k`` documents, best first; ``score`` is the cosine.

        A plain string's ``query_id`` is its position in ``queries``. Raises ``InputError`` if ``k`` < 1.
        """
        if isinstance(queries, str):
            raise InputError("search takes a list of queries; put the one query in brackets.")
        if k < 1:
            raise InputError(f"k is {k}; at least one document must be asked for.")
        ids = [q.query_id if isinstance(q, Query) else str(i) for i, q in enumerate(queries)]
        found = self.nearest(self.encode(queries), k)
        return [
            [
                ScoredDocument(query_id=query_id, doc_id=doc_id, score=score, rank=rank)
                for rank, (doc_id, score) in enumerate(hits, start=1)
            ]
            for query_id, hits in zip(ids, found, strict=True)
        ]

    def encode(self, queries: Sequence[str | Query]) -> NDArray[np.float32]:
        """(n_queries, dimension) vectors."""
        texts = [q.text if isinstance(q, Query) else q for q in queries]
        if not texts:
            return np.zeros((0, self._encoder.dimension), np.float32)
        return encoded(self._encoder.encode_queries, texts, self._encoder.dimension)

    def nearest(self, queries: NDArray[np.float32], k: int) -> list[list[tuple[str, float]]]:
        """For each vector of ``queries`` (n_queries, dimension) the best ``k`` as (doc_id, cosine), best first."""
        if not len(self):
            return [[] for _ in queries]
        return self._contents.nearest(np.ascontiguousarray(queries, dtype=np.float32), k)

    def similarities(self, query: NDArray[np.float32], doc_ids: Sequence[str]) -> NDArray[np.float32]:
        """(n_documents,) cosines of one vector, (dimension,), with known documents; 0 for an unknown one."""
        rows = [self._contents.find(doc_id) for doc_id in doc_ids]
        known = [place for place, row in enumerate(rows) if row is not None]
        scores = np.zeros(len(rows), np.float32)
        scores[known] = self._contents.scores(query, np.array([rows[p] for p in known], dtype=np.int64))
        return scores

    def verify(self) -> None:
        """Compare every file with its SHA-256, and test the declared recall again.

        Raises ``IndexCorruptError`` naming the first file that differs, or both recalls.
        """
        if self._path is not None:
            DenseIndex.open(self._path, self._encoder)
        contents = self._contents
        if contents.approximate is None or contents.recall is None:
            return
        vectors = contents.table.vectors[: contents.approximate.covered]
        queries = sample_queries(vectors)
        _, nearest = scan(vectors, queries, min(contents.recall.depth, len(vectors)))
        recall = contents.approximate.recall(vectors, queries, nearest)
        if recall < contents.recall.value - RECALL_TOLERANCE:
            raise IndexCorruptError(
                f"The index {self._path or 'in memory'} declares a recall of {contents.recall.value:.3f} and now has "
                f"{recall:.3f}. {manifests.REBUILD}"
            )

    # ------------------------------------------------------------------ change

    def _change(self, documents: Iterable[Document], doc_ids: Iterable[str], progress: Progress) -> None:
        if self._path is None:
            self._change_memory(documents, doc_ids, progress)
            return
        with manifests.write_lock(self._path):
            self._change_files(self._path, documents, doc_ids, progress)

    def _change_memory(
        self, documents: Iterable[Document], doc_ids: Iterable[str], progress: Progress
    ) -> None:
        change = Change(self._contents, self._encoder, progress)
        change.delete(doc_ids)
        table = extended(self._contents.table, change.chunks(documents))
        self._contents = self._contents.changed(table, change)
        if self._contents.tail_is_long and self._contents.approximate is not None:
            self._contents = self._contents.covering(self._contents.approximate)
        if self._rewrite_due():
            self._take_over(self._rewritten(None))

    def _change_files(
        self, path: Path, documents: Iterable[Document], doc_ids: Iterable[str], progress: Progress
    ) -> None:
        """Append to the files and switch to the new manifest; the caller holds the writer's lock."""
        manifest = read_manifest(path, self._encoder)
        before = self._contents
        if manifest != self._manifest:  # others may have written since this object was opened
            before = load(path, manifest, whole=False)
        change = Change(before, self._encoder, progress)
        change.delete(doc_ids)
        folder = path / manifest.generation
        table, files = write_rows(folder, manifest.files, change.chunks(documents), manifest.dimension)
        contents = before.changed(table, change)
        if contents.tail_is_long and contents.approximate is not None:
            contents = contents.covering(contents.approximate.writable(folder))
        self._manifest = commit(path, manifest.generation, self._encoder, contents, files)
        self._contents = contents
        if self._rewrite_due():
            self._take_over(self._rewritten(path))

    def _rewrite_due(self) -> bool:
        return len(self._contents.deleted) > REWRITE_SHARE * len(self._contents.table)

    def _rewritten(self, path: Path | None) -> DenseIndex:
        """A new generation without the deleted rows."""
        change = Change(nothing(self._encoder.dimension, self.kind), self._encoder)
        return self._generate(path, self._encoder, change, change.copies(self._contents), self.kind)

    def _take_over(self, other: DenseIndex) -> None:
        self._contents, self._manifest = other._contents, other._manifest

    @classmethod
    def _generate(
        cls,
        path: Path | None,
        encoder: Encoder,
        change: Change,
        chunks: Iterable[Chunk],
        kind: Kind | Literal["auto"],
    ) -> DenseIndex:
        """Make an index of the chunks, on disk as a new generation; the caller holds the writer's lock."""
        folder = None if path is None else manifests.new_generation(path)
        files: dict[str, FileSeal] = {}
        if folder is None:
            table = extended(empty_table(encoder.dimension), chunks)
        else:
            table, files = write_rows(folder, {}, chunks, encoder.dimension)
        if kind == "auto":
            kind = "flat" if len(table) <= AUTO_FLAT_ROWS else "hnsw"
        contents = nothing(encoder.dimension, kind).changed(table, change).indexed()
        if path is None or folder is None:
            built = cls(encoder, contents)
        else:
            built = cls(encoder, contents, path, commit(path, folder.name, encoder, contents, files))
            manifests.drop_other_generations(path, folder.name)
        return built._rewritten(path) if built._rewrite_due() else built
