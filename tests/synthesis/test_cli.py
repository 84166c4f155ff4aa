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
    assert line["id"] == 7  # as the file gave it, so that it joins with the user's own labels
    assert line["label"] in {"SUPPORTED", "REFUTED", "CONFLICTING", "NOT_ENOUGH_INFO"}
    assert 0 <= line["confidence"] <= 1
    for evidence in line["evidence"]:
        assert evidence["doc_id"] in {"d1", 2}
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
    assert "weather  1 paper  (weather)" in run("library", "list")[1]
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


def test_dropped_corpus_lines_are_counted(run, tmp_path):
    """Lines of a corpus that cannot be used are counted on stderr and in the run's log."""
    (tmp_path / "corpus.jsonl").write_text(
        '{"doc_id": "a", "text": "Cats sleep."}\n{"doc_id": "a", "text": "Again."}\nnot json\n',
        encoding="utf-8",
    )
    (tmp_path / "claims.jsonl").write_text('{"id": 1, "claim": "Cats sleep all day."}\n', encoding="utf-8")
    code, _, err = run("verify", "claims.jsonl", "--corpus", "corpus.jsonl", "--json")
    assert code == 0
    assert "lines left out" in err
    assert "1 not JSON" in err or "not json" in err.casefold()


def test_a_report_handed_in_is_not_overwritten(run, tmp_path):
    """The formats beside a verified report have names of their own."""
    run("report", QUESTION, "--source", "demo", "--formats", "json,md", "--out", "o")
    before = {p.name: p.read_bytes() for p in (tmp_path / "o").iterdir()}
    code, _, _ = run("verify", "o/report.json", "--source", "demo", "--formats", "json,md")
    assert code == 0
    after = {p.name: p.read_bytes() for p in (tmp_path / "o").iterdir()}
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)


def test_a_reports_own_papers_do_not_verify_its_claims(run, tmp_path):
    """A claim that a report took from a paper is grounded by that paper, never verified by it."""
    run("report", QUESTION, "--source", "demo", "--formats", "json", "--out", "o")
    run("verify", "o/report.json", "--source", "demo", "--risk", "0.4", "--out", "v.json")
    verified = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert all(claim["grounded"] for claim in verified["claims"])
    for claim in verified["claims"]:
        own = claim["origin"]["quote"]["paper_id"]
        assert own not in {e["quote"]["paper_id"] for e in claim["evidence"]}


def test_a_seed_that_does_not_fit_is_refused(run):
    """What a replay could not read is refused at once."""
    code, _, err = run("report", QUESTION, "--source", "demo", "--seed", str(2**40))
    assert code == 2
    assert "--seed" in err


@pytest.mark.parametrize("epoch", ["-62135596800", "99999999999999", "yesterday", "١٢٣"])
def test_an_odd_clock_is_refused(run, monkeypatch, epoch):
    """SOURCE_DATE_EPOCH must be seconds of a year that a report can bear."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    code, _, err = run("report", QUESTION, "--source", "demo")
    assert code == 2
    assert "SOURCE_DATE_EPOCH" in err


def test_repeating_a_report_gives_the_same_bytes(run, tmp_path):
    """With the clock set, a second run in the same home differs in no byte."""
    for out in ("one", "two"):
        run("report", QUESTION, "--source", "demo", "--formats", "md,json", "--out", out, "--fresh")
    for name in ("report.md", "report.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_failed_addition_leaves_no_library(run):
    """After a failed addition the demo library is still the default."""
    assert run("library", "add", "nothing.bib")[0] == 1
    assert "No library yet" in run("library", "list")[1]


def test_offline_and_a_network_source_contradict_each_other(run):
    """Naming arXiv while offline is wrong usage, not an empty report."""
    code, _, err = run("search", "x", "--source", "arxiv", "--offline")
    assert code == 2
    assert "--offline" in err


def test_doctor_sees_a_run_whose_manifest_is_damaged(run, tmp_path):
    """A run that cannot be read is reported, not passed over."""
    run("report", QUESTION, "--source", "demo", "--formats", "md")
    (manifest,) = (tmp_path / "home" / "runs").glob("*/run.json")
    manifest.write_text("{}", encoding="utf-8")
    code, out, _ = run("doctor")
    assert code == 1
    assert "BAD  run" in out


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("बहुभाषी खोज में भाषा पूर्वाग्रह का कारण क्या है?", "बहुभाषी खोज में भाषा पूर्वाग्रह का कारण क्या है"),
        ("อะไรเป็นสาเหตุของอคติทางภาษา?", "อะไรเป็นสาเหตุของอคติทางภาษา"),
    ],
)
def test_questions_of_other_scripts_are_not_cut(run, tmp_path, question, title):
    """Vowel signs belong to their letters: a title is the whole question, never a piece of a word."""
    assert run("report", question, "--source", "demo", "--formats", "json", "--out", "o")[0] == 0
    assert json.loads((tmp_path / "o" / "report.json").read_text(encoding="utf-8"))["title"] == title


def test_a_question_about_nothing_is_refused(run):
    """Function words alone name nothing to search for."""
    code, _, err = run("report", "What is the effect?", "--source", "demo")
    assert code == 2
    assert "names nothing to search for" in err
