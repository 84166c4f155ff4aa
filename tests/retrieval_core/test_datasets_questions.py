"""SQuAD form, LAReQA and JSON Lines: questions on contexts as pairs and as retrieval sets."""

import gzip
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.datasets import load_pairs, load_retrieval_set
from retrieval_core.datasets.jsonl import read_qa
from retrieval_core.datasets.languages import detect_language, detect_pair, language_code, language_of_name
from retrieval_core.datasets.sentences import sentence_spans
from retrieval_core.errors import InputError

DATA = Path(__file__).parents[2].parent / "shared" / "data"

EN = "Ada wrote notes. They explain the engine. It was never built."
DE = "Ada schrieb Notizen. Sie erklären die Maschine. Gebaut wurde sie nie."
LAREQA_SIZES = {  # candidates by language, as published with XQuAD-R
    "ar": 1222, "de": 1276, "el": 1234, "en": 1180, "es": 1215, "hi": 1244, "ru": 1219, "th": 852, "tr": 1167,
    "vi": 1209, "zh": 1196,
}  # fmt: skip


def squad(context: str, *questions: tuple[str, str, str], breaks: list | None = None) -> dict:
    """A file of one paragraph; questions are (id, question, answer)."""
    qas = [
        {"id": i, "question": q, "answers": [{"text": a, "answer_start": context.index(a)}]}
        for i, q, a in questions
    ]
    paragraph = {"context": context, "qas": qas}
    if breaks is not None:
        paragraph["sentence_breaks"] = breaks
    return {"version": "1.1", "data": [{"title": "t", "paragraphs": [paragraph]}]}


def saved(path: Path, content: dict | list) -> Path:
    """A JSON file, or JSON Lines for a list."""
    path.write_text(
        json.dumps(content) if isinstance(content, dict) else "\n".join(map(json.dumps, content)),
        encoding="utf-8",
    )
    return path


def breaks_of(text: str) -> list[list[int]]:
    """The sentences of a text as LAReQA marks them."""
    return [list(span) for span in sentence_spans(text, "en")]


def lareqa_folder(folder: Path) -> Path:
    """Two languages, of which German lacks a question."""
    saved(
        folder / "en.json",
        squad(
            EN, ("q1", "What do the notes explain?", "engine"), ("q2", "Who?", "Ada"), breaks=breaks_of(EN)
        ),
    )
    saved(
        folder / "de.json", squad(DE, ("q1", "Was erklären die Notizen?", "Maschine"), breaks=breaks_of(DE))
    )
    return folder


def test_the_passage_is_the_sentence_or_the_paragraph(tmp_path):
    """The sentence that holds the answer's start, or the whole context, as asked for."""
    path = saved(tmp_path / "squad.en.json", squad(EN, ("q1", "What is explained?", "the engine")))
    (pair,) = load_pairs(path)
    assert pair.passage == "They explain the engine."
    assert (pair.question_language, pair.passage_language, pair.answer) == ("en", "en", "the engine")
    assert load_pairs(path, unit="paragraph")[0].passage == EN


def test_translations_of_a_folder_share_their_id(tmp_path):
    """XQuAD's files, one a language, give pairs that no batch sets against each other."""
    lareqa_folder(tmp_path)
    pairs = {pair.pair_id: pair for pair in load_pairs(tmp_path)}
    assert pairs["en:q1"].parallel_id == pairs["de:q1"].parallel_id != pairs["en:q2"].parallel_id
    assert pairs["en:q1"].passage_id != pairs["en:q2"].passage_id


def test_mlqa_names_give_both_languages(tmp_path):
    """MLQA's cross-lingual files say in their names what the context and the question are in."""
    path = saved(
        tmp_path / "dev-context-de-question-es.json", squad(DE, ("q", "¿Qué explican las notas?", "Maschine"))
    )
    (pair,) = load_pairs(path)
    assert (pair.question_language, pair.passage_language, pair.cross_lingual) == ("es", "de", True)


