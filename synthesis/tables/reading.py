"""A file in any of the formats → its claim table; the content decides which format it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from synthesis.errors import InputFileError
from synthesis.records import Report
from synthesis.tables import delimited, json_table, markdown_table, text_report
from synthesis.tables.blocks import Item, table_of
from synthesis.tables.columns import Grid, GridRow, find_columns, read_rows
from synthesis.tables.form_words import header_pattern
from synthesis.tables.intake import (
    BOM,
    MAX_DOCUMENT_BYTES,
    MAX_JSON_BYTES,
    MAX_TEXT_CHARS,
    check_lines,
    check_size,
    decode,
    read_bytes,
)
from synthesis.tables.records import ClaimRow, ClaimTable

if TYPE_CHECKING:
    from pathlib import Path

    from synthesis.tables.blocks import Block
    from synthesis.tables.records import Format

REPORT_ATTACHMENT = "report.json"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE: .doc, .xls, and Office files with a password
_HTML = re.compile(
    r"\s*<(?:!doctype html|html|head|body|table|div|section|article|main|\?xml|!--)", re.IGNORECASE
)
_HTML_TABLE = re.compile(r"<(?:html|body|table)\b", re.IGNORECASE)
# The line under a Markdown table's header: nothing but bars, dashes, colons and blanks, a bar and a dash at least.
_MARKDOWN_RULE = re.compile(r"^[ \t>]{0,20}(?=[^\n|]*\|)(?=[^\n-]*-)[|:\- \t]+\r?$", re.MULTILINE)
_JSON_START = re.compile(r"\{\s*[\"}]|\[\s*[\"{\]]")
_MIN_SENTENCE_WORDS = 3  # an item of a list shorter than this is not a claim


def read_claims(path: Path, claim_column: str | None = None) -> ClaimTable:
    """The claim table of a file: CSV, TSV, JSON, JSON Lines, Markdown, HTML, DOCX, PDF, or a report's text.

    ``claim_column`` names the column of claims where the header does not call it claim, text, sentence or statement.

    Raises:
        InputFileError: naming the file, the place, what was expected, and the way out.
    """
    data = read_bytes(path)
    if b"%PDF-" in data[:1024]:
        return _read_pdf(path, claim_column)
    if data.startswith(b"PK\x03\x04"):
        from synthesis.tables import docx_table  # noqa: PLC0415  lxml, for this format only

        return table_of(docx_table.parse(data, path), path, "docx", claim_column)
    if data.startswith(_OLD_OFFICE):
        raise InputFileError(
            f"{path} is an old or password-protected Office file; save it without a password as DOCX, or export the "
            "table as CSV."
        )
    return _read_text(data, decode(data, path), path, claim_column)


def _read_text(data: bytes, text: str, path: Path, claim_column: str | None) -> ClaimTable:
    suffix = path.suffix.lower()
    body = text.removeprefix(BOM).lstrip()
    if suffix in {".jsonl", ".ndjson"} or _is_json_lines(body):
        check_lines(text, path)
        return _read_json_lines(text, path, claim_column)
    if suffix == ".json" or _JSON_START.match(body):
        check_size(len(data), MAX_JSON_BYTES, path, "JSON")
        return _read_json(text, path, claim_column)
    if suffix in {".html", ".htm", ".xhtml"} or (_HTML.match(body) and _HTML_TABLE.search(body)):
        from synthesis.tables import html_table  # noqa: PLC0415  lxml, for this format only

        check_size(len(data), MAX_DOCUMENT_BYTES, path, "HTML")
        return table_of(html_table.parse(text, path), path, "html", claim_column)
    check_lines(text, path)
    if suffix in {".md", ".markdown"} or _MARKDOWN_RULE.search(text):
        check_size(len(data), MAX_DOCUMENT_BYTES, path, "Markdown")
        return _read_markdown(text, path, claim_column)
    if _is_report_text(body):
        return _read_report_text(text, path, "text", claim_column)
    return _read_delimited(text, path, claim_column)


def _is_json_lines(body: str) -> bool:
    """Two lines that each hold a whole object."""
    first, _, rest = body.partition("\n")
    second = rest.lstrip()
    return bool(_JSON_START.match(body)) and first.rstrip().endswith("}") and second.startswith("{")


def _is_report_text(body: str) -> bool:
    """The form's table header with something of a report before it, or printed line by line."""
    header = header_pattern().search(body)
    return header is not None and (header.start() > 0 or "\t" not in header[0])


