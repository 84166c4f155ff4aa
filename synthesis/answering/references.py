"""The papers that an answer quotes, and the numbers that the report gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from synthesis.records import Answer, AnswerGroup, Coverage


def quoted_papers(answer: Answer) -> frozenset[str]:
    """The paper_ids of all quotes of an answer."""
    return frozenset(s.quote.paper_id for group in _all_groups(answer) for s in group.statements if s.quote)


def number_answer(answer: Answer, numbers: Mapping[str, int]) -> Answer:
    """The answer with the reference number (paper_id → number) of each quote, and of each paper that covers something.

    Raises:
        KeyError: a paper that is quoted has no number.
    """
    hypothesis = answer.hypothesis
    return answer.model_copy(
        update={
            "groups": _numbered(answer.groups, numbers),
            "hypothesis": hypothesis
            and hypothesis.model_copy(update={"groups": _numbered(hypothesis.groups, numbers)}),
            "parts": tuple(
                part.model_copy(update={"groups": _numbered(part.groups, numbers)}) for part in answer.parts
            ),
            "coverage": tuple(_with_references(row, numbers) for row in answer.coverage),
        }
    )


def _all_groups(answer: Answer) -> Iterator[AnswerGroup]:
    yield from answer.groups
    yield from answer.hypothesis.groups if answer.hypothesis else ()
    for part in answer.parts:
        yield from part.groups


def _numbered(groups: Iterable[AnswerGroup], numbers: Mapping[str, int]) -> tuple[AnswerGroup, ...]:
    return tuple(
        group.model_copy(
            update={
                "statements": tuple(
                    s.model_copy(update={"reference": numbers[s.quote.paper_id]}) if s.quote else s
                    for s in group.statements
                )
            }
        )
        for group in groups
    )


def _with_references(row: Coverage, numbers: Mapping[str, int]) -> Coverage:
    references = tuple(numbers[paper_id] for paper_id in row.paper_ids if paper_id in numbers)
    return row.model_copy(update={"references": references})
