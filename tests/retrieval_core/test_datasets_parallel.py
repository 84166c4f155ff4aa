"""Parallel text, the division of pairs, and the check against evaluation sets."""

import json
import lzma
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core.datasets import load_pairs
from retrieval_core.datasets.lareqa import load_lareqa
from retrieval_core.datasets.leakage import check_leakage, normalised, shingles
from retrieval_core.datasets.parallel import ParallelConfig, load_parallel
from retrieval_core.datasets.splits import components, split_pairs
from retrieval_core.errors import InputError
from retrieval_core.records import Document, QAPair, Query, RetrievalSet

DATA = Path(__file__).parents[2].parent / "shared" / "data"
LONG = {
    "en": "Open the panel and choose the network that you want to join.",
    "de": "Öffnen Sie die Leiste und wählen Sie das gewünschte Netz.",
    "fr": "Ouvrez le panneau et choisissez le réseau à rejoindre.",
}
HEAD = {"en": "Getting online", "de": "Ins Internet gehen", "fr": "Se connecter"}


def rows_file(folder: Path, rows: list[dict]) -> Path:
    """The rows as a packed file."""
    path = folder / "rows.jsonl.xz"
    path.write_bytes(lzma.compress("\n".join(map(json.dumps, rows)).encode(), preset=0))
    return path


def many(n: int) -> list[dict]:
    """Rows of three languages, each under its own heading."""
    return [
        {"t": {k: f"{v} ({i})" for k, v in LONG.items()}, "head": {k: f"{v} {i}" for k, v in HEAD.items()}}
        for i in range(n)
    ]


def pair(i, passage="", question="", parallel=None, passage_id=None):
    """A pair that differs from the others in what is given."""
    return QAPair(
        pair_id=str(i),
        question=question or f"question {i}",
        passage=passage or f"passage {i}",
        question_language="en",
        passage_language="en",
        passage_id=passage_id or f"p{i}",
        parallel_id=parallel,
    )


def test_rows_become_translation_and_heading_pairs(tmp_path):
    """So many of each kind a row as asked for, all combinations where there are fewer."""
    path = rows_file(tmp_path, many(1))
    config = ParallelConfig(translations_per_row=99, headings_per_row=99, same_language_share=0.5, seed=3)
    pairs = load_parallel(path, config).pairs
    headings = [p for p in pairs if p.question.endswith(" 0") and "(" not in p.question]
    translations = [p for p in pairs if p not in headings]
    combos = {(a, b) for a in LONG for b in LONG if a != b}
    assert {(p.question_language, p.passage_language) for p in translations} == combos
    assert len(translations) == 6
    assert Counter(p.cross_lingual for p in headings) == {False: 3, True: 6}
    few = load_parallel(path, ParallelConfig(translations_per_row=1, headings_per_row=0)).pairs
    assert len(few) == 1
    assert load_pairs(path) == load_parallel(path).pairs


def test_only_the_languages_asked_for(tmp_path):
    """``languages`` bounds both sides of every pair."""
    pairs = load_parallel(rows_file(tmp_path, many(20)), ParallelConfig(languages=("de", "en"))).pairs
    assert {p.question_language for p in pairs} | {p.passage_language for p in pairs} == {"de", "en"}


def test_a_row_chooses_by_itself(tmp_path):
    """The same seed gives the same pairs, another seed others, and a further row changes none before it."""
    rows = many(30)
    first = load_parallel(rows_file(tmp_path, rows)).pairs
    assert first == load_parallel(rows_file(tmp_path, rows)).pairs
    for other in ({"headings_per_row": 0}, {"translations_per_row": 0}):
        seeded = [
            load_parallel(rows_file(tmp_path, rows), ParallelConfig(seed=s, **other)).pairs for s in (0, 1)
        ]
        assert seeded[0] != seeded[1]
    longer = load_parallel(rows_file(tmp_path, [*rows, *many(1)])).pairs
    assert [p for p in longer if not p.pair_id.startswith("rows-31:")] == list(first)


