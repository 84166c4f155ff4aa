"""A file or folder → papers: which reader reads what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.reading.bibtex import read_bibtex
from synthesis.reading.csl_json import read_csl_json
from synthesis.reading.documents import read_html_file, read_latex_file, read_xml_file
from synthesis.reading.jsonl import read_jsonl
from synthesis.reading.problems import Rejections, UnreadableFileError
from synthesis.reading.ris import read_ris
from synthesis.reading.stored import STORED_SUFFIX, read_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from synthesis.records import Paper

    TextReader = Callable[[Path, str, Rejections], Iterator[Paper]]

_PDF = ".pdf"
_TEXT_READERS: dict[str, TextReader] = {  # the first suffix that fits holds
    STORED_SUFFIX: read_stored,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".jsonl.gz": read_jsonl,
    ".jsonl.xz": read_jsonl,
    ".bib": read_bibtex,
    ".ris": read_ris,
    ".json": read_csl_json,
    ".tex": read_latex_file,
    ".tar": read_latex_file,
    ".tar.gz": read_latex_file,
    ".tgz": read_latex_file,
    ".gz": read_latex_file,  # arXiv's e-prints
    ".nxml": read_xml_file,
    ".xml": read_xml_file,
    ".html": read_html_file,
    ".htm": read_html_file,
    ".xhtml": read_html_file,
}
SUFFIXES = (_PDF, *_TEXT_READERS)
_STARTS: tuple[tuple[bytes, TextReader], ...] = (  # of files whose name says nothing
    (b"{", read_jsonl),
    (b"[", read_csl_json),
    (b"@", read_bibtex),
    (b"TY  -", read_ris),
    (b"\x1f\x8b", read_latex_file),
    (b"\\document", read_latex_file),
    (b"<?xml", read_xml_file),
    (b"<!DOCTYPE html", read_html_file),
    (b"<!doctype html", read_html_file),
    (b"<html", read_html_file),
)
_FORMATS = (
    "PDF (.pdf), LaTeX (.tex, .tar.gz, .gz), JATS or ACL Anthology (.xml, .nxml), HTML (.html), BibTeX (.bib), "
    "RIS (.ris), CSL-JSON (.json), JSON Lines (.jsonl, .jsonl.gz, .jsonl.xz)"
)


def read_path(path: Path, name: str) -> tuple[Iterator[Paper], Rejections]:
    """Papers of a file, or of every supported file of a folder; ``name`` becomes their source.

    The rejections grow while the papers are drawn. In a folder a file that cannot be read is one of them.

    Raises:
        UnreadableFileError: at once where the path does not exist or the format is unknown, or while the papers
            are drawn where a single file cannot be read or holds no usable record.
    """
    rejections = Rejections()
    files = list_files(path, rejections)
    return _read_all(files, name, rejections, alone=not path.is_dir()), rejections


def list_files(path: Path, rejections: Rejections) -> list[Path]:
    """The file itself, or the folder's supported files at any depth, in the order of their names.

    Hidden files are passed over. A link that leads outside the folder is rejected, never followed.

    Raises:
        UnreadableFileError: the path does not exist, or the folder holds no supported file.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UnreadableFileError(
            f"there is no file or folder {path}. Check the spelling; a relative path starts at {Path.cwd()}.",
            "cannot be opened",
        )
    root = path.resolve()
    files = []
    for folder, folders, names in os.walk(path, followlinks=False):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in (Path(folder, one) for one in sorted(names)):
            if file.name.startswith(".") or not file.name.lower().endswith(SUFFIXES):
                continue
            if file.is_symlink() and not file.resolve().is_relative_to(root):
                rejections.add(str(file), "link leads outside the folder")
            elif file.is_file():
                files.append(file)
    if not files:
        raise UnreadableFileError(
            f"the folder {path} holds no file that can be read: {_FORMATS}.", "no supported file"
        )
    return files


def read_file(path: Path, name: str, rejections: Rejections) -> Iterator[Paper]:
    """Papers of one file; PDFs without a text layer and unusable records are rejected.

    Raises:
        UnreadableFileError: the file as a whole cannot be read, or no record of it is usable.
    """
    reader = _reader_of(path)
    if reader is None:
        yield from _read_one_pdf(path, name, rejections)
        return
    before = rejections.counts.copy()
    found = False
    for paper in reader(path, name, rejections):
        found = True
        yield paper
    if not found:
        new = rejections.counts - before
        detail = (
            ", ".join(f"{count} x {reason}" for reason, count in new.items()) or "nothing that looks like one"
        )
        raise UnreadableFileError(
            f"{path} holds no usable record ({detail}). Check that its content is what its name says: {_FORMATS}.",
            "no usable record",
        )


def _read_all(files: list[Path], name: str, rejections: Rejections, *, alone: bool) -> Iterator[Paper]:
    for file in files:
        try:
            yield from read_file(file, name, rejections)
        except UnreadableFileError as error:
            if alone:
                raise
            rejections.add(str(file), error.reason, str(error))


def _read_one_pdf(path: Path, name: str, rejections: Rejections) -> Iterator[Paper]:
    from synthesis.reading.pdf.reader import NO_TEXT, read_pdf  # noqa: PLC0415  not needed for a library of metadata

    try:
        yield read_pdf(path, name)
    except UnreadableFileError as error:
        if error.reason != NO_TEXT:
            raise
        rejections.add(str(path), error.reason, str(error))


def _reader_of(path: Path) -> TextReader | None:
    """The reader by suffix, else by the first bytes; ``None`` for PDF."""
    lower = path.name.lower()
    if lower.endswith(_PDF):
        return None
    for suffix, reader in _TEXT_READERS.items():
        if lower.endswith(suffix):
            return reader
    try:
        with path.open("rb") as handle:
            head = handle.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError as error:
        raise UnreadableFileError(
            f"cannot read {path}: {error.strerror or error}", "cannot be opened"
        ) from error
    if b"%PDF-" in head:
        return None
    for start, reader in _STARTS:
        if head.startswith(start):
            return reader
    reason = "empty" if not head else "unknown format"
    said = "is empty" if not head else "has an unknown format"
    raise UnreadableFileError(f"{path} {said}. Formats that can be read: {_FORMATS}.", reason)
