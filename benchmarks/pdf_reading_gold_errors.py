"""Sentences of the ground truth for ``pdf_reading.py`` that are not what the paper prints."""

from __future__ import annotations

from typing import NamedTuple


class GoldError(NamedTuple):
    """A gold sentence (its beginning) that is wrong, why, and what the page prints there."""

    paper: str
    gold: str
    reason: str
    printed: str


GOLD_ERRORS: tuple[GoldError, ...] = ()
