r"""Works that a paper cites, from its bibliography: BibTeX's ``.bbl``, biblatex's ``.bbl``, or ``.bib`` alone."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.reading.lines import split_records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synthesis.reading.tex.document import Entry

_NATBIB = re.compile(r"\s*(?P<names>.{0,300}?)\s*\(\s*(?P<year>[^()]{0,30})\s*\)")
_CITE_AUTHOR_YEAR = re.compile(r"(?P<names>.{2,300}?)\s*(?P<year>(?:1[89]|20)\d\d[a-z]?)$")
_BIBLATEX_ENTRY = re.compile(r"\\entry\{(?P<key>[^{}]{1,300})\}\{[^{}]*\}")
_FAMILY = re.compile(r"family=\{((?:[^{}]|\{[^{}]*\}){0,200})\}")
_NAMES = re.compile(r"\\name\{(author|editor)\}")
_FIELD = re.compile(r"\\field\{(\w{1,30})\}\{((?:[^{}]|\{[^{}]*\}){0,2000})\}")
_BIB_ENTRY = re.compile(r"^[ \t]*@[ \t]*\w+[ \t]*[{(][ \t]*(?P<key>[^\s,{}]{1,300})", re.MULTILINE)
_FAMILY_LAST = re.compile(r"[^\s,]+(?=\s*$)")
_LATEX = re.compile(r"\\[a-zA-Z]+\s?|[{}\\]")
_MAX_ENTRIES = 5_000
_MAX_BIB_CHARS = 20_000_000
_MAX_ENTRY_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Work:
    """What a citation prints of a work; ``label`` is what stands in brackets where names do not."""

    names: str  # "Lewis et al."; "" where not known
    year: str
    label: str  # "3", "Lew20"
    text: str  # as printed in the list


def printed_works(entries: Iterable[tuple[Entry, str, str]]) -> dict[str, Work]:
    """Key → work from the entries of a ``thebibliography``: (entry, its label as text, its text)."""
    found: dict[str, Work] = {}
    for number, (entry, label, text) in enumerate(entries, start=1):
        match = _NATBIB.match(label) or _CITE_AUTHOR_YEAR.match(label)
        names = match["names"].strip().strip('"') if match else ""
        found.setdefault(
            entry.key,
            Work(
                names,
                match["year"].strip() if match else "",
                str(number) if match or not label else label,
                text,
            ),
        )
    return found


def biblatex_works(text: str) -> dict[str, Work]:
    """Key → work from what biber writes."""
    found: dict[str, Work] = {}
    starts = [*_BIBLATEX_ENTRY.finditer(text)][:_MAX_ENTRIES]
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=False), start=1):
        entry = text[start.end() : min(end, start.end() + _MAX_ENTRY_CHARS)]
        fields = {name: _bare(value) for name, value in _FIELD.findall(entry)}
        who = _NAMES.search(entry)
        block = entry[who.end() :].split("\\", 1)[0] if who else ""
        families = [_bare(family) for family in _FAMILY.findall(block)]
        year = fields.get("year") or fields.get("date", "")[:4]
        found.setdefault(start["key"], _work(families, year, fields.get("title", ""), number))
    return found


def bib_works(text: str, cited: Iterable[str]) -> dict[str, Work]:
    """Key → work for the ``cited`` keys of a ``.bib``, numbered as they are cited."""
    order = {key: number for number, key in enumerate(cited, start=1)}
    found: dict[str, Work] = {}
    for _, entry in split_records(text[:_MAX_BIB_CHARS], _BIB_ENTRY):
        match = _BIB_ENTRY.match(entry)
        key = match["key"] if match else ""
        if key in order and key not in found:
            fields = _bib_fields(entry[:_MAX_ENTRY_CHARS])
            families = [
                _family(name)
                for name in re.split(r"\s+and\s+", fields.get("author") or fields.get("editor", ""))
            ]
            year = _bare(fields.get("year") or fields.get("date", ""))[:4]
            found[key] = _work([f for f in families if f], year, _bare(fields.get("title", "")), order[key])
    return found


def _bib_fields(entry: str) -> dict[str, str]:
    from pybtex.database.input.bibtex import LowLevelParser, month_names  # noqa: PLC0415  only where there is no .bbl
    from pybtex.scanner import PybtexSyntaxError  # noqa: PLC0415  as above

    try:
        for _, content in LowLevelParser(entry, macros=dict(month_names), handle_error=lambda _: None):
            if isinstance(content, tuple) and len(content) == 2:
                return {name.lower(): "".join(parts) for name, parts in content[1]}
    except (PybtexSyntaxError, RecursionError):
        pass
    return {}


def _family(name: str) -> str:
    """``Lewis, Patrick`` and ``Patrick Lewis`` → ``Lewis``."""
    name = _bare(name)
    if "," in name:
        return name.partition(",")[0].strip()
    last = _FAMILY_LAST.search(name)
    return last[0] if last else ""


def _work(families: list[str], year: str, title: str, number: int) -> Work:
    others = families and families[-1] == "others"
    families = families[:-1] if others else families
    many = len(families) > 2 or (others and families)
    names = f"{families[0]} et al." if many else " and ".join(families)
    who = f"{', '.join(families[:20])}{' et al.' if others or len(families) > 20 else ''}"
    text = ". ".join(part for part in (who, year, title) if part)
    return Work(names, year, str(number), f"{text}." if text else "")


def _bare(latex: str) -> str:
    """A field without its braces and commands; accents are set on their letters."""
    from pybtex.richtext import Text  # noqa: PLC0415  as above
    from pybtex.scanner import PybtexSyntaxError  # noqa: PLC0415  as above

    text = latex.replace("~", " ")
    if "\\" in text:
        with suppress(PybtexSyntaxError, ValueError, RecursionError):
            text = str(Text.from_latex(text))
    return " ".join(_LATEX.sub("", text).split())
