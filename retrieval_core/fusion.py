"""One score out of two: BM25, which knows words, and vectors, which know meaning across languages.

    fused(q, d) = w_dense · dense(q, d) + w(q, d) · lexical(q, d)

``dense`` is the cosine; ``lexical`` the BM25 score divided by the query's best one, so that it is 0–1; or, fused by
ranks, both are (c + 1) / (c + rank) as in reciprocal rank fusion (Cormack et al., SIGIR 2009, c = 60), 0 for a
document that shares no term. The weight w(q, d) depends on what a shared word means: much if query and passage are in
one language, little if they are in two, and between the two in a pool of languages, where passages in the query's own
would else push aside better ones in others. The dense weight is one for all documents, so all scores are of one scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from retrieval_core.errors import InputError
from retrieval_core.rankings import MEASURES, Relevant, measures, relevant_ranks
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Method = Literal["scores", "ranks"]
SETTINGS = ("monolingual", "cross_lingual", "multilingual")
GRID = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0)
_TUNED = {  # setting → the weights that it decides
    "monolingual": ("same_language",),
    "cross_lingual": ("cross_language",),
    "multilingual": ("pooled_same_language", "pooled_cross_language"),
}
POOL_SHARE = 0.05  # of documents in a second language, from which on a corpus is a pool of languages


class FusionWeights(Record):
    """The weights of fusion; those of the lexical score stand relative to ``dense``.

    ``same_language``, ``cross_language``: in a corpus of one language, which is the query's or another.
    ``pooled_same_language``, ``pooled_cross_language``: in a corpus of several, by the passage's language.
    ``rank_constant``: c of reciprocal rank fusion. The defaults were tuned for the embedded encoder on 4,209 held-out
    questions in nine languages, 1,820 of them parallel (docs/experiments.md).
    """

    dense: float = Field(default=1.0, ge=0)
    same_language: float = Field(default=0.15, ge=0)
    cross_language: float = Field(default=0.05, ge=0)
    pooled_same_language: float = Field(default=0.15, ge=0)
    pooled_cross_language: float = Field(default=0.15, ge=0)
    method: Method = "scores"
    rank_constant: int = Field(default=60, ge=0)

    @classmethod
    def load(cls, file: Path) -> FusionWeights:
        """From JSON. Raises ``InputError`` naming the file."""
        try:
            return cls.model_validate_json(file.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(
                f"Cannot read the fusion weights of {file}: {str(error).splitlines()[0]}. Tune them again."
            ) from error

    def save(self, file: Path) -> None:
        """As JSON, the same bytes for the same weights."""
        file.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def lexical(self, same: NDArray[np.bool_], *, pooled: bool) -> NDArray[np.float32]:
        """The weight of the lexical score, by whether query and passage are in the ``same`` language."""
        if pooled:
            pair = (self.pooled_same_language, self.pooled_cross_language)
        else:
            pair = (self.same_language, self.cross_language)
        return np.where(same, *pair).astype(np.float32)

    @property
    def uses_lexical(self) -> bool:
        """Whether any document's lexical score counts."""
        return any(
            (self.same_language, self.cross_language, self.pooled_same_language, self.pooled_cross_language)
        )


def fuse(
    lexical: NDArray[np.float32],
    dense: NDArray[np.float32],
    same: NDArray[np.bool_],
    weights: FusionWeights,
    *,
    pooled: bool,
) -> NDArray[np.float32]:
    """Fused scores; all arrays (n_queries, n_documents), ``lexical`` 0 where no term is shared.

    ``same``: whether query and document are in one language; ``pooled``: whether the corpus is of several.
    """
    if weights.method == "ranks":
        lexical, dense = (_reciprocal_ranks(s, weights.rank_constant) for s in (lexical, dense))
    else:
        lexical = _scaled(lexical)
    fused: NDArray[np.float32] = (
        np.float32(weights.dense) * dense + weights.lexical(same, pooled=pooled) * lexical
    )
    return fused


def is_pool(languages: dict[str, int]) -> bool:
    """Whether documents, counted by language, are of several languages; a few strays are none."""
    return sum(sorted(languages.values())[:-1]) >= POOL_SHARE * max(1, sum(languages.values()))


def same_language(query: str | None, document: str | None) -> bool:
    """Whether a shared word is probably the same word: unless both languages are known and differ."""
    return query is None or document is None or query == document


