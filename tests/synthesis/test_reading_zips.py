"""Zip packages: bombs of every shape are refused before a library opens them, sound packages pass."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.zips import ZipLimits, check_zip


def _package(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def _overlapping():
    """Two entries of the list of contents that share one packed body."""
    data = bytearray(_package({"a.xml": b"x" * 100, "b.xml": b"x" * 100}, zipfile.ZIP_STORED))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(data)


def _false_size():
    """A member that says it unpacks to 10 bytes and unpacks to a million."""
    data = bytearray(_package({"a.xml": b"x" * 1_000_000}))
    listed = data.rindex(b"PK\x01\x02")
    data[listed + 24 : listed + 28] = struct.pack("<I", 10)
    return bytes(data)


HOSTILE = {
    "zip bomb": [
        _package({"word/document.xml": b" " * (20 << 20)}),
        _package({f"{i}.xml": b"" for i in range(3_000)}),
        _package({"inner.zip": b"PK\x03\x04"}),
        b"PK\x01\x02" * 5_000,
    ],
    "overlapping entries": [_overlapping()],
    "unsafe name in archive": [
        _package({"../x.xml": b"x"}),
        _package({"a/../../x.xml": b"x"}),
        _package({"/etc/passwd": b"x"}),
        _package({"C:/x": b"x"}),
    ],
    "XML entities in archive": [
        _package({"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 70_000 + b'">]><a>&b;</a>'}),
        _package({"a.opf": b" " * 65_533 + b'<!ENTITY x SYSTEM "file:///etc/passwd">'}),
        _package({"a.xml": '<!DOCTYPE a [<!ENTITY b "c">]>'.encode("utf-16")}),
    ],
    "damaged": [b"", b"PK\x03\x04", b"%PDF-1.5", _false_size(), _package({"a": b"x"})[:-5]],
}


@pytest.mark.parametrize(
    ("reason", "data"), [(reason, data) for reason, all_ in HOSTILE.items() for data in all_]
)
def test_hostile_packages_are_refused(reason, data):
    """Case 33: bombs, overlapping entries, names that lead out and XML entities are refused under their reason."""
    with pytest.raises(UnreadableFileError) as caught:
        check_zip(data, "given.docx")
    assert caught.value.reason == reason
    assert "given.docx" in str(caught.value)


def test_an_encrypted_package_is_refused():
    """Case 33: an encrypted member is refused as such, not as damage."""
    data = bytearray(_package({"a.xml": b"<a/>"}))
    listed = data.rindex(b"PK\x01\x02")
    data[listed + 8] |= 1
    with pytest.raises(UnreadableFileError) as caught:
        check_zip(bytes(data), "x")
    assert caught.value.reason == "encrypted"


def test_symbolic_links_are_refused():
    """Case 33: an entry that is a link leads out of the package whatever its name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("a.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnreadableFileError) as caught:
        check_zip(out.getvalue(), "x")
    assert caught.value.reason == "unsafe name in archive"


def test_a_real_document_passes_from_bytes_and_from_its_path(tmp_path):
    """A document that python-docx writes, and an EPUB's parts with a DOCTYPE, pass without a word."""
    from docx import Document

    path = tmp_path / "a.docx"
    document = Document()
    document.add_paragraph("Some text.")
    document.save(str(path))
    check_zip(path, "a.docx")
    check_zip(path.read_bytes(), "a.docx")
    epub = {"mimetype": b"application/epub+zip", "OEBPS/": b"", "OEBPS/a.xhtml": b"<!DOCTYPE html><html/>"}
    check_zip(_package(epub, zipfile.ZIP_STORED), "a.epub")


def test_a_path_that_is_not_there_is_told(tmp_path):
    """A missing file is an error of reading, named."""
    with pytest.raises(UnreadableFileError, match=r"gone\.docx") as caught:
        check_zip(tmp_path / "gone.docx", "gone.docx")
    assert caught.value.reason == "cannot be opened"


def test_a_package_of_too_many_bytes_is_refused_unread():
    """The size of the package itself is bounded."""
    with pytest.raises(UnreadableFileError) as caught:
        check_zip(_package({"a": b"x" * 200}, zipfile.ZIP_STORED), "x", ZipLimits(package_bytes=100))
    assert caught.value.reason == "zip bomb"


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_no_bytes_break_the_check(data):
    """A package with bytes changed anywhere passes or is refused with a reason; nothing else escapes."""
    package = bytearray(_package({"word/document.xml": b"<a>text</a>" * 50, "b.rels": b"<r/>"}))
    for _ in range(data.draw(st.integers(1, 6))):
        package[data.draw(st.integers(0, len(package) - 1))] = data.draw(st.integers(0, 255))
    try:
        check_zip(bytes(package[: data.draw(st.integers(1, len(package)))]), "x")
    except UnreadableFileError as error:
        assert error.reason  # noqa: PT017  the reason is the property
