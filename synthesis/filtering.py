"""Which papers a user does not want, and why; a fact that no source states excludes nothing.

Ask it of merged works: a preprint's own record does not know the venue in which it appeared later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.identifiers import normalise_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.records import Filters, Paper

# arXiv's archives by the names that other databases give to their fields: https://arxiv.org/category_taxonomy
_ARCHIVES = {
    "cs": "Computer Science",
    "econ": "Economics",
    "eess": "Engineering: Electrical Engineering and Systems Science",
    "math": "Mathematics",
    "q-bio": "Biology: Quantitative Biology",
    "q-fin": "Finance: Quantitative Finance",
    "stat": "Statistics, Mathematics",
} | dict.fromkeys(
    "astro-ph cond-mat gr-qc hep-ex hep-lat hep-ph hep-th math-ph nlin nucl-ex nucl-th physics quant-ph".split(),
    "Physics",
)
_CATEGORY = re.compile(r"([a-z-]+)(?:\.[A-Za-z-]+)?")


def why_filtered(paper: Paper, filters: Filters) -> str | None:
    """The reason, as it is counted, for which ``filters`` exclude ``paper``; ``None``: it stays."""
    if not _within(paper.year, filters.from_year, filters.to_year):
        return "outside the years asked for"
    if not _held(filters.venue, [paper.venue] if paper.venue else []):
        return "not of the venue asked for"
    if not _held(filters.field, map(_field_name, paper.fields)):
        return "not of the field asked for"
    if filters.language and paper.language and _primary(paper.language) != _primary(filters.language):
        return "not in the language asked for"
    if filters.open_access and paper.open_access is False:
        return "not open access"
    return None


def _within(year: int | None, first: int | None, last: int | None) -> bool:
    return year is None or ((first is None or first <= year) and (last is None or year <= last))


def _held(wanted: str | None, stated: Iterable[str]) -> bool:
    """Whether one of the stated names holds the wanted one from the start of a word on ("ACL" is not in "Oracle").

    Case, accents and punctuation do not matter. True of nothing stated, and of nothing wanted.
    """
    asked = normalise_title(wanted or "")
    names = [name for text in stated if (name := normalise_title(text))]
    return not asked or not names or any(_starts_in(name, asked) for name in names)


def _starts_in(name: str, asked: str) -> bool:
    # scripts without blanks between words know no start of a word
    return f" {asked}" in f" {name}" if asked.isascii() else asked in name


def _field_name(stated: str) -> str:
    """An arXiv category with its archive's name ("cs.CL" → "cs.CL Computer Science"); anything else as it is."""
    category = _CATEGORY.fullmatch(stated)
    name = _ARCHIVES.get(category[1]) if category else None
    return f"{stated} {name}" if name else stated


def _primary(language: str) -> str:
    """A language tag without its region: "pt-BR" → "pt"."""
    return language.casefold().replace("_", "-").partition("-")[0]
