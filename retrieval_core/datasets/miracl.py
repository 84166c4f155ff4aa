"""MIRACL's layout, as published: topics and qrels by language and split, the corpus in parts.

    miracl-v1.0-LANG/topics/topics.miracl-v1.0-LANG-SPLIT.tsv     query ⟨tab⟩ text
    miracl-v1.0-LANG/qrels/qrels.miracl-v1.0-LANG-SPLIT.tsv       query Q0 document relevance
    miracl-corpus-v1.0-LANG/docs-N.jsonl.gz                       {"docid": "39#0", "title", "text"}

The folders may lie anywhere below the one that is named. Queries are of their own language's corpus alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval_core.datasets.judged import judged_pairs, judged_set, read_qrels, sample_documents
from retrieval_core.datasets.reading import Wire, parse_rows, read_lines, reason_of
from retrieval_core.errors import InputError
from retrieval_core.records import Document, Qrel, Query, RetrievalSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from retrieval_core.records import QAPair

EXPECTED = (
    "miracl-v1.0-LANG/topics/topics.miracl-v1.0-LANG-SPLIT.tsv, miracl-v1.0-LANG/qrels/qrels.miracl-v1.0-LANG-SPLIT.tsv"
    " and miracl-corpus-v1.0-LANG/docs-N.jsonl.gz"
)
_TOPICS = re.compile(r"topics\.miracl-v[\d.]+-([a-z]{2,3})-(.+)\.tsv")
_PART = re.compile(r".*\.jsonl(?:\.gz|\.xz)?")


class WireDocument(Wire):
    """A line of the corpus; ``docid`` is ARTICLE#PASSAGE."""

    docid: str
    text: str
    title: str | None = None


def load_miracl(
    folder: Path,
    split: str = "dev",
    languages: Sequence[str] | None = None,
    documents_per_language: int | None = None,
    seed: int = 0,
) -> RetrievalSet:
    """Topics of ``split`` in every language there, or in ``languages``; ids are "LANG:ID".

    ``documents_per_language`` keeps the judged documents and a seeded sample of the others, where the whole corpus
    (33 million passages in English) is too large; figures on such a set are not MIRACL's. Raises ``InputError``.
    """
    topics = _topics(folder, split)
    missing = sorted(set(languages or ()) - topics.keys())
    if missing or not topics:
        found = ", ".join(topics) or "none"
        raise InputError(
            f"{folder} has no MIRACL topics of split {split!r}{' in ' + ', '.join(missing) if missing else ''}"
            f" (languages there: {found}). Expected {EXPECTED}."
        )
    queries: list[Query] = []
    documents: list[Document] = []
    qrels: list[Qrel] = []
    for language in sorted(languages or topics):
        queries += _read_topics(topics[language], language)
        judged = _read_qrels(topics[language], language)
        ids = frozenset(qrel.doc_id for qrel in judged)
        documents += sample_documents(_corpus(folder, language), ids, documents_per_language, seed)
        qrels += judged
    return judged_set(f"miracl/{split}", queries, documents, qrels)


def load_miracl_pairs(
    folder: Path, split: str = "train", languages: Sequence[str] | None = None
) -> tuple[QAPair, ...]:
    """Every query of ``split`` with each of its relevant passages, title and text. Raises ``InputError``."""
    return judged_pairs(load_miracl(folder, split, languages, documents_per_language=0))


def has_topics(folder: Path) -> bool:
    """Whether topics of MIRACL lie below ``folder``."""
    return any(True for _ in folder.rglob("topics.miracl-v*.tsv"))


def _topics(folder: Path, split: str) -> dict[str, Path]:
    """Language → its topics file."""
    found = {}
    for path in sorted(folder.rglob("topics.miracl-v*.tsv")):
        match = _TOPICS.fullmatch(path.name)
        if match and match.group(2) == split:
            found[match.group(1)] = path
    return found


def _read_topics(path: Path, language: str) -> list[Query]:
    def parse(line: str) -> Query:
        query_id, tab, text = line.rstrip("\r\n").partition("\t")
        if not tab or not query_id.strip() or not text.strip():
            raise ValueError("no query and text divided by a tab")
        return Query(query_id=f"{language}:{query_id.strip()}", text=text.strip(), language=language)

    return [query for _, query in parse_rows(path, parse, "'query ⟨tab⟩ text' a line")]


def _read_qrels(topics: Path, language: str) -> list[Qrel]:
    name = "qrels" + topics.name.removeprefix("topics")
    for path in (topics.parent.parent / "qrels" / name, topics.parent / name):
        if path.is_file():
            return [
                Qrel(
                    query_id=f"{language}:{qrel.query_id}",
                    doc_id=f"{language}:{qrel.doc_id}",
                    relevance=qrel.relevance,
                )
                for qrel in read_qrels(path)
            ]
    raise InputError(f"{topics} has no {name} beside it; the test topics of MIRACL come without judgements.")


def _corpus(folder: Path, language: str) -> Iterator[Document]:
    parts = [
        path
        for home in sorted(folder.rglob(f"miracl-corpus-v*-{language}"))
        for path in sorted(home.iterdir())
        if _PART.fullmatch(path.name)
    ]
    if not parts:
        raise InputError(f"{folder} holds no corpus in {language!r}. Expected {EXPECTED}.")
    for part in parts:  # line by line: a part holds half a million passages
        for number, line in read_lines(part):
            try:
                row = WireDocument.model_validate_json(line)
            except (ValueError, RecursionError) as error:
                raise InputError(
                    f'{part}, line {number}: {reason_of(error)}. Expected {{"docid", "title", "text"}}, all texts.'
                ) from error
            yield Document(
                doc_id=f"{language}:{row.docid}", text=row.text, title=row.title or None, language=language
            )
