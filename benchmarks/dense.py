"""Measure the vector index beside raw FAISS: the flat kind's overhead, HNSW's recall and speed-up, disk to first hit.

    python benchmarks/dense.py [--n 1000000] [--n-hnsw 200000] [--dimension 384] [--out benchmarks/results/dense.json]

The vectors are made: 2,000 clusters of a Zipf-like size in a space of 48 dimensions turned into ``--dimension``, with
noise in all of them, unit length. Texts' vectors lie like this, on few directions; independent random vectors have no
near neighbours and are the worst case of any approximate index, so a figure on these says nothing of text. Queries
are drawn the same way and are not in the index.

Every system answers the same queries in one process, one query at a time and all at once, in turns, the best of
three rounds counting. One thread each for a single query; for the batch as many as the index itself takes. FAISS scans a
matrix in memory, the index a memory-mapped file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from measured import provenance

from retrieval_core.dense import DenseIndex
from retrieval_core.neighbours import ENGINE, openmp_threads, scan, search_threads
from retrieval_core.records import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

SEED, ROUNDS, DEPTH = 0, 3, 10
N_QUERIES, N_SINGLE, N_RECALL = 200, 30, 1_000
INTRINSIC, CLUSTERS, BLOCK = 48, 2_000, 50_000
MAX_LOAD_PER_CORE = 1.5


@dataclass(frozen=True)
class Cloud:
    """Where vectors come from; ``draw`` gives the same for the same seed."""

    basis: Vectors  # (INTRINSIC, dimension)
    centres: Vectors  # (CLUSTERS, INTRINSIC)
    shares: NDArray[np.float64]  # (CLUSTERS,)

    @classmethod
    def of(cls, dimension: int) -> Cloud:
        """A cloud in ``dimension`` dimensions."""
        generator = np.random.default_rng(SEED)
        basis = np.linalg.qr(generator.normal(size=(dimension, INTRINSIC)))[0].T
        shares = 1 / np.arange(10, CLUSTERS + 10)
        centres = generator.normal(size=(CLUSTERS, INTRINSIC))
        return cls(basis.astype(np.float32), centres.astype(np.float32), shares / shares.sum())

    def draw(self, n: int, seed: int) -> Vectors:
        """(n, dimension) unit vectors."""
        vectors = np.empty((n, self.basis.shape[1]), dtype=np.float32)
        for start in range(0, n, BLOCK):
            generator = np.random.default_rng((SEED, seed, start))
            size = min(BLOCK, n - start)
            inner = self.centres[generator.choice(CLUSTERS, size=size, p=self.shares)]
            inner = inner + 0.7 * generator.standard_normal((size, INTRINSIC), dtype=np.float32)
            block = inner @ self.basis
            block += 0.2 * generator.standard_normal(block.shape, dtype=np.float32)
            vectors[start : start + size] = block / np.linalg.norm(block, axis=1, keepdims=True)
        return vectors


class Given:
    """An encoder whose vectors are there already; a text is a row's number."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.dimension = vectors.shape[1]
        self.fingerprint = sha256(f"cloud {SEED} {vectors.shape}".encode()).hexdigest()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension)."""
        return self.vectors[[int(text) for text in texts]]

    encode_documents = encode_queries


def documents(n: int) -> Iterator[Document]:
    """One a row."""
    return (Document(doc_id=f"{i:08}", text=str(i), language="en") for i in range(n))


def in_turns(
    systems: dict[str, Callable[[Vectors], object]], queries: Vectors, *, single: bool
) -> dict[str, float]:
    """Milliseconds a query of each system, the best of the rounds."""
    best = dict.fromkeys(systems, float("inf"))
    for _ in range(ROUNDS):
        for name, search in systems.items():
            started = time.perf_counter()
            if single:
                for query in queries[:N_SINGLE]:
                    search(query[None])
            else:
                search(queries)
            count = min(N_SINGLE, len(queries)) if single else len(queries)
            best[name] = min(best[name], (time.perf_counter() - started) / count * 1e3)
    return {name: round(value, 4) for name, value in best.items()}


def flat_beside_faiss(vectors: Vectors, queries: Vectors, folder: Path) -> dict[str, Any]:
    """Our exact search and ``IndexFlatIP`` on the same vectors."""
    encoder = Given(vectors)
    started = time.perf_counter()
    DenseIndex.build(documents(len(vectors)), encoder, folder, kind="flat")
    built = time.perf_counter() - started
    started = time.perf_counter()
    index = DenseIndex.open(folder, encoder)
    opened = time.perf_counter() - started
    started = time.perf_counter()
    index = DenseIndex.open(folder, encoder, whole=False)
    opened_sizes = time.perf_counter() - started
    started = time.perf_counter()
    index.nearest(queries[:1], DEPTH)
    first = time.perf_counter() - started
    raw = faiss.IndexFlatIP(vectors.shape[1])
    raw.add(vectors)

    def faiss_search(batch: Vectors) -> object:
        with openmp_threads(search_threads(len(batch))):
            return raw.search(batch, DEPTH)

    systems: dict[str, Callable[[Vectors], object]] = {
        "ours": lambda batch: index.nearest(batch, DEPTH),
        "faiss": faiss_search,
    }
    single, batch = in_turns(systems, queries, single=True), in_turns(systems, queries, single=False)
    return {
        "n": len(vectors),
        "ms_per_query_single": single,
        "ms_per_query_batch": batch,
        "speed_of_faiss_single": round(single["faiss"] / single["ours"], 3),
        "speed_of_faiss_batch": round(batch["faiss"] / batch["ours"], 3),
        "build_seconds": round(built, 2),
        "open_seconds": {"all hashed": round(opened, 3), "vectors not hashed": round(opened_sizes, 3)},
        "first_query_seconds": round(first, 3),
    }


def hnsw_beside_flat(vectors: Vectors, queries: Vectors, folder: Path) -> dict[str, Any]:
    """Recall and speed of the HNSW kind against the exact search of the same vectors, by the same interface."""
    encoder = Given(vectors)
    started = time.perf_counter()
    DenseIndex.build(documents(len(vectors)), encoder, folder / "hnsw", kind="hnsw")
    built = time.perf_counter() - started
    DenseIndex.build(documents(len(vectors)), encoder, folder / "flat", kind="flat")
    hnsw = DenseIndex.open(folder / "hnsw", encoder)
    flat = DenseIndex.open(folder / "flat", encoder)
    _, exact = scan(vectors, queries, DEPTH)
    found = hnsw.nearest(queries, DEPTH)
    shared = [
        len({int(doc_id) for doc_id, _ in hits} & set(row.tolist()))
        for hits, row in zip(found, exact, strict=True)
    ]
    systems: dict[str, Callable[[Vectors], object]] = {
        "hnsw": lambda batch: hnsw.nearest(batch, DEPTH),
        "flat": lambda batch: flat.nearest(batch, DEPTH),
    }
    single = in_turns(systems, queries[:N_QUERIES], single=True)
    batch = in_turns(systems, queries[:N_QUERIES], single=False)
    return {
        "n": len(vectors),
        "recall_at_10": round(float(np.mean(shared)) / DEPTH, 4),
        "recall_declared": hnsw.recall,
        "ms_per_query_single": single,
        "ms_per_query_batch": batch,
        "times_flat_single": round(single["flat"] / single["hnsw"], 1),
        "times_flat_batch": round(batch["flat"] / batch["hnsw"], 1),
        "build_seconds": round(built, 1),
    }


def main() -> None:
    """Measure, print, and write the result unless the machine is too busy for it to mean anything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=1_000_000, help="vectors of the flat index")
    parser.add_argument("--n-hnsw", type=int, default=200_000, help="vectors of the HNSW index")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--out", type=Path, help="JSON to write; left alone when the machine is busy")
    given = parser.parse_args()
    result = provenance("python benchmarks/dense.py " + " ".join(sys.argv[1:]))
    cloud = Cloud.of(given.dimension)
    queries = cloud.draw(N_RECALL, seed=1)
    with tempfile.TemporaryDirectory() as scratch:
        vectors = cloud.draw(given.n, seed=0)
        flat = flat_beside_faiss(vectors, queries[:N_QUERIES], Path(scratch) / "flat")
        hnsw = hnsw_beside_flat(vectors[: given.n_hnsw], queries, Path(scratch))
    result |= {"engine": ENGINE, "dimension": given.dimension, "flat": flat, "hnsw": hnsw}
    print(json.dumps(result, indent=1))
    busy = result["machine"]["load_average_at_start"] > MAX_LOAD_PER_CORE * (os.cpu_count() or 1)
    if given.out and busy:
        print(f"The machine was busy, so {given.out} was not written.", file=sys.stderr)
    elif given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
