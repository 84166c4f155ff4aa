"""Judges measured on labelled sets: the right split, the right labels, thresholds that never saw what they are held against."""

from __future__ import annotations

import gzip
import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.calibration.fitting import ClaimScores, PassageScores, calibrator_of, fit_calibrator
from retrieval_core.entailment.measured import Pair, measured_pairs
from retrieval_core.errors import InputError
from retrieval_core.set_evaluation import (
    RISKS,
    among,
    calibrated_in_folds,
    evaluate_sets,
    label_figures,
    side_verdicts,
    stated_threshold,
)
from retrieval_core.set_tables import set_table

ROWS = st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=20).map(np.array)
LABEL_SETS = st.sets(st.integers(0, 2), min_size=1).map(sorted)


class Leaning:
    """Reads the side off the evidence's first word, and is sure of it by a hash: right in about four of five."""

    fingerprint = "leaning"

    def score(self, pairs):
        """(n, 3); the share of the right side is spread over 0–1, most of it near 1."""
        rows = []
        for claim, evidence in pairs:
            chance = (int.from_bytes(hashlib.sha256(claim.encode()).digest()[:4]) / 2**32) ** 0.4
            right, wrong = (0, 1) if evidence.startswith("yes") else (1, 0)
            row = np.full(3, 0.05)
            row[right], row[wrong] = 0.05 + 0.85 * chance, 0.9 - 0.85 * chance
            rows.append(row)
        return np.array(rows, np.float32).reshape(-1, 3)


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    """A folder with a COVID-Fact of 300 documents, 100 of them held out."""
    folder = tmp_path_factory.mktemp("claims")
    with gzip.open(folder / "covidfact.jsonl.gz", "wt", encoding="utf-8") as lines:
        for n in range(300):
            supports = n % 3 == 0
            row = {
                "id": f"c{n}",
                "doc_id": f"d{n}",
                "claim": f"Claim {n}.",
                "evidence": ["yes it is" if supports else "no it is not"],
                "label": "SUPPORTS" if supports else "REFUTES",
                "split": "dev" if n < 100 else "train",
            }
            lines.write(json.dumps(row) + "\n")
    return folder


@pytest.fixture(scope="module")
def calibrator(claims):
    """Fitted to the calibration split, as the shipped one is."""
    pairs = measured_pairs(claims, "covidfact", "calibration")
    scores = Leaning().score([(pair.claim, pair.evidence) for pair in pairs])
    labels = np.array([pair.label for pair in pairs], np.int64)
    folds = np.array([pair.fold for pair in pairs], np.int64)
    found = [
        ClaimScores(row[None], "SUPPORTED" if label == 0 else "REFUTED", int(fold), "covidfact")
        for row, label, fold in zip(scores, labels, folds, strict=True)
    ]
    own = PassageScores(scores, labels, folds, "covidfact")
    return calibrator_of(fit_calibrator([own], found, judge="leaning", fitted_on="made up"))


@pytest.fixture(scope="module")
def figures(claims, calibrator):
    """What ``evaluate_sets`` says of it."""
    return evaluate_sets(claims, Leaning(), calibrator, seed=1, sources=["covidfact"])


def test_only_the_held_out_split_is_measured(figures):
    """The set's figures are of its 100 held-out pairs, and of its two labels."""
    (measured,) = figures.sets
    assert (measured.n, measured.counts, measured.labels) == (100, (34, 66, 0), ("SUPPORTS", "REFUTES"))
    assert measured.map == "covidfact"
    assert 0 < measured.n_calibration < 200


def test_the_same_input_gives_the_same_figures(claims, calibrator, figures):
    """Seeded, so a second measurement is the first to the last digit."""
    assert evaluate_sets(claims, Leaning(), calibrator, seed=1, sources=["covidfact"]) == figures


def test_what_is_stated_follows_from_the_threshold(claims, calibrator, figures):
    """Stated and wrong verdicts are those that a reader of the definition counts; a higher risk states no fewer."""
    (measured,) = figures.sets
    pairs = measured_pairs(claims, "covidfact", "held-out")
    scores = Leaning().score([(pair.claim, pair.evidence) for pair in pairs])
    said = calibrator.probabilities(scores, source="covidfact")[:, :2].astype(float)
    said /= said.sum(axis=1, keepdims=True)
    assert [row.risk for row in measured.risks] == list(RISKS)
    for row in measured.risks:
        stated = [p for p in zip(said, pairs, strict=True) if p[0].max() >= (row.threshold or 2)]
        assert row.stated == len(stated)
        assert row.wrong == sum(p.argmax() != pair.label for p, pair in stated)
        assert row.coverage.value == pytest.approx(len(stated) / 100)
    assert np.all(np.diff([row.stated for row in measured.risks]) >= 0)
    assert measured.risks[-1].stated > 0


