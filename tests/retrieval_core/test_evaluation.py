"""Settings, macro-averages and language bias on cases small enough to work out by hand."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from retrieval_core.errors import InputError
from retrieval_core.evaluation import MEASURES, SETTINGS, EncoderScorer, LexicalScorer, evaluate
from retrieval_core.lexical import SearchIndex
from retrieval_core.records import Document, Qrel, Query, RetrievalSet

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "xquad-r"

TEXTS = {
    "en:a": ("en", "The tower is 330 metres high."),
    "en:b": ("en", "Bread is baked at dawn."),
    "de:a": ("de", "Der Turm ist 330 Meter hoch."),
    "de:b": ("de", "Brot wird früh gebacken."),
}
QUERIES = {
    "en:1": ("How high is the tower?", ["en:a", "de:a"]),
    "en:2": ("When is bread baked?", ["en:b", "de:b"]),
    "de:1": ("Wie hoch ist der Turm?", ["en:a", "de:a"]),
    "de:3": ("Was wird früh gebacken?", ["de:b"]),
}
# Scores of en:a, en:b, de:a, de:b.
SCORES = {"en:1": [4, 3, 1, 2], "en:2": [2, 2, 1, 2], "de:1": [1, 5, 4, 3], "de:3": [1, 2, 3, 4]}


def small_set(**changed) -> RetrievalSet:
    """Two languages; the question de:3 has no English counterpart."""
    fields = {
        "name": "small",
        "queries": tuple(Query(query_id=i, text=text, language=i[:2]) for i, (text, _) in QUERIES.items()),
        "documents": tuple(Document(doc_id=i, text=text, language=lang) for i, (lang, text) in TEXTS.items()),
        "qrels": tuple(
            Qrel(query_id=i, doc_id=d, relevance=1) for i, (_, docs) in QUERIES.items() for d in docs
        ),
        "answers": {"en:1": ("330 metres",), "de:1": ("330 Meter", "330")},
    }
    return RetrievalSet(**{**fields, **changed})


class TableScorer:
    """Scores from the table above."""

    def __init__(self, scores=SCORES) -> None:
        self.scores = scores

    def score(self, queries, documents) -> np.ndarray:
        """(n_queries, n_documents) scores."""
        places = [list(TEXTS).index(document.doc_id) for document in documents]
        return np.array([[self.scores[q.query_id][p] for p in places] for q in queries], dtype=np.float32)


class NgramEncoder:
    """Counts of character trigrams, hashed: crude, but an encoder. Keeps what it was asked for."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def encode_queries(self, texts) -> np.ndarray:
        """(n, 64) unit vectors."""
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            self.seen[text] += 1
            for i in range(len(text) - 2):
                vectors[row, int.from_bytes(text[i : i + 3].lower().encode(), "big") % 61] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    encode_documents = encode_queries


def test_each_setting_by_hand() -> None:
    """Average precisions: a tie counts against us, and each setting's mean is over languages or pairs, not queries."""
    result = evaluate(TableScorer(), small_set())
    # en:1 is first of two; en:2 ties with the wrong one, so second. Both German ones are first.
    assert result.mean("monolingual", language="en") == pytest.approx((1 + 1 / 2) / 2)
    assert result.mean("monolingual", language="de") == 1
    assert result.mean("monolingual") == pytest.approx((0.75 + 1) / 2)
    # en → de: second, first. de → en: second; de:3 has nothing there. A mean over the three queries were 0.667.
    pairs = {(c.query_language, c.document_language): c for c in result.of("cross_lingual")}
    assert pairs["en", "de"].mean("map") == pytest.approx(0.75)
    assert pairs["de", "en"].mean("map") == pytest.approx(0.5)
    assert result.mean("cross_lingual") == pytest.approx(0.625)
    # In the pool the relevant ranks are 1, 4; 2, 3 (one wrong document ties with both); 2, 4; and 1.
    assert result.mean("multilingual", language="en") == pytest.approx(
        ((1 + 2 / 4) / 2 + (1 / 2 + 2 / 3) / 2) / 2
    )
    assert result.mean("multilingual", language="de") == pytest.approx(((1 / 2 + 2 / 4) / 2 + 1) / 2)
    assert result.mean("multilingual") == pytest.approx((2 / 3 + 3 / 4) / 2)
    assert result.mean("multilingual", "mrr") == pytest.approx(((1 + 1 / 2) / 2 + (1 / 2 + 1) / 2) / 2)


