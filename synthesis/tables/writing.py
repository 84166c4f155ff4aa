"""A claim table and the report on it → the table verified, in the format in which it came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthesis.rendering import render
from synthesis.tables import delimited, json_table, markdown_table
from synthesis.tables.blocks import claim_grid
from synthesis.tables.columns import filled_rows, find_columns
from synthesis.tables.flat_report import render_flat
from synthesis.tables.intake import BOM
from synthesis.tables.verdict_cells import Cited, VerdictCells, cited_text, filled, place, verdicts_of

if TYPE_CHECKING:
    from synthesis.records import Report
    from synthesis.tables.records import ClaimTable

_RENDERED = {"markdown": "md", "html": "html", "docx": "docx", "pdf": "pdf", "json": "json"}
# Suffixes that a file of each format may have; the first is given where the file's own names something else.
_SUFFIXES = {
    "csv": (".csv", ".txt"),
    "tsv": (".tsv", ".tab", ".csv", ".txt"),
    "json": (".json", ".txt"),
    "jsonl": (".jsonl", ".ndjson", ".json", ".txt"),
    "markdown": (".md", ".markdown", ".txt"),
    "html": (".html", ".htm", ".xhtml"),
    "docx": (".docx",),
    "pdf": (".pdf",),
    "text": (".txt",),
}
_INDENT = 2
_SOURCE = Path("the table")  # the name under which an error would speak of a source that was read before


def output_name(table: ClaimTable, path: Path) -> str:
    """The file name for the verified table: "claims.csv" → "claims.verified.csv"."""
    allowed = _SUFFIXES[table.format]
    suffix = path.suffix if path.suffix.lower() in allowed else allowed[0]
    return f"{path.stem}.verified{suffix}"


def write_verified(table: ClaimTable, report: Report) -> bytes:
    """``table`` with a verdict on each row, in its own format; claims are matched to ``report.claims`` by number.

    Plain tables keep their columns, order, separator and the text round them; reports, and tables in HTML, DOCX
    and PDF, are written as the report of the verification.

    Raises:
        RenderError: the report lacks a claim of the table, or the format cannot be written.
    """
    verdicts = verdicts_of(table, report)
    if table.format == "text":
        return render_flat(report, verdicts)
    if table.kind == "report" or table.format in {"html", "docx", "pdf"}:
        return render(report, _RENDERED[table.format])
    if table.format == "json":
        return _write_json(table, verdicts)
    if table.format == "jsonl":
        return _write_json_lines(table, verdicts)
    if table.format == "markdown":
        return _write_markdown(table, verdicts)
    return _write_delimited(table, verdicts)


def _any_stated(verdicts: list[VerdictCells]) -> bool:
    return any(verdict.stated for verdict in verdicts)


def _write_delimited(table: ClaimTable, verdicts: list[VerdictCells]) -> bytes:
    grid, dialect = delimited.parse(table.source, _SOURCE, table.claim_column)
    columns = find_columns(grid.header, _SOURCE, grid.unit, table.claim_column)
    placement = place(grid, columns, stated=_any_stated(verdicts))
    rows = filled(grid, placement, [verdict.texts(cited_text, " | ") for verdict in verdicts])
    return delimited.write(table.source, placement.names, rows, dialect)


def _write_markdown(table: ClaimTable, verdicts: list[VerdictCells]) -> bytes:
    from synthesis.rendering.markdown import escape  # noqa: PLC0415  jinja2, for this format only

    def cited_markdown(cited: Cited) -> str:
        title = escape(cited.title)
        linked = f"[{title}](<{cited.url}>)" if cited.url else title
        return f"{cited.head}: “{escape(cited.quote)}” \\[{cited.reference}\\] {linked}"

    text = table.source.removeprefix(BOM)
    claims = claim_grid(markdown_table.parse(text, _SOURCE), table.claim_column)
    if claims is None:  # a list of claims becomes a table, for a list has no place for verdicts
        text = markdown_table.table_text(table.title, [row.text for row in table.rows], escape)
        claims = claim_grid(markdown_table.parse(text, _SOURCE), None)
    assert claims is not None, "the table was read from this text"
    raw = markdown_table.raw_grid(text, claims.header.line)
    columns = find_columns(claims.header, _SOURCE, claims.unit, table.claim_column)
    placement = place(raw, columns, stated=_any_stated(verdicts))
    cells = filled(raw, placement, [verdict.texts(cited_markdown, "<br>") for verdict in verdicts])
    written = markdown_table.replace_table(text, claims.header.line, placement.names, cells)
    return written.encode("utf-8", errors="replace")


def _write_json(table: ClaimTable, verdicts: list[VerdictCells]) -> bytes:
    value = json_table.load(table.source, _SOURCE)
    entries: Any = _with_verdicts(json_table.list_of(value, _SOURCE), table, verdicts)
    if isinstance(value, dict):
        entries = {**value, json_table.list_key(value): entries}
    return (json_table.dump(entries, indent=_INDENT) + "\n").encode("utf-8")


def _write_json_lines(table: ClaimTable, verdicts: list[VerdictCells]) -> bytes:
    values, _ = json_table.load_lines(table.source, _SOURCE)
    entries = _with_verdicts(values, table, verdicts)
    return "".join(json_table.dump(entry, indent=None) + "\n" for entry in entries).encode("utf-8")


def _with_verdicts(
    values: list[Any], table: ClaimTable, verdicts: list[VerdictCells]
) -> list[dict[str, Any]]:
    """The entries as objects, each with its verdict; strings become objects with a claim."""
    grid = json_table.grid_of(values, None, _SOURCE)
    columns = find_columns(grid.header, _SOURCE, grid.unit, table.claim_column)
    placement = place(grid, columns, stated=_any_stated(verdicts))
    width = len(grid.header.cells)
    keys = [name if at < width else name.replace(" ", "_") for at, name in enumerate(placement.names)]
    entries = [{table.claim_column: value} if isinstance(value, str) else dict(value) for value in values]
    for row, verdict in zip(filled_rows(grid), verdicts, strict=True):
        new = verdict.values()
        entries[row.line - 1].update({keys[at]: new[field] for field, at in placement.index.items()})
    return entries
