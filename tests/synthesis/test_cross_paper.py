"""Results that several papers report: which are set beside a claim's, and how they stand to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.config import PassageConfig
from synthesis.cross_paper import MAX_PER_PAPER, compare_results
from synthesis.passages import split_papers
from synthesis.records import Claim, Paper, Quote, ResultValue, Section
from synthesis.result_relations import relation, same_system
from synthesis.result_values import result_values


def _paper(name, text, **facts):
    values = {"title": f"On {name}", "authors": (f"Ada {name}",), "source": "test", "abstract": text}
    return Paper(
        paper_id=f"file:{name}", sections=(Section(title="Abstract", text=text),), **(values | facts)
    )


def _claim(paper, sentence, number=1):
    start = paper.sections[0].text.index(sentence)
    return Claim(
        claim_id=f"C{number}",
        text=sentence,
        paper_id=paper.paper_id,
        quote=Quote.of(paper, 0, start, start + len(sentence)),
        results=result_values(sentence),
    )


def _compare(claims, *papers):
    by_id = {paper.paper_id: paper for paper in papers}
    return compare_results(claims, by_id, list(split_papers(papers, PassageConfig())))


def _value(text, unit, **facts):
    number = float(text.removesuffix(" %"))
    return ResultValue(
        **{"metric": "mAP", "dataset": "XQuAD-R", "value": number, "unit": unit, "text": text} | facts
    )


STATED = "CatNet achieves 84.3 mAP on XQuAD-R."
OWN = _paper("own", f"{STATED} Cats are fast.")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (_value("84.3", "points"), _value("84.3 %", "percent"), "same"),
        (_value("84.3", "points"), _value("0.843", "fraction"), "same"),
        (_value("84.3", "points"), _value("85.3", "points"), "close"),
        (_value("84.3", "points"), _value("85.4", "points"), "different"),
        (_value("0.7", "fraction"), _value("0.742", "fraction"), "close"),
        (_value("0.70", "fraction"), _value("0.742", "fraction"), "different"),
        (_value("200.0", "other"), _value("201.5", "other"), "close"),
        (_value("20.0", "other"), _value("20.5", "other"), "different"),
    ],
)
def test_relations_follow_the_documented_tolerance(one, other, expected):
    """Ways of writing do not matter; one point, or the coarser number's rounding, is close; all else is different."""
    assert relation(one, other) == expected
    assert relation(other, one) == expected


@given(st.integers(2, 99), st.integers(0, 9))
def test_a_number_is_the_same_in_every_unit(whole, tenth):
    """Points, per cent and a fraction of one number are the same."""
    text = f"{whole}.{tenth}"
    fraction = _value(f"{float(text) / 100:.3f}", "fraction")
    assert relation(_value(text, "points"), fraction) == "same"
    assert relation(_value(f"{text} %", "percent"), fraction) == "same"


def test_names_of_systems_match_but_for_case_and_marks():
    """Hyphens, blanks and capitals do not matter, digits do, and no name is like no name."""
    assert same_system("mE5-large", "ME5 Large")
    assert not same_system("mE5-large", "mE5-base")
    assert not same_system(None, None)


def test_every_row_but_the_claims_own_is_quoted():
    """What another paper reports stands under the claim, locked to the sentence that states it."""
    other = _paper("other", "Dogs bark. DogNet reaches 0.71 mAP on XQuAD-R.")
    (comparison,) = _compare([_claim(OWN, STATED)], OWN, other)
    head, row = comparison.rows
    assert (comparison.metric, comparison.dataset, comparison.unit) == ("mAP", "XQuAD-R", "fraction")
    assert (head.claim, head.value, head.relation) == (1, 0.843, "same")
    assert (row.claim, row.value, row.relation) == (None, 0.71, "different")
    assert row.quote is not None
    assert other.sections[0].text[row.quote.start : row.quote.end] == row.quote.text
    assert row.quote.text == "DogNet reaches 0.71 mAP on XQuAD-R."
    assert comparison.note == "1 other paper: 1 different."


def test_other_measures_data_sets_and_silent_papers_are_left_out():
    """Without another work that reports the same measure on the same data set there is no comparison."""
    others = (
        _paper("a", "CatNet achieves 84.3 mAP on MLQA-R."),
        _paper("b", "CatNet achieves 84.3 nDCG@10 on XQuAD-R."),
        _paper("c", "XQuAD-R has 11 languages."),
    )
    assert _compare([_claim(OWN, STATED)], OWN, *others) == ()
    assert _compare([Claim(claim_id="C1", text="Cats sleep.")], OWN, *others) == ()


def test_the_claims_own_work_is_no_other_paper():
    """Neither the claim's paper nor another version of it is set beside the claim."""
    own = _paper("own", f"{STATED} Elsewhere DogNet reaches 70.1 mAP on XQuAD-R.", doi="10.5555/1")
    version = _paper(
        "version",
        "CatNet achieves 80.0 mAP on XQuAD-R.",
        title=own.title,
        authors=own.authors,
        doi="10.5555/1",
    )
    assert _compare([_claim(own, STATED)], own, version) == ()


