"""Calibration: the metrics against their definitions, the curves, the threshold, and what is refused."""

import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.calibration import (
    Calibrator,
    brier_score,
    expected_calibration_error,
    reliability_bins,
)
from retrieval_core.calibration.calibrator import LABELS, leaning
from retrieval_core.calibration.curves import Verdicts
from retrieval_core.calibration.fitting import (
    ClaimScores,
    PassageScores,
    calibrator_of,
    fit_calibrator,
)
from retrieval_core.calibration.maps import Curve
from retrieval_core.calibration.methods import fit_curve
from retrieval_core.calibration.reliability import expected_error_of_calibrated
from retrieval_core.calibration.thresholds import threshold_at
from retrieval_core.entailment import Judge
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import model_folder

probability = st.floats(0, 1, allow_nan=False)
outcomes = st.lists(st.tuples(probability, st.booleans()), min_size=1, max_size=80)


@pytest.fixture(scope="module")
def calibrator():
    """The calibrator that ships."""
    return Calibrator.load("embedded", judge_fingerprint=Judge.load("embedded").fingerprint)


def test_metrics_on_a_worked_example():
    """Two bins of two: |0.2 − 0.5| and |0.8 − 1| give an ECE of 0.25; Brier is the mean squared gap."""
    p, y = [0.1, 0.3, 0.7, 0.9], [0, 1, 1, 1]
    assert expected_calibration_error(p, y, n_bins=2) == pytest.approx(0.25)
    assert brier_score(p, y) == pytest.approx((0.01 + 0.49 + 0.09 + 0.01) / 4)


@settings(deadline=None)
@given(outcomes, st.integers(1, 20), st.randoms())
def test_bins_partition_the_data_whatever_its_order(rows, n_bins, random):
    """Bins hold every item once, number at most what was asked, keep ties together, and ignore the order."""
    p, y = zip(*rows, strict=True)
    bins = reliability_bins(p, y, n_bins)
    assert sum(b.n for b in bins) == len(rows)
    assert 1 <= len(bins) <= n_bins
    assert sum(b.n * b.accuracy for b in bins) == pytest.approx(sum(y))
    assert sum(b.n * b.mean_confidence for b in bins) == pytest.approx(sum(p))
    shuffled = random.sample(rows, len(rows))
    p2, y2 = zip(*shuffled, strict=True)
    assert expected_calibration_error(p2, y2, n_bins) == pytest.approx(
        expected_calibration_error(p, y, n_bins)
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=30, max_size=120, unique=True), st.integers(1, 15))
def test_bins_of_distinct_confidences_have_equal_mass(values, n_bins):
    """Without ties, sizes differ by at most one."""
    sizes = [b.n for b in reliability_bins([v / 10**6 for v in values], [1] * len(values), n_bins)]
    assert len(sizes) == n_bins
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("p", "y"), [([1.2], [1]), ([0.5], [2]), ([0.5, 0.5], [1]), ([[0.5]], [[1]]), ([float("nan")], [1])]
)
def test_metrics_refuse_what_is_no_probability(p, y):
    """Values outside 0–1, outcomes that are not 0 or 1, and lists that do not pair up are input errors."""
    with pytest.raises(InputError, match="Expected"):
        expected_calibration_error(p, y)


def test_the_floor_is_what_perfect_confidences_show():
    """On many draws the floor nears 0; on few it is well above."""
    rng = np.random.default_rng(1)
    assert expected_error_of_calibrated(rng.random(200), seed=0) > 0.05
    assert expected_error_of_calibrated(rng.random(20_000), seed=0, draws=20) < 0.02


@settings(max_examples=60, deadline=None)
@given(outcomes)
def test_a_fitted_curve_rises_and_stays_in_range(rows):
    """Whatever the data, the curve is monotone in [0, 1] and numpy.interp applies it."""
    scores, truth = zip(*rows, strict=True)
    curve = fit_curve(scores, truth)
    values = curve(np.linspace(0, 1, 101))
    assert np.all(np.diff(values) >= 0)
    assert values.min() >= 0
    assert values.max() <= 1


def test_a_curve_recovers_a_known_calibration():
    """Where the truth is score², the fitted curve lies near it."""
    rng = np.random.default_rng(0)
    scores = rng.random(20_000)
    curve = fit_curve(scores, rng.random(20_000) < scores**2)
    grid = np.linspace(0.05, 0.95, 19)
    assert np.abs(curve(grid) - grid**2).max() < 0.05


