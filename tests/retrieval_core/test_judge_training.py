"""Fitting and measuring the first judge: splits that leak nothing, the same bytes each time."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from retrieval_core.calibration import Calibrator
from retrieval_core.entailment import Judge
from retrieval_core.entailment.claimsets import claim_label, fold_of, is_held_out, read_scifact
from retrieval_core.errors import InputError
from retrieval_core.judge_evaluation import bootstrap, evaluate, macro_f1
from retrieval_core.judge_training import train
from retrieval_core.model_files import model_folder

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


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_gives_the_same_bytes_and_a_working_model(small_data, tmp_path):
    """Two runs write equal files, from which judge and calibrator load and measure well."""
    for name in ("one", "two"):
        train(small_data, lambda _: None).write(tmp_path / name, {})
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["calibrator.json", "manifest.json", "model.json"]
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)
    judge = Judge.load(tmp_path / "one")
    calibrator = Calibrator.load(tmp_path / "one", judge_fingerprint=judge.fingerprint)
    assert calibrator.report(0.3).n > 20
    figures = evaluate(small_data, judge, calibrator)
    assert figures.passages[0].accuracy.value > 0.8
    assert len(figures.claims.risks) == 3


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
def test_the_first_judge_clears_its_bars():
    """On the held-out third: macro-F1 at least 0.55."""
    folder = model_folder("embedded").parent / "judge-features-1"
    pairs = [pair for pair in read_scifact(DATA)[0] if is_held_out(pair)]
    scores = Judge.load(folder).score([(pair.claim, pair.evidence) for pair in pairs])
    assert macro_f1([pair.label for pair in pairs], scores.argmax(axis=1)) > 0.55


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
