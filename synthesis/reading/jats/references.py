"""The works that a JATS article cites, a line each."""

from __future__ import annotations

from itertools import islice
from typing import Any

from synthesis.identifiers import parse_doi
from synthesis.reading.jats.front import person_name
from synthesis.reading.jats.inline import jats_text

_CITATIONS = ("mixed-citation", "citation", "nlm-citation", "element-citation")
_MAX_REFERENCES = 20_000
_MAX_NAMES = 100  # of one work


def read_references(article: Any) -> tuple[str, ...]:
    """Each reference as printed, or put together from its parts where it is only given in parts; with its DOI."""
    refs = [one for back in article.findall("back") for one in back.iter("ref")][:_MAX_REFERENCES]
    return tuple(line for ref in refs if (line := _line(ref)))


def _line(ref: Any) -> str:
    works = [one for one in ref.iter(*_CITATIONS) if next(one.iterancestors(*_CITATIONS), None) is None]
    lines = [_with_doi(one, _printed(one) or _assembled(one)) for one in works]
    return " ".join(line for line in dict.fromkeys(lines) if line) or jats_text(ref)


def _printed(citation: Any) -> str:
    """The text as it stands, where the publisher's punctuation stands between the parts."""
    between = [citation.text, *(child.tail for child in citation)]
    return jats_text(citation) if any((text or "").strip() for text in between) else ""


def _assembled(citation: Any) -> str:
    people = islice(citation.iter("name", "string-name", "collab"), _MAX_NAMES)
    names = [person_name(one) for one in people]
    title = (
        _first(citation, "article-title")
        or _first(citation, "chapter-title")
        or _first(citation, "data-title")
    )
    parts = [
        ", ".join(names),
        title,
        _first(citation, "source"),
        _place(citation),
        _first(citation, "publisher-name"),
    ]
    known = ". ".join(part.rstrip(".") for part in parts if part)
    return f"{known}." if known else jats_text(citation)


def _place(citation: Any) -> str:
    """``1992;86:1046–60``."""
    volume, first, last = (_first(citation, name) for name in ("volume", "fpage", "lpage"))
    pages = f"{first}–{last}" if first and last else first
    return _first(citation, "year") + (f";{volume}" if volume else "") + (f":{pages}" if pages else "")


def _first(citation: Any, name: str) -> str:
    found = next(citation.iter(name), None)
    return jats_text(found) if found is not None else ""


def _with_doi(citation: Any, line: str) -> str:
    for one in citation.iter("pub-id"):
        doi = parse_doi("".join(one.itertext())[:500]) if one.get("pub-id-type") == "doi" else None
        if doi and doi not in line.lower():
            return f"{line} doi:{doi}"
    return line
