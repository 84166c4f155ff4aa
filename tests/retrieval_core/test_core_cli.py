"""The public names and the command line."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import retrieval_core


def run(*args: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    code = "from retrieval_core.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False)


def jsonl(path: Path, *rows: object) -> Path:
    """Rows as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_public_names_are_exactly_those_exported() -> None:
    """Each name of __all__ loads and is listed; nothing else public is there before submodules load."""
    assert sorted(retrieval_core.__all__) == list(retrieval_core.__all__)
    for name in retrieval_core.__all__:
        assert getattr(retrieval_core, name).__module__.startswith("retrieval_core.")
        assert name in dir(retrieval_core)
    with pytest.raises(AttributeError, match="nothing"):
        retrieval_core.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    """The import and the help load none of the numeric and search libraries."""
    code = (
        "import sys, retrieval_core, retrieval_core.cli\n"
        "print(sorted({'numpy', 'tantivy', 'torch', 'faiss', 'pydantic', 'sklearn'} & set(sys.modules)))\n"
        "public = {n for n in vars(retrieval_core) if not n.startswith('_')}\n"
        "print(sorted(public - {'annotations', 'import_module', 'TYPE_CHECKING', 'Any', 'cli', 'errors', 'lazy_group'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_help_is_quick_and_names_every_command() -> None:
    """The overview comes from the table, without loading a command."""
    started = time.perf_counter()
    done = run("--help")
    assert time.perf_counter() - started < 3  # 0.3 s when the machine has nothing else to do
    assert done.returncode == 0
    for name in ("index", "search", "train-judge", "evaluate-judge", "calibrate"):
        assert f"  {name} " in done.stdout


def test_a_mistyped_command_suggests_the_right_one() -> None:
    """A wrong name is wrong usage, exit code 2, and names what was meant."""
    done = run("serach")
    assert done.returncode == 2
    assert "Did you mean 'search'?" in done.stderr
    assert "Commands: index" in run("xyz").stderr


def test_index_then_search(tmp_path: Path) -> None:
    """BEIR and SciFact forms are read; results go to stdout as a table or as JSON Lines."""
    corpus = jsonl(
        tmp_path / "corpus.jsonl",
        {"_id": "a", "title": "Cross-lingual\u001b[31m retrieval", "text": "Text"},
        {"doc_id": 7, "title": None, "abstract": ["First sentence.", "A zebra."], "structured": False},
    )
    done = run("index", str(corpus), "--out", str(tmp_path / "index"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "2 documents" in done.stderr
    table = run("search", str(tmp_path / "index"), "crosslingual")
    assert "Cross-lingual [31m retrieval" in table.stdout
    found = json.loads(run("search", str(tmp_path / "index"), "zebra", "-k", "1", "--json").stdout)
    assert (found["doc_id"], found["rank"]) == ("7", 1)
    nothing = run("search", str(tmp_path / "index"), "nowhere")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "None of the 2 documents" in nothing.stderr


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        '{"_id": "a"}',
        '{"text": "a"}',
        "[1]",
        '{"_id": "", "text": "a"}',
        '{"_id": null, "text": 3}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named_and_the_old_index_stays(tmp_path: Path, line: str) -> None:
    """An unusable line is one message with file and line, exit code 1, and no traceback."""
    good = jsonl(tmp_path / "good.jsonl", {"_id": "a", "text": "cat"})
    assert run("index", str(good), "--out", str(tmp_path / "index")).returncode == 0
    bad = jsonl(tmp_path / "bad.jsonl", {"_id": "b", "text": "dog"})
    with bad.open("a") as file:
        file.write(line + "\n")
    done = run("index", str(bad), "--out", str(tmp_path / "index"))
    assert done.returncode == 1
    assert "bad.jsonl, line 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert run("search", str(tmp_path / "index"), "cat", "--json").stdout


def test_a_binary_file_and_a_missing_index_are_clear_errors(tmp_path: Path) -> None:
    """Neither gives a traceback; a missing file is wrong usage."""
    binary = tmp_path / "x.jsonl"
    binary.write_bytes(bytes(range(256)) * 100)
    done = run("index", str(binary), "--out", str(tmp_path / "index"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    done = run("search", str(tmp_path / "none"), "cat")
    assert (done.returncode, "No index at" in done.stderr) == (1, True)
    assert run("index", str(tmp_path / "missing"), "--out", str(tmp_path / "index")).returncode == 2
