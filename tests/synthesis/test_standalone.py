"""What can stand alone as a claim, and how a sentence is put so that it can."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tools import make_paper

from synthesis.acronyms import definitions, expand
from synthesis.antecedents import antecedent
from synthesis.paper_names import PaperName, family_name, name_paper
from synthesis.rewording import Surroundings, reword
from synthesis.standalone import opening_pronoun, standalone

NAME = PaperName("Li et al.", "Li et al.'s", True, "CatNet", frozenset({"framework", "method", "model"}))
NAMELESS = PaperName("Li et al.", "Li et al.'s", True, None, frozenset())


def _reword(sentence, before="", name=NAME, acronyms=None):
    return reword(sentence, Surroundings(name, acronyms or {}, before))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("We show that our model halves language bias on MIRACL.", "CatNet halves language bias on MIRACL."),
        (
            "In this paper, we find that mixed batches reduce bias.",
            "Mixed batches reduce bias.",
        ),
        (
            "However, our extensive experiments demonstrate that mBERT prefers English passages.",
            "mBERT prefers English passages.",
        ),
        (
            "We propose a sampler of mixed language batches.",
            "Li et al. propose a sampler of mixed language batches.",
        ),
        (
            "We train our encoder on mixed language pairs.",
            "Li et al. train the authors' encoder on mixed language pairs.",
        ),
        (
            "Our results suggest that mixed batches reduce bias.",
            "Li et al.'s results suggest that mixed batches reduce bias.",
        ),
        (
            "This paper studies the bias of multilingual encoders.",
            "Li et al.'s paper studies the bias of multilingual encoders.",
        ),
        ("The proposed framework reduces bias in nine languages.", "CatNet reduces bias in nine languages."),
        (
            "Our model size of nine layers reduces the cost.",
            "Li et al.'s model size of nine layers reduces the cost.",
        ),
        (
            "Our CatNet reduces language bias by half on MIRACL.",
            "CatNet reduces language bias by half on MIRACL.",
        ),
        (
            "To this end, we introduce a corpus of parallel questions.",
            "Li et al. introduce a corpus of parallel questions.",
        ),
        (
            "We find that batches reduce bias and that negatives raise recall.",
            "Batches reduce bias and negatives raise recall.",
        ),
        (
            "Nos résultats montrent que les lots mixtes réduisent le biais.",
            "Les lots mixtes réduisent le biais.",
        ),
        (
            "Nuestros resultados muestran que los lotes mixtos reducen el sesgo.",
            "Los lotes mixtos reducen el sesgo.",
        ),
        ("Wir zeigen, dass gemischte Stapel die Verzerrung senken.", None),
    ],
)
def test_the_paper_is_named_in_place_of_the_first_person(sentence, expected):
    """First persons become names; what only vouches for a finding goes; other languages are refused."""
    outcome = _reword(sentence)
    assert outcome.text == expected
    assert (outcome.reason is None) == (expected is not None)


@pytest.mark.parametrize(
    "sentence",
    [
        "Hybrid batches reduce language bias in multilingual retrieval.",
        "However, hybrid batches reduce language bias in retrieval.",
        "Experiments on MIRACL show that hybrid batches reduce bias.",
        'The prompt "we love our model" reduces the accuracy of judges.',
        "It is known that encoders prefer the language of the query.",
    ],
)
def test_what_stands_alone_is_left_as_it_is(sentence):
    """Nothing is reworded without need; quoted words and the scope of a finding are kept."""
    assert _reword(sentence) == (None, None)


@pytest.mark.parametrize(
    ("sentence", "before", "expected"),
    [
        ("It improves recall on MIRACL by half.", "CatNet encodes questions in nine languages.", "CatNet improves recall on MIRACL by half."),
        ("They improve recall on MIRACL by half.", "The sampler mixes hard negatives.", "Hard negatives improve recall on MIRACL by half."),
        ("Its training takes only two hours on a laptop.", "We present CatNet, a framework for retrieval.", "CatNet's training takes only two hours on a laptop."),
        ("This strategy halves the bias of all encoders.", "A hybrid batch strategy trains the encoder.", "The hybrid batch strategy halves the bias of all encoders."),
        ("This framework halves the bias of all encoders.", "We present CatNet for retrieval.", "CatNet halves the bias of all encoders."),
        ("These findings suggest that batches should be mixed.", "Bias falls.", "Li et al.'s findings suggest that batches should be mixed."),
        ("On XQuAD-R, it improves recall by half.", "CatNet encodes questions in nine languages.", "On XQuAD-R, CatNet improves recall by half."),
    ],
)  # fmt: skip
def test_one_antecedent_is_put_in_place(sentence, before, expected):
    """A pronoun or demonstrative with one fitting phrase in the sentence before is replaced by it."""
    assert _reword(sentence, before).text == expected


@pytest.mark.parametrize(
    ("sentence", "before", "reason"),
    [
        ("It improves recall on MIRACL by half.", "CatNet extends DogNet.", "unresolved pronoun: “it”"),
        ("They improve recall on MIRACL by half.", "Encoders need negatives.", "unresolved pronoun: “they”"),
        ("It improves recall on MIRACL by half.", "", "unresolved pronoun: “it”"),
        ("It demonstrates that encoders prefer English passages.", "", "unresolved pronoun: “it”"),
        ("This leads to better recall on all languages.", "CatNet mixes batches.", "unresolved pronoun: “this”"),
        ("This strategy halves the bias of all encoders.", "Batches are mixed.", "unresolved demonstrative: “this strategy”"),
        ("These results show a high bias of encoders.", "Lin et al. report bias.", "unresolved demonstrative: “these results”"),
        ("Our experiments validate this hypothesis on nine languages.", "", "unresolved demonstrative: “this hypothesis”"),
        ("Language is how we communicate with each other daily.", "", "unresolved pronoun: “we”"),
        ("On XQuAD-R, it improves recall by half.", "", "unresolved pronoun: “it”"),
        ("Nous proposons une méthode de recherche dans la langue.", "", "unresolved pronoun: “nous”"),
    ],
)  # fmt: skip
def test_without_one_antecedent_the_claim_is_refused(sentence, before, reason):
    """Two fitting phrases, or none, or a whole clause as the antecedent: the reason names the word."""
    assert _reword(sentence, before).reason == reason


def test_without_a_system_the_authors_own_the_method():
    """A paper that names no system keeps "method", as its authors'."""
    text = _reword("Our method halves language bias in retrieval.", name=NAMELESS).text
    assert text == "Li et al.'s method halves language bias in retrieval."


