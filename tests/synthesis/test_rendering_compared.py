"""What other papers report, contradictions side by side, groups and caps: the same facts in every format."""

import csv
import io

import docx
import pypdfium2
import pytest
from lxml import html
from report_factory import example_report

from synthesis.records import Report
from synthesis.rendering import render
from synthesis.rendering.layout import compared_rows, contradictions, counted_papers, group_words

SECTIONS = ("What other papers report", "Contradictions side by side")
FACTS = (
    "mAP on XQuAD-R",
    "different, same system",
    "Papers contradict each other on HybridNet.",
    "6 papers, 3 independent groups",
    "2 papers, 1 independent group",
    "group 2",
    "not independent of the claim’s paper".replace("’", "'"),
    "claim: 3.1 points, evidence: 2.9",
)


def _pdf_text(data):
    document = pypdfium2.PdfDocument(data)
    try:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def _docx_text(data):
    body = docx.Document(io.BytesIO(data)).element.body
    paragraphs = (node for node in body.iter() if node.tag.endswith("}p"))
    return " ".join("".join(t.text or "" for t in p.iter() if t.tag.endswith("}t")) for p in paragraphs)


TEXTS = {
    "md": lambda data: data.decode().replace("\\", ""),
    "html": lambda data: html.document_fromstring(data).text_content(),
    "pdf": _pdf_text,
    "docx": _docx_text,
}


def _flat(text):
    return "".join(c for c in text if c.isalnum())


@pytest.mark.parametrize("fmt", TEXTS)
def test_every_format_shows_them(fmt):
    """Both sections stand in the results, and each fact is said in the same words."""
    text = _flat(TEXTS[fmt](render(example_report(), fmt)))
    places = [text.find(_flat(words)) for words in ("3 Results", *SECTIONS, "4 Limitations")]
    assert -1 not in places
    for fact in FACTS:
        assert _flat(fact) in text, fact


@pytest.mark.parametrize("fmt", ["md", "html"])
def test_without_comparisons_there_are_no_such_sections(fmt):
    """A report without comparisons and without evidence on both sides has neither heading."""
    report = example_report()
    quiet = Report.model_validate(
        report.model_dump() | {"comparisons": (), "claims": (report.claims[2].model_dump(),)}
    )
    text = TEXTS[fmt](render(quiet, fmt))
    assert not [words for words in SECTIONS if words in text]
    assert b"comparisons" not in render(quiet, "json")


def test_html_sets_contradictions_in_two_columns():
    """Each contradiction is two quotes side by side, each with its reference."""
    report = example_report()
    page = html.document_fromstring(render(report, "html"))
    blocks = page.xpath("//div[contains(@class, 'opposed')]")
    assert len(blocks) == len(contradictions(report)) == 3
    for block in blocks:
        assert len(block.xpath(".//blockquote")) == 2
        assert len(block.xpath(".//figcaption/a[@class='ref']")) == 2


def test_docx_sets_contradictions_in_two_columns():
    """Each contradiction is a table of two cells, in Word too."""
    document = docx.Document(io.BytesIO(render(example_report(), "docx")))
    headers = [[cell.text for cell in table.rows[0].cells] for table in document.tables]
    assert ["3.1", "1.8 %"] in headers
    assert ["Supporting, 1 of 2", "Contradicting"] in headers


def test_contradictions_of_numbers_come_first():
    """Two numbers of one system, then claims with evidence on both sides, each by its surest."""
    first, *others = contradictions(example_report())
    assert (first.claim, first.left.heading, first.right.heading) == (1, "3.1", "1.8 %")
    assert [pair.claim for pair in others] == [1, 5]
    assert others[0].left.detail == "confidence 0.88, group 1"


def test_a_rows_relation_names_its_claim():
    """The claim's own row bears its number; a contradiction says that it is of the same system."""
    rows = compared_rows(example_report().comparisons[0])
    assert [row.relation for row in rows] == [
        "claim 1",
        "different, same system",
        "close",
        "different",
        "close",
    ]
    assert [row.stated for row in rows] == [True, False, False, False, False]


def test_counts_are_singular_and_plural():
    """One paper is one paper; where none was read, nothing is said."""
    claim = example_report().claims[0]
    assert counted_papers(claim) == "6 papers, 3 independent groups"
    one = claim.model_copy(update={"n_papers": 1, "n_groups": 1})
    assert counted_papers(one) == "1 paper, 1 independent group"
    none = claim.model_copy(update={"n_papers": 0, "n_groups": 0})
    assert counted_papers(none) == group_words(claim.evidence[0], none) == ""


def test_csv_holds_the_new_columns():
    """Reading, papers, groups and numbers that disagree stand behind the old columns."""
    first, *_ = csv.DictReader(io.StringIO(render(example_report(), "csv").decode(), newline=""))
    assert list(first)[-4:] == ["read as", "papers", "independent groups", "numbers that disagree"]
    assert (first["papers"], first["independent groups"]) == ("6", "3")
    assert first["numbers that disagree"].startswith("claim: 3.1 points, evidence: 2.9")


def test_the_standalone_reading_is_shown_where_it_differs():
    """A claim that was judged in other words shows them under its own."""
    text = TEXTS["md"](render(example_report(), "md"))
    assert text.count("Read as: Mixing Monolingual and Cross-lingual Batches") == 1
