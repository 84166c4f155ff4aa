"""PDF → paper. PDFium runs in a child process with limits on time, memory and output."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from synthesis.reading.pdf.child import EXIT_REASONS
from synthesis.reading.pdf.layout import full_text, lay_out
from synthesis.reading.pdf.text import Line, Page
from synthesis.reading.problems import UnreadableFileError
from synthesis.records import Paper, Record

if TYPE_CHECKING:
    from synthesis.reading.full_text import FullText

NO_TEXT = "no text layer"
_CHILD = Path(__file__).with_name("child.py")
_WAYS_OUT = {
    "encrypted": "Save a copy without the password and read that.",
    "damaged": "Download or export the file again.",
    "too large": "Split the file, or save it without images.",
    "took too long": "Split the file, or save it without images.",
    "crashed the PDF reader": "Print it to a new PDF and read that.",
    "empty": "Download the file again.",
    "is HTML, not PDF": "A web page was saved instead of the paper; download the PDF itself.",
    "is not a PDF": "Give a PDF, or a file whose suffix names its true format.",
    NO_TEXT: "It is a scan or drawing; run text recognition (OCR) on it first.",
    "no title found": "Add the paper's metadata as BibTeX, RIS or JSON Lines instead.",
}


class PdfLimits(Record):
    """Bounds on one file; what passes them is lost, never the run.

    With these a file costs at most 10 s and 512 MiB, laying its text out included; papers of 20 pages take 0.5 s and
    100 MiB. A file of too many pages, or too slow ones, is read as far as the bounds allow.
    """

    seconds: int = Field(default=6, ge=1)
    memory_bytes: int = Field(default=512 << 20, ge=1 << 27)
    output_bytes: int = Field(default=16 << 20, ge=1 << 10)
    max_pages: int = Field(default=300, ge=1)
    max_file_bytes: int = Field(default=256 << 20, ge=1)


class _Extracted(Record):
    """What the child writes."""

    metadata: dict[str, str]
    page_count: int
    pages: tuple[Page, ...]


class PdfHidden(Record):
    """What a PDF holds beside its pages' text."""

    metadata: dict[str, str]
    page_count: int
    links: tuple[tuple[int, str], ...]  # (page, from 1; address) of links to the outside


def read_pdf(path: Path, source: str = "file", limits: PdfLimits | None = None) -> Paper:
    """Read one PDF as a paper: title, abstract, sections with their pages, identifiers where they are printed.

    Raises:
        UnreadableFileError: with ``reason`` one of encrypted, damaged, too large, took too long, crashed the PDF
            reader, empty, is HTML not PDF, is not a PDF, no text layer, no title found.
    """
    extracted = _extract_text(path, limits)
    paper = lay_out(
        extracted.pages,
        metadata=extracted.metadata,
        file_name=path.name,
        file_sha256=_file_sha256(path),
        source=source,
        page_count=extracted.page_count,
    )
    if paper is None:
        raise _problem(path, "no title found")
    return paper


def read_pdf_text(path: Path, limits: PdfLimits | None = None) -> FullText:
    """Read one PDF's text: title, abstract, sections with the page of every character, quality of the parse.

    Raises:
        UnreadableFileError: as ``read_pdf``; a PDF without a title has ``title`` ``None``.
    """
    extracted = _extract_text(path, limits)
    return full_text(extracted.pages, extracted.metadata, extracted.page_count)


def pdf_page_texts(path: Path, limits: PdfLimits | None = None) -> list[str]:
    """Text of each page, lines as printed, separated by line feeds.

    A hyphen that PDFium takes for a broken word's is a soft hyphen (U+00AD) before its line feed.

    Raises:
        UnreadableFileError: as ``read_pdf``, save that pages without text are empty strings.
    """
    return [_page_text(page.lines) for page in _extract(path, limits or PdfLimits()).pages]


