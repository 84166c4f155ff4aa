"""A record of Europe PMC → a paper. Pure.

A record's key is (source, id): MED is PubMed, PMC is PubMed Central, PPR a preprint server. Truth is "Y" or "N", what is
not known is absent, titles and abstracts hold tags of HTML.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from synthesis.identifiers import make_paper_id
from synthesis.reading.language_codes import two_letter_code
from synthesis.reading.metadata import Identifiers, abstract_sections
from synthesis.records import Link, Notice, Paper, TextForm
from synthesis.sources.lenient import Count, Flag, Lenient, Name, Text, Texts, Year, as_list
from synthesis.sources.markup import plain_abstract, plain_text
from synthesis.sources.titles import title_notice
from synthesis.sources.urls import path_part

NAME = "europe-pmc"
FULL_TEXT = "https://www.ebi.ac.uk/europepmc/webservices/rest"  # of its open-access subset, by PMCID
PAGES = "https://europepmc.org/article"
PREPRINT = "PPR"
_MAX_AUTHORS = 5000
_PMCID = re.compile(r"PMC\d{1,12}")
_OPEN = frozenset({"OA", "F"})  # open access, free to read; "S" is for subscribers
# "Retraction in: …" stands with the retracted work, "Retraction of: …" with the notice of it; likewise the others.
_CORRECTIONS: dict[str, Any] = {
    "retraction in": "retracted",
    "retracted and republished in": "retracted",
    "partial retraction in": "concern",
    "expression of concern in": "concern",
    "erratum in": "corrected",
    "correction in": "corrected",
    "corrected and republished in": "corrected",
    "update in": "newer version",
    "preprint of": "newer version",
}
_TYPES: dict[str, Any] = {
    "retracted publication": "retracted",
    "retracted article": "retracted",
    "preprint withdrawal": "withdrawn",
    "preprint removal": "withdrawn",
}
_TAKEN_BACK = frozenset({"retracted", "withdrawn"})


def _inner(name: str) -> Any:
    """Lists come wrapped: ``{"author": [...]}``."""

    def unwrap(value: Any) -> list[Any]:
        inner = value.get(name) if isinstance(value, dict) else value
        return [inner] if isinstance(inner, str) else as_list(inner)

    return BeforeValidator(unwrap)


class Author(Lenient):
    """A person or a group."""

    full_name: Text = None
    first_name: Text = None
    last_name: Text = None
    collective_name: Text = None

    @property
    def printed(self) -> str | None:
        """The name, given name first."""
        whole = f"{self.first_name} {self.last_name}" if self.first_name and self.last_name else None
        return whole or self.full_name or self.collective_name


class Journal(Lenient):
    """Where the work was printed."""

    title: Text = None


class JournalInfo(Lenient):
    """The issue."""

    journal: Journal = Journal()
    year_of_publication: Year = None


class Publisher(Lenient):
    """Of a preprint: its server."""

    publisher: Text = None


class Copy(Lenient):
    """A copy of the text, and whether it is open."""

    url: Text = None
    availability_code: Text = None
    document_style: Text = None


class Correction(Lenient):
    """Another record that says something of this one."""

    id: Name = None
    source: Name = None
    type: Text = None
    reference: Text = None

    @property
    def detail(self) -> str | None:
        """The other record, by its id where it has one."""
        return record_id(self.source, self.id) or self.reference


class Row(Lenient):
    """A record of a search, of a reference list or of a citation list."""

    id: Name = None
    source: Name = None
    pmid: Name = None
    pmcid: Name = None
    doi: Text = None
    title: Text = None
    abstract_text: Text = None
    author_list: Annotated[tuple[Author, ...], _inner("author")] = ()
    author_string: Text = None
    pub_year: Year = None
    journal_info: JournalInfo = JournalInfo()
    journal_title: Text = None
    journal_abbreviation: Text = None
    publication_title: Text = None
    book_or_report_details: Publisher = Publisher()
    language: Text = None
    cited_by_count: Count = None
    is_open_access: Flag = None
    author_manuscript: Flag = Field(None, alias="authMan")
    pub_types: Annotated[Texts, _inner("pubType")] = Field((), alias="pubTypeList")
    copies: Annotated[tuple[Copy, ...], _inner("fullTextUrl")] = Field((), alias="fullTextUrlList")
    corrections: Annotated[tuple[Correction, ...], _inner("commentCorrection")] = Field(
        (), alias="commentCorrectionList"
    )


def paper_of(row: Row) -> Paper | None:
    """The paper of a record; ``None`` without a title."""
    title = _title(row.title)
    if title is None:
        return None
    ids = Identifiers.of((row.doi,))
    notices = _notices(row, title)
    abstract = plain_abstract(row.abstract_text) if row.abstract_text else None
    journal = row.journal_info.journal.title or row.journal_title or row.journal_abbreviation
    return Paper(
        paper_id=make_paper_id(title=title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id),
        title=title,
        abstract=abstract,
        authors=_authors(row),
        year=row.pub_year or row.journal_info.year_of_publication,
        venue=journal or row.publication_title or row.book_or_report_details.publisher,
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        arxiv_version=ids.arxiv_version,
        acl_id=ids.acl_id,
        url=_page(row),
        source=NAME,
        retracted=any(notice.kind in _TAKEN_BACK for notice in notices),
        other_ids=_other_ids(row),
        sections=abstract_sections(abstract),
        language=two_letter_code(row.language),
        cited_by=row.cited_by_count,
        open_access=_is_open(row),
        links=_links(row),
        notices=notices,
    )


def record_id(source: str | None, identifier: str | None) -> str | None:
    """A record's key as a paper's id: ``pmid:…``, ``pmcid:PMC…``, ``ppr:PPR…``, else ``epmc:SOURCE/ID``.

    >>> record_id("MED", "123"), record_id("AGR", "IND5")
    ('pmid:123', 'epmc:AGR/IND5')
    """
    if not source or not identifier or not source.isalnum() or not identifier.isalnum():
        return None
    if source == "MED":
        return f"pmid:{identifier}" if identifier.isdecimal() else None
    if source == "PMC":
        return f"pmcid:PMC{identifier.upper().removeprefix('PMC')}"
    return f"ppr:{identifier}" if source == PREPRINT else f"epmc:{source}/{identifier}"


def record_key(other_id: str) -> tuple[str, str] | None:
    """The record's (source, id) that such an id names; ``None`` for ids of others.

    >>> record_key("pmid:123"), record_key("doi:10.1000/1")
    (('MED', '123'), None)
    """
    kind, _, value = other_id.partition(":")
    if kind == "epmc":
        source, _, identifier = value.partition("/")
        return (source, identifier) if source.isalnum() and identifier.isalnum() else None
    source = {"pmid": "MED", "pmcid": "PMC", "ppr": PREPRINT}.get(kind, "")
    return (source, value) if source and value.isalnum() else None


def _title(title: str | None) -> str | None:
    """Without tags, and without the full stop that PubMed ends titles with."""
    text = plain_text(title or "") or ""
    return (text[:-1] if text.endswith(".") and not text.endswith("..") else text).strip() or None


def _authors(row: Row) -> tuple[str, ...]:
    names = tuple(name for name in (author.printed for author in row.author_list[:_MAX_AUTHORS]) if name)
    if names or not row.author_string:
        return names
    parts = (part.strip() for part in row.author_string.removesuffix(".").split(",")[:_MAX_AUTHORS])
    return tuple(part for part in parts if part and part != "et al")


def _page(row: Row) -> str | None:
    path = path_part(f"{row.source}/{row.id}") if row.source and row.id else None
    return f"{PAGES}/{path}" if path else None


def _other_ids(row: Row) -> tuple[str, ...]:
    """The record's own id, PubMed's, PubMed Central's, and the published version's of a preprint."""
    published = (
        record_id(one.source, one.id) for one in row.corrections if (one.type or "").lower() == "preprint of"
    )
    ids = (record_id("MED", row.pmid), record_id("PMC", row.pmcid), record_id(row.source, row.id), *published)
    return tuple(dict.fromkeys(one for one in ids if one))


def _notices(row: Row, title: str) -> tuple[Notice, ...]:
    """One a kind; what names another record comes before what a type or the title says."""
    stated = [
        Notice(kind=kind, source=NAME, detail=correction.detail)
        for correction in row.corrections
        if (kind := _CORRECTIONS.get((correction.type or "").lower()))
    ]
    kinds = (_TYPES.get(name.lower().replace("-", " ")) for name in row.pub_types)
    stated += [Notice(kind=kind, source=NAME) for kind in kinds if kind]
    if by_title := title_notice(title, NAME):
        stated.append(by_title)
    first: dict[str, Notice] = {}
    for notice in stated:
        first.setdefault(notice.kind, notice)
    return tuple(first.values())


def _open_copies(row: Row) -> list[Copy]:
    return [copy for copy in row.copies if copy.availability_code in _OPEN and copy.url]


def _is_open(row: Row) -> bool | None:
    """Open when it is so called or a copy is free; Europe PMC's own "N" speaks of its subset alone."""
    return True if row.is_open_access or _open_copies(row) else row.is_open_access


def _links(row: Row) -> tuple[Link, ...]:
    """JATS of the open-access subset, then the open copies that are files or pages."""
    version: Any = (
        "submitted" if row.source == PREPRINT else "accepted" if row.author_manuscript else "published"
    )
    pmcid = (row.pmcid or "").upper()
    links = []
    if row.is_open_access and _PMCID.fullmatch(pmcid):
        links.append(Link(url=f"{FULL_TEXT}/{pmcid}/fullTextXML", form="jats", source=NAME, version=version))
    forms: dict[str | None, TextForm] = {"pdf": "pdf", "html": "html"}
    for copy in _open_copies(row):
        form = forms.get((copy.document_style or "").lower())
        if form and copy.url:
            links.append(Link(url=copy.url, form=form, source=NAME, version=version))
    return tuple(links)
