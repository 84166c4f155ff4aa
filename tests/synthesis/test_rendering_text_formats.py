"""Markdown, JSON, BibTeX and CSV: inert text that reads back."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pybtex.database import parse_string
from report_factory import reports

from synthesis.records import Report
from synthesis.rendering import render
from synthesis.rendering.markdown import escape
from synthesis.rendering.text import one_line

ANY = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    [
        "| a | b |",
        "# no heading",
        "- no item",
        "1. no list",
        "[x](javascript:alert(1))",
        "`code`",
        "&amp; &#60;",
        "a\n---",
    ]
)


@ANY
@given(TEXT)
def test_markdown_text_is_literal(text):
    """A CommonMark parser gives back the text's own characters: no emphasis, link, code, HTML or entity."""
    tokens = MarkdownIt("commonmark").enable("table").parse(f"x {escape(text)} y")
    (inline,) = [t for t in tokens if t.type == "inline"]
    assert {child.type for child in inline.children} <= {"text", "text_special"}
    assert "".join(c.content for c in inline.children) == f"x {one_line(text)} y"


@ANY
@given(reports())
def test_markdown_of_any_report_holds_no_html(report):
    """No text of a report becomes HTML or an image."""
    tokens = MarkdownIt("commonmark").enable("table").parse(render(report, "md").decode())
    kinds = {child.type for t in tokens for child in (t.children or [])} | {t.type for t in tokens}
    assert not {"html_inline", "html_block", "image", "code_inline", "fence"} & kinds


@ANY
@given(reports())
def test_json_is_the_report(report):
    """JSON parses back to an equal report."""
    assert Report.model_validate_json(render(report, "json")) == report


@ANY
@given(reports())
def test_bibtex_has_one_entry_a_reference(report):
    """Pybtex reads every reference under a key of its own, with its year."""
    entries = parse_string(render(report, "bib").decode(), "bibtex").entries
    assert len(entries) == len(report.references)
    for entry, reference in zip(entries.values(), report.references, strict=True):
        assert entry.fields.get("year") == (None if reference.year is None else str(reference.year))


@ANY
@given(reports())
def test_csv_reads_back_and_runs_no_formula(report):
    """One row a claim with mark and confidence; no cell begins as a formula."""
    rows = list(csv.DictReader(io.StringIO(render(report, "csv").decode(), newline="")))
    assert len(rows) == len(report.claims)
    for row, claim in zip(rows, report.claims, strict=True):
        assert row["verified"] == ("✓" if claim.verified else "×")
        assert row["confidence"] == f"{claim.confidence:.2f}"
        assert row["claim"].removeprefix("'") == one_line(claim.text).removeprefix("'")
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
