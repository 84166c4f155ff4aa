"""The trained claim extractor: scores from roles, the question's weight, kinds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.errors import StoreError
from synthesis.extraction import SentenceRoles, TrainedExtractor, role_kind
from synthesis.retrieval import CoreTagger

ABSTRACT = [
    "Retrieval across languages has become important in recent years.",
    "In this paper, we aim to find out whether mixed batches help retrieval across languages.",
    "We train an encoder on questions that were translated into nine languages, with batches of two sorts.",
    "Mixed batches improve mean average precision from 0.548 to 0.593 on XQuAD-R.",
    "Our results demonstrate that mixed batches significantly reduce language bias.",
]
KINDS = {"finding", "comparison", "number", "method", "statement"}
SHARES = st.floats(0, 1)
ROLES = st.sampled_from(["background", "objective", "method", "result", "other"])


class _Fixed:
    """A tagger that says the same of every sentence."""

    def __init__(self, roles: SentenceRoles) -> None:
        self._roles = roles

    def tag(self, sentences):
        return [self._roles] * len(sentences)


@pytest.fixture(scope="module")
def extractor():
    """Over the embedded classifier."""
    return TrainedExtractor(CoreTagger())


def test_results_score_above_everything_else(extractor):
    """In an abstract of the usual order the two results come first and pass the default threshold."""
    scored = extractor.score(ABSTRACT, "")
    scores = [score for score, _ in scored]
    assert min(scores[3:]) > 0.3 > max(scores[:3])
    assert max(scores) == scores[4] > 0.7
    assert [kind for _, kind in scored[1:3]] == ["method", "method"]
    assert scored[3][1] in {"comparison", "number"}


@settings(max_examples=50, deadline=None)
@given(st.builds(SentenceRoles, ROLES, SHARES, SHARES, SHARES), st.text(max_size=60), st.text(max_size=60))
def test_any_roles_and_any_text_give_a_score_and_a_kind(roles, sentence, question):
    """Scores lie in 0–1 with four decimals; the question can only raise them."""
    extractor = TrainedExtractor(_Fixed(roles))
    [(score, kind)] = extractor.score([sentence], question)
    [(plain, _)] = extractor.score([sentence], "")
    assert 0 <= plain <= score <= 1
    assert score == round(score, 4)
    assert kind in KINDS


def test_without_a_question_the_score_is_the_share_of_the_schemes():
    """It can be read: by which of the three schemes the sentence would count, arguments for half."""
    extractor = TrainedExtractor(_Fixed(SentenceRoles("result", result=0.9, argument=0.2, claim=0.5)))
    assert extractor.score(["Anything."], "") == [(0.6, "finding")]


def test_a_sentence_about_the_question_gains_by_known_odds():
    """All of the question's words: the odds are e times as high."""
    extractor = TrainedExtractor(_Fixed(SentenceRoles("result", 0.5, 0.5, 0.5)))
    [(score, _)] = extractor.score(["Language bias falls."], "language bias")
    assert score == pytest.approx(2.718 / 3.718, abs=1e-3)


@pytest.mark.parametrize(
    ("sentence", "role", "kind"),
    [
        ("Hybrid batches outperform monolingual batches by 0.02 mAP.", "result", "comparison"),
        ("The model reaches a mAP of 0.593 on XQuAD-R.", "result", "number"),
        ("Alignment matters.", "result", "finding"),
        ("We propose a sampler that improves search.", "method", "method"),
        ("We propose a sampler that improves search.", "background", "statement"),
        ("Language identity is a property of the text.", "background", "statement"),
    ],
)
def test_the_kind_follows_the_role_then_the_cues(sentence, role, kind):
    """A method is a method whatever its words; a result is told further by its cues."""
    assert role_kind(sentence, SentenceRoles(role, 0, 0, 0)) == kind


def test_a_damaged_classifier_is_an_error_of_the_pipeline(tmp_path):
    """The core's error leaves through the door as the pipeline's own, when the first text comes."""
    tagger = CoreTagger(str(tmp_path))
    with pytest.raises(StoreError, match="sentence classifier"):
        tagger.tag(["A sentence."])


def test_no_sentences_give_no_scores(extractor):
    """An empty section is no error."""
    assert extractor.score([], "question") == []
