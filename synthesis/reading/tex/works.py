r"""Works that a paper cites: as BibTeX printed them, or a list made of what biber or the authors' ``.bib`` holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.reading.lines import split_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synthesis.reading.tex.document import Entry

_NATBIB = re.compile(r"\s*(?P<names>.{0,300}?)\s*\(\s*(?P<year>[^()]{0,30})\s*\)")
_CITE_AUTHOR_YEAR = re.compile(r"(?P<names>.{2,300}?)\s*(?P<year>(?:1[89]|20)\d\d[a-z]?)$")
_BIBLATEX_ENTRY = re.compile(r"\\entry\{(?P<key>[^{}]{1,300})\}\{[^{}]{0,100}\}")
_FAMILY = re.compile(r"family=\{((?:[^{}]|\{[^{}]{0,200}+\}){0,200}+)\}")
_NAMES = re.compile(r"\\name\{(?:author|editor)\}")
_FIELD = re.compile(r"\\field\{(\w{1,30})\}\{((?:[^{}]|\{[^{}]{0,500}+\}){0,1000}+)\}")
_BIB_ENTRY = re.compile(r"^[ \t]*@[ \t]*\w+[ \t]*[{(][ \t]*(?P<key>[^\s,{}]{1,300})", re.MULTILINE)
_AND = re.compile(r"\s+and\s+")
_LAST_WORD = re.compile(r"(?:\{[^{}]{0,200}\}|[^\s{}]){1,100}$")
_MAX_ENTRIES = 3_000
_MAX_CHARS = 3_000_000  # of a bibliography; 3,000 works have half of it
_MAX_ENTRY_CHARS = 8_000
_MAX_FIELD_CHARS = 500
_MAX_NAMES = 20


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
        year = match["year"].strip() if match else ""
        found.setdefault(entry.key, Work(names, year, str(number) if match or not label else label, text))
    return found


def list_from_biber(text: str) -> str:
    """The works that biber wrote for biblatex, as a ``thebibliography`` in TeX; "" where there are none."""
    text = text[:_MAX_CHARS]
    starts = [*_BIBLATEX_ENTRY.finditer(text)][:_MAX_ENTRIES]
    ends = [*(match.start() for match in starts[1:]), len(text)]
    items: dict[str, str] = {}
    for start, end in zip(starts, ends, strict=False):
        entry = text[start.end() : min(end, start.end() + _MAX_ENTRY_CHARS)]
        fields = dict(_FIELD.findall(entry))
        who = _NAMES.search(entry)
        families = _FAMILY.findall(entry[who.end() :].split("\\", 1)[0]) if who else []
        items.setdefault(start["key"], _item(start["key"], families, fields))
    return _list(items.values())


def list_from_bib(text: str, cited: Iterable[str]) -> str:
    """The ``cited`` works of a ``.bib``, as they are cited, as a ``thebibliography`` in TeX; "" where it has none."""
    wanted = dict.fromkeys(cited, "")
    for _, entry in split_records(text[:_MAX_CHARS], _BIB_ENTRY):
        match = _BIB_ENTRY.match(entry)
        key = match["key"] if match else ""
        if wanted.get(key) == "":
            fields = _bib_fields(entry[:_MAX_ENTRY_CHARS])
            names = _AND.split(fields.get("author") or fields.get("editor", ""))
            wanted[key] = _item(
                key, [family for name in names[: _MAX_NAMES + 1] if (family := _family(name))], fields
            )
    return _list(item for item in wanted.values() if item)


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
    """``Lewis, Patrick`` and ``Patrick Lewis`` → ``Lewis``, as LaTeX."""
    name = " ".join(name.split())[:_MAX_FIELD_CHARS]
    if "," in name:
        return name.partition(",")[0].strip()
    last = _LAST_WORD.search(name)
    return last[0] if last else name


def _item(key: str, families: list[str], fields: Mapping[str, str]) -> str:
    """One entry of the list; its label is natbib's."""
    year = (fields.get("year") or fields.get("date", ""))[:4]
    title = fields.get("title", "")[:_MAX_FIELD_CHARS]
    others = bool(families) and families[-1] == "others"
    families = families[:-1] if others else families
    many = others or len(families) > _MAX_NAMES
    short = f"{families[0]} et al." if families and (others or len(families) > 2) else " and ".join(families)
    who = f"{', '.join(families[:_MAX_NAMES])}{' et al.' if many else ''}"
    text = ". ".join(part for part in (who, year, title) if part)
    return f"\\bibitem[{{{short}({year})}}]{{{key}}} {text}.\n\n"


def _list(items: Iterable[str]) -> str:
    inside = "".join(items)
    return f"\\begin{{thebibliography}}{{}}\n{inside}\\end{{thebibliography}}" if inside else ""
