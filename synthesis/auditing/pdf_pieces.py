"""PDF and plain text as pieces: lines under the report's headings, page heads and feet apart, targets of links."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from synthesis.auditing.pieces import Piece, under_headings
from synthesis.errors import InputFileError
from synthesis.reading.pdf.reader import PdfLimits, pdf_hidden, pdf_page_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from synthesis.auditing.pieces import Heading

# A report of 500 claims has some 500 pages; it is as large as what people read, not as what a library is made of.
_LIMITS = PdfLimits(seconds=60, max_pages=2_000, output_bytes=64 << 20)
_REPEATED = 3  # an edge's line that stands on so many pages belongs to no text
_DIGITS = re.compile(r"\d+")


class PdfPieces(NamedTuple):
    """A PDF's text, and whether all of it was read."""

    pieces: list[Piece]
    whole: bool


def pdf_pieces(path: Path, headings: Sequence[Heading]) -> PdfPieces:
    """The lines of a PDF under ``headings``; behind them page heads and feet, then links and properties.

    Raises:
        InputFileError: the PDF cannot be read.
    """
    pages = [text.split("\n") for text in pdf_page_texts(path, _LIMITS)]
    hidden = pdf_hidden(path, _LIMITS)
    if not any(line.strip() for page in pages for line in page):
        raise InputFileError(f"{path} holds no text, only pictures; give the PDF as it was written.")
    furniture = _furniture(pages)
    body = [
        (line, "") for page, edges in zip(pages, furniture, strict=True) for line in _without(page, edges)
    ]
    pieces = list(under_headings(body, headings))
    pieces += [
        Piece(page[edge], f"page {number}, its head or foot", aside=True)
        for number, (page, edges) in enumerate(zip(pages, furniture, strict=True), start=1)
        for edge in edges
    ]
    pieces += [Piece(f"link→{uri}", f"page {page}, link", hidden=True) for page, uri in hidden.links]
    pieces += [
        Piece(value, f"document properties, {name}", hidden=True)
        for name, value in sorted(hidden.metadata.items())
        if name in {"Title", "Author", "Subject", "Keywords"} and value.strip()
    ]
    return PdfPieces(pieces, whole=len(pages) == hidden.page_count)


def text_pieces(text: str, headings: Sequence[Heading]) -> list[Piece]:
    """The lines of a report's text under ``headings``; pages are told apart by form feeds."""
    pages = [page.split("\n") for page in text.split("\f")]
    lines = (
        line for page, edges in zip(pages, _furniture(pages), strict=True) for line in _without(page, edges)
    )
    return list(under_headings(((line, "") for line in lines), headings))


def _furniture(pages: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """For each page the indices of the first and last line, where such a line stands on several pages."""
    edges = [sorted({0, len(page) - 1}) if len(page) > 1 else [] for page in pages]
    heads = Counter(_shape(page[edge]) for page, own in zip(pages, edges, strict=True) for edge in own)
    return [
        tuple(edge for edge in own if heads[_shape(page[edge])] >= _REPEATED)
        for page, own in zip(pages, edges, strict=True)
    ]


def _shape(line: str) -> str:
    return _DIGITS.sub("#", line.strip())


def _without(page: Sequence[str], edges: Sequence[int]) -> list[str]:
    return [line for index, line in enumerate(page) if index not in edges]
