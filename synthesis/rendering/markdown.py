"""Markdown (CommonMark with GFM tables) in which text from papers is literal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from synthesis.rendering.layout import citations
from synthesis.rendering.templates import environment
from synthesis.rendering.text import one_line

if TYPE_CHECKING:
    from synthesis.records import Report

# Characters that CommonMark 0.31 or GFM could act on anywhere in a line ("$": mathematics on some hosts).
_ANYWHERE = re.compile(r"[\\`*_\[\]<|~#$]|&(?=[#A-Za-z])|(?<=[a-z]):(?=//)|(?<=www)\.", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
# At the start of a line only: quotes, list items, underlines of headings, thematic breaks.
_AT_START = re.compile(r"^(?:[-+=>]|(\d{1,9})(?=[.)](?: |$)))")


def render(report: Report) -> bytes:
    """``report`` as Markdown in UTF-8."""
    env = environment(lambda text: Markup(escape(text)))  # noqa: S704 — escaped for Markdown, not HTML
    page = env.get_template("report.md.j2").render(report=report, cite=citations(report))
    return _BLANK_LINES.sub("\n\n", page).encode()


def escape(text: str) -> str:
    """``text`` on one line, so that a Markdown parser gives back its characters, wherever it stands.

    >>> escape("1. a|b *c*")
    '1\\\\. a\\\\|b \\\\*c\\\\*'
    """
    escaped = _ANYWHERE.sub(r"\\\g<0>", one_line(text))
    return _AT_START.sub(lambda m: m[1] + "\\" if m[1] else "\\" + m[0], escaped)
