"""Verdicts that moved, in words: since an earlier report, and if a paper fell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.rendering.layout import reference_numbers
from synthesis.terms import how_words, label_words, listed
from synthesis.wording import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.records import Cause, Changes, Label, Report, VerdictState


class State(NamedTuple):
    """A verdict before or after, in words; ``label`` is ``None`` where there is no verdict."""

    label: Label | None
    words: str
    details: str


class Mover(NamedTuple):
    """A paper that came, fell or changed."""

    reference: int | None
    title: str
    words: str  # what became of it, and whether that decided a verdict


class ChangeRow(NamedTuple):
    """A verdict that moved."""

    number: int | None
    claim: str
    turned: bool
    before: State
    after: State
    causes: tuple[Mover, ...]


class ShownChanges(NamedTuple):
    """What changed since an earlier report."""

    sentences: tuple[str, ...]
    rows: tuple[ChangeRow, ...]
    papers: tuple[Mover, ...]


class LoadRow(NamedTuple):
    """A verdict that rests on a paper."""

    reference: int | None
    title: str
    number: int | None
    claim: str
    now: State
    without: State


def shown_changes(report: Report) -> ShownChanges | None:
    """What changed since the earlier report; ``None`` where there is none."""
    if report.changes is None:
        return None
    numbers = reference_numbers(report)
    gone, new = say("no longer in the report"), say("not in the earlier report")
    return ShownChanges(
        tuple(_counted(report.changes)),
        tuple(
            ChangeRow(
                change.number,
                change.claim,
                change.turned,
                _state(change.before, new),
                _state(change.after, gone),
                _movers(change.causes, numbers),
            )
            for change in report.changes.changes
        ),
        _movers(report.changes.papers, numbers),
    )


def load_rows(report: Report) -> tuple[LoadRow, ...]:
    """A row for each verdict that would differ if a paper fell, in the order of the record."""
    absent, falls = say("not in this report"), say("falls with the paper")
    return tuple(
        LoadRow(
            load.reference,
            load.title,
            change.number,
            change.claim,
            _state(change.before, absent),
            _state(change.after, falls),
        )
        for load in report.loads
        for change in load.changes
    )


def _counted(changes: Changes) -> Iterable[str]:
    turned = sum(change.turned for change in changes.changes)
    moved = len(changes.changes) - turned
    yield say("The earlier report is that of the run {run}.", run=changes.before)
    yield (
        say_n("{n} verdict turned.", "{n} verdicts turned.", turned) if turned else say("No verdict turned.")
    )
    if moved:
        yield say_n(
            "In {n} verdict only the confidence moved.", "In {n} verdicts only the confidence moved.", moved
        )
    if changes.unchanged:
        yield say_n("{n} verdict is as it was.", "{n} verdicts are as they were.", changes.unchanged)


def _state(state: VerdictState | None, otherwise: str) -> State:
    if state is None:
        return State(None, otherwise, "")
    facts = [
        say("leans to {label}", label=label_words(state.leaning)) if state.leaning else "",
        say("confidence {confidence}", confidence=f"{state.confidence:.2f}"),
        say("for {share}", share=f"{state.support:.2f}"),
        say("against {share}", share=f"{state.refute:.2f}"),
    ]
    return State(state.label, label_words(state.label), listed(filter(None, facts)))


def _movers(causes: Iterable[Cause], numbers: dict[str, int]) -> tuple[Mover, ...]:
    return tuple(
        Mover(
            numbers.get(cause.paper_id),
            cause.title or cause.paper_id,
            listed([how_words(cause.how), *([say("decisive")] if cause.decisive else [])]),
        )
        for cause in causes
    )
