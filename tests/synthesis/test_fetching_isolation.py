"""One copy read in a process of its own: what it is, what it may do, what becomes of who does more."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time

import pytest
import small_paper
from hypothesis import given
from hypothesis import strategies as st

from synthesis.fetching import isolation
from synthesis.fetching.copies import Copy, is_web_page, sniff
from synthesis.fetching.isolation import read_copy
from synthesis.reading.pdf.reader import PdfLimits
from synthesis.reading.problems import UnreadableFileError

LIMITS = PdfLimits(seconds=30, memory_bytes=256 << 20, output_bytes=1 << 20)
MEGABYTE = 1 << 20


def within(seconds):
    """The limits, with another time."""
    return LIMITS.model_copy(update={"seconds": seconds})


def reason_of(copy, limits=LIMITS):
    """Why the copy cannot be read."""
    with pytest.raises(UnreadableFileError) as caught:
        read_copy(copy, limits)
    return caught.value.reason


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed its reader"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed its reader"),
        ("raise SystemExit(3)", "crashed its reader"),
        ("print('not JSON')", "crashed its reader"),
        ("print('[]')", "crashed its reader"),
        ("""print('{"text": {"form": "odd"}}')""", "crashed its reader"),
        ("import time; time.sleep(60)", "took too long"),
        ("raise SystemExit(13)", "too large"),
    ],
)
def test_a_child_that_fails_is_a_reason(tmp_path, monkeypatch, program, reason):
    """Case 24: a crash, a kill, a hang, nonsense: each is a typed reason."""
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(isolation, "_CHILD", child)
    assert reason_of(Copy(b"data", "latex"), within(1 if reason == "took too long" else 30)) == reason


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("bytearray(2**30)", "too large"),
        ("exec('while True: pass')", "took too long"),
        ("(lambda f: f(f))(lambda f: f(f))", "nested too deep"),
        ("1 // 0", "made its reader fail (ZeroDivisionError)"),
        ("'x' * 2**22", "too large"),
    ],
)
def test_what_a_reader_does_is_bounded(tmp_path, monkeypatch, harm, reason):
    """Memory, time, depth and output of the real child end at their limits; its own faults are named by kind."""
    child = tmp_path / "child.py"
    real = isolation._CHILD.read_text()
    patched = real.replace('read_file(Path(path), cast("TextForm", form), bounds)', f"_Harm({harm})")
    assert patched != real
    harmful = "class _Harm:\n    def __init__(self, v): self.v = v\n    def model_dump(self, mode): return self.v\n\n\n"
    child.write_text(patched.replace("EXIT_REASONS =", harmful + "EXIT_REASONS =", 1))
    monkeypatch.setattr(isolation, "_CHILD", child)
    assert reason_of(Copy(b"data", "latex"), within(1 if reason == "took too long" else 30)) == reason


def test_what_a_hanging_child_started_ends_with_it(tmp_path, monkeypatch):
    """The process that the child had started is gone too."""
    child, told = tmp_path / "child.py", tmp_path / "pid"
    child.write_text(
        "import subprocess, sys, time, pathlib\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(told)!r}).write_text(str(inner.pid))\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(isolation, "_CHILD", child)
    assert reason_of(Copy(b"data", "latex"), within(3)) == "took too long"
    pid = int(told.read_text())
    for _ in range(100):
        if not _runs(pid):
            return
        time.sleep(0.02)
    raise AssertionError("the inner process still runs")


def test_a_child_ends_when_its_parent_is_gone(tmp_path):
    """While it waits for a file that never comes, the pipe to its parent closes: it ends."""
    path = tmp_path / "copy.jats"
    os.mkfifo(path)
    root, limits = str(isolation._ROOT), LIMITS.model_dump_json()
    command = [sys.executable, "-P", str(isolation._CHILD), root, "jats", str(path), limits]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
        child.stdin.close()
        assert child.wait(10) == 1


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - short
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_modules_are_not_taken_from_the_current_directory(tmp_path, monkeypatch):
    """A file named like a module beside the user's papers is not run."""
    (tmp_path / "json.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w').close()")
    monkeypatch.chdir(tmp_path)
    read_copy(Copy(small_paper.jats(), "jats"), PdfLimits())
    assert not (tmp_path / "canary").exists()


def test_a_pdf_is_known_under_any_name():
    """A PDF is one whatever it was said to be, also within gzip; what is gzipped and none stays as it is."""
    pdf = small_paper.pdf()
    for form in ("latex", "html", "jats", "pdf"):
        assert sniff(pdf, form, MEGABYTE) == Copy(pdf, "pdf")
        assert sniff(b"\n\n" + pdf, form, MEGABYTE).form == "pdf"
        assert sniff(gzip.compress(pdf), form, MEGABYTE) == Copy(pdf, "pdf")
    for data in (small_paper.e_print(), b"\x1f\x8b", b"\x1f\x8b\x08\x00broken", gzip.compress(b"")):
        assert sniff(data, "latex", MEGABYTE) == Copy(data, "latex")


def test_a_pdf_in_gzip_is_unpacked_to_a_bound():
    """A bomb that begins as a PDF is unpacked no further than was allowed."""
    bomb = gzip.compress(b"%PDF-1.7" + bytes(50 * MEGABYTE))
    assert len(sniff(bomb, "latex", MEGABYTE).data) == MEGABYTE


@given(st.binary(max_size=300), st.sampled_from(["latex", "html", "jats", "pdf"]))
def test_sniffing_never_fails(data, form):
    """Whatever the bytes, they are what they were said to be, or a PDF."""
    assert sniff(data, form, MEGABYTE).form in (form, "pdf")
    assert is_web_page(data) in (True, False)


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><title>x</title>",
        b"\xef\xbb\xbf\n <HTML lang='en'>",
        b"<!-- a --> <!-- b -->\n<!doctype HTML PUBLIC>",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'><html>",
        b"<head><title>",
        b"<script>location='/login'</script>",
    ],
)
def test_web_pages_are_known(page):
    """Under whatever name, in any case, behind comments and XML's first line."""
    assert is_web_page(page)
    assert reason_of(Copy(page, "pdf")).startswith("is HTML, not PDF")


def test_a_page_of_comments_is_looked_at_in_no_time():
    """What could make a careless pattern try for ever."""
    started = time.monotonic()
    assert not is_web_page(b"<!---->" * 10_000)
    assert not is_web_page(b"<!--" * 10_000)
    assert not is_web_page(b" " * 100_000)
    assert time.monotonic() - started < 0.5


def test_nothing_is_left_of_the_copy(tmp_path, monkeypatch):
    """The file that the child read is this user's alone while it is there, and gone after."""
    monkeypatch.setattr(isolation.tempfile, "tempdir", str(tmp_path))
    seen = []
    real = isolation._run

    def looking(arguments, output, seconds, folder):
        seen.append(os.stat(folder).st_mode & 0o777)  # noqa: PTH116 - short
        return real(arguments, output, seconds, folder)

    monkeypatch.setattr(isolation, "_run", looking)
    read_copy(Copy(small_paper.jats(), "jats"), PdfLimits())
    assert reason_of(Copy(b"<article>", "jats"), PdfLimits())
    assert seen == [0o700, 0o700]
    assert list(tmp_path.iterdir()) == []