def test_a_single_author_takes_a_singular_verb():
    """The verb agrees with one author."""
    one = PaperName("Li", "Li's", False, None, frozenset())
    assert (
        _reword("We also evaluate the bias of encoders.", name=one).text
        == "Li also evaluates the bias of encoders."
    )
    assert _reword("I argue that the bias of encoders matters.", name=one).text == (
        "Li argues that the bias of encoders matters."
    )


@pytest.mark.parametrize(
    ("title", "text", "system"),
    [
        ("CatNet: A Framework for Retrieval", "We present CatNet, a framework.", "CatNet"),
        ("CatNet: A Framework for Retrieval", "Encoders are biased.", None),
        ("Attention: A Survey", "We survey attention.", None),
        ("Better Retrieval", "We propose DogNet, a framework for retrieval.", "DogNet"),
        ("Better Retrieval", "We propose DogNet, and CatNet. We introduce CatNet.", None),
        ("GPT-4: Bias and Harm", "We study the bias of GPT-4.", None),
    ],
)
def test_a_system_is_named_where_the_paper_says_that_it_made_it(title, text, system):
    """A title's head is no system unless the authors introduce it."""
    assert name_paper(make_paper("p", title, text)).system == system


def test_authors_are_named_without_a_year():
    """Three authors, two, one, none; a year would be taken for one of the claim's numbers."""
    paper = make_paper("p", "Better Retrieval", "Text.")
    names = [
        name_paper(paper.model_copy(update={"authors": authors})).authors
        for authors in (("Ann Li", "Bo Xu", "Cy Du"), ("Ann Li", "Bo Xu"), ("Li, Ann",), ())
    ]
    assert names == ["Li et al.", "Li and Xu", "Li", "the authors of “Better Retrieval”"]
    assert family_name("Vijay Kumar M") == "Vijay Kumar M"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The fast gradient sign method (FGSM) attacks.", {"FGSM": "fast gradient sign method"}),
        ("Part-of-speech (POS) tags.", {"POS": "Part-of-speech"}),
        ("Multi-modal large language models (MLLMs) fail.", {"MLLMs": "Multi-modal large language models"}),
        ("We use HAREN (SSL) features.", {}),
        ("Results (See Table) and (F1).", {}),
    ],
)
def test_acronyms_are_read_where_their_initials_are_spelt(text, found):
    """The long form is the words whose initials spell the acronym, never a guess."""
    assert definitions(text) == found


def test_acronyms_are_written_out_once_and_only_alone():
    """The first free use is written out, with its number and article; a joined one or a defined one is left."""
    known = {"LLMs": "Large language models", "MT": "machine translation", "LM": "language models"}
    assert expand("An LLM reads.", known) == "A large language model (LLM) reads."
    assert expand("MT-based MT helps MT.", known) == "MT-based machine translation (MT) helps MT."
    assert expand("Machine translation (MT) helps MT.", known) == "Machine translation (MT) helps MT."
    assert expand("The LM input", known) == "The language model (LM) input"


@pytest.mark.parametrize(
    ("word", "before"), [("he", "A man runs."), ("this", "A dog runs."), ("It", "Good work.")]
)
def test_no_antecedent_is_made_up(word, before):
    """Persons, clauses and bare nouns are never taken for one."""
    assert antecedent(word, before) is None


PIECES = st.lists(
    st.sampled_from(
        "we our us this these it they its method framework paper results show that find CatNet SQuAD LLMs reduces improve"
        " bias recall , ; and to on in the a of proposed using English questions such However nous Wir I".split()
    ),
    min_size=5,
    max_size=25,
)
SECTION = "We present CatNet, a framework. Large language models (LLMs) fail."
FIXED = set("the a an authors paper et al s".split())


def _content(text):
    return {re.sub(r"(?:es|s)$", "", word) for word in re.findall(r"\w+", text.casefold())}


@settings(max_examples=300, deadline=None)
@given(PIECES, PIECES)
def test_no_word_comes_from_nowhere(sentence, before):
    """Every content word stands in the sentence, its section, the title or the authors' names, or is fixed."""
    paper = make_paper("p", "CatNet: Reading", SECTION).model_copy(
        update={"authors": ("A Li", "B Xu", "C Du")}
    )
    name, text = name_paper(paper), " ".join(sentence) + "."
    earlier = " ".join(before) + "."
    outcome = reword(text, Surroundings(name, definitions(SECTION), earlier))
    assert outcome.text is None or outcome.reason is None
    if outcome.text:
        known = _content(f"{text} {earlier} {SECTION} CatNet: Reading Li Xu Du") | _content(" ".join(FIXED))
        assert _content(outcome.text) <= known
        assert opening_pronoun(outcome.text) is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_reworded_or_refused(text, before):
    """No text breaks the rules; what is refused has a reason."""
    outcome = _reword(text, before)
    assert outcome.reason is None or outcome.text is None
    assert standalone(text) is None or outcome.reason is not None or outcome.text is not None
