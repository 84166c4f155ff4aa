"""Papers: their bibliographic facts, the text that was open to us, and words locked to their place in it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from synthesis.records.base import Record, text_sha256


class Section(Record):
    """A stretch of a paper's stored text; quotes point into ``text``."""

    title: str
    text: str
    page: int | None = None  # first page, counted from 1, where the paper came as PDF
    # where each further page begins in ``text``; the fields below and here are left out of files where they are empty
    page_breaks: tuple[int, ...] = Field(default=(), exclude_if=lambda value: not value)

    def page_at(self, offset: int) -> int | None:
        """The page on which the character at ``offset`` stands."""
        if self.page is None:
            return None
        return self.page + sum(start <= offset for start in self.page_breaks)


TextForm = Literal["latex", "html", "jats", "pdf"]


class Link(Record):
    """An open copy of a paper's text, as a source names it; not fetched yet, and not to be trusted."""

    url: str
    form: TextForm
    source: str
    version: Literal["published", "accepted", "submitted"] | None = None


class Notice(Record):
    """What a source says of a work's standing."""

    kind: Literal["retracted", "withdrawn", "concern", "corrected", "newer version"]
    source: str
    detail: str | None = None  # e.g. the DOI of the notice


class Conflict(Record):
    """A fact that sources state differently; ``values`` are (source, value), the one that was kept first."""

    field: str
    values: tuple[tuple[str, str], ...]


class Paper(Record):
    """A work: bibliographic facts and the text that was open to us.

    ``paper_id`` is the first known of ``arxiv:…`` (no version), ``doi:…`` (lower case), ``acl:…``,
    ``file:<first 16 hex of the file's sha256>``, ``title:<first 16 hex of the normalised title's sha256>``.
    ``other_ids`` may also hold a database's own: ``s2:…``, ``openalex:W…``, ``pmid:…``, ``pmcid:PMC…``.
    """

    paper_id: str = Field(min_length=1)
    title: str
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    doi: str | None = None  # lower case, no resolver prefix
    arxiv_id: str | None = None  # without version
    arxiv_version: int | None = None
    acl_id: str | None = None
    url: str | None = None
    source: str  # name of the source that gave it: "arxiv", "demo", a library's name
    retracted: bool = False
    other_ids: tuple[str, ...] = ()  # paper_ids of merged records: other versions, preprint or published
    sections: tuple[Section, ...] = ()  # empty when neither abstract nor full text is open
    language: str | None = Field(default=None, exclude_if=lambda value: value is None)  # ISO 639-1
    fields: tuple[str, ...] = Field(
        default=(), exclude_if=lambda value: not value
    )  # of study, in a source's words
    cited_by: int | None = Field(default=None, exclude_if=lambda value: value is None)
    open_access: bool | None = Field(default=None, exclude_if=lambda value: value is None)
    links: tuple[Link, ...] = Field(default=(), exclude_if=lambda value: not value)
    notices: tuple[Notice, ...] = Field(default=(), exclude_if=lambda value: not value)
    conflicts: tuple[Conflict, ...] = Field(default=(), exclude_if=lambda value: not value)
    provenance: tuple[tuple[str, str], ...] = Field(
        default=(), exclude_if=lambda value: not value
    )  # (fact, source)
    form: TextForm | None = Field(
        default=None, exclude_if=lambda value: value is None
    )  # of the full text; None: abstract
    quality: float = Field(default=1.0, ge=0, le=1, exclude_if=lambda value: value == 1.0)  # of the parse
    flags: tuple[str, ...] = Field(
        default=(), exclude_if=lambda value: not value
    )  # what is wrong with the parse


class Span(Record):
    """Half-open offsets in characters."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Quote(Record):
    """Words of a paper, locked to where they stand: section text[start:end] == text, hash included."""

    paper_id: str
    section: int = Field(ge=0)  # index into Paper.sections
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    sha256: str

    @model_validator(mode="after")
    def _locked(self) -> Self:
        if self.end - self.start != len(self.text) or self.sha256 != text_sha256(self.text):
            raise ValueError(f"quote of {self.paper_id} at {self.start}:{self.end} does not match its lock")
        return self

    @classmethod
    def of(cls, paper: Paper, section: int, start: int, end: int) -> Quote:
        """Cut the quote ``start:end`` out of a section of ``paper``."""
        text = paper.sections[section].text[start:end]
        return cls(
            paper_id=paper.paper_id,
            section=section,
            start=start,
            end=start + len(text),
            text=text,
            sha256=text_sha256(text),
        )


class Passage(Record):
    """A stretch of a section, short enough to be judged at once, with its sentences' offsets."""

    passage_id: str  # "<paper_id>#<section>:<start>"
    paper_id: str
    section: int
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]  # offsets into the section's text, not into the passage

    @property
    def sentence_texts(self) -> list[str]:
        """The texts of the sentences, in order."""
        return [self.text[s.start - self.start : s.end - self.start] for s in self.sentences]
