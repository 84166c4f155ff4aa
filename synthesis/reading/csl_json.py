"""CSL-JSON → papers: the list of items that Zotero and other reference managers export.

https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables names the variables.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

from synthesis.reading.lines import TextLimits, read_text
from synthesis.reading.markup.inline import with_script
from synthesis.reading.metadata import as_text, as_year, build_paper
from synthesis.reading.problems import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from synthesis.reading.problems import Rejections
    from synthesis.records import Paper

_MAX_ITEMS = 200_000
_NOT_WORKS = frozenset({"attachment", "note", "annotation"})
_VENUES = ("container-title", "event-title", "collection-title", "publisher")
_DATES = ("issued", "published", "original-date", "submitted")
_ARXIV_NOTE = re.compile(
    r"arXiv\s*:\s*([a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(v\d{1,3})?", re.IGNORECASE
)
_NOTE_FIELD = re.compile(r"^[ \t]*(DOI|PMID|PMCID)[ \t]*:[ \t]*(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"</?(?:i|b|em|strong|sub|sup|sc|span|p|jats:[a-z]+)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_SCRIPT = re.compile(r"<(sup|sub)>([^<>]{1,100})</\1>", re.IGNORECASE)
_MAX_NOTE_CHARS = 20_000


def read_csl_json(
    path: Path, name: str, rejections: Rejections, limits: TextLimits | None = None
) -> Iterator[Paper]:
    """Papers of a file that is a list of items, one item, or ``{"items": [...]}``; ``name`` becomes their source.

    Markup in titles and abstracts is taken out. An item that gives no paper is rejected under its place in the list.

    Raises:
        UnreadableFileError: the file cannot be read, or is no JSON of that form.
    """
    for number, item in enumerate(_items(path, limits), start=1):
        place = f"{path.name}, item {number}"
        if not isinstance(item, dict):
            rejections.add(place, "not a JSON object", type(item).__name__)
        elif as_text(item.get("type")) in _NOT_WORKS:
            rejections.add(place, "no work", as_text(item.get("type")))
        elif (paper := csl_paper(item, name)) is None:
            rejections.add(place, "no title", as_text(item.get("citation-key")) or as_text(item.get("id")))
        else:
            yield paper


def csl_paper(item: Mapping[str, Any], source: str) -> Paper | None:
    """The paper of one CSL item; ``None`` without a title. What has the wrong type counts as missing."""
    note = item.get("note")
    note = note[:_MAX_NOTE_CHARS] if isinstance(note, str) else ""
    arxiv = _ARXIV_NOTE.search(
        " ".join([note, *(as_text(item.get(one)) or "" for one in ("number", "archive_location"))])
    )
    in_note = {match[1].upper(): match[2] for match in _NOTE_FIELD.finditer(note)}
    paper = build_paper(
        {
            "title": _plain(item.get("title")) or _plain(item.get("title-short")),
            "abstract": _plain(item.get("abstract")),
            "authors": [_person(one) for one in _list(item.get("author")) or _list(item.get("editor"))],
            "year": next((year for one in _DATES if (year := _year(item.get(one)))), None),
            "venue": next((text for one in _VENUES if (text := _plain(item.get(one)))), None),
            "doi": as_text(item.get("DOI")) or in_note.get("DOI"),
            "arxiv_id": f"arXiv:{arxiv[1]}{arxiv[2] or ''}" if arxiv else None,
            "acl_id": as_text(item.get("citation-key")),
            "url": as_text(item.get("URL")),
        },
        source=source,
    )
    other = tuple(_other_ids(item, in_note))
    return paper.model_copy(update={"other_ids": other}) if paper and other else paper


def _items(path: Path, limits: TextLimits | None) -> list[Any]:
    text = read_text(path, limits)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_csl(path, str(error)[:200]) from error
    if isinstance(value, dict):
        value = value["items"] if isinstance(value.get("items"), list) else [value]
    if not isinstance(value, list):
        raise _not_csl(path, f"its content is a {type(value).__name__}")
    if len(value) > _MAX_ITEMS:
        raise UnreadableFileError(
            f"{path} holds {len(value):,} items. Split it into files of at most {_MAX_ITEMS:,}.", "too large"
        )
    return value


def _not_csl(path: Path, detail: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} is not CSL-JSON ({detail}). Expected a list of items, as Zotero's export “CSL JSON” writes it; other JSON "
        "is read as JSON Lines (.jsonl).",
        "not CSL-JSON",
    )


def _other_ids(item: Mapping[str, Any], in_note: Mapping[str, str]) -> Iterator[str]:
    pmid = as_text(item.get("PMID")) or in_note.get("PMID")
    pmcid = as_text(item.get("PMCID")) or in_note.get("PMCID")
    if pmid and pmid.isdecimal():
        yield f"pmid:{pmid}"
    if pmcid and (digits := pmcid.upper().removeprefix("PMC")).isdecimal():
        yield f"pmcid:PMC{digits}"


def _person(value: Any) -> str | None:
    """``Given particle Family suffix`` of a name's parts, or its literal form."""
    if not isinstance(value, dict):
        return as_text(value)
    parts = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    return as_text([value.get(part) for part in parts]) or as_text(value.get("literal"))


def _year(date: Any) -> int | None:
    """The year of ``{"date-parts": [[2020, 5]]}``, ``{"raw": "May 2020"}`` or a plain value."""
    if not isinstance(date, dict):
        return as_year(date)
    first = next(iter(_list(date.get("date-parts"))), None)
    year = as_year(next(iter(_list(first)), None))
    return year or next((y for one in ("raw", "literal") if (y := as_year(date.get(one)))), None)


def _plain(value: Any) -> str | None:
    text = as_text(value)
    return as_text(_without_markup(text)) if text else None


def _without_markup(text: str) -> str:
    """The text without tags; raised and lowered numbers stay apart: "10^6"."""
    done = ""
    pieces = _SCRIPT.split(text)
    plain = [html.unescape(_TAG.sub("", piece)) for piece in pieces[::3]]
    done = plain[0]
    for tag, script, after in zip(pieces[1::3], pieces[2::3], plain[1:], strict=True):
        raised = tag.lower() == "sup"
        tail = with_script(done[-40:], html.unescape(script), raised=raised, after=after[:1])
        done = done[:-40] + tail + after
    return done


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