def pdf_attachment(path: Path, name: str, limits: PdfLimits | None = None) -> bytes | None:
    """The bytes of the embedded file ``name``; ``None`` if the PDF holds none of that name.

    Raises:
        UnreadableFileError: as ``read_pdf``.
    """
    try:
        return _run_child(path, "attachment", name, limits or PdfLimits())
    except UnreadableFileError as error:
        if error.reason == "no such attachment":
            return None
        raise


def pdf_hidden(path: Path, limits: PdfLimits | None = None) -> PdfHidden:
    """Properties, number of pages and where links lead.

    Raises:
        UnreadableFileError: as ``read_pdf``.
    """
    limits = limits or PdfLimits()
    try:
        return PdfHidden.model_validate_json(_run_child(path, "links", str(limits.max_pages), limits))
    except ValidationError as error:
        raise _problem(path, "damaged") from error


def _page_text(lines: tuple[Line, ...]) -> str:
    text = "".join(f"{' ' if line.goes_on else chr(10)}{line.text}" for line in lines)
    return text[1:].replace("\x02", "\u00ad")


def _extract_text(path: Path, limits: PdfLimits | None) -> _Extracted:
    extracted = _extract(path, limits or PdfLimits())
    if not any(page.lines for page in extracted.pages):
        raise _problem(path, NO_TEXT)
    return extracted


def _extract(path: Path, limits: PdfLimits) -> _Extracted:
    output = _run_child(path, "text", str(limits.max_pages), limits)
    try:
        return _Extracted.model_validate_json(output)
    except ValidationError:
        pass
    # Half of a UTF-16 pair passes the child's JSON but not the strict parser: replace it and try once more.
    try:
        import json  # noqa: PLC0415  needed only for such files

        text = json.dumps(json.loads(output), ensure_ascii=False).encode("utf-8", "replace")
        return _Extracted.model_validate_json(text)
    except (ValueError, RecursionError) as error:
        raise _problem(path, "damaged") from error


def _run_child(path: Path, command: str, operand: str, limits: PdfLimits) -> bytes:
    """What the child wrote; every way in which it can fail becomes one typed error."""
    _check_signature(path, limits)
    bounds = (limits.memory_bytes, limits.seconds, limits.output_bytes)
    # By path, and -P: modules come neither from the current directory, which may be the hostile file's own, nor
    # from the child's folder, whose names are common ones.
    arguments = [sys.executable, "-P", str(_CHILD), command, str(path.resolve()), operand, *map(str, bounds)]
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(  # noqa: S603  our own interpreter and file; the path is one argument
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _problem(path, "took too long") from None
        if done.returncode != 0:
            raise _problem(path, _reason_of(done.returncode))
        output.seek(0)
        return output.read(limits.output_bytes)


def _reason_of(code: int) -> str:
    if code == -getattr(signal, "SIGXCPU", code + 1):
        return "took too long"
    return EXIT_REASONS.get(code, "crashed the PDF reader")


def _check_signature(path: Path, limits: PdfLimits) -> None:
    """Refuse what is plainly no PDF before a process is started for it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as handle:
            head = handle.read(1024)
    except OSError as error:
        raise UnreadableFileError(
            f"cannot read {path}: {error.strerror or error}", "cannot be opened"
        ) from error
    if not head.strip():
        raise _problem(path, "empty")
    if size > limits.max_file_bytes:
        raise _problem(path, "too large")
    if b"%PDF-" not in head:  # readers accept the signature anywhere in the first kilobyte
        looks_html = (
            head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html", b"<head"))
        )
        raise _problem(path, "is HTML, not PDF" if looks_html else "is not a PDF")


def _problem(path: Path, reason: str) -> UnreadableFileError:
    verb = (
        reason if reason.startswith(("is ", "took ", "crashed ")) else f"cannot be read as a paper: {reason}"
    )
    return UnreadableFileError(f"{path} {verb}. {_WAYS_OUT.get(reason, '')}".rstrip(), reason)


def _file_sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
