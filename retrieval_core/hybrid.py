"""BM25 and vectors behind one search, kept in step.

    DIR/manifest.json               the weights, and which generation counts
    DIR/generation-<hex>/lexical/   a lexical index: the documents, as they were given
    DIR/generation-<hex>/dense/     a vector index of the same documents, with their languages

A build writes a new generation and switches to it in one rename. A change marks the manifest, changes the lexical
part, then the vectors. After a killed change the lexical part, which is always whole, is the truth: whoever opens the
index next brings the vectors in step with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from retrieval_core import lexical
from retrieval_core import manifest as manifests
from retrieval_core.dense import DenseIndex
from retrieval_core.dense_contents import no_progress
from retrieval_core.errors import IndexCorruptError, InputError
from retrieval_core.fusion import FusionWeights, fuse, is_pool, language_matrix
from retrieval_core.hybrid_scorer import query_language, with_languages
from retrieval_core.manifest import Manifest
from retrieval_core.records import Document, Query, ScoredDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.dense_contents import Progress
    from retrieval_core.encoder import Encoder
    from retrieval_core.neighbours import Kind

Mode = Literal["hybrid", "lexical", "dense"]
ENGINE = "lexical and dense"
LEXICAL, DENSE = "lexical", "dense"  # folders of a generation
CANDIDATES = 200  # of each side; what is further down both lists does not come up by fusion


class HybridManifest(Manifest):
    """The manifest of a hybrid index; its files are those of its parts, which have manifests of their own."""

    encoder_fingerprint: str
    weights: FusionWeights


class HybridIndex:
    """A lexical and a vector index of the same documents. Made by ``build`` or ``open``."""

    def __init__(
        self,
        lexical_part: lexical.SearchIndex,
        dense_part: DenseIndex,
        weights: FusionWeights,
        path: Path | None = None,
    ) -> None:
        self.lexical = lexical_part
        self.dense = dense_part
        self.weights = weights
        self._path = path

    @classmethod
    def build(
        cls,
        documents: Iterable[Document],
        encoder: Encoder,
        path: Path | None = None,
        *,
        weights: FusionWeights | None = None,
        kind: Kind | Literal["auto"] = "auto",
        progress: Progress = no_progress,
    ) -> HybridIndex:
        """Index ``documents``; of several with one ``doc_id`` the last counts.

        Missing languages are detected. ``path``: a folder to keep the index in, replacing an index that is there;
        ``None``: in memory. Raises as ``DenseIndex.build``.
        """

        def parts(folder: Path | None) -> HybridIndex:
            words = lexical.SearchIndex.build(documents, folder / LEXICAL if folder else None)
            place = folder / DENSE if folder else None
            stream = with_languages(words.documents())
            vectors = DenseIndex.build(stream, encoder, place, kind=kind, progress=progress)
            return cls(words, vectors, weights or FusionWeights())

        return parts(None) if path is None else _switched(path, encoder, parts)

    @classmethod
    def open(cls, path: Path, encoder: Encoder, *, whole: bool = True) -> HybridIndex:
        """Open an index on disk; waits for a change in progress and finishes or undoes one that was killed.

        ``whole=False``: without comparing the vectors with their SHA-256. Raises ``InputError`` if there is none or
        another encoder made it, ``IndexCorruptError`` if its files are not what was written.
        """
        while True:
            manifest = _read(path)
            try:
                if not manifest.writing:
                    return cls._of_manifest(path, manifest, encoder, whole=whole)
            except (InputError, IndexCorruptError):
                if _read(path) == manifest:  # else another process has just replaced it
                    raise
            with manifests.write_lock(path):
                cls._settle(path, encoder)

    def save(self, path: Path) -> None:
        """Write the index to the folder ``path``, replacing an index that is there; nothing is encoded again."""
        if self._path is not None and path.resolve() == self._path.resolve():
            return

        def copies(folder: Path) -> HybridIndex:
            self.lexical.save(folder / LEXICAL)
            self.dense.save(folder / DENSE)
            return self

        _switched(path, self.dense.encoder, copies)

    def add(self, documents: Iterable[Document], *, progress: Progress = no_progress) -> None:
        """Add documents; one with a known ``doc_id`` replaces the old, an unchanged one is not encoded again."""
        added = list(documents)

        def change(index: HybridIndex) -> None:
            index.dense.add(with_languages(added), progress=progress)
            index.lexical.add(added)

        self._change(change)

    def delete(self, doc_ids: Iterable[str]) -> None:
        """Delete documents; an unknown ``doc_id`` is no error."""
        deleted = list(doc_ids)

        def change(index: HybridIndex) -> None:
            index.dense.delete(deleted)
            index.lexical.delete(deleted)

        self._change(change)

    def __len__(self) -> int:
        return len(self.lexical)

    def documents(self) -> Iterator[Document]:
        """All documents, in no particular order."""
        return self.lexical.documents()

    def get(self, doc_id: str) -> Document | None:
        """The document with this ``doc_id``."""
        return self.lexical.get(doc_id)

    def search(
        self, queries: Sequence[str | Query], k: int = 10, *, mode: Mode = "hybrid"
    ) -> list[list[ScoredDocument]]:
        """For each query the best ``k`` documents, best first; by both parts, or by one of them.

        A plain string's ``query_id`` is its position in ``queries``; a missing language is detected. Raises
        ``InputError`` if ``k`` < 1.
        """
        if mode == "lexical":
            return self.lexical.search(queries, k)
        if mode == "dense" or not self.weights.uses_lexical:
            return self.dense.search(queries, k)
        asked = [q if isinstance(q, Query) else Query(query_id=str(i), text=q) for i, q in enumerate(queries)]
        depth = max(CANDIDATES, k)
        words = self.lexical.search(asked, depth)
        vectors = self.dense.encode(asked)
        near = self.dense.nearest(vectors, depth) if self.weights.dense else [[] for _ in asked]
        return [
            self._fused(query, vector, {hit.doc_id: hit.score for hit in hits}, dict(nearest), k)
            for query, vector, hits, nearest in zip(asked, vectors, words, near, strict=True)
        ]

    def verify(self) -> None:
        """Compare every file with its seal, and the parts with each other. Raises ``IndexCorruptError``."""
        self.lexical.verify()
        self.dense.verify()
        if sorted(self.dense.doc_ids()) != sorted(document.doc_id for document in self.documents()):
            raise IndexCorruptError(
                f"The parts of {self._path} hold different documents. {manifests.REBUILD}"
            )

    # ------------------------------------------------------------------ search

    def _fused(
        self,
        query: Query,
        vector: NDArray[np.float32],
        words: dict[str, float],
        near: dict[str, float],
        k: int,
    ) -> list[ScoredDocument]:
        """Fuse the candidates of both sides: doc_id → BM25 score, and → cosine."""
        doc_ids = sorted(words.keys() | near.keys())
        if self.weights.dense:
            unseen = [doc_id for doc_id in doc_ids if doc_id not in near]
            near = near | dict(zip(unseen, self.dense.similarities(vector, unseen).tolist(), strict=True))
        languages = self.dense.languages
        own = query_language(query, languages)
        documents = (
            [self.dense.language_of(doc_id) for doc_id in doc_ids] if len(languages) > 1 else list(languages)
        )
        fused = fuse(
            np.array([[words.get(doc_id, 0.0) for doc_id in doc_ids]], dtype=np.float32),
            np.array([[near.get(doc_id, 0.0) for doc_id in doc_ids]], dtype=np.float32),
            language_matrix([own], documents),
            self.weights,
            pooled=is_pool(languages),
        )
        ranked = sorted(zip((-fused[0]).tolist(), doc_ids, strict=True))
        return [
            ScoredDocument(query_id=query.query_id, doc_id=doc_id, score=-negated, rank=rank)
            for rank, (negated, doc_id) in enumerate(ranked[:k], start=1)
        ]

    # ------------------------------------------------------------------ change

    def _change(self, change: Callable[[HybridIndex], None]) -> None:
        if self._path is None:
            change(self)
            return
        with manifests.write_lock(self._path):
            # Others may have written since this object was opened.
            index = self._settle(self._path, self.dense.encoder)
            manifest = _read(self._path)
            manifests.store(self._path, manifest.model_copy(update={"writing": True}))
            change(index)
            manifests.store(self._path, manifest.model_copy(update={"documents": len(index)}))
        self.lexical, self.dense, self.weights = index.lexical, index.dense, index.weights

    @classmethod
    def _settle(cls, path: Path, encoder: Encoder) -> HybridIndex:
        """Open while no one else writes, so that a mark of writing means a writer that was killed."""
        manifest = _read(path)
        index = cls._of_manifest(path, manifest, encoder, whole=False)
        if manifest.writing:
            index.dense.add(with_languages(index.documents()))
            index.dense.delete([doc_id for doc_id in index.dense.doc_ids() if index.get(doc_id) is None])
            manifests.store(path, manifest.model_copy(update={"writing": False, "documents": len(index)}))
        return index

    @classmethod
    def _of_manifest(
        cls, path: Path, manifest: HybridManifest, encoder: Encoder, *, whole: bool
    ) -> HybridIndex:
        folder = path / manifest.generation
        words = lexical.SearchIndex.open(folder / LEXICAL)
        vectors = DenseIndex.open(folder / DENSE, encoder, whole=whole)
        if not manifest.writing and not len(words) == len(vectors) == manifest.documents:
            raise IndexCorruptError(
                f"The index {path} holds {len(words)} texts and {len(vectors)} vectors where {manifest.documents} "
                f"of both were written. {manifests.REBUILD}"
            )
        return cls(words, vectors, manifest.weights, path)


def open_lexical_part(path: Path) -> lexical.SearchIndex:
    """Only the BM25 part of a hybrid index, which needs no encoder."""
    return lexical.SearchIndex.open(path / _read(path).generation / LEXICAL)


def _switched(path: Path, encoder: Encoder, make: Callable[[Path], HybridIndex]) -> HybridIndex:
    """Let ``make`` fill a new generation, and switch to it."""
    with manifests.write_lock(path):
        folder = manifests.new_generation(path)
        made = make(folder)
        manifest = HybridManifest(
            form=manifests.HYBRID_FORM,
            engine=ENGINE,
            generation=folder.name,
            documents=len(made),
            deleted=0,
            files={},
            encoder_fingerprint=encoder.fingerprint,
            weights=made.weights,
        )
        manifests.store(path, manifest)
        manifests.drop_other_generations(path, folder.name)
    return HybridIndex(made.lexical, made.dense, made.weights, path)


def _read(path: Path) -> HybridManifest:
    return manifests.read(path, HybridManifest, manifests.HYBRID_FORM)
