"""PDF: the report set as an article, carrying its own data."""

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from report_factory import example_report, reports

from synthesis.reading.pdf.reader import pdf_attachment
from synthesis.records import Report
from synthesis.rendering import json_format, pdf
from synthesis.rendering.fonts import SCRIPTS, missing_scripts, unset_scripts

HEADINGS = (
    "Abstract",
    "Introduction",
    "Methodology",
    "Results",
    "Limitations",
    "Extracted Claims",
    "References",
)


@pytest.fixture(scope="module")
def rendered():
    """The example as PDF."""
    return pdf.render(example_report())


def _text(data):
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def _flat(text):
    return "".join(c for c in text if c.isalnum())


def test_the_form_is_that_of_an_article(rendered):
    """Title and headings stand in the order of the form, and every Latin claim is there in full."""
    report = example_report()
    text = _text(rendered)
    places = [text.find(h) for h in HEADINGS]
    assert places == sorted(places)
    assert -1 not in places
    flat = _flat(text)
    assert _flat(report.title) in flat
    for claim in report.claims:
        if claim.text.isascii() and "<" not in claim.text:
            assert _flat(claim.text) in flat


def test_the_pdf_carries_its_data(rendered, tmp_path):
    """The attachment is the report, byte for byte, read in the child process as any foreign PDF."""
    path = tmp_path / "report.pdf"
    path.write_bytes(rendered)
    attached = pdf_attachment(path, pdf.ATTACHMENT)
    assert attached == json_format.render(example_report())


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(reports())
def test_any_report_can_be_set(report):
    """Whatever stands in the report, typst sets it."""
    assert pdf.render(report).startswith(b"%PDF")


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")',
        '#import "@preview/x": *',
        "$x_1$ *bold* _emph_ `raw` <label> @ref ~ \\ // comment /* x */",
        "{" * 5000,
        "x" * 10_000,
        "\u202eright\u202c \x00\x07\ufffe",
    ],
)
def test_text_is_literal(hostile):
    """Markup in a title and a claim is printed, never run, and never stops the report."""
    report = example_report()
    claim = report.claims[0].model_copy(update={"text": hostile})
    changed = Report.model_validate(
        report.model_dump() | {"title": hostile, "claims": (claim,), "question": hostile}
    )
    data = pdf.render(changed)
    assert b"root:" not in data
    if hostile.startswith("#read"):
        assert _flat(hostile) in _flat(_text(data))


def test_an_empty_report_can_be_set():
    """No claims, references, reviewers or bins: still a PDF."""
    report = example_report()
    empty = report.model_copy(
        update={
            "claims": (),
            "references": (),
            "abstract": (),
            "results": (),
            "answer": report.answer.model_copy(update={"groups": (), "covered": (), "not_covered": ()}),
            "review": report.review.model_copy(update={"reviewers": (), "agreement": None, "shortfalls": ()}),
            "calibration": report.calibration.model_copy(update={"bins": (), "threshold": None}),
        }
    )
    assert pdf.render(empty).startswith(b"%PDF")


def test_missing_scripts_are_named_with_their_package():
    """Without Noto, the scripts that a text holds are named; Latin, Greek and Cyrillic need nothing."""
    assert [s.name for s in missing_scripts(["हिन्दी 中文", "Latin Ελλάδα Россия"], [])] == [
        "Devanagari",
        "Chinese",
    ]
    assert missing_scripts(["हिन्दी"], ["Noto Sans Devanagari"]) == []
    assert len(unset_scripts([])) == len(SCRIPTS)
    assert all(s.package.startswith("fonts-noto") for s in SCRIPTS)
