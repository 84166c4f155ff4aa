"""Bounded reading of files from outside, and the choice of a form."""

import gzip
import json
import lzma
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.datasets import PAIR_FORMS, SET_FORMS, load_pairs, load_retrieval_set, reading, recognise
from retrieval_core.errors import InputError

PACKERS = {"plain": lambda data: data, "gzip": gzip.compress, "xz": lzma.compress}


def written(path: Path, data: bytes) -> Path:
    """The file, with these bytes."""
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("packer", PACKERS.values(), ids=PACKERS)
def test_lines_are_numbered_whatever_the_packing(tmp_path, packer):
    """Blank lines are passed over but counted, a byte order mark and CR are no part of the text's words."""
    path = written(tmp_path / "a.jsonl", packer("\ufeffone\r\n\n  \nvier \u2028 5".encode()))
    assert [(n, text.strip()) for n, text in reading.read_lines(path)] == [(1, "one"), (4, "vier \u2028 5")]


@settings(max_examples=25)
@given(texts=st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1)))
def test_packed_lines_come_back(tmp_path_factory, texts):
    """Every line that is not blank comes back, from one stream or from two behind each other."""
    folder = tmp_path_factory.mktemp("lines")
    data = "\n".join(texts).encode()
    half = len(data) // 2
    expected = [t.removeprefix("\ufeff") if i == 0 else t for i, t in enumerate(texts)]
    expected = [t for t in expected if t and not t.isspace()]
    for pack in (gzip.compress, lambda part: lzma.compress(part, preset=0)):
        path = written(folder / "a", pack(data[:half]) + pack(data[half:]))
        assert [line.text for line in reading.read_lines(path)] == expected


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: lzma.compress(data, preset=0)])
def test_a_bomb_is_refused(tmp_path, monkeypatch, pack):
    """A file that unpacks to hundreds of times its size stops the reading."""
    monkeypatch.setattr(reading, "FREE_BYTES", 1000)
    path = written(tmp_path / "bomb.jsonl", pack(b'{"question": "q"}\n' * 100_000))
    with pytest.raises(InputError, match="unpacks to more than 200 times"):
        sum(1 for _ in reading.read_lines(path))


def test_a_dictionary_larger_than_memory_is_refused(tmp_path):
    """An xz file that asks for a gigabyte to be unpacked is not given it."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3}]
    packed = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=filters)
    path = written(tmp_path / "a.xz", packed.compress(b"text\n") + packed.flush())
    with pytest.raises(InputError, match="cannot be read"):
        list(reading.read_lines(path))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_cut_file_is_named(tmp_path, pack):
    """A download that broke off is an error that names the file, not fewer rows."""
    path = written(tmp_path / "cut.jsonl", pack(os.urandom(2000).hex().encode())[:-40])
    with pytest.raises(InputError, match=r"cut\.jsonl cannot be read"):
        list(reading.read_lines(path))


def test_text_that_is_not_utf8_is_named_by_line(tmp_path):
    """The line that another encoding wrote is in the message."""
    path = written(tmp_path / "latin.jsonl", "a\nfünf\n".encode("latin-1"))
    with pytest.raises(InputError, match="line 2 is not UTF-8"):
        list(reading.read_lines(path))


def test_an_endless_line_is_refused(tmp_path, monkeypatch):
    """A line has a largest length, and the reading stops there."""
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 1000)
    path = written(tmp_path / "long.jsonl", b"short\n" + b"x" * 5000)
    with pytest.raises(InputError, match="line 2 is longer"):
        list(reading.read_lines(path))


def test_a_file_without_end_is_refused(tmp_path):
    """A pipe is no file."""
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(InputError, match="is not a file"):
        load_pairs(tmp_path / "pipe.jsonl", "jsonl")


def test_deep_nesting_is_an_input_error(tmp_path):
    """JSON nested without end is a bad line, not a crash."""
    path = written(tmp_path / "deep.jsonl", b'{"question": ' + b"[" * 200_000)
    with pytest.raises(InputError, match="line 1"):
        load_pairs(path, "jsonl")
    with pytest.raises(InputError, match=r"deep\.jsonl"):
        load_pairs(path, "squad")


def test_reasons_cannot_move_the_cursor(tmp_path):
    """What a message quotes of a file is printable and short."""
    row = {"t": {"\x1b[2J" + "x" * 5000: 1}}
    path = written(tmp_path / "a.jsonl", json.dumps(row).encode())
    with pytest.raises(InputError) as caught:
        load_pairs(path, "parallel")
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_unknown_forms_and_paths_are_named(tmp_path):
    """The message names the path and the forms there are."""
    with pytest.raises(InputError, match="does not exist"):
        load_pairs(tmp_path / "none.jsonl")
    path = written(tmp_path / "a.jsonl", b"{}\n")
    with pytest.raises(InputError, match="'csv' is no form of pairs.*" + ", ".join(PAIR_FORMS)):
        load_pairs(path, "csv")
    with pytest.raises(InputError, match="is no form of retrieval set.*" + ", ".join(SET_FORMS)):
        load_retrieval_set(path, "squad-r")
    with pytest.raises(InputError, match="is no unit"):
        load_pairs(path, unit="word")
    with pytest.raises(InputError, match="in no form that is known"):
        recognise(written(tmp_path / "a.bin", b"\x00\x01"))


def test_forms_are_recognised(tmp_path):
    """Names tell a form, and in JSON Lines the first row does."""
    assert recognise(written(tmp_path / "en.json", b"{}")) == "squad"
    assert recognise(written(tmp_path / "train.txt", b"")) == "mtop"
    assert recognise(written(tmp_path / "p.jsonl.gz", gzip.compress(b'\n{"t": {"en": "a"}}'))) == "parallel"
    assert recognise(written(tmp_path / "q.jsonl.xz", lzma.compress(b'{"question": "a"}'))) == "jsonl"
    assert recognise(written(tmp_path / "broken.jsonl", b"{")) == "jsonl"
    assert recognise(tmp_path) == "squad"
    (tmp_path / "mtop" / "de").mkdir(parents=True)
    written(tmp_path / "mtop" / "de" / "train.txt", b"")
    assert recognise(tmp_path / "mtop") == "mtop"
    (tmp_path / "m" / "miracl-v1.0-sw" / "topics").mkdir(parents=True)
    written(tmp_path / "m" / "miracl-v1.0-sw" / "topics" / "topics.miracl-v1.0-sw-dev.tsv", b"")
    assert recognise(tmp_path / "m") == "miracl"
    (tmp_path / "b" / "qrels").mkdir(parents=True)
    written(tmp_path / "b" / "corpus.jsonl.gz", b"")
    assert recognise(tmp_path / "b") == "beir"


def test_datasets_load_no_training_library():
    """No module of the package imports PyTorch, and importing it loads no language detector."""
    names = sorted(p.stem for p in Path(reading.__file__).parent.glob("[a-z]*.py"))
    code = "import sys\n" + "".join(f"import retrieval_core.datasets.{name}\n" for name in names)
    code += "print({'torch', 'faiss', 'py3langid', 'sentencex'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
