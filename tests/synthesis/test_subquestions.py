"""What a question asks about, in its own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.subquestions import aspects_of

# Question → what it asks about, written down before the code: M method, P population, C comparison, Q metric, T topic.
EXPECTED = {
    # ---- the seed questions
    "What is the impact of scaling the number of languages in the training batch on the zero-shot multilingual "
    "retrieval performance of low-resource languages in the NDQA benchmark, when using the hybrid batch training "
    "strategy?": "M scaling the number of languages in the training batch | T zero-shot multilingual retrieval "
    "performance | P low-resource languages | P NDQA benchmark | M hybrid batch training strategy",
    "How does the hybrid batch training approach compare to monolingual fine-tuning in terms of XQuAD zero-shot "
    "cross-lingual retrieval accuracy when evaluated using XQuAD's exact match (EM) and F1 scores?": "M hybrid batch "
    "training approach | C monolingual fine-tuning | Q XQuAD zero-shot cross-lingual retrieval accuracy | "
    "Q XQuAD's exact match (EM) and F1 scores",
    "How does the order of intermediate tasks affect the zero-shot cross-lingual performance of multilingual models "
    "on XTREME-R compared to monolingual models?": "M order of intermediate tasks | T zero-shot cross-lingual "
    "performance of multilingual models | P XTREME-R | C monolingual models",
    "How does scaling the hybrid batch training approach with varying proportions of monolingual and cross-lingual "
    "objectives impact the retrieval performance on long-tail low-resource languages in the MIRACL benchmark when "
    "evaluated using precision@k and recall@k metrics?": "M scaling the hybrid batch training approach | M varying "
    "proportions of monolingual and cross-lingual objectives | T retrieval performance | P long-tail low-resource "
    "languages | P MIRACL benchmark | Q precision@k and recall@k metrics",
    "How does the zero-shot cross-lingual retrieval performance of the hybrid batch training approach scale when "
    "incorporating progressively larger amounts of in-language training data on the MTOP benchmark, measured by "
    "nDCG@10 across varying language pairs?": "T zero-shot cross-lingual retrieval performance | M hybrid batch "
    "training approach | M progressively larger amounts of in-language training data | P MTOP benchmark | Q nDCG@10 | "
    "P varying language pairs",
    # ---- yes or no
    "Does hybrid batch training improve multilingual retrieval and reduce language bias?": "M hybrid batch training | "
    "T multilingual retrieval | T language bias",
    "Does metformin reduce cardiovascular mortality in patients with type 2 diabetes compared with sulfonylureas?": "M "
    "metformin | T cardiovascular mortality | P patients with type 2 diabetes | C sulfonylureas",
    "Is BM25 better than dense retrieval on out-of-domain queries in terms of recall@100?": "M BM25 | C dense "
    "retrieval | P out-of-domain queries | Q recall@100",
    "Can graphene oxide membranes remove heavy metals from drinking water more efficiently than activated carbon?": "M "
    "graphene oxide membranes | T heavy metals from drinking water | C activated carbon",
    "Do larger language models hallucinate less than smaller models when answering medical questions?": "M larger "
    "language models | T hallucinate | C smaller models | P answering medical questions",
    "Is vitamin D supplementation associated with fewer respiratory infections among older adults?": "M vitamin D "
    "supplementation | T fewer respiratory infections | P older adults",
    "Does aspirin prevent stroke?": "M aspirin | T stroke",
    "Does the mass of the host galaxy influence the rate of type Ia supernovae?": "M mass of the host galaxy | T rate "
    "of type Ia supernovae",
    "Are retrieval-augmented language models more factual than closed-book models on PopQA?": "M retrieval-augmented "
    "language models | T factual | C closed-book models | P PopQA",
    "Has open access increased the citation rates of articles?": "M open access | T citation rates of articles",
    "Should children under five receive antibiotics for acute otitis media?": "P children under five | M antibiotics | "
    "P acute otitis media",
    "Does quantisation to 4 bits hurt translation quality (BLEU) for German–English?": "M quantisation to 4 bits | "
    "Q translation quality (BLEU) | P German–English",
    "Do students who take handwritten notes remember lectures better than students who type?": "P students who take "
    "handwritten notes | T lectures | C students who type",
    "Is it possible to detect exomoons with transit timing variations?": "T exomoons | M transit timing variations",
    # ---- how, which, what, why
    "What is the effect of sleep deprivation on working memory in adolescents?": "M sleep deprivation | T working "
    "memory | P adolescents",
    "Which loss function works best for training dense retrievers on noisy click logs?": "M loss function | "
    "P training dense retrievers | P noisy click logs",
    "How does temperature affect the critical current of superconducting thin films at low magnetic field?": "M "
    "temperature | T critical current of superconducting thin films | P low magnetic field",
    "What is the difference between masked and causal language modelling in sentence representation quality?": "M "
    "masked | C causal language modelling | T sentence representation quality",
    "How effective are mRNA vaccines against the Omicron variant in immunocompromised patients?": "M mRNA vaccines | "
    "T Omicron variant | P immunocompromised patients",
    "To what extent does cognitive behavioural therapy reduce relapse relative to medication alone, measured by the "
    "Hamilton scale?": "M cognitive behavioural therapy | T relapse | C medication alone | Q Hamilton scale",
    "What causes the Hubble tension?": "T Hubble tension",
    "How do tokenisers with byte fallback compare with subword tokenisers on Arabic and Turkish in terms of "
    "perplexity?": "M tokenisers with byte fallback | C subword tokenisers | P Arabic and Turkish | Q perplexity",
    "Why do vision transformers need more training data than convolutional networks?": "M vision transformers | "
    "T more training data | C convolutional networks",
    "What is the impact of query expansion on nDCG@10 for short queries?": "M query expansion | Q nDCG@10 | P short "
    "queries",
    "How does pre-training on code influence mathematical reasoning in language models, measured by accuracy on "
    "GSM8K?": "M pre-training on code | T mathematical reasoning | P language models | Q accuracy | P GSM8K",
    "How does cross-lingual transfer from English to Swahili change with increasing amounts of parallel text?": "M "
    "cross-lingual transfer from English to Swahili | M increasing amounts of parallel text",
    "What is the role of dopamine in reward learning?": "M dopamine | T reward learning",
    "What is the effect of dropout on encoders trained on English?": "M dropout | T encoders trained on English",
    "How does sleep influence changes in blood pressure in nurses?": "M sleep | T changes in blood pressure | P nurses",
    # ---- no question
    "Compare supervised fine-tuning and prompt tuning for named entity recognition in biomedical text.": "M supervised "
    "fine-tuning | C prompt tuning | P named entity recognition | P biomedical text",
    "multilingual dense retrieval for low-resource African languages": "T multilingual dense retrieval | P "
    "low-resource African languages",
    # ---- other languages
    "¿Mejora el entrenamiento híbrido la recuperación multilingüe?": "T Mejora el entrenamiento híbrido la "
    "recuperación multilingüe",
    "混合批次训练能否提高多语言检索的效果？": "T 混合批次训练能否提高多语言检索的效果",
}  # fmt: skip
LETTERS = {"method": "M", "population": "P", "comparison": "C", "metric": "Q", "topic": "T"}


def shown(question):
    """The aspects in the notation of the table."""
    return " | ".join(f"{LETTERS[a.kind]} {a.words}" for a in aspects_of(question))


@pytest.mark.parametrize("question", EXPECTED)
def test_what_a_question_asks_about(question):
    """Method, population, comparison and metric are told apart, in the question's order and words."""
    assert shown(question) == EXPECTED[question]


QUESTIONS = st.sampled_from(sorted(EXPECTED)) | st.text(max_size=120)


@given(QUESTIONS, QUESTIONS)
def test_words_are_stretches_of_the_question(one, other):
    """Every aspect's words stand in the question, each aspect once, and there is one of any question with a word."""
    question = f"{one} {other}"
    aspects = aspects_of(question)
    assert all(a.words and a.words in question for a in aspects)
    assert len(set(aspects)) == len(aspects)
    if any(c.isalnum() for c in question):
        assert aspects


def test_aspects_stand_in_the_order_of_the_question():
    """What is asked first comes first."""
    for question in EXPECTED:
        places = [question.index(a.words) for a in aspects_of(question)]
        assert places == sorted(places)


def test_nothing_asked_has_no_aspect():
    """A verification has no question, hence no aspects."""
    assert aspects_of("") == ()
    assert aspects_of(" ?! ") == ()
