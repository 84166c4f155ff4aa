"""Lines of a PDF's pages → a paper: running heads removed, title found, sections told by their headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.identifiers import make_paper_id, normalise_title, parse_doi, year_of_arxiv_id
from synthesis.reading.full_text import FullText
from synthesis.reading.metadata import Identifiers
from synthesis.reading.pdf.flow import flow_of
from synthesis.reading.pdf.furniture import without_furniture
from synthesis.reading.pdf.sections import Assembled, assemble
from synthesis.reading.pdf.style import Style
from synthesis.reading.pdf.text import Line, Page, clean, join_lines, vocabulary
from synthesis.reading.pdf.vertical import turned
from synthesis.reading.quality import combined, text_quality, unmapped_factor
from synthesis.records import Paper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MAX_TITLE_CHARS = 300
_MAX_TITLE_LINES = 3  # in the type of running text
_ARXIV_STAMP = re.compile(r"arXiv:(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(v\d{1,3})?\b(?:.*?\b(?:19|20)(\d\d)\b)?")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)\s*((?:19|20)\d\d)", re.IGNORECASE)
_JUNK_TITLE = re.compile(
    r"\.(?:dvi|pdf|tex|docx?|indd|qxd)\b|microsoft|untitled|^arxiv:|^\W*\d*\W*$", re.IGNORECASE
)


def lay_out(
    pages: Sequence[Page],
    *,
    metadata: Mapping[str, str],
    file_name: str,
    file_sha256: str,
    source: str,
    page_count: int | None = None,
) -> Paper | None:
    """Put a paper together from its pages; ``None`` if no line could be its title.

    ``metadata`` is the PDF's own (keys ``Title``, ``Author``), believed only where the first page agrees;
    ``page_count`` as for ``full_text``.
    """
    text = full_text(pages, metadata, page_count)
    if text.title is None:
        return None
    ids = Identifiers.of([*text.identifiers, file_name.removesuffix(".pdf")])
    known = ids.arxiv_id or ids.doi or ids.acl_id
    return Paper(
        paper_id=make_paper_id(title=text.title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id)
        if known
        else f"file:{file_sha256[:16]}",
        title=text.title,
        abstract=text.abstract,
        authors=text.authors,
        year=text.year or _year(ids),
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        arxiv_version=ids.arxiv_version,
        acl_id=ids.acl_id,
        url=_url(ids),
        source=source,
        sections=text.sections,
        form="pdf",
        quality=text.quality,
        flags=text.flags,
    )


def full_text(pages: Sequence[Page], metadata: Mapping[str, str], page_count: int | None = None) -> FullText:
    """The text of a document and what it states of itself; ``metadata`` as for ``lay_out``.

    What only a PDF can lack lowers the quality: characters whose font does not say what they mean, and pages beyond
    those given, where the file has ``page_count``.
    """
    identifiers, printed_year = _printed_facts(pages[0])
    upright = [turned(page) for page in pages]
    title = _title(upright, metadata.get("Title", ""))
    kept = without_furniture(upright, title)
    assembled = Assembled((), ())
    if any(kept):
        words = vocabulary(line for lines in kept for line in lines)
        assembled = assemble(flow_of(upright, kept), words, title)
    quality, flags = text_quality(assembled.sections)
    factor, more = combined(_losses(pages, page_count))
    return FullText(
        form="pdf",
        title=title,
        abstract=next((section.text for section in assembled.sections if section.title == "Abstract"), None),
        authors=_authors(metadata.get("Author", "")),
        year=printed_year,
        identifiers=identifiers,
        sections=assembled.sections,
        references=assembled.references,
        quality=round(quality * factor, 3),
        flags=(*flags, *more),
    )


def _losses(pages: Sequence[Page], page_count: int | None) -> Iterator[tuple[float, str]]:
    """What of the document is not in its text, as factors of its quality."""
    share = sum(page.unmapped for page in pages) / max(
        1, sum(len(line.text) for page in pages for line in page.lines)
    )
    yield unmapped_factor(share), f"the font does not say what {share:.1%} of the characters are"
    if page_count is not None and len(pages) < page_count:
        yield max(0.1, len(pages) / page_count), f"only {len(pages)} of {page_count} pages were read"


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


def _printed_facts(first: Page) -> tuple[tuple[str, ...], int | None]:
    """(arXiv id with its version and DOI, year of copyright) where the first page prints them."""
    text = "\n".join(line.text for line in first.lines)
    stamp = _ARXIV_STAMP.search(text)
    dois = {doi for found in _DOI.findall(text) if (doi := parse_doi(found.rstrip(").,;")))}
    printed = [stamp[1] + (stamp[2] or "") if stamp else None, dois.pop() if len(dois) == 1 else None]
    copyright_year = _COPYRIGHT.search(text)
    return tuple(one for one in printed if one), int(copyright_year[1]) if copyright_year else None


def _year(ids: Identifiers) -> int | None:
    """The year in an arXiv or ACL id."""
    return year_of_arxiv_id(ids.arxiv_id) or (_acl_year(ids.acl_id) if ids.acl_id else None)


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
