"""Methods of calibration: what each may do to a score, how one is chosen, and what is written down."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.calibration import Calibrator
from retrieval_core.calibration.curves import CalibratorData, SourceMap
from retrieval_core.calibration.fitting import ClaimScores, PassageScores, calibrator_of, fit_calibrator
from retrieval_core.calibration.maps import LogOdds, OneVsRest, Softmax, Steps
from retrieval_core.calibration.methods import LABEL_METHODS, PASSAGE_METHODS, fit_platt, fit_temperature
from retrieval_core.calibration.selection import TIE, choose_map
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import DataUse, model_folder, to_bytes, write_model

NAMES = ("SUPPORTED", "REFUTED", "NOT_ENOUGH_INFO")
share = st.floats(0, 1, allow_nan=False)
simplex = st.one_of(
    st.tuples(share, share, share).filter(lambda row: sum(row) > 0),
    st.permutations((0.0, 0.0, 1.0)).map(tuple),
    st.permutations((0.0, 0.5, 0.5)).map(tuple),
)
rows = st.lists(simplex, min_size=1, max_size=8).map(
    lambda many: np.array([[value / sum(row) for value in row] for row in many])
)
labelled = st.lists(
    st.tuples(st.sampled_from((0.0, 0.1, 0.3, 0.5, 0.9, 1.0)), st.booleans()), min_size=2, max_size=30
)


def _drawn(n, seed, sharpen=1.0):
    """Scores whose labels are drawn from them, then sharpened: with 1 they are perfectly calibrated."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet((0.7, 0.6, 1.2), n)
    labels = (truth.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, 2)
    scores = truth**sharpen
    return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32), labels, rng.integers(0, 4, n)


@pytest.fixture(scope="module")
def fitted():
    """A calibrator of two sources and its data."""
    abstracts, retrieved = _drawn(160, 0, 2.0), _drawn(160, 1)
    claims = [
        ClaimScores(scores[None], NAMES[label], int(fold), "retrieved")
        for scores, label, fold in zip(*retrieved, strict=True)
    ]
    sets = [PassageScores(*abstracts, source="abstract"), PassageScores(*retrieved, source="retrieved")]
    return sets, claims, fit_calibrator(sets, claims, judge="j", fitted_on="drawn")


@pytest.mark.parametrize("method", PASSAGE_METHODS)
@settings(max_examples=25, deadline=None)
@given(scores=rows)
def test_every_method_gives_probabilities(method, scores):
    """Rows sum to 1 and are finite for any scores in the simplex, exact 0 and 1 among them."""
    out = _fit(method)(scores)
    assert np.isfinite(out).all()
    assert (out >= 0).all()
    assert np.allclose(out.sum(axis=1), 1)


_FITTED = {}


def _fit(method):
    if method not in _FITTED:
        scores, labels, _ = _drawn(120, 2, 1.5)
        _FITTED[method] = PASSAGE_METHODS[method](scores.astype(np.float64), labels)
    return _FITTED[method]


@pytest.mark.parametrize("method", LABEL_METHODS)
@settings(max_examples=15, deadline=None)
@given(data=labelled)
def test_every_curve_of_one_label_rises(method, data):
    """Whatever it was fitted to, a higher score never gives a lower probability, and none leaves 0–1."""
    scores, truth = zip(*data, strict=True)
    values = LABEL_METHODS[method](np.array(scores), np.array(truth))(np.linspace(0, 1, 201))
    assert (np.diff(values) >= -1e-12).all()
    assert values.min() >= 0
    assert values.max() <= 1


@settings(max_examples=40, deadline=None)
@given(scores=rows, temperature=st.floats(0.05, 20))
def test_temperature_keeps_the_likeliest_label(scores, temperature):
    """Whatever the temperature, no label overtakes the one that led."""
    out = Softmax(temperature=temperature)(scores)
    assert np.allclose(np.take_along_axis(out, scores.argmax(axis=1)[:, None], axis=1)[:, 0], out.max(axis=1))


def test_temperature_undoes_a_sharpening():
    """Scores raised to the power 2 and normalised need a temperature of 2."""
    scores, labels, _ = _drawn(4000, 3, 2.0)
    assert fit_temperature(scores.astype(np.float64), labels).temperature == pytest.approx(2, abs=0.2)


def test_platt_recovers_a_known_logistic_curve():
    """Where the log-odds are 2 · logit(s) − 1, so are the fitted ones."""
    rng = np.random.default_rng(4)
    scores = rng.uniform(0.05, 0.95, 8000)
    truth = rng.random(8000) < LogOdds(rising=2, falling=2, offset=-1)(scores)
    found = fit_platt(scores, truth)
    assert (found.rising, found.offset) == (pytest.approx(2, abs=0.2), pytest.approx(-1, abs=0.2))
    assert found.rising == found.falling


def test_a_score_that_tells_the_wrong_way_round_is_not_turned():
    """Where high scores are the wrong ones a rising curve can only be flat."""
    scores = np.linspace(0, 1, 100)
    assert np.ptp(fit_platt(scores, scores < 0.5)(scores)) < 1e-3


def test_steps_hold_their_level_until_the_next():
    """A step function gives the level of the last start at or below the score, the first one below that too."""
    steps = Steps(starts=(0.2, 0.6), levels=(0.1, 0.9))
    assert steps([0.0, 0.2, 0.59, 0.6, 1.0]).tolist() == [0.1, 0.1, 0.1, 0.9, 0.9]


