"""A corpus of evidence, ``{"doc_id", "title", "abstract": [sentences] or "text"}`` a line → papers and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthesis.errors import InputFileError
from synthesis.reading.json_objects import iterate_objects
from synthesis.reading.metadata import abstract_sections, as_text, build_paper, without_surrogates
from synthesis.reading.problems import Rejections, UnreadableFileError
from synthesis.records import Paper, Section, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def read_corpus(
    path: Path, source: str = "corpus", rejections: Rejections | None = None
) -> tuple[list[Paper], dict[str, tuple[Span, ...]]]:
    """All documents of a corpus file, and for those given as a list of sentences the sentences' offsets.

    ``paper_id`` is ``doc_id`` verbatim; of two documents with one ``doc_id`` the first holds. Offsets point into
    the text of the paper's section 0; the n-th span is the n-th sentence, empty where the sentence is.

    Raises:
        UnreadableFileError: the file cannot be read, or no line of it is a document.
    """
    rejected = rejections if rejections is not None else Rejections()
    papers: dict[str, Paper] = {}
    spans: dict[str, tuple[Span, ...]] = {}
    for place, record in iterate_objects(path, rejected):
        problem = _add(record, source, papers, spans)
        if problem:
            rejected.add(place, problem)
    if not papers:
        raise UnreadableFileError(
            f'{path} holds no document. Each line should be a JSON object with "doc_id", "title" and '
            '"abstract" (a list of sentences, or text) or "text".',
            "no usable record",
        )
    return list(papers.values()), spans


def corpus_papers(
    records: Iterable[Mapping[str, Any]], source: str = "corpus"
) -> tuple[list[Paper], dict[str, tuple[Span, ...]]]:
    """The same for documents in memory.

    Raises:
        InputFileError: a document has no ``doc_id``, or one that was there before; the message says which.
    """
    papers: dict[str, Paper] = {}
    spans: dict[str, tuple[Span, ...]] = {}
    for number, record in enumerate(records, start=1):
        problem = _add(record, source, papers, spans)
        if problem:
            raise InputFileError(
                f"document {number} of the corpus: {problem}. Each document needs a doc_id of its own, text or number."
            )
    return list(papers.values()), spans


def _add(
    record: Mapping[str, Any], source: str, papers: dict[str, Paper], spans: dict[str, tuple[Span, ...]]
) -> str | None:
    """Add a record's paper and spans; returns the reason if it cannot be added."""
    paper = corpus_paper(record, source)
    if paper is None:
        return "no doc_id"
    if paper.paper_id in papers:
        return "doc_id given twice"
    papers[paper.paper_id] = paper
    if sentences := sentence_spans(record):
        spans[paper.paper_id] = sentences
    return None


def is_corpus_record(record: Mapping[str, Any]) -> bool:
    """Whether a record has the corpus form rather than that of bibliographic metadata."""
    return "doc_id" in record and "id" not in record


def corpus_paper(record: Mapping[str, Any], source: str) -> Paper | None:
    """The record's paper; ``None`` without a ``doc_id`` (text or whole number)."""
    doc_id = record.get("doc_id")
    if isinstance(doc_id, bool) or not isinstance(doc_id, str | int) or not str(doc_id).strip():
        return None
    paper_id = without_surrogates(str(doc_id))
    facts = build_paper({**record, "title": record.get("title") or paper_id, "abstract": None}, source=source)
    abstract = _joined(_sentences(record)) or as_text(record.get("abstract"))
    text = as_text(record.get("text"))
    sections = abstract_sections(abstract) + ((Section(title="Text", text=text),) if text else ())
    title = facts.title if facts else paper_id
    facts = facts or Paper(paper_id=paper_id, title=title, source=source)
    return facts.model_copy(update={"paper_id": paper_id, "abstract": abstract, "sections": sections})


def sentence_spans(record: Mapping[str, Any]) -> tuple[Span, ...]:
    """Offsets of a record's listed sentences in its paper's section 0; none where the abstract is no list."""
    sentences = _sentences(record)
    if not any(sentences):
        return ()
    spans = []
    position = 0
    for sentence in sentences:
        start = position + 1 if position and sentence else position
        position = start + len(sentence)
        spans.append(Span(start=start, end=position))
    return tuple(spans)


def _sentences(record: Mapping[str, Any]) -> list[str]:
    """The listed sentences, blanks folded; what is no text is an empty sentence, so that indices hold."""
    abstract = record.get("abstract")
    if not isinstance(abstract, list):
        return []
    return [as_text(one) or "" if isinstance(one, str) else "" for one in abstract]


def _joined(sentences: list[str]) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def original_ids(path: Path) -> dict[str, int]:
    """``paper_id`` → ``doc_id`` for the documents of a corpus file whose ids are whole numbers, not text."""
    given = (record.get("doc_id") for _, record in iterate_objects(path, Rejections()))
    return {
        str(doc_id): doc_id for doc_id in given if isinstance(doc_id, int) and not isinstance(doc_id, bool)
    }
