"""A user's own labels: whatever form they come in, a calibrator for the judge, or what stands in the way."""

import csv
import json

import pytest
from click.testing import CliRunner

from retrieval_core.calibrate_commands import calibrate
from retrieval_core.calibration import Calibrator
from retrieval_core.datasets.labelled import LabelledRow, read_labelled
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import model_folder
from retrieval_core.own_labels import recalibrate

LABELS = ("SUPPORTS", "REFUTES", "NEI")
JSON_LINES = """{"claim": "A b.", "evidence": ["C", "d."], "label": true}

{"Claim": "E.", "Passage": "F.", "gold_label": "NOT_ENOUGH_INFO", "id": 3}
"""


def _rows(n=90):
    """Claims with a passage that says so, one that says the opposite, or one of something else; one in ten wrong."""
    for i in range(n):
        passage = (f"Method {i} improves retrieval by far.", f"Method {i} worsens retrieval.", "Rain fell.")[
            i % 3
        ]
        yield f"Method {i} improves retrieval.", passage, LABELS[(i + (i % 10 == 0)) % 3]


@pytest.fixture(scope="module")
def folder():
    """The feature judge, which is small and reads quickly."""
    return model_folder("embedded").parent / "judge-features-1"


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory):
    """What the command printed, and the folder that it wrote."""
    where = tmp_path_factory.mktemp("own")
    with (where / "my.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Claim", "Passage", "Verdict"), *_rows()])
    arguments = ["--labels", where / "my.csv", "--model", folder, "--out", where / "mine", "--json"]
    result = CliRunner().invoke(calibrate, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout), where


def test_the_judge_stays_and_its_new_calibrator_fits_it(made, folder):
    """Every file of the judge is copied byte for byte, and the calibrator speaks for it and for no other."""
    _, where = made
    assert (where / "mine" / "model.json").read_bytes() == (folder / "model.json").read_bytes()
    fingerprint = json.loads((where / "mine" / "calibrator.json").read_text())["judge"]
    report = Calibrator.load(where / "mine", judge_fingerprint=fingerprint).report(0.1)
    assert report.n == 90
    assert "own labels" in report.fitted_on
    with pytest.raises(ModelError, match="judge in use is another"):
        Calibrator.load(where / "mine", judge_fingerprint="another")


def test_before_and_after_are_measured_on_the_same_rows(made):
    """Raw scores, the calibrator as it was and the new one, on passages and claims, and what three risks state."""
    shown, _ = made
    systems = [(m["of"], m["system"]) for m in shown["measured"]]
    assert systems == [
        ("passages", "raw scores"),
        ("passages", "calibrator as it was"),
        ("claims", "calibrator as it was"),
        ("passages", "your labels, cross-fitted"),
        ("claims", "your labels, cross-fitted"),
    ]
    assert {m["n"] for m in shown["measured"]} == {90}
    raw, new = shown["measured"][0], shown["measured"][3]
    assert new["log_loss"] < raw["log_loss"]
    assert [at["risk"] for at in shown["risks"]] == [0.05, 0.1, 0.2]
    assert all(at["wrong"] <= at["stated"] <= at["n"] for at in shown["risks"])


def test_calibrating_again_replaces_the_calibrator_and_prints_a_table(made):
    """A folder that was made so is a judge like any other; the same labels give the same bytes."""
    _, where = made
    arguments = ["--labels", where / "my.csv", "--model", where / "mine", "--out", where / "again"]
    result = CliRunner().invoke(calibrate, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    assert "calibrator as it was" in result.stdout
    assert result.stdout.count("at a risk of") == 3
    for name in ("model.json", "calibrator.json"):
        assert (where / "again" / name).read_bytes() == (where / "mine" / name).read_bytes()
    assert json.loads((where / "again" / "manifest.json").read_text())["name"].count("own calibrator") == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "claim,evidence,label\nA b.,C d.,supports\nE.,F.,Not enough info\n"),
        ("a.csv", '\ufeff"ID";"Statement";"Evidence";"LABEL"\r\n1;A b.;C d.;TRUE\r\n2;E.;F.;NEI\r\n'),
        ("a.tsv", "label\tpremise\thypothesis\nentailment\tC d.\tA b.\nneutral\tF.\tE.\n"),
        ("a.jsonl", JSON_LINES),
    ],
)
def test_every_usual_form_reads_alike(tmp_path, name, content):
    """Commas, semicolons, tabs and JSON Lines; any case, order and common name of the columns and labels."""
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert read_labelled(path) == [LabelledRow("A b.", "C d.", 0), LabelledRow("E.", "F.", 2)]


def test_equal_rows_count_once(tmp_path):
    """A row that stands there twice is one observation."""
    path = tmp_path / "a.csv"
    path.write_text("claim,evidence,label\n" + "A.,B.,REFUTED\n" * 3)
    assert read_labelled(path) == [LabelledRow("A.", "B.", 1)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "no column claim, evidence, label"),
        ("a.csv", "claim,label\na,SUPPORTS\n", r"no column evidence.*passage"),
        ("a.csv", "claim,evidence,label\na,b,NEI\nc,d,maybe\n", r"line 3: unknown label 'maybe'"),
        ("a.csv", "claim,evidence,label\na,b\n", "line 2: unknown label ''"),
        ("a.csv", "claim,evidence,label\n,b,SUPPORTS\n", "line 2: the claim is empty"),
        ("a.csv", "claim,evidence,label\na,,SUPPORTS\n", "line 2: the evidence is empty"),
        ("a.csv", "claim,evidence,label\na," + "b" * 140_000 + ",NEI\n", "cannot be read as CSV"),
        ("a.jsonl", '{"claim": "a", "evidence": "b", "label": 1}\n', "line 1: int where a text was expected"),
        ("a.jsonl", '["a", "b"]\n', "line 1: no object"),
        ("a.jsonl", '{"claim": "a"}\n', "line 1: no field evidence, label"),
    ],
)
def test_what_stands_in_the_way_is_named(tmp_path, name, content, message):
    """Each fault is an input error that says where and what."""
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_labelled(path)


def test_a_judge_that_was_changed_is_not_copied(folder, tmp_path):
    """A manifest that names a file elsewhere is refused before anything is read or written."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["files"]["../secret"] = {"size": 1, "sha256": "0" * 64}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="not in its folder"):
        recalibrate(tmp_path / "none.csv", str(tmp_path), tmp_path / "out")
