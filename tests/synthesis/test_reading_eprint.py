"""What an e-print is: every branch of its first bytes, and nothing written or opened."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest
from eprint_factory import END, entry, latex, tar

from synthesis.reading.eprint import open_eprint
from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.tex.reader import read_latex

PAPER = latex("\\section{One} Some text.")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (b"%PDF-1.5\n...", "is PDF, not LaTeX"),
        (gzip.compress(b"%PDF-1.5\n..."), "is PDF, not LaTeX"),
        (b"%!PS-Adobe-3.0\n", "is PostScript, not LaTeX"),
        (gzip.compress(b"%!PS-Adobe-2.0 EPSF"), "is PostScript, not LaTeX"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "is HTML, not LaTeX"),
        (b'<?xml version="1.0"?>\n<html xmlns="x">', "is HTML, not LaTeX"),
        (gzip.compress(b"\n <HTML><body>"), "is HTML, not LaTeX"),
        (b"PK\x03\x04rest", "is a zip archive, not LaTeX"),
        (b"just words, 100 % of them", "is not LaTeX"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "is not LaTeX"),
        (b"%auto-ignore\r\nThis paper has been withdrawn. \\end", "withdrawn"),
        (tar({}), "archive without TeX"),
        (tar({"a.png": b"x", "b.pdf": b"%PDF"}), "archive without TeX"),
        (tar({"refs.bib": b"@a{b,}"}, packed=False), "archive without TeX"),
        (b"\x1f\x8b\x08\x00rubbish", "damaged"),
    ],
)
def test_what_is_no_latex_says_what_it_is(data, reason):
    """Case 29: each kind of e-print that holds no LaTeX is refused under its own reason, and its name is told."""
    with pytest.raises(UnreadableFileError) as caught:
        read_latex(data, "1234.56789")
    assert caught.value.reason == reason
    assert "1234.56789" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        PAPER,
        gzip.compress(PAPER),
        gzip.compress(gzip.compress(PAPER)),
        tar({"main.tex": PAPER}),
        tar({"./deep/main.TEX": PAPER, "fig.png": b"x"}, packed=False),
        gzip.compress(tar({"main.tex": PAPER})),
    ],
    ids=["plain", "gzip", "gzip in gzip", "tar.gz", "tar", "tar.gz in gzip"],
)
def test_each_way_of_packing_gives_the_text(data):
    """Case 29: plain TeX, gzip, gzip in gzip, tar and tar.gz all give the same text."""
    assert read_latex(data, "x").sections[0].text == "Some text."


def test_a_bomb_of_one_file_is_refused():
    """Case 29: one gzipped file that unpacks to hundreds of times its size is refused, at 16 MB at the latest."""
    with pytest.raises(UnreadableFileError) as caught:
        read_latex(gzip.compress(b"\\relax " + b" " * (40 << 20)), "x")
    assert caught.value.reason == "too large"


def test_gzip_within_gzip_without_end_is_not_followed():
    """Case 29: beyond three layers a gzip file is no paper."""
    data = PAPER
    for _ in range(5):
        data = gzip.compress(data)
    with pytest.raises(UnreadableFileError) as caught:
        read_latex(data, "x")
    assert caught.value.reason == "is not LaTeX"


def test_only_text_files_are_kept_and_the_last_of_a_name():
    """Figures are passed over, resource forks too, and of two files of one name the last is kept, as tar has it."""
    found = open_eprint(
        tar({"a.tex": PAPER, "._a.tex": b"x", "b.eps": b"%!PS", "r.bbl": b"y", "s.sty": b"z"}), "x"
    )
    assert list(found.files) == ["a.tex", "r.bbl", "s.sty"]
    twice = entry("a.tex", content=b"\\old") + entry("a.tex", content=b"\\new") + END
    assert open_eprint(twice, "x").files == {"a.tex": b"\\new"}


def test_a_broken_archive_gives_its_first_files_with_a_flag():
    """What stands before the break is read, and the quality says that something is missing."""
    data = tar({"main.tex": PAPER, "more.tex": b"x" * 5_000}, packed=False)[:4_000]
    text = read_latex(data, "x")
    assert text.sections[0].text == "Some text."
    assert "the archive breaks off" in text.flags


_WATCHED = """
import sys
sys.path[:0] = {path!r}
from synthesis.reading.tex.reader import read_latex
from eprint_factory import latex, tar, entry, END
import gzip
read_latex(latex("warm up \\\\cite{{a}}"), "x")
seen = []
quiet = ("open", "os.", "subprocess", "socket", "shutil", "ctypes", "exec", "compile", "import", "tempfile", "pty")
sys.addaudithook(lambda event, args: seen.append((event, args)) if event.startswith(quiet) else None)
inputs = "".join("\\\\input{{%s}}" % name for name in ("{canary}", "../canary", "/etc/passwd", "|ls", "~/x", "file:///etc/passwd"))
body = inputs + "\\\\write18{{touch {canary}}} \\\\immediate\\\\write18{{ls}} \\\\openout3={canary} \\\\include{{{canary}}} \\\\verb|x| end"
hostile = [
    entry("../../canary", content=b"x"), entry("{canary}"[:99], content=b"x"), entry("l", b"2", link="{folder}"[:99]) + entry("l/canary", content=b"x"),
    entry("h", b"1", link="{canary}"[:99]), entry("d", b"3"), entry("f", b"6"), entry("", b"2"),
]
for one in hostile:
    text = read_latex(gzip.compress(entry("main.tex", content=latex(body)) + one + END), "x")
    assert text.sections[0].text.endswith("end"), text
print(seen)
"""


def test_nothing_is_written_opened_or_run(tmp_path):
    """Cases 28 and 30: hostile archives and commands open no file, start nothing; the canary stays as it was."""
    canary = tmp_path / "canary"
    canary.write_text("untouched")
    before = sorted(tmp_path.iterdir())
    script = _WATCHED.format(path=sys.path, canary=str(canary), folder=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
    assert canary.read_text() == "untouched"
    assert sorted(tmp_path.iterdir()) == before