def test_language_bias_by_hand() -> None:
    """Rank distances 3 and 1 in English, 2 in German, where the question of one language has none."""
    result = evaluate(TableScorer(), small_set())
    assert result.mean("multilingual", "language_bias", "en") == 2
    assert result.mean("multilingual", "language_bias", "de") == 2
    assert result.mean("multilingual", "language_bias") == 2
    assert result.mean("monolingual", "language_bias") is None
    steeper = evaluate(TableScorer({**SCORES, "en:2": [2, 9, 3, 1]}), small_set())
    assert steeper.mean("multilingual", "language_bias") == pytest.approx(((3 + 3) / 2 + 2) / 2)


def test_left_out_queries_are_counted() -> None:
    """A query without a relevant document in a corpus is no zero there: it is left out, and said to be."""
    result = evaluate(TableScorer(), small_set())
    left_out = {(c.setting, c.query_language, c.document_language): c.left_out for c in result.cells}
    assert left_out.pop(("cross_lingual", "de", "en")) == 1
    assert set(left_out.values()) == {0}
    assert [c.question_ids for c in result.of("multilingual")] == [("1", "3"), ("1", "2")]


def test_answers_of_the_first_document() -> None:
    """Accepted answers are those in the found document's language; questions without answers have no value."""
    result = evaluate(TableScorer(), small_set())
    english = result.of("monolingual", "en")[0]
    f1 = MEASURES.index("answer_f1")
    assert english.values[0, f1] == pytest.approx(2 * 2 / (5 + 2))  # "tower is 330 metres high", "330 metres"
    assert np.isnan(english.values[1, f1])
    assert result.mean("monolingual", "answer_contained", "en") == 1
    # de:1 finds the wrong English sentence; en:1 the wrong German one.
    assert result.mean("cross_lingual", "answer_contained") == 0
    # In the pool en:1 finds the English sentence, de:1 the wrong one.
    assert result.mean("multilingual", "answer_contained") == pytest.approx(0.5)
    # A German sentence is compared with the German answers, which the English ones do not match.
    found = evaluate(TableScorer({**SCORES, "en:1": [1, 2, 4, 3]}), small_set())
    assert found.mean("cross_lingual", "answer_contained", "en") == 1
    assert evaluate(TableScorer(), small_set(answers={})).mean("monolingual", "answer_f1") is None


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by blocks of queries; one query at a time gives the same values."""
    whole = evaluate(TableScorer(), small_set())
    monkeypatch.setattr("retrieval_core.evaluation._BLOCK", 1)
    for one, other in zip(whole.cells, evaluate(TableScorer(), small_set()).cells, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


def test_a_set_of_one_language_has_one_setting() -> None:
    """Where there is one language, the others are not measured; asking only for them is an error."""
    only = {
        "queries": small_set().queries[:2],
        "documents": small_set().documents[:2],
        "qrels": tuple(q for q in small_set().qrels if q.query_id[:2] == q.doc_id[:2] == "en"),
    }
    result = evaluate(TableScorer(), small_set(**only))
    assert [setting for setting in SETTINGS if result.of(setting)] == ["monolingual"]
    assert result.mean("multilingual") is None
    with pytest.raises(InputError, match="several languages"):
        evaluate(TableScorer(), small_set(**only), settings=["cross_lingual"])


def test_documents_without_language_are_one_language() -> None:
    """A set that names no languages is evaluated as one."""
    bare = small_set(
        queries=tuple(q.model_copy(update={"language": None}) for q in small_set().queries),
        documents=tuple(d.model_copy(update={"language": None}) for d in small_set().documents),
    )
    result = evaluate(TableScorer(), bare)
    assert {(c.setting, c.query_language) for c in result.cells} == {("monolingual", "und")}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"qrels": (Qrel(query_id="en:1", doc_id="en:z", relevance=1),)}, "en:z"),
        ({"qrels": (Qrel(query_id="en:1", doc_id="en:a", relevance=1),) * 2}, "twice"),
        ({"queries": small_set().queries[:1] * 2}, "'en:1' twice"),
        ({"documents": small_set().documents[:1] * 2}, "'en:a' twice"),
        ({"qrels": (Qrel(query_id="en:1", doc_id="en:a", relevance=0),)}, "no query has a relevant"),
    ],
)
def test_sets_that_contradict_themselves_are_refused(changed, message: str) -> None:
    """Unknown or repeated ids and sets without a relevant document are errors that name what is wrong."""
    with pytest.raises(InputError, match=re.escape(message)):
        evaluate(TableScorer(), small_set(**changed))


def test_a_scorer_of_another_shape_is_refused() -> None:
    """Scores that are not one a query and document are an error, not a wrong figure."""

    class Short:
        def score(self, queries, documents) -> np.ndarray:
            return np.zeros((len(queries), len(documents) - 1), dtype=np.float32)

    with pytest.raises(InputError, match="shape"):
        evaluate(Short(), small_set())


def test_encoder_scorer_encodes_every_text_once() -> None:
    """Vectors are kept over corpora and settings, and scores are inner products."""
    encoder = NgramEncoder()
    result = evaluate(EncoderScorer(encoder), small_set())
    assert set(encoder.seen.values()) == {1}
    assert len(encoder.seen) == len(TEXTS) + len(QUERIES)
    assert result.mean("monolingual") == 1
    queries, documents = small_set().queries, small_set().documents
    expected = (
        encoder.encode_queries([q.text for q in queries])
        @ encoder.encode_documents([d.text for d in documents]).T
    )
    np.testing.assert_allclose(EncoderScorer(encoder).score(queries, documents), expected, rtol=1e-6)


def test_encoder_scorer_sees_equal_texts_as_ties() -> None:
    """A copy of the answer elsewhere ties with it, and ties count against us."""
    copied = small_set(
        documents=(*small_set().documents, Document(doc_id="en:c", text=TEXTS["en:a"][1], language="en"))
    )
    result = evaluate(EncoderScorer(NgramEncoder()), copied)
    assert result.of("monolingual", "en")[0].values[0, 0] == 0.5


def test_encoder_scorer_keeps_the_order_of_documents() -> None:
    """Columns are the documents as given, whatever was encoded before and however often a text occurs."""
    encoder, queries = NgramEncoder(), small_set().queries
    a, b, *_, d = small_set().documents
    scorer = EncoderScorer(encoder)
    before = scorer.score(queries, [a, b, d])
    np.testing.assert_allclose(scorer.score(queries, [d, b, a, b, d]), before[:, [2, 1, 0, 1, 2]], rtol=1e-6)


def test_encoder_scorer_reads_the_title() -> None:
    """A document's title is part of what is encoded."""
    encoder = NgramEncoder()
    titled = Document(doc_id="x", title="Turm", text="Er ist hoch.")
    EncoderScorer(encoder).score(small_set().queries, [titled])
    assert "Turm Er ist hoch." in encoder.seen