def test_what_teaches_nothing_is_left_out_and_counted(tmp_path):
    """Untranslated texts, headings that stand in their text, texts too short, headings over everything."""
    rows = [
        {"t": {"en": "Same text here", "de": "same  Text HERE"}},
        {"t": {"en": "x", "de": "Ein Satz."}},
        {"t": {"en": LONG["en"]}, "head": {"en": "the network"}},
    ]
    rows += [{"t": {"en": f"{LONG['en']} {i}"}, "head": {"en": "Note"}} for i in range(25)]
    config = ParallelConfig(same_language_share=1.0)
    found = load_parallel(rows_file(tmp_path, rows), config)
    assert found.pairs == ()
    assert found.dropped == {
        "heading over too many rows": 25,
        "heading stands in its text": 1,
        "text not translated": 2,
        "text too short or too long": 1,
    }


def test_rows_under_one_heading_are_no_negatives(tmp_path):
    """Paragraphs of one section share the heading's group, translations the row's."""
    rows = [{"t": {k: f"{v} {i}" for k, v in LONG.items()}, "head": HEAD} for i in range(2)]
    pairs = load_parallel(rows_file(tmp_path, rows)).pairs
    groups = {p.parallel_id for p in pairs if p.question in HEAD.values()}
    assert len(groups) == 1
    assert {p.parallel_id for p in pairs} - groups == {"rows-1", "rows-2"}


def test_bad_rows_are_listed(tmp_path):
    """A text that is none and a language that is none are named by line."""
    path = rows_file(tmp_path, [{"t": {"en": "a"}}, {"t": {"en": 5}}, {"t": {"English": "a"}}])
    with pytest.raises(InputError, match=r"line 2: t\.en: .*\n.*line 3: t: .*no language code"):
        load_parallel(path)


@pytest.mark.data
def test_parallel_rows_at_hand_load():
    """Every pair of the course translations is of two languages and has an id of its own."""
    path = DATA / "parallel" / "misc.jsonl.xz"
    if not path.is_file():
        pytest.skip("needs ../shared/data/parallel")
    pairs = load_pairs(path)
    assert len({p.pair_id for p in pairs}) == len(pairs) > 10_000
    assert all(p.cross_lingual for p in pairs)


KEYS = st.sampled_from(["a", "b", "c", "d", "e#0", "e#1"])
PAIRS = st.lists(st.tuples(st.none() | KEYS, KEYS, st.integers(0, 20)), max_size=40).map(
    lambda rows: [pair(i, f"text {text}", "", parallel, key) for i, (parallel, key, text) in enumerate(rows)]
)


@settings(max_examples=50)
@given(pairs=PAIRS, seed=st.integers(0, 5), shares=st.sampled_from([(0.1, 0.1), (0.5, 0.4), (0.0, 0.0)]))
def test_splits_share_no_passage(pairs, seed, shares):
    """Each pair is in one part; no passage, text or parallel id is in two."""
    splits = split_pairs(pairs, seed=seed, development=shares[0], test=shares[1])
    parts = (splits.train, splits.development, splits.test)
    assert sorted(p.pair_id for part in parts for p in part) == sorted(p.pair_id for p in pairs)
    for of in (lambda p: p.passage, lambda p: p.passage_id.split("#")[0], lambda p: p.parallel_id):
        held = [{of(p) for p in part} - {None} for part in parts]
        assert all(a.isdisjoint(b) for a, b in combinations(held, 2))


@settings(max_examples=30)
@given(pairs=PAIRS, order=st.randoms())
def test_components_do_not_depend_on_the_order(pairs, order):
    """A component has one name, in whatever order its pairs come."""
    names = dict(zip((p.pair_id for p in pairs), components(pairs), strict=True))
    order.shuffle(pairs)
    assert names == dict(zip((p.pair_id for p in pairs), components(pairs), strict=True))


def test_splits_keep_their_shares_and_their_pairs():
    """Shares are met on average, and more data moves no pair to another part."""
    pairs = [pair(i) for i in range(3000)]
    splits = split_pairs(pairs[:2000], seed=7, development=0.1, test=0.2)
    assert 150 < len(splits.development) < 250
    assert 330 < len(splits.test) < 470
    more = split_pairs(pairs, seed=7, development=0.1, test=0.2)
    assert set(splits.test) <= set(more.test)
    assert set(splits.train) <= set(more.train)
    with pytest.raises(InputError, match="less than 1"):
        split_pairs(pairs, seed=0, development=0.5, test=0.5)


