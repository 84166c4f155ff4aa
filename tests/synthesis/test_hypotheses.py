"""The statement that a yes-or-no question asks about."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.asking.verbs import CLEAR, base_form, participle, past, third_person
from synthesis.hypotheses import MAX_CHARS, hypothesis_of

STATED = {
    "Does hybrid batch training improve multilingual retrieval and reduce language bias?": "Hybrid batch training "
    "improves multilingual retrieval and reduces language bias.",
    "Do multilingual encoders outperform monolingual ones?": "Multilingual encoders outperform monolingual ones.",
    "Did the intervention lead to fewer infections and prevent deaths?": "The intervention led to fewer infections and "
    "prevented deaths.",
    "Does temperature increase affect yield?": "Temperature increase affects yield.",
    "Does caffeine increase alertness and cause insomnia?": "Caffeine increases alertness and causes insomnia.",
    "Does batch size not affect recall?": "Batch size does not affect recall.",
    "Does dropout help reduce overfitting?": "Dropout helps reduce overfitting.",
    "Can encoders use rare words to reliably reflect doubt?": "Encoders can use rare words to reliably reflect doubt.",
    "Can reminders increase vaccine use among nurses?": "Reminders can increase vaccine use among nurses.",
    "does mBERT learn syntax?": "mBERT learns syntax.",
    "Do models that use attention generalize better?": "Models that use attention generalize better.",
    "Does the gene carry the mutation?": "The gene carries the mutation.",
    "Does a larger batch have an effect?": "A larger batch has an effect.",
    "Is BM25 better than dense retrieval on short queries?": "BM25 is better than dense retrieval on short queries.",
    "Is vitamin D associated with a lower risk of fractures?": "Vitamin D is associated with a lower risk of fractures.",
    "Is aspirin a risk factor for bleeding?": "Aspirin is a risk factor for bleeding.",
    "Are transformers still the best encoders for speech?": "Transformers are still the best encoders for speech.",
    "Was the trial biased?": "The trial was biased.",
    "Were fractures more common in winter?": "Fractures were more common in winter.",
    "Is there any link between sleep and memory?": "There is a link between sleep and memory.",
    "Are there any differences between the arms?": "There are differences between the arms.",
    "Is it true that sleep improves memory?": "Sleep improves memory.",
    "Can mortality be predicted from ECG traces?": "Mortality can be predicted from ECG traces.",
    "Could a vaccine prevent relapse?": "A vaccine could prevent relapse.",
    "Would a carbon tax lower emissions?": "A carbon tax would lower emissions.",
    "Should children receive antibiotics for otitis media?": "Children should receive antibiotics for otitis media.",
    "Has open access increased citation rates?": "Open access has increased citation rates.",
    "Have encoders significantly improved?": "Encoders have significantly improved.",
    "In older adults, does aspirin prevent stroke?": "In older adults, aspirin prevents stroke.",
    # ---- no statement: no yes-or-no question, a choice, two questions, a pronoun, or a verb that cannot be told
    "How does batch size affect recall?": None,
    "What is the effect of sleep on memory?": None,
    "Does it help?": None,
    "Do we need attention?": None,
    "Does X improve or degrade Y?": None,
    "Does pruning reduce latency or improve recall?": None,
    "Is aspirin or ibuprofen safer?": None,
    "Are larger models more robust or more fragile?": None,
    "Does pre-training on code improve reasoning, and if so, why?": None,
    "Does pruning help. And does it hurt?": None,
    "Doesn't attention help?": None,
    "Does the drug blorp the patient?": None,
    "Does search benefit search?": "Search benefits search.",
    "Is BM25 no better than TF-IDF?": "BM25 is no better than TF-IDF.",
    "Is BM25 much better than TF-IDF?": "BM25 is much better than TF-IDF.",
    "Does sea level rise threaten cities?": "Sea level rise threatens cities.",
    "Do prices rise more quickly in towns?": "Prices rise more quickly in towns.",
    "Is BM25 any better than TF-IDF?": None,
    "Is a model with no better data useful?": None,
    "Does sea level rise endanger cities?": None,
    "Does peer support, when given early, reduce pain?": None,
    "Does any model improve recall?": None,
    "Is any model better than BM25?": None,
    "Can pruning reduce latency and can it be pruned?": None,
    "Does drought reduce yield and does it affect rain?": None,
    "Do floods harm birds and do droughts?": None,
    "Does pruning help models and if so how?": None,
    "Does hybrid batch training improve retrieval": None,
    "¿Mejora el entrenamiento la recuperación?": None,
    "Verbessert das Training die Suche?": None,
    "": None,
    "?": None,
}


@pytest.mark.parametrize("question", STATED)
def test_statement(question):
    """The words are put in order and inflected; in doubt there is no statement."""
    stated = hypothesis_of(question)
    assert (stated.text if stated else None) == STATED[question]


def test_joined_verbs_are_clauses_of_their_own():
    """A statement that joins verbs is also given as one statement a verb."""
    stated = hypothesis_of("Can pruning reduce latency, improve recall and also save memory?")
    assert stated.text == "Pruning can reduce latency, improve recall and also save memory."
    assert stated.clauses[0].startswith("Pruning can reduce latency")
    assert stated.clauses[-1] == "Pruning can save memory."
    single = hypothesis_of("Does pruning reduce latency?")
    assert single.clauses == (single.text,)


SUBJECTS = st.sampled_from(["pruning", "the new loss", "batch size", "BM25", "sleep deprivation", "mBERT"])
VERBS = st.sampled_from(sorted(CLEAR - {"do", "have", "become", "remain"}))
OBJECTS = st.sampled_from(["recall", "latency on long queries", "the risk of relapse in adults"])


@given(SUBJECTS, VERBS, OBJECTS)
def test_a_plain_question_is_its_statement(subject, verb, thing):
    """The question "Does S V O?" gives "S Vs O." for every verb that is hardly ever a noun."""
    text = hypothesis_of(f"Does {subject} {verb} {thing}?").text
    assert text.casefold() == f"{subject} {third_person(verb)} {thing}.".casefold()


@given(st.text(max_size=60) | st.from_regex(r"(Does|Is|Can|Has) [a-z ,.]{0,40}\?", fullmatch=True))
def test_any_question_is_answered_or_passed(question):
    """Whatever is asked, there is a sentence or none; a sentence holds only words of the question, inflected."""
    stated = hypothesis_of(question)
    if stated is not None:
        assert stated.text.endswith(".")
        assert stated.clauses
        prefixes = {word[:2] for word in re.findall(r"\w+", question.casefold())} | {"a", "an"}
        assert all(
            word[:2] in prefixes | {"is", "ar", "wa"} for word in re.findall(r"\w+", stated.text.casefold())
        )


def test_what_is_too_long_is_no_plain_question():
    """A question of more than ``MAX_CHARS`` gives no statement."""
    assert hypothesis_of(f"Does pruning reduce {'very ' * MAX_CHARS}long latency?") is None


@pytest.mark.parametrize("verb", sorted(CLEAR))
def test_forms_of_verbs(verb):
    """Every verb has its three forms, and its base form is found in British and American spelling."""
    assert third_person(verb)[-1] == "s"
    assert past(verb)
    assert participle(verb)
    assert base_form(verb) == verb
    if verb.endswith("ise") and verb not in {"arise", "promise"}:
        assert base_form(verb.removesuffix("ise") + "ize") == verb
