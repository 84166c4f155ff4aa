"""The tool's own reports, rendered in every format, read back to the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from report_factory import example_report, reports

from synthesis.reading.pdf.reader import pdf_page_texts
from synthesis.rendering import render
from synthesis.rendering.text import one_line
from synthesis.tables import ClaimTable, read_claims, text_report
from synthesis.tables.blocks import table_of

if TYPE_CHECKING:
    from pathlib import Path

    from synthesis.records import Report

FORMATS = ("md", "html", "json", "csv", "docx")
FORMS = {"md": "markdown"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def stated(report: Report) -> list[tuple[str, bool, float]]:
    """The rows that a report's table shows."""
    return [(one_line(c.text), c.verified, round(c.confidence, 2)) for c in report.claims]


def shown(table: ClaimTable) -> list[tuple[str, bool | None, float]]:
    """The rows that were read."""
    return [(one_line(r.text), r.verified, round(r.confidence or 0.0, 2)) for r in table.rows]


def read_back(report: Report, fmt: str, folder: Path) -> ClaimTable:
    """Render, write, read."""
    path = folder / f"report.{fmt}"
    path.write_bytes(render(report, fmt))
    return read_claims(path)


@pytest.mark.parametrize("fmt", ["md", "html", "docx", "json", "pdf", "csv"])
def test_the_example_reads_back(tmp_path: Path, fmt: str) -> None:
    """A rich report in five scripts gives its own nine rows in each format, with its question and title."""
    report = example_report()
    table = read_back(report, fmt, tmp_path)
    assert table.format == FORMS.get(fmt, fmt)
    assert shown(table) == stated(report)
    if fmt != "csv":
        assert (table.kind, table.title) == ("report", report.title)
        assert len(table.references) == len(report.references)


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(report=reports())
def test_any_report_reads_back(tmp_path: Path, report: Report) -> None:
    """Whatever a report's texts hold, markup and any Unicode included, its rows come back in every format."""
    assume(report.claims)
    # An apostrophe before a formula is the guard itself; a claim that begins so cannot be told from a guarded one.
    assume(not any(one_line(c.text).startswith(tuple(f"'{f}" for f in _FORMULA)) for c in report.claims))
    for fmt in FORMATS:
        assert shown(read_back(report, fmt, tmp_path)) == stated(report), fmt


@settings(deadline=None, max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(report=reports())
def test_any_report_reads_back_from_pdf(tmp_path: Path, report: Report) -> None:
    """As above for PDF, which takes a second to write and a process to read."""
    assume(report.claims)
    assert shown(read_back(report, "pdf", tmp_path)) == stated(report)


def test_a_pdf_whose_attachment_was_lost_reads_back(tmp_path: Path) -> None:
    """From the printed text alone come all rows with their marks, and the words where PDF text keeps them."""
    report = example_report()
    path = tmp_path / "report.pdf"
    path.write_bytes(render(report, "pdf"))
    table = table_of(text_report.parse("\f".join(pdf_page_texts(path))), path, "pdf")
    assert [row[1:] for row in shown(table)] == [row[1:] for row in stated(report)]
    latin = [claim.text for claim in report.claims if claim.text.isascii()]
    assert [row.text for row in table.rows if row.text.isascii()] == latin
    assert table.title == report.title