def test_lexical_scorer_scores_as_the_index_does() -> None:
    """Scores are the index's, 0 for documents that share no term; ranks follow."""
    queries, documents = small_set().queries, small_set().documents[:2]
    scores = LexicalScorer().score(queries, documents)
    index = SearchIndex.build(documents)
    for row, hits in enumerate(index.search(queries, k=10)):
        found = {hit.doc_id: np.float32(hit.score) for hit in hits}
        assert scores[row].tolist() == [found.get(document.doc_id, 0) for document in documents]
    assert scores[0, 0] > 0
    assert not scores[3].any()
    assert evaluate(LexicalScorer(), small_set()).mean("monolingual") == 1


def test_lexical_scorer_by_language_keeps_each_language_apart() -> None:
    """With one index a language, a document's score does not depend on documents in other languages."""
    queries, documents = small_set().queries, small_set().documents
    apart = LexicalScorer(by_language=True).score(queries, documents)
    np.testing.assert_array_equal(apart[:, :2], LexicalScorer().score(queries, documents[:2]))
    np.testing.assert_array_equal(apart[:, 2:], LexicalScorer().score(queries, documents[2:]))
    assert not np.array_equal(apart, LexicalScorer().score(queries, documents))


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="XQuAD-R is not beside the checkout")
def test_bm25_on_english_xquad_r() -> None:
    """BM25 reaches the mAP that it is known to have on English XQuAD-R, with ties against it."""
    datasets = pytest.importorskip("retrieval_core.datasets")
    whole = datasets.load_retrieval_set(DATA, "xquad-r")
    english = RetrievalSet(
        name="XQuAD-R en",
        queries=tuple(q for q in whole.queries if q.language == "en")[::4],
        documents=tuple(d for d in whole.documents if d.language == "en"),
        qrels=(),
    )
    kept = {q.query_id for q in english.queries}
    qrels = tuple(q for q in whole.qrels if q.query_id in kept and q.doc_id.startswith("en:"))
    result = evaluate(LexicalScorer(), english.model_copy(update={"qrels": qrels}))
    assert (len(whole.queries), len(whole.documents)) == (13_090, 13_014)
    assert result.mean("monolingual") == pytest.approx(0.825, abs=0.02)  # every fourth question


def test_scores_do_not_depend_on_what_was_scored_before():
    """Documents seen earlier in another order keep their own columns."""
    documents = [Document(doc_id=i, text=text, language=lang) for i, (lang, text) in TEXTS.items()]
    queries = [Query(query_id=i, text=text, language=i[:2]) for i, (text, _) in QUERIES.items()]
    used = EncoderScorer(NgramEncoder())
    used.score(queries, documents[::-1][:2])
    fresh = EncoderScorer(NgramEncoder())
    np.testing.assert_array_equal(used.score(queries, documents), fresh.score(queries, documents))
