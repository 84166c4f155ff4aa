"""Notes of one call of a source, besides those that the walk through its pages makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.sources.answer import SearchAnswer


def noted(answer: SearchAnswer, notes: Iterable[str]) -> SearchAnswer:
    """``answer`` with ``notes``, each once, behind its own."""
    own = [answer.note] if answer.note else []
    return answer.model_copy(update={"note": "; ".join([*own, *dict.fromkeys(notes)]) or None})
