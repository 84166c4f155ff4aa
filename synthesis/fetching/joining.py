"""Metadata and text of one work → one record, and the guard against the text of another. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from synthesis.fetching.candidates import ARXIV
from synthesis.identifiers import normalise_title
from synthesis.records import Section

if TYPE_CHECKING:
    from synthesis.reading.full_text import FullText
    from synthesis.records import Link, Paper

_ABSTRACT = "Abstract"
_SAME_TITLE = (
    0.6  # similarity of normalised titles from which they may be one: subtitles and misprints stay above
)
# Share of the abstract's words. Of six papers of the Anthology 0.7 to 1 stand in their own beginnings; of the abstracts of
# 4,000 others of the same field, 99 % have fewer than 0.44 there.
_SAME_WORDS = 0.5
_HEAD_CHARS = 6000  # where title and abstract stand in a text whose reader found neither
_TELLING_WORDS = 4  # shorter titles stand in other papers' text by chance
_VERSION = re.compile(r"v(\d{1,3})$")  # as candidates write an arXiv id at the end of a URL
_LONG_WORD = re.compile(r"\w{5,}")  # shorter ones are in every paper


def join(paper: Paper, text: FullText, link: Link) -> Paper:
    """``paper`` with ``text`` as its sections; its own title, authors, year and abstract stand where it has them."""
    abstract = paper.abstract or text.abstract
    sections = text.sections
    if abstract and not any(section.title.casefold() == _ABSTRACT.casefold() for section in sections):
        sections = (Section(title=_ABSTRACT, text=abstract), *sections)
    version = _VERSION.search(link.url) if link.source == ARXIV else None
    return paper.model_copy(
        update={
            "title": paper.title or text.title or "",
            "abstract": abstract,
            "authors": paper.authors or text.authors,
            "year": paper.year or text.year,
            "arxiv_version": int(version[1]) if version else paper.arxiv_version,
            "sections": sections,
            "form": text.form,
            "quality": text.quality,
            "flags": (*paper.flags, *text.flags),
        }
    )


def without_text(paper: Paper, reason: str) -> Paper:
    """``paper`` with its abstract alone, and why."""
    return paper.model_copy(update={"flags": (*paper.flags, f"full text not read: {reason}")})


def is_another_paper(paper: Paper, text: FullText) -> bool:
    """Whether the text is plainly not that of ``paper``: its title is another, and its beginning too.

    Titles agree when they are similar or when the paper's stands at the text's beginning. The beginning agrees when it
    holds half of the long words of the abstract; without an abstract, of the title.
    """
    head = _head(text)
    if _same_title(paper.title, text.title, head):
        return False
    stated = set(_long_words(paper.abstract or paper.title))
    return bool(stated) and len(stated & set(_long_words(head))) < _SAME_WORDS * len(stated)


def _same_title(ours: str, theirs: str | None, head: str) -> bool:
    wanted = normalise_title(ours)
    if not wanted or (len(wanted.split()) >= _TELLING_WORDS and wanted in normalise_title(head)):
        return True
    return SequenceMatcher(None, wanted, normalise_title(theirs or ""), autojunk=False).ratio() >= _SAME_TITLE


def _head(text: FullText) -> str:
    parts = [text.title or "", text.abstract or ""]
    for section in text.sections:
        if sum(map(len, parts)) >= _HEAD_CHARS:
            break
        parts.append(section.text[:_HEAD_CHARS])
    return "\n".join(parts)


def _long_words(text: str) -> list[str]:
    return _LONG_WORD.findall(text.casefold())
