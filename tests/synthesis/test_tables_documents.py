"""DOCX and PDF files: users' own, damaged, encrypted, and made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest
import typst
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from synthesis.errors import InputFileError
from synthesis.tables import read_claims
from synthesis.tables.docx_table import MAX_UNPACKED_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from docx.document import Document

MAIN = "word/document.xml"


def document() -> Document:
    """A report of the form as a person would lay it out."""
    made = docx.Document()
    made.add_heading("Bats and Moths", 0)
    made.add_paragraph("Some Author")
    made.add_heading("1 Introduction", 1)
    made.add_paragraph("This paper examines: Echoes. Research question: Do moths hear bats?.")
    made.add_heading("5 Extracted Claims", 1)
    table = made.add_table(rows=1, cols=3)
    for cell, name in zip(table.rows[0].cells, ("Claim", "Verified", "Confidence"), strict=True):
        cell.text = name
    for row in (("Bats hunt moths.", "✓", "0.41"), ("Moths\nhear.", "×", "0.08")):
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
    made.add_heading("References", 1)
    made.add_paragraph("http://example.org/a", style="List Bullet")
    return made


def packed(made: Document) -> bytes:
    """The bytes of a document."""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same package with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def refusal(tmp_path: Path, data: bytes, name: str = "t.docx") -> str:
    """The message with which a file is refused."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputFileError) as caught:
        read_claims(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_docx_report_is_read(tmp_path: Path) -> None:
    """Title, question, rows and references of a document with Word's own styles."""
    path = tmp_path / "report.docx"
    path.write_bytes(packed(document()))
    table = read_claims(path)
    assert (table.format, table.kind, table.title) == ("docx", "report", "Bats and Moths")
    assert (table.question, table.references) == ("Do moths hear bats?", ("http://example.org/a",))
    assert [(r.text, r.verified, r.confidence) for r in table.rows] == [
        ("Bats hunt moths.", True, 0.41),
        ("Moths hear.", False, 0.08),
    ]


def test_what_a_reader_of_the_docx_does_not_see_is_not_read(tmp_path: Path) -> None:
    """Tracked deletions and hidden runs are none of the claim's words; tracked insertions are."""
    made = document()
    paragraph = made.tables[0].rows[1].cells[0].paragraphs[0]
    paragraph.add_run(" HIDDEN").font.hidden = True
    for tag, text_tag, words in (
        ("w:ins", "w:t", " Loudly."),
        ("w:del", "w:delText", " DELETED"),
        ("w:moveFrom", "w:t", " MOVED"),
    ):
        change, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
        text.text = words
        run.append(text)
        change.append(run)
        paragraph._p.append(change)
    nested = made.tables[0].rows[1].cells[0].add_table(rows=1, cols=1)
    nested.rows[0].cells[0].text = "INNER"
    path = tmp_path / "t.docx"
    path.write_bytes(packed(made))
    assert read_claims(path).rows[0].text == "Bats hunt moths. Loudly."


def test_a_note_across_the_docx_table_is_no_row(tmp_path: Path) -> None:
    """A row merged into one cell is passed over."""
    made = document()
    cells = made.tables[0].add_row().cells
    cells[0].merge(cells[2]).text = "a note under the table"
    path = tmp_path / "t.docx"
    path.write_bytes(packed(made))
    assert len(read_claims(path).rows) == 2


def test_zip_bombs_are_not_opened(tmp_path: Path) -> None:
    """Too much, too dense, too many parts: refused from the directory of the package."""
    plain = packed(document())
    assert "unpack to" in refusal(
        tmp_path, with_part(plain, "word/media/a.bin", b"\0" * (MAX_UNPACKED_BYTES + 1))
    )
    assert "unpack to" in refusal(tmp_path, with_part(plain, "word/media/a.bin", b"\0" * (20 << 20)))
    many = io.BytesIO(plain)
    with zipfile.ZipFile(many, "a") as package:
        for number in range(2100):
            package.writestr(f"word/media/{number}", b"")
    assert "parts unpack to" in refusal(tmp_path, many.getvalue())


def test_a_part_that_lies_about_its_size_is_not_unpacked(tmp_path: Path) -> None:
    """A directory entry that states a hundred bytes for twenty megabytes ends in an error, not in memory."""
    data = bytearray(with_part(packed(document()), "word/media/a.bin", b"\0" * (20 << 20)))
    stated = struct.pack("<I", 20 << 20)
    while (at := data.find(stated)) >= 0:
        data[at : at + 4] = struct.pack("<I", 100)
    assert "damaged" in refusal(tmp_path, bytes(data))


def test_entity_declarations_are_refused(tmp_path: Path) -> None:
    """A part with a document type, the beginning of every entity bomb, is not parsed."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>'
    assert "entities" in refusal(tmp_path, with_part(packed(document()), MAIN, bomb))
    assert "entities" in refusal(tmp_path, with_part(packed(document()), "word/styles.xml", bomb))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "damaged DOCX"),
        (packed(document())[:3000], "damaged DOCX"),
        (with_part(packed(document()), MAIN, b"<w:document"), "damaged DOCX"),
        (with_part(packed(document()), "[Content_Types].xml", b"<x/>"), "damaged DOCX"),
    ],
)
def test_damaged_documents(tmp_path: Path, data: bytes, said: str) -> None:
    """A package that is cut off, or whose parts are not what they should be, is called damaged."""
    assert said in refusal(tmp_path, data)


def test_other_packages_are_named(tmp_path: Path) -> None:
    """A workbook, a bare archive, an encrypted one and a document without a table each get their own words."""
    for part, said in (("xl/workbook.xml", "Excel workbook"), ("a.txt", "zip archive")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            package.writestr(part, "x")
        assert said in refusal(tmp_path, out.getvalue())
    empty = io.BytesIO()
    docx.Document().save(empty)
    assert "no table of claims" in refusal(tmp_path, empty.getvalue())
    locked = bytearray(packed(document()))
    at = -1
    while (at := locked.find(b"PK\x01\x02", at + 1)) >= 0:
        locked[at + 8] |= 1  # bit 0 of the general purpose flag: encrypted
    assert "encrypted" in refusal(tmp_path, bytes(locked))


def test_deeply_nested_documents(tmp_path: Path) -> None:
    """A hundred thousand nested elements are refused, not followed."""
    w = qn("w:p").split("}")[0][1:]
    deep = f'<w:document xmlns:w="{w}"><w:body>'.encode() + b"<w:sdt>" * 100_000
    assert "damaged DOCX" in refusal(tmp_path, with_part(packed(document()), MAIN, deep))


PDF_SOURCE = """
#set page(width: 12cm, height: 9cm, numbering: "1")
#set par(justify: true)
= Bats and Moths
Some Author

May 3, 2026
== Abstract
Bats hunt by sound.
== 1 Introduction
This paper examines: Echoes. Research question: Do moths hear bats?
== 5 Extracted Claims
#table(columns: (5cm, auto, auto), stroke: none, table.header([Claim], [Verified], [Confidence]),
  [Different moths with efficient ears first drop when they hear a bat call at 30 kHz.], [✓], [0.72],
  [Earless moths fly on, confirming the cross-species effect.], [×], [0.10],
  [Tiger moths answer with clicks of their own that jam the sonar.], [✓], [0.55],
)
== References
- http://example.org/a
"""


def test_a_printed_pdf_is_read(tmp_path: Path) -> None:
    """A typeset table without an attachment: words broken at line ends are whole, rows go on over pages."""
    path = tmp_path / "report.pdf"
    path.write_bytes(typst.compile(PDF_SOURCE.encode(), format="pdf"))
    table = read_claims(path)
    assert (table.format, table.kind, table.question) == ("pdf", "report", "Do moths hear bats?")
    assert [(r.text, r.verified, r.confidence) for r in table.rows] == [
        ("Different moths with efficient ears first drop when they hear a bat call at 30 kHz.", True, 0.72),
        ("Earless moths fly on, confirming the cross-species effect.", False, 0.10),
        ("Tiger moths answer with clicks of their own that jam the sonar.", True, 0.55),
    ]
    assert table.references == ("http://example.org/a",)


def test_pdfs_that_hold_no_table(tmp_path: Path) -> None:
    """Prose, a page without text, and noise behind the signature are each refused in words."""
    prose = typst.compile(b"Only prose.", format="pdf")
    assert "no table of claims" in refusal(tmp_path, prose, "prose.pdf")
    blank = typst.compile(b"#rect()", format="pdf")
    assert "text recognition" in refusal(tmp_path, blank, "blank.pdf")
    assert "damaged" in refusal(tmp_path, b"%PDF-1.7\n" + bytes(range(256)) * 20, "noise.pdf")
    assert "damaged" in refusal(tmp_path, prose[: len(prose) // 3], "cut.pdf")


def test_a_web_page_named_pdf_is_read_as_what_it_is(tmp_path: Path) -> None:
    """The content decides, so a saved page under a PDF's name gives its table, or says that it has none."""
    path = tmp_path / "t.pdf"
    path.write_text(
        "<!DOCTYPE html><table><tr><th>Claim</th></tr><tr><td>Bats hunt.</td></tr></table>", "utf-8"
    )
    assert read_claims(path).format == "html"
    assert "html" in refusal(tmp_path, b"<!DOCTYPE html><html><body>Sign in</body></html>", "u.pdf")


def test_attached_reports_are_checked(tmp_path: Path) -> None:
    """An attachment under the report's name that is none is refused, not believed."""
    source = '#pdf.attach("report.json", bytes("{\\"form\\": \\"synthesis-report/1\\"}"))\nText'
    data = typst.compile(source.encode(), format="pdf")
    assert "does not fit the form" in refusal(tmp_path, data, "t.pdf")
