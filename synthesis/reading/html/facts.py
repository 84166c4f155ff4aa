"""What a page says of its article: title, authors, year, identifiers, abstract, works cited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from synthesis.identifiers import parse_arxiv_id, parse_doi
from synthesis.reading.html.inline import classes_of, html_text, outermost_of, title_text, with_class
from synthesis.reading.metadata import as_year

if TYPE_CHECKING:
    from collections.abc import Iterator

_ARXIV_MARK = re.compile(r"arXiv:(\S{9,30}?)(v\d+)?\s*\[[^\]]{1,30}\]\s*(\d{1,2} \w{3} \d{4})?")
_ARXIV_PAGE = re.compile(
    r"https?://(?:www\.|export\.)?(?:arxiv\.org|ar5iv\.(?:labs\.arxiv\.)?org)/(?:html|abs)/([\w./-]{9,30}?)(?:v\d+)?/?"
)
_NAMES = re.compile(r"\s*(?:,|;|&|\band\b)\s*")
_NOT_NAME = re.compile(r"[\d*†‡§¶∗⋆^{}\[\]()|]+|\S+@\S+|https?://\S+")
_SITE = re.compile(r"\s+[|–—·]\s+[^|–—·]{1,60}$")
_ABSTRACT_HEAD = re.compile(r"abstract\s*[.:—–-]?\s*", re.IGNORECASE)
_FEW = 5  # elements that are asked for a fact that should stand in the first
_MAX_AUTHORS, _MAX_NAME_CHARS = 5_000, 80


@dataclass(frozen=True, slots=True)
class PageFacts:
    """An article's facts as its page states them."""

    title: str | None
    authors: tuple[str, ...]
    year: int | None
    identifiers: tuple[str, ...]
    abstract: str | None
    references: tuple[str, ...]


def page_facts(root: Any, article: Any) -> PageFacts:
    """The facts that stand in the page's head, in LaTeXML's elements or, for want of them, in its headings."""
    meta = _metadata(root)
    return PageFacts(
        title=_title(root, article, meta),
        authors=_authors(article, meta),
        year=_year(root, meta),
        identifiers=tuple(dict.fromkeys(_identifiers(root, meta))),
        abstract=_abstract(article),
        references=tuple(line for one in outermost_of(article, "ltx_bibitem") if (line := _reference(one))),
    )


def _metadata(root: Any) -> dict[str, list[str]]:
    """``name`` or ``property`` of the page's ``meta`` elements, lower case → their contents."""
    found: dict[str, list[str]] = {}
    for one in root.iter("meta"):
        name = (one.get("name") or one.get("property") or "").lower()
        content = " ".join((one.get("content") or "").split())
        if name and content:
            found.setdefault(name, []).append(content)
    return found


def _title(root: Any, article: Any, meta: dict[str, list[str]]) -> str | None:
    for heading in (*with_class(article, "ltx_title_document")[:_FEW], *islice(article.iter("h1"), _FEW)):
        if text := title_text(heading):
            return text
    for name in ("citation_title", "dc.title", "og:title"):
        if name in meta:
            return meta[name][0]
    for one in islice(root.iter("title"), _FEW):
        if text := " ".join("".join(one.itertext()).split()):
            return _SITE.sub("", text)
    return None


def _authors(article: Any, meta: dict[str, list[str]]) -> tuple[str, ...]:
    names: list[str] = []
    for person in outermost_of(article, "ltx_personname"):
        for line in _lines(person):
            parts = [" ".join(_NOT_NAME.sub(" ", part).split()) for part in _NAMES.split(line)]
            good = [part for part in parts if 3 < len(part) < _MAX_NAME_CHARS and " " in part]
            names.extend(good)
            if good:
                break  # below the names stand addresses
    if not names:
        names = [
            _given_first(name) for key in ("citation_author", "dc.creator") for name in meta.get(key, [])
        ]
    return tuple(dict.fromkeys(names))[:_MAX_AUTHORS]


def _lines(person: Any) -> list[str]:
    """The lines of a name's element, as it is broken on the page or in its source; marks, notes and formulas left out."""
    for one in [
        *person.iter("sup", "math"),
        *with_class(person, "ltx_note"),
        *with_class(person, "ltx_author_notes"),
    ]:
        one.clear(keep_tail=True)
    for one in person.iter("br"):
        one.text = "\n"
    return [line for line in "".join(person.itertext()).split("\n") if line.strip()]


def _given_first(name: str) -> str:
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() else name


def _year(root: Any, meta: dict[str, list[str]]) -> int | None:
    dated = (
        "citation_publication_date",
        "citation_date",
        "citation_online_date",
        "dc.date",
        "article:published_time",
    )
    for name in dated:
        if name in meta and (year := as_year(meta[name][0])):
            return year
    mark = _arxiv_mark(root)
    if mark is not None and mark[3]:
        return as_year(mark[3])
    texts = (html_text(one) for one in with_class(root, "ltx_dates")[:_FEW])
    return next((year for text in texts if (year := as_year(text))), None)


def _arxiv_mark(root: Any) -> re.Match[str] | None:
    """``arXiv:2401.01234v1 [cs.CL] 02 Jan 2024``, which stands at the edge of arXiv's pages."""
    for one in root.iter():
        text = one.text
        if text and "arXiv:" in text and (match := _ARXIV_MARK.search(text[:2_000])):
            return match
    return None


def _identifiers(root: Any, meta: dict[str, list[str]]) -> Iterator[str]:
    for name in ("citation_doi", "dc.identifier", "prism.doi"):
        yield from (doi for value in meta.get(name, []) if (doi := parse_doi(value[:500])))
    mark = _arxiv_mark(root)
    marks = [*meta.get("citation_arxiv_id", []), *([mark[1]] if mark else [])]
    pages = [one.get("href") or "" for one in root.iter("base", "link")] + meta.get("og:url", [])
    marks.extend(match[1] for page in pages if (match := _ARXIV_PAGE.fullmatch(page.strip())))
    yield from (f"arxiv:{arxiv[0]}" for one in marks if (arxiv := parse_arxiv_id(one)))
    pmids = meta.get("citation_pmid", [])
    yield from (f"pmid:{pmid}" for pmid in pmids if pmid.isdecimal())


def _abstract(article: Any) -> str | None:
    for one in outermost_of(article, "ltx_abstract"):
        parts = [html_text(child) for child in one if "ltx_title" not in classes_of(child)]
        text = " ".join(part for part in parts if part)
        if text := _ABSTRACT_HEAD.sub("", text, count=1) if _ABSTRACT_HEAD.match(text) else text:
            return text
    return None


def _reference(item: Any) -> str:
    """A work as printed, without its number; its DOI from the link where it is not printed."""
    blocks = [html_text(one) for one in outermost_of(item, "ltx_bibblock")]
    line = " ".join(block for block in blocks if block) or title_text(item)
    links = (parse_doi((one.get("href") or "")[:500]) for one in item.iter("a"))
    doi = next((link for link in links if link), None)
    return f"{line} doi:{doi}" if doi and doi not in line.lower() else line
