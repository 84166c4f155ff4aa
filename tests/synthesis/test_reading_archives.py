"""Archives in memory: what tarfile writes is read back; what is hostile stays outside."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib

import pytest
from eprint_factory import BLOCK, END, entry
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.reading.archives import ArchiveLimits, Inflating, looks_like_tar, safe_label, tar_files
from synthesis.reading.problems import UnreadableFileError

_PART = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\:\0", exclude_categories=["Cc", "Cs"]),
    min_size=1,
    max_size=60,
)
_NAMES = st.lists(_PART.filter(lambda part: part not in (".", "..")), min_size=1, max_size=5).map("/".join)


def _read(data, limits=None, wanted=lambda _: True):
    limits = limits or ArchiveLimits()
    stream = Inflating(data, "x", limits)
    return [
        (member.name, member.content) for member in tar_files(stream, "x", wanted, limits)
    ], stream.damaged


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(_NAMES, st.binary(max_size=2_000), max_size=6),
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.booleans(),
)
def test_what_tarfile_writes_is_read_back(files, form, packed):
    """Every regular file comes back with its name and bytes, in each of tarfile's formats, gzipped or not."""
    out = io.BytesIO()
    kept = {}
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            try:
                archive.addfile(info, io.BytesIO(content))
            except ValueError:  # a name too long for USTAR
                continue
            kept[name] = content
    data = gzip.compress(out.getvalue()) if packed else out.getvalue()
    found, damaged = _read(data)
    assert dict(found) == kept
    assert not damaged


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=3_000), st.integers(0, 3_000), st.integers(0, 2_000))
def test_no_bytes_break_the_reader(noise, place, cut):
    """Whatever the bytes, and wherever a sound archive is spliced or cut, members come out or none do."""
    sound = entry("main.tex", content=b"text" * 300) + entry("b.tex", content=b"more") + END
    for data in (noise, sound[:place] + noise + sound[place:], sound[:cut], gzip.compress(sound)[:cut]):
        found, _ = _read(data)
        assert all(isinstance(name, str) and isinstance(content, bytes) for name, content in found)