@pytest.mark.parametrize(
    ("x", "y"), [((0.5, 0.2), (0, 1)), ((0, 1), (1, 0)), ((0,), (0, 1)), ((0, 1), (0, 1.5)), ((), ())]
)
def test_a_malformed_curve_is_refused(x, y):
    """Knots must rise, pair up and stay in range."""
    with pytest.raises(ValueError):
        Curve(x=x, y=y)


def _brute_threshold(rows, risk):
    best = None
    for t in sorted({c for c, _ in rows}, reverse=True):
        stated = [ok for c, ok in rows if c >= t]
        if (stated.count(False) + 1) / (len(stated) + 1) <= risk:
            best = t
    return best


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60),
    st.sampled_from([0.05, 0.1, 0.2, 0.35, 0.5]),
)
def test_threshold_against_its_definition(rows, risk):
    """The vectorised threshold is the one found by trying every confidence."""
    rows = [(c / 20, ok) for c, ok in rows]
    verdicts = Verdicts(confidence=tuple(c for c, _ in rows), correct=tuple(ok for _, ok in rows))
    assert threshold_at(verdicts, risk) == _brute_threshold(rows, risk)


def test_threshold_needs_enough_evidence():
    """Eight right verdicts do not show a risk of 10 %, nine do."""
    assert threshold_at(Verdicts(confidence=(0.9,) * 8, correct=(True,) * 8), 0.1) is None
    assert threshold_at(Verdicts(confidence=(0.9,) * 9, correct=(True,) * 9), 0.1) == 0.9


def test_threshold_keeps_its_promise_on_new_claims():
    """Over many draws, verdicts stated at 20 % risk are wrong at most 20 % of the time on fresh claims."""
    rng = np.random.default_rng(0)
    stated = wrong = 0
    for _ in range(60):
        seen, new = rng.random(400), rng.random(400)
        t = threshold_at(Verdicts(confidence=tuple(seen), correct=tuple(rng.random(400) < seen)), 0.2)
        kept = new[new >= t]
        stated += len(kept)
        wrong += int((rng.random(len(kept)) >= kept).sum())
    assert wrong / stated <= 0.21


@pytest.mark.parametrize("risk", [0, 1, -0.1, 1.5, float("nan")])
def test_a_risk_is_a_share(calibrator, risk):
    """A risk outside 0–1 is refused."""
    with pytest.raises(InputError, match="risk"):
        calibrator.threshold(risk)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(probability, probability, probability), max_size=5))
def test_passage_probabilities_sum_to_one(rows):
    """Whatever the scores, rows are probabilities."""
    calibrator = Calibrator.load("embedded", judge_fingerprint=Judge.load("embedded").fingerprint)
    out = calibrator.probabilities(np.array(rows, dtype=np.float32).reshape(-1, 3))
    assert out.shape == (len(rows), 3)
    assert np.allclose(out.sum(axis=1), 1, atol=1e-5)


@given(probability, probability, probability, st.sampled_from(["SUPPORTED", "REFUTED"]))
@settings(max_examples=60, deadline=None)
def test_confidence_rises_with_its_side(a, b, other, label):
    """More evidence for the label never lowers its confidence, more against it never raises it."""
    calibrator = Calibrator.load("embedded", judge_fingerprint=Judge.load("embedded").fingerprint)
    low, high = sorted((a, b))

    def confidence(own, against):
        sides = (own, against) if label == "SUPPORTED" else (against, own)
        return calibrator.confidence(label, *sides)

    assert confidence(low, other) <= confidence(high, other)
    assert confidence(other, high) <= confidence(other, low)


def test_every_label_has_a_confidence(calibrator):
    """All four labels give a probability; another label and values out of range are refused."""
    for label in LABELS:
        assert 0 <= calibrator.confidence(label, 0.6, 0.3) <= 1
        assert 0 <= calibrator.confidence(label, 0.9, 0.9) <= 1
    assert calibrator.confidence("CONFLICTING", 0.9, 0.0) < 0.2
    assert calibrator.confidence("CONFLICTING", 0.9, 0.9) >= calibrator.confidence("CONFLICTING", 0.9, 0.1)
    with pytest.raises(InputError, match="Unknown label"):
        calibrator.confidence("MAYBE", 0.6, 0.3)
    with pytest.raises(InputError, match="probabilities"):
        calibrator.confidence("SUPPORTED", 1.5, 0.3)


