"""A result as Markdown that a report can take in as an appendix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval_core.experiments.wording import (
    HEADER,
    LABELS,
    findings,
    method,
    panels,
    rows,
    scale,
    setting_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrieval_core.experiments.records import ExperimentResult


def appendix(result: ExperimentResult) -> str:
    """Markdown: what was measured and how, what came out in counted sentences, and every figure."""
    blocks = [
        f"## Measured here: {_literal(result.experiment.title)}",
        _literal(scale(result)),
        _literal(method(result)),
        "\n".join(f"- {_literal(sentence)}" for sentence in findings(result)),
    ]
    for measure, setting in panels(result):
        blocks.append(f"### {LABELS.get(measure, measure)}, {setting_name(setting)}")
        blocks.append(_table(rows(result, measure, setting)))
    return "\n\n".join(blocks) + "\n"


def _table(lines: Iterable[Sequence[str]]) -> str:
    marks = ("---", *("---:" for _ in HEADER[1:]))
    return "\n".join(f"| {' | '.join(map(_literal, line))} |" for line in (HEADER, marks, *lines))


def _literal(text: str) -> str:
    """Text that Markdown leaves as it is; names come from files."""
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#" else " " if c in "\n\r" else c for c in text)