@pytest.mark.parametrize("sharpen", [1.0, 3.0])
def test_the_chosen_method_has_the_least_loss_or_ties_with_it(sharpen):
    """Every method's cross-validated scores are kept, and no simpler one than the chosen comes as near the least."""
    chosen = choose_map("s", *_drawn(300, 5, sharpen))
    losses = [score.log_loss for score in chosen.cross_validated]
    assert [score.method for score in chosen.cross_validated] == list(PASSAGE_METHODS)
    place = list(PASSAGE_METHODS).index(chosen.method)
    assert losses[place] <= min(losses) + TIE
    assert all(loss > min(losses) + TIE for loss in losses[:place])
    assert (chosen.method == "raw") == (sharpen == 1.0)


def test_the_order_of_rows_does_not_change_a_byte(fitted):
    """Passages and claims in any order give the same file."""
    sets, claims, data = fitted
    rng = np.random.default_rng(6)
    turned = [part.where(rng.permutation(len(part.labels))) for part in sets]
    shuffled = [claims[i] for i in rng.permutation(len(claims))]
    assert to_bytes(fit_calibrator(turned, shuffled, judge="j", fitted_on="drawn")) == to_bytes(data)


def test_reading_back_gives_the_same_bytes(fitted):
    """What was written is what is read, whichever methods were chosen."""
    raw = to_bytes(fitted[2])
    assert to_bytes(CalibratorData.model_validate_json(raw)) == raw
    for method in PASSAGE_METHODS:
        one = SourceMap(source="s", n=1, method=method, map=_fit(method))
        assert SourceMap.model_validate_json(to_bytes(one)) == one


def test_each_source_has_its_own_map(fitted):
    """Scores are read by the map of their source, by the first where none is named; an unknown source is refused."""
    calibrator = calibrator_of(fitted[2])
    scores = [[0.6, 0.3, 0.1]]
    assert calibrator.sources == ("abstract", "retrieved")
    first, named, other = (
        calibrator.probabilities(scores, source=s).tolist() for s in (None, "abstract", "retrieved")
    )
    assert first == named != other
    with pytest.raises(InputError, match="fitted on: abstract, retrieved"):
        calibrator.probabilities(scores, source="table")


def test_sources_must_differ_and_hold_passages(fitted):
    """Two sets of one source, and a set without passages, are refused, as are claims of a single fold."""
    sets, claims, _ = fitted
    for wrong in ([sets[0], sets[0]], [], [sets[0].where(np.zeros(len(sets[0].labels), dtype=bool))]):
        with pytest.raises(InputError, match="Sources of scores"):
            fit_calibrator(wrong, claims, judge="j", fitted_on="drawn")
    with pytest.raises(InputError, match="two folds"):
        fit_calibrator(sets, [claim for claim in claims if claim.fold == 0], judge="j", fitted_on="drawn")


def test_the_first_form_reads_as_it_always_did():
    """The file of the first release gives its isotonic curves, knot by knot, under its old fingerprint."""
    folder = model_folder("embedded").parent / "judge-features-1"
    old = json.loads((folder / "calibrator.json").read_text())
    assert old["form"] == "isotonic/1"
    calibrator = Calibrator.load(folder, judge_fingerprint=old["judge"])
    assert calibrator.fingerprint.startswith("isotonic-1:")
    scores = np.random.default_rng(0).dirichlet((1, 1, 1), 50)
    mapped = np.stack(
        [np.interp(scores[:, i], old["passage"][i]["x"], old["passage"][i]["y"]) for i in range(3)], axis=1
    )
    expected = (mapped / mapped.sum(axis=1, keepdims=True)).astype(np.float32)
    assert np.array_equal(calibrator.probabilities(scores), expected)
    knots = old["claim"]["SUPPORTED"]
    assert calibrator.confidence("SUPPORTED", 0.5, 0.0) == np.interp(0.5, knots["x"], knots["y"])


def test_a_new_calibrator_loads_from_a_folder_and_for_its_judge_only(fitted, tmp_path):
    """From disk it is what was fitted; put to another judge it refuses, and says what would help."""
    use = DataUse(name="drawn", licence="none", split="all", rows=1, use="calibrator")
    write_model(tmp_path, "m", {"calibrator.json": fitted[2]}, command="c", data=(use,), metrics={})
    calibrator = Calibrator.load(tmp_path, judge_fingerprint="j")
    assert calibrator.fingerprint == calibrator_of(fitted[2]).fingerprint
    assert calibrator.fingerprint.startswith("calibration-2:")
    with pytest.raises(ModelError, match=r"judge in use is k.*retrieval-core calibrate"):
        calibrator.check("k")
    report = calibrator.report(0.2)
    assert [part.label for part in report.by_label] == ["SUPPORTED", "REFUTED"]
    assert sum(part.n for part in report.by_label) == report.n


def test_three_curves_that_all_give_nothing_make_an_even_row():
    """Where no label has any probability left, each gets a third."""
    none = Steps(starts=(0.0,), levels=(0.0,))
    assert OneVsRest(curves=(none, none, none))([[0.2, 0.3, 0.5]]).tolist() == [[1 / 3] * 3]