def _read_delimited(text: str, path: Path, claim_column: str | None) -> ClaimTable:
    grid, dialect = delimited.parse(text, path, claim_column)
    form: Format = "tsv" if dialect.delimiter == "\t" else "csv"
    return _plain_table(form, grid, text, path, claim_column)


def _read_json(text: str, path: Path, claim_column: str | None) -> ClaimTable:
    value = json_table.load(text, path)
    if isinstance(value, dict) and str(value.get("form", "")).startswith("synthesis-report/"):
        return table_of_report(_report(text, path), "json", path)
    grid = json_table.grid_of(json_table.list_of(value, path), None, path)
    table = _plain_table("json", grid, text, path, claim_column)
    return table.model_copy(update={key: _string(value, key) for key in ("title", "question")})


def _read_json_lines(text: str, path: Path, claim_column: str | None) -> ClaimTable:
    values, lines = json_table.load_lines(text, path)
    return _plain_table("jsonl", json_table.grid_of(values, lines, path), text, path, claim_column)


def _plain_table(form: Format, grid: Grid, text: str, path: Path, claim_column: str | None) -> ClaimTable:
    columns = find_columns(grid.header, path, grid.unit, claim_column)
    return ClaimTable(
        format=form,
        kind="table",
        rows=read_rows(grid, columns, path),
        columns=columns.names,
        claim_column=columns.names[columns.claim],
        source=text,
    )


def _string(value: object, key: str) -> str | None:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found.strip() else None


def _report(text: str | bytes, path: Path) -> Report:
    try:
        return Report.model_validate_json(text.removeprefix(BOM) if isinstance(text, str) else text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise InputFileError(
            f"{path} says that it is a report of this tool, but {place} does not fit the form synthesis-report/1 "
            f"({first['msg']}); use the file as it was written, or give its Markdown form."
        ) from error


def table_of_report(report: Report, form: Format, path: Path) -> ClaimTable:
    """The claim table inside a report's own record. Raises ``InputFileError`` if it has no claims."""
    if not report.claims:
        raise InputFileError(f"{path} is a report without claims, so there is nothing to verify.")
    rows = tuple(
        ClaimRow(
            number=number,
            claim_id=str(claim.number),
            text=claim.text,
            verified=claim.verified,
            confidence=claim.confidence,
            label=claim.label.value,
        )
        for number, claim in enumerate(report.claims, start=1)
    )
    return ClaimTable(
        format=form,
        kind="report",
        title=report.title,
        question=report.question,
        rows=rows,
        references=tuple(reference.url or reference.title for reference in report.references),
        columns=("Claim", "Verified", "Confidence", "Label"),
        claim_column="Claim",
    )


def _read_markdown(text: str, path: Path, claim_column: str | None) -> ClaimTable:
    blocks = markdown_table.parse(text.removeprefix(BOM), path)
    if not any(isinstance(block, Grid) for block in blocks):
        # Markdown that lost its table's bars on the way through another tool, or a bare list of claims.
        if _is_report_text(text):
            return _read_report_text(text, path, "text", claim_column)
        blocks = _list_as_grid(blocks)
    return table_of(blocks, path, "markdown", claim_column, source=text)


def _list_as_grid(blocks: list[Block]) -> list[Block]:
    """A list in which every item is a sentence, read as a table with one column."""
    items = [block for block in blocks if isinstance(block, Item) and block.depth == 1]
    if not items or any(
        len(item.text.split()) < _MIN_SENTENCE_WORDS and item.text.isascii() for item in items
    ):
        return blocks
    rows = tuple(GridRow(item.line, (item.text,)) for item in items)
    return [*blocks, Grid(GridRow(items[0].line, ("claim",)), rows)]


def _read_pdf(path: Path, claim_column: str | None) -> ClaimTable:
    from synthesis.reading.pdf.reader import pdf_attachment, pdf_page_texts  # noqa: PLC0415  for this format only

    attached = pdf_attachment(path, REPORT_ATTACHMENT)
    if attached is not None:
        check_size(len(attached), MAX_JSON_BYTES, path, "an attached report")
        return table_of_report(_report(attached, path), "pdf", path)
    pages = pdf_page_texts(path)
    if not any(map(str.strip, pages)):
        raise InputFileError(
            f"{path} holds no text, only pictures; run text recognition (OCR) on it first, or give the table as CSV."
        )
    return _read_report_text("\f".join(pages), path, "pdf", claim_column)


def _read_report_text(text: str, path: Path, form: Format, claim_column: str | None) -> ClaimTable:
    check_size(len(text), MAX_TEXT_CHARS, path, "a report's text")
    return table_of(text_report.parse(text), path, form, claim_column)
