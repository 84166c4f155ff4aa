"""BM25 search over documents of any script, in memory or memory-mapped from disk.

The engine is tantivy: BM25 with k1 = 1.2, b = 0.75, document lengths exact to 40 terms and within 1/16 above. It gets
terms, never text: ``analysis.analyze`` makes them on both sides, and queries are built from terms, so no character of
a query is an operator. The document itself is kept beside its terms.

Ranking does not depend on how the index came about: statistics are those of the whole collection, and documents whose
scores differ by no more than rounding count as tied and are ordered by ``doc_id``. A replaced or deleted document
still counts in the statistics, as in every engine of this kind, until such documents exceed 5 % and the index
rewrites itself.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import tantivy

from retrieval_core import manifest as manifests
from retrieval_core.analysis import analyze, joined_pairs
from retrieval_core.errors import IndexCorruptError, InputError, RetrievalError
from retrieval_core.records import Document, Query, ScoredDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

ENGINE = "tantivy " + ".".join(
    version("tantivy").split(".")[:2]
)  # its file format may change with the second
WRITER_BYTES = 96_000_000  # of the engine's buffer; it writes a segment to disk whenever it is full
TITLE_REPEATS = 2  # a title's terms count twice: SciFact recall@10 0.819 instead of 0.816
MAX_QUERY_TERMS = 256  # distinct terms; of a longer query the most informative are kept
MAX_TERM_REPEATS = 8  # of one term in a query; bounds the clauses
REWRITE_SHARE = 0.05
TIE_TOLERANCE = 2e-6  # relative; scores are sums of 32-bit floats whose order of addition varies


class SearchIndex:
    """A BM25 index. Made by ``build`` or ``open``."""

    def __init__(self, index: Any, path: Path | None = None, deleted: int = 0) -> None:
        self._index = index
        self._path = path
        self._deleted = deleted  # replaced or deleted documents that still count in the statistics
        index.config_reader("manual")  # no thread that watches the files; a search sees what was opened
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def build(cls, documents: Iterable[Document], path: Path | None = None) -> SearchIndex:
        """Index ``documents``; of several with one ``doc_id`` the last counts.

        ``path``: a folder to keep the index in, replacing an index that is there; ``None``: in memory.
        Raises ``InputError`` if ``path`` holds something else or cannot be written.
        """
        if path is None:
            built = cls(tantivy.Index(_schema()))
            built.add(documents)
            return built
        with manifests.write_lock(path):
            return cls._generate(path, documents)

    @classmethod
    def open(cls, path: Path) -> SearchIndex:
        """Open an index on disk, memory-mapped; waits for a write in progress and finishes one that was killed.

        Raises ``InputError`` if there is none, ``IndexCorruptError`` if its files do not match its manifest in
        size (``verify`` compares their content), or if another version's rules made it.
        """
        return cls._open_settled(path, whole=False)

    def save(self, path: Path) -> None:
        """Write the index to the folder ``path``, replacing an index that is there."""
        if self._path is None or path.resolve() != self._path.resolve():
            SearchIndex.build(self.documents(), path)

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents; one with a known ``doc_id`` replaces the old, an unchanged one costs nothing."""
        self._change(documents, ())

    def delete(self, doc_ids: Iterable[str]) -> None:
        """Delete documents; an unknown ``doc_id`` is no error."""
        self._change((), doc_ids)

    def __len__(self) -> int:
        count: int = self._searcher.num_docs
        return count

    def documents(self) -> Iterator[Document]:
        """All documents, in no particular order."""
        if len(self):
            with _damage_as_error(self._path):
                hits = self._searcher.search(tantivy.Query.all_query(), len(self), count=False).hits
                for _, address in hits:
                    yield self._stored(address)

    def get(self, doc_id: str) -> Document | None:
        """The document with this ``doc_id``."""
        query = tantivy.Query.term_query(self._index.schema, "key", _key(doc_id), "basic")
        with _damage_as_error(self._path):
            hits = self._searcher.search(query, 1, count=False).hits
            return self._stored(hits[0][1]) if hits else None

    def search(self, queries: Sequence[str | Query], k: int = 10) -> list[list[ScoredDocument]]:
        """For each query the best ``k`` documents that share a term with it, best first.

        A plain string's ``query_id`` is its position in ``queries``. Raises ``InputError`` if ``k`` < 1.
        """
        if isinstance(queries, str):
            raise InputError("search takes a list of queries; put the one query in brackets.")
        if k < 1:
            raise InputError(f"k is {k}; at least one document must be asked for.")
        asked = [(q.query_id, q.text) if isinstance(q, Query) else (str(i), q) for i, q in enumerate(queries)]
        with _damage_as_error(self._path):
            return [self._search_one(query_id, text, k) for query_id, text in asked]

    def verify(self) -> None:
        """Compare every file with its SHA-256. Raises ``IndexCorruptError`` naming the first that differs."""
        if self._path is not None:
            SearchIndex._open_settled(self._path, whole=True)

    # ------------------------------------------------------------------ search

    def _search_one(self, query_id: str, text: str, k: int) -> list[ScoredDocument]:
        clauses = self._clauses(text)
        if not clauses:
            return []
        hits = self._complete_hits(tantivy.Query.boolean_query(clauses), k)
        scored: list[tuple[float, str]] = []
        leader = math.inf
        for i, (score, address) in enumerate(hits):
            # Neighbours within rounding are one tie, which takes the score of its first.
            leader = leader if i and _tied(hits[i - 1][0], score) else score
            scored.append((-leader, self._searcher.doc(address).get_first("doc_id").decode()))
        return [
            ScoredDocument(query_id=query_id, doc_id=doc_id, score=-negated, rank=rank)
            for rank, (negated, doc_id) in enumerate(sorted(scored)[:k], start=1)
        ]

    def _complete_hits(self, query: Any, k: int) -> list[tuple[float, Any]]:
        """The best ``k`` hits, and all that tie with the last of them, so that the cut is not arbitrary."""
        total = max(1, len(self))
        limit = min(k + 1, total)
        while True:
            hits: list[tuple[float, Any]] = self._searcher.search(query, limit, count=False).hits
            if len(hits) <= k:
                return hits
            gaps = (i for i in range(k, len(hits)) if not _tied(hits[i - 1][0], hits[i][0]))
            if (end := next(gaps, None)) is not None or limit == total:
                return hits[:end]
            limit = min(limit * 4, total)

    def _clauses(self, text: str) -> list[tuple[Any, Any]]:
        """One clause a term occurrence: the engine adds up repeats, which is BM25's query term frequency."""
        counts = Counter(analyze(text))
        counts.update({term: 1 for term in joined_pairs(text) if term not in counts})
        frequencies = {term: self._searcher.doc_freq("terms", term) for term in counts}
        known = [term for term in counts if frequencies[term]]
        if len(known) > MAX_QUERY_TERMS:
            known.sort(key=lambda term: (frequencies[term], term))
            del known[MAX_QUERY_TERMS:]
        schema = self._index.schema
        clauses = []
        for term in known:
            clause = tantivy.Query.term_query(schema, "terms", term, "freq")
            clauses += [(tantivy.Occur.Should, clause)] * min(counts[term], MAX_TERM_REPEATS)
        return clauses

    def _stored(self, address: Any) -> Document:
        return Document.model_validate_json(self._searcher.doc(address).get_first("record"))

    # ------------------------------------------------------------------ change

    def _change(self, documents: Iterable[Document], doc_ids: Iterable[str]) -> None:
        if self._path is None:
            self._write(documents, doc_ids)
            if self._rewrite_due():
                self._take_over(SearchIndex.build(self.documents()))
            return
        with manifests.write_lock(self._path):
            # Others may have written since this object was opened.
            self._take_over(SearchIndex._open_locked(self._path, whole=False))
            manifest = manifests.load(self._path, ENGINE)
            manifests.store(self._path, manifest.model_copy(update={"writing": True}))
            self._write(documents, doc_ids)
            self._seal(manifest.generation)
            if self._rewrite_due():
                self._take_over(SearchIndex._generate(self._path, self.documents()))

    def _write(self, documents: Iterable[Document], doc_ids: Iterable[str]) -> None:
        """One commit of the engine: all of it or nothing."""
        with self._unwritten_as_error():
            writer = self._index.writer(WRITER_BYTES, 1)  # one thread: the same input makes the same index
        try:
            self._write_deletions(writer, doc_ids)
            self._write_additions(writer, documents)
            with self._unwritten_as_error():
                writer.commit()
        except BaseException:
            with suppress(ValueError):  # a writer that failed by itself has nothing to roll back
                writer.rollback()
                writer.wait_merging_threads()  # releases the engine's lock
            raise
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def _write_deletions(self, writer: Any, doc_ids: Iterable[str]) -> None:
        for doc_id in doc_ids:
            if self.get(doc_id) is not None:
                writer.delete_documents_by_term("key", _key(doc_id))
                self._deleted += 1

    def _write_additions(self, writer: Any, documents: Iterable[Document]) -> None:
        added: set[str] = set()
        for document in documents:
            key = _key(document.doc_id)
            known = self.get(document.doc_id) if key not in added and len(self) else None
            if known == document:
                continue
            if known is not None or key in added:
                writer.delete_documents_by_term("key", key)
                self._deleted += 1
            added.add(key)
            entry = _entry(document, key)
            with self._unwritten_as_error():
                writer.add_document(entry)

    @contextmanager
    def _unwritten_as_error(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, OSError) as error:
            raise RetrievalError(
                f"The index {self._path or 'in memory'} could not be written: {error}. It is as it was before."
            ) from error

    def _rewrite_due(self) -> bool:
        return self._deleted > REWRITE_SHARE * len(self)

    # ------------------------------------------------------------------ disk

    @classmethod
    def _generate(cls, path: Path, documents: Iterable[Document]) -> SearchIndex:
        """Write a new generation and switch to it; the caller holds the writer's lock."""
        folder = manifests.new_generation(path)
        built = cls(tantivy.Index(_schema(), path=str(folder)), path)
        built._write(documents, ())
        built._seal(folder.name)
        manifests.drop_other_generations(path, folder.name)
        return cls._generate(path, built.documents()) if built._rewrite_due() else built

    @classmethod
    def _open_settled(cls, path: Path, *, whole: bool) -> SearchIndex:
        """Open if all is in order; else look again when no one is writing."""
        manifest = manifests.load(path, ENGINE)
        try:
            return cls._open_sealed(path, manifest, whole=whole)
        except IndexCorruptError:
            if not manifest.writing and manifests.load(path, ENGINE) == manifest:
                raise
        with manifests.write_lock(path):
            return cls._open_locked(path, whole=whole)

    @classmethod
    def _open_locked(cls, path: Path, *, whole: bool) -> SearchIndex:
        """Open while no one else writes, so that a mark of writing means a writer that was killed."""
        manifest = manifests.load(path, ENGINE)
        if not manifest.writing:
            return cls._open_sealed(path, manifest, whole=whole)
        manifests.check_survivors(path, manifest)
        with _damage_as_error(path):
            opened = cls(tantivy.Index.open(str(path / manifest.generation)), path, manifest.deleted)
        opened._seal(manifest.generation)
        return opened

    @classmethod
    def _open_sealed(cls, path: Path, manifest: manifests.Manifest, *, whole: bool) -> SearchIndex:
        if manifest.writing:
            raise IndexCorruptError(f"The index {path} is being written.")
        manifests.check(path, manifest, whole=whole)
        with _damage_as_error(path):
            opened = cls(tantivy.Index.open(str(path / manifest.generation)), path, manifest.deleted)
        if len(opened) != manifest.documents:
            raise IndexCorruptError(
                f"The index {path} holds {len(opened)} documents where {manifest.documents} were written. "
                f"{manifests.REBUILD}"
            )
        return opened

    def _seal(self, generation: str) -> None:
        assert self._path is not None
        manifests.seal(self._path, generation, ENGINE, documents=len(self), deleted=self._deleted)

    def _take_over(self, other: SearchIndex) -> None:
        self._index, self._searcher, self._deleted = other._index, other._searcher, other._deleted


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    builder.add_bytes_field("doc_id", stored=True)
    builder.add_bytes_field("record", stored=True)
    return builder.build()


def _entry(document: Document, key: str) -> Any:
    terms = analyze(document.title or "") * TITLE_REPEATS + analyze(document.text)
    entry = tantivy.Document()
    entry.add_text("key", key)
    entry.add_text("terms", " ".join(terms))
    entry.add_bytes("doc_id", document.doc_id.encode())
    entry.add_bytes("record", document.model_dump_json().encode())
    return entry


def _key(doc_id: str) -> str:
    """A short term for a ``doc_id`` of any length and characters."""
    return hashlib.blake2b(doc_id.encode(), digest_size=16).hexdigest()


def _tied(higher: float, lower: float) -> bool:
    return higher - lower <= TIE_TOLERANCE * higher


@contextmanager
def _damage_as_error(path: Path | None) -> Iterator[None]:
    """The engine reports damaged files by ``ValueError``, ``OSError`` or a panic of its own."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, (ValueError, OSError)) or type(error).__name__ == "PanicException":
            raise IndexCorruptError(
                f"The index {path or 'in memory'} cannot be read: {error}. {manifests.REBUILD}"
            ) from error
        raise
