"""PDF, read in a child process."""

import zlib
from pathlib import Path

import pytest
import typst

from synthesis.reading.pdf import reader as pdf
from synthesis.reading.pdf.reader import PdfLimits, pdf_attachment, pdf_page_texts, read_pdf
from synthesis.reading.problems import UnreadableFileError

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "fulltext"
ARTICLE = """
#set page(paper: "a5", columns: 2, margin: 1.6cm, header: [#text(7pt)[Journal of Examples, vol. 3]], numbering: "1")
#set text(9pt, hyphenate: true, lang: "en")
#set par(justify: true)
#set heading(numbering: "1.1")
#set document(title: "Microsoft Word - final.doc", author: ("Ada Lovelace", "Alan Turing"))
#place(top + center, scope: "parent", float: true)[#text(16pt)[*A Careful Study of Multilingual\\ Retrieval Systems*]]
#heading(numbering: none)[Abstract]
We measure efficient retrieval across eleven languages. It improves by 3.2 points over the baseline.
= Introduction
#lorem(180) Internationalisation matters. Internationalisation matters. Internationalisation matters.#footnote[A note.]
Internationalisation matters.
= Experimental Setup
#lorem(150)
#pagebreak()
== Data
#lorem(150)
#pagebreak()
= Conclusion
The final sentence stands here.
#heading(numbering: none)[References]
Somebody. 1999. A cited work.
"""


def compile_pdf(folder, markup, name="paper.pdf"):
    """Typeset markup."""
    source = folder / "source.typ"
    source.write_text(markup, encoding="utf-8")
    path = folder / name
    typst.compile(str(source), output=str(path))
    return path


@pytest.fixture(scope="module")
def article(tmp_path_factory):
    """A two-column article of several pages."""
    return compile_pdf(tmp_path_factory.mktemp("pdf"), ARTICLE)


