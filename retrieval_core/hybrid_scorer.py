"""Fused scores of whole corpora: what an evaluation asks for, and what the weights are tuned on."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from retrieval_core.fusion import (
    DevelopmentScores,
    FusionWeights,
    Tuning,
    fuse,
    is_pool,
    language_matrix,
    tune,
)
from retrieval_core.language import detect
from retrieval_core.scorers import EncoderScorer, LexicalScorer, document_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from retrieval_core.encoder import Encoder
    from retrieval_core.records import Document, Query, RetrievalSet

SHORT_QUERY_CHARS = 24  # a query below is taken to be in a language of the corpus, if its script allows


class HybridScorer:
    """Fused scores of every document of a corpus, as an evaluation asks for them."""

    def __init__(self, encoder: Encoder, weights: FusionWeights | None = None) -> None:
        self._lexical = LexicalScorer()
        self._dense = EncoderScorer(encoder)
        self._weights = weights or FusionWeights()
        self.fingerprint = hashlib.sha256(
            f"{encoder.fingerprint}\n{self._weights.model_dump_json()}".encode()
        ).hexdigest()

    def score(self, queries: Sequence[Query], documents: Sequence[Document]) -> NDArray[np.float32]:
        """(n_queries, n_documents) scores; missing languages are detected."""
        of_documents = [document.language for document in with_languages(documents)]
        counts = Counter(language for language in of_documents if language)
        return fuse(
            self._lexical.score(queries, documents),
            self._dense.score(queries, documents),
            language_matrix([query_language(query, counts) for query in queries], of_documents),
            self._weights,
            pooled=is_pool(counts),
        )


def tune_fusion(encoder: Encoder, development: RetrievalSet, start: FusionWeights | None = None) -> Tuning:
    """Weights for an encoder, tuned on a development set in every setting that its languages allow.

    Holds three matrices of (n_queries, n_documents). Raises ``InputError`` if nothing can be tuned.
    """
    columns = {document.doc_id: column for column, document in enumerate(development.documents)}
    relevant: dict[str, set[int]] = {query.query_id: set() for query in development.queries}
    for qrel in development.qrels:
        if qrel.relevance > 0 and qrel.query_id in relevant and qrel.doc_id in columns:
            relevant[qrel.query_id].add(columns[qrel.doc_id])
    asked = [query for query in development.queries if relevant[query.query_id]]
    of_documents = tuple(document.language for document in with_languages(development.documents))
    counts = Counter(language for language in of_documents if language)
    dense = EncoderScorer(encoder).score(asked, development.documents)

    def scores(*, by_language: bool) -> DevelopmentScores:
        return DevelopmentScores(
            LexicalScorer(by_language=by_language).score(asked, development.documents),
            dense,
            tuple(frozenset(relevant[query.query_id]) for query in asked),
            tuple(query_language(query, counts) for query in asked),
            of_documents,
        )

    # Term statistics are those of the corpus that a setting searches: one language, or the pool.
    tuning = tune(scores(by_language=True), start, settings=("monolingual", "cross_lingual"))
    if len(counts) < 2:
        return tuning
    pooled = tune(scores(by_language=False), tuning.weights, settings=("multilingual",))
    return Tuning(pooled.weights, tuning.mean_average_precision | pooled.mean_average_precision)


def with_languages(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents, each with its language, detected where it is missing."""
    for document in documents:
        if document.language is None and (language := detect(document_text(document))) is not None:
            yield document.model_copy(update={"language": language})
        else:
            yield document


def query_language(query: Query, corpus: Collection[str]) -> str | None:
    """The query's language: as it says, else detected, a short one's among those of the corpus."""
    if query.language is not None:
        return query.language
    return detect(query.text, among=corpus if len(query.text) < SHORT_QUERY_CHARS else ())
