"""How well a system retrieves: in one language, across two, and in a pool of all languages.

*Monolingual*: queries and corpus in one language. *Cross-lingual*: every ordered pair of different languages.
*Multilingual*: queries of one language against the pool of all; the answers in every language are relevant. A
setting's figure is the mean over its cells (languages or pairs) of the mean over the cell's queries. A query without
a relevant document in a cell's corpus is left out of that cell, and counted.

*Language bias* (multilingual): largest minus smallest rank among a query's relevant documents in the pool; defined
for queries whose relevant documents are in at least two languages; lower is better.
*Answers*: the document at rank 1 against the accepted answers in its own language, or, where the set has none in
that language, in the query's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from retrieval_core.answers import match_answer
from retrieval_core.errors import InputError
from retrieval_core.rankings import MEASURES as RANK_MEASURES
from retrieval_core.rankings import Relevant, first_documents, measures, relevant_ranks
from retrieval_core.scorers import EncoderScorer, LexicalScorer, Scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from retrieval_core.records import Document, Query, RetrievalSet

__all__ = [
    "MEASURES",
    "SETTINGS",
    "Cell",
    "EncoderScorer",
    "Evaluation",
    "LexicalScorer",
    "Scorer",
    "Setting",
    "evaluate",
]

Setting = Literal["monolingual", "cross_lingual", "multilingual"]
SETTINGS: tuple[Setting, ...] = ("monolingual", "cross_lingual", "multilingual")
MEASURES = (*RANK_MEASURES, "language_bias", "answer_exact", "answer_f1", "answer_contained")
_BIAS = MEASURES.index("language_bias")
_BLOCK = 4_000_000  # scores held at once: 16 MB, and as much again while they are ranked
UNKNOWN_LANGUAGE = "und"  # ISO 639: undetermined


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The queries of one language against one corpus: of ``document_language``, or of all if that is ``None``.

    ``question_ids``: (n_queries,) the same for translations of one question. ``values``: (n_queries, len(MEASURES))
    per query, NaN where a measure is not defined. ``left_out``: queries without a relevant document in the corpus.
    """

    setting: Setting
    query_language: str
    document_language: str | None
    question_ids: tuple[str, ...]
    values: NDArray[np.float64]
    left_out: int

    def mean(self, measure: str) -> float | None:
        """Mean over the queries for which ``measure`` is defined, ``None`` if there is none."""
        values = self.values[:, MEASURES.index(measure)]
        defined = values[~np.isnan(values)]
        return float(defined.mean()) if len(defined) else None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Every query's value of every measure, from which all means are taken."""

    dataset: str
    model: str
    fingerprint: str | None
    n_queries: int
    n_documents: int
    cells: tuple[Cell, ...]

    def of(self, setting: Setting, language: str | None = None) -> tuple[Cell, ...]:
        """The cells of a setting, or those of them whose queries are in ``language``."""
        return tuple(
            cell for cell in self.cells if cell.setting == setting and language in {None, cell.query_language}
        )

    def mean(self, setting: Setting, measure: str = "map", language: str | None = None) -> float | None:
        """Macro-average: the mean over cells of their means; ``None`` where nothing is defined."""
        means = [mean for cell in self.of(setting, language) if (mean := cell.mean(measure)) is not None]
        return sum(means) / len(means) if means else None

    def languages(self, setting: Setting) -> tuple[str, ...]:
        """The languages of the queries, sorted."""
        return tuple(sorted({cell.query_language for cell in self.of(setting)}))


