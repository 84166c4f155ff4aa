"""What a reader of full text gives, whatever the format: LaTeX, HTML, JATS or PDF."""

from __future__ import annotations

from pydantic import Field

from synthesis.records import Record, Section, TextForm


class FullText(Record):
    """The text of one paper.

    Sections are in reading order, the abstract first as a section titled "Abstract" where there is one; reference
    lists, key words, acknowledgements' boilerplate and navigation are left out. A table stands in its section's text in
    Markdown's form (head, rule, rows; caption "Table N: …" on the line before a blank line), as ``section_tables`` reads
    it. ``quality`` is 0–1; ``flags`` say in a few words each what lowered it.
    """

    form: TextForm
    title: str | None = None
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    identifiers: tuple[str, ...] = ()  # DOIs, arXiv ids, "pmcid:PMC…", "pmid:…", as the document states them
    sections: tuple[Section, ...] = ()
    references: tuple[
        str, ...
    ] = ()  # the works cited, a line each, as printed; DOIs where the format marks them
    quality: float = Field(default=1.0, ge=0, le=1)
    flags: tuple[str, ...] = ()
