"""DOCX → blocks, after the package has been found to be of a sane size and free of entity declarations."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from lxml import etree

from synthesis.errors import InputFileError
from synthesis.reading.zips import check_zip
from synthesis.tables.blocks import Heading, Item, Paragraph
from synthesis.tables.columns import clean, spanned_grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.tables.blocks import Block
    from synthesis.tables.columns import Grid

MAX_PARTS = 2000
MAX_UNPACKED_BYTES = 64 << 20
MAX_XML_BYTES = 16 << 20  # of the main part, which is read as one tree
MAX_RATIO = 200  # XML of real documents packs to a tenth; a bomb to a thousandth
_RATIO_FROM_BYTES = 1 << 20  # below this a high ratio does no harm
_STEP_BYTES = 1 << 16
_MAIN_PART = "word/document.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = frozenset({f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}p"})


def parse(data: bytes, path: Path) -> list[Block]:
    """Headings, paragraphs, list items and tables of a DOCX file, in their order; deleted and hidden text is none.

    Raises:
        InputFileError: not a DOCX, damaged, encrypted, or a package that unpacks to far more than it should.
    """
    from docx import Document  # noqa: PLC0415  0.4 s, for this format only

    try:
        document = Document(_unpacked(data, path))
        styles = {style.style_id: style.name or "" for style in document.styles}
        return list(_blocks(document.element.body, styles))
    except InputFileError:
        raise
    # The zip, XML and DOCX layers each raise their own (BadZipFile, zlib.error, KeyError …): one way out for all.
    except Exception as error:
        raise InputFileError(
            f"{path} is a damaged DOCX file ({type(error).__name__}); save it again, or export it as CSV."
        ) from error


def _unpacked(data: bytes, path: Path) -> io.BytesIO:
    """The same package without compression, each part as long as it says it is.

    Sizes in a zip archive may lie, and reading such a part at once would unpack all of it; in small steps it ends
    at its stated size.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as plain:
        parts = packed.infolist()
        _check_parts(parts, len(data), path)
        for part in parts:
            with packed.open(part) as handle:
                content = b"".join(iter(lambda: handle.read(_STEP_BYTES), b""))
            if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in content:
                raise _unsafe(path, f"its part {part.filename} declares XML entities")
            plain.writestr(zipfile.ZipInfo(part.filename), content)
    check_zip(data, str(path))
    out.seek(0)
    return out


def _check_parts(parts: list[zipfile.ZipInfo], packed: int, path: Path) -> None:
    names = {part.filename for part in parts}
    if _MAIN_PART not in names:
        kind = "an Excel workbook" if "xl/workbook.xml" in names else "a zip archive, but not a DOCX file"
        raise InputFileError(
            f"{path} is {kind}; a DOCX file has a part named {_MAIN_PART}. Export the table as CSV or DOCX."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise InputFileError(f"{path} is encrypted; save a copy without the password and read that.")
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        raise _unsafe(path, f"its {len(parts):,} parts unpack to {unpacked:,} bytes")
    if unpacked > _RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed:
        raise _unsafe(path, f"its {packed:,} bytes unpack to {unpacked:,}")
    for part in parts:
        if part.filename == _MAIN_PART and part.file_size > MAX_XML_BYTES:
            raise _unsafe(path, f"its text unpacks to {part.file_size:,} bytes")


def _unsafe(path: Path, found: str) -> InputFileError:
    return InputFileError(
        f"{path} was not opened: {found}, which no table of claims needs. Copy the table to a new document, or "
        "export it as CSV."
    )


def _blocks(body: Any, styles: dict[str, str]) -> Iterator[Block]:
    for number, element in enumerate(body.iter(f"{_W}p", f"{_W}tbl"), start=1):
        if element.tag == f"{_W}tbl":
            grid = _grid(element)
            if grid is not None:
                yield grid
        elif next(element.iterancestors(f"{_W}tc"), None) is None:
            yield _text_block(element, styles, number)


def _text_block(paragraph: Any, styles: dict[str, str], number: int) -> Block:
    text = _words(paragraph)
    style_id = paragraph.find(f"{_W}pPr/{_W}pStyle")
    style = styles.get(style_id.get(f"{_W}val", ""), "").casefold() if style_id is not None else ""
    if style == "title":
        return Heading(0, text)
    if style.startswith("heading ") and style[8:].isdecimal():
        return Heading(int(style[8:]), text)
    if style.startswith("list ") or paragraph.find(f"{_W}pPr/{_W}numPr") is not None:
        return Item(text, number)
    return Paragraph(text)


def _grid(table: Any) -> Grid | None:
    own = (tr for tr in table.iter(f"{_W}tr") if next(tr.iterancestors(f"{_W}tbl")) is table)
    return spanned_grid([(_words(cell), _span(cell)) for cell in _cells(tr)] for tr in own)


def _cells(tr: Any) -> list[Any]:
    return [cell for cell in tr.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is tr]


def _span(cell: Any) -> int:
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    value = span.get(f"{_W}val", "1") if span is not None else "1"
    return max(1, int(value)) if value.isdecimal() and len(value) < 6 else 1


def _words(element: Any) -> str:
    """The words of a paragraph or cell, hidden runs and what was moved away left out; a table inside keeps its own."""
    parts: list[str] = []
    walker = etree.iterwalk(element, events=("start",))
    for _, node in walker:
        if node is not element and (node.tag in (f"{_W}tbl", f"{_W}moveFrom") or _is_hidden(node)):
            walker.skip_subtree()
        elif node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag in _BREAKS:
            parts.append(" ")
    return clean("".join(parts))


def _is_hidden(node: Any) -> bool:
    vanish = node.find(f"{_W}rPr/{_W}vanish") if node.tag == f"{_W}r" else None
    return vanish is not None and vanish.get(f"{_W}val", "true") not in ("0", "false", "off")
