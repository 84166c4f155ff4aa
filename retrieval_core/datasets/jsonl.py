"""A user's own question-answer file: JSON Lines, plain, gzip or xz.

    {"question": …, "passage": …}
    {"question": …, "context": …, "answers": [{"text": …, "start": …}]}

with, where known, id, lang or language (of both texts), question_language, passage_language, passage_id and
parallel_id (shared by translations).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import AliasChoices, Field, model_validator

from retrieval_core.datasets.languages import UNKNOWN, detect_pair, language_code
from retrieval_core.datasets.questions import (
    Answer,
    Context,
    Question,
    Unit,
    content_id,
    pairs_of,
    retrieval_set,
)
from retrieval_core.datasets.reading import Wire, bad_lines, json_rows
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from retrieval_core.records import QAPair, RetrievalSet

EXPECTED = (
    'one JSON object a line with "question" and "passage", or "question", "context" and "answers":'
    ' [{"text": …, "start": …}], all texts; optional: id, lang, question_language, passage_language, passage_id,'
    " parallel_id"
)
MAX_BLANK_SHARE = 0.01  # a stray blank question is left out and counted; more are a fault of the export


class WireAnswer(Wire):
    """``start`` counts characters from the context's first; -1, as some sets write, is not known."""

    text: str
    start: int | None = Field(default=None, ge=-1, validation_alias=AliasChoices("start", "answer_start"))


class WireRow(Wire):
    """A line of the file."""

    question: str
    passage: str | None = None
    context: str | None = None
    answers: tuple[WireAnswer, ...] = ()
    id: str | int | None = None
    lang: str | None = Field(default=None, validation_alias=AliasChoices("lang", "language"))
    question_language: str | None = None
    passage_language: str | None = None
    passage_id: str | int | None = None
    parallel_id: str | int | None = None

    @model_validator(mode="after")
    def _usable(self) -> WireRow:
        if (self.passage is None) == (self.context is None):
            raise ValueError(
                "needs either passage or context" + (", not both" if self.passage is not None else "")
            )
        for language in (self.lang, self.question_language, self.passage_language):
            if language is not None:
                language_code(language)
        length = len(self.text)
        for answer in self.answers:
            if answer.start is not None and answer.start >= max(length, 1):
                raise ValueError(f"answers: start {answer.start} is behind the context's end, {length}")
        return self

    @property
    def text(self) -> str:
        """The passage or context."""
        return self.passage if self.passage is not None else self.context or ""


@dataclass(frozen=True, slots=True)
class QAFile:
    """What a file held.

    ``detected``: questions whose language or whose passage's language the file does not say. ``dropped``: reason →
    number of rows left out.
    """

    name: str
    contexts: tuple[Context, ...]
    questions: tuple[Question, ...]
    detected: int
    dropped: dict[str, int]

    @property
    def rows(self) -> int:
        """In the file, those left out too."""
        return len(self.questions) + sum(self.dropped.values())

    def pairs(self, unit: Unit = "sentence") -> tuple[QAPair, ...]:
        """A pair for every question."""
        return pairs_of(self.questions, unit)

    def retrieval_set(self, unit: Unit = "sentence") -> RetrievalSet:
        """Every distinct passage as a document: with "sentence", all sentences of contexts that have answers."""
        return retrieval_set(self.name, self.contexts, self.questions, unit)


def read_qa(path: Path) -> QAFile:
    """Read and check the whole file.

    Of several answers the first counts. In a file where other rows have answers, a row with an empty list of them
    cannot be answered (SQuAD 2.0) and is dropped; where none has, the context itself is the passage. One id in
    several languages makes translations, unless parallel_id says otherwise. Raises ``InputError`` that lists the
    first bad lines, each with its reason.
    """
    rows = json_rows(path, WireRow, EXPECTED)
    if not rows:
        raise InputError(f"{path} holds no rows; expected {EXPECTED}.")
    kept, dropped = _kept(path, rows)
    languages = [_languages(row) for row in kept]
    detected = sum(row.lang is None and not (row.question_language and row.passage_language) for row in kept)
    contexts: dict[str, Context] = {}
    questions = []
    stem = path.name.split(".")[0]
    names, parallels = _names(kept, languages), _parallels(stem, kept, languages)
    for row, (question_language, language), name, parallel in zip(
        kept, languages, names, parallels, strict=True
    ):
        context = _context(row, language, contexts)
        questions.append(
            Question(f"{stem}:{name}", row.question, question_language, context, _answers(row), parallel)
        )
    return QAFile(stem, tuple(contexts.values()), tuple(questions), detected, dict(sorted(dropped.items())))