def test_report_fits_its_own_bins(calibrator):
    """The report's error is that of its bins, and it names judge, data and threshold."""
    report = calibrator.report(0.3)
    total = sum(b.n for b in report.bins)
    assert report.n == total
    assert report.ece == pytest.approx(
        sum(b.n * abs(b.mean_confidence - b.accuracy) for b in report.bins) / total
    )
    assert report.threshold == calibrator.threshold(0.3)
    assert Judge.load("embedded").fingerprint in report.model
    assert calibrator.fingerprint in report.model
    assert "held-out" in report.measured_on


def test_a_calibrator_of_another_judge_is_refused():
    """Scores of one judge never go through the curves of another."""
    with pytest.raises(ModelError, match="judge in use is features-1:000000000000"):
        Calibrator.load("embedded", judge_fingerprint="features-1:000000000000")


def test_damaged_curves_are_refused(tmp_path):
    """Curves that fall, sealed by whoever made them, do not load."""
    folder = shutil.copytree(model_folder("embedded").parent / "judge-features-1", tmp_path / "model")
    fingerprint = Judge.load(folder).fingerprint
    data = json.loads((folder / "calibrator.json").read_text())
    data["claim"]["SUPPORTED"]["y"][0] = 1.0
    data["claim"]["SUPPORTED"]["y"][-1] = 0.0
    raw = json.dumps(data).encode()
    (folder / "calibrator.json").write_bytes(raw)
    with pytest.raises(ModelError, match="SHA-256"):
        Calibrator.load(folder, judge_fingerprint=fingerprint)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["calibrator.json"]["sha256"] = hashlib.sha256(raw).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"malformed at claim\.SUPPORTED"):
        Calibrator.load(folder, judge_fingerprint=fingerprint)


def test_cross_fitting_keeps_a_fold_out():
    """Where only one fold holds supported claims, its verdicts come from curves that never saw one: all unsure."""
    n = 400
    folds = np.arange(n) * 5 // n
    support = np.linspace(0, 1, n, dtype=np.float32)
    scores = np.stack([support, 0 * support, 1 - support], axis=1)
    names = np.where(folds == 4, "SUPPORTED", "NOT_ENOUGH_INFO").tolist()
    claims = [ClaimScores(scores[i : i + 1], names[i], int(folds[i])) for i in range(n)]
    passages = PassageScores(scores, np.where(folds == 4, 0, 2), folds)
    data = fit_calibrator(passages, claims, judge="j", fitted_on="made up")
    in_fold = [c for c, ok in zip(data.cross_fitted.confidence, data.cross_fitted.correct, strict=True) if ok]
    assert len(in_fold) == 80
    assert max(in_fold) < 0.1
    assert calibrator_of(data).confidence("SUPPORTED", 1.0, 0.0) > 0.9


def test_a_folds_own_labels_never_reach_its_confidences():
    """Turning the labels of one fold's passages and claims round leaves the confidences of that fold as they were."""
    rng = np.random.default_rng(3)
    n = 300
    folds = np.arange(n) % 3
    scores = rng.dirichlet((1, 1, 1), n).astype(np.float32)
    labels = np.array([rng.choice(3, p=row / row.sum()) for row in scores.astype(float)])
    names = ("SUPPORTED", "REFUTED", "NOT_ENOUGH_INFO")

    def confidences(of):
        claims = [ClaimScores(scores[i : i + 1], names[of[i]], int(folds[i])) for i in range(n)]
        data = fit_calibrator(PassageScores(scores, of, folds), claims, judge="j", fitted_on="made up")
        return data.cross_fitted.confidence[:100], data.cross_fitted.confidence[100:]

    own, others = confidences(labels)
    own_turned, others_turned = confidences(np.where(folds == 0, (labels + 1) % 3, labels))
    assert own == own_turned
    assert others != others_turned


def test_leaning_takes_the_stronger_side():
    """Ties lean to support."""
    assert (leaning(0.5, 0.5), leaning(0.2, 0.3)) == ("SUPPORTED", "REFUTED")


def test_using_a_calibrator_needs_no_training_library():
    """Loading and applying judge and calibrator imports neither scikit-learn nor scipy."""
    code = (
        "import sys\nfrom retrieval_core.entailment import Judge\nfrom retrieval_core.calibration import Calibrator\n"
        "j = Judge.load('embedded')\nc = Calibrator.load('embedded', judge_fingerprint=j.fingerprint)\n"
        "c.report(0.1), c.probabilities(j.score([('a b', 'a b')]))\nprint({'sklearn', 'scipy'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "set()\n"
    )
