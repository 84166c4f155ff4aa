"""Fitting and measuring: splits that leak nothing, the same bytes each time, a user's own labels."""

import csv
import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from retrieval_core.calibration import Calibrator
from retrieval_core.entailment import Judge
from retrieval_core.entailment.claimsets import claim_label, fold_of, is_held_out, read_scifact
from retrieval_core.errors import InputError, ModelError
from retrieval_core.judge_commands import calibrate, evaluate_judge, train_judge
from retrieval_core.judge_evaluation import bootstrap, macro_f1
from retrieval_core.model_files import model_folder
from retrieval_core.own_labels import read_labels, recalibrate

DATA = Path(__file__).parents[3] / "shared" / "data" / "claims"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the claim sets are not beside the checkout")

SUBJECTS = (
    "aspirin",
    "statins",
    "coffee",
    "exercise",
    "zinc",
    "sleep",
    "garlic",
    "fasting",
    "yoga",
    "insulin",
    "salt",
)
OUTCOMES = ("stroke", "asthma", "gout", "anaemia", "migraine", "fever", "obesity", "sepsis", "arthritis")


def _rows(path, rows):
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def small_data(tmp_path_factory):
    """Claim sets of the real form: 99 claims about made-up findings, three sentences an abstract."""
    folder = tmp_path_factory.mktemp("claims")
    rng = random.Random(0)
    claims, corpus = [], []
    for i, (subject, outcome) in enumerate((s, o) for s in SUBJECTS for o in OUTCOMES):
        label = ("SUPPORTS", "REFUTES", "NEI")[rng.randrange(3)]
        verb = {"SUPPORTS": "lowers", "REFUTES": "raises", "NEI": "was recorded in studies of"}[label]
        abstract = [
            f"We studied {subject}.",
            f"Daily {subject} {verb} the risk of {outcome}.",
            f"Cohort {i} was small.",
        ]
        row = {
            "id": str(i),
            "claim_id": i,
            "claim": f"{subject.title()} lowers the risk of {outcome}.",
            "doc_id": f"d{i}",
        }
        claims.append(
            {**row, "label": label, "split": "train", "rationale_sets": [] if label == "NEI" else [[1]]}
        )
        corpus.append({"doc_id": f"d{i}", "title": f"{subject} and {outcome}", "abstract": abstract})
    _rows(folder / "scifact.jsonl.gz", claims)
    _rows(folder / "scifact_corpus.jsonl.gz", corpus)
    _rows(folder / "check_covid.jsonl.gz", [{**row, "id": f"c{row['id']}"} for row in claims])
    _rows(folder / "check_covid_corpus.jsonl.gz", corpus)
    return folder


def _run(command, *args):
    result = CliRunner().invoke(command, [str(a) for a in args])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_gives_the_same_bytes_and_a_working_model(small_data, tmp_path):
    """Two runs write equal files; judge and calibrator load from them and measure as the command said."""
    _run(train_judge, "--data", small_data, "--out", tmp_path / "one")
    _run(train_judge, "--data", small_data, "--out", tmp_path / "two")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["calibrator.json", "manifest.json", "model.json"]
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)
    judge = Judge.load(tmp_path / "one")
    assert Calibrator.load(tmp_path / "one", judge_fingerprint=judge.fingerprint).report(0.3).n > 20
    shown = json.loads(_run(evaluate_judge, "--data", small_data, "--model", tmp_path / "one", "--json"))
    assert shown == json.loads((tmp_path / "one" / "manifest.json").read_text())["metrics"]
    assert shown["passages"][0]["accuracy"]["value"] > 0.8


def test_evaluation_prints_a_table(small_data):
    """One row per data set and system, and a line per risk."""
    output = _run(evaluate_judge, "--data", small_data)
    assert "judge, calibrated" in output
    assert output.count("at a risk of") == 3


def test_missing_data_names_the_file(tmp_path):
    """A folder without the claim sets is an input error that lists what it should hold."""
    with pytest.raises(InputError, match=r"scifact\.jsonl\.gz is missing"):
        read_scifact(tmp_path)
    (tmp_path / "scifact.jsonl.gz").write_bytes(b"not gzip")
    with pytest.raises(InputError, match="cannot be read"):
        read_scifact(tmp_path)


@needs_data
def test_no_claim_or_abstract_crosses_the_split():
    """In SciFact no claim and no cited abstract lies on both sides, nor in two folds, and evidence is whole."""
    pairs, corpus = read_scifact(DATA)
    for side in (is_held_out, lambda pair: fold_of(pair.group)):
        for key in ("claim_id", "doc_id"):
            sides = {}
            for pair in pairs:
                sides.setdefault(getattr(pair, key), set()).add(side(pair))
            assert all(len(seen) == 1 for seen in sides.values())
    assert len(pairs) == 919
    assert 0.28 < np.mean([is_held_out(pair) for pair in pairs]) < 0.38
    texts = {document.doc_id: document.text for document in corpus}
    assert all(pair.evidence == texts[pair.doc_id] for pair in pairs)


