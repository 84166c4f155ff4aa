"""Questions on contexts, the form that SQuAD, LAReQA and JSON Lines share, as training pairs or a retrieval set.

    contexts, questions → QAPairs (the passage that answers each)  or  a RetrievalSet (every passage a candidate)

A passage is a whole context ("paragraph") or the sentence in which the answer begins ("sentence").
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from retrieval_core.datasets.sentences import sentence_spans
from retrieval_core.errors import InputError
from retrieval_core.records import Document, QAPair, Qrel, Query, RetrievalSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Unit = Literal["sentence", "paragraph"]
_JUNK = "\ufeff \t\r\n"  # around a sentence; some of XQuAD-R's begin with a byte order mark


@dataclass(frozen=True, slots=True)
class Answer:
    """An accepted answer; ``start`` is its offset in the context, ``None`` where it is not known."""

    text: str
    start: int | None


@dataclass(frozen=True)
class Context:
    """A text that questions are asked about; ``breaks`` are its sentences where the source marks them."""

    context_id: str
    text: str
    language: str
    breaks: tuple[tuple[int, int], ...] | None = None

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Half-open offsets of the sentences, in order; at least one."""
        found = self.breaks if self.breaks is not None else sentence_spans(self.text, self.language)
        return found or ((0, len(self.text)),)

    def sentence_at(self, offset: int) -> int:
        """Number of the sentence that holds ``offset``; in a gap, the sentence before it."""
        return max(bisect_right([start for start, _ in self.sentences], offset) - 1, 0)

    def sentence_text(self, number: int) -> str:
        """The sentence without what is blank around it."""
        start, end = self.sentences[number]
        return self.text[start:end].strip(_JUNK)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the context that answers it; ``parallel_id`` is shared by its translations."""

    question_id: str
    text: str
    language: str
    context: Context
    answers: tuple[Answer, ...] = ()
    parallel_id: str | None = None

    @property
    def sentence(self) -> int | None:
        """Number of the sentence in which the first answer begins; ``None`` where that is not known."""
        start = self.answers[0].start if self.answers else None
        return None if start is None else self.context.sentence_at(start)


def content_id(text: str) -> str:
    """Name of a text that has none: the same text gets the same name everywhere."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def text_group(passage_id: str) -> str:
    """The text that a passage is part of: "39#0" and "39#1" (text # part, as in MIRACL) are of one text."""
    return passage_id.rpartition("#")[0] or passage_id


def pairs_of(questions: Iterable[Question], unit: Unit = "sentence") -> tuple[QAPair, ...]:
    """A pair for every question. Raises ``InputError`` where two questions have one id."""
    pairs = tuple(_pair(question, unit) for question in questions)
    _refuse_repeats([pair.pair_id for pair in pairs])
    return pairs


def _pair(question: Question, unit: Unit) -> QAPair:
    context, number = question.context, question.sentence
    sentence = "" if unit == "paragraph" or number is None else context.sentence_text(number)
    return QAPair(
        pair_id=question.question_id,
        question=question.text.strip(),
        passage=sentence or context.text.strip(_JUNK),
        question_language=question.language,
        passage_language=context.language,
        passage_id=f"{context.context_id}#{number}" if sentence else context.context_id,
        parallel_id=question.parallel_id,
        answer=question.answers[0].text if question.answers else None,
    )


def retrieval_set(
    name: str, contexts: Sequence[Context], questions: Sequence[Question], unit: Unit = "sentence"
) -> RetrievalSet:
    """Every passage of every context as a candidate, every question as a query.

    Relevant are the passages that answer the question or, by ``parallel_id``, one of its translations. A document
    is named "CONTEXT-NUMBER" (a sentence) or "CONTEXT". Raises ``InputError`` where ids repeat.
    """
    documents = tuple(document for context in contexts for document in _documents(context, unit))
    relevant: dict[str, dict[str, None]] = {}  # a dictionary keeps the order, a set does not
    for question in questions:
        relevant.setdefault(_parallel(question), {})[_answering(question, unit)] = None
    _refuse_repeats([question.question_id for question in questions])
    _refuse_repeats([document.doc_id for document in documents])
    return RetrievalSet(
        name=name,
        queries=tuple(
            Query(query_id=q.question_id, text=q.text.strip(), language=q.language) for q in questions
        ),
        documents=documents,
        qrels=tuple(
            Qrel(query_id=question.question_id, doc_id=doc_id, relevance=1)
            for question in questions
            for doc_id in relevant[_parallel(question)]
        ),
        answers={
            question.question_id: tuple(dict.fromkeys(answer.text for answer in question.answers))
            for question in questions
            if question.answers
        },
    )


def _documents(context: Context, unit: Unit) -> list[Document]:
    if unit == "paragraph":
        return [
            Document(doc_id=context.context_id, text=context.text.strip(_JUNK), language=context.language)
        ]
    return [
        Document(
            doc_id=f"{context.context_id}-{number}",
            text=context.sentence_text(number),
            language=context.language,
        )
        for number in range(len(context.sentences))
    ]


def _parallel(question: Question) -> str:
    # A question without translations stands for itself; the mark keeps its id apart from parallel ids.
    return "=" + question.parallel_id if question.parallel_id else "?" + question.question_id


def _answering(question: Question, unit: Unit) -> str:
    context = question.context
    if unit == "paragraph":
        return context.context_id
    if question.sentence is None and len(context.sentences) > 1:
        raise InputError(
            f"Question {question.question_id} has no answer's place, so no sentence of its context can be relevant;"
            " load it with unit 'paragraph'."
        )
    return f"{context.context_id}-{question.sentence or 0}"


def _refuse_repeats(ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise InputError(f"The id {one[:80]!r} stands twice; each question and passage needs its own.")
        seen.add(one)
