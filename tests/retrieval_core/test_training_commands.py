"""The command ``train`` as a user meets it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner
from tiny_encoder import save_encoder
from tiny_models import save_model, toy_pairs

from retrieval_core.cli import cli
from retrieval_core.errors import InputError
from retrieval_core.sampling import Sampling
from retrieval_core.training_config import Training
from retrieval_core.training_page import curves_page
from retrieval_core.training_run import Metric, Outcome, Run, sha256_of


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of pairs, one to replay, and a model."""
    folder = tmp_path_factory.mktemp("files")
    pairs = toy_pairs()
    for name, some in (("qa.jsonl", pairs[8:]), ("old.jsonl", pairs[:8])):
        rows = (p.model_dump(include={"question", "passage", "parallel_id"}) for p in some)
        lines = [
            json.dumps(
                {**row, "question_language": p.question_language, "passage_language": p.passage_language}
            )
            for row, p in zip(rows, some, strict=True)
        ]
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return folder, save_model("e5", folder)


def _train(*args):
    return CliRunner().invoke(cli, ["train", *map(str, args)])


def test_a_run_from_the_command_line(files, tmp_path):
    """The command trains, says what it gained, and records files, settings and outcome; --resume then has no work."""
    folder, model = files
    args = [folder / "qa.jsonl", "--model", model, "--out", tmp_path / "run", "--steps", 20, "--lr", 0.005,
            "--batch-size", 10, "--evaluate-every", 5, "--replay", folder / "old.jsonl", "--grad-cache", 4]  # fmt: skip
    done = _train(*args)
    assert done.exit_code == 0, done.output
    assert "20 of 20 steps" in done.stdout
    assert "mAP on held-out pairs:" in done.stdout
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    n_test = len((tmp_path / "run" / "test.jsonl").read_text().splitlines())
    assert [(file["name"], file["rows"], file["use"]) for file in run["files"]] == [
        ("qa.jsonl", 88, "train"),
        ("test.jsonl", n_test, "test"),
        ("old.jsonl", 8, "replay"),
    ]
    assert 0 < n_test < 88 - run["pairs"]
    assert run["files"][1]["sha256"] == sha256_of(tmp_path / "run" / "test.jsonl")
    assert not (tmp_path / "run" / "leaks.jsonl").exists()
    assert "old.jsonl: 8 rows: 8 aa." in done.stderr
    assert run["config"]["sampling"]["exhausted"] == "refill"
    assert str(folder) not in (tmp_path / "run" / "run.json").read_text().replace(model, "")
    ET.fromstring((tmp_path / "run" / "curves.html").read_text().split("\n", 1)[1].replace("<meta", "<br/><meta")
                  .replace('utf-8">', 'utf-8"/>').replace('scale=1">', 'scale=1"/>'))  # fmt: skip
    again = _train(*args, "--resume")
    assert again.exit_code == 0
    assert again.stdout == done.stdout
    with pytest.raises(InputError, match="--fresh"):
        CliRunner().invoke(cli, ["train", *map(str, args)], catch_exceptions=False)


def test_known_pairs_are_left_out_and_listed(files, tmp_path):
    """With --check-against leaks.jsonl has every text that the set knows; --fresh without it takes that away."""
    folder, model = files
    options = ["--model", model, "--out", tmp_path / "run", "--steps", 1, "--batch-size", 4]
    known = ["--check-against", f"pairs={folder / 'old.jsonl'}"]
    done = _train(folder / "qa.jsonl", *options, *known)
    assert done.exit_code == 0, done.output
    leaks = [json.loads(line) for line in (tmp_path / "run" / "leaks.jsonl").read_text().splitlines()]
    assert {leak["kind"] for leak in leaks} == {"question", "passage"}
    assert f"{len({leak['pair_id'] for leak in leaks})} of " in done.stderr
    assert _train(folder / "qa.jsonl", *options, "--fresh").exit_code == 0
    assert not (tmp_path / "run" / "leaks.jsonl").exists()


def test_tables_of_the_embedded_encoder_are_moved_sparsely(files, tmp_path):
    """An embedded encoder's tables get sparse steps unasked, another model's when asked."""
    folder, model = files
    save_encoder(tmp_path / "embedded")
    for start, options, sparse in (
        (tmp_path / "embedded", [], True),
        (f"{tmp_path / 'embedded'}:bag", [], True),
        (model, [], False),
        (model, ["--sparse-embeddings"], True),
    ):
        out = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        done = _train(folder / "qa.jsonl", "--model", start, "--out", out, "--steps", 1, "--batch-size", 4,
                      "--development", "none", *options)  # fmt: skip
        assert done.exit_code == 0, done.output
        assert json.loads((out / "run.json").read_text())["config"]["sparse_embeddings"] is sparse


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (("--steps", 5, "--epochs", 1), "not both"),
        (("--development", "missing.jsonl"), "missing.jsonl does not exist"),
        (("--model", "./no/such/folder"), "./no/such/folder does not exist"),
        (("--check-against", "xquad-r"), "expected FORM=PATH"),
        (("--check-against", "xquad-r=./nowhere"), "nowhere does not exist"),
    ],
)
def test_wrong_usage_is_named(files, tmp_path, changes, message):
    """A wrong option is an error that names it, never a traceback, and leaves no run behind."""
    folder, model = files
    options = {
        "--model": model,
        "--out": tmp_path / "run",
        **dict(zip(changes[::2], changes[1::2], strict=True)),
    }
    result = _train(folder / "qa.jsonl", *(part for option in options.items() for part in option))
    assert result.exit_code != 0
    assert message in result.output + str(result.exception)
    assert result.exception.__class__.__module__ in {"builtins", "retrieval_core.errors"}
    assert not (tmp_path / "run" / "run.json").exists()


def test_the_page_escapes_names():
    """A model's or set's name cannot put markup into the page; a flat curve and a single point are drawn."""
    run = Run(
        digest="d",
        model="<script>alert(1)</script>",
        model_fingerprint="f",
        prefixes=("", ""),
        config=Training(steps=1, sampling=Sampling(batch_size=2)),
        files=(),
        pairs=1,
        unused_pairs=0,
        replayed_pairs=0,
        development="<b>set</b>",
        steps=1,
        processes=1,
        versions={},
        outcome=Outcome(
            steps=1, stopped_early=False, best_step=1, development=0.5, development_before=0.5, model="m"
        ),
    )
    page = curves_page(run, [Metric(step=0, development=0.5), Metric(step=1, loss=2.0)])
    assert "<script>" not in page
    assert "<b>set" not in page
    assert page.count("<svg") == 2
    assert "nan" not in page.lower()
