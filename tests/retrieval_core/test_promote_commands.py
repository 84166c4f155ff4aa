"""The commands ``promote``, ``models`` and ``rollback`` as a user meets them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from tiny_models import save_model, toy_development, toy_pairs

from retrieval_core import promoted
from retrieval_core.cli import cli
from retrieval_core.encoder import DualEncoder
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import Manifest


def _run(*args, **env):
    return CliRunner().invoke(cli, [str(arg) for arg in args], env=env)


def _rows(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Data, questions of the same topics in other words, and a run that has learnt the data."""
    folder = tmp_path_factory.mktemp("files")
    model = save_model("static", folder)
    data = _rows(
        folder / "qa.jsonl",
        (
            pair.model_dump(include={"question", "passage", "question_language", "passage_language"})
            for pair in toy_pairs()
        ),
    )
    toy = toy_development()
    held_out = _rows(
        folder / "more.jsonl",
        (
            {
                "question": q.text,
                "passage": d.text,
                "question_language": q.language,
                "passage_language": d.language,
            }
            for q, d in zip(toy.queries, toy.documents, strict=True)
        ),
    )
    options = ["--steps", 60, "--lr", 0.05, "--batch-size", 12, "--development", "none"]
    assert _run("train", data, "--model", model, "--out", folder / "run", *options).exit_code == 0
    return SimpleNamespace(model=model, data=data, held_out=held_out, run=folder / "run")


@pytest.fixture
def home(files, tmp_path):
    """A home whose current encoder is the model before training."""
    manifest = Manifest(name="toy", command="x", files={}, data=(), metrics={})
    fingerprint = DualEncoder.load(files.model).fingerprint
    promoted.install(files.run.parent / "static", fingerprint, manifest, "", tmp_path)
    return tmp_path


def test_promote_list_roll_back(files, home):
    """The figures are on stdout, the date is SOURCE_DATE_EPOCH's, the list marks what is current, rollback undoes it."""
    args = [files.run, "--data", files.data, "--held-out", files.held_out, "--models", home]
    gate = ["--gate", f"pairs={files.held_out}"]
    trial = _run("promote", *args, *gate, "--dry-run", "--json")
    assert trial.exit_code == 0, trial.output
    figures = json.loads(trial.stdout)
    assert (figures["promoted"], figures["reasons"]) == (False, [])
    done = _run("promote", *args, *gate, SOURCE_DATE_EPOCH="86400")
    assert done.exit_code == 0, done.output
    assert f"{figures['new'][-1]['after']:.4f}" in done.stdout.split("\n")[len(figures["new"])]
    name = figures["after_fingerprint"]
    stars = [line for line in _run("models", "--models", home).stdout.split("\n") if line.startswith("*")]
    assert stars == [f"* {name}  1970-01-02  {files.model}, retrained"]
    assert json.loads(_run("models", "--models", home, "--json").stdout.split("\n")[0])["name"] == "embedded"
    assert (
        figures["files"][-1]["use"] == "gate (pairs); 96 of 96 pairs of the data have a text like one of it"
    )
    assert figures["before"] in _run("rollback", "--models", home).stdout
    again = _run("promote", *args, "--no-gate", "--dry-run")
    assert "not measured (--no-gate)" in again.stderr


def test_a_refusal_says_why(files, home):
    """The exit code is 1, the figures are shown, and what to try is said."""
    first = _run("promote", files.run, "--data", files.data, "--held-out", files.held_out, "--no-gate", "--models", home)  # fmt: skip
    assert first.exit_code == 0, first.output
    worse = files.run.parent / "worse"
    options = ["--steps", 1, "--lr", 1e-9, "--development", "none", "--batch-size", 12]
    assert _run("train", files.data, "--model", files.model, "--out", worse, *options).exit_code == 0
    refused = _run(
        "promote", worse, "--data", files.data, "--held-out", files.held_out, "--no-gate", "--models", home
    )
    assert refused.exit_code == 1
    assert "95 % interval" in refused.stdout
    assert "Not promoted; the current encoder stays." in refused.stderr
    assert "--lr" in refused.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "google-research-datasets/lareqa"),
        (("--no-gate", "--gate", "pairs=x"), "not both"),
        (("--gate", "somewhere"), "expected FORM=DIR"),
        (("--gate", "xquad-r=./nowhere"), "nowhere does not exist"),
    ],
)
def test_wrong_usage_is_named(files, home, options, message):
    """A gate that is missing or wrong is an error with the way out, and nothing is promoted."""
    before = promoted.read_registry(home)
    result = _run(
        "promote", files.run, "--data", files.data, "--held-out", files.held_out, "--models", home, *options
    )
    assert result.exit_code != 0
    assert message in " ".join(f"{result.output} {result.exception}".split())
    assert isinstance(result.exception, SystemExit | InputError)
    assert promoted.read_registry(home) == before


def test_a_gate_that_was_trained_on_is_refused(files, home):
    """What was trained on cannot tell what was forgotten."""
    with pytest.raises(InputError, match="what was forgotten"):
        CliRunner().invoke(
            cli,
            ["promote", str(files.run), "--data", str(files.data), "--held-out", str(files.held_out),
             "--gate", f"pairs={files.data}", "--models", str(home)],
            catch_exceptions=False,
        )  # fmt: skip


def test_a_damaged_registry_is_named(home):
    """No command works on from a damaged registry, save the one that begins anew."""
    file = home / "encoders" / "current.json"
    file.write_text("{")
    for command in ("models", "rollback"):
        result = _run(command, "--models", home)
        assert isinstance(result.exception, ModelError)
        assert str(file) in str(result.exception)
    assert _run("rollback", "--to-embedded", "--models", home).stdout == "The current encoder is embedded.\n"
    assert _run("models", "--models", home).stdout.startswith("* embedded\n")
