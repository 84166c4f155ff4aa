"""PDFs that are none, are damaged, or were made to do harm."""

import os
import signal
import time
from pathlib import Path

import pytest
import typst
from pdf_maker import CATALOGUE, HELVETICA, ONE_PAGE, SENTENCE, mapped, one_page, page, pdf_of, shown, stream

from synthesis.reading.pdf import reader as pdf
from synthesis.reading.pdf.reader import PdfLimits, read_pdf_text
from synthesis.reading.problems import UnreadableFileError

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "fulltext"
TYPED = frozenset(
    {
        *("encrypted", "damaged", "too large", "took too long", "crashed the PDF reader", "empty"),
        *("is HTML, not PDF", "is not a PDF", "no text layer"),
    }
)
MOST_SECONDS = 10


def outcome(folder, data, limits=None):
    """The text, or the reason for which there is none; the time is checked here."""
    path = folder / "file.pdf"
    path.write_bytes(data)
    start = time.monotonic()
    try:
        return read_pdf_text(path, limits)
    except UnreadableFileError as error:
        message, reason = str(error), error.reason
    finally:
        assert time.monotonic() - start < MOST_SECONDS
    assert str(path) in message
    return reason


def text_of(read):
    """All the text of what was read."""
    return "\n\n".join(section.text for section in read.sections)


@pytest.fixture(scope="module")
def two_pages(tmp_path_factory):
    """A typeset PDF with object streams, fonts and two pages."""
    folder = tmp_path_factory.mktemp("typeset")
    source = folder / "source.typ"
    source.write_text("= Introduction\n#lorem(300)\n#pagebreak()\n= Results\n#lorem(300)", encoding="utf-8")
    typst.compile(str(source), output=str(folder / "out.pdf"))
    return (folder / "out.pdf").read_bytes()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"%", "is not a PDF"),
        (b" \n<!DOCTYPE html><html><title>Sign in</title>", "is HTML, not PDF"),
        (b"\xef\xbb\xbf<HTML><body>%PDF-1.4</body>", "damaged"),
        (b"PK\x03\x04 something else", "is not a PDF"),
        (b"%PDF", "is not a PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 200, "damaged"),
    ],
)
def test_case_21_what_is_no_pdf_has_its_reason(tmp_path, data, reason):
    """Case 21: HTML, an empty file, one byte, other formats and noise are typed failures."""
    assert outcome(tmp_path, data) == reason


@pytest.mark.parametrize("sixteenth", range(1, 16))
def test_case_21_whatever_part_has_arrived_is_read_or_typed(tmp_path, two_pages, sixteenth):
    """Case 21: a file cut at each sixteenth gives text or a typed reason."""
    read = outcome(tmp_path, two_pages[: len(two_pages) * sixteenth // 16])
    assert read in TYPED if isinstance(read, str) else text_of(read)


def test_case_22_a_password_is_told_from_damage(tmp_path):
    """Case 22: a PDF that opens with an empty password is read; one that does not is "encrypted"."""
    identity = b"/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
    owner, user = b"41" * 32, b"42" * 32
    unknown = b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (owner, user)
    locked = pdf_of(
        CATALOGUE,
        ONE_PAGE,
        page(),
        stream(shown()),
        HELVETICA,
        unknown,
        trailer=b"/Encrypt 6 0 R " + identity,
    )
    assert outcome(tmp_path, locked) == "encrypted"
    assert SENTENCE in text_of(outcome(tmp_path, _with_empty_password(identity)))


def _with_empty_password(identity):
    """RC4 of 40 bits with an empty user password (PDF 1.7, 7.6.3, algorithms 1 to 4), by our own few lines of RC4."""
    import hashlib

    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    file_id, permissions = (
        bytes.fromhex("00112233445566778899aabbccddeeff"),
        (-4).to_bytes(4, "little", signed=True),
    )
    owner = _rc4(hashlib.md5(padding).digest()[:5], padding)
    key = hashlib.md5(padding + owner + permissions + file_id).digest()[:5]
    known = b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (
        owner.hex().encode(),
        _rc4(key, padding).hex().encode(),
    )
    own_key = hashlib.md5(key + (4).to_bytes(3, "little") + b"\0\0").digest()[:10]  # of object 4
    content = stream(_rc4(own_key, shown()))
    return pdf_of(
        CATALOGUE, ONE_PAGE, page(), content, HELVETICA, known, trailer=b"/Encrypt 6 0 R " + identity
    )


def _rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def test_case_23_every_flipped_byte_gives_text_or_a_reason(tmp_path, two_pages):
    """Case 23: mutations of a good file never harm the parent."""
    for place in range(9, len(two_pages), len(two_pages) // 12):
        data = bytearray(two_pages)
        data[place : place + 4] = b"\xff\x00<<"
        read = outcome(tmp_path, bytes(data))
        assert not isinstance(read, str) or read in TYPED


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed the PDF reader"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "crashed the PDF reader",
        ),  # out of memory
        ("import time; time.sleep(60)", "took too long"),
        ("while True: pass", "took too long"),
        ("import ctypes; ctypes.string_at(0)", "crashed the PDF reader"),
        ("raise MemoryError", "crashed the PDF reader"),
        ("print('[' * 100000)", "damaged"),
        ("""print('{"metadata": {}, "page_count": 1, "pages": [{"width": "x"}]}')""", "damaged"),
    ],
)
def test_case_24_a_child_that_fails_costs_one_paper(tmp_path, monkeypatch, program, reason):
    """Case 24: SIGSEGV, the killer of processes short of memory, a hang and nonsense each lose one paper, typed."""
    child = tmp_path / "child.py"
    child.write_text(program)
    with monkeypatch.context() as patched:
        patched.setattr(pdf, "_CHILD", child)
        assert outcome(tmp_path, one_page(shown()), PdfLimits(seconds=1)) == reason
    assert SENTENCE in text_of(outcome(tmp_path, one_page(shown())))


