"""A record of Semantic Scholar's Academic Graph → a paper. Pure.

Abstracts that a publisher does not let Semantic Scholar show are null; so may be every other field.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from synthesis.identifiers import make_paper_id
from synthesis.reading.metadata import Identifiers, abstract_sections
from synthesis.records import Link, Paper
from synthesis.sources.lenient import Count, Flag, Lenient, Name, Text, Texts, Year, as_list
from synthesis.sources.titles import title_notice
from synthesis.sources.urls import web_url

NAME = "semantic-scholar"
# What ``paper_of`` reads; nothing is sent unless it is asked for.
FIELDS = (
    "abstract,authors,citationCount,externalIds,fieldsOfStudy,isOpenAccess,journal,openAccessPdf,"
    "s2FieldsOfStudy,title,url,venue,year"
)
_MAX_AUTHORS = 5000


class ExternalIds(Lenient):
    """The work's names elsewhere."""

    arxiv: Name = Field(None, alias="ArXiv")
    doi: Name = Field(None, alias="DOI")
    acl: Name = Field(None, alias="ACL")
    pubmed: Name = Field(None, alias="PubMed")
    pubmed_central: Name = Field(None, alias="PubMedCentral")


class Author(Lenient):
    """An author; the name as printed, given name first, often as an initial."""

    name: Text = None


class OpenPdf(Lenient):
    """An open copy; ``url`` is "" where the publisher withholds it."""

    url: Text = None


class Journal(Lenient):
    """Where the work was printed."""

    name: Text = None


class FieldOfStudy(Lenient):
    """A field of study, and whose word for it."""

    category: Text = None


class PaperRow(Lenient):
    """A paper as the API sends it."""

    paper_id: Name = None
    title: Text = None
    abstract: Text = None
    authors: Annotated[tuple[Author, ...], BeforeValidator(lambda value: as_list(value)[:_MAX_AUTHORS])] = ()
    year: Year = None
    venue: Text = None
    journal: Journal = Journal()
    external_ids: ExternalIds = ExternalIds()
    url: Text = None
    citation_count: Count = None
    is_open_access: Flag = None
    open_access_pdf: OpenPdf = OpenPdf()
    fields_of_study: Texts = ()
    s2_fields: Annotated[tuple[FieldOfStudy, ...], BeforeValidator(as_list)] = Field(
        (), alias="s2FieldsOfStudy"
    )


def paper_of(row: PaperRow) -> Paper | None:
    """The paper of a record; ``None`` without a title."""
    if row.title is None:
        return None
    external = row.external_ids
    ids = Identifiers.of((external.arxiv, external.doi, external.acl))
    notice = title_notice(row.title, NAME)
    return Paper(
        paper_id=make_paper_id(title=row.title, arxiv_id=ids.arxiv_id, doi=ids.doi, acl_id=ids.acl_id),
        title=row.title,
        abstract=row.abstract,
        authors=tuple(author.name for author in row.authors if author.name),
        year=row.year,
        venue=row.venue or row.journal.name,
        doi=ids.doi,
        arxiv_id=ids.arxiv_id,
        arxiv_version=ids.arxiv_version,
        acl_id=ids.acl_id,
        url=web_url(row.url),
        source=NAME,
        retracted=notice is not None,
        other_ids=_other_ids(row),
        sections=abstract_sections(row.abstract),
        fields=_fields(row),
        cited_by=row.citation_count,
        open_access=row.is_open_access,
        links=_links(row.open_access_pdf),
        notices=(notice,) if notice else (),
    )


def _other_ids(row: PaperRow) -> tuple[str, ...]:
    """The database's own id, PubMed's and PubMed Central's."""
    external = row.external_ids
    central = external.pubmed_central and external.pubmed_central.upper().removeprefix("PMC")
    named = (("s2:", row.paper_id), ("pmid:", external.pubmed), ("pmcid:PMC", central))
    return tuple(f"{kind}{value}" for kind, value in named if value and value.isalnum())


def _fields(row: PaperRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*row.fields_of_study, *(f.category for f in row.s2_fields if f.category))))


def _links(copy: OpenPdf) -> tuple[Link, ...]:
    """The open copy. A DOI's address leads to the publisher's page, not to a file."""
    if copy.url is None:
        return ()
    is_page = "//doi.org/" in copy.url or "//dx.doi.org/" in copy.url
    return (Link(url=copy.url, form="html" if is_page else "pdf", source=NAME),)
