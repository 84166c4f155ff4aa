"""A report file from anywhere: its bytes, bounded; which format it is; its JSON, looked over before it is used."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from synthesis.auditing.records import Finding
from synthesis.errors import InputFileError
from synthesis.tables.intake import (
    BOM,
    MAX_DOCUMENT_BYTES,
    MAX_JSON_BYTES,
    MAX_TEXT_CHARS,
    check_size,
    decode,
    read_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path

_MAX_DEPTH = 64
_HTML = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_MARKDOWN = re.compile(r"^#{1,2} \S", re.MULTILINE)
_SUFFIXES = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".json": "json"}


class GivenFile(NamedTuple):
    """A file and the format that its content shows."""

    path: Path
    format: str  # md, html, pdf, docx, json, text
    data: bytes

    @property
    def text(self) -> str:
        """The text of a format that is text, without a byte order mark."""
        return decode(self.data, self.path).removeprefix(BOM)


def read_given(path: Path) -> GivenFile:
    """The file at ``path``; its content decides on the format.

    Raises:
        InputFileError: missing, empty, too large, or of no format that a report has.
    """
    data = read_bytes(path)
    if b"%PDF-" in data[:1024]:
        return GivenFile(path, "pdf", data)
    if data.startswith(b"PK\x03\x04"):
        return GivenFile(path, "docx", data)
    text = decode(data, path).removeprefix(BOM)
    fmt = _format_of(text, path)
    if fmt == "json":
        check_size(len(data), MAX_JSON_BYTES, path, "JSON")
    elif fmt == "text":
        check_size(len(text), MAX_TEXT_CHARS, path, "a report's text")
    else:
        check_size(len(data), MAX_DOCUMENT_BYTES, path, "a report")
    return GivenFile(path, fmt, data)


def _format_of(text: str, path: Path) -> str:
    if text.lstrip().startswith("{"):
        return "json"
    if _HTML.match(text):
        return "html"
    by_name = _SUFFIXES.get(path.suffix.lower())
    if by_name is not None:
        return by_name
    return "md" if path.suffix.lower() != ".txt" and _MARKDOWN.search(text) else "text"


class JsonTree(NamedTuple):
    """A JSON value, numbers exact, and the names that stand twice in one object."""

    value: Any
    twice: tuple[Finding, ...]


def json_tree(text: str, path: Path) -> JsonTree:
    """The value of a JSON text.

    Raises:
        InputFileError: not JSON, or nested deeper than any report.
    """
    twice: list[Finding] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) < len(pairs):
            names = [name for name, _ in pairs]
            again = next(name for name in names if names.count(name) > 1)
            values = [str(value)[:60] for name, value in pairs if name == again]
            twice.append(
                Finding(
                    kind="file", place=f"“{again[:60]}” stands twice", expected=values[0], found=values[-1]
                )
            )
        return built

    try:
        value = json.loads(text.removeprefix(BOM), object_pairs_hook=once, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise InputFileError(
            f"{path}, line {error.lineno}, column {error.colno}: not JSON ({error.msg}); give the report as it was "
            "written."
        ) from error
    except (RecursionError, ValueError) as error:
        raise InputFileError(
            f"{path} is JSON nested too deeply, or with a number too long, for a report."
        ) from error
    if _depth(value) > _MAX_DEPTH:
        raise InputFileError(f"{path} is JSON nested deeper than {_MAX_DEPTH} levels, which no report is.")
    return JsonTree(value, tuple(twice))


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return depth