def test_case_24_no_child_outlives_its_paper(tmp_path, monkeypatch):
    """Case 24: a child that hangs is dead when the error is raised."""
    child, note = tmp_path / "child.py", tmp_path / "pid"
    child.write_text(f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    monkeypatch.setattr(pdf, "_CHILD", child)
    assert outcome(tmp_path, one_page(shown()), PdfLimits(seconds=1)) == "took too long"
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), signal.SIG_DFL)


def _form(content, names=b""):
    return stream(content, b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << %s >>" % names)


KIDS_300 = b"<< /Type /Pages /Kids [%s] /Count 300 >>" % (b"3 0 R " * 300)
SCATTER = b"BT /F1 3 Tf " + b"".join(
    b"1 0 0 1 %d %d Tm (Figure %d: words) Tj " % (i * 37 % 580, i * 53 % 790, i % 99) for i in range(3000)
)
HOSTILE = {
    "circular page tree": pdf_of(
        CATALOGUE, b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>", page(), stream(shown()), HELVETICA
    ),
    "10^6 pages declared": pdf_of(
        CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>", page(), stream(shown()), HELVETICA
    ),
    "10^6 pages that are one": pdf_of(
        CATALOGUE,
        b"<< /Type /Pages /Kids [%s] /Count 1000000 >>" % (b"3 0 R " * 10**6),
        page(),
        stream(shown()),
        HELVETICA,
    ),
    "page of 50,000 points": one_page(shown(y=49_000), box=b"0 0 50000 50000"),
    "nested arrays": one_page(shown(), extra=b"/X " + b"[" * 200_000 + b"]" * 200_000),
    "nested dictionaries": one_page(shown(), extra=b"/X " + b"<</A " * 100_000 + b"1" + b">>" * 100_000),
    "nested graphics states": one_page(b"q " * 1_000_000 + shown()),
    "object stream that extends itself": pdf_of(
        CATALOGUE,
        ONE_PAGE,
        page(),
        b"<< /Type /ObjStm /N 1000000 /First 4 /Extends 4 0 R /Length 10 >>\nstream\n4 0 4 0 R \nendstream",
        HELVETICA,
    ),
    "stream whose length is itself": pdf_of(
        CATALOGUE, ONE_PAGE, page(), b"<< /Length 4 0 R >>\nstream\n%s\nendstream" % shown(), HELVETICA
    ),
    "cross-reference loop": b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nxref\n0 1\n"
    b"0000000000 65535 f \ntrailer << /Root 1 0 R /Size 3 /Prev 60 >>\nstartxref\n60\n%%EOF",
    "form that shows itself": one_page(
        shown() + b" /X Do",
        HELVETICA,
        _form(b"/X Do " * 50, b"/XObject << /X 6 0 R >>"),
        resources=b"/XObject << /X 6 0 R >>",
    ),
    "bomb of a hundred megabytes": pdf_of(
        CATALOGUE, ONE_PAGE, page(), stream(b"BT (x) Tj ET " * 8_000_000, packed=True), HELVETICA
    ),
    "300 pages of 3,000 captions": pdf_of(
        CATALOGUE, KIDS_300, page(), stream(SCATTER + b"ET", packed=True), HELVETICA
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_case_25_what_would_not_end_meets_a_bound(tmp_path, name):
    """Case 25: loops, bombs, huge pages and deep nesting give text or a typed reason within ten seconds."""
    read = outcome(tmp_path, HOSTILE[name])
    assert not isinstance(read, str) or read in TYPED


def test_case_25_what_was_left_out_is_said(tmp_path):
    """Case 25: a million declared pages are read as far as the bounds allow, with a flag and a low quality."""
    read = outcome(tmp_path, HOSTILE["10^6 pages declared"])
    assert SENTENCE in text_of(read)
    assert "only 300 of 1000000 pages were read" in read.flags
    assert read.quality < 0.1


def test_case_25_the_memory_is_bounded(tmp_path):
    """Case 25: a page that unfolds to more memory than allowed ends as a typed error."""
    read = outcome(tmp_path, HOSTILE["bomb of a hundred megabytes"], PdfLimits(memory_bytes=128 << 20))
    assert read in {"too large", "crashed the PDF reader"}


def test_case_26_ligatures_and_soft_hyphens_are_spelled_out(tmp_path):
    """Case 26: a ligature is its letters, a soft hyphen at a line's end goes with the break."""
    lines = [["e", "\ufb03", *"cient search of wor", "\u00ad"], [*"ds that are ", "fi", *"ne."]]
    assert text_of(outcome(tmp_path, mapped([list("A Title"), *lines]))).endswith(
        "efficient search of words that are fine."
    )


def test_case_26_right_to_left_text_is_in_the_order_of_reading(tmp_path):
    """Case 26: Hebrew, drawn from left to right, comes out in the order in which it is read, line after line."""
    lines = ["שלום עולם זה משפט בעברית", "המשך השורה השנייה כאן"]
    assert " ".join(lines) in text_of(outcome(tmp_path, mapped([list(line[::-1]) for line in lines])))


def test_case_26_vertical_lines_run_from_right_to_left(tmp_path):
    """Case 26: Japanese in vertical lines comes out line by line, the rightmost first."""
    cid = (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 7 0 R /DW 1000 >>"
    )
    descriptor = (
        b"<< /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 /FontBBox [0 -120 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 80 >>"
    )
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3-V /Encoding /UniJIS-UTF16-V /DescendantFonts [6 0 R] >>"
    first, second = "検索の実験を行ったところ", "結果は良好であった。"
    content = b"".join(
        b"BT /F1 12 Tf %d 380 Td <%s> Tj ET\n" % (x, text.encode("utf-16-be").hex().encode())
        for x, text in ((330, second), (350, first))
    )
    read = outcome(tmp_path, one_page(content, font, cid, descriptor))
    text = text_of(read).replace(" ", "")
    assert text.index(first) < text.index(second)


def test_case_26_glyphs_without_meaning_lower_the_quality(tmp_path):
    """Case 26: private-use characters are dropped, named in a flag, and what remains is as it was drawn."""
    read = outcome(
        tmp_path, mapped([list("A Title of Words"), list("We measure \ue000\ue001\ue002 it well.")])
    )
    assert "We measure it well." in text_of(read)
    assert any("the font does not say" in flag for flag in read.flags)
    assert read.quality < 1


def test_case_26_a_font_without_a_table_is_flagged(tmp_path):
    """Case 26: without ToUnicode the signs stay unknown, and the quality says so."""
    cid = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+X /CIDSystemInfo << /Registry (Adobe) "
        b"/Ordering (Identity) /Supplement 0 >> /FontDescriptor 7 0 R /DW 500 >>"
    )
    descriptor = (
        b"<< /Type /FontDescriptor /FontName /ABCDEF+X /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 "
        b"/Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+X /Encoding /Identity-H /DescendantFonts [6 0 R] >>"
    content = b"BT /F1 10 Tf 50 700 Td <00010002000300040005000600070008> Tj ET"
    read = outcome(tmp_path, one_page(content, font, cid, descriptor))
    assert read.quality < 0.2
    assert any("stand for no known sign" in flag for flag in read.flags)


def test_case_27_a_scan_is_no_evidence_of_nothing(tmp_path):
    """Case 27: pages with an image and no text are "no text layer", with the way out."""
    image = stream(
        bytes(3 * 64),
        b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceRGB",
    )
    data = one_page(b"600 0 0 800 0 0 cm /X Do", HELVETICA, image, resources=b"/XObject << /X 6 0 R >>")
    path = tmp_path / "scan.pdf"
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match="OCR") as caught:
        read_pdf_text(path)
    assert caught.value.reason == "no text layer"


def test_text_that_no_reader_sees_is_left_out(tmp_path):
    """Text beside the page, or too small for any eye, is no part of what the paper says."""
    content = shown() + shown("Hidden beside the page.", x=900) + shown("Hidden by its size.", y=650, size=1)
    assert "Hidden" not in text_of(outcome(tmp_path, one_page(content)))


def test_a_page_turned_by_a_quarter_reads_as_it_is_shown(tmp_path):
    """A landscape page whose text runs upward is turned before its lines are put together."""
    content = b"".join(
        b"BT /F1 12 Tf 0 1 -1 0 %d 50 Tm (%s) Tj ET\n" % (x, text)
        for x, text in (
            (100, b"A Title of Words"),
            (130, b"Sideways text runs upward here"),
            (144, b"and goes on below it."),
        )
    )
    read = outcome(tmp_path, one_page(content, extra=b"/Rotate 90"))
    assert text_of(read).endswith("Sideways text runs upward here and goes on below it.")


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/fulltext beside the checkout")
def test_real_papers_stay_far_within_the_bounds():
    """A real paper needs less than a third of the memory and of the time that it may have."""
    tight = PdfLimits(seconds=4, memory_bytes=PdfLimits().memory_bytes // 3 + (1 << 20), output_bytes=4 << 20)
    for path in sorted(DATA.rglob("*.pdf"), key=lambda path: path.stat().st_size)[-3:]:
        read = read_pdf_text(path, tight)
        assert not any("pages were read" in flag for flag in read.flags)