@needs_data
def test_the_embedded_judge_clears_its_bars():
    """On the held-out third: macro-F1 at least 0.55, and calibration no worse than chance makes a perfect one look."""
    metrics = json.loads((model_folder("embedded") / "manifest.json").read_text())["metrics"]
    raw, calibrated = metrics["passages"][:2]
    pairs = [pair for pair in read_scifact(DATA)[0] if is_held_out(pair)]
    judge = Judge.load("embedded")
    scores = judge.score([(pair.claim, pair.evidence) for pair in pairs])
    labels = [pair.label for pair in pairs]
    assert macro_f1(labels, scores.argmax(axis=1)) == pytest.approx(raw["macro_f1"]["value"])
    chosen = (
        Calibrator.load("embedded", judge_fingerprint=judge.fingerprint).probabilities(scores).argmax(axis=1)
    )
    assert macro_f1(labels, chosen) == pytest.approx(calibrated["macro_f1"]["value"])
    assert calibrated["macro_f1"]["value"] > 0.55
    assert calibrated["ece"]["value"] < calibrated["ece_floor"] + 0.03


def test_macro_f1_against_its_definition():
    """Mean of the F1 of each label, 0 for a label that is neither there nor said."""
    assert macro_f1([0, 1, 2], [0, 1, 2]) == 1.0
    assert macro_f1([0, 0, 1], [0, 1, 1]) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_bootstrap_draws_whole_groups():
    """With one group every draw is all of the data, so the interval is a point."""
    values = np.array([0.0, 1.0, 1.0])
    one = bootstrap(lambda rows: float(values[rows].mean()), ["g", "g", "g"], seed=0)
    assert one.low == one.high == one.value
    many = bootstrap(lambda rows: float(values[rows].mean()), ["a", "b", "c"], seed=0)
    assert many.low < many.value < many.high


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([2, 2], "NOT_ENOUGH_INFO"),
        ([0, 2], "SUPPORTED"),
        ([1], "REFUTED"),
        ([0, 1, 2], "CONFLICTING"),
        ([], "NOT_ENOUGH_INFO"),
    ],
)
def test_claim_labels(labels, expected):
    """A claim's label is what its passages say together."""
    assert claim_label(labels) == expected


def _own_labels(path, n=120):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["claim", "evidence", "label"])
        for i in range(n):
            claim = f"Method {i} improves retrieval."
            evidence = (
                f"Method {i} improves retrieval by far.",
                f"Method {i} worsens retrieval.",
                "Rain fell.",
            )[i % 3]
            writer.writerow([claim, evidence, ("SUPPORTS", "REFUTES", "NEI")[i % 3]])
    return path


def test_own_labels_make_a_calibrator(tmp_path):
    """The new folder holds the judge unchanged and a calibrator that fits it and reports the user's data."""
    output = _run(calibrate, "--labels", _own_labels(tmp_path / "my.csv"), "--out", tmp_path / "mine")
    assert "120 claims" in output
    judge = Judge.load(tmp_path / "mine")
    assert judge.fingerprint == Judge.load("embedded").fingerprint
    report = Calibrator.load(tmp_path / "mine", judge_fingerprint=judge.fingerprint).report(0.1)
    assert report.n == 120
    assert "own labels" in report.fitted_on


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no column claim, evidence, label"),
        ("claim,label\na,SUPPORTS\n", "no column evidence"),
        ("claim,evidence,label\na,b,maybe\n", "line 2"),
        ("claim,evidence,label\n,b,SUPPORTS\n", "line 2"),
        ("claim,evidence,label\na,b,SUPPORTS\n", "at least 30 claims"),
    ],
)
def test_unusable_labels_are_named(tmp_path, content, message):
    """Each fault of the file is an input error that says where and what."""
    path = tmp_path / "my.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_labels(path)


def test_binary_labels_and_unknown_models(tmp_path):
    """A file that is no text, and a folder that is no model, are clear errors."""
    (tmp_path / "my.csv").write_bytes(b"\xff\xfe\x00\x01" * 50)
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_labels(tmp_path / "my.csv")
    with pytest.raises(ModelError, match=r"manifest\.json"):
        recalibrate(_own_labels(tmp_path / "ok.csv"), str(tmp_path / "nowhere"), tmp_path / "out")
