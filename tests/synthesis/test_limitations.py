"""The limitations that the facts of a draft call for."""

import pytest
from small_draft import make_draft, with_paper, with_verdict

from synthesis.limitations import limitations_of, with_limitations
from synthesis.records import NO_ANSWER, Label, SearchLogEntry

STANDING = ["machine-generated", "automated", "automated review", "primary sources"]


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    """The draft of a small report."""
    return make_draft(tmp_path_factory.mktemp("home"))


def kinds(draft):
    """The kinds of limitations that a draft calls for."""
    return [limitation.kind for limitation in limitations_of(draft)]


def test_the_pipeline_states_what_the_facts_call_for(draft):
    """A draft holds its limitations, the standing ones first, each kind of this run for a fact of it."""
    assert draft.limitations == limitations_of(draft)
    assert kinds(draft)[:4] == STANDING
    assert kinds(draft)[4:] == ["abstracts only", "calibration field", "single independent group"]


def test_limitations_follow_from_the_facts_alone(draft):
    """What was stated before does not count, so stating them again changes nothing."""
    bare = draft.model_copy(update={"limitations": ()})
    assert with_limitations(bare) == draft
    assert with_limitations(draft) == draft


@pytest.mark.parametrize(
    ("facts", "kind", "words"),
    [
        ({"error": "429 Too Many Requests"}, "failed source: arxiv", "429 Too Many Requests"),
        ({"incomplete": True, "note": "page 2 was lost"}, "incomplete source: arxiv", "page 2 was lost"),
    ],
)
def test_a_source_that_failed_is_named_once(draft, facts, kind, words):
    """Each source with what went wrong, however many queries it failed at."""
    entry = SearchLogEntry(source="arxiv", query="batches", origin="question", **facts)
    lossy = draft.model_copy(update={"log": (*draft.log, entry, entry)})
    (stated,) = [x for x in limitations_of(lossy) if x.kind == kind]
    assert words in stated.text


def test_the_demo_library_says_what_it_is(draft):
    """Its papers are quoted from summaries."""
    assert "demo library" in kinds(with_paper(draft, "doi:10.1/second", source="demo"))


def test_badly_read_texts_are_counted(draft):
    """A text of low parse quality is told of."""
    poor = with_paper(draft, "doi:10.1/second", quality=0.5)
    assert "badly read texts" in kinds(poor)


def test_phrases_that_no_passage_covers_are_quoted(draft):
    """In the question's own words."""
    answer = draft.answer.model_copy(update={"not_covered": ("MIRACL", "recall at ten")})
    (stated,) = [
        x
        for x in limitations_of(draft.model_copy(update={"answer": answer}))
        if x.kind == "question not covered"
    ]
    assert "“MIRACL”; “recall at ten”" in stated.text


def test_verdicts_that_all_abstain_are_told_of(draft):
    """When no claim is decided, the reader is told at which risk."""
    abstaining = draft
    for i in range(len(draft.verdicts)):
        abstaining = with_verdict(abstaining, i, label=Label.NOT_ENOUGH_INFO, verified=False)
    (stated,) = [x for x in limitations_of(abstaining) if x.kind == "no verdict stated"]
    assert "10%" in stated.text
    assert "no verdict stated" not in kinds(draft)


def test_a_second_group_takes_the_limitation_away(draft):
    """A verified claim that two groups support does not rest on one."""
    other = draft.evidence[0].model_copy(update={"group": 9})
    assert "single independent group" not in kinds(
        draft.model_copy(update={"evidence": (*draft.evidence, other)})
    )


def test_claims_without_evidence_are_counted(draft):
    """Claims of which no other paper was found to speak."""
    left = tuple(e for e in draft.evidence if e.claim_id != "C2")
    assert "no evidence" in kinds(draft.model_copy(update={"evidence": left}))


def test_a_retracted_paper_is_named_where_the_user_asks_about_it(draft):
    """One that is examined stays, and is told of."""
    assert "retracted paper: arxiv:2401.00001" in kinds(with_paper(draft, "arxiv:2401.00001", retracted=True))
    assert not any(
        "retracted" in kind for kind in kinds(with_paper(draft, "doi:10.1/second", retracted=True))
    )


def test_full_texts_that_could_not_be_fetched_are_counted(draft):
    """Where a host did not answer; not where no copy is open."""
    lost = draft.flow.model_copy(
        update={"sought": 2, "not_retrieved": {NO_ANSWER: 1, "no open copy known": 1}}
    )
    (stated,) = [
        x for x in limitations_of(draft.model_copy(update={"flow": lost})) if x.kind == "full texts lost"
    ]
    assert "1 paper" in stated.text
