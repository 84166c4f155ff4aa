"""The bootstrap and Holm's correction keep what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval_core.errors import InputError
from retrieval_core.significance import holm, paired_bootstrap


def test_same_seed_same_result() -> None:
    """The generator is the only source of chance."""
    a, b = np.random.default_rng(1).random((2, 50))
    first = paired_bootstrap(a, b, np.random.default_rng(7), n_resamples=500)
    assert first == paired_bootstrap(a, b, np.random.default_rng(7), n_resamples=500)
    assert first != paired_bootstrap(a, b, np.random.default_rng(8), n_resamples=500)


def test_equal_systems_do_not_differ() -> None:
    """No difference at all gives p = 1 and an interval of nothing."""
    values = np.random.default_rng(1).random(30)
    result = paired_bootstrap(values, values, np.random.default_rng(0), n_resamples=200)
    assert (result.difference, result.low, result.high, result.p_value) == (0, 0, 0, 1)


def test_a_clear_difference_is_found_and_its_sign_kept() -> None:
    """A better first system has a positive interval and the smallest p that the resamples can show."""
    rng = np.random.default_rng(3)
    b = rng.random(200)
    result = paired_bootstrap(b + 0.1 + rng.normal(0, 0.05, 200), b, rng, n_resamples=999)
    assert 0 < result.low < result.difference < result.high
    assert result.p_value == pytest.approx(0.001)


def test_false_alarms_stay_near_the_level() -> None:
    """Of 300 comparisons of systems that differ by chance only, about 5 % have p ≤ 0.05 and miss the interval."""
    rng = np.random.default_rng(11)
    results = [
        paired_bootstrap(rng.normal(size=60), rng.normal(size=60), rng, n_resamples=300) for _ in range(300)
    ]
    assert 0.02 <= np.mean([r.p_value <= 0.05 for r in results]) <= 0.09
    assert 0.02 <= np.mean([not r.low <= 0 <= r.high for r in results]) <= 0.10


def test_blocks_do_not_change_the_number_of_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by blocks whose last may be shorter."""
    monkeypatch.setattr("retrieval_core.significance._CELLS", 100)
    a, b = np.random.default_rng(1).random((2, 30))
    result = paired_bootstrap(a, b, np.random.default_rng(0), n_resamples=100)
    assert result.n_resamples == 100
    assert result.low < result.difference < result.high


def test_arrays_that_do_not_pair_are_refused() -> None:
    """Different lengths, no queries, a value that is no number, a confidence out of range."""
    rng = np.random.default_rng(0)
    for a, b in [([1.0], [1.0, 2.0]), ([], []), ([[1.0]], [[1.0]]), ([np.nan], [1.0])]:
        with pytest.raises(InputError):
            paired_bootstrap(a, b, rng)
    with pytest.raises(InputError, match="confidence"):
        paired_bootstrap([1.0], [1.0], rng, confidence=1.0)


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_equals_its_step_down_definition(p_values: dict[str, float]) -> None:
    """For each level, the rejected are those that the step-down procedure rejects; names and order stay."""
    adjusted = holm(p_values)
    assert list(adjusted) == list(p_values)
    for level in (0.01, 0.05, 0.3, 0.9):
        rejected = set()
        for i, name in enumerate(sorted(p_values, key=lambda n: p_values[n])):
            if (len(p_values) - i) * p_values[name] > level:
                break
            rejected.add(name)
        assert {name for name, p in adjusted.items() if p <= level} == rejected


def test_holm_refuses_what_is_no_probability() -> None:
    """A p-value outside 0–1 is named."""
    with pytest.raises(InputError, match="'x'"):
        holm({"x": 1.5})
    with pytest.raises(InputError):
        holm({"x": float("nan")})
