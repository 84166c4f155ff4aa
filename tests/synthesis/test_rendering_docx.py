"""DOCX: an article that Word opens, with inert text."""

import io
import zipfile

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from report_factory import example_report, reports

from synthesis.rendering import docx as renderer
from synthesis.rendering.text import one_line

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def rendered():
    """The example as DOCX."""
    return renderer.render(example_report())


def _claims_table(data):
    for table in docx.Document(io.BytesIO(data)).tables:
        header = [cell.text for cell in table.rows[0].cells]
        if header[:3] == ["Claim", "Verified", "Confidence"]:
            return [[cell.text for cell in row.cells] for row in table.rows[1:]]
    raise AssertionError("no claims table")


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(reports())
def test_the_claims_table_reads_back(report):
    """Word's own reader gives every claim, mark and confidence, in any script."""
    if not report.claims:
        return
    rows = _claims_table(renderer.render(report))
    assert [one_line(r[0]) for r in rows] == [one_line(c.text) for c in report.claims]
    assert [r[1] for r in rows] == ["✓" if c.verified else "×" for c in report.claims]
    assert [r[2] for r in rows] == [f"{c.confidence:.2f}" for c in report.claims]


def test_headings_are_those_of_the_form(rendered):
    """Title, numbered sections, claims, references and appendices are real headings, in order."""
    paragraphs = docx.Document(io.BytesIO(rendered)).paragraphs
    headings = [p.text for p in paragraphs if p.style.name.startswith(("Heading 1", "heading 1"))]
    wanted = ["Introduction", "Methodology", "Results", "Limitations", "Extracted Claims", "References"]
    places = [next(i for i, h in enumerate(headings) if name in h) for name in wanted]
    assert places == sorted(places)


def test_text_is_literal_and_nothing_is_fetched():
    """Fields, markup and foreign links in a title or claim stay words; only http(s) links leave the file."""
    hostile = "DDEAUTO c:\\\\x <w:instrText>INCLUDETEXT</w:instrText> \x00\x07\ufffe"
    report = example_report()
    reference = report.references[0].model_copy(update={"title": hostile, "url": "file:///etc/passwd"})
    claim = report.claims[0].model_copy(update={"text": hostile})
    changed = report.model_copy(
        update={
            "title": hostile,
            "claims": (claim, *report.claims[1:]),
            "references": (reference, *report.references[1:]),
        }
    )
    with zipfile.ZipFile(io.BytesIO(renderer.render(changed))) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
        fields = {e.text.strip() for e in body.iter(f"{WORD}instrText")}
        assert fields <= {"PAGE", "NUMPAGES"}
        for name in archive.namelist():
            if name.endswith(".rels"):
                for relation in etree.fromstring(archive.read(name)):
                    if relation.get("TargetMode") == "External":
                        assert relation.get("Target").startswith(("http://", "https://"))
    assert one_line(_claims_table(renderer.render(changed))[0][0]) == one_line(hostile)


def test_every_part_is_xml(rendered):
    """Each part of the package parses."""
    with zipfile.ZipFile(io.BytesIO(rendered)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
