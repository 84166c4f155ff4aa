"""Question → queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.config import QueryConfig
from synthesis.queries import expand_question

QUESTION = "How does hybrid batch training compare to monolingual fine-tuning on XQuAD in F1 and EM?"


def test_the_question_comes_first_word_for_word():
    """The first query is the question itself."""
    first = expand_question(QUESTION, QueryConfig())[0]
    assert (first.text, first.origin) == (QUESTION, "question")


def test_a_measure_alone_is_no_query():
    """F1 and EM say how, not what: they make no query of their own; a dataset's name does."""
    texts = [q.text for q in expand_question(QUESTION, QueryConfig(max_queries=50))]
    assert "XQuAD" in texts
    assert not {"F1", "EM"} & set(texts)


def test_hyphens_and_acronyms_have_variants():
    """Compounds are searched with the hyphen opened and closed, acronyms written out."""
    queries = expand_question("Does cross-lingual QA transfer?", QueryConfig(max_queries=50))
    variants = {q.text for q in queries if q.origin == "variant"}
    assert {"cross lingual QA transfer", "crosslingual QA transfer"} <= variants
    assert "cross-lingual question answering transfer" in variants


@given(st.text(min_size=1, max_size=300), st.integers(1, 12))
def test_any_text_gives_few_distinct_queries(question, limit):
    """Any text gives at most the queries asked for, all different, and the same ones again."""
    config = QueryConfig(max_queries=limit)
    queries = expand_question(question, config)
    assert len(queries) <= limit
    assert len({q.text.casefold() for q in queries}) == len(queries)
    assert queries == expand_question(question, config)


@pytest.mark.parametrize(
    "question", ["什么是跨语言检索?", "ما هو الاسترجاع متعدد اللغات؟", "बहुभाषी खोज क्या है?"]
)
def test_other_scripts_keep_their_words(question):
    """A question in another script is searched as it stands."""
    assert expand_question(question, QueryConfig())[0].text == question
