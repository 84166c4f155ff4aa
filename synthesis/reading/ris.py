"""RIS → papers, by rispy; each record is parsed alone, so that a broken one costs only itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from synthesis.reading.lines import TextLimits, read_text, split_records
from synthesis.reading.metadata import as_text, build_paper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.reading.problems import Rejections
    from synthesis.records import Paper

_RECORD_START = re.compile(r"^TY {1,2}- ?", re.MULTILINE)
_RECORD_END = re.compile(r"^ER {1,2}-", re.MULTILINE)
_TITLES = ("title", "primary_title", "translated_title", "short_title")
_ABSTRACTS = ("abstract", "notes_abstract")
_YEARS = ("year", "publication_year", "date")
_VENUES = ("journal_name", "secondary_title", "alternate_title3", "alternate_title2", "publisher")


def read_ris(
    path: Path, source: str, rejections: Rejections, limits: TextLimits | None = None
) -> Iterator[Paper]:
    """Papers of a RIS file, in order. A broken record is rejected under its line; the others are read.

    Raises:
        UnreadableFileError: the file as a whole cannot be read.
    """
    for line, record in split_records(read_text(path, limits), _RECORD_START):
        place = f"{path.name}:{line}"
        fields = _parse(record)
        if fields is None:
            rejections.add(place, "broken RIS record", "no ER line, or a continuation of nothing")
            continue
        paper = build_paper(_metadata(fields), source=source)
        if paper is None:
            rejections.add(place, "no title")
        else:
            yield paper


def _parse(record: str) -> dict[str, Any] | None:
    import rispy  # noqa: PLC0415  loaded only when RIS is read

    if not _RECORD_END.search(record):
        return None
    try:
        parsed = rispy.loads(record)
    except (KeyError, AttributeError, TypeError, ValueError, OSError):  # rispy checks little of what it reads
        return None
    return parsed[0] if parsed else None


def _metadata(fields: dict[str, Any]) -> dict[str, Any]:
    """Rispy's names → the names that ``build_paper`` reads."""
    urls = fields.get("urls")
    return {
        "title": _first(fields, _TITLES),
        "abstract": _first(fields, _ABSTRACTS),
        "authors": [
            _given_first(name) for name in fields.get("authors") or fields.get("first_authors") or []
        ],
        "year": _first(fields, _YEARS),
        "venue": _first(fields, _VENUES),
        "doi": as_text(fields.get("doi")),
        "id": as_text(fields.get("id")) or as_text(fields.get("accession_number")),
        "url": urls[0] if isinstance(urls, list) and urls else None,
    }


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := as_text(fields.get(name)))), None)


def _given_first(name: str) -> str:
    """``Lovelace, Ada`` → ``Ada Lovelace``."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() else name
