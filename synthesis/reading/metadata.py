"""Loose metadata, of whatever types a file holds → a paper. Shared by every metadata format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synthesis.identifiers import make_paper_id, parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.records import Paper, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
_AND = re.compile(r"\s+and\s+|\s*;\s*")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")  # printed works: 1500–2099
_MAX_AUTHORS = 5000  # the largest author lists in print stay below


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What names a work."""

    arxiv_id: str | None = None
    arxiv_version: int | None = None
    doi: str | None = None
    acl_id: str | None = None

    @classmethod
    def of(cls, candidates: Iterable[Any]) -> Identifiers:
        """Sort strings (ids, DOIs, URLs; anything else is passed over) into kinds; the first of a kind holds.

        >>> Identifiers.of(["10.48550/arXiv.2408.10536", None])
        Identifiers(arxiv_id='2408.10536', arxiv_version=None, doi=None, acl_id=None)
        """
        arxiv: tuple[str, int | None] = ("", None)
        doi = acl_id = None
        for candidate in candidates:
            if not isinstance(candidate, str) or not candidate or len(candidate) > 500:
                continue
            if found := parse_arxiv_id(candidate):
                arxiv = arxiv if arxiv[0] else found
            elif found_doi := parse_doi(candidate):
                doi = doi or found_doi
            elif found_acl := parse_acl_id(candidate):
                acl_id = acl_id or found_acl
        return cls(arxiv[0] or None, arxiv[1], doi, acl_id)


def as_text(value: Any) -> str | None:
    """A string with blanks folded and lone surrogates replaced; of a list the strings joined; else ``None``.

    >>> as_text(["Two", "parts"]), as_text(7), as_text(" ")
    ('Two parts', None, None)
    """
    if isinstance(value, list):
        value = " ".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return None
    return without_surrogates(_BLANKS.sub(" ", value.replace("\0", " ")).strip()) or None


def without_surrogates(text: str) -> str:
    """``text`` with halves of UTF-16 pairs, which no encoding can write, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def as_year(value: Any) -> int | None:
    """A year 1500–2099 from a number or text ("2024-05-01"); else ``None``.

    >>> as_year("May 2024"), as_year("20x1"), as_year(True)
    (2024, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    match = _YEAR.search(str(value)[:100])
    return int(match[0]) if match else None


def as_authors(value: Any) -> tuple[str, ...]:
    """Names from a list of strings or of ``{"name": …}``, or from one string parted by "and" or ";".

    >>> as_authors("Ada Lovelace and Alan Turing")
    ('Ada Lovelace', 'Alan Turing')
    """
    if isinstance(value, str):
        value = _AND.split(value[:100_000])
    if not isinstance(value, list):
        return ()
    names = (as_text(one.get("name") if isinstance(one, dict) else one) for one in value[:_MAX_AUTHORS])
    return tuple(name for name in names if name)


def abstract_sections(abstract: str | None) -> tuple[Section, ...]:
    """The sections of a paper of which only the abstract is open."""
    return (Section(title="Abstract", text=abstract),) if abstract else ()


def build_paper(record: Mapping[str, Any], *, source: str) -> Paper | None:
    """A paper from metadata fields; a field of the wrong type counts as missing. ``None`` without a title.

    Fields: id, title, abstract, authors, year, venue, doi, arxiv_id, acl_id, url, retracted.
    """
    title = as_text(record.get("title"))
    if title is None:
        return None
    abstract = as_text(record.get("abstract"))
    url = as_text(record.get("url"))
    ids = Identifiers.of(
        (record.get("id"), record.get("arxiv_id"), record.get("acl_id"), record.get("doi"), url)
    )
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id),
        title=title,
        abstract=abstract,
        authors=as_authors(record.get("authors")),
        year=as_year(record.get("year")),
        venue=as_text(record.get("venue")),
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        arxiv_version=ids.arxiv_version,
        acl_id=ids.acl_id,
        url=url if url is not None and url.startswith(("https://", "http://")) else None,
        source=source,
        retracted=record.get("retracted") is True,
        sections=abstract_sections(abstract),
    )