def evaluate(
    scorer: Scorer,
    dataset: RetrievalSet,
    *,
    settings: Sequence[Setting] = SETTINGS,
    model: str = "",
    fingerprint: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Measure ``scorer`` on ``dataset`` in each setting that the dataset's languages allow.

    ``model`` and ``fingerprint`` name the system in what is written; ``progress`` is told of every corpus begun.
    Raises ``InputError`` if the dataset contradicts itself or has nothing to measure in these settings.
    """
    judged = _Judged(dataset)
    cells = []
    for corpus in judged.corpora(settings):
        progress(f"{len(corpus.documents):,} documents in {corpus.language or 'all languages'}")
        for language in judged.languages:
            setting = corpus.setting(language)
            if setting in settings and (cell := _cell(scorer, judged, corpus, language, setting)) is not None:
                cells.append(cell)
    if not cells:
        raise InputError(
            f"{dataset.name}: no query has a relevant document in the setting {' or '.join(settings)}. "
            "Cross-lingual and multilingual settings need documents in several languages."
        )
    cells.sort(key=lambda c: (SETTINGS.index(c.setting), c.query_language, c.document_language or ""))
    return Evaluation(
        dataset.name, model, fingerprint, len(dataset.queries), len(dataset.documents), tuple(cells)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Corpus:
    """Documents that are searched together; ``columns``: document's place in the dataset → its place here."""

    language: str | None
    documents: tuple[Document, ...]
    columns: dict[int, int]

    def setting(self, query_language: str) -> Setting:
        if self.language is None:
            return "multilingual"
        return "monolingual" if self.language == query_language else "cross_lingual"


class _Judged:
    """A dataset whose parts are found by number and language."""

    def __init__(self, dataset: RetrievalSet) -> None:
        self.dataset = dataset
        places = _places([document.doc_id for document in dataset.documents], dataset.name, "documents")
        _places([query.query_id for query in dataset.queries], dataset.name, "queries")
        self.relevant: dict[str, list[tuple[int, int]]] = {query.query_id: [] for query in dataset.queries}
        for qrel in dataset.qrels:
            if qrel.query_id not in self.relevant or qrel.doc_id not in places:
                raise InputError(
                    f"{dataset.name}: the judgement of {qrel.doc_id!r} for {qrel.query_id!r} names a query or "
                    "document that is not in the set. Are queries, documents and judgements of one version?"
                )
            if qrel.relevance > 0:
                self.relevant[qrel.query_id].append((places[qrel.doc_id], qrel.relevance))
        _refuse_repeats(dataset.name, self.relevant)
        self.queries: dict[str, list[Query]] = {}
        for query in dataset.queries:
            self.queries.setdefault(language_of(query), []).append(query)
        self.languages = tuple(sorted(self.queries))
        self._answers = {
            (question_id(query), language_of(query)): answers
            for query in dataset.queries
            if (answers := dataset.answers.get(query.query_id))
        }

    def corpora(self, settings: Sequence[Setting]) -> Iterator[_Corpus]:
        """One corpus a language, then, if there are several, the pool."""
        places: dict[str, list[int]] = {}
        for place, document in enumerate(self.dataset.documents):
            places.setdefault(language_of(document), []).append(place)
        if set(settings) & {"monolingual", "cross_lingual"}:
            for language in sorted(places):
                yield self._corpus(language, places[language])
        if "multilingual" in settings and len(places) > 1:
            yield self._corpus(None, range(len(self.dataset.documents)))

    def _corpus(self, language: str | None, places: Sequence[int]) -> _Corpus:
        documents = tuple(self.dataset.documents[place] for place in places)
        return _Corpus(language, documents, {place: column for column, place in enumerate(places)})

    def answers(self, query: Query, document: Document) -> tuple[str, ...]:
        """The accepted answers in the document's language, else in the query's."""
        question = question_id(query)
        return self._answers.get((question, language_of(document))) or self._answers.get(
            (question, language_of(query)), ()
        )

    def spans_languages(self, query: Query) -> bool:
        """Whether the relevant documents are in at least two languages."""
        documents = self.dataset.documents
        return len({language_of(documents[place]) for place, _ in self.relevant[query.query_id]}) > 1


def _cell(scorer: Scorer, judged: _Judged, corpus: _Corpus, language: str, setting: Setting) -> Cell | None:
    """Measure the queries of ``language`` against ``corpus``; ``None`` if none has a relevant document there."""
    here = [
        (query, found)
        for query in judged.queries[language]
        if (
            found := [
                (corpus.columns[place], gain)
                for place, gain in judged.relevant[query.query_id]
                if place in corpus.columns
            ]
        )
    ]
    if not here:
        return None
    step = max(1, _BLOCK // len(corpus.documents))
    blocks = [
        _values(
            scorer, judged, corpus, [q for q, _ in here[i : i + step]], [r for _, r in here[i : i + step]]
        )
        for i in range(0, len(here), step)
    ]
    return Cell(
        setting=setting,
        query_language=language,
        document_language=corpus.language,
        question_ids=tuple(question_id(query) for query, _ in here),
        values=np.concatenate(blocks),
        left_out=len(judged.queries[language]) - len(here),
    )


def _values(
    scorer: Scorer,
    judged: _Judged,
    corpus: _Corpus,
    queries: Sequence[Query],
    found: Sequence[Sequence[tuple[int, int]]],
) -> NDArray[np.float64]:
    """(n_queries, len(MEASURES)) of one block of queries."""
    scores = np.asarray(scorer.score(queries, corpus.documents), dtype=np.float32)
    if scores.shape != (len(queries), len(corpus.documents)):
        raise InputError(
            f"The scorer gave scores of shape {scores.shape} for {len(queries)} queries and "
            f"{len(corpus.documents)} documents."
        )
    relevant = Relevant.of(found)
    ranks = relevant_ranks(scores, relevant)
    values = np.full((len(queries), len(MEASURES)), np.nan)
    values[:, : len(RANK_MEASURES)] = measures(ranks)
    if corpus.language is None:
        parallel = np.array([judged.spans_languages(query) for query in queries])
        values[parallel, _BIAS] = ranks.spread[parallel]
    if judged.dataset.answers:
        for row, (query, column) in enumerate(
            zip(queries, first_documents(scores, relevant).tolist(), strict=True)
        ):
            first = corpus.documents[column]
            if answers := judged.answers(query, first):
                values[row, _BIAS + 1 :] = match_answer(first.text, answers)
    return values


def language_of(text: Query | Document) -> str:
    """The language, "und" where none is given."""
    return text.language or UNKNOWN_LANGUAGE


def question_id(query: Query) -> str:
    """What translations of one question share: the ``query_id`` without its language and colon."""
    return query.query_id.removeprefix(f"{query.language}:")


def _places(ids: Sequence[str], name: str, what: str) -> dict[str, int]:
    places = {known: place for place, known in enumerate(ids)}
    if len(places) != len(ids):
        twice = next(known for known, count in Counter(ids).items() if count > 1)
        raise InputError(f"{name}: {what} have the id {twice!r} twice; each needs its own.")
    return places


def _refuse_repeats(name: str, relevant: dict[str, list[tuple[int, int]]]) -> None:
    for query_id, documents in relevant.items():
        if len({place for place, _ in documents}) != len(documents):
            raise InputError(f"{name}: a document is judged twice for the query {query_id!r}.")
