"""SQuAD-form JSON: articles → paragraphs (a context) → questions with answers. SQuAD, XQuAD, MLQA, and LAReQA's sets.

Questions that SQuAD 2.0 marks as impossible are left out: nothing in their context answers them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from retrieval_core.datasets.languages import language_code, language_of_name, majority_language
from retrieval_core.datasets.questions import Answer, Context, Question, Unit, content_id, pairs_of
from retrieval_core.datasets.reading import Wire, read_json
from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval_core.records import QAPair

EXPECTED = 'SQuAD form: {"data": [{"paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}]}]}]}]}'
_MLQA_NAME = re.compile(r"context-([a-z]{2})-question-([a-z]{2})")
_SAMPLE = 50  # texts that vote on a file's language

Break = Annotated[tuple[int, int], Field(min_length=2, max_length=2)]


class WireAnswer(Wire):
    """``answer_start`` counts characters from the context's first."""

    text: str
    answer_start: int = Field(ge=0)


class WireQuestion(Wire):
    """A question; SQuAD 2.0 says whether it is impossible."""

    id: str | int
    question: str
    answers: tuple[WireAnswer, ...] = ()
    is_impossible: bool = False


class WireParagraph(Wire):
    """A context with its questions and, in LAReQA, the offsets of its sentences."""

    context: str
    qas: list[WireQuestion]
    sentence_breaks: list[Break] | None = None

    @model_validator(mode="after")
    def _inside(self) -> WireParagraph:
        length, last = len(self.context), 0
        for start, end in self.sentence_breaks or ():
            if not last <= start <= end <= length:
                raise ValueError(
                    f"sentence_breaks [{start}, {end}] do not follow one another inside {length} characters"
                )
            last = start
        for qa in self.qas:
            for answer in qa.answers:
                if answer.answer_start >= max(length, 1):
                    raise ValueError(
                        f"question {str(qa.id)[:40]}: answer_start {answer.answer_start} is behind the context's end, {length}"
                    )
        return self


class WireArticle(Wire):
    """Paragraphs of one article."""

    paragraphs: list[WireParagraph]


class WireFile(Wire):
    """The whole file."""

    data: list[WireArticle]


@dataclass(frozen=True, slots=True)
class SquadFile:
    """Contexts and questions of one file, in its order."""

    contexts: tuple[Context, ...]
    questions: tuple[Question, ...]


def read_wire(path: Path) -> WireFile:
    """The file as it stands. Raises ``InputError`` naming the place of the first fault."""
    return read_json(path, WireFile, EXPECTED)


def context_of(paragraph: WireParagraph, context_id: str, language: str) -> Context:
    """The paragraph's text and sentences under a name."""
    marked = paragraph.sentence_breaks
    return Context(context_id, paragraph.context, language, tuple(marked) if marked is not None else None)


def questions_of(paragraph: WireParagraph, context: Context, language: str, prefix: str) -> list[Question]:
    """The paragraph's questions that can be answered, named ``prefix`` + id; the id joins translations."""
    return [
        Question(
            question_id=f"{prefix}{qa.id}",
            text=qa.question,
            language=language,
            context=context,
            answers=tuple(Answer(answer.text, answer.answer_start) for answer in qa.answers),
            parallel_id=str(qa.id),
        )
        for qa in paragraph.qas
        if qa.question.strip() and not qa.is_impossible and context.text.strip()
    ]


def read_squad(path: Path, language: str | None = None) -> SquadFile:
    """A file; its languages are ``language``, else those of its name ("xquad.ar.json", MLQA's), else detected.

    Raises ``InputError`` naming the file and the place of the first fault.
    """
    wire = read_wire(path)
    paragraphs = [paragraph for article in wire.data for paragraph in article.paragraphs]
    question_language, context_language = _languages(path, paragraphs, language)
    contexts: dict[str, Context] = {}
    questions = []
    for paragraph in paragraphs:
        context_id = f"{context_language}:{content_id(paragraph.context)}"
        context = contexts.setdefault(context_id, context_of(paragraph, context_id, context_language))
        questions.extend(questions_of(paragraph, context, question_language, f"{path.stem}:"))
    return SquadFile(tuple(contexts.values()), tuple(questions))


def load_squad(path: Path, unit: Unit = "sentence", language: str | None = None) -> tuple[QAPair, ...]:
    """Pairs of a file or of all .json files of a folder.

    The same question id in two languages makes translations of each other. Raises ``InputError``.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path} holds no .json file; expected {EXPECTED}.")
    return pairs_of((question for file in files for question in read_squad(file, language).questions), unit)


def _languages(path: Path, paragraphs: list[WireParagraph], language: str | None) -> tuple[str, str]:
    """Languages of the questions and of the contexts."""
    if language is not None:
        return language_code(language), language_code(language)
    if match := _MLQA_NAME.search(path.stem):
        return match.group(2), match.group(1)
    if named := language_of_name(path.stem):
        return named, named
    asked = [qa.question for paragraph in paragraphs for qa in paragraph.qas]
    if not asked:
        raise InputError(f"{path} holds no question; expected {EXPECTED}.")
    return (
        majority_language(asked[:_SAMPLE]),
        majority_language(paragraph.context for paragraph in paragraphs[:_SAMPLE]),
    )
