"""JSON: the record itself, readable by people and equal to the record when read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthesis.records import Report


def render(report: Report) -> bytes:
    """``report`` as indented JSON in UTF-8, fields in the record's order, a line end at the end."""
    return report.model_dump_json(indent=2).encode() + b"\n"