def hand_made(*objects, trailer=b""):
    """A PDF of the given objects, numbered from 1; object 1 is the catalogue."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
BLANK_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"


def reason_of(path, limits=None):
    """The reason for which a PDF cannot be read."""
    with pytest.raises(UnreadableFileError) as caught:
        read_pdf(path, limits=limits)
    assert str(path) in str(caught.value)
    return caught.value.reason


def test_an_article_is_taken_apart(article):
    """Title, abstract and headings with their pages come out; running heads and references do not."""
    paper = read_pdf(article, "mine")
    assert paper.title == "A Careful Study of Multilingual Retrieval Systems"
    assert paper.abstract.startswith("We measure efficient retrieval across eleven languages.")
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert [s.title for s in paper.sections] == [
        "Abstract",
        "Introduction",
        "Experimental Setup",
        "Data",
        "Conclusion",
    ]
    assert paper.sections[0].page == 1
    assert [s.page for s in paper.sections[-2:]] == sorted(s.page for s in paper.sections[-2:])
    assert paper.sections[-1].page == len(pdf_page_texts(article))
    text = "\n".join(section.text for section in paper.sections)
    assert "Journal of Examples" not in text
    assert "cited work" not in text
    assert paper.paper_id.startswith("file:")
    assert paper.source == "mine"


def test_words_broken_at_line_ends_are_whole_again(article):
    """A word hyphenated by the typesetter is one word; footnotes stand after the text that they interrupted."""
    sections = read_pdf(article).sections
    assert sections[1].text.endswith(" ".join(["Internationalisation matters."] * 4))  # and no footnote mark
    assert any(section.text.endswith("A note.") for section in sections)


def test_page_texts_keep_lines(article):
    """The raw pages are lines as printed, heads included, soft hyphens at broken words."""
    pages = pdf_page_texts(article)
    assert all("Journal of Examples" in page for page in pages)
    assert "\u00ad\n" in "".join(pages)


def test_the_same_file_gives_the_same_paper(article):
    """Reading is a function of the file."""
    assert read_pdf(article) == read_pdf(article)


def test_attachments(tmp_path):
    """An embedded file comes out byte for byte; one that is not there is ``None``."""
    (tmp_path / "report.json").write_bytes(b'{"x": "\xc3\xa9"}')
    path = compile_pdf(tmp_path, '#pdf.attach("report.json")\nText.')
    assert pdf_attachment(path, "report.json") == b'{"x": "\xc3\xa9"}'
    assert pdf_attachment(path, "other.json") is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n <!DOCTYPE html><html><title>x</title>", "is HTML, not PDF"),
        (b"PK\x03\x04 something else", "is not a PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 50, "damaged"),
        (hand_made(CATALOGUE, PAGES, BLANK_PAGE), "no text layer"),
    ],
)
def test_what_is_no_readable_pdf_is_typed(tmp_path, content, reason):
    """Empty, HTML, other formats, noise and scans each have a reason, and the message names the file."""
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    assert reason_of(path) == reason


def test_a_truncated_pdf_never_escapes_its_error(article, tmp_path):
    """Whatever part of a file has arrived, the outcome is a paper or a typed error."""
    data = article.read_bytes()
    path = tmp_path / "cut.pdf"
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(data[: int(len(data) * share)])
        try:
            read_pdf(path)
        except UnreadableFileError as error:
            assert error.reason in {"damaged", "no text layer"}  # noqa: PT017 - either outcome is right


def test_an_encrypted_pdf_says_so(tmp_path):
    """A PDF that needs a password is named as such, not as damaged."""
    encryption = b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"41" * 32, b"42" * 32)
    path = tmp_path / "locked.pdf"
    identity = b"/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
    path.write_bytes(
        hand_made(CATALOGUE, PAGES, BLANK_PAGE, encryption, trailer=b"/Encrypt 4 0 R " + identity)
    )
    assert reason_of(path) == "encrypted"


def test_a_missing_file_is_typed(tmp_path):
    """The message says which file could not be opened."""
    assert reason_of(tmp_path / "none.pdf") == "cannot be opened"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import time; time.sleep(60)", "took too long"),
        ("while True: pass", "took too long"),
        ("import os; os.abort()", "crashed the PDF reader"),
        ("import ctypes; ctypes.string_at(0)", "crashed the PDF reader"),
        ("print('not json')", "damaged"),
    ],
)
def test_a_child_that_fails_costs_one_file(article, tmp_path, monkeypatch, program, reason):
    """A reader that hangs, aborts or is killed by the system is one typed error."""
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(pdf, "_CHILD", child)
    assert reason_of(article, PdfLimits(seconds=1)) == reason


def test_a_decompression_bomb_stays_in_the_child(tmp_path):
    """A page that unfolds to more memory than allowed ends as a typed error."""
    stream = zlib.compress(b"BT (x) Tj ET " * 10_000_000)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>"
    content = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream)
    path = tmp_path / "bomb.pdf"
    path.write_bytes(hand_made(CATALOGUE, PAGES, page, content))
    reason = reason_of(path, PdfLimits(memory_bytes=128 << 20))
    assert reason in {"too large", "crashed the PDF reader"}


def test_output_is_bounded(article):
    """A PDF that unfolds to more text than allowed is refused."""
    assert reason_of(article, PdfLimits(output_bytes=2048)) == "too large"


def test_modules_are_not_taken_from_the_current_directory(article, tmp_path, monkeypatch):
    """A hostile ``json.py`` beside the user's files is not run."""
    (tmp_path / "json.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(tmp_path)
    assert read_pdf(article).title


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/fulltext beside the checkout")
@pytest.mark.parametrize(
    ("name", "title", "abstract", "headings"),
    [
        ("s2orc/2020.acl-main.207.pdf", "SPECTER: Document-level", "Representation learning is", 15),
        ("s2orc/N18-3011.pdf", "Construction of the Literature Graph", "We describe a deployed", 10),
        ("papermage/2020.acl-main.447.pdf", "S2ORC: The Semantic", "We introduce S2ORC", 15),
        ("papermage/2304.02623v1.pdf", "Beyond Summarization: Designing", "Large language models have", 5),
        ("papermage/2023.eacl-main.121.pdf", "LONGEVAL: Guidelines", "While human evaluation", 15),
        ("grobid/0807.3577.pdf", "Apparent and average accelerations", "In this paper we consider", 7),
    ],
)
def test_real_papers(name, title, abstract, headings):
    """Title, abstract and sections of published papers come out right."""
    paper = read_pdf(DATA / name)
    assert paper.title.startswith(title)
    assert paper.abstract.startswith(abstract)
    assert len(paper.sections) >= headings
    assert "References" not in [section.title for section in paper.sections]
    assert not any(c in section.text for section in paper.sections for c in "\x02\ufb01\ufb02\u00ad")
