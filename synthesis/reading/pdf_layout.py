"""Lines of a PDF's pages → a paper: running heads removed, title found, sections told by their headings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.identifiers import make_paper_id, normalise_title, parse_doi
from synthesis.reading.metadata import Identifiers
from synthesis.reading.pdf_text import Line, Page, clean, join_lines, vocabulary
from synthesis.records import Paper, Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KNOWN_HEADINGS = (
    r"abstract|introduction|related works?|(?:theoretical )?background|preliminaries|motivation|data(?:sets?)?|"
    r"(?:materials? and )?methods?(?: and materials?)?|methodology|approach|model|"
    r"experiment(?:s|al (?:setup|settings?|results?|design))?|evaluation|"
    r"results?(?: and (?:discussions?|analysis))?|findings|(?:general )?discussions?(?: and conclusions?)?|analysis|"
    r"conclu(?:sions?|ding remarks)(?: and (?:future works?|outlook|discussions?))?|summary|future works?|"
    r"limitations?|(?:ethics|broader impact) ?(?:statement|considerations?)?|ethical (?:considerations?|statement)|"
    r"acknowledge?ments?|references|bibliography|literature cited|(?:supplementary|supporting) (?:material|information)|"
    r"(?:data|code)(?: and (?:data|code))? availability(?: statement)?|funding|author contributions|"
    r"(?:table of )?contents|appendix|appendices|key ?words(?: and phrases)?|index terms|ccs concepts"
)
_NUMBER = r"(?:(?:section\s+)?\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-H](?:\.\d{1,2}){0,2})[.)]?\s+"
_KNOWN = re.compile(rf"(?:{_NUMBER})?(?P<title>{_KNOWN_HEADINGS})[.:]?", re.IGNORECASE)
_NUMBERED = re.compile(rf"{_NUMBER}(?P<title>[^\W\d_].*)")
_INLINE_ABSTRACT = re.compile(r"(?:abstract|summary)\s*[—–:.-]+\s*(?P<rest>\S.*)", re.IGNORECASE)
_DROPPED = re.compile(
    r"references|bibliography|literature cited|(?:table of )?contents|key ?words.*|index terms|ccs concepts",
    re.IGNORECASE,
)
_CONTENTS_LINE = re.compile(r"[.\s]\d{1,3}$")  # a table of contents repeats the headings with page numbers
_MAX_HEADING_CHARS = 90
_MARGIN = 0.08  # share of the page's height where running heads stand
_ARXIV_STAMP = re.compile(r"arXiv:(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(v\d{1,3})?\b(?:.*?\b(?:19|20)(\d\d)\b)?")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_COPYRIGHT = re.compile(r"(?:©|\(c\)|copyright)\s*((?:19|20)\d\d)", re.IGNORECASE)
_JUNK_TITLE = re.compile(
    r"\.(?:dvi|pdf|tex|docx?|indd|qxd)\b|microsoft|untitled|^arxiv:|^\W*\d*\W*$", re.IGNORECASE
)


@dataclass
class _Part:
    """A section in the making."""

    title: str
    page: int
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class _Style:
    """What body text looks like."""

    size: float
    font: str

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Style:
        """The type that sets most characters."""
        counts: Counter[tuple[float, str]] = Counter()
        for line in lines:
            counts[round(line.size * 2) / 2, line.font] += len(line.text)
        size, font = max(counts, key=lambda style: (counts[style], style))
        return cls(size, font)

    def differs(self, line: Line) -> bool:
        """Whether a line is set as headings are: larger, or in another font of at least about this size."""
        return line.size > 1.08 * self.size or (line.font != self.font and line.size > 0.93 * self.size)


def lay_out(
    pages: Sequence[Page], *, metadata: Mapping[str, str], file_name: str, file_sha256: str, source: str
) -> Paper | None:
    """Put a paper together from its pages; ``None`` if no line could be its title.

    ``metadata`` is the PDF's own (keys ``Title``, ``Author``), believed only where the first page agrees.
    """
    title = _title(pages, metadata.get("Title", ""))
    if title is None:
        return None
    sections = _sections(_without_running_heads(pages), title)
    ids, year = _identifiers(pages[0], file_name)
    known = ids.arxiv_id or ids.doi or ids.acl_id
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id)
        if known
        else f"file:{file_sha256[:16]}",
        title=title,
        abstract=next((section.text for section in sections if section.title == "Abstract"), None),
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


def _without_running_heads(pages: Sequence[Page]) -> list[list[Line]]:
    """Per page the upright lines, less page numbers and what repeats in the margins of many pages."""
    repeats: Counter[str] = Counter()
    for page in pages:
        repeats.update({_head_key(line) for line in page.lines if _in_margin(line, page)})
    often = max(3, len(pages) // 3)
    heads = {key for key, count in repeats.items() if count >= often or key in {"#", "-#-", "page#"}}
    return [
        [
            line
            for line in page.lines
            if not line.rotated and not (_in_margin(line, page) and _head_key(line) in heads)
        ]
        for page in pages
    ]


def _head_key(line: Line) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s", "", line.text.lower()))


def _in_margin(line: Line, page: Page) -> bool:
    return not _MARGIN * page.height < line.y < (1 - _MARGIN) * page.height


def _title(pages: Sequence[Page], stated: str) -> str | None:
    """The stated title where the first page prints it, else the largest lines there, else its first line of words."""
    lines = [line for line in pages[0].lines if not line.rotated and _letters(line.text) > 1]
    printed = normalise_title(" ".join(clean(line.text) for line in lines))
    stated = clean(stated)
    if len(stated) >= 8 and not _JUNK_TITLE.search(stated) and normalise_title(stated) in printed:
        return stated
    upper = [line for line in lines if line.y > 0.35 * pages[0].height]
    for size in sorted({line.size for line in upper}, reverse=True)[:4]:
        candidate = _run_of_size(upper, size)
        if (
            _letters(candidate) >= max(8, 0.6 * len(candidate))
            and " " in candidate
            and not _JUNK_TITLE.search(candidate)
        ):
            return candidate
    return next((clean(line.text) for line in lines if len(line.text.split()) > 1), None)


def _run_of_size(lines: Sequence[Line], size: float) -> str:
    """The first run of consecutive lines set in about ``size``."""
    run: list[Line] = []
    for line in lines:
        if abs(line.size - size) <= 0.04 * size:
            run.append(line)
        elif run:
            break
    return join_lines(run, vocabulary(lines)).replace("\n\n", " ")


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _sections(pages: Sequence[Sequence[Line]], title: str) -> tuple[Section, ...]:
    """Sections in reading order; the reference list and key words are left out."""
    everything = [line for page in pages for line in page]
    if not everything:
        return ()
    body, words = _Style.of(everything), vocabulary(everything)
    parts = [part for part in _parts(pages, body) if not _DROPPED.fullmatch(part.title)]
    if len(parts) > 1 and not parts[0].title:
        parts = _front_matter(parts, title, words)
    texts = ((part, _part_text(part, body, words)) for part in parts)
    return tuple(
        Section(title=_cased(part.title) or "Text", text=text, page=part.page) for part, text in texts if text
    )


def _parts(pages: Sequence[Sequence[Line]], body: _Style) -> list[_Part]:
    """Cut at headings; what stands before the first has an empty title."""
    parts = [_Part("", 1)]
    heading: Line | None = None  # the line before, if it was a heading
    for number, page in enumerate(pages, start=1):
        for line in page:
            text = clean(line.text)
            inline = _INLINE_ABSTRACT.match(text)
            if inline and number <= 2:
                parts.append(_Part("Abstract", number, [line.model_copy(update={"text": inline["rest"]})]))
                heading = None
            elif (name := _heading(text, line, body)) is not None:
                parts.append(_Part(name, number))
                heading = line
            elif heading is not None and _continues(heading, line, text):
                parts[-1].title += f" {text}"
                heading = None
            else:
                parts[-1].lines.append(line)
                heading = None
    return parts


def _heading(text: str, line: Line, body: _Style) -> str | None:
    """The heading's words if the line is one."""
    if len(text) > _MAX_HEADING_CHARS or text.endswith((",", ";", "-", "\x02")):
        return None
    known = _KNOWN.fullmatch(text)
    if known:
        in_style = body.differs(line) or text.isupper() or text.istitle() or text[0].isdigit()
        return known["title"] if in_style else None
    if not body.differs(line) or line.size < 0.93 * body.size:
        return None
    numbered = _NUMBERED.fullmatch(text)
    if numbered and _letters(text) >= 4 and not text.endswith(".") and not _CONTENTS_LINE.search(text):
        return numbered["title"]
    return None


