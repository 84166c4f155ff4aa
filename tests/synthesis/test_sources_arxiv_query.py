"""Free text → arXiv's query syntax."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.sources.arxiv_query import build_query, build_title_query

_TERM = r'all:(?:"[^\W_]+(?: [^\W_]+)*"|[^\W_]+)'
_PAIR = rf"\({_TERM} AND {_TERM}\)"
_GRAMMAR = re.compile(rf"(?:{_TERM}(?: AND {_TERM}){{0,2}}|{_PAIR}(?: OR {_PAIR}){{0,9}})?")


@given(st.text() | st.from_regex(r'[a-z"():\- ]{0,80}', fullmatch=True))
def test_any_text_gives_a_well_formed_query(text: str) -> None:
    """Whatever the text holds, the query is empty or made of quoted or single words, AND, OR and whole brackets."""
    assert _GRAMMAR.fullmatch(build_query(text))
    assert re.fullmatch(r'(?:ti:"[^\W_]+(?: [^\W_]+)*")?', build_title_query(text))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("XQuAD", "all:xquad"),
        ("cross-lingual retrieval", 'all:"cross lingual" AND all:retrieval'),
        ("What is the effect of hybrid batches?", "all:hybrid AND all:batches"),
        ("model's bias", "all:model AND all:bias"),
        ('ti:x OR "dense retrieval")', 'all:ti AND all:"dense retrieval"'),
        ("the of and", 'all:"the of and"'),
        ("hybrid hybrid Hybrid", "all:hybrid"),
        ("", ""),
        ("?! ()", ""),
    ],
)
def test_query_of(text: str, query: str) -> None:
    """Compounds are phrases, function words go, operators of the text are words, doubles count once."""
    assert build_query(text) == query


def test_long_question_asks_for_two_of_its_five_best_words() -> None:
    """A question of many words asks for pairs of names, compounds and long words; common words are not paired."""
    query = build_query(
        "How do large language models compare on XQuAD zero-shot cross-lingual retrieval accuracy?"
    )
    assert query.count(" OR ") <= 9
    assert '(all:xquad AND all:"zero shot")' in query
    few = build_query("Do large language models hallucinate citations?")
    assert "(all:hallucinate AND all:citations)" in few
    assert "all:large AND all:language" not in few


def test_title_keeps_every_word() -> None:
    """A title is one phrase of all its words, TeX and punctuation gone."""
    assert build_title_query(r"The {BERT} of $\alpha$: non-linear?") == 'ti:"The BERT of non linear"'
