"""The search index that others build on: BM25 alone, or with an encoder BM25 and vectors fused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from retrieval_core import lexical
from retrieval_core import manifest as manifests
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from retrieval_core.dense import DenseIndex
    from retrieval_core.dense_contents import Progress
    from retrieval_core.encoder import Encoder
    from retrieval_core.fusion import FusionWeights
    from retrieval_core.hybrid import HybridIndex, Mode
    from retrieval_core.neighbours import Kind
    from retrieval_core.records import Document, Query, ScoredDocument


class SearchIndex:
    """An index of documents: lexical if built without an encoder, hybrid if with one.

    The parts are ``retrieval_core.lexical.SearchIndex`` and ``retrieval_core.hybrid.HybridIndex``; this is the
    one door to both.
    """

    def __init__(self, index: lexical.SearchIndex | HybridIndex) -> None:
        self._index = index

    @classmethod
    def build(
        cls,
        documents: Iterable[Document],
        path: Path | None = None,
        *,
        encoder: Encoder | None = None,
        weights: FusionWeights | None = None,
        kind: Kind | Literal["auto"] = "auto",
        progress: Progress | None = None,
    ) -> SearchIndex:
        """Index ``documents``; of several with one ``doc_id`` the last counts.

        ``path``: a folder to keep the index in, replacing an index that is there; ``None``: in memory. The rest is
        for an index with vectors: the fusion's weights, the kind of vector index, and who is told how many documents
        are encoded. Raises ``InputError`` if ``path`` holds something else or cannot be written.
        """
        if encoder is None:
            return cls(lexical.SearchIndex.build(documents, path))
        from retrieval_core.hybrid import HybridIndex  # noqa: PLC0415  # FAISS loads only where there are vectors

        told = {} if progress is None else {"progress": progress}
        return cls(HybridIndex.build(documents, encoder, path, weights=weights, kind=kind, **told))

    @classmethod
    def open(cls, path: Path, encoder: Encoder | None = None, *, lexical_only: bool = False) -> SearchIndex:
        """Open an index on disk, memory-mapped.

        ``encoder``: the one that it was built with; ``None``: the embedded one, if the index has vectors.
        ``lexical_only``: only to be searched by BM25, which needs none. Raises ``InputError`` if there is no index or
        another encoder made it, ``IndexCorruptError`` if its files are not what was written.
        """
        if manifests.form_of(path) != manifests.HYBRID_FORM:
            return cls(lexical.SearchIndex.open(path))
        from retrieval_core.hybrid import HybridIndex, open_lexical_part  # noqa: PLC0415  # see build

        if lexical_only:
            return cls(open_lexical_part(path))
        return cls(HybridIndex.open(path, encoder or _embedded()))

    @property
    def vectors(self) -> DenseIndex | None:
        """Its vector part, if it was built with an encoder."""
        return None if isinstance(self._index, lexical.SearchIndex) else self._index.dense

    def save(self, path: Path) -> None:
        """Write the index to the folder ``path``, replacing an index that is there."""
        self._index.save(path)

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents; one with a known ``doc_id`` replaces the old, an unchanged one costs nothing."""
        self._index.add(documents)

    def delete(self, doc_ids: Iterable[str]) -> None:
        """Delete documents; an unknown ``doc_id`` is no error."""
        self._index.delete(doc_ids)

    def __len__(self) -> int:
        return len(self._index)

    def documents(self) -> Iterator[Document]:
        """All documents, in no particular order."""
        return self._index.documents()

    def get(self, doc_id: str) -> Document | None:
        """The document with this ``doc_id``."""
        return self._index.get(doc_id)

    def search(
        self, queries: Sequence[str | Query], k: int = 10, *, mode: Mode | None = None
    ) -> list[list[ScoredDocument]]:
        """For each query the best ``k`` documents, best first.

        ``mode``: "lexical", "dense" or "hybrid"; ``None``: the most that the index can. A plain string's
        ``query_id`` is its position in ``queries``. Raises ``InputError`` if ``k`` < 1 or the index has no vectors
        for the mode.
        """
        if not isinstance(self._index, lexical.SearchIndex):
            return self._index.search(queries, k, mode=mode or "hybrid")
        if mode in {"dense", "hybrid"}:
            raise InputError(
                f"A {mode} search needs vectors. Build the index with an encoder, or search lexically."
            )
        return self._index.search(queries, k)

    def verify(self) -> None:
        """Compare every file with its SHA-256. Raises ``IndexCorruptError`` naming the first that differs."""
        self._index.verify()


def _embedded() -> Encoder:
    from retrieval_core.encoder import DualEncoder  # noqa: PLC0415  # loads weights

    encoder: Encoder = DualEncoder.load("embedded")
    return encoder
