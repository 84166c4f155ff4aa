"""Nearest vectors by inner product: exactly, by a scan of all, or approximately through a FAISS index.

An approximate index holds compressed vectors (8 bits a dimension for HNSW, product codes for IVF-PQ) and only names
candidates: whoever asks scores them anew on the exact vectors. Its recall is measured on vectors of its own and tuned
to a target by the one knob that each kind has, the effort of a search. Queries of another kind than the documents
(as random vectors would be) find less than it says.

FAISS brings a pool of OpenMP threads. Two such pools on two cores have run three times slower than one thread, so
every call here runs under ``openmp_threads``; building with one thread gives the same bytes each time.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import faiss
import numpy as np

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Places = NDArray[np.int64]

Kind = Literal["flat", "hnsw", "ivfpq"]
ENGINE = "faiss " + ".".join(faiss.__version__.split(".")[:2])
AUTO_FLAT_ROWS = 50_000  # a scan of 50,000 x 384 takes 4 ms, below which a graph saves nothing that is felt
RECALL_TARGET = 0.985  # of the ten nearest, on own queries; the promise is 0.98
RECALL_DEPTH = 10
RECALL_QUERIES = 400
LEAST_IVFPQ_ROWS = 10_000  # 256 centroids of a product code want 39 vectors each
HNSW_LINKS, HNSW_BUILD_EFFORT = 32, 100
HNSW_EFFORTS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024)
TRAIN_ROWS = 100_000  # vectors that codes are fitted on; more changes recall by less than it is measured to
_OVERSAMPLING = {
    "hnsw": 2,
    "ivfpq": 16,
}  # candidates per wanted neighbour, since codes reorder near neighbours
_BATCH_QUERIES = 20  # from here on FAISS multiplies matrices, which more threads make faster


@contextmanager
def openmp_threads(threads: int) -> Iterator[None]:
    """Run FAISS with this many threads, and as before afterwards."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def search_threads(n_queries: int) -> int:
    """One for a few queries, which memory bounds; for many the cores we may use, at most OMP_NUM_THREADS."""
    if n_queries < _BATCH_QUERIES:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(allowed)) if allowed.isdecimal() and int(allowed) else cores


