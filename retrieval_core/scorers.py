"""What an evaluation asks of a search system: a score for every document of a corpus, for every query."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

import numpy as np

from retrieval_core.errors import InputError
from retrieval_core.lexical import SearchIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from retrieval_core.records import Document, Query


class Scorer(Protocol):
    """Anything that ranks: higher is better, equal scores are ties."""

    def score(self, queries: Sequence[Query], documents: Sequence[Document]) -> NDArray[np.float32]:
        """(n_queries, n_documents) scores; ``documents`` is the whole corpus that is searched."""
        ...


class TextEncoder(Protocol):
    """The part of ``retrieval_core.embedding``'s encoders that scoring needs."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim) rows of unit length."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim) rows of unit length."""
        ...


class EncoderScorer:
    """Cosine similarity of an encoder's vectors; every text is encoded once and its vector kept.

    Documents of one vector get one score, to the last bit, so that ties are seen as ties.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self._queries = _Vectors(encoder.encode_queries)
        self._documents = _Vectors(encoder.encode_documents)

    def score(self, queries: Sequence[Query], documents: Sequence[Document]) -> NDArray[np.float32]:
        """(n_queries, n_documents) inner products."""
        query_vectors, query_rows = self._queries.of([query.text for query in queries])
        vectors, rows = self._documents.of([document_text(document) for document in documents])
        distinct, columns = np.unique(rows, return_inverse=True)
        similarity: NDArray[np.float32] = query_vectors[query_rows] @ vectors[distinct].T
        # Rows follow the order in which texts first came, which need not be that of these documents.
        return similarity if np.array_equal(distinct, rows) else similarity[:, columns]


class LexicalScorer:
    """BM25 by ``SearchIndex``; a document that shares no term with the query scores 0.

    The index is that of the corpus searched, so term statistics are those of one language in a monolingual search
    and of the whole pool in a multilingual one. ``by_language``: one index a language also in the pool, whose scores
    then compete as they are. The last corpus' index is kept.
    """

    def __init__(self, *, by_language: bool = False) -> None:
        self._by_language = by_language
        self._corpus: tuple[Document, ...] = ()
        self._indexes: tuple[SearchIndex, ...] = ()

    def score(self, queries: Sequence[Query], documents: Sequence[Document]) -> NDArray[np.float32]:
        """(n_queries, n_documents) BM25 scores."""
        if tuple(documents) != self._corpus:
            self._corpus = tuple(documents)
            self._indexes = tuple(SearchIndex.build(part) for part in self._parts())
        columns = {document.doc_id: column for column, document in enumerate(documents)}
        if len(columns) != len(documents):
            raise InputError("Two documents have one doc_id; each needs its own.")
        scores = np.zeros((len(queries), len(documents)), dtype=np.float32)
        for index in self._indexes:
            for row, hits in enumerate(index.search(queries, k=len(documents))):
                scores[row, [columns[hit.doc_id] for hit in hits]] = [hit.score for hit in hits]
        return scores

    def _parts(self) -> list[list[Document]]:
        parts: dict[str | None, list[Document]] = {}
        for document in self._corpus:
            parts.setdefault(document.language if self._by_language else None, []).append(document)
        return list(parts.values())


def document_text(document: Document) -> str:
    """What an encoder reads of a document: title and text, as BEIR joins them."""
    return f"{document.title} {document.text}" if document.title else document.text


class _Vectors:
    """Vectors by text, each vector held once."""

    def __init__(self, encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> None:
        self._encode = encode
        self._row_of_text: dict[str, int] = {}
        self._row_of_vector: dict[bytes, int] = {}
        self._matrix: NDArray[np.float32] | None = None

    def of(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """All vectors so far, (n_vectors, dim), and the rows of ``texts`` in it, (n_texts,)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._row_of_text]
        if new or self._matrix is None:
            self._add(new)
        assert self._matrix is not None
        rows = np.fromiter((self._row_of_text[text] for text in texts), dtype=np.int64, count=len(texts))
        return self._matrix, rows

    def _add(self, texts: list[str]) -> None:
        encoded = np.ascontiguousarray(self._encode(texts), dtype=np.float32)
        if encoded.ndim != 2 or len(encoded) != len(texts):
            raise InputError(f"The encoder gave vectors of shape {encoded.shape} for {len(texts)} texts.")
        fresh = []
        for i, text in enumerate(texts):
            key = blake2b(encoded[i].tobytes(), digest_size=16).digest()
            if key not in self._row_of_vector:
                self._row_of_vector[key] = len(self._row_of_vector)
                fresh.append(i)
            self._row_of_text[text] = self._row_of_vector[key]
        kept = encoded[fresh]
        self._matrix = kept if self._matrix is None else np.concatenate([self._matrix, kept])
