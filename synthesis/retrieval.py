"""The one door from the pipeline to ``retrieval_core``, through its public API.

Errors of the core leave here as errors of the pipeline, so that callers know one tree.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

import retrieval_core
from retrieval_core import Document, Query, RetrievalError, SearchIndex, analyze, detect_language
from synthesis.errors import StoreError
from synthesis.extraction import SentenceRoles
from synthesis.records import Calibration, ReliabilityBin, text_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from synthesis.protocols import Judge
    from synthesis.records import Label, Paper, Passage
    from synthesis.remembered import Encoder, Memory

__all__ = [
    "BM25Ranker",
    "CoreCalibrator",
    "CoreMeaning",
    "CoreTagger",
    "Document",
    "HybridRanker",
    "RetrievalError",
    "SearchIndex",
    "TextEncoder",
    "analyze",
    "detect_language",
    "index_papers",
    "load_calibrator",
    "load_judge",
]

EMBEDDED = "embedded"
CURRENT = "current"  # the encoder that the user promoted, else the embedded one


class BM25Ranker:
    """Ranks passages for queries by BM25 over an index of just these passages."""

    fingerprint = "bm25"

    def rank(
        self, queries: Sequence[str], passages: Sequence[Passage], k: int
    ) -> list[list[tuple[int, float]]]:
        """For each query the best ``k`` as (index into ``passages``, score), best first; ties in their order.

        A passage that shares no term with the query is not ranked.
        """
        if not passages or k < 1:
            return [[] for _ in queries]
        width = len(str(len(passages)))  # equal scores are ordered by doc_id, so ids must sort as numbers do
        index = SearchIndex.build(
            Document(doc_id=f"{i:0{width}}", text=passage.text) for i, passage in enumerate(passages)
        )
        return [[(int(hit.doc_id), hit.score) for hit in hits] for hits in index.search(list(queries), k)]


class HybridRanker:
    """Ranks passages for queries by BM25 and the encoder together, so that words and meaning both count.

    A passage in another language than the query can only be found by meaning.
    """

    def __init__(self, where: str = CURRENT, encoder: Encoder | None = None) -> None:
        self._encoder = encoder or TextEncoder(where)
        self._scorer: retrieval_core.HybridScorer | None = None

    def remembering(self, memory: Memory) -> HybridRanker:
        """The same ranker, its encoder asked through ``memory``."""
        return HybridRanker(encoder=memory.encoder(self._encoder))

    @property
    def fingerprint(self) -> str:
        """Of the encoder and the weights of the fusion.

        Raises:
            StoreError: the encoder's files are damaged.
        """
        return self._loaded.fingerprint

    def rank(
        self, queries: Sequence[str], passages: Sequence[Passage], k: int
    ) -> list[list[tuple[int, float]]]:
        """For each query the best ``k`` as (index into ``passages``, score), best first; ties in their order."""
        if not passages or not queries or k < 1:
            return [[] for _ in queries]
        scores = self._loaded.score(
            [Query(query_id=str(i), text=text) for i, text in enumerate(queries)],
            [Document(doc_id=str(i), text=passage.text) for i, passage in enumerate(passages)],
        )
        best = (-scores).argsort(axis=1, kind="stable")[:, :k]
        return [[(int(i), float(row[i])) for i in order] for row, order in zip(scores, best, strict=True)]

    @property
    def _loaded(self) -> retrieval_core.HybridScorer:
        """Loaded when it is first used: a replay keeps the ranking and needs no encoder."""
        if self._scorer is None:
            self._scorer = retrieval_core.HybridScorer(self._encoder)
        return self._scorer


class TextEncoder:
    """The encoder, each text for itself; loaded when it is first used.

    Its activations are scaled to 8 bits by the largest of a batch, so in a batch the vector of a text would depend on
    the others, and what is remembered would not be what is computed.
    """

    def __init__(self, where: str = CURRENT) -> None:
        self._where = where

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._loaded.dimension

    @property
    def fingerprint(self) -> str:
        """Of the encoder's files.

        Raises:
            StoreError: they are damaged.
        """
        return self._loaded.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), rows of unit length."""
        return self._each(self._loaded.encode_queries, texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), rows of unit length."""
        return self._each(self._loaded.encode_documents, texts)

    def _each(
        self, encode: Callable[[Sequence[str]], NDArray[np.float32]], texts: Sequence[str]
    ) -> NDArray[np.float32]:
        rows = [encode([text]) for text in texts]
        return np.concatenate(rows) if rows else encode([])

    @cached_property
    def _loaded(self) -> retrieval_core.DualEncoder:
        try:
            return retrieval_core.DualEncoder.load(self._where)
        except RetrievalError as error:
            raise StoreError(f"the encoder ({self._where}) cannot be used: {error}") from error


class JudgedRanker:
    """The ranking of another ranker, its head put in order by what the judge can read from each passage too.

    ``WEIGHT``, of the judge's share against the fused score, is a first value and not tuned.
    """

    DEPTH = 20
    WEIGHT = 0.1

    def __init__(self, base: HybridRanker, judge: Judge) -> None:
        self._base, self._judge = base, judge

    def remembering(self, memory: Memory) -> JudgedRanker:
        """The same ranker, its models asked through ``memory``."""
        return JudgedRanker(self._base.remembering(memory), memory.judge(self._judge))

    @property
    def fingerprint(self) -> str:
        """Of the ranker below and the judge.

        Raises:
            StoreError: the encoder's files are damaged.
        """
        return text_sha256(f"{self._base.fingerprint}\n{self._judge.fingerprint}\n{self.DEPTH} {self.WEIGHT}")

    def rank(
        self, queries: Sequence[str], passages: Sequence[Passage], k: int
    ) -> list[list[tuple[int, float]]]:
        """For each query the best ``k`` as (index into ``passages``, score), best first; ties in their order."""
        rankings = self._base.rank(queries, passages, max(k, self.DEPTH))
        heads = [ranking[: self.DEPTH] for ranking in rankings]
        pairs = [(q, passages[i].text) for q, head in zip(queries, heads, strict=True) for i, _ in head]
        told = iter((1 - self._judge.score(pairs)[:, 2]).tolist())
        ranked = []
        for ranking, head in zip(rankings, heads, strict=True):
            scored = [(i, score + self.WEIGHT * next(told)) for i, score in head]
            ordered = sorted(scored, key=lambda item: -item[1])
            ranked.append([*ordered, *ranking[self.DEPTH :]][:k])
        return ranked


class CoreMeaning:
    """What texts mean, across languages: the encoder's vectors; loaded when it is first used."""

    def __init__(self, where: str = CURRENT) -> None:
        self._where = where

    @property
    def fingerprint(self) -> str:
        """Of the encoder.

        Raises:
            StoreError: its files are damaged.
        """
        return self._loaded.fingerprint

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → (n, d), rows of length 1; the product of two rows says how near their meanings are.

        Raises:
            StoreError: the encoder's files are damaged.
        """
        return self._loaded.encode_documents(list(texts))

    @cached_property
    def _loaded(self) -> retrieval_core.DualEncoder:
        try:
            return retrieval_core.DualEncoder.load(self._where)
        except RetrievalError as error:
            raise StoreError(f"the encoder ({self._where}) cannot be used: {error}") from error


class CoreTagger:
    """The core's sentence classifier in the pipeline's terms; loaded when it is first used."""

    def __init__(self, where: str = EMBEDDED) -> None:
        self._where = where

    @property
    def fingerprint(self) -> str:
        """Of the classifier's files.

        Raises:
            StoreError: they are damaged.
        """
        return self._loaded.fingerprint

    def tag(self, sentences: Sequence[str]) -> list[SentenceRoles]:
        """What each sentence of one section does there, in order.

        Raises:
            StoreError: the classifier's files are damaged.
        """
        found = self._loaded.probabilities(sentences)
        schemes = self._loaded.config.schemes
        result, claim = schemes["roles"].index("result"), schemes["claim"].index("claim")
        none = schemes["argument"].index("none")
        return [
            SentenceRoles(
                role=schemes["roles"][int(roles.argmax())],
                result=float(roles[result]),
                argument=float(1 - argument[none]),
                claim=float(claims[claim]),
            )
            for roles, argument, claims in zip(found["roles"], found["argument"], found["claim"], strict=True)
        ]

    @cached_property
    def _loaded(self) -> retrieval_core.RoleTagger:
        try:
            return retrieval_core.RoleTagger.load(self._where)
        except RetrievalError as error:
            raise StoreError(f"the sentence classifier ({self._where}) cannot be used: {error}") from error


def index_papers(papers: Sequence[Paper]) -> SearchIndex:
    """An index in memory over title and text of each paper; ``doc_id`` is the ``paper_id``."""
    return SearchIndex.build(
        Document(doc_id=p.paper_id, title=p.title, text="\n".join(s.text for s in p.sections)) for p in papers
    )


def load_judge(where: str = EMBEDDED) -> Judge:
    """The embedded judge, or the one in a folder.

    Raises:
        StoreError: its files are damaged.
    """
    try:
        judge: Judge = retrieval_core.Judge.load(where)
    except RetrievalError as error:
        raise StoreError(f"the judge ({where}) cannot be used: {error}") from error
    return judge


def load_calibrator(judge_fingerprint: str, where: str = EMBEDDED) -> CoreCalibrator:
    """The embedded calibrator, or the one in a folder; it speaks for one judge only.

    Raises:
        StoreError: its files are damaged, or it was fitted for another judge.
    """
    try:
        return CoreCalibrator(retrieval_core.Calibrator.load(where, judge_fingerprint=judge_fingerprint))
    except RetrievalError as error:
        raise StoreError(f"the calibrator ({where}) cannot be used: {error}") from error


class CoreCalibrator:
    """The core's calibrator in the pipeline's records."""

    def __init__(self, calibrator: retrieval_core.Calibrator) -> None:
        self._calibrator = calibrator
        self.fingerprint: str = calibrator.fingerprint

    def probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """One passage's raw scores (n, 3) → calibrated probabilities (n, 3)."""
        return self._calibrator.probabilities(scores)

    def confidence(self, label: Label, support: float, refute: float) -> float:
        """Probability that ``label`` is right, given pooled support and refutation."""
        return self._calibrator.confidence(label.value, support, refute)

    def threshold(self, risk: float) -> float | None:
        """Least confidence at which stated verdicts are wrong at most ``risk`` of the time."""
        return self._calibrator.threshold(risk)

    def report(self, risk: float) -> Calibration:
        """What the reader is shown of the calibration."""
        report = self._calibrator.report(risk)
        return Calibration(
            model=report.model,
            fitted_on=report.fitted_on,
            measured_on=report.measured_on,
            n=report.n,
            ece=report.ece,
            brier=report.brier,
            bins=tuple(
                ReliabilityBin(n=b.n, mean_confidence=b.mean_confidence, accuracy=b.accuracy)
                for b in report.bins
            ),
            risk=report.risk,
            threshold=report.threshold,
            least_risk=self._calibrator.least_risk(),
        )
