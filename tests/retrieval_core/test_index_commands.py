"""The commands ``index`` and ``search``: what they change, say and refuse."""

import json

import pytest
from click.testing import CliRunner
from test_dense import ENCODER

from retrieval_core import index_commands
from retrieval_core.errors import InputError
from retrieval_core.search import SearchIndex


def write(path, *rows):
    """Rows as JSON Lines; the path as the command takes it."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def run(command, *args):
    """A command in this process; its errors are raised."""
    return CliRunner().invoke(command, args, catch_exceptions=False)


@pytest.fixture
def encoder(monkeypatch):
    """``--encoder`` names a small encoder, which any name but "none" gives."""
    monkeypatch.setattr(
        index_commands, "load_encoder", lambda name: None if name in {None, "none"} else ENCODER
    )


def test_repeated_ids_are_counted(tmp_path):
    """The last line of an id counts, and the reader is told how many there were."""
    corpus = write(
        tmp_path / "c.jsonl", *({"_id": i, "text": t} for i, t in zip("abaa", "wxyz", strict=True))
    )
    done = run(index_commands.index, corpus, "--out", str(tmp_path / "index"))
    assert "2 documents indexed" in done.stderr
    assert "2 lines repeat an earlier doc_id" in done.stderr
    assert SearchIndex.open(tmp_path / "index").get("a").text == "z"


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file_is_an_error_and_the_old_index_stays(tmp_path, content):
    """No documents are a mistake, never an empty index."""
    out = str(tmp_path / "index")
    run(index_commands.index, write(tmp_path / "c.jsonl", {"_id": "a", "text": "cat"}), "--out", out)
    (tmp_path / "empty.jsonl").write_text(content)
    for options in ((), ("--add",)):
        with pytest.raises(InputError, match="holds no documents"):
            run(index_commands.index, str(tmp_path / "empty.jsonl"), "--out", out, *options)
    assert len(SearchIndex.open(tmp_path / "index")) == 1


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("name", ["none", "small"])
def test_add_and_delete(tmp_path, name):
    """An index is changed in place, with vectors or without."""
    out = str(tmp_path / "index")
    first = write(tmp_path / "c.jsonl", {"_id": "a", "text": "cat"}, {"_id": "b", "text": "dog"})
    run(index_commands.index, first, "--out", out, "--encoder", name)
    more = write(tmp_path / "more.jsonl", {"_id": "c", "text": "emu"})
    done = run(index_commands.index, more, "--out", out, "--encoder", name, "--add", "--delete", "a")
    assert "2 documents indexed" in done.stderr
    assert ("Vectors: flat, exact." in done.stderr) == (name != "none")
    done = run(index_commands.index, "--out", out, "--encoder", name, "--delete", "b")
    assert done.exit_code == 0
    found = run(index_commands.search, out, "emu", "--encoder", name, "--json").stdout
    assert [json.loads(line)["doc_id"] for line in found.splitlines()] == ["c"]


@pytest.mark.usefixtures("encoder")
def test_each_mode_of_search(tmp_path):
    """By words, by vectors and by both; a lexical search needs no encoder."""
    out = str(tmp_path / "index")
    corpus = write(tmp_path / "c.jsonl", {"_id": "a", "text": "cats purr"}, {"_id": "b", "text": "dogs bark"})
    run(index_commands.index, corpus, "--out", out, "--encoder", "small", "--kind", "flat")
    for mode, found in (("lexical", ["a"]), ("dense", ["a", "b"]), ("hybrid", ["a", "b"])):
        name = "none" if mode == "lexical" else "small"
        done = run(index_commands.search, out, "cats", "--mode", mode, "--encoder", name, "--json")
        assert [json.loads(line)["doc_id"] for line in done.stdout.splitlines()] == found


@pytest.mark.parametrize("args", [(), ("--add",), ("{file}", "--delete", "a")])
def test_wrong_use_is_named(tmp_path, args):
    """Nothing to do, nothing to add, or a deletion from what is replaced: exit code 2."""
    file = write(tmp_path / "c.jsonl", {"_id": "a", "text": "cat"})
    done = run(index_commands.index, "--out", str(tmp_path / "index"), *(a.format(file=file) for a in args))
    assert done.exit_code == 2
    assert not (tmp_path / "index").exists()
