"""The references as BibTeX, in UTF-8, for BibTeX and biber alike."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from synthesis.identifiers import normalise_title
from synthesis.rendering.text import one_line, safe_url
from synthesis.wording import say

if TYPE_CHECKING:
    from synthesis.records import Reference, Report

# BibTeX counts braces even behind a backslash, so a brace must become a command; "@" starts an entry for
# parsers that recover from errors.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "@": r"\symbol{64}",
        **{char: "\\" + char for char in "%&#_$"},
    }
)
# Characters that no parser takes apart in fields that are read verbatim (doi, eprint).
_NOT_VERBATIM = re.compile(r"[{}\\%@\"\s]")
_PROCEEDINGS = re.compile(r"\b(proceedings|conference|workshop|symposium|findings)\b", re.IGNORECASE)
_SPLITS_NAMES = re.compile(r"\b(and|others)\b", re.IGNORECASE)


def render(report: Report) -> bytes:
    """One entry per reference, in the order of their numbers; keys are ASCII, lower case and unique."""
    keys: dict[str, None] = {}
    entries = []
    for reference in report.references:
        key = _unique(_key(reference), keys)
        keys[key] = None
        entries.append(_entry(key, reference))
    return "\n".join(entries).encode()


def escape(text: str) -> str:
    """``text`` for a BibTeX field: one line, braces balanced, nothing that LaTeX would act on."""
    return one_line(text).translate(_LATEX)


def _entry(key: str, reference: Reference) -> str:
    kind, venue_field = _kind(reference)
    fields = {
        "title": f"{{{escape(reference.title)}}}",  # the inner braces keep the capitals as they are
        "author": " and ".join(_name(a) for a in reference.authors if one_line(a)),
        "year": "" if reference.year is None else str(reference.year),
        venue_field: escape(reference.venue or ""),
        "doi": _verbatim(reference.doi),
        "eprint": _verbatim(reference.arxiv_id),
        "archiveprefix": "arXiv" if reference.arxiv_id else "",
        "url": (safe_url(reference.url) or "").replace("%", r"\%"),
        "note": escape(say("Retracted")) if reference.retracted else "",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{lines}}}\n"


def _kind(reference: Reference) -> tuple[str, str]:
    if not reference.venue:
        return "misc", "howpublished"
    if _PROCEEDINGS.search(reference.venue):
        return "inproceedings", "booktitle"
    return "article", "journal"


def _name(author: str) -> str:
    """A name, in braces where BibTeX would take it apart wrongly."""
    name = one_line(author)
    parts = [part.strip() for part in name.split(",")]
    whole = len(parts) > 2 or not all(parts) or _SPLITS_NAMES.search(name) or escape(name) != name
    return f"{{{escape(name)}}}" if whole else name


def _verbatim(identifier: str | None) -> str:
    """An identifier as it is, but for characters that would break the entry."""
    return _NOT_VERBATIM.sub(lambda m: f"\\%{ord(m[0]):02X}", one_line(identifier or ""))


def _key(reference: Reference) -> str:
    """First author's family name, year, first long word of the title: ``tanaka2023many``."""
    author = one_line(reference.authors[0]) if reference.authors else ""
    family = _ascii(author.split(",")[0].rsplit(" ", maxsplit=1)[-1])
    words = (_ascii(word) for word in normalise_title(reference.title).split())
    word = next((word for word in words if len(word) > 3), "")
    year = "" if reference.year is None else str(reference.year)
    return f"{family}{year}{word}" if family or word else f"ref{reference.number}"


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if c.isascii() and c.isalnum())


def _unique(key: str, taken: dict[str, None]) -> str:
    candidates = (key if n == 1 else f"{key}-{n}" for n in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)
