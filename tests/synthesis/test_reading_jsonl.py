"""JSON Lines, plain and compressed, hostile and not."""

import gzip
import json
import lzma

import pytest

from synthesis.reading.jsonl import read_jsonl
from synthesis.reading.lines import TextLimits, iterate_lines, read_text
from synthesis.reading.problems import Rejections, UnreadableFileError


def read(path, limits=None):
    """Papers and rejections of a file."""
    rejections = Rejections()
    return list(read_jsonl(path, "lib", rejections, limits)), rejections


def lines_of(*records):
    """JSON Lines of records."""
    return "\n".join(json.dumps(record) for record in records).encode() + b"\n"


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
def test_plain_gzip_and_xz_give_the_same(tmp_path, compress):
    """Compression is told by content, not by name."""
    path = tmp_path / "papers.jsonl"
    path.write_bytes(compress(lines_of({"title": "One"}, {"title": "Two"})))
    papers, rejections = read(path)
    assert [p.title for p in papers] == ["One", "Two"]
    assert not rejections.counts


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_concatenated_streams_are_read_to_the_end(tmp_path, compress):
    """Two compressed files joined are one file, as gzip and xz define."""
    path = tmp_path / "papers.jsonl.x"
    path.write_bytes(compress(lines_of({"title": "One"})) + compress(lines_of({"title": "Two"})))
    assert [p.title for p in read(path)[0]] == ["One", "Two"]


def test_bad_lines_are_rejected_under_their_numbers(tmp_path):
    """Each bad line is counted with a reason and its number; the others are read."""
    path = tmp_path / "p.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf"
        + lines_of({"title": "Good"})
        + b'{"title": "cut\n\n[1, 2]\n'
        + b'{"title": "\xff"}\n'
        + lines_of({"id": "2408.10536"})
        + b"[" * 100_000
        + b'\n{"title": "\\ud800 half"}\n'
    )
    papers, rejections = read(path)
    assert [p.title for p in papers] == ["Good", "\ufffd half"]
    assert [(r.item, r.reason) for r in rejections.kept] == [
        ("p.jsonl:2", "not JSON"),
        ("p.jsonl:4", "not a JSON object"),
        ("p.jsonl:5", "not UTF-8"),
        ("p.jsonl:6", "no title"),
        ("p.jsonl:7", "not JSON"),
    ]


def test_a_long_line_is_rejected_and_the_next_is_read(tmp_path):
    """A line over the bound costs only itself, and never its length in memory."""
    path = tmp_path / "p.jsonl"
    path.write_bytes(lines_of({"title": "x" * 5000}, {"title": "Short"}))
    papers, rejections = read(path, TextLimits(line_bytes=1000))
    assert [p.title for p in papers] == ["Short"]
    assert rejections.kept[0].item == "p.jsonl:1"
    assert rejections.counts == {"line too long": 1}


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("line_end", [b"", b"\n"])
def test_a_compression_bomb_is_refused(tmp_path, compress, line_end):
    """A file that expands a thousandfold is refused, be it one line or many."""
    path = tmp_path / "bomb.jsonl"
    path.write_bytes(compress((b" " * 999 + line_end) * 4000))
    limits = TextLimits(ratio_free_bytes=1 << 20, line_bytes=1 << 16)
    with pytest.raises(UnreadableFileError, match="expands") as caught:
        read(path, limits)
    assert caught.value.reason == "expands too far"


def test_an_xz_file_that_needs_much_memory_is_refused(tmp_path):
    """The dictionary that a hostile header asks for is bounded."""
    path = tmp_path / "big.jsonl.xz"
    path.write_bytes(lzma.compress(lines_of({"title": "T"}), preset=9))  # 64 MiB dictionary
    with pytest.raises(UnreadableFileError, match="damaged"):
        read(path, TextLimits(decoder_bytes=8 << 20))


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_cut_compressed_file_is_damaged(tmp_path, compress):
    """A download that broke off is an error of the file, not a silent half."""
    data = compress(lines_of(*({"title": f"Paper {i}"} for i in range(1000))))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableFileError, match="damaged"):
        read(path)


def test_empty_and_missing_files_are_typed_errors(tmp_path):
    """Both name the file and the way out."""
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(UnreadableFileError, match="is empty"):
        list(iterate_lines(tmp_path / "empty.jsonl"))
    with pytest.raises(UnreadableFileError, match=r"cannot read .*none\.jsonl"):
        list(iterate_lines(tmp_path / "none.jsonl"))


def test_whole_texts_are_bounded_and_never_binary(tmp_path):
    """A text file is UTF-8 or Latin-1, without NUL, below the bound."""
    path = tmp_path / "t.bib"
    path.write_bytes("é\r\n".encode("latin-1"))
    assert read_text(path) == "é\n"
    with pytest.raises(UnreadableFileError, match="more than"):
        read_text(path, TextLimits(whole_file_bytes=1))
    path.write_bytes(b"a\0b")
    with pytest.raises(UnreadableFileError, match="binary"):
        read_text(path)


def test_counts_are_exact_when_examples_are_not_all_kept(tmp_path):
    """A million bad lines cost a counter, not a million records."""
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"nonsense\n" * 1500)
    _, rejections = read(path)
    assert rejections.counts == {"not JSON": 1500}
    assert len(rejections.kept) == 1000
