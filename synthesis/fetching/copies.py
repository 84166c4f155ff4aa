"""A file as it came → full text: what it is is read off its first bytes, never off its name or content type."""

from __future__ import annotations

import html
import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from synthesis.reading.problems import UnreadableFileError
from synthesis.records import TextForm  # noqa: TC001 - a field of a NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from synthesis.reading.full_text import FullText
    from synthesis.reading.pdf.reader import PdfLimits

_HEAD_BYTES = 1024  # PDF readers accept the signature anywhere in the first kilobyte
_GZIP = b"\x1f\x8b"
_WEB_PAGE = re.compile(
    rb"(?>\s*<(?:!--.{0,400}?--|\?xml[^>]{0,200})>)*+\s*<(?:!doctype\s+html|html|head|body|script)\b",
    re.IGNORECASE | re.DOTALL,
)
_PAGE_TITLE = re.compile(rb"<title[^>]{0,200}>(.{0,400}?)</title", re.IGNORECASE | re.DOTALL)
_TITLE_CHARS = 80
_NAMES = {"latex": "LaTeX", "jats": "JATS", "pdf": "PDF"}


class Copy(NamedTuple):
    """A file and what it is, as far as its first bytes tell."""

    data: bytes
    form: TextForm


def sniff(data: bytes, form: TextForm, max_bytes: int) -> Copy:
    """What came for a file that was said to be ``form``: a PDF is known under any name, also in gzip."""
    if b"%PDF-" in data[:_HEAD_BYTES]:
        return Copy(data, "pdf")
    if not data.startswith(_GZIP):
        return Copy(data, form)
    try:
        if b"%PDF-" in zlib.decompressobj(wbits=31).decompress(data, _HEAD_BYTES):
            return Copy(zlib.decompressobj(wbits=31).decompress(data, max_bytes), "pdf")
    except zlib.error:
        pass  # the reader of LaTeX says what is wrong with it
    return Copy(data, form)


def refuse_what_is_none(copy: Copy) -> None:
    """Refuse an empty file, and a web page in the place of anything else, before a reader is started.

    Raises:
        UnreadableFileError: with ``reason`` "empty" or e.g. "is HTML, not PDF (Just a moment...)".
    """
    if not copy.data.strip(b"\0\t\n\r "):
        raise UnreadableFileError("the copy is empty", "empty")
    if copy.form != "html" and is_web_page(copy.data):
        title = _title_of(copy.data)
        reason = f"is HTML, not {_NAMES[copy.form]}" + (f" ({title})" if title else "")
        raise UnreadableFileError(f"the copy {reason}", reason)


def is_web_page(data: bytes) -> bool:
    """Whether ``data`` begins as HTML does; log-in pages and robot checks come under any name."""
    return _WEB_PAGE.match(data.removeprefix(b"\xef\xbb\xbf")[: 4 * _HEAD_BYTES]) is not None


def read_file(path: Path, form: TextForm, limits: PdfLimits) -> FullText:
    """The text of one file, by the reader of its form, which is loaded when the first such file comes.

    Raises:
        UnreadableFileError: with ``reason`` in a few words.
    """
    if form == "pdf":
        from synthesis.reading.pdf.reader import read_pdf_text  # noqa: PLC0415

        return read_pdf_text(path, limits)
    if form == "latex":
        from synthesis.reading.tex.reader import read_latex  # noqa: PLC0415

        return read_latex(path.read_bytes(), path.name)
    if form == "html":
        from synthesis.reading.html.reader import read_html  # noqa: PLC0415

        return read_html(path.read_bytes(), path.name)
    from synthesis.reading.jats.reader import read_jats  # noqa: PLC0415

    return read_jats(path.read_bytes(), path.name)


def _title_of(data: bytes) -> str:
    """What a web page calls itself, printable and short."""
    found = _PAGE_TITLE.search(data[: 64 * _HEAD_BYTES])
    words = html.unescape(found[1].decode("utf-8", "replace")).split() if found else []
    return "".join(c if c.isprintable() else "�" for c in " ".join(words))[:_TITLE_CHARS]