def evaluation(*texts: str) -> RetrievalSet:
    """A set of these documents and one question."""
    documents = tuple(Document(doc_id=f"d{i}", text=text) for i, text in enumerate(texts))
    return RetrievalSet(
        name="set", queries=(Query(query_id="q", text="Who built it?"),), documents=documents, qrels=()
    )


SENTENCE = "The analytical engine was designed in London by Charles Babbage."


def test_leaks_are_found_and_the_rest_kept():
    """Exact but for case and punctuation, nearly the same, inside a paragraph; others pass."""
    near = SENTENCE.replace("designed", "designs")
    pairs = [
        pair(0, passage="the ANALYTICAL engine was designed in London — by Charles Babbage"),
        pair(1, passage=near),
        pair(2, passage=f"Nothing here is known from elsewhere. {SENTENCE} Nor is this."),
        pair(3, question="who built it"),
        pair(4, passage="The difference engine was built in Stockholm by the Scheutz family."),
    ]
    report = check_leakage(pairs, [evaluation(SENTENCE)])
    assert [(leak.pair_id, leak.kind) for leak in report.leaks] == [
        ("0", "passage"), ("1", "passage"), ("2", "sentence"), ("3", "question"),
    ]  # fmt: skip
    assert [leak.similarity == 1 for leak in report.leaks] == [True, False, True, True]
    assert report.leaks[0].evaluation_id == "set document d0"
    assert [p.pair_id for p in report.clean] == ["4"]
    assert report.checked == 5
    with pytest.raises(InputError, match="threshold is 0"):
        check_leakage(pairs, [], threshold=0)


WORDS = st.lists(st.sampled_from("ab abc c d ef efg 本日 は 晴 hi".split()), min_size=1, max_size=12).map(
    "".join
)


@settings(max_examples=100)
@given(
    text=WORDS,
    others=st.lists(WORDS, min_size=1, max_size=8),
    threshold=st.sampled_from([0.3, 0.5, 0.8, 1.0]),
)
def test_the_search_misses_nothing(text, others, threshold):
    """A text leaks exactly if its Jaccard similarity to some evaluation text reaches the threshold."""
    best = max(
        len(shingles(normalised(text)) & shingles(normalised(other)))
        / len(shingles(normalised(text)) | shingles(normalised(other)))
        for other in [*others, "Who built it?"]
    )
    report = check_leakage(
        [pair(0, question=text, passage="0000000000")], [evaluation(*others)], threshold=threshold
    )
    found = [leak.similarity for leak in report.leaks if leak.kind == "question"]
    assert found == ([pytest.approx(best)] if best >= threshold else [])


@pytest.mark.parametrize("threshold", [0.5, 0.8])
def test_the_search_is_exact_at_its_threshold(threshold):
    """Texts cut or changed step by step leak until their similarity falls below the threshold, and not beyond."""
    signs = "".join(map(chr, range(0x400, 0x42F))).casefold()
    checked = set()
    for length in (8, 13, 24, 29):
        base = signs[:length]
        variants = [base[:end] for end in range(5, length)] + [base[start:] for start in range(length - 5)]
        variants += [base + "x" * extra for extra in range(1, 12)]
        variants += [f"{base[:i]}x{base[i + 1 :]}" for i in range(length)]
        pairs = [pair(i, question=text, passage="0000000000") for i, text in enumerate(variants)]
        report = check_leakage(pairs, [evaluation(base)], threshold=threshold)
        own = shingles(base)
        similar = {i: len(own & shingles(v)) / len(own | shingles(v)) for i, v in enumerate(variants)}
        assert {int(leak.pair_id) for leak in report.leaks} == {i for i in similar if similar[i] >= threshold}
        checked |= {similar[i] for i in similar}
    assert threshold in checked


@pytest.mark.data
def test_training_questions_are_not_of_xquad_r():
    """None of the Arabic training questions or passages is in XQuAD-R, and XQuAD-R's own pairs all are."""
    if not (DATA / "xquad-r").is_dir():
        pytest.skip("needs ../shared/data")
    arabic = load_lareqa(DATA / "xquad-r", "xquad-r", languages=["ar"])
    assert check_leakage(load_pairs(DATA / "qa" / "arcd_ar.jsonl.gz"), [arabic]).leaks == ()
    own = load_pairs(DATA / "xquad-r" / "ar.json", "squad")[:100]
    assert check_leakage(own, [arabic]).clean == ()
