"""The command line: exit codes, errors with a way out, machine-readable output."""

import json
import subprocess
import sys
import time

import pytest

from synthesis.cli import main

QUESTION = "Does hybrid batch training improve multilingual retrieval?"


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Run a command in this process with a home of its own: (exit code, stdout, stderr)."""
    monkeypatch.setenv("SYNTHESIS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795262400")
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, captured.err

    return call


def test_a_report_on_the_demo_library(run, tmp_path):
    """The main job writes all five formats and says what it counted."""
    code, out, _ = run("report", QUESTION, "--source", "demo", "--out", "report")
    assert code == 0
    assert {p.name for p in (tmp_path / "report").iterdir()} == {
        "report.md",
        "report.html",
        "report.pdf",
        "report.docx",
        "report.json",
    }
    assert "independently verified." in out


def test_json_goes_to_stdout_alone(run):
    """With --json stdout is one JSON document with the counts and the files."""
    code, out, _ = run("report", QUESTION, "--source", "demo", "--formats", "md", "--json")
    summary = json.loads(out)
    assert code == 0
    assert summary["files"][0].endswith("report.md")
    assert summary["claims"] >= summary["verified"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["reprot", QUESTION], 2, "Did you mean 'report'?"),
        (["report", QUESTION, "--formts", "md"], 2, "--formats"),
        (["report", QUESTION, "--source", "arxv"], 2, "Did you mean 'arxiv'?"),
        (["report", QUESTION, "--source", "demo", "--formats", "pfd"], 2, "Did you mean 'pdf'?"),
        (["report", "  ", "--source", "demo"], 2, "question is empty"),
        (["report", QUESTION, "--source", "demo", "--paper", "0000.00000"], 1, "no source knows the paper"),
        (["report", QUESTION, "--library", "nowhere"], 1, "nowhere"),
        (["report", QUESTION, "--source", "demo", "--config", "nowhere.toml"], 1, "nowhere.toml"),
        (["verify", "nowhere.csv", "--source", "demo"], 1, "nowhere.csv"),
        (["replay", "nothing"], 1, "no such run"),
        (["library", "stats", "nothing"], 2, "no library 'nothing'"),
        (["library", "add", "nowhere.bib"], 1, "nowhere.bib"),
    ],
)
def test_errors_name_the_input_and_the_way_out(run, arguments, code, said):
    """A mistake is one paragraph on stderr with the right exit code, never a traceback."""
    got, out, err = run(*arguments)
    assert got == code
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_a_table_comes_back_verified(run, tmp_path):
    """Verify writes the table beside the old one, with the same claims and a verdict each."""
    (tmp_path / "claims.csv").write_text(
        "id,claim\na,SciFact has 1.4K claims.\nb,The moon is made of cheese.\n", encoding="utf-8"
    )
    code, out, _ = run("verify", "claims.csv", "--source", "demo")
    written = (tmp_path / "claims.verified.csv").read_text(encoding="utf-8")
    assert code == 0
    assert "claims.verified.csv" in out
    assert "The moon is made of cheese." in written
    assert (tmp_path / "claims.csv").read_text(encoding="utf-8").startswith("id,claim\na,")


def test_verify_a_corpus_as_json_lines(run, tmp_path):
    """With --corpus and --json there is a line a claim with label, confidence and sentence indices."""
    corpus = [
        {
            "doc_id": "d1",
            "title": "Cats",
            "abstract": ["We watched cats.", "Cats sleep sixteen hours a day."],
        },
        {"doc_id": 2, "title": "Dogs", "text": "Dogs bark at night. They rarely sing."},
    ]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (tmp_path / "claims.jsonl").write_text(
        '{"id": 7, "claim": "Cats sleep sixteen hours a day."}\n', encoding="utf-8"
    )
    code, out, _ = run("verify", "claims.jsonl", "--corpus", "corpus.jsonl", "--json")
    (line,) = [json.loads(row) for row in out.splitlines()]
    assert code == 0
    assert line["id"] == "7"
    assert line["label"] in {"SUPPORTED", "REFUTED", "CONFLICTING", "NOT_ENOUGH_INFO"}
    assert 0 <= line["confidence"] <= 1
    for evidence in line["evidence"]:
        assert evidence["doc_id"] in {"d1", "2"}
        assert evidence["stance"] in {"SUPPORTS", "REFUTES"}
    assert [p.name for p in tmp_path.glob("*.verified.*")] == []


def test_search_lists_papers(run):
    """Search prints papers best first, and the same as JSON."""
    code, out, _ = run("search", "language-agnostic answer retrieval", "--source", "demo", "-n", "3")
    assert code == 0
    assert "LAReQA" in out.splitlines()[0]
    _, out, _ = run("search", "language-agnostic answer retrieval", "--source", "demo", "-n", "3", "--json")
    assert len(json.loads(out)["papers"]) == 3


def test_a_library_is_added_once_and_searched_by_name(run, tmp_path):
    """A second addition changes nothing; the library is then a source under its name."""
    (tmp_path / "refs.bib").write_text(
        "@article{a, title={Rain in spring over the plains}, author={Ann Lee}, year={2020}, "
        "abstract={Rain falls in spring.}}\n",
        encoding="utf-8",
    )
    first = run("library", "add", "refs.bib", "--name", "weather")
    again = run("library", "add", "refs.bib", "--name", "weather")
    assert first[1].startswith("weather: 1 added")
    assert again[1].startswith("weather: 0 added")
    assert "weather  1 papers" in run("library", "list")[1]
    assert "Rain in spring" in run("search", "rain", "--source", "weather")[1]


def test_doctor_finds_a_damaged_run(run, tmp_path):
    """Doctor is content with a whole home, and names a run whose file changed."""
    run("report", QUESTION, "--source", "demo", "--formats", "md")
    code, out, _ = run("doctor")
    assert code == 0, out
    (claims,) = (tmp_path / "home" / "runs").glob("*/claims.claims.jsonl")
    claims.write_bytes(claims.read_bytes() + b"\n")
    code, out, _ = run("doctor")
    assert code == 1
    assert "claims.claims.jsonl" in out


def test_offline_uses_no_network_source(run):
    """--offline leaves arXiv out altogether."""
    _, out, _ = run("search", "retrieval", "--offline", "--json")
    assert {entry["source"] for entry in json.loads(out)["log"]} == {"demo"}


def test_help_starts_fast():
    """--help answers within 0.4 s (best of five, a new process each)."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "synthesis.cli", "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    assert min(times) <= 0.4
