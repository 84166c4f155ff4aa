"""BibTeX → papers; LaTeX accents and commands become plain text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synthesis.reading.lines import TextLimits, read_text, split_records
from synthesis.reading.metadata import as_text, build_paper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.reading.problems import Rejections
    from synthesis.records import Paper

# An entry starts at a line's start, so that an error in one does not swallow the next.
_ENTRY_START = re.compile(r"^[ \t]*@[ \t]*(\w+)[ \t]*[{(]", re.MULTILINE)
_NOT_WORKS = frozenset({"comment", "preamble", "string"})
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?\s?")
_COMMAND_AT_END = re.compile(r"\\(?:[a-zA-Z]+\*?|[^a-zA-Z{}%&$#_\s])$")
_MARKS = "\\{}$~-`'"
_VENUES = ("journal", "journaltitle", "booktitle", "school", "institution", "publisher")
_MAX_FIELD_CHARS = 100_000


def read_bibtex(
    path: Path, source: str, rejections: Rejections, limits: TextLimits | None = None
) -> Iterator[Paper]:
    """Papers of a BibTeX file, in order. A broken entry is rejected under its line; the others are read.

    Raises:
        UnreadableFileError: the file as a whole cannot be read.
    """
    macros = _months()
    for line, entry in split_records(read_text(path, limits), _ENTRY_START):
        place = f"{path.name}:{line}"
        fields = _parse(entry, macros, place, rejections)
        if fields is None:
            continue
        paper = build_paper(_metadata(fields), source=source)
        if paper is None:
            rejections.add(place, "no title", fields.get("key"))
        else:
            yield paper


def _months() -> dict[str, str]:
    from pybtex.database.input.bibtex import month_names  # noqa: PLC0415  loaded only when BibTeX is read

    return dict(month_names)


def _parse(entry: str, macros: dict[str, str], place: str, rejections: Rejections) -> dict[str, str] | None:
    """The entry's fields, lower-case names, and its ``key``; ``None`` if it is broken or no work."""
    from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro  # noqa: PLC0415  see _months
    from pybtex.scanner import PybtexSyntaxError  # noqa: PLC0415  see _months

    def handle(error: Exception) -> None:
        if not isinstance(error, UndefinedMacro):  # an unknown abbreviation leaves the field empty
            raise error

    try:
        for command, content in LowLevelParser(entry, macros=macros, handle_error=handle):
            if command.lower() in _NOT_WORKS:
                return None
            key, fields = content
            return {name.lower(): "".join(parts)[:_MAX_FIELD_CHARS] for name, parts in fields} | {"key": key}
    except (PybtexSyntaxError, RecursionError) as error:
        rejections.add(place, "broken BibTeX entry", str(error).splitlines()[0][:200])
    return None


def _metadata(fields: dict[str, str]) -> dict[str, Any]:
    """BibTeX fields → the names that ``build_paper`` reads."""
    names = fields.get("author") or fields.get("editor") or ""
    url = fields.get("url")
    return {
        "title": _plain(fields.get("title")),
        "abstract": _plain(fields.get("abstract")),
        "authors": _authors(names),
        "year": fields.get("year") or fields.get("date"),
        "venue": next((venue for name in _VENUES if (venue := _plain(fields.get(name)))), None),
        "doi": fields.get("doi"),
        "arxiv_id": fields.get("eprint"),
        "acl_id": fields.get("key"),
        "url": url.replace("\\_", "_").replace("\\%", "%") if url else None,
    }


def _authors(names: str) -> list[str]:
    """Names as printed, given name first."""
    from pybtex.bibtex.exceptions import BibTeXError  # noqa: PLC0415  see _months
    from pybtex.bibtex.utils import split_name_list  # noqa: PLC0415  see _months
    from pybtex.database import InvalidNameString, Person  # noqa: PLC0415  see _months

    try:
        parts = split_name_list(" ".join(names.split()))  # a list is often broken before or after "and"
    except BibTeXError:  # unbalanced braces
        parts = names.split(" and ")
    authors = []
    for part in parts:
        try:
            person = Person(part)
        except (InvalidNameString, BibTeXError):
            authors.append(_plain(part))
            continue
        words = person.first_names + person.middle_names + person.prelast_names + person.last_names
        authors.append(_plain(" ".join(words + person.lineage_names)))
    return [author for author in authors if author and author != "others"]


def _plain(latex: str | None) -> str | None:
    """LaTeX → text; what cannot be parsed as LaTeX stays as it is, less its braces."""
    if not latex:
        return None
    if not any(mark in latex for mark in _MARKS):
        return as_text(latex)
    return as_text(" ".join(map(_plain_stretch, _stretches(latex))))


def _stretches(latex: str) -> Iterator[str]:
    """The words of ``latex``; those that a brace or a command without its argument ties together come as one.

    An abstract holds a few marks of LaTeX among hundreds of words, and its conversion takes time by the character.
    """
    tied: list[str] = []
    depth = 0
    for word in latex.split():
        tied.append(word)
        depth += word.count("{") - word.count("}")
        if depth <= 0 and not _COMMAND_AT_END.search(word):
            yield " ".join(tied)
            tied, depth = [], 0
    if tied:
        yield " ".join(tied)


@lru_cache(maxsize=4096)
def _plain_stretch(latex: str) -> str:
    if not any(mark in latex for mark in _MARKS):
        return latex
    from pybtex.richtext import Text  # noqa: PLC0415  see _months
    from pybtex.scanner import PybtexSyntaxError  # noqa: PLC0415  see _months

    try:
        text = str(Text.from_latex(latex))
    except (PybtexSyntaxError, ValueError, RecursionError):
        text = latex.replace("{", "").replace("}", "")
    return _COMMAND.sub("", text)
