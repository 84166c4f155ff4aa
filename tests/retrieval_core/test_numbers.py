"""Quantities: what is read as a number, when two agree, and what a reader is told of those that do not."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.entailment.disagreements import disagreements
from retrieval_core.entailment.numbers import agreement, quantities
from retrieval_core.entailment.reading import read_sentence, split_sentences


def _only(text):
    found = quantities(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "kind"),
    [
        ("fell by 23.5% overall", 23.45, 23.55, "percent", "amount"),
        ("fell by 23.5 % overall", 23.45, 23.55, "percent", "amount"),
        ("gained 5 percentage points", 5, 5, "percentage points", "amount"),
        ("between 18 and 30 patients", 18, 30, "", "amount"),
        ("10–20 % of cases", 10, 20, "percent", "amount"),
        ("more than 3 million users", 3e6, math.inf, "", "amount"),
        ("a 2.5-fold rise", 2.45, 2.55, "times", "amount"),
        ("after a 12-month course", 12, 12, "month", "amount"),
        ("an odds ratio 2.77 was seen", 2.765, 2.775, "", "ratio"),
        ("significant (p < 0.05) at last", -math.inf, 0.055, "", "p-value"),
        ("with 95% confidence intervals", 95, 95, "percent", "level"),
        ("it began in 2014 there", 2014, 2014, "", "year"),
        ("all 1,190 questions", 1190, 1190, "", "amount"),
        ("twelve people came", 12, 12, "", "amount"),
        ("prevalence was 18·2 per person", 18.15, 18.25, "", "amount"),
    ],
)
def test_forms(text, low, high, unit, kind):
    """Each way of writing a quantity gives its interval, unit and kind."""
    q = _only(text)
    assert (q.unit, q.kind) == (unit, kind)
    assert (q.low, q.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    "text", ["IL-2 and COVID-19", "BM25 in Table 3", "3D 5-HT GPT-4", "type 2 diabetes", "9" * 400]
)
def test_digits_in_names_are_no_quantities(text):
    """Names, numbered things and identifiers hold no quantity."""
    assert quantities(text) == ()


@settings(deadline=None)
@given(st.text(max_size=200))
def test_offsets_slice_back(text):
    """Every quantity stands in the text at its offsets, whatever the text."""
    for q in quantities(text):
        assert text[q.start : q.end] == q.text
        assert q.low <= q.high


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_whole_numbers_agree_only_with_themselves(a, b):
    """Two plain percentages agree exactly when they are equal, in both directions."""
    one, other = _only(f"it was {a} % here"), _only(f"it was {b} % here")
    assert one.agrees(other) == other.agrees(one) == (a == b)


def test_rounding_is_no_disagreement_but_units_are():
    """72 meets 72.0; a percentage never meets percentage points."""
    assert _only("it was 72 % here").agrees(_only("it was 72.0 % here"))
    assert not _only("it was 5 % here").agrees(_only("it was 5 percentage points here"))


def test_agreement_shares():
    """Of two claimed numbers one is repeated and one given otherwise; without numbers there is nothing to say."""
    claim = quantities("80 % of 12 patients")
    assert agreement(claim, quantities("72 % of 12 patients")) == (0.5, 0.5)
    assert agreement((), claim) == (0.0, 0.0)


def _notes(claim, evidence):
    return disagreements(read_sentence(claim), split_sentences(evidence))


def test_a_note_names_both_numbers():
    """The same thing measured differently gives a note with both values as written."""
    notes = _notes(
        "The model reaches 80 % accuracy on XQuAD.", "On XQuAD the model reaches 72 % accuracy. Unrelated."
    )
    assert notes == ["claim: 80 %, evidence: 72 %"]


@pytest.mark.parametrize(
    "evidence",
    [
        "On XQuAD the model reaches 80.0 % accuracy.",  # the same number
        "Accuracy is 80 %, while the model on XQuAD drops to 72 % accuracy elsewhere.",  # repeated, and another
        "Half of the 72 % of birds that migrate return in spring.",  # another subject
        "On XQuAD the model reaches good accuracy in 11 languages.",  # nothing comparable
        "",
    ],
)
def test_no_note_when_in_doubt(evidence):
    """Equal numbers, other subjects and other units give no note."""
    assert _notes("The model reaches 80 % accuracy on XQuAD.", evidence) == []


def test_percent_against_percentage_points():
    """The same value in percent here and in percentage points there is worth a note."""
    notes = _notes("Pruning lowers accuracy by 5 %.", "Pruning lowers accuracy by 5 percentage points.")
    assert notes == ["claim: 5 %, evidence: 5 percentage points"]
