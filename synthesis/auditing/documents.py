"""A report file as pieces, by the way of its format."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from synthesis.auditing.markdown_pieces import markdown_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.auditing.given import GivenFile
    from synthesis.auditing.pieces import Heading, Piece


class Document(NamedTuple):
    """The pieces of a file, and whether all of it was read."""

    pieces: list[Piece]
    whole: bool = True


def read_document(given: GivenFile, headings: Sequence[Heading]) -> Document:
    """The pieces of a file that is not JSON; ``headings`` are those that PDF and plain text are told to have.

    Raises:
        InputFileError: the file cannot be read as its format.
    """
    if given.format == "md":
        return Document(markdown_pieces(given.text))
    if given.format == "html":
        from synthesis.auditing.html_pieces import html_pieces  # noqa: PLC0415  lxml, for this format only

        return Document(html_pieces(given.text, given.path))
    if given.format == "docx":
        from synthesis.auditing.docx_pieces import docx_pieces  # noqa: PLC0415  lxml, for this format only

        return Document(docx_pieces(given.data, given.path))
    from synthesis.auditing.pdf_pieces import pdf_pieces, text_pieces  # noqa: PLC0415  for these formats only

    if given.format == "text":
        return Document(text_pieces(given.text, headings))
    return Document(*pdf_pieces(given.path, headings))
