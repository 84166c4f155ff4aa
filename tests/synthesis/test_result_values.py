"""Results read from sentences and tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.records import ResultValue
from synthesis.result_datasets import datasets_in
from synthesis.result_metrics import metrics_in
from synthesis.result_tables import table_values
from synthesis.result_values import comparable, normalised, result_values

LABELLED = Path(__file__).parent / "fixtures" / "results" / "arxiv_sentences.jsonl"


def _read(sentence):
    return [(r.metric, r.dataset, r.text) for r in result_values(sentence)]


@pytest.mark.parametrize(
    ("sentence", "results"),
    [
        ("CatNet achieves 84.3 mAP on XQuAD-R.", [("mAP", "XQuAD-R", "84.3")]),
        ("It reaches an F1 of 0.72 on SQuAD 2.0.", [("F1", "SQuAD 2.0", "0.72")]),
        ("CatNet improves BLEU by 1.2 points to 34.1 on WMT14 En-De.", [("BLEU", "WMT14 En-De", "34.1")]),
        ("CatNet outperforms DogNet by 3.2 % on MIRACL (nDCG@10).", []),
        ("CatNet scores 51.2 on MIRACL (nDCG@10).", [("nDCG@10", "MIRACL", "51.2")]),
        (
            "We raise accuracy from 71.2\\% to 80.4\\% on the BIRD benchmark.",
            [("accuracy", "BIRD", "80.4 %")],
        ),
        (
            "It reaches 0.72 F1 and 0.65 EM on SQuAD.",
            [("F1", "SQuAD", "0.72"), ("EM", "SQuAD", "0.65")],
        ),
        (
            "Accuracies of 91.2% and 88.0% on SNLI and MultiNLI, respectively, are reached.",
            [("accuracy", "SNLI", "91.2 %"), ("accuracy", "MultiNLI", "88.0 %")],
        ),
        ("CatNet reaches 81.0 F1 on SNLI and MultiNLI.", [("F1", None, "81.0")]),
        ("On MIRACL, CatNet has a Recall@100 of 0.91.", [("recall@100", "MIRACL", "0.91")]),
        ("GPT-4 reaches 80.1% accuracy on Llama-3 prompts.", [("accuracy", None, "80.1 %")]),
        ("CatNet, trained on MIRACL, reaches 80.1% accuracy.", [("accuracy", None, "80.1 %")]),
        ("Perplexity drops to 12.5 on WikiText-103.", [("perplexity", "WikiText-103", "12.5")]),
        ("It stays under 20% accuracy on SNLI with 3 layers.", []),
        ("It improves accuracy 5% on SNLI.", []),
        ("It yields a 5% accuracy gain on SNLI.", []),
        ("In 2020, F1 was used on 5 datasets by 12 teams.", []),
    ],
)
def test_results_are_read_where_nothing_else_can_be_meant(sentence, results):
    """Values with measure and data set; differences, bounds and counts are left out."""
    assert _read(sentence) == results


@pytest.mark.parametrize("part", ["development", "held out"])
def test_precision_on_labelled_sentences(part):
    """On 60 + 60 hand-labelled sentences of arXiv abstracts (CC0), what is read is right, data set included.

    The rules were made on the first 60; on the others, before anything was mended, precision was 0.91 and recall 0.68.
    """
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    right = read = labelled = 0
    for row in (r for r in rows if r["part"] == part):
        wanted = [(r["metric"], r["dataset"], float(r["text"])) for r in row["results"]]
        found = [(r.metric, r.dataset, r.value) for r in result_values(row["sentence"])]
        right += sum(wanted.count(one) >= 1 for one in found)
        read, labelled = read + len(found), labelled + len(wanted)
    assert right / read >= 0.9
    assert right / labelled >= 0.65


def test_values_are_comparable_however_they_are_written():
    """84.3, 84.3 % and 0.843 are one value; another data set or measure is not compared."""
    three = [
        result_values(f"CatNet reaches {form} on {name}.")[0]
        for form, name in (
            ("84.3 mAP", "XQuAD-R"),
            ("84.3% mAP", "XQuAD-R"),
            ("a MAP of 0.843", "the XQuADR dataset"),
        )
    ]
    assert [normalised(r) for r in three] == pytest.approx([0.843] * 3)
    assert all(comparable(three[0], r) for r in three)
    assert not comparable(three[0], three[0].model_copy(update={"dataset": None}))
    assert not comparable(three[0], three[0].model_copy(update={"dataset": "MIRACL"}))
    assert not comparable(three[0], three[0].model_copy(update={"metric": "MRR"}))


def test_task_and_system_are_told_by_the_sentence_or_its_title():
    """The subject of the verb is the system; the title may name the task."""
    (result,) = result_values(
        "CatNet reaches 84.3 mAP on XQuAD-R.", context="CatNet: Question Answering at Scale"
    )
    assert (result.system, result.task) == ("CatNet", "question answering")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "F1 accuracy of on SQuAD 0.5 84.3 % and , ( ) by to from is 12 MIRACL $ \\ +".split()
        ),
        max_size=25,
    )
)
def test_every_value_stands_in_its_sentence(words):
    """No number, measure or data set comes from elsewhere, and units fit their values."""
    sentence = " ".join(words)
    for result in result_values(sentence):
        assert result.text.removesuffix(" %") in sentence
        assert result.dataset is None or result.dataset in sentence
        assert result.metric.split("@")[0] in {m.metric.name.split("@")[0] for m in metrics_in(sentence)}
        assert 0 <= normalised(result) <= 1


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text):
    """No text breaks the reading."""
    assert all(isinstance(r, ResultValue) for r in result_values(text, context=text))
    assert isinstance(datasets_in(text), list)


def _cells(values):
    return [(r.system, r.metric, r.dataset, r.text) for r in values]


def test_a_table_with_a_column_a_measure():
    """Heads with a data set and a measure; mark-up, deviations and bold are passed over."""
    values = table_values(
        ["Model", "#Params", "SQuAD F1", "SQuAD EM"],
        [["CatNet", "110", "[BOLD] 84.3", "71.0 ± 0.2"], ["DogNet", "340", "**80.1%**", "–"]],
        "Table 1: Results.",
    )
    assert _cells(values) == [
        ("CatNet", "F1", "SQuAD", "84.3"),
        ("CatNet", "EM", "SQuAD", "71.0"),
        ("DogNet", "F1", "SQuAD", "80.1 %"),
    ]


def test_a_table_with_a_column_a_data_set():
    """The caption's one measure holds for columns that bear a data set's name, where rows are systems."""
    columns, rows = ["Model", "XQuAD-R", "MLQA-R", "Avg."], [["CatNet", "0.61", "0.55", "0.58"]]
    assert _cells(table_values(columns, rows, "mAP of all models.")) == [
        ("CatNet", "mAP", "XQuAD-R", "0.61"),
        ("CatNet", "mAP", "MLQA-R", "0.55"),
    ]
    assert table_values(columns, rows, "mAP and recall of all models.") == ()
    assert table_values(["Language", *columns[1:]], [["Thai", "0.61", "0.55", "0.58"]], "mAP.") == ()


def test_a_table_with_a_row_a_measure():
    """Rows that name measures give each column its system."""
    values = table_values(
        ["Metric", "CatNet", "DogNet"], [["F1", "84.3", "80.1"], ["Time", "3", "4"]], "On SQuAD."
    )
    assert [(r.system, r.metric, r.text) for r in values] == [
        ("CatNet", "F1", "84.3"),
        ("DogNet", "F1", "80.1"),
    ]


def test_a_second_line_of_heads_is_joined_to_the_first():
    """The first row may hold the measures."""
    values = table_values(
        ["Model", "SQuAD", "SQuAD"], [["", "EM", "F1"], ["CatNet", "71.0", "84.3"]], "Results."
    )
    assert _cells(values) == [("CatNet", "EM", "SQuAD", "71.0"), ("CatNet", "F1", "SQuAD", "84.3")]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(max_size=12), max_size=5),
    st.lists(st.lists(st.sampled_from(["F1", "0.5", "84", "x", "", "SQuAD"]), max_size=6), max_size=5),
    st.text(max_size=40),
)
def test_any_table_is_read(columns, rows, caption):
    """Ragged, empty and odd tables give results or none, never an error."""
    assert isinstance(table_values(columns, rows, caption), tuple)
