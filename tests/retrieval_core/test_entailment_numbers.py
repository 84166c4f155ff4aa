"""Reading numbers: separators by language, powers, words, units and their conversion, intervals, p-values, shares."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.entailment import units
from retrieval_core.entailment.numbers import quantities
from retrieval_core.entailment.numerals import read_number, writes_commas
from retrieval_core.entailment.roles import Direction, direction, significance


def _only(text):
    found = quantities(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("shown", "commas", "value"),
    [
        ("1,190", False, 1190), ("1.190", False, 1.19), ("1.190", True, 1190), ("3,5", True, 3.5), ("3,5", False, None),
        ("0.85", True, 0.85), ("1.234,5", True, 1234.5), ("1,234.5", False, 1234.5), ("1 234", True, 1234),
        ("1.2.3", False, None), ("1,2,3", False, None), ("18·2", False, 18.2), (".05", False, 0.05),
        ("1.2 × 10⁻³", False, 0.0012), ("1.2 × 10−3", False, 0.0012), ("5 x 10(6)", False, 5e6), ("1e-3", False, 0.001),
        ("10^-5", False, 1e-5), ("twenty-five", False, 25), ("two hundred and twelve", False, 212),
    ],
)  # fmt: skip
def test_one_number(shown, commas, value):
    """Each way of writing a number gives its value, and what is no number gives none."""
    read = read_number(shown, commas=commas)
    assert (read and read.value) == (pytest.approx(value) if value is not None else None)


@pytest.mark.parametrize(
    ("text", "commas"),
    [
        ("un total de 1.190 pacientes", True), ("3,5 % der Patienten", True), ("il 12,5 % dei pazienti", True),
        ("Le taux a atteint 3,5 % chez les femmes", True), ("a total of 1,190 patients", False), ("1,190", False),
    ],
)  # fmt: skip
def test_decimal_commas_by_language(text, commas):
    """Spanish, German, Italian and French write a decimal comma, English groups thousands by one."""
    assert writes_commas(text) is commas


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "kind"),
    [
        ("between 10 % and 20 % of cases", 10, 20, "percent", "amount"),
        ("entre 10 y 20 pacientes", 10, 20, "", "amount"),
        ("from 10 mg to 20 mg", 10, 20, "mg", "amount"),
        ("12.3 ± 1.5 mg/dl", 12.25, 12.35, "mg/dl", "amount"),
        ("$5 billion", 5e9, 5e9, "$", "amount"),
        ("n = 120", 120, 120, "", "sample"),
        ("one in five trials", 18, 22, "percent", "amount"),
        ("two-thirds of them", 60, 220 / 3, "percent", "amount"),
        ("it doubled", 2, 2, "times", "amount"),
        ("it was halved", 45, 55, "percent", "amount"),
        ("a twofold rise", 2, 2, "times", "amount"),
        ("about 50 % of them", 45, 55, "percent", "amount"),
        ("aged 65 years or older", 65, math.inf, "year", "amount"),
        ("110M parameters", 1.1e8, 1.1e8, "", "amount"),
        ("p < 1 × 10−5", -math.inf, 1e-5, "", "p-value"),
        ("P for trend = 0.03", 0.025, 0.035, "", "p-value"),
    ],
)
def test_forms(text, low, high, unit, kind):
    """Ranges, spreads, currencies, shares and multiples in words, bounds and p-values are read as such."""
    q = _only(text)
    assert (q.unit, q.kind, q.low, q.high) == (unit, kind, pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("OR 1.6 (95% CI 1.2 to 2.1)", (1.2, 2.1)), ("HR, 0.72 [0.61, 0.83]", (0.61, 0.83)),
        ("RR=0.6, 95%CI: 0.4-0.9", (0.4, 0.9)), ("a rate of 12 % (1, 2)", None), ("80.3 ± 0.4 F1", (79.9, 80.7)),
    ],
)  # fmt: skip
def test_intervals_belong_to_their_estimate(text, interval):
    """The bounds are no further estimates; brackets that do not hold the number before are no interval."""
    first, *rest = quantities(text)
    assert first.interval == (pytest.approx(interval) if interval else None)
    assert interval is None or {q.kind for q in rest} <= {"level", "interval"}


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("500 mg of it", "0.5 g of it", True), ("2 weeks later", "14 days later", True), ("37 °C", "98.6 °F", True),
        ("80 % accuracy", "an accuracy of 0.80", True), ("F1 of 80.3", "F1 of 0.803", True), ("5 %", "p = 0.05", False),
        ("80 % accuracy", "a recall of 0.80", False), ("5 %", "5 percentage points", False),
        ("2.1 points", "2.1 percentage points", True), ("1 mM", "1 mmol/l", True), ("500 mg", "0.7 g", False),
    ],
)  # fmt: skip
def test_agreement_across_units(one, other, agree):
    """Units convert, shares are comparable within one measure, percent and percentage points never."""
    a, b = _only(one), _only(other)
    assert a.agrees(b) is b.agrees(a) is agree


@given(
    st.floats(0.001, 1e6),
    st.sampled_from([("mg", "kg"), ("day", "week"), ("ml", "l"), ("°C", "°F"), ("kJ", "kcal")]),
)
@settings(deadline=None, max_examples=60)
def test_conversion_round_trips(value, pair):
    """A value converted there and back is itself."""
    there, back = pair
    assert units.convert(units.convert(value, there, back)[0], back, there)[0] == pytest.approx(value)


@given(
    st.integers(1, 10**9),
    st.sampled_from(["{:,}", "{}", "{}.0", "{:,}.00"]),
    st.sampled_from(["%", "mg", "people"]),
)
@settings(deadline=None, max_examples=80)
def test_a_quantity_agrees_with_itself_in_any_form(value, form, unit):
    """Separators and trailing zeros change nothing."""
    plain, formed = _only(f"the {value} {unit}"), _only(f"the {form.format(value)} {unit}")
    assert plain.agrees(formed) or 1900 <= value <= 2100
    assert formed.agrees(formed)


@given(st.text(st.sampled_from("0123456789.,·- ±%×^()[]<=pPnCIORto 10⁻³ mgone half in"), max_size=120))
@settings(deadline=None, max_examples=150)
def test_offsets_slice_back(text):
    """Every quantity stands in the text at its offsets, in order, with its bounds in order."""
    for q in quantities(text):
        assert text[q.start : q.end] == q.text
        assert q.low <= q.high


@pytest.mark.parametrize(
    "unit", ["1,", "1 ", "1.", "12 % ± ", "1/", "p = 0.", "95% CI (1-", "one third of ", "9", "a-1"]
)
def test_long_lines_are_read_in_linear_time(unit):
    """A line of 50 kB takes less than a second."""
    text = (unit * 50_000)[:50_000]
    began = time.process_time()
    quantities(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("it rose by 5 %", Direction.UP), ("a 20 % reduction", Direction.DOWN), ("it was halved", Direction.DOWN),
        ("OR 0.6", Direction.DOWN), ("OR 1.1 (95% CI 0.9 to 1.3)", Direction.UNKNOWN), ("80 % accuracy", None),
        ("20 % lower than before", Direction.UNKNOWN),
    ],
)  # fmt: skip
def test_direction(text, way):
    """A change goes up or down, a ratio whose interval holds 1 neither way, a level is no change."""
    assert direction(quantities(text)[0], text) is way


def test_significance():
    """Below 0.05, above, or open."""
    read = [significance(_only(text)) for text in ("p < 0.05", "p = 0.003", "p = 0.2", "p > 0.05", "p < 0.1")]
    assert read == [True, True, False, False, None]