def scan(vectors: Vectors, queries: Vectors, k: int) -> tuple[Vectors, Places]:
    """The ``k`` largest inner products, exactly: scores and places, both (n_queries, k), best first.

    ``vectors``: (n, dim), may be memory-mapped. Places are -1 where there are fewer than ``k``.
    """
    if not len(vectors):
        return np.full((len(queries), k), -np.inf, np.float32), np.full((len(queries), k), -1, np.int64)
    with openmp_threads(search_threads(len(queries))):
        scores, places = faiss.knn(queries, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, places


@dataclass(frozen=True)
class Approximate:
    """A FAISS index over the first ``covered`` vectors; ``effort`` is efSearch (HNSW) or nprobe (IVF-PQ)."""

    index: Any
    kind: Kind
    effort: int

    @property
    def covered(self) -> int:
        """How many vectors it holds."""
        return int(self.index.ntotal)

    @property
    def file_name(self) -> str:
        """After what it covers, so that a grown index is another file."""
        return f"{self.kind}-{self.covered}.faiss"

    @classmethod
    def build(cls, vectors: Vectors, kind: Kind, *, threads: int = 1) -> Approximate:
        """Index ``vectors`` (n, dim), n > 0. Raises ``InputError`` if there are too few for the kind."""
        n, dimension = vectors.shape
        if kind == "ivfpq" and n < LEAST_IVFPQ_ROWS:
            raise InputError(
                f"An ivfpq index needs at least {LEAST_IVFPQ_ROWS:,} documents, but there are {n:,}. Use flat."
            )
        index: Any = faiss.index_factory(dimension, _recipe(kind, n, dimension), faiss.METRIC_INNER_PRODUCT)
        if kind == "hnsw":
            index.hnsw.efConstruction = HNSW_BUILD_EFFORT
        else:
            index.do_polysemous_training = (
                False  # orders codes for a filter that is not used; 90 % of the time
            )
        with openmp_threads(threads):
            index.train(np.ascontiguousarray(vectors[:: max(1, n // TRAIN_ROWS)]))
            _add(index, vectors)
        return cls(index, kind, effort=_efforts(kind, index)[0])

    @classmethod
    def read(cls, file: Path, kind: Kind, effort: int, *, writable: bool = False) -> Approximate:
        """From a file whose seal has been checked: FAISS trusts what it reads.

        Memory-mapped unless ``writable``; adding to a mapped index would end the process.
        """
        flags = 0 if writable else faiss.IO_FLAG_MMAP_IFC
        return cls(faiss.read_index(str(file), flags), kind, effort)

    def write(self, file: Path) -> None:
        """Write the file that ``read`` reads."""
        faiss.write_index(self.index, str(file))

    def writable(self, folder: Path) -> Approximate:
        """This index, sealed in ``folder``, in memory of its own."""
        return Approximate.read(folder / self.file_name, self.kind, self.effort, writable=True)

    def extended(self, vectors: Vectors, *, threads: int = 1) -> Approximate:
        """With more ``vectors`` after those it has; changes the index in place."""
        with openmp_threads(threads):
            _add(self.index, vectors)
        return self

    def candidates(self, queries: Vectors, k: int) -> Places:
        """(n_queries, m) places, m ≥ ``k``, among which the ``k`` nearest probably are; -1 where there are fewer."""
        wanted = min(_OVERSAMPLING[self.kind] * k, self.covered)
        with openmp_threads(search_threads(len(queries))):
            _, places = self.index.search(queries, wanted, params=self._parameters(wanted))
        found: Places = places
        return found

    def tuned(self, vectors: Vectors, queries: Vectors) -> tuple[Approximate, float]:
        """With the least effort that reaches the target recall on ``queries``, and the recall that it has."""
        _, nearest = scan(vectors, queries, min(RECALL_DEPTH, len(vectors)))
        best = (self, 0.0)
        for effort in _efforts(self.kind, self.index):
            tried = replace(self, effort=effort)
            best = (tried, tried.recall(vectors, queries, nearest))
            if best[1] >= RECALL_TARGET:
                break
        return best

    def recall(self, vectors: Vectors, queries: Vectors, nearest: Places) -> float:
        """Share of the ``nearest`` (n_queries, depth) that a search finds; a tie with the last counts as found."""
        depth = nearest.shape[1]
        places = self.candidates(queries, depth)
        found = 0
        for query, wanted, got in zip(queries, nearest, places, strict=True):
            bar = float((vectors[wanted] @ query).min()) - 1e-6
            found += min(depth, int((vectors[got[got >= 0]] @ query >= bar).sum()))
        return float(found / (len(queries) * depth))

    def _parameters(self, wanted: int) -> Any:
        library: Any = faiss  # its published types lack these two
        if self.kind == "hnsw":
            return library.SearchParametersHNSW(efSearch=max(self.effort, wanted))
        return library.SearchParametersIVF(nprobe=self.effort)


def sample_queries(vectors: Vectors, seed: int = 0) -> Vectors:
    """(n, dim) queries to measure recall with: each a vector of the index moved half way towards another.

    They lie between documents, as questions do, and are harder than the documents' own vectors.
    """
    generator = np.random.default_rng(seed)
    first, second = generator.integers(len(vectors), size=(2, min(RECALL_QUERIES, len(vectors))))
    mixed = np.asarray(vectors[first]) + 0.5 * np.asarray(vectors[second])
    queries: Vectors = mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-12)
    return queries


def _recipe(kind: Kind, n: int, dimension: int) -> str:
    if kind == "hnsw":
        return f"HNSW{HNSW_LINKS},SQ8"
    lists = int(min(4 * np.sqrt(n), n / 39))  # k-means wants 39 points a centroid
    codes = next(
        m for m in (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1) if dimension % m == 0 and m <= dimension // 2
    )
    return f"IVF{lists},PQ{codes}x8"


def _efforts(kind: Kind, index: Any) -> tuple[int, ...]:
    if kind == "hnsw":
        return HNSW_EFFORTS
    steps = [2**i for i in range(2, 20) if 2**i < index.nlist]
    return (*steps, int(index.nlist))


def _add(index: Any, vectors: Vectors, block: int = 65_536) -> None:
    for start in range(0, len(vectors), block):
        index.add(np.ascontiguousarray(vectors[start : start + block]))