HOSTILE = {
    "leads upwards": entry("../../canary", content=b"x"),
    "absolute": entry("/srv/canary", content=b"x"),
    "a drive": entry("C:\\canary", content=b"x"),
    "symbolic link": entry("link", b"2", link="/srv") + entry("link/../../canary", content=b"x"),
    "hard link": entry("hard", b"1", link="/etc/passwd"),
    "character device": entry("device", b"3"),
    "block device": entry("device", b"4"),
    "pipe": entry("pipe", b"6"),
    "link without a name": entry("", b"2", link=""),
    "no name": entry("", content=b"x"),
    "long name that leads upwards": entry("x", b"L", b"a/../" * 400 + b"canary\0") + entry("y", content=b"x"),
    "pax path that leads upwards": entry("x", b"x", b"24 path=../../canary.tx\n") + entry("y", content=b"x"),
    "sparse": entry("sparse", b"S", size=8**11 - 1),
    "long name without end": entry("x", b"L", b"a" * 5_000) * 2_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_members_that_are_no_plain_files_inside_are_passed_over(kind):
    """Case 28: links, devices, sparse files and names that lead elsewhere give nothing; sound files around them do."""
    data = entry("first.tex", content=b"one") + HOSTILE[kind] + entry("last.tex", content=b"two") + END
    found, _ = _read(data)
    names = [name for name, _ in found]
    assert names[0] == "first.tex"
    assert not any("canary" in name or ".." in name or name.startswith("/") for name in names)
    assert set(names) <= {"first.tex", "last.tex", "link/x", "y"}


@pytest.mark.parametrize("size", [-1, -BLOCK, 1 << 40, 8**11 - 1])
def test_a_size_that_lies_ends_the_archive(size):
    """Case 28: a negative size or one of a terabyte neither turns in circles nor takes memory."""
    data = entry("a.tex", content=b"one") + entry("b.tex", size=size, content=b"x") + END
    found, damaged = _read(data, wanted=lambda name: name == "a.tex")
    assert [name for name, _ in found] == ["a.tex"]
    assert damaged == (size < 0)
    if size > 0:
        with pytest.raises(UnreadableFileError) as caught:
            _read(data)
        assert caught.value.reason == "too large"


def test_members_beyond_the_limit_are_not_looked_at():
    """Case 28: of a million members the first ten thousand are looked at."""
    one = entry("a.tex")
    data = gzip.compress(one * 30_000, 1)
    found, _ = _read(data, ArchiveLimits(ratio=10_000))
    assert len(found) == 10_000


def test_a_name_given_twice_is_given_twice():
    """Case 28: duplicate names are the caller's to choose among; both contents come, in order."""
    found, _ = _read(entry("a.tex", content=b"1") + entry("a.tex", content=b"2") + END)
    assert found == [("a.tex", b"1"), ("a.tex", b"2")]


def test_a_pax_header_bomb_is_passed_over():
    """Case 28: an extended header of megabytes, and one made for a quadratic pattern, cost nothing."""
    bomb = entry("p", b"x", b"1" * 3_000_000) + entry("q", b"x", b"9" * 4_000 + b" path=z")
    found, _ = _read(bomb + entry("a.tex", content=b"1") + END)
    assert [content for _, content in found] == [b"1"]


def test_a_gzip_bomb_is_refused():
    """Case 29: what unpacks to hundreds of times its size is refused before it is held in memory."""
    bomb = gzip.compress(entry("figure.eps", content=b"\0" * (40 << 20)), 9)
    with pytest.raises(UnreadableFileError) as caught:
        _read(bomb, wanted=lambda _: False)
    assert caught.value.reason == "too large"


def test_wanted_files_are_bounded_together():
    """Files that are each small enough are refused where all of them are too much."""
    limits = ArchiveLimits(file_bytes=600, kept_bytes=1_000)
    with pytest.raises(UnreadableFileError) as caught:
        _read(entry("a", content=b"x" * 600) + entry("b", content=b"x" * 600) + END, limits)
    assert caught.value.reason == "too large"
    assert "'b'" in str(caught.value)
    found, _ = _read(
        entry("a", content=b"x" * 600) + entry("b", content=b"x" * 600), limits, lambda name: name == "b"
    )
    assert [name for name, _ in found] == ["b"]


@pytest.mark.parametrize("cut", [20, 200, 1_000, 2_000])
def test_a_gzip_stream_that_breaks_off_gives_what_it_has(cut):
    """What was unpacked before the break is given, and the stream says that it is damaged."""
    import random

    whole = random.Random(1).randbytes(3_000)
    stream = Inflating(gzip.compress(whole)[:cut], "x", ArchiveLimits())
    read = stream.read(10_000)
    assert whole.startswith(read)
    assert stream.damaged


def test_a_gzip_stream_read_in_any_steps_is_the_same():
    """Reading and skipping in steps of any size gives the bytes that zlib gives at once."""
    whole = bytes(range(256)) * 1_000
    data = zlib.compress(whole, wbits=31)
    stream = Inflating(data, "x", ArchiveLimits())
    first = stream.read(7)
    stream.skip(100_000)
    assert first + whole[7:100_007] + stream.read(10**7) == whole
    assert not stream.damaged


def test_a_tar_is_known_by_its_head():
    """A header is known with the magic or by its checksum alone; text and PDF are none."""
    old = bytearray(entry("a.tex"))
    old[257:265] = b"\0" * 8
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old[:BLOCK])
    assert looks_like_tar(entry("a.tex"))
    assert looks_like_tar(bytes(old))
    assert not looks_like_tar(b"%PDF-1.5" + b" " * 600)
    assert not looks_like_tar(b"\0" * 600)
    assert not looks_like_tar(b"\\documentclass{article}")


@given(st.text(max_size=80))
def test_a_label_never_leads_out(name):
    """Whatever the name, its label has no part that leads upwards and no root."""
    label = safe_label(name)
    assert label is None or (".." not in label.split("/") and not label.startswith("/") and "\\" not in label)
