"""BEIR, MIRACL and MTOP: layouts with judgements or intents."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.datasets import load_pairs, load_retrieval_set
from retrieval_core.datasets.beir import load_beir
from retrieval_core.datasets.judged import read_qrels, sample_documents
from retrieval_core.datasets.miracl import load_miracl
from retrieval_core.datasets.mtop import load_mtop, load_mtop_pairs
from retrieval_core.errors import InputError
from retrieval_core.records import Document


def jsonl(path: Path, rows: list[dict]) -> None:
    """Write rows as JSON Lines, packed where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "\n".join(json.dumps(row) for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def text(path: Path, content: str) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def beir(tmp_path):
    """A folder in BEIR's layout."""
    jsonl(
        tmp_path / "corpus.jsonl.gz",
        [
            {
                "_id": "d1",
                "title": "Engines",
                "text": "The analytical engine was designed in London.",
                "metadata": {},
            },
            {"_id": "d2", "title": "", "text": "Looms weave patterns from punched cards."},
            {"_id": 3, "text": "Nobody built the engine in those years."},
        ],
    )
    jsonl(
        tmp_path / "queries.jsonl", [{"_id": f"q{i}", "text": f"Who designed engine {i}?"} for i in range(4)]
    )
    text(
        tmp_path / "qrels" / "test.tsv",
        "query-id\tcorpus-id\tscore\nq0\td1\t2\nq0\t3\t1\nq1\td2\t0\nq9\td1\t1\n",
    )
    text(tmp_path / "qrels" / "train.tsv", "query-id\tcorpus-id\tscore\nq2\td1\t1\nq2\t3\t1\n")
    return tmp_path


def test_beir_sets_hold_the_judged_queries_and_the_whole_corpus(beir):
    """Queries without a relevant document are no part of a split; grades are kept."""
    dataset = load_retrieval_set(beir, "beir")
    assert [q.query_id for q in dataset.queries] == ["q0"]
    assert [(d.doc_id, d.title) for d in dataset.documents] == [("d1", "Engines"), ("d2", None), ("3", None)]
    assert [(q.query_id, q.doc_id, q.relevance) for q in dataset.qrels] == [("q0", "d1", 2), ("q0", "3", 1)]
    assert {d.language for d in dataset.documents} == {"en"}
    assert load_beir(beir, language="de").queries[0].language == "de"


def test_beir_pairs_come_from_the_training_split(beir):
    """Title and text are the passage; a query's two passages are no negatives of each other."""
    first, second = load_pairs(beir)
    assert first.passage == "Engines\nThe analytical engine was designed in London."
    assert first.parallel_id == second.parallel_id
    assert first.pair_id != second.pair_id


def test_beir_faults_name_what_is_missing(beir):
    """A missing split, a corpus with a part missing, a bad judgement: each says which."""
    with pytest.raises(InputError, match=r"no qrels/dev\.tsv; the splits there: test, train"):
        load_beir(beir, "dev")
    text(beir / "qrels" / "test.tsv", "q0\td1\t1\nq0\tgone\t1\n")
    with pytest.raises(InputError, match=r"1 relevant documents are not in the corpus \(gone"):
        load_beir(beir)
    text(beir / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore\nq0\td1\thigh\nq0\n")
    with pytest.raises(InputError, match=r"line 2: 'high' is no whole number\n.*line 3: 1 fields"):
        load_beir(beir)
    text(beir / "qrels" / "test.tsv", "q7\td1\t1\n")
    with pytest.raises(InputError, match="no query has a relevant document"):
        load_beir(beir)
    (beir / "queries.jsonl").unlink()
    with pytest.raises(InputError, match=r"holds no queries\.jsonl"):
        load_beir(beir)


def test_a_repeated_document_is_refused(beir):
    """One id for two documents would give one of them the other's judgement."""
    jsonl(
        beir / "corpus.jsonl.gz", [{"_id": "d1", "text": "The engine."}, {"_id": "d1", "text": "The loom."}]
    )
    with pytest.raises(InputError, match="doc_id 'd1' stands twice"):
        load_beir(beir)


def test_qrels_of_trec_and_beir_are_read_alike(tmp_path):
    """Four columns or three, tabs or blanks, header or none; an id may hold a blank where tabs divide."""
    trec = read_qrels(text(tmp_path / "a", "q1 0 d1 1\nq1 Q0 d2 -1\n"))
    beir = read_qrels(text(tmp_path / "b", "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t-1\n"))
    assert trec == beir
    assert read_qrels(text(tmp_path / "c", "q 1\td 1\t1\n"))[0].doc_id == "d 1"


@pytest.fixture
def miracl(tmp_path):
    """Two languages in MIRACL's layout, the corpora in two parts."""
    for language, query, passage in (
        ("sw", "Nani aliandika kitabu?", "Kitabu kiliandikwa na Ada."),
        ("fi", "Kuka kirjoitti kirjan?", "Kirjan kirjoitti Ada."),
    ):
        home = tmp_path / f"miracl-v1.0-{language}"
        for split in ("train", "dev"):
            text(
                home / "topics" / f"topics.miracl-v1.0-{language}-{split}.tsv",
                f"7\t{query}\n8\tno judgement\n",
            )
            text(
                home / "qrels" / f"qrels.miracl-v1.0-{language}-{split}.tsv", "7\tQ0\t1#0\t1\n7\tQ0\t1#1\t0\n"
            )
        rows = [
            {"docid": f"{i // 2}#{i % 2}", "title": "Kitabu", "text": f"{passage} {i}"} for i in range(12)
        ]
        jsonl(tmp_path / f"miracl-corpus-v1.0-{language}" / "docs-0.jsonl.gz", rows[:6])
        jsonl(tmp_path / f"miracl-corpus-v1.0-{language}" / "docs-1.jsonl.gz", rows[6:])
    return tmp_path


def test_miracl_languages_do_not_mix(miracl):
    """The same ids in two languages stay apart, all parts of a corpus are read."""
    dataset = load_retrieval_set(miracl, "miracl")
    assert [q.query_id for q in dataset.queries] == ["fi:7", "sw:7"]
    assert len(dataset.documents) == 24
    assert {(q.query_id, q.doc_id) for q in dataset.qrels if q.relevance} == {
        ("fi:7", "fi:1#0"),
        ("sw:7", "sw:1#0"),
    }
    assert {q.language for q in load_miracl(miracl, languages=["fi"]).queries} == {"fi"}


def test_miracl_pairs_are_the_positives(miracl):
    """A query and each passage judged relevant, with its title."""
    pairs = load_pairs(miracl)
    assert [(p.passage_id, p.passage) for p in pairs] == [
        ("fi:1#0", "Kitabu\nKirjan kirjoitti Ada. 2"),
        ("sw:1#0", "Kitabu\nKitabu kiliandikwa na Ada. 2"),
    ]


def test_miracl_can_be_sampled(miracl):
    """A sample keeps what is judged and depends on the seed alone."""
    small = load_miracl(miracl, documents_per_language=4, seed=1)
    assert len(small.documents) == 8
    assert {"fi:1#0", "fi:1#1"} <= {d.doc_id for d in small.documents}
    assert small == load_miracl(miracl, documents_per_language=4, seed=1)
    assert small != load_miracl(miracl, documents_per_language=4, seed=2)


def test_miracl_faults_name_the_file(miracl):
    """A language that is not there, a damaged line of the corpus, judgements that are missing."""
    with pytest.raises(InputError, match=r"split 'dev' in de \(languages there: fi, sw\)"):
        load_miracl(miracl, languages=["de"])
    jsonl(miracl / "miracl-corpus-v1.0-fi" / "docs-1.jsonl.gz", [{"docid": 5, "text": "x"}])
    with pytest.raises(InputError, match=r"docs-1\.jsonl\.gz, line 1: docid"):
        load_miracl(miracl)
    (miracl / "miracl-v1.0-fi" / "qrels" / "qrels.miracl-v1.0-fi-dev.tsv").unlink()
    with pytest.raises(InputError, match=r"no qrels\.miracl-v1\.0-fi-dev\.tsv"):
        load_miracl(miracl)


@settings(max_examples=50)
@given(
    n=st.integers(0, 30),
    judged=st.frozensets(st.integers(0, 29)),
    limit=st.integers(0, 40),
    order=st.randoms(),
)
def test_samples_do_not_depend_on_the_order(n, judged, limit, order):
    """Any order of the corpus gives the same documents, judged ones first, as many as the limit allows."""
    documents = [Document(doc_id=str(i), text="t") for i in range(n)]
    wanted = frozenset(map(str, judged))
    once = {d.doc_id for d in sample_documents(documents, wanted, limit, seed=0)}
    order.shuffle(documents)
    assert once == {d.doc_id for d in sample_documents(documents, wanted, limit, seed=0)}
    present = {i for i in wanted if int(i) < n}
    assert present <= once
    assert len(once) == max(len(present), min(limit, n))


def mtop_line(number, intent, words, locale):
    """A line of MTOP."""
    return "\t".join([str(number), intent, "", words, "alarm", locale, f"[{intent} ]", '{"tokens": []}'])


@pytest.fixture
def mtop(tmp_path):
    """Two languages in MTOP's layout: six alarms with the same ids, and one song."""
    for language, alarm, song in (("en", "wake me at", "play song"), ("de", "weck mich um", "spiel Lied")):
        for split in ("train", "eval", "test"):
            lines = [mtop_line(i, "IN:CREATE_ALARM", f"{alarm} {i}", f"{language}_XX") for i in range(6)]
            lines += [mtop_line(9, "IN:PLAY_MUSIC", f"{song} {split}", f"{language}_XX")]
            text(tmp_path / language / f"{split}.txt", "\n".join(lines) + "\n")
    return tmp_path


def test_mtop_pairs_share_the_intent_and_prefer_translations(mtop):
    """Within a language another utterance of the intent, across languages the one of the same id."""
    pairs = load_pairs(mtop)
    by_text = {}
    for pair in pairs:
        by_text.setdefault(pair.question, []).append(pair)
    alarm = by_text["wake me at 3"]
    assert [p.cross_lingual for p in alarm] == [False, True]
    assert alarm[0].passage.startswith("wake me at")
    assert alarm[0].passage != alarm[0].question
    assert alarm[1].passage == "weck mich um 3"
    assert {p.parallel_id for p in alarm} == {"IN:CREATE_ALARM"}
    assert [p.cross_lingual for p in by_text["play song train"]] == [True]  # the only one of its intent there
    assert len({p.pair_id for p in pairs}) == len(pairs)
    assert pairs == load_mtop_pairs(mtop)
    assert not any(p.cross_lingual for p in load_mtop_pairs(mtop, languages=["de"]))


def test_mtop_sets_never_find_the_query_itself(mtop):
    """Queries are of the test split, documents of the eval split; relevant are those of the intent, in any language."""
    dataset = load_retrieval_set(mtop, "mtop")
    documents = {d.doc_id: d for d in dataset.documents}
    assert not {q.query_id for q in dataset.queries} & documents.keys()
    song = next(q for q in dataset.queries if q.text == "play song test")
    found = [documents[q.doc_id].text for q in dataset.qrels if q.query_id == song.query_id]
    assert sorted(found) == ["play song eval", "spiel Lied eval"]
    few = load_mtop(mtop, per_intent=2)
    assert (len(few.queries), len(few.documents)) == (6, 6)


def test_mtop_faults_are_named_by_line(mtop):
    """Another number of columns, an intent that is none, a language that is not there."""
    path = text(mtop / "en" / "train.txt", "1\tIN:A\n" + mtop_line(2, "alarm", "w", "en_XX") + "\n")
    with pytest.raises(InputError, match=r"line 1: 2 columns instead of 8\n.*line 2: no id, no intent"):
        load_pairs(path, "mtop")
    with pytest.raises(InputError, match=r"holds no LANG/test\.txt"):
        load_mtop(mtop / "en")
    with pytest.raises(InputError, match="has no fr; the languages there: de, en"):
        load_mtop(mtop, languages=["fr"])
