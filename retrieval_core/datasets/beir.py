"""BEIR's layout: a folder with corpus.jsonl, queries.jsonl (each plain or .gz) and qrels/SPLIT.tsv."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from retrieval_core.datasets.judged import judged_pairs, judged_set, read_qrels
from retrieval_core.datasets.languages import language_code, majority_language
from retrieval_core.datasets.reading import Wire, json_rows
from retrieval_core.errors import InputError
from retrieval_core.records import Document, Query

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval_core.records import QAPair, RetrievalSet

EXPECTED = 'one JSON object a line with "_id" (a text) and "text", optionally "title"'
_SAMPLE = 100  # texts that vote on a language


class WireText(Wire):
    """A line of the corpus or the queries."""

    id: Annotated[str, Field(min_length=1)] | int = Field(validation_alias="_id")
    text: str
    title: str | None = None


def load_beir(folder: Path, split: str = "test", language: str | None = None) -> RetrievalSet:
    """The queries that ``split`` judges, with the whole corpus.

    ``language`` of corpus and queries; without it that of most of the first texts, for each of the two. Raises
    ``InputError`` naming the file and line.
    """
    corpus = json_rows(_file(folder, "corpus"), WireText, EXPECTED)
    asked = json_rows(_file(folder, "queries"), WireText, EXPECTED)
    spoken = _language(language, [row for _, row in corpus])
    asked_in = _language(language, [row for _, row in asked])
    return judged_set(
        f"{folder.name}/{split}",
        [Query(query_id=str(row.id), text=row.text, language=asked_in) for _, row in asked],
        [
            Document(doc_id=str(row.id), text=row.text, title=row.title or None, language=spoken)
            for _, row in corpus
        ],
        read_qrels(_qrels(folder, split)),
    )


def load_beir_pairs(folder: Path, split: str = "train", language: str | None = None) -> tuple[QAPair, ...]:
    """Every query of ``split`` with each of its relevant documents, title and text. Raises ``InputError``."""
    return judged_pairs(load_beir(folder, split, language))


def _file(folder: Path, name: str) -> Path:
    for suffix in (".jsonl", ".jsonl.gz", ".jsonl.xz"):
        if (path := folder / f"{name}{suffix}").is_file():
            return path
    raise InputError(
        f"{folder} holds no {name}.jsonl; expected corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv."
    )


def _qrels(folder: Path, split: str) -> Path:
    path = folder / "qrels" / f"{split}.tsv"
    if not path.is_file():
        there = ", ".join(sorted(found.stem for found in (folder / "qrels").glob("*.tsv"))) or "none"
        raise InputError(f"{folder} has no qrels/{split}.tsv; the splits there: {there}.")
    return path


def _language(said: str | None, rows: list[WireText]) -> str:
    if said is not None:
        return language_code(said)
    return majority_language(row.text for row in islice(rows, _SAMPLE))
