"""The doors to the outside world: what the pipeline asks of a source, a ranker, a judge and the others.

The command line passes real tools, tests pass small honest ones, a plug-in is one more implementation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from synthesis.records import (
        Calibration,
        Draft,
        FetchAttempt,
        Label,
        Paper,
        Passage,
        RequestPlan,
        ReviewerReport,
    )


class SearchAnswer(Protocol):
    """What a source answers."""

    @property
    def papers(self) -> tuple[Paper, ...]:
        """Papers, best first."""
        ...

    @property
    def total(self) -> int | None:
        """How many the source says it holds."""
        ...

    @property
    def note(self) -> str | None:
        """What a reader should know of this answer, e.g. that it is cut short."""
        ...

    @property
    def incomplete(self) -> bool:
        """Whether it broke off, so that asking again may bring more."""
        ...


class Source(Protocol):
    """A literature database. Both methods raise ``SourceError`` on failure, never return "nothing" for it."""

    name: str
    remote: bool  # True: over the network, paced, costly; False: local, cheap enough for a query per claim

    @property
    def fingerprint(self) -> str:
        """Changes when what the source holds changes; a remote source's is its name."""
        ...

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The best ``limit`` papers for a free-text query."""
        ...

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this arXiv id, DOI, ACL id or title; ``None`` if the source does not hold it."""
        ...


class RemoteSource(Source, Protocol):
    """A source over the network, which can say beforehand what asking it takes."""

    def plan(self, n_queries: int, limit: int) -> RequestPlan:
        """What ``n_queries`` searches for ``limit`` papers each take at most. Sends nothing."""
        ...


@runtime_checkable
class ReferenceSource(Protocol):
    """A source that knows what a work cites."""

    name: str

    def references(self, paper: Paper, limit: int) -> SearchAnswer:
        """Works that ``paper`` cites. Raises ``SourceError`` on failure."""
        ...


@runtime_checkable
class CitationSource(Protocol):
    """A source that knows what cites a work."""

    name: str

    def citations(self, paper: Paper, limit: int) -> SearchAnswer:
        """Works that cite ``paper``. Raises ``SourceError`` on failure."""
        ...


class Fetched(Protocol):
    """A paper with the text that could be had of it, and every try on the way."""

    @property
    def paper(self) -> Paper:
        """The paper; its sections hold the full text where one was read."""
        ...

    @property
    def attempts(self) -> tuple[FetchAttempt, ...]:
        """What was tried, in order."""
        ...


class FullTexts(Protocol):
    """Gets the best open copy of papers and reads it. A failure is an attempt, never an exception."""

    def fetch_all(self, papers: Sequence[Paper]) -> Sequence[Fetched]:
        """One for each paper, in order."""
        ...

    def plan(self, papers: Sequence[Paper]) -> Sequence[RequestPlan]:
        """What that takes at most, a row a host. Sends nothing."""
        ...


class Reader(Protocol):
    """Turns a file into papers."""

    def read(self, path: Path) -> list[Paper]:
        """Papers of one file. Raises ``InputFileError`` naming the file and the way out."""
        ...


class Extractor(Protocol):
    """Scores sentences by how checkable a claim they make."""

    def score(self, sentences: Sequence[str], question: str) -> list[tuple[float, str]]:
        """For each sentence of one section, in order: (score in 0–1, kind)."""
        ...


class Ranker(Protocol):
    """Ranks passages for queries."""

    @property
    def fingerprint(self) -> str:
        """What determines the ranking."""
        ...

    def rank(
        self, queries: Sequence[str], passages: Sequence[Passage], k: int
    ) -> list[list[tuple[int, float]]]:
        """For each query, the best ``k`` as (index into ``passages``, score), best first."""
        ...


class Meaning(Protocol):
    """What texts mean, across languages."""

    @property
    def fingerprint(self) -> str:
        """What determines the vectors."""
        ...

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → (n, d), rows of length 1; the product of two rows says how near their meanings are."""
        ...


@runtime_checkable
class MeaningSource(Protocol):
    """A source that can be searched by meaning, so that papers in other languages than the query's are found."""

    name: str

    def search_meaning(self, text: str, limit: int, meaning: Meaning) -> SearchAnswer:
        """The ``limit`` papers whose titles are nearest in meaning. Raises ``SourceError`` on failure."""
        ...

    def languages(self) -> frozenset[str]:
        """Languages of its papers, as far as they can be told at once; empty for a large source."""
        ...


class Judge(Protocol):
    """Says what a passage says of a claim."""

    fingerprint: str

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(claim, passage) → (n, 3): supports, refutes, neither; rows sum to 1."""
        ...

    def rationale(self, claim: str, sentences: Sequence[str]) -> list[int]:
        """Indices of the sentences of one passage that decide, the most decisive first; at least one if any."""
        ...

    def notes(self, claim: str, evidence: str) -> list[str]:
        """What a reader should see of numbers that disagree, e.g. "claim: 80 %, evidence: 72 %"."""
        ...


class Calibrator(Protocol):
    """Turns raw scores into probabilities, and a stated risk into a threshold."""

    fingerprint: str

    def probabilities(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """One passage's raw scores (n, 3) → calibrated probabilities (n, 3); rows sum to 1."""
        ...

    def confidence(self, label: Label, support: float, refute: float) -> float:
        """Probability that ``label`` is right, given the pooled calibrated support and refutation."""
        ...

    def threshold(self, risk: float) -> float | None:
        """Least confidence at which stated verdicts are wrong at most ``risk`` of the time; None if none is."""
        ...

    def report(self, risk: float) -> Calibration:
        """What the reader is shown of the calibration."""
        ...


class Reviewer(Protocol):
    """Scores a draft from its facts, blind to the other reviewers."""

    @property
    def name(self) -> str:
        """Who is speaking."""
        ...

    @property
    def mandate(self) -> str:
        """What the reviewer looks at."""
        ...

    def review(self, draft: Draft) -> ReviewerReport:
        """One score per dimension, with the facts that caused it."""
        ...
