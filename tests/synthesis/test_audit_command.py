"""``synthesis audit``: exit codes, what is printed, and that nothing is changed."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import pytest

from synthesis.assembly import make_tools
from synthesis.cli import main
from synthesis.config import Config
from synthesis.jobs import RunClock, make_verification, run_job
from synthesis.reading.corpus import corpus_papers
from synthesis.sources.corpus import CorpusSource
from synthesis.store import Home

CORPUS = [
    {"doc_id": "cats", "title": "Cats", "text": "We watched cats. Cats sleep sixteen hours a day."},
    {"doc_id": "dogs", "title": "Dogs", "text": "Dogs bark at night. They rarely sing."},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home with one run of the real tools, in two formats, and that run's folder."""
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    papers, sentences = corpus_papers(CORPUS)
    request = make_verification(["Cats sleep sixteen hours a day."], "Cats", sentences=sentences)
    clock = RunClock(datetime(2026, 11, 21, tzinfo=UTC))
    tools = make_tools([CorpusSource("corpus", papers)])
    return home, run_job(home, request, tools, Config(), clock, ("md", "json")).run.folder


def _run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["audit", *map(str, arguments)])
    printed = capsys.readouterr()
    return stopped.value.code, printed.out, printed.err


def _bytes_of(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_holds_gives_0_and_a_summary(made, capsys):
    """A run by "last", by name and by folder, and a file of it: exit code 0, one line that counts, nothing changed."""
    home, folder = made
    before = _bytes_of(folder)
    for report in ("last", folder.name, folder, folder / "outputs" / "report.md"):
        code, out, err = _run(capsys, report, "--home", home.root)
        assert (code, err) == (0, "")
        assert out.count("\n") == 1
        assert "quotes" in out
        assert out.endswith("all hold.\n")
    assert _bytes_of(folder) == before


def test_what_does_not_hold_gives_1_and_its_place(made, capsys, tmp_path):
    """A line a finding says where, what was expected, and what stands there; JSON says the same."""
    home, folder = made
    text = (folder / "outputs" / "report.md").read_text(encoding="utf-8")
    path = tmp_path / "report.md"
    path.write_text(text.replace("sixteen", "sixtean", 1), encoding="utf-8")
    code, out, _ = _run(capsys, path, "--home", home.root)
    assert code == 1
    assert "sixteen" in out.split("\n")[0]
    assert "sixtean" in out.split("\n")[0]
    assert out.endswith("1 does not hold.\n")
    code, out, _ = _run(capsys, path, "--home", home.root, "--run", folder.name, "--json")
    found = json.loads(out)
    assert (code, found["exit_code"], found["run"], len(found["findings"])) == (1, 1, folder.name, 1)


def test_a_file_without_its_run_gives_3(made, capsys, tmp_path):
    """In another home the run is not here: exit code 3, and it says so."""
    _, folder = made
    path = tmp_path / "report.json"
    shutil.copyfile(folder / "outputs" / "report.json", path)
    code, out, _ = _run(capsys, path, "--home", tmp_path / "other")
    assert code == 3
    assert "not here" in out


@pytest.mark.parametrize(
    "arguments", [("no-such-run",), ("no/such/report.md",), ("last", "--run", "last"), ("report.md",)]
)
def test_what_is_no_report_gives_2(capsys, tmp_path, arguments):
    """A name of nothing, or --run without a file, is wrong usage: one paragraph, no traceback."""
    code, out, err = _run(capsys, *arguments, "--home", tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1


def test_a_hostile_file_and_a_damaged_run_give_1(made, capsys, tmp_path):
    """A file that cannot be read, and a run whose manifest cannot, are errors in one paragraph."""
    home, _ = made
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\n\0\0")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{", encoding="utf-8")
    for report in ("cut.pdf", "run"):
        code, out, err = _run(capsys, tmp_path / report, "--home", home.root)
        assert (code, out) == (1, "")
        assert err.startswith("Error: ")
        assert report in err
