"""Notes on disagreeing numbers: each kind, what is no disagreement, and sentences set against themselves."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.entailment.disagreements import Disagreement, disagreements, find_disagreements
from retrieval_core.entailment.reading import read_sentence, split_sentences


def _found(claim, evidence):
    return find_disagreements(read_sentence(claim), split_sentences(evidence))


@pytest.mark.parametrize(
    ("claim", "evidence", "note", "kind"),
    [
        (
            "The model reaches 80 % accuracy on XQuAD.",
            "On XQuAD the model has an accuracy of 0.72.",
            "claim: 80 %, evidence: 0.72",
            "value",
        ),
        (
            "Patients received 500 mg of aspirin.",
            "Patients received 0.8 g of aspirin.",
            "claim: 500 mg, evidence: 0.8 g",
            "value",
        ),
        (
            "Pruning lowers accuracy by 5 %.",
            "Pruning lowers accuracy by 5 percentage points.",
            "claim: 5 %, evidence: 5 percentage points",
            "unit",
        ),
        (
            "Statins reduced mortality by 20 %.",
            "Statins increased mortality by 20 %.",
            "claim: 20 %, evidence: 20 %",
            "direction",
        ),
        (
            "Coffee was linked to stroke (OR 0.6).",
            "Coffee was linked to stroke (OR 1.6, 95% CI 1.2 to 2.1).",
            "claim: OR 0.6, evidence: OR 1.6",
            "direction",
        ),
        (
            "Coffee reduces the risk of stroke.",
            "Risk of stroke with coffee: hazard ratio 1.6 (95% CI 1.2 to 2.1).",
            "claim: reduces, evidence: hazard ratio 1.6",
            "direction",
        ),
        (
            "The effect of zinc on colds was not significant.",
            "Zinc had an effect on colds (p < 0.001).",
            "claim: not significant, evidence: p < 0.001",
            "significance",
        ),
        (
            "Zinc shortens colds (p = 0.01).",
            "Zinc shortens colds (p = 0.4).",
            "claim: p = 0.01, evidence: p = 0.4",
            "significance",
        ),
    ],
)
def test_each_kind_of_disagreement(claim, evidence, note, kind):
    """Other value, other unit, other direction, other side of significance: each is noted as what it is."""
    assert [(d.note, d.kind) for d in _found(claim, evidence)] == [(note, kind)]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Patients received 500 mg of aspirin.", "Patients received 0.5 g of aspirin."),
        ("Patients rested for 2 weeks.", "Patients rested for 14 days."),
        ("Cells grew at 37 °C.", "Cells grew at 98.6 °F."),
        ("The model has 80 % accuracy.", "The model has an accuracy of 0.80."),
        ("The effect of zinc was 5 %.", "The effect of zinc was clear (p = 0.05)."),
        ("Zinc shortens colds (p < 0.05).", "Zinc shortens colds (p = 0.003)."),
        ("More than 30 % of patients relapsed.", "Among patients, 41 % relapsed."),
        ("A third of patients relapsed.", "Of the patients, 34 % relapsed."),
        ("Risk of stroke fell, OR 0.70.", "Risk of stroke fell, OR 0.75 (95% CI 0.61 to 0.83)."),
        ("About 60 % of patients relapsed.", "Of all patients, 58 % relapsed."),
        ("Mortality was 20 % lower with statins than placebo.", "Mortality was 20 % higher with placebo than statins."),
        ("BRCA 1 mutations raise cancer risk.", "BRCA 2 mutations raise cancer risk."),
        ("La precisión fue del 12,5 % en los pacientes.", "La precisión en los pacientes fue 0,125."),
    ],
)  # fmt: skip
def test_the_same_said_otherwise_is_no_disagreement(claim, evidence):
    """Conversion, rounding, bounds, intervals, thresholds and names give no note."""
    assert _found(claim, evidence) == []


@settings(deadline=None, max_examples=60)
@given(
    st.floats(0.01, 1e6, allow_nan=False),
    st.sampled_from(["%", "mg", "weeks", "percentage points", "patients", "°C", "-fold", "mmol/l"]),
    st.sampled_from(["by", "of", "at least", "up to", "about", "OR"]),
)
def test_a_sentence_never_disagrees_with_itself(value, unit, before):
    """Whatever number, unit and qualifier a sentence has, its own text gives no note."""
    text = f"The treatment changed the outcome {before} {value:.4g} {unit} in the trial."
    assert _found(text, text) == []


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_are_read(claim, evidence):
    """No text makes it fail, and a text against itself gives no note."""
    _found(claim, evidence)
    assert disagreements(read_sentence(claim), (read_sentence(claim),)) == []


@pytest.mark.parametrize(
    "unit", ["1,", "1 ", "12.5 % ± ", "1/", "p = 0.", "95% CI (1-", "one third of ", "9"]
)
def test_long_texts_are_read_in_linear_time(unit):
    """50 kB of what reads like numbers take less than a second of work."""
    text = (unit * 50_000)[:50_000]
    began = time.process_time()
    disagreements(read_sentence(text), split_sentences(text))
    assert time.process_time() - began < 3  # split into some 40 sentences; 3 s leaves room for a busy machine


def test_a_disagreement_reads_as_a_note():
    """The note names both sides."""
    assert Disagreement("80 %", "0.72", "value").note == "claim: 80 %, evidence: 0.72"
