"""The front of a JATS article: title, abstracts, authors, year, identifiers, and whether it was retracted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from synthesis.identifiers import parse_arxiv_id, parse_doi
from synthesis.reading.jats.inline import jats_text, title_text
from synthesis.reading.metadata import as_year
from synthesis.records import Section

_MAX_AUTHORS = 5000
# JATS4R's and PubMed Central's words for what an article is, and for what it is to another.
_ARTICLE_TYPES = {
    "retraction": "retraction notice",
    "partial-retraction": "retraction notice",
    "retracted-article": "retracted",
    "expression-of-concern": "concern notice",
    "correction": "correction notice",
    "corrected-article": "corrected",
}
_RELATED_TYPES = {
    "retraction-forward": "retracted",
    "retraction": "retracted",
    "partial-retraction-forward": "retracted in part",
    "expression-of-concern-forward": "concern",
    "expression-of-concern": "concern",
    "correction-forward": "corrected",
    "retracted-article": "retraction notice",
    "object-of-concern": "concern notice",
    "corrected-article": "correction notice",
}


@dataclass(frozen=True, slots=True)
class Front:
    """An article's facts; ``other_abstracts`` are summaries beside the abstract, ``notices`` flags."""

    title: str | None
    abstract: str | None
    other_abstracts: tuple[Section, ...]
    authors: tuple[str, ...]
    year: int | None
    identifiers: tuple[str, ...]
    notices: tuple[str, ...]


def read_front(article: Any) -> Front:
    """What ``front`` says; all of it missing where there is none."""
    meta = article.find("front/article-meta")
    if meta is None:
        meta = article.find("front")
    if meta is None:
        return Front(None, None, (), (), None, (), _notices(article, None))
    plain = [one for one in meta.findall("abstract") if one.get("abstract-type") is None] or [
        one
        for one in meta.findall("abstract")
        if one.get("abstract-type") in {"section", "structured", "main"}
    ]
    abstract = " ".join(text for one in plain if (text := abstract_text(one))) or None
    others = [one for one in meta.findall("abstract") if one not in plain]
    return Front(
        title=_title(meta),
        abstract=abstract,
        other_abstracts=tuple(
            Section(title=_abstract_title(one), text=text) for one in others if (text := abstract_text(one))
        ),
        authors=_authors(meta),
        year=_year(meta),
        identifiers=_identifiers(meta),
        notices=_notices(article, meta),
    )


def abstract_text(abstract: Any) -> str:
    """An abstract on one line, its parts as "Methods: …"."""
    parts = []
    for child in abstract:
        if child.tag in {"title", "label", "object-id"}:
            continue
        text = abstract_text(child) if child.tag == "sec" else jats_text(child)
        title = child.find("title") if child.tag == "sec" else None
        name = title_text(title).rstrip(" :.") if title is not None else ""
        parts.append(f"{name}: {text}" if name and text else text)
    return " ".join(part for part in parts if part)


def _abstract_title(abstract: Any) -> str:
    title = abstract.find("title")
    words = title_text(title) if title is not None else ""
    return words or (abstract.get("abstract-type") or "summary").replace("-", " ").capitalize()[:80]


def _title(meta: Any) -> str | None:
    group = meta.find("title-group")
    if group is None:
        return None
    parts = [title_text(one) for name in ("article-title", "subtitle") for one in group.findall(name)]
    return ": ".join(part.rstrip(":") for part in parts if part) or None


def _authors(meta: Any) -> tuple[str, ...]:
    people = [
        one
        for group in meta.findall("contrib-group")
        for one in group.findall("contrib")
        if one.get("contrib-type", "author") in {"author", "collab"}
    ]
    names = (_name(one) for one in people[:_MAX_AUTHORS])
    return tuple(name for name in names if name)


def _name(contributor: Any) -> str:
    for path in ("name", "name-alternatives/name", "name-alternatives/string-name", "string-name", "collab"):
        found = contributor.find(path)
        if found is not None:
            return person_name(found)
    return ""


def person_name(name: Any) -> str:
    """``Given Family Suffix`` of a ``name``; the text of another element, without those it lists as members."""
    parts = [name.find(tag) for tag in ("given-names", "surname", "suffix")]
    if parts[1] is not None:
        return " ".join(jats_text(part) for part in parts if part is not None)
    words = (
        [name.text or "", *(child.tail or "" for child in name)]
        if name.find("contrib-group") is not None
        else None
    )
    return " ".join("".join(words).split()) if words else jats_text(name)


def _year(meta: Any) -> int | None:
    """The first year of publication that the article states."""
    years = (
        as_year("".join(one.itertext())) for date in meta.findall("pub-date") for one in date.findall("year")
    )
    return min((year for year in years if year), default=None)


def _identifiers(meta: Any) -> tuple[str, ...]:
    found: list[str] = []
    for one in meta.findall("article-id"):
        kind, value = one.get("pub-id-type", ""), "".join(one.itertext()).strip()[:500]
        digits = value.upper().removeprefix("PMC")
        if kind == "doi" and (doi := parse_doi(value)):
            found.append(doi)
        elif kind == "pmid" and value.isdecimal():
            found.append(f"pmid:{value}")
        elif kind in {"pmc", "pmcid"} and digits.isdecimal():
            found.append(f"pmcid:PMC{digits}")
        elif kind == "arxiv" and (arxiv := parse_arxiv_id(value)):
            found.append(f"arxiv:{arxiv[0]}")
    return tuple(dict.fromkeys(found))


def _notices(article: Any, meta: Any) -> tuple[str, ...]:
    found = []
    if notice := _ARTICLE_TYPES.get(article.get("article-type", "").strip().lower()):
        found.append(notice)
    for one in meta.findall("related-article") if meta is not None else ():
        if notice := _RELATED_TYPES.get(one.get("related-article-type", "").strip().lower()):
            target = next((doi for value in one.attrib.values() if (doi := parse_doi(value[:500]))), None)
            found.append(f"{notice}: {target}" if target else notice)
    return tuple(dict.fromkeys(found))