def test_a_threshold_alone_is_that_of_the_whole_measurement(claims, calibrator, figures):
    """``stated_threshold`` is what ``evaluate_sets`` holds against the held-out split."""
    at_risk = {row.risk: row.threshold for row in figures.sets[0].risks}
    assert stated_threshold(claims, "covidfact", Leaning(), calibrator, 0.2) == at_risk[0.2]


def test_a_fold_is_calibrated_without_its_labels():
    """Turning every label of one fold round leaves that fold's cross-fitted probabilities as they were."""
    rng = np.random.default_rng(0)
    scores = rng.dirichlet([1, 1, 1], 90).astype(np.float32)
    labels, folds = rng.integers(0, 3, 90), np.arange(90) % 3
    turned = np.where(folds == 1, (labels + 1) % 3, labels)
    one, other = (calibrated_in_folds(scores, chosen, folds) for chosen in (labels, turned))
    np.testing.assert_array_equal(one[folds == 1], other[folds == 1])
    assert not np.array_equal(one[folds == 0], other[folds == 0])


@given(ROWS, LABEL_SETS)
def test_shares_among_labels_are_probabilities_of_them_alone(rows, labels):
    """Rows sum to 1, other labels get nothing, and the order of the kept ones stays."""
    shares = among(rows, labels)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    others = [label for label in range(3) if label not in labels]
    assert not shares[:, others].any()
    assert np.all(
        rows[:, labels][np.arange(len(rows)), shares[:, labels].argmax(axis=1)] == rows[:, labels].max(axis=1)
    )


@settings(max_examples=25)
@given(ROWS, st.integers(0, 2))
def test_a_verdict_is_the_likelier_side(rows, label):
    """Its confidence is that side's probability; it is never right where nothing is decided."""
    verdicts = side_verdicts(rows, np.full(len(rows), label), np.zeros(len(rows), np.int64))
    assert list(verdicts.confidence) == pytest.approx(rows[:, :2].max(axis=1).tolist())
    sides = [0 if leaning == "SUPPORTED" else 1 for leaning in verdicts.leaning]
    assert list(verdicts.correct) == [side == label for side in sides]


def test_a_perfect_system_has_perfect_figures():
    """All of accuracy, none of any loss."""
    pairs = [_pair(label, f"g{i}") for i, label in enumerate([0, 1, 2, 2, 1, 0])]
    found = label_figures("perfect", np.eye(3)[[p.label for p in pairs]], pairs, seed=0)
    assert (found.accuracy.value, found.balanced_accuracy.value, found.macro_f1.value) == (1, 1, 1)
    assert (found.ece.value, found.brier.value, found.brier_all_labels.value) == (0, 0, 0)
    assert found.log_loss.value == pytest.approx(0, abs=1e-9)


def test_undecided_is_no_answer_where_no_claim_is_undecided():
    """A system that says "neither" of every pair of a set with two labels is measured by the side that it prefers."""
    pairs = [_pair(label, f"g{i}") for i, label in enumerate([0, 1, 1, 1])]
    said = np.array([[0.06, 0.04, 0.9]] + [[0.01, 0.09, 0.9]] * 3)
    assert label_figures("hesitant", said, pairs, seed=0).accuracy.value == 1


def test_the_table_names_every_set_and_system(figures):
    """What is printed holds the set, both systems, and every risk."""
    text = set_table(figures)
    assert all(
        part in text for part in ("covidfact: 100 pairs", "judge, raw", "judge, calibrated", "5%", "30%")
    )


def test_an_unknown_set_is_refused(claims, calibrator):
    """The error names it and those that there are."""
    with pytest.raises(InputError, match=r"Unknown claim set 'scfact'.*scifact"):
        evaluate_sets(claims, Leaning(), calibrator, sources=["scfact"])


def test_a_missing_file_is_named(claims, calibrator):
    """Not a traceback from gzip."""
    with pytest.raises(InputError, match=r"healthver\.jsonl\.gz is missing"):
        evaluate_sets(claims, Leaning(), calibrator, sources=["healthver"])


def _pair(label: int, group: str) -> Pair:
    return Pair("made up", "A claim.", "Evidence.", label, group, ("Evidence.",), ())