def test_impossible_questions_are_left_out(tmp_path):
    """SQuAD 2.0's unanswerable questions have no passage to be trained on."""
    content = squad(EN, ("q1", "What is explained?", "engine"))
    content["data"][0]["paragraphs"][0]["qas"].append(
        {"id": "q2", "question": "Why?", "answers": [], "is_impossible": True}
    )
    assert [p.pair_id for p in load_pairs(saved(tmp_path / "en.json", content))] == ["en:q1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"context": 5}, r"data\.0\.paragraphs\.0\.context"),
        ({"sentence_breaks": [[0, 5], [3, 999]]}, "sentence_breaks"),
        ({"sentence_breaks": [[9, 2]]}, "sentence_breaks"),
        (
            {"qas": [{"id": "q", "question": "?", "answers": [{"text": "x", "answer_start": 999}]}]},
            "question q: answer_start 999",
        ),
        ({"qas": [{"id": "q", "question": None}]}, "question"),
    ],
)
def test_faults_of_squad_files_are_named_by_place(tmp_path, change, message):
    """The message says where in the file the fault is."""
    content = squad(EN, ("q1", "What?", "engine"))
    content["data"][0]["paragraphs"][0] |= change
    with pytest.raises(InputError, match=message):
        load_pairs(saved(tmp_path / "en.json", content))


def test_lareqa_sets_hold_every_sentence_and_every_parallel_answer(tmp_path):
    """Candidates are all sentences; relevant is the answer's sentence in each language that has the question."""
    dataset = load_retrieval_set(lareqa_folder(tmp_path), "mlqa-r")
    assert [d.doc_id for d in dataset.documents] == [
        f"{lang}:0-0-{i}" for lang in ("de", "en") for i in range(3)
    ]
    assert {q.query_id for q in dataset.queries} == {"en:q1", "en:q2", "de:q1"}
    relevant = {(qrel.query_id, qrel.doc_id) for qrel in dataset.qrels}
    assert relevant == {
        ("en:q1", "en:0-0-1"), ("en:q1", "de:0-0-1"), ("de:q1", "en:0-0-1"), ("de:q1", "de:0-0-1"), ("en:q2", "en:0-0-0"),
    }  # fmt: skip
    assert dataset.answers["de:q1"] == ("Maschine",)


def test_lareqa_needs_its_own_files(tmp_path):
    """XQuAD without sentence_breaks is told apart from XQuAD-R, and an empty folder from both."""
    with pytest.raises(InputError, match="no language"):
        load_retrieval_set(tmp_path, "xquad-r")
    saved(tmp_path / "en.json", squad(EN, ("q1", "What?", "engine")))
    with pytest.raises(InputError, match="no sentence_breaks"):
        load_retrieval_set(tmp_path, "xquad-r")


@pytest.mark.data
def test_xquad_r_has_its_published_size():
    """13,014 candidates, 13,090 queries with 11 relevant sentences each, and each language its count."""
    if not (DATA / "xquad-r").is_dir():
        pytest.skip("needs ../shared/data/xquad-r")
    dataset = load_retrieval_set(DATA / "xquad-r", "xquad-r")
    assert Counter(d.language for d in dataset.documents) == LAREQA_SIZES
    assert (len(dataset.documents), len(dataset.queries)) == (13_014, 13_090)
    per_query = Counter(qrel.query_id for qrel in dataset.qrels)
    assert set(per_query.values()) == {11}
    assert len(per_query) == 13_090
    texts = {d.doc_id: d.text for d in dataset.documents}
    own = [q for q in dataset.qrels if q.query_id[:2] == "en" and q.doc_id[:2] == "en"]
    held = sum(dataset.answers[q.query_id][0] in texts[q.doc_id] for q in own)
    assert held >= 0.99 * len(own)  # an answer may run over a sentence's end


@pytest.mark.data
def test_question_sets_at_hand_load():
    """The sets of ../shared/data/qa load, each pair's passage holding its answer, save where it runs on."""
    if not (DATA / "qa").is_dir():
        pytest.skip("needs ../shared/data/qa")
    for name in ("arcd_ar", "cmrc2018_zh", "trecqa_en", "persianqa_fa"):
        pairs = load_pairs(DATA / "qa" / f"{name}.jsonl.gz")
        assert len({pair.pair_id for pair in pairs}) == len(pairs) > 600
        answered = [pair for pair in pairs if pair.answer]
        assert sum(pair.answer in pair.passage for pair in answered) >= 0.9 * len(answered)


def test_a_users_rows_become_pairs(tmp_path):
    """Both forms of row, with ids of any kind and languages of any spelling."""
    rows = [
        {"question": "What?", "passage": "An engine.", "lang": "en-GB", "id": 7},
        {"question": "Was?", "context": DE, "answers": [{"text": "nie", "start": DE.index("nie")}], "language": "de"},
        {"question": "Wer?", "context": DE, "answers": [{"text": "Ada", "start": 0}], "question_language": "de", "passage_language": "de"},
    ]  # fmt: skip
    found = read_qa(saved(tmp_path / "mine.jsonl", rows))
    pairs = found.pairs()
    assert [p.passage for p in pairs] == ["An engine.", "Gebaut wurde sie nie.", "Ada schrieb Notizen."]
    assert [p.question_language for p in pairs] == ["en", "de", "de"]
    assert [p.pair_id for p in pairs] == ["mine:7", "mine:row-1", "mine:row-2"]
    assert (found.detected, found.dropped) == (0, {})


