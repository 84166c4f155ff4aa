"""Figures of labelled sets as text in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval_core.calibration.intervals import Interval
    from retrieval_core.figures import Figure
    from retrieval_core.set_evaluation import LabelFigures, MeasuredSet, SetFigures, StatedFigures

_LABEL_COLUMNS = ("", "accuracy", "balanced", "macro-F1", "ECE (if exact)", "Brier", "log loss")
_RISK_COLUMNS = ("at a risk of", "confidence", "stated", "coverage", "wrong of stated")


def set_table(figures: SetFigures) -> str:
    """A block a set: labels and probabilities, then abstention; 95 % intervals in brackets."""
    head = f"Judge {figures.judge}, calibrator {figures.calibrator}, held-out splits, seed {figures.seed}"
    return "\n\n".join([head, *(one_set(measured) for measured in figures.sets)])


def one_set(measured: MeasuredSet, peers: Sequence[LabelFigures] = ()) -> str:
    """One set's block; ``peers`` are further systems measured on the same pairs."""
    counts = "/".join(str(count) for count in measured.counts)
    bound = "" if measured.may_train else "; measured only, its licence forbids more"
    title = (
        f"{measured.source}: {measured.n} pairs in {measured.n_groups} groups, {counts} support/refute/neither, "
        f"chosen among {len(measured.labels)} labels; map: {measured.map}{bound}"
    )
    rows = [_label_row(system) for system in (*peers, *measured.systems)]
    blocks = [title, columns(_LABEL_COLUMNS, rows)]
    if measured.risks:
        blocks.append(columns(_RISK_COLUMNS, [_risk_row(row) for row in measured.risks]))
    return "\n".join(blocks)


def columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines with cells padded to the widest of their column."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def shown(figure: Figure | Interval) -> str:
    """A figure and its interval."""
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _label_row(system: LabelFigures) -> tuple[str, ...]:
    return (
        system.system,
        shown(system.accuracy),
        shown(system.balanced_accuracy),
        shown(system.macro_f1),
        f"{shown(system.ece)} ({system.ece_if_exact.value:.3f})",
        shown(system.brier),
        shown(system.log_loss),
    )


def _risk_row(row: StatedFigures) -> tuple[str, ...]:
    least = "none reaches it" if row.threshold is None else f"≥ {row.threshold:.3f}"
    error = shown(row.error) if row.stated else "–"
    return (f"{row.risk:.0%}", least, f"{row.stated} of {row.n}", shown(row.coverage), error)
