"""What a vector index holds at one time, how documents change it, and its exact search."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from retrieval_core.dense_store import Chunk, Row, Table, empty_table, key_of
from retrieval_core.errors import ModelError
from retrieval_core.neighbours import RECALL_DEPTH, Approximate, Kind, sample_queries, scan
from retrieval_core.records import Record
from retrieval_core.scorers import document_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from retrieval_core.encoder import Encoder
    from retrieval_core.records import Document

    Progress = Callable[[int], None]

ENCODE_BATCH = 1_024  # documents given to the encoder at once, which sorts them by length
TAIL_SHARE, LEAST_TAIL = 0.05, 10_000  # rows scanned beside an approximate index before they are put into it
UNIT_TOLERANCE = 1e-3
_SLACK = 16  # candidates beyond k, so that one fetch nearly always shows where the ties end
_ROUNDING = 1e-5  # two orders of adding up a unit vector's products differ by less


def no_progress(_done: int) -> None:
    """Report nothing."""


class Recall(Record):
    """Measured recall of an approximate search: share of the ``depth`` nearest found on ``queries`` own queries."""

    value: float = Field(ge=0, le=1)
    depth: int
    queries: int


@dataclass(frozen=True, eq=False)
class Contents:
    """``table``: all rows; ``deleted``: those that no longer count; ``languages``: language → documents."""

    table: Table
    deleted: frozenset[int]
    languages: dict[str, int]
    kind: Kind
    approximate: Approximate | None = None
    recall: Recall | None = None

    def __len__(self) -> int:
        return len(self.table) - len(self.deleted)

    def find(self, doc_id: str) -> int | None:
        """The row of a document; ``None`` if it is not there or deleted."""
        key, keys, order = np.uint64(key_of(doc_id)), self.table.keys, self._order
        for place in range(int(np.searchsorted(keys, key, "left", sorter=order)), len(order)):
            row = int(order[place])
            if keys[row] != key:
                return None
            if row not in self.deleted and self.table.rows[row].doc_id == doc_id:
                return row
        return None

    def nearest(self, queries: NDArray[np.float32], k: int) -> list[list[tuple[str, float]]]:
        """For each of ``queries`` (n, dimension) the best ``k`` as (doc_id, inner product), best first."""
        found: list[list[tuple[str, float]]] = [[] for _ in queries]
        pending, fetch = np.arange(len(queries)), k if self.approximate else k + _SLACK
        while len(pending):
            fetch = min(fetch, len(self.table))
            unsettled = []
            for place, rows, last in zip(pending, *self._candidates(queries[pending], fetch), strict=True):
                scores = self.scores(queries[place], rows)
                if fetch == len(self.table) or self._settled(scores, k, last):
                    found[place] = self._best(rows, scores, k)
                else:
                    unsettled.append(place)
            pending, fetch = np.array(unsettled, dtype=np.int64), fetch * 4
        return found

    def scores(self, query: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n_rows,) inner products, each added up in the same order whatever the other rows are."""
        products = self.table.vectors[rows].astype(np.float64) * query
        exact: NDArray[np.float32] = products.sum(axis=1).astype(np.float32)
        return exact

    # ------------------------------------------------------------------ change

    def changed(self, table: Table, change: Change) -> Contents:
        """With ``table`` and what ``change`` did; the approximate index does not cover the new rows yet."""
        return replace(
            self,
            table=table,
            deleted=self.deleted | change.dropped,
            languages=dict(sorted((+change.languages).items())),
        )

    @property
    def tail_is_long(self) -> bool:
        """Whether so many rows are scanned beside the approximate index that they belong into it."""
        if self.approximate is None:
            return False
        return len(self.table) - self.approximate.covered > max(LEAST_TAIL, TAIL_SHARE * len(self.table))

    def covering(self, approximate: Approximate) -> Contents:
        """With all rows in ``approximate``, which must be this one's in a form that can be added to."""
        return self.measured(approximate.extended(self.table.vectors[approximate.covered :]))

    def indexed(self) -> Contents:
        """With an approximate index over all rows, if the kind has one."""
        if self.kind == "flat" or not len(self.table):
            return self
        return self.measured(Approximate.build(self.table.vectors, self.kind))

    def measured(self, approximate: Approximate) -> Contents:
        """With ``approximate``, its effort tuned and its recall measured."""
        queries = sample_queries(self.table.vectors)
        tuned, value = approximate.tuned(self.table.vectors, queries)
        recall = Recall(value=value, depth=RECALL_DEPTH, queries=len(queries))
        return replace(self, approximate=tuned, recall=recall)

    # ------------------------------------------------------------------ search

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """(n,) rows by rising key."""
        return np.argsort(self.table.keys, kind="stable")

    @cached_property
    def _deleted_rows(self) -> NDArray[np.int64]:
        return np.array(sorted(self.deleted), dtype=np.int64)

    def _candidates(
        self, queries: NDArray[np.float32], fetch: int
    ) -> tuple[list[NDArray[np.int64]], list[float]]:
        """For each query live rows, and a bound on the score of the rows that are not among them."""
        # Where all rows are asked for, a graph would be slower than a scan, and miss some.
        approximate = self.approximate if fetch < len(self.table) else None
        covered = approximate.covered if approximate else 0
        scores, places = scan(self.table.vectors[covered:], queries, fetch)
        bounds: list[float] = scores[:, -1].tolist()
        rows = [row[row >= 0] + covered for row in places]
        if approximate is not None:
            near = approximate.candidates(queries, fetch)
            rows = [np.concatenate([n[n >= 0], r]) for n, r in zip(near, rows, strict=True)]
        if self.deleted:
            rows = [row[~np.isin(row, self._deleted_rows)] for row in rows]
        return rows, bounds

    def _settled(self, scores: NDArray[np.float32], k: int, bound: float) -> bool:
        """Whether no row outside the candidates can be among the best ``k``, or tie with the last of them."""
        if len(scores) < k:
            return False
        return self.approximate is not None or float(np.partition(scores, -k)[-k]) > bound + _ROUNDING

    def _best(self, rows: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        if len(scores) > k:
            kept = scores >= np.partition(scores, -k)[-k]
            rows, scores = rows[kept], scores[kept]
        ranked = sorted(
            (-score, self.table.rows[row].doc_id)
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        )
        return [(doc_id, -negated) for negated, doc_id in ranked[:k]]


def nothing(dimension: int, kind: Kind) -> Contents:
    """The contents of an index without documents."""
    return Contents(empty_table(dimension), frozenset(), {}, kind)


class Change:
    """Documents added to or deleted from ``base``: which rows drop out, and what the new ones hold."""

    def __init__(self, base: Contents, encoder: Encoder, progress: Progress = no_progress) -> None:
        self.dropped: set[int] = set()
        self.languages: Counter[str] = Counter(base.languages)
        self._base, self._encoder, self._progress = base, encoder, progress
        self._next = len(base.table)
        self._new: dict[str, tuple[int, Row]] = {}

    def delete(self, doc_ids: Iterable[str]) -> None:
        """Drop documents; an unknown ``doc_id`` is no error."""
        for doc_id in doc_ids:
            row = self._base.find(doc_id)
            if row is not None and row not in self.dropped:
                self._drop(row, self._base.table.rows[row])

    def chunks(self, documents: Iterable[Document]) -> Iterator[Chunk]:
        """Encoded rows for the documents that are new or changed, to be written after the base's."""
        stream, done = iter(documents), 0
        while batch := list(islice(stream, ENCODE_BATCH)):
            fresh = [(document, row) for document in batch if (row := self._row(document)) is not None]
            if fresh:
                yield _encoded(self._encoder, [document for document, _ in fresh]), [row for _, row in fresh]
            done += len(batch)
            self._progress(done)

    def copies(self, contents: Contents) -> Iterator[Chunk]:
        """The live rows of other contents, as they are."""
        live = np.setdiff1d(np.arange(len(contents.table)), sorted(contents.deleted))
        for start in range(0, len(live), ENCODE_BATCH):
            places = live[start : start + ENCODE_BATCH]
            rows = [contents.table.rows[place] for place in places.tolist()]
            for row in rows:
                self._take(row)
            yield contents.table.vectors[places], rows

    def _row(self, document: Document) -> Row | None:
        """The new row of a document; ``None`` if it stands there unchanged."""
        digest = blake2b(document.model_dump_json().encode(), digest_size=16).hexdigest()
        row = Row(document.doc_id, document.language, digest)
        if (new := self._new.get(row.doc_id)) is not None:
            if new[1] == row:
                return None
            self._drop(*new)
        elif (known := self._base.find(row.doc_id)) is not None and known not in self.dropped:
            if (old := self._base.table.rows[known]) == row:
                return None
            self._drop(known, old)
        self._take(row)
        return row

    def _take(self, row: Row) -> None:
        self._new[row.doc_id] = (self._next, row)
        self._next += 1
        if row.language is not None:
            self.languages[row.language] += 1

    def _drop(self, place: int, row: Row) -> None:
        self.dropped.add(place)
        if row.language is not None:
            self.languages[row.language] -= 1


def encoded(
    encode: Callable[[Sequence[str]], NDArray[np.float32]], texts: Sequence[str], dimension: int
) -> NDArray[np.float32]:
    """Vectors that are as they must be: finite, of the promised shape, of unit length or zero.

    Raises ``ModelError``.
    """
    vectors = np.ascontiguousarray(encode(texts), dtype=np.float32).reshape(len(texts), -1)
    if vectors.shape != (len(texts), dimension):
        raise ModelError(
            f"The encoder gave vectors of length {vectors.shape[1]}; it promises {dimension}. Load the model again."
        )
    lengths = np.linalg.norm(vectors, axis=1)
    if not (np.isclose(lengths, 1.0, atol=UNIT_TOLERANCE) | (lengths == 0.0)).all():
        raise ModelError(
            "The encoder gave vectors that are not of unit length, so their inner product is no cosine. "
            "Normalise them in the encoder."
        )
    return vectors


def _encoded(encoder: Encoder, documents: Sequence[Document]) -> NDArray[np.float32]:
    return encoded(encoder.encode_documents, [document_text(d) for d in documents], encoder.dimension)
