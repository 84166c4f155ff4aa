"""Lines of a PDF's pages → a paper: running heads removed, title found, sections told by their headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.identifiers import make_paper_id, normalise_title, parse_doi
from synthesis.reading.full_text import FullText
from synthesis.reading.metadata import Identifiers
from synthesis.reading.pdf_flow import flow_of
from synthesis.reading.pdf_furniture import without_furniture
from synthesis.reading.pdf_sections import assemble
from synthesis.reading.pdf_style import Style
from synthesis.reading.pdf_text import Line, Page, clean, join_lines, vocabulary
from synthesis.reading.pdf_vertical import turned
from synthesis.reading.quality import combined, text_quality, unmapped_factor
from synthesis.records import Paper, Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_TITLE_CHARS = 300
_MAX_TITLE_LINES = 3  # in the type of running text
_ARXIV_STAMP = re.compile(r"arXiv:(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(v\d{1,3})?\b(?:.*?\b(?:19|20)(\d\d)\b)?")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)\s*((?:19|20)\d\d)", re.IGNORECASE)
_JUNK_TITLE = re.compile(
    r"\.(?:dvi|pdf|tex|docx?|indd|qxd)\b|microsoft|untitled|^arxiv:|^\W*\d*\W*$", re.IGNORECASE
)


@dataclass(frozen=True)
class Layout:
    """What the pages hold; ``title`` is ``None`` where no line could be one."""

    title: str | None
    sections: tuple[Section, ...]
    references: tuple[str, ...]


def full_text(pages: Sequence[Page], metadata: Mapping[str, str], file_name: str) -> FullText:
    """The text of a document with all that its pages state of it; ``metadata`` and ``file_name`` as for ``lay_out``.

    What only a PDF can lack lowers the quality: characters whose font does not say what they mean.
    """
    layout = _lay_out_text(pages, metadata)
    ids, year = _identifiers(pages[0], file_name)
    quality, flags = text_quality(layout.sections)
    share = sum(page.unmapped for page in pages) / max(
        1, sum(len(line.text) for page in pages for line in page.lines)
    )
    unmapped, more = combined(
        [(unmapped_factor(share), f"the font does not say what {share:.1%} of the characters are")]
    )
    return FullText(
        form="pdf",
        title=layout.title,
        abstract=_abstract(layout.sections),
        authors=_authors(metadata.get("Author", "")),
        year=year,
        identifiers=tuple(one for one in (ids.arxiv_id, ids.doi, ids.acl_id) if one),
        sections=layout.sections,
        references=layout.references,
        quality=min(quality, unmapped),
        flags=(*flags, *more),
    )


def _abstract(sections: Sequence[Section]) -> str | None:
    return next((section.text for section in sections if section.title == "Abstract"), None)


def _lay_out_text(pages: Sequence[Page], metadata: Mapping[str, str]) -> Layout:
    pages = [turned(page) for page in pages]
    title = _title(pages, metadata.get("Title", ""))
    kept = without_furniture(pages, title)
    if not any(kept):
        return Layout(title, (), ())
    words = vocabulary(line for lines in kept for line in lines)
    assembled = assemble(flow_of(pages, kept), words, title)
    return Layout(title, assembled.sections, assembled.references)


def lay_out(
    pages: Sequence[Page], *, metadata: Mapping[str, str], file_name: str, file_sha256: str, source: str
) -> Paper | None:
    """Put a paper together from its pages; ``None`` if no line could be its title.

    ``metadata`` is the PDF's own (keys ``Title``, ``Author``), believed only where the first page agrees.
    """
    layout = _lay_out_text(pages, metadata)
    title, sections = layout.title, layout.sections
    if title is None:
        return None
    ids, year = _identifiers(pages[0], file_name)
    known = ids.arxiv_id or ids.doi or ids.acl_id
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id)
        if known
        else f"file:{file_sha256[:16]}",
        title=title,
        abstract=_abstract(sections),
        authors=_authors(metadata.get("Author", "")),
        year=year,
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        arxiv_version=ids.arxiv_version,
        acl_id=ids.acl_id,
        url=_url(ids),
        source=source,
        sections=sections,
    )


def _url(ids: Identifiers) -> str | None:
    if ids.arxiv_id:
        return f"https://arxiv.org/abs/{ids.arxiv_id}"
    if ids.doi:
        return f"https://doi.org/{ids.doi}"
    return f"https://aclanthology.org/{ids.acl_id}" if ids.acl_id else None


def _title(pages: Sequence[Page], stated: str) -> str | None:
    """The stated title where the first page prints it, else the largest lines there, else its first line of words."""
    lines = [line for line in pages[0].lines if not line.rotated and _letters(line.text) > 1]
    printed = normalise_title(" ".join(clean(line.text) for line in lines))
    stated = clean(stated)
    if len(stated) >= 8 and not _JUNK_TITLE.search(stated) and normalise_title(stated) in printed:
        return stated
    upper = [line for line in lines if line.y > 0.35 * pages[0].height]
    body = Style.of(lines).size if lines else 0.0
    for size in sorted({line.size for line in upper}, reverse=True)[:4]:
        run = _run_of_size(upper, size)
        candidate = join_lines(run, vocabulary(lines)).replace("\n\n", " ")
        if (size > 1.1 * body or len(run) <= _MAX_TITLE_LINES) and _may_be_title(candidate):
            return candidate
    return next((clean(line.text)[:_MAX_TITLE_CHARS] for line in lines if _is_words(line.text)), None)


def _may_be_title(text: str) -> bool:
    """Whether a text is words, few enough, and not what a program calls a file."""
    words = _letters(text) >= max(8, 0.6 * len(text)) and (" " in text or not text.isascii())
    return words and len(text) <= _MAX_TITLE_CHARS and _JUNK_TITLE.search(text) is None


def _is_words(text: str) -> bool:
    """Whether a line holds two words, or several signs of a script without blanks."""
    return len(text.split()) > 1 or (not text.isascii() and _letters(text) > 3)


def _run_of_size(lines: Sequence[Line], size: float) -> list[Line]:
    """The first run of consecutive lines set in about ``size``."""
    run: list[Line] = []
    for line in lines:
        if abs(line.size - size) <= 0.04 * size:
            run.append(line)
        elif run:
            break
    return run


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _identifiers(first: Page, file_name: str) -> tuple[Identifiers, int | None]:
    """(identifiers, year): what the first page prints, else what the file is called."""
    text = "\n".join(line.text for line in first.lines)
    stamp = _ARXIV_STAMP.search(text)
    dois = {doi for found in _DOI.findall(text) if (doi := parse_doi(found.rstrip(").,;")))}
    stem = file_name.removesuffix(".pdf")
    printed = [stamp[1] + (stamp[2] or "") if stamp else None, dois.pop() if len(dois) == 1 else None]
    ids = Identifiers.of([*printed, stem])
    copyright_year = _COPYRIGHT.search(text)
    year = None
    if copyright_year:
        year = int(copyright_year[1])
    elif ids.arxiv_id and ids.arxiv_id[:2].isdigit():
        year = 2000 + int(ids.arxiv_id[:2])  # arXiv ids since 2007 start with year and month
    elif ids.acl_id:
        year = _acl_year(ids.acl_id)
    return ids, year


def _acl_year(acl_id: str) -> int:
    """The year in an ACL Anthology id: 2020.emnlp-main.477, or P19-1001 with two digits from 1960 on."""
    if acl_id[:4].isdigit():
        return int(acl_id[:4])
    two = int(acl_id[1:3])
    return two + (1900 if two >= 60 else 2000)


def _authors(stated: str) -> tuple[str, ...]:
    """Names of the PDF's own metadata; none if any is no name (an account, a program)."""
    names = [clean(name) for name in re.split(r"\s*;\s*|\s*,\s*|\s+and\s+", stated) if name.strip()]
    return tuple(names) if all(2 <= len(name.split()) <= 6 for name in names) else ()
