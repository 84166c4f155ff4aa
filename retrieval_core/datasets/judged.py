"""Relevance judgements on a corpus, the form that BEIR and MIRACL share: as a retrieval set or as training pairs."""

from __future__ import annotations

from hashlib import sha256
from heapq import heappush, heapreplace
from typing import TYPE_CHECKING

from retrieval_core.datasets.reading import parse_rows
from retrieval_core.errors import InputError
from retrieval_core.records import Document, QAPair, Qrel, Query, RetrievalSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SHOWN = 3
MAX_ID_CHARS = 1_000


def read_qrels(path: Path) -> list[Qrel]:
    """Judgements of a TREC file (query, iteration, document, relevance) or a BEIR one (query, document, score).

    Fields are divided by tabs, or by blanks in TREC's form; a first line that names the columns is passed over.
    Raises ``InputError`` listing the first bad lines.
    """
    first = True

    def parse(line: str) -> Qrel | None:
        nonlocal first
        fields = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
        header, first = first and len(fields) in {3, 4} and not _is_number(fields[-1]), False
        if header:
            return None
        if len(fields) not in {3, 4}:
            raise ValueError(f"{len(fields)} fields instead of 3 or 4")
        if not _is_number(fields[-1]):
            raise ValueError(f"{fields[-1][:20]!r} is no whole number")
        if not fields[0] or not fields[-2] or max(map(len, fields)) > MAX_ID_CHARS:
            raise ValueError("an id is empty or too long")
        return Qrel(query_id=fields[0], doc_id=fields[-2], relevance=int(fields[-1]))

    expected = "'query 0 document relevance' (TREC) or 'query document score' (BEIR), divided by tabs"
    return [qrel for _, qrel in parse_rows(path, parse, expected) if qrel is not None]


def _is_number(field: str) -> bool:
    return len(field) <= 10 and field.strip().removeprefix("-").isdecimal() and field.isascii()


def judged_set(
    name: str, queries: Sequence[Query], documents: Sequence[Document], qrels: Sequence[Qrel]
) -> RetrievalSet:
    """The queries that have a relevant document, with all documents.

    Raises ``InputError`` where a relevant document is not in the corpus, an id repeats, or no query is left.
    """
    known = _unique([query.query_id for query in queries], "query_id")
    present = _unique([document.doc_id for document in documents], "doc_id")
    kept = [qrel for qrel in qrels if qrel.query_id in known]
    positive = [qrel for qrel in kept if qrel.relevance > 0]
    missing = [qrel.doc_id for qrel in positive if qrel.doc_id not in present]
    if missing:
        raise InputError(
            f"{name}: {len(missing)} relevant documents are not in the corpus ({', '.join(missing[:SHOWN])[:200]} …);"
            " is a part of the corpus missing?"
        )
    if not positive:
        raise InputError(f"{name}: no query has a relevant document; do queries and qrels belong together?")
    judged = {qrel.query_id for qrel in positive}
    return RetrievalSet(
        name=name,
        queries=tuple(query for query in queries if query.query_id in judged),
        documents=tuple(documents),
        qrels=tuple(qrel for qrel in kept if qrel.query_id in judged and qrel.doc_id in present),
    )


def judged_pairs(dataset: RetrievalSet) -> tuple[QAPair, ...]:
    """A pair for every query and relevant document; the query's other relevant documents are no negatives of it."""
    queries = {query.query_id: query for query in dataset.queries}
    documents = {document.doc_id: document for document in dataset.documents}
    return tuple(
        _pair(queries[qrel.query_id], documents[qrel.doc_id])
        for qrel in dataset.qrels
        if qrel.relevance > 0 and passage_text(documents[qrel.doc_id]) and queries[qrel.query_id].text.strip()
    )


def passage_text(document: Document) -> str:
    """Title and text as one passage."""
    return "\n".join(part for part in ((document.title or "").strip(), document.text.strip()) if part)


def _pair(query: Query, document: Document) -> QAPair:
    return QAPair(
        pair_id=f"{query.query_id}={document.doc_id}",
        question=query.text.strip(),
        passage=passage_text(document),
        question_language=query.language or "und",
        passage_language=document.language or "und",
        passage_id=document.doc_id,
        parallel_id=query.query_id,
    )


def sample_documents(
    documents: Iterable[Document], judged: frozenset[str], limit: int | None, seed: int
) -> list[Document]:
    """The judged documents and so many others that ``limit`` is reached; all where it is ``None``.

    The others are those with the smallest seeded hash, so one corpus gives one choice in whatever order it comes,
    and no more than ``limit`` documents are held at a time.
    """
    if limit is None:
        return list(documents)
    kept: dict[str, Document] = {}
    heap: list[tuple[int, str]] = []  # largest hash first, negated
    others: dict[str, Document] = {}
    for document in documents:
        if document.doc_id in judged:
            kept[document.doc_id] = document
            continue
        key = -int.from_bytes(sha256(f"{seed}:{document.doc_id}".encode()).digest()[:8])
        if limit == 0:
            continue
        if len(heap) < limit:
            heappush(heap, (key, document.doc_id))
        elif key > heap[0][0]:
            del others[heapreplace(heap, (key, document.doc_id))[1]]
        else:
            continue
        others[document.doc_id] = document
    room = max(limit - len(kept), 0)
    chosen = {doc_id for _, doc_id in sorted(heap, reverse=True)[:room]}
    return [*kept.values(), *(others[doc_id] for doc_id in sorted(chosen))]


def _unique(ids: list[str], kind: str) -> set[str]:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise InputError(f"The {kind} {one[:80]!r} stands twice; each must stand once.")
        seen.add(one)
    return seen
