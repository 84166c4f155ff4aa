"""A question's phrases, and whether it is in English."""

import pytest

from synthesis.phrases import foreign_language, key_phrases, topic_phrases

QUESTION = "How does hybrid batch training compare to monolingual fine-tuning on XQuAD in F1 and EM?"


def test_scaffolding_is_no_key_phrase():
    """Function words and the scaffolding of a question never stand in a key phrase."""
    assert key_phrases(QUESTION) == ["hybrid batch training", "monolingual fine-tuning", "XQuAD", "F1", "EM"]


def test_a_measure_is_no_topic():
    """Names of measures say how something is told, not what the question is about."""
    assert list(topic_phrases(QUESTION)) == ["hybrid batch training", "monolingual fine-tuning", "XQuAD"]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        (QUESTION, None),
        ("Is BM25 a strong baseline for Thai?", None),
        ("graphene sensors ammonia", None),
        ("Do transformers generalise?", None),
        ("Do LLMs lie?", None),
        ("Does LoRA outperform QLoRA?", None),
        ("multilingual dense retrieval", None),
        ("Verbessert Training mit gemischten Stapeln die Suche in mehreren Sprachen?", "de"),
        ("¿Mejora el entrenamiento con lotes híbridos la recuperación multilingüe?", "es"),
        ("Hilft Retrieval-Augmentierung gegen Halluzinationen in Sprachmodellen?", "de"),
        ("La traduction automatique est-elle utile ?", "fr"),
        ("混合批次训练能否改善多语言检索？", "zh"),
        ("هل يحسن التدريب المختلط استرجاع المعلومات متعدد اللغات؟", "ar"),
        ("क्या बहुभाषी खोज में भाषा पूर्वाग्रह कम होता है?", "hi"),
        ("42", None),
    ],
)
def test_the_language_of_a_question_is_told(question, language):
    """A question that is not in English is known for what it is; one in English, or in no language, is not foreign."""
    assert foreign_language(question) == language
