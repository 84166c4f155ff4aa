"""Notes of one call of a source, besides those that the walk through its pages makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.sources.answer import SearchAnswer
from synthesis.terms import listed_apart
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable


def noted(answer: SearchAnswer, notes: Iterable[str]) -> SearchAnswer:
    """``answer`` with ``notes``, each once, behind its own."""
    own = [answer.note] if answer.note else []
    return answer.model_copy(update={"note": listed_apart([*own, *dict.fromkeys(notes)]) or None})


def nothing_to_search() -> SearchAnswer:
    """The answer to a query without words."""
    return SearchAnswer(total=0, note=say("nothing to search for: the query holds no word"))


def does_not_hold(source: str, work: str) -> str:
    """A source lacks a work."""
    return say("{source} does not hold {work}", source=source, work=work)


def not_held(source: str, work: str) -> SearchAnswer:
    """The answer to a question about a work that a source lacks."""
    return SearchAnswer(total=0, note=does_not_hold(source, work))