def test_contradictions_come_first():
    """A number of the claim's own system that differs leads its table, and its table leads the others."""
    quiet = "CatNet achieves 50.0 mAP on MLQA-R."
    own = _paper("own", f"{quiet} {STATED}")
    papers = (
        own,
        _paper("a", "DogNet reaches 40.0 mAP on MLQA-R. DogNet reaches 84.0 mAP on XQuAD-R."),
        _paper("b", "CatNet achieves 71.0 mAP on XQuAD-R."),
    )
    disputed, other = _compare([_claim(own, quiet, 1), _claim(own, STATED, 2)], *papers)
    assert (disputed.dataset, other.dataset) == ("XQuAD-R", "MLQA-R")
    assert [row.system for row in disputed.rows] == ["CatNet", "CatNet", "DogNet"]
    assert disputed.note == "2 other papers: 1 close, 1 different. Papers contradict each other on CatNet."


def test_claims_of_two_papers_are_set_beside_each_other():
    """Two examined papers that state one system's result differently stand in one comparison, each as a claim."""
    said = "CatNet reaches 71.0 mAP on XQuAD-R."
    other = _paper("other", said)
    (comparison,) = _compare([_claim(OWN, STATED, 1), _claim(other, said, 2)], OWN, other)
    assert [(row.claim, row.relation) for row in comparison.rows] == [(1, "same"), (2, "different")]


def test_a_claim_of_another_paper_is_what_that_paper_reports():
    """A second paper's claim stands under the first claim, even where neither names its system."""
    one, two = "Its F1 is 72.5 on SciFact.", "It drops from an F1 of 72.5 on SciFact to 52.4 on SciFact-Open."
    papers = (_paper("one", one), _paper("two", two))
    (comparison,) = _compare([_claim(papers[0], one, 1), _claim(papers[1], two, 2)], *papers)
    assert [(row.claim, row.relation) for row in comparison.rows] == [(1, "same"), (2, "same")]
    assert comparison.note == "1 other paper: 1 same."


def test_a_number_is_set_against_its_system_else_against_the_nearest():
    """With two claims on one data set, each other number stands under the one that it is about."""
    second = "DogNet reaches 60.0 mAP on XQuAD-R."
    own = _paper("own", f"{STATED} {second}")
    other = _paper("other", "DogNet reaches 84.3 mAP on XQuAD-R. Some system has a mAP of 0.83 on XQuAD-R.")
    (comparison,) = _compare([_claim(own, STATED, 1), _claim(own, second, 2)], own, other)
    assert [(row.claim, row.text) for row in comparison.rows] == [
        (1, "84.3"),
        (None, "0.83"),
        (2, "60.0"),
        (None, "84.3"),
    ]


def test_a_paper_with_many_numbers_does_not_fill_the_table():
    """At most a few numbers of a paper are shown, the contradiction among them, and the others are counted."""
    sentences = [f"Variant{i}X reaches {30 + 5 * i}.0 mAP on XQuAD-R." for i in range(5)]
    other = _paper("other", " ".join([*sentences, "CatNet achieves 20.5 mAP on XQuAD-R."]))
    (comparison,) = _compare([_claim(OWN, STATED)], OWN, other)
    assert len(comparison.rows) == 1 + MAX_PER_PAPER
    assert comparison.rows[1].system == "CatNet"
    assert "3 more numbers of these papers not shown." in comparison.note


def test_a_claim_that_was_handed_in_has_no_quote():
    """A claim without a paper is compared all the same; only its own row lacks a quote."""
    claim = Claim(claim_id="C1", text=STATED, results=result_values(STATED))
    (comparison,) = _compare([claim], _paper("other", "CatNet achieves 0.843 mAP on XQuAD-R."))
    assert [(row.claim, row.quote is None, row.relation) for row in comparison.rows] == [
        (1, True, "same"),
        (None, False, "same"),
    ]


def test_passages_of_unknown_papers_are_passed_over():
    """A passage of a paper that the report does not hold cannot be cited, so it is not read."""
    stranger = _paper("stranger", "CatNet achieves 12.0 mAP on XQuAD-R.")
    passages = list(split_papers((OWN, stranger), PassageConfig()))
    assert compare_results([_claim(OWN, STATED)], {OWN.paper_id: OWN}, passages) == ()


def test_the_order_of_passages_does_not_matter():
    """The same papers give the same comparisons, in whatever order their passages come."""
    papers = (OWN, *(_paper(f"p{i}", f"CatNet achieves {80 + i}.0 mAP on XQuAD-R.") for i in range(4)))
    by_id = {paper.paper_id: paper for paper in papers}
    passages = list(split_papers(papers, PassageConfig()))
    claims = [_claim(OWN, STATED)]
    assert compare_results(claims, by_id, passages[::-1]) == compare_results(claims, by_id, passages)


def test_a_row_of_a_table_is_compared_like_a_sentence():
    """A number that another paper gives in a table stands beside the claim's, quoted by its row."""
    own = _paper("own", "SPECTER reaches an F1 of 0.84 on SciFact.")
    text = "We compare systems.\n\nTable 1: Results on SciFact.\n| System | F1 |\n|---|---|\n| SPECTER | 0.79 |\n"
    other = _paper("other", text)
    [comparison] = _compare([_claim(own, own.sections[0].text)], own, other)
    row = next(row for row in comparison.rows if row.claim is None)
    assert row.quote is not None
    assert row.quote.text == "| SPECTER | 0.79 |"
    assert row.relation == "different"
