"""The blocks of a DOCX report in the order of the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.rendering.docx_answer import answer
from synthesis.rendering.docx_appendix import appendix
from synthesis.rendering.docx_changes import changes, loads
from synthesis.rendering.docx_claims import claims
from synthesis.rendering.docx_results import comparisons, opposed
from synthesis.rendering.docx_review import review
from synthesis.rendering.docx_text import (
    bookmarked,
    embedded,
    form_words,
    link,
    listed,
    literal,
    paragraph,
    tab,
    words,
)
from synthesis.rendering.docx_writer import bookmark, said
from synthesis.rendering.text import doi_url, one_line, safe_url
from synthesis.terms import listed_apart
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthesis.records import Methodology, Reference
    from synthesis.rendering.docx_text import Element
    from synthesis.rendering.docx_writer import Writer


def blocks(writer: Writer) -> Iterator[Element]:
    """Paragraphs and tables, from the title to the last appendix."""
    report = writer.report
    yield literal("Title", report.title)
    yield literal("Subtitle", report.author)
    yield literal("Date", report.date)
    yield form_words("heading1", say("Abstract"))
    yield writer.sentences(report.abstract, "Abstract")
    yield from changes(writer)
    yield _section(1, say("Introduction"))
    yield writer.sentences(report.introduction)
    yield _section(2, say("Methodology"))
    yield from _methodology(writer, report.methodology)
    yield _section(3, say("Results"))
    yield writer.sentences(report.results)
    for part in (answer, comparisons, opposed, loads, review):
        yield from part(writer)
    yield _section(4, say("Limitations"))
    yield writer.sentences(report.limitations)
    yield _section(5, say("Extracted Claims"))
    yield from claims(writer)
    yield form_words("heading1", say("References"))
    yield from (_reference(writer, reference) for reference in report.references)
    yield from appendix(writer)


def _section(number: int, title: str) -> Element:
    return form_words("heading1", f"{number} {title}")


def _methodology(writer: Writer, methodology: Methodology) -> Iterator[Element]:
    yield writer.sentences(methodology.statements)
    if methodology.lost:
        yield form_words("BodyText", say("Lost:"))
        yield from (form_words("ListBullet", lost) for lost in methodology.lost)


def _reference(writer: Writer, reference: Reference) -> Element:
    number = bookmarked(bookmark(reference.number), reference.number, words(f"[{reference.number}]"))
    parts = [*number, *tab()]
    if reference.authors:
        parts += [*listed(map(said, reference.authors)), *words(". ")]
    parts += [*words("“"), *said(reference.title), *words("”.")]
    if reference.venue:
        parts += [*words(" "), *said(reference.venue), *words(".")]
    if reference.year is not None:
        parts += words(f" {reference.year}.")
    if reference.retracted:
        parts += [*words(" "), *words(say("Retracted."), "Strong")]
    for url in dict.fromkeys((safe_url(reference.url), doi_url(reference.doi))):
        if url is not None:
            parts += [*words(" "), *link(writer.relate(url), url)]
    if reference.notes:
        parts += [*words(" ("), *embedded(one_line(listed_apart(reference.notes))), *words(")")]
    return paragraph("ListNumber", parts)