def test_bad_lines_are_listed_in_one_error(tmp_path):
    """The first few with number and reason, the others counted, and what was expected."""
    lines = [
        '{"question": "ok", "passage": "ok", "lang": "en"}',
        "{broken",
        '{"question": 5, "passage": "p"}',
        "[]",
    ]
    lines += ['{"question": "q"}', '{"question": "q", "passage": "p", "lang": "english!"}']
    lines += ['{"question": "q", "context": "abc", "answers": [{"text": "x", "start": 99}]}', "7", "8"]
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_pairs(path)
    message = str(caught.value)
    assert "bad.jsonl" in message
    assert "line 1:" not in message
    for part in (
        "line 2: Invalid JSON",
        "line 3: question: Input should be a valid string",
        "line 5: ",
        "line 6: ",
        "and 3 further",
        '"passage"',
    ):
        assert part in message
    assert "needs either passage or context" in message
    assert "no language code" in message


def test_the_list_of_bad_lines_is_bounded(tmp_path):
    """A file of another form is given up early."""
    path = tmp_path / "bad.jsonl"
    path.write_text("x\n" * 10_000, encoding="utf-8")
    with pytest.raises(InputError, match="and 95 or more further lines") as caught:
        load_pairs(path)
    assert len(str(caught.value)) < 1500


def test_stray_blanks_are_dropped_and_many_refused(tmp_path):
    """One blank question in hundreds is left out and counted; one in three is a fault of the export."""
    rows = [{"question": f"q{i}", "passage": "A passage.", "lang": "en"} for i in range(300)]
    rows[5]["question"] = " "
    found = read_qa(saved(tmp_path / "a.jsonl", rows))
    assert (len(found.pairs()), found.dropped) == (299, {"blank question or passage": 1})
    with pytest.raises(InputError, match="line 2: question or passage is blank"):
        read_qa(saved(tmp_path / "b.jsonl", rows[4:7]))


def test_empty_answers_mean_two_things(tmp_path):
    """Beside answered rows they cannot be answered; where no row has answers, the context answers."""
    bare = {"question": "Who?", "context": EN, "answers": [], "lang": "en"}
    answered = bare | {"answers": [{"text": "Ada", "start": 0}]}
    mixed = read_qa(saved(tmp_path / "mixed.jsonl", [bare, answered]))
    assert (len(mixed.questions), mixed.dropped) == (1, {"no answer in its context": 1})
    assert read_qa(saved(tmp_path / "bare.jsonl", [bare])).pairs()[0].passage == EN


def test_ids_of_several_languages_are_parallel(tmp_path):
    """One id in two languages makes translations; a repeated id in one language makes none, and no clash."""
    rows = [
        {"question": "q", "passage": f"passage {i}", "id": "1", "lang": lang}
        for i, lang in enumerate(("en", "de"))
    ]
    first, second = load_pairs(saved(tmp_path / "two.jsonl", rows))
    assert first.parallel_id == second.parallel_id is not None
    assert first.pair_id != second.pair_id
    twins = load_pairs(saved(tmp_path / "twins.jsonl", [rows[0], rows[0] | {"passage": "other"}]))
    assert len({pair.pair_id for pair in twins}) == 2
    assert [pair.parallel_id for pair in twins] == [None, None]


def test_missing_languages_are_detected_and_counted(tmp_path):
    """Question and passage each by itself, across scripts and within one."""
    rows = [
        {"question": "Кто написал первые заметки о вычислительной машине?", "passage": EN},
        {"question": "Wer hat die Notizen über die Maschine geschrieben?", "passage": DE},
        {"question": "42?", "passage": "ホームページで奈良の歴史を読む。"},
        {"question": "Who?", "passage": "Ada.", "lang": "en"},
    ]
    found = read_qa(saved(tmp_path / "a.jsonl", rows))
    assert [(p.question_language, p.passage_language) for p in found.pairs()] == [
        ("ru", "en"), ("de", "de"), ("ja", "ja"), ("en", "en"),
    ]  # fmt: skip
    assert found.detected == 3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The engine was never built.", "en"), ("Die Maschine wurde nie gebaut.", "de"), ("เครื่องจักรไม่เคยถูกสร้าง", "th"),
        ("Машина никогда не была построена.", "ru"), ("Η μηχανή δεν κατασκευάστηκε ποτέ.", "el"), ("这台机器从未建成。", "zh"),
        ("この機械は作られなかった。", "ja"), ("기계는 만들어지지 않았다.", "ko"), ("यह मशीन कभी नहीं बनी।", "hi"), ("لم يتم بناء الآلة أبدا.", "ar"),
        ("این ماشین هرگز ساخته نشد و کسی آن را ندید.", "fa"), ("Makine hiçbir zaman yapılmadı ve kimse onu görmedi.", "tr"), ("123 !?", "und"),
    ],
)  # fmt: skip
def test_languages_are_told_by_script_and_words(text, language):
    """A sentence is enough for the languages that we measure on; digits have no language."""
    assert detect_language(text) == language