def to_jsonl(pairs: Iterable[QAPair]) -> bytes:
    """A file that ``read_qa`` reads the same questions, passages, languages and translations from."""
    return "".join(json.dumps(_row(pair)) + "\n" for pair in pairs).encode("ascii")


def _row(pair: QAPair) -> dict[str, object]:
    fields = {"question", "passage", "question_language", "passage_language", "passage_id", "parallel_id"}
    row = {"id": pair.pair_id, **pair.model_dump(include=fields, exclude_none=True)}
    return row if pair.answer is None else {**row, "answers": [{"text": pair.answer}]}


def _kept(path: Path, rows: list[tuple[int, WireRow]]) -> tuple[list[WireRow], Counter[str]]:
    answered = any(row.answers for _, row in rows)
    blank = [(number, "question or passage is blank") for number, row in rows if _blank(row)]
    if len(blank) > MAX_BLANK_SHARE * len(rows):
        raise bad_lines(path, blank, EXPECTED)
    unanswerable = [
        row for _, row in rows if answered and row.context is not None and not row.answers and not _blank(row)
    ]
    left_out = {id(row) for row in unanswerable}
    kept = [row for _, row in rows if not _blank(row) and id(row) not in left_out]
    dropped = Counter(
        {"blank question or passage": len(blank), "no answer in its context": len(unanswerable)}
    )
    return kept, +dropped


def _blank(row: WireRow) -> bool:
    return not row.question.strip() or not row.text.strip()


def _languages(row: WireRow) -> tuple[str, str]:
    """Languages of question and passage: said, else detected."""
    said_question, said_passage = row.question_language or row.lang, row.passage_language or row.lang
    if said_question and said_passage:
        return language_code(said_question), language_code(said_passage)
    question, passage = detect_pair(row.question, row.text)
    if UNKNOWN in (question, passage):
        question, passage = (passage, passage) if question == UNKNOWN else (question, question)
    return (
        language_code(said_question) if said_question else question,
        language_code(said_passage) if said_passage else passage,
    )


def _names(rows: list[WireRow], languages: list[tuple[str, str]]) -> list[str]:
    """A name for each row that no other has: its id, where needed with languages, where needed with its place."""
    ids = [str(row.id) if row.id is not None else None for row in rows]
    counts = Counter(ids)
    names: list[str] = []
    for one, (question, passage) in zip(ids, languages, strict=True):
        both = question if question == passage else f"{question}-{passage}"
        names.append(
            one if one is not None and counts[one] == 1 else f"{both}:{one}" if one else f"row-{len(names)}"
        )
    twice = Counter(names)
    return [name if twice[name] == 1 else f"{name}~{place}" for place, name in enumerate(names)]


def _parallels(stem: str, rows: list[WireRow], languages: list[tuple[str, str]]) -> list[str | None]:
    spoken = defaultdict(set)
    for row, pair in zip(rows, languages, strict=True):
        if row.id is not None:
            spoken[str(row.id)].add(pair)
    return [
        str(row.parallel_id)
        if row.parallel_id is not None
        else f"{stem}:{row.id}"
        if row.id is not None and len(spoken[str(row.id)]) > 1
        else None
        for row in rows
    ]


def _context(row: WireRow, language: str, contexts: dict[str, Context]) -> Context:
    """The row's context, one object for all rows that share it."""
    whole = row.passage is not None or not row.answers or _place(row, row.answers[0]) is None
    kind = "passage" if whole else "context"
    key = f"{language}:{row.passage_id if row.passage_id is not None else content_id(kind + row.text)}"
    known = contexts.get(key)
    if known is not None and known.text != row.text:  # one passage_id for two texts: both are kept apart
        key = f"{key}:{content_id(row.text)}"
        known = contexts.get(key)
    breaks = ((0, len(row.text)),) if whole else None
    return known or contexts.setdefault(key, Context(key, row.text, language, breaks))


def _answers(row: WireRow) -> tuple[Answer, ...]:
    return tuple(Answer(answer.text, _place(row, answer)) for answer in row.answers)


def _place(row: WireRow, answer: WireAnswer) -> int | None:
    """Where the answer begins; a start that does not fit is put right where the text has it once."""
    text, start = row.text, answer.start
    if start is not None and start >= 0 and text.startswith(answer.text, start):
        return start
    found = text.find(answer.text) if answer.text and text.count(answer.text) == 1 else -1
    return found if found >= 0 else start if start != -1 else None
