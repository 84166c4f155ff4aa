"""Claims made wrong by rule, and claims said otherwise."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.entailment.counterfactuals import KINDS, counterfactuals, entities_of, paraphrases
from retrieval_core.entailment.numbers import quantities

ENTITIES = (
    "IL-17",
    "TNF-α",
    "Madrid",
    "MERS",
    "ibuprofen",
    "liver transplantation",
    "New Zealand",
    "macrophages",
)


def _made(claim, kind, **options):
    """The text of one kind, or None."""
    found = {item.kind: item.text for item in counterfactuals(claim, seed=1, **options)}
    return found.get(kind)


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("Aspirin reduces mortality.", "Aspirin does not reduce mortality."),
        ("Aspirin reduced mortality.", "Aspirin did not reduce mortality."),
        ("Masks reduce infections.", "Masks do not reduce infections."),
        ("Aspirin does not reduce mortality.", "Aspirin reduces mortality."),
        ("Klf4 is required for growth.", "Klf4 is not required for growth."),
        ("Klf4 is not required for growth.", "Klf4 is required for growth."),
        ("Masks can stop the virus.", "Masks cannot stop the virus."),
        ("Tests can't find it early.", "Tests can find it early."),
        ("There is no link between A and B.", "There is a link between A and B."),
        ("The trial found no differences.", "The trial found differences."),
        ("The drug failed to improve survival.", "The drug improved survival."),
        ("Studies suggest that masks stop the virus.", "Studies suggest that masks do not stop the virus."),
        ("Patients who were treated early had fewer relapses.", "Patients who were treated early did not have fewer relapses."),
        ("He retired before he became ill.", None),
        ("Some patients recover.", None),
        ("No one knows the cause.", None),
        ("Is aspirin safe?", None),
        ("It helps not only adults but children.", None),
    ],
)  # fmt: skip
def test_negation(claim, wrong):
    """The main statement is turned round with the auxiliary that its tense needs, or left where rules do not reach."""
    assert _made(claim, "negation") == wrong


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("Obesity raises blood pressure.", "Obesity lowers blood pressure."),
        (
            "Smoking was associated with an increase in risk.",
            "Smoking was associated with a decrease in risk.",
        ),
        ("The drug is effective.", "The drug is ineffective."),
        ("Boys have higher scores.", "Boys have lower scores."),
        ("There was a strong effect.", "There was a weak effect."),
        ("It is unclear whether masks increase risk.", None),
        ("The lower respiratory tract is infected.", None),
        ("There is no association between age and an increase in risk.", None),
    ],
)
def test_direction(claim, wrong):
    """A word of direction becomes its opposite in the same form, with a fitting article, outside fixed phrases."""
    assert _made(claim, "direction") == wrong


@pytest.mark.parametrize(
    "claim",
    [
        "In 2009 the share was 23.5 % of 1,200 people.",
        "Between 18 and 30 percent improved.",
        "More than 50 % recovered.",
        "Three of the drugs failed in 40 trials.",
        "It lasts 7 days, at most 9 days.",
    ],
)
def test_number(claim):
    """Exactly one quantity differs in value."""
    wrong = _made(claim, "number")
    before, after = quantities(claim), quantities(wrong)
    assert len(before) == len(after)
    assert sum(one.bounds != other.bounds for one, other in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize(
    "claim",
    ["IL-6 binds to CD4 in COVID-19.", "Type 2 diabetes is common [37].", "Rot kills cells (Tanner et al., 2011).",
     "F4/80+ macrophages grow.", "The p-value was p < 0.05."],
)  # fmt: skip
def test_no_number_in_names(claim):
    """Digits in names, references and significance levels are no quantities to be changed."""
    assert _made(claim, "number") is None


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("It was given at 5 kg.", "It was given at 5 g."),
        ("Risk increased by 5 %.", "Risk increased by 5 percentage points."),
        ("There was a 10-fold increase.", "There was a 10 % increase."),
        ("The d614g mutation spreads.", None),
        ("He was 14 years old.", None),
    ],
)
def test_unit(claim, wrong):
    """A unit after a number becomes another of its kind; letters in names and ages stay."""
    assert _made(claim, "unit") == wrong


def test_entity_of_like_shape():
    """A name is exchanged for one of its shape that the claim does not hold, everywhere it stands."""
    wrong = _made("IL-6 is raised when IL-6 binds.", "entity", entities=ENTITIES)
    assert wrong == "IL-17 is raised when IL-17 binds."
    assert _made("It spread in New York.", "entity", entities=ENTITIES) == "It spread in New Zealand."
    assert (
        _made("Remdesivir shortens recovery.", "entity", entities=("ibuprofen",))
        == "Ibuprofen shortens recovery."
    )


def test_no_entity_without_choice():
    """Other names of the same thing are no exchange, and without names to choose from nothing is exchanged."""
    assert _made("COVID-19 spread in May.", "entity", entities=("SARS-CoV-2", "covid19")) is None
    assert _made("COVID-19 spread in May.", "entity") is None


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("Method A outperforms the two baselines.", "The two baselines outperform Method A."),
        ("Masks are more effective than distance.", "Distance is more effective than masks."),
        ("Rates are lower in children than in adults.", "Rates are lower in adults than in children."),
        ("It is more common than previously thought.", None),
        ("He has more than 20 papers.", None),
    ],
)
def test_comparison(claim, wrong):
    """The sides change places and the verb agrees with its new subject."""
    assert _made(claim, "comparison") == wrong


def test_entities_of():
    """Names are listed once each in order; a capital that only opens the sentence makes no name."""
    text = "Microglia release IL-6 in New York, and IL-6 falls after remdesivir."
    assert entities_of(text) == ("IL-6", "New York", "remdesivir")


@pytest.mark.parametrize(
    ("claim", "same"),
    [
        ("In conclusion, masks help.", "Masks help."),
        ("Masks are not useful.", "Masks aren't useful."),
        ("80 percent improved.", "80% improved."),
        ("80 % improved.", "80 percent improved."),
        ("It took 1,000 people.", "It took 1000 people."),
        ("The two trials agree.", "The 2 trials agree."),
        ("Smoking increases the risk of cancer.", "Smoking leads to an increase in the risk of cancer."),
        ("Aspirin inhibits clotting.", "Clotting is inhibited by aspirin."),
    ],
)
def test_paraphrases(claim, same):
    """Each rewording says the same in other words."""
    assert same in paraphrases(claim, seed=0)


def test_paraphrases_keep_quantities():
    """Numbers mean after a rewording what they meant before."""
    claim = "In summary, 1,234 of 20,000 patients (6.2 %) did not recover within two weeks."
    before = [(q.low, q.unit) for q in quantities(claim)]
    for text in paraphrases(claim, seed=3):
        assert [(q.low, q.unit) for q in quantities(text)] == before


WORDS = st.sampled_from(
    """aspirin IL-6 reduces increased is are not no 20 % 3 mg weeks higher than in patients who the a of COVID-19 Paris
    , . ( ) [12] risk more effective may did show that 2019 fails to <|cit|> é 中文""".split()
)


@settings(max_examples=80, deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join), st.integers(0, 2**32))
def test_results_differ_and_repeat(claim, seed):
    """Whatever the text: kinds in order and once each, no result equal to the claim, and the same ones again."""
    made = counterfactuals(claim, entities=ENTITIES, seed=seed)
    assert made == counterfactuals(claim, entities=ENTITIES, seed=seed)
    kinds = [item.kind for item in made]
    assert kinds == [kind for kind in KINDS if kind in kinds]
    assert all(item.text != claim for item in made)
    reworded = paraphrases(claim, seed=seed)
    assert claim not in reworded
    assert len(set(reworded)) == len(reworded)


def test_no_dependence_on_the_process():
    """Another process with another hash seed makes the same texts."""
    claim = "In 2009, IL-6 increased the risk in New York by 23.5 % within 3 weeks."
    code = f"""
from retrieval_core.entailment.counterfactuals import counterfactuals
print([item.text for item in counterfactuals({claim!r}, entities={ENTITIES!r}, seed=7)])
"""
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "123", "PYTHONIOENCODING": "utf-8"},
        capture_output=True, text=True, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
    assert shown.strip() == str([item.text for item in counterfactuals(claim, entities=ENTITIES, seed=7)])


def test_linear_time():
    """A text that is hostile to the patterns is done with in the time of an honest one of its length."""
    for text in ("more " * 2000, "not " * 2000, "a is higher in " * 500, "((((" * 2000, "1," * 2000):
        started = time.process_time()
        counterfactuals(text, entities=ENTITIES, seed=0)
        assert time.process_time() - started < 2.0