def test_a_short_question_follows_its_passage():
    """Two words of the same script are no evidence against a whole passage."""
    assert detect_pair("Ada Lovelace?", DE) == ("de", "de")


def test_language_tags_have_one_spelling():
    """Regions and scripts are left out; what is no tag is refused."""
    assert [language_code(tag) for tag in ("en", "zh-TW", "de_XX", " PT-br ")] == ["en", "zh", "de", "pt"]
    with pytest.raises(ValueError, match="no language code"):
        language_code("deutsch")
    assert [language_of_name(stem) for stem in ("ar", "xquad.ar", "train-en", "dev-v1.1", "iran")] == [
        "ar", "ar", "en", None, None,
    ]  # fmt: skip


def test_pairs_as_a_retrieval_set(tmp_path):
    """All sentences of the contexts are documents, each question finds its sentence, translations count too."""
    rows = [
        {"id": 1, "question": "What?", "context": EN, "answers": [{"text": "engine", "start": EN.index("engine")}], "lang": "en"},
        {"id": 1, "question": "Was?", "context": DE, "answers": [{"text": "Maschine", "start": DE.index("Maschine")}], "lang": "de"},
        {"id": 2, "question": "Who?", "context": EN, "answers": [{"text": "Ada", "start": 0}], "lang": "en"},
    ]  # fmt: skip
    path = saved(tmp_path / "qa.jsonl", rows)
    dataset = load_retrieval_set(path, "pairs")
    assert sorted(d.text for d in dataset.documents) == sorted(
        text[a:b] for text in (EN, DE) for a, b in sentence_spans(text, "en")
    )
    texts = {d.doc_id: d.text for d in dataset.documents}
    found = sorted((qrel.query_id, texts[qrel.doc_id]) for qrel in dataset.qrels)
    engine, maschine = "They explain the engine.", "Sie erklären die Maschine."
    assert found == sorted(
        [
            ("qa:de:1", engine),
            ("qa:de:1", maschine),
            ("qa:en:1", engine),
            ("qa:en:1", maschine),
            ("qa:2", "Ada wrote notes."),
        ]
    )
    assert {d.text for d in load_retrieval_set(path, "pairs", unit="paragraph").documents} == {EN, DE}
    assert dataset.answers["qa:2"] == ("Ada",)


def test_shared_passages_are_one_document(tmp_path):
    """Two questions on one passage give two queries and one document."""
    rows = [{"question": q, "passage": EN, "lang": "en"} for q in ("Who?", "What?")]
    path = tmp_path / "qa.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    dataset = load_retrieval_set(path, "pairs")
    assert (len(dataset.queries), len(dataset.documents)) == (2, 1)
    assert dataset.documents[0].text == EN


@settings(max_examples=50)
@given(
    text=st.text(st.sampled_from("abcÄß 日本กข.。!? \n12I"), max_size=200) | st.text(max_size=200),
    language=st.sampled_from(["en", "de", "tr", "th", "zh", "ja", "hi", "xx"]),
)
def test_sentences_cover_the_text(text, language):
    """Every character that is not blank lies in exactly one sentence, in order."""
    spans = sentence_spans(text, language)
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    inside = "".join(text[a:b] for a, b in spans)
    assert "".join(inside.split()) == "".join(text.split())


def test_sentences_are_not_cut_at_ordinals():
    """A full stop behind a number or numeral ends no sentence where it marks an ordinal."""
    text = "Savaş II. Dünya Savaşı idi. Sonra barış geldi."
    assert [text[a:b] for a, b in sentence_spans(text, "tr")] == [
        "Savaş II. Dünya Savaşı idi.",
        "Sonra barış geldi.",
    ]