def _cased(heading: str) -> str:
    return heading.capitalize() if heading.isupper() or heading.islower() else heading


def _continues(heading: Line, line: Line, text: str) -> bool:
    """Whether a line is the second line of the heading above it."""
    same_type = line.font == heading.font and abs(line.size - heading.size) < 0.3
    near = 0 < heading.y - line.y < 1.6 * heading.size
    return same_type and near and len(heading.text) > 25 and len(text) < _MAX_HEADING_CHARS


def _front_matter(parts: list[_Part], title: str, words: frozenset[str]) -> list[_Part]:
    """Names and addresses go; where no heading says "Abstract", the longest paragraph before the first is it."""
    if any(part.title.lower() == "abstract" for part in parts):
        return parts[1:]
    paragraphs = _paragraphs(parts[0].lines)
    longest = max(paragraphs, key=lambda lines: sum(len(line.text) for line in lines), default=[])
    if len(join_lines(longest, words)) < max(300, len(title)):
        return parts[1:]
    return [_Part("Abstract", parts[0].page, longest), *parts[1:]]


def _paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines of one type size without a gap between them."""
    runs: list[list[Line]] = []
    for line in lines:
        last = runs[-1][-1] if runs else None
        joined = (
            last is not None and abs(last.size - line.size) < 0.6 and 0 < last.y - line.y < 1.7 * line.size
        )
        if joined:
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _part_text(part: _Part, body: _Style, words: frozenset[str]) -> str:
    """Body text first; smaller type (footnotes, captions, tables) after it, so that no sentence is torn."""
    small = [line for line in part.lines if line.size < 0.95 * body.size]
    large = [line for line in part.lines if line.size >= 0.95 * body.size]
    if part.title.lower() == "abstract" or len(small) > len(large):
        return join_lines(part.lines, words)
    return "\n\n".join(text for text in (join_lines(large, words), join_lines(small, words)) if text)


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