@dataclass(frozen=True, slots=True, eq=False)
class DevelopmentScores:
    """What both sides say of development data.

    ``lexical``, ``dense``: (n_queries, n_documents); ``relevant``: for each query the columns of its relevant
    documents; the languages of queries and documents.
    """

    lexical: NDArray[np.float32]
    dense: NDArray[np.float32]
    relevant: tuple[frozenset[int], ...]
    query_languages: tuple[str | None, ...]
    document_languages: tuple[str | None, ...]

    def corner(self, queries: Sequence[int], documents: Sequence[int]) -> DevelopmentScores | None:
        """Only these queries and documents, without queries left without relevant ones; ``None`` if none is left."""
        columns = {column: i for i, column in enumerate(documents)}
        kept = [q for q in queries if not columns.keys().isdisjoint(self.relevant[q])]
        if not kept:
            return None
        return DevelopmentScores(
            self.lexical[np.ix_(kept, documents)],
            self.dense[np.ix_(kept, documents)],
            tuple(frozenset(columns[c] for c in self.relevant[q] if c in columns) for q in kept),
            tuple(self.query_languages[q] for q in kept),
            tuple(self.document_languages[d] for d in documents),
        )


@dataclass(frozen=True, slots=True)
class Tuning:
    """The weights found, and for each setting that the data allow: mAP of the vectors alone, and fused."""

    weights: FusionWeights
    mean_average_precision: dict[str, tuple[float, float]]


def tune(
    development: DevelopmentScores,
    start: FusionWeights | None = None,
    *,
    settings: Collection[str] = SETTINGS,
) -> Tuning:
    """Choose each setting's weights from ``GRID`` for the best mean average precision in that setting.

    Settings that the data cannot measure keep the weights of ``start``, whose method and dense weight stay. Of equals
    the smaller weight is taken. Raises ``InputError`` if no setting can be measured.
    """
    weights, found = start or FusionWeights(), {}
    for setting in (s for s in SETTINGS if s in settings):
        if not (cells := list(_cells(development, setting))):
            continue
        pooled, names = setting == "multilingual", _TUNED[setting]
        weights = weights.model_copy(update=dict.fromkeys(names, 0.0))
        alone = best = _mean_average_precision(cells, weights, pooled=pooled)
        for name in names:  # one after the other: the second weight matters little where the first is right
            for value in GRID[1:]:
                tried = weights.model_copy(update={name: value})
                if (reached := _mean_average_precision(cells, tried, pooled=pooled)) > best:
                    weights, best = tried, reached
        found[setting] = (alone, best)
    if not found:
        raise InputError("No query of the development data has a relevant document, so nothing can be tuned.")
    return Tuning(weights, found)


def _cells(development: DevelopmentScores, setting: str) -> Iterator[DevelopmentScores]:
    """The queries of one language against the documents of that language, of another, or of all."""
    queries, documents = (
        _by_language(development.query_languages),
        _by_language(development.document_languages),
    )
    everything = list(range(len(development.document_languages)))
    for query_language in sorted(queries):
        if setting == "multilingual":
            corpora = [everything] if len(documents) > 1 else []
        else:
            same = setting == "monolingual"
            corpora = [
                documents[language] for language in sorted(documents) if (language == query_language) is same
            ]
        for corpus in corpora:
            if (cell := development.corner(queries[query_language], corpus)) is not None:
                yield cell


def _mean_average_precision(
    cells: Sequence[DevelopmentScores], weights: FusionWeights, *, pooled: bool
) -> float:
    """Macro-average over cells."""
    column = MEASURES.index("map")
    means = []
    for cell in cells:
        same = language_matrix(cell.query_languages, cell.document_languages)
        fused = fuse(cell.lexical, cell.dense, same, weights, pooled=pooled)
        relevant = Relevant.of([[(c, 1) for c in sorted(columns)] for columns in cell.relevant])
        means.append(float(measures(relevant_ranks(fused, relevant))[:, column].mean()))
    return sum(means) / len(means)


def language_matrix(queries: Sequence[str | None], documents: Sequence[str | None]) -> NDArray[np.bool_]:
    """(n_queries, n_documents) whether they are in the same language."""
    rows = {query: [same_language(query, document) for document in documents] for query in set(queries)}
    return np.array([rows[query] for query in queries], dtype=bool).reshape(len(queries), len(documents))


def _by_language(languages: Sequence[str | None]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, language in enumerate(languages):
        if language is not None:
            places.setdefault(language, []).append(place)
    return places


def _scaled(lexical: NDArray[np.float32]) -> NDArray[np.float32]:
    """Divided by each row's largest; a row of zeros stays."""
    if not lexical.shape[1]:
        return lexical
    best: NDArray[np.float32] = lexical.max(axis=1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(lexical, best, out=np.zeros_like(lexical), where=best > 0)
    return scaled


def _reciprocal_ranks(scores: NDArray[np.float32], constant: int) -> NDArray[np.float32]:
    """(c + 1) / (c + rank), equal scores sharing the best rank of them; 0 where the score is 0."""
    ascending = np.sort(scores, axis=1)
    ranks = np.empty(scores.shape, dtype=np.float32)
    for row, line in enumerate(ascending):
        ranks[row] = scores.shape[1] - np.searchsorted(line, scores[row], side="right") + 1
    return np.where(scores == 0, np.float32(0), np.float32(constant + 1) / (constant + ranks)).astype(
        np.float32
    )
