"""A file's bytes, bounded, and the text that they hold."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from synthesis.errors import InputFileError

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE_BYTES = 64 << 20
# Formats that are read as one tree, which takes many times the file's size.
MAX_JSON_BYTES = 16 << 20
MAX_DOCUMENT_BYTES = 8 << 20  # Markdown, HTML
MAX_TEXT_CHARS = 4 << 20  # text pulled from a report
MAX_LINE_CHARS = 1_000_000
MAX_ROWS = 100_000
MAX_CLAIM_CHARS = 10_000

BOM = "\ufeff"
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Control characters other than tab, line feed, form feed, carriage return, and the three that PDF text holds
# for a broken word (U+0002) or a lost glyph (U+0000 is never text).
_CONTROL = re.compile(r"[\x00\x01\x03-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_MAX_CONTROL_SHARE = 0.01


def read_bytes(path: Path) -> bytes:
    """All bytes of a regular file of at most ``MAX_FILE_BYTES``.

    Raises:
        InputFileError: missing, not a regular file, empty, too large, or not readable.
    """
    if path.is_dir():
        raise InputFileError(f"{path} is a folder; name one file that holds a table of claims or a report.")
    if not path.exists():
        raise InputFileError(f"{path} does not exist; check the spelling and the folder it is in.")
    if not path.is_file():
        raise InputFileError(f"{path} is not a regular file; save the table to a file and name that.")
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputFileError(
            f"{path} cannot be read: {error.strerror}; check the file's permissions."
        ) from error
    if not data.strip():
        raise InputFileError(f"{path} is empty; a table with a column of claims was expected.")
    if len(data) > MAX_FILE_BYTES:
        raise InputFileError(
            f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB, the most that is read as one table; "
            "split it into several files."
        )
    return data


def decode(data: bytes, path: Path) -> str:
    """The text of ``data``: UTF-8, UTF-16 with a byte order mark, else Windows-1252 if all of it prints.

    A byte order mark stays as the first character; text that was not UTF-8 gets one, so that what is written
    back opens as what it is in a spreadsheet.

    Raises:
        InputFileError: the bytes are no text.
    """
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            raise InputFileError(
                f"{path} begins with the mark of {encoding.upper()} but is damaged at byte {error.start}; "
                "save it again as UTF-8."
            ) from error
        text = BOM + _decode_legacy(data, path, error.start)
    controls = len(_CONTROL.findall(text))
    if "\0" in text or controls > _MAX_CONTROL_SHARE * len(text):
        at = _CONTROL.search(text)
        line = text.count("\n", 0, at.start() if at else 0) + 1
        raise _binary(path, f"line {line} holds characters that never stand in text")
    return text


def _decode_legacy(data: bytes, path: Path, first_bad: int) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _binary(path, f"byte {first_bad} is not UTF-8") from error
    if _CONTROL.search(text):
        raise _binary(path, f"byte {first_bad} is not UTF-8")
    return text


def _binary(path: Path, found: str) -> InputFileError:
    return InputFileError(
        f"{path} is neither text nor a PDF or DOCX file ({found}). Expected a table as CSV, TSV, JSON, JSON Lines "
        "or Markdown, or a report as Markdown, HTML, DOCX, PDF or text; export it again as one of these, in UTF-8."
    )


def check_size(size: int, limit: int, path: Path, what: str) -> None:
    """Refuse a document of more than ``limit`` bytes or characters."""
    if size > limit:
        raise InputFileError(
            f"{path} is larger than {limit >> 20} MiB, the most that is read as {what}; split it, or export the table "
            "as CSV or JSON Lines."
        )


def check_lines(text: str, path: Path) -> None:
    """Refuse a line of more than ``MAX_LINE_CHARS``."""
    start = 0
    while start + MAX_LINE_CHARS < len(text):
        feed = text.rfind("\n", start, start + MAX_LINE_CHARS + 1)
        if feed < 0:
            line = text.count("\n", 0, start) + 1
            raise InputFileError(
                f"{path}, line {line}, is longer than {MAX_LINE_CHARS:,} characters, so it is no table of claims; "
                "write one claim a row."
            )
        start = feed + 1
