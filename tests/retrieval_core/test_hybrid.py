"""BM25 and vectors as one index: fusion, the two in step, whole whatever happens."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_dense import ENCODER, TrigramEncoder, corpus

from retrieval_core import lexical
from retrieval_core.dense import DenseIndex
from retrieval_core.errors import IndexCorruptError, InputError
from retrieval_core.fusion import DevelopmentScores, FusionWeights, fuse, is_pool, language_matrix, tune
from retrieval_core.hybrid import HybridIndex, open_lexical_part
from retrieval_core.hybrid_scorer import HybridScorer, query_language, tune_fusion
from retrieval_core.records import Document, Qrel, Query, RetrievalSet
from retrieval_core.search import SearchIndex

TEXTS = (
    "The cat sat on the mat in the kitchen.",
    "A dog barked at the cat all night long.",
    "The kitchen was painted in a bright yellow.",
    "Nobody knows how long the night will last.",
    "Yellow birds sing in the morning light.",
    "Emus are large birds that cannot fly.",
)
ONLY_LEXICAL = FusionWeights(
    dense=0, same_language=1, cross_language=1, pooled_same_language=1, pooled_cross_language=1
)
ONLY_DENSE = FusionWeights(same_language=0, cross_language=0, pooled_same_language=0, pooled_cross_language=0)


def ids(index, query, k=10, **options):
    """The doc_ids found for one query."""
    return [hit.doc_id for hit in index.search([query], k, **options)[0]]


@pytest.mark.parametrize("method", ["scores", "ranks"])
def test_a_weight_of_one_or_zero_is_either_part(method):
    """With all the weight on one side, the ranking is that side's own."""
    documents = corpus(*TEXTS)
    words, vectors = lexical.SearchIndex.build(documents), DenseIndex.build(documents, ENCODER)
    by_words = HybridIndex.build(
        documents, ENCODER, weights=ONLY_LEXICAL.model_copy(update={"method": method})
    )
    by_vectors = HybridIndex.build(
        documents, ENCODER, weights=ONLY_DENSE.model_copy(update={"method": method})
    )
    both = HybridIndex.build(documents, ENCODER)
    for query in ("the cat in the kitchen", "yellow birds", "night", "zebra"):
        assert ids(by_words, query) == ids(words, query) == ids(both, query, mode="lexical")
        assert by_vectors.search([query]) == vectors.search([query]) == both.search([query], mode="dense")


@pytest.mark.parametrize("method", ["scores", "ranks"])
def test_the_index_scores_as_the_scorer_does(method):
    """Candidate lists that hold the whole corpus give the fused scores of the full matrix, in any language mix."""
    mixed = [*corpus(*TEXTS), Document(doc_id="de", text="Die Katze saß auf der Matte in der Küche.")]
    weights = FusionWeights(method=method)
    for documents in (corpus(*TEXTS), mixed):
        index = HybridIndex.build(documents, ENCODER, weights=weights)
        queries = [Query(query_id="a", text="Where did the cat sit in the kitchen?", language="en")]
        queries += [Query(query_id="b", text="Wo saß die Katze, und wer malte die Küche?")]
        scores = HybridScorer(ENCODER, weights).score(queries, documents)
        assert scores.shape == (2, len(documents))
        assert scores.dtype == np.float32
        for row, hits in zip(scores, index.search(queries, 100), strict=True):
            found = {hit.doc_id: hit.score for hit in hits}
            assert found == {
                d.doc_id: pytest.approx(s, abs=1e-6) for d, s in zip(documents, row, strict=True)
            }
            assert [hit.rank for hit in hits] == list(range(1, len(documents) + 1))


def test_fusion_finds_what_each_part_misses():
    """A document that is second on both sides can come first, and one of a single side is kept."""
    lexical_scores = np.array([[10, 9, 0]], np.float32)
    dense_scores = np.array([[0.1, 0.8, 0.9]], np.float32)
    fused = fuse(
        lexical_scores, dense_scores, np.ones((1, 3), bool), FusionWeights(same_language=0.5), pooled=False
    )
    assert fused.argmax() == 1
    assert fused[0].tolist() == pytest.approx([0.1 + 0.5, 0.8 + 0.45, 0.9])


def test_a_candidate_of_one_side_has_its_score_on_the_other(monkeypatch):
    """Who is found by words only is not taken to be unlike the query in meaning."""
    monkeypatch.setattr("retrieval_core.hybrid.CANDIDATES", 1)
    texts = ("zebra quagga okapi", "zebras in zebra crossings", "nothing else")
    documents = [document.model_copy(update={"language": "en"}) for document in corpus(*texts)]
    index = HybridIndex.build(documents, ENCODER, weights=FusionWeights(same_language=0.5))
    query = Query(query_id="q", text="zebras zebra crossings okapi quagga zebra", language="en")
    scores = HybridScorer(ENCODER, index.weights).score([query], documents)[0]
    (by_words,), (by_vectors,) = (ids(index, query, 1, mode=mode) for mode in ("lexical", "dense"))
    assert by_words != by_vectors
    found = {hit.doc_id: hit.score for hit in index.search([query], 1)[0]}
    assert found == {by_words: pytest.approx(scores[int(by_words[1:])], abs=1e-6)}


SCORES = arrays(np.float32, (3, 5), elements=st.floats(0, 20, width=32))


@given(SCORES, SCORES, arrays(bool, (3, 5)), st.sampled_from(["scores", "ranks"]), st.booleans())
@settings(deadline=None)
def test_fusion_by_its_definition(lexical_scores, dense_scores, same, method, pooled):
    """Each score is the weighted sum of the two scaled ones; equal inputs tie."""
    weights = FusionWeights(method=method, same_language=0.4, pooled_same_language=0.2)
    fused = fuse(lexical_scores, dense_scores, same, weights, pooled=pooled)

    def scaled(row, column, scores):
        if method == "ranks":
            rank = 1 + sum(scores[row] > scores[row, column])
            return 61 / (60 + rank) if scores[row, column] else 0
        return (
            scores[row, column] / (scores[row].max() or 1)
            if scores is lexical_scores
            else scores[row, column]
        )

    for row in range(3):
        for column in range(5):
            weight = weights.lexical(same, pooled=pooled)[row, column]
            expected = scaled(row, column, dense_scores) + weight * scaled(row, column, lexical_scores)
            assert fused[row, column] == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_weights_go_by_language_and_by_pool():
    """A shared word counts by the languages of query and passage; unknown languages count as the same."""
    weights = FusionWeights(
        same_language=4, cross_language=3, pooled_same_language=2, pooled_cross_language=1
    )
    same = language_matrix(["de", None], ["de", "en", None])
    assert same.tolist() == [[True, False, True], [True, True, True]]
    assert weights.lexical(same, pooled=False)[0].tolist() == [4, 3, 4]
    assert weights.lexical(same, pooled=True)[0].tolist() == [2, 1, 2]
    assert is_pool({"en": 50, "de": 50})
    assert not is_pool({"en": 99, "de": 1})
    assert not is_pool({})


def test_tuning_finds_the_weights_that_the_data_want():
    """Where words decide within a language and mislead across, the weights say so, and never lose to vectors alone."""
    generator = np.random.default_rng(0)
    n = 40
    languages = ("en",) * n + ("de",) * n
    dense = generator.uniform(0, 0.5, (2 * n, 2 * n)).astype(np.float32)
    words = np.zeros((2 * n, 2 * n), np.float32)
    for i in range(2 * n):
        dense[i, i % n] += 0.25
        dense[i, i % n + n] += 0.25
        words[i, i] = 12  # the passage in the query's own language
        words[i, (i + n + 1) % (2 * n)] = 15  # a wrong one in the other
    relevant = tuple(frozenset({i % n, i % n + n}) for i in range(2 * n))
    tuning = tune(DevelopmentScores(words, dense, relevant, languages, languages))
    assert tuning.weights.same_language > 0.1
    assert tuning.weights.cross_language == 0
    assert tuning.weights.pooled_cross_language == 0
    assert set(tuning.mean_average_precision) == {"monolingual", "cross_lingual", "multilingual"}
    assert all(fused >= alone for alone, fused in tuning.mean_average_precision.values())
    assert tuning.mean_average_precision["monolingual"][1] == 1
    with pytest.raises(InputError, match="nothing can be tuned"):
        tune(DevelopmentScores(words[:1], dense[:1], (frozenset(),), ("en",), languages))


def test_weights_are_tuned_on_a_retrieval_set():
    """Each setting is measured as an evaluation measures it, and fusion does not lose to the vectors alone."""
    german = (
        "Die Katze saß auf der Matte.",
        "Ein Hund bellte die Katze an.",
        "Die Küche wurde gelb gestrichen.",
    )
    documents = [
        *(d.model_copy(update={"language": "en"}) for d in corpus(*TEXTS)),
        *(Document(doc_id=f"de{i}", text=text, language="de") for i, text in enumerate(german)),
    ]
    queries = [
        Query(query_id="en0", text="Where did the cat sit?", language="en"),
        Query(query_id="de0", text="Wo saß die Katze?", language="de"),
        Query(query_id="unjudged", text="Why?", language="en"),
    ]
    qrels = [Qrel(query_id=q, doc_id=d, relevance=1) for q in ("en0", "de0") for d in ("d0", "de0")]
    judged = RetrievalSet(
        name="small", queries=tuple(queries), documents=tuple(documents), qrels=(*qrels, qrels[0])
    )
    tuning = tune_fusion(ENCODER, judged)
    assert set(tuning.mean_average_precision) == {"monolingual", "cross_lingual", "multilingual"}
    assert all(fused >= alone for alone, fused in tuning.mean_average_precision.values())
    assert tuning == tune_fusion(ENCODER, judged)
    one = judged.model_copy(update={"documents": tuple(documents[:6])})
    assert set(tune_fusion(ENCODER, one).mean_average_precision) == {"monolingual", "cross_lingual"}


def test_weights_are_kept_as_json(tmp_path):
    """The same weights give the same bytes and come back; a damaged file is named."""
    weights = FusionWeights(same_language=0.7, method="ranks")
    weights.save(tmp_path / "one.json")
    weights.save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert FusionWeights.load(tmp_path / "one.json") == weights
    (tmp_path / "one.json").write_text('{"dense": -1}')
    with pytest.raises(InputError, match=r"one\.json"):
        FusionWeights.load(tmp_path / "one.json")


def test_a_query_has_a_language():
    """Given, or detected; a short one is taken to be in a language of the corpus."""
    assert query_language(Query(query_id="q", text="BERT", language="fi"), {"en"}) == "fi"
    assert query_language(Query(query_id="q", text="cat mat"), {"en": 3, "el": 1}) == "en"
    assert query_language(Query(query_id="q", text="Wo liegt der höchste Berg der Alpen?"), {"en": 3}) == "de"
    assert query_language(Query(query_id="q", text="42"), {"en"}) is None


def test_changes_keep_the_parts_in_step(tmp_path):
    """Additions, replacements and deletions equal a build of what is left, in memory, on disk and in a copy."""
    documents = corpus(*TEXTS)
    for path in (None, tmp_path / "index"):
        index = HybridIndex.build(documents[:4], ENCODER, path)
        index.add([*documents[4:], Document(doc_id="d0", text="Replaced by nothing else.")])
        index.delete(["d1", "unknown"])
        left = [Document(doc_id="d0", text="Replaced by nothing else."), *documents[2:]]
        fresh = HybridIndex.build(left, ENCODER)
        for query in ("cat", "yellow birds", "replaced"):
            assert ids(index, query, mode="dense") == ids(fresh, query, mode="dense")
            assert ids(index, query, mode="lexical") == ids(fresh, query, mode="lexical")
        assert len(index) == len(left)
        assert index.get("d0") == left[0]  # without the language that was detected for the vectors
        index.verify()
    index.save(tmp_path / "copy")
    copy = HybridIndex.open(tmp_path / "copy", ENCODER)
    assert copy.search(["yellow birds"]) == index.search(["yellow birds"])
    assert len(open_lexical_part(tmp_path / "copy")) == len(left)


def test_the_weights_of_a_build_are_those_of_the_opened_index(tmp_path):
    """They stand in the manifest, whose every byte counts."""
    HybridIndex.build(corpus(*TEXTS), ENCODER, tmp_path, weights=FusionWeights(same_language=0.625))
    assert HybridIndex.open(tmp_path, ENCODER).weights.same_language == 0.625
    file = tmp_path / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b"0.625", b"0.125"))
    with pytest.raises(IndexCorruptError, match="Build the index again"):
        HybridIndex.open(tmp_path, ENCODER)


KILLED_WRITER = """
import os, signal, sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_dense import ENCODER, corpus
from retrieval_core import hybrid, lexical
from retrieval_core.dense import DenseIndex
path, where = Path(sys.argv[1]), sys.argv[2]
index = hybrid.HybridIndex.open(path, ENCODER)
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
if where == "before both":
    DenseIndex.add = die
if where in {"between", "rebuild"}:
    lexical.SearchIndex.add = die
if where == "rebuild":
    DenseIndex.build = die
    hybrid.HybridIndex.build(corpus("emu"), ENCODER, path)
if where == "after both":
    add = lexical.SearchIndex.add
    lexical.SearchIndex.add = lambda *args: (add(*args), die())
if where == "deletion":
    lexical.SearchIndex.delete = die
    index.delete(["d0"])
index.add(corpus("emu", "ox", start=100))
"""


@pytest.mark.parametrize(
    ("where", "expected"),
    [("before both", 6), ("between", 6), ("after both", 8), ("deletion", 6), ("rebuild", 6)],
)
def test_a_killed_writer_leaves_the_parts_in_step(tmp_path, where, expected):
    """After SIGKILL between the two parts, the next to open brings the vectors in step with the texts."""
    path = tmp_path / "index"
    HybridIndex.build(corpus(*TEXTS), ENCODER, path)
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(path), where, str(Path(__file__).parent)],
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    index = HybridIndex.open(path, ENCODER)
    index.verify()
    assert len(index) == len(index.dense) == expected
    index.add(corpus("zebra", start=50))
    assert ids(HybridIndex.open(path, ENCODER), "zebra", 1) == ["d50"]


def test_an_encoder_that_fails_changes_nothing(tmp_path, monkeypatch):
    """Its error passes; the index opens with what it had."""
    encoder = TrigramEncoder()
    index = HybridIndex.build(corpus(*TEXTS), encoder, tmp_path)

    def failing(_texts):
        raise MemoryError

    monkeypatch.setattr(encoder, "encode_documents", failing)
    with pytest.raises(MemoryError):
        index.add(corpus("emu", start=100))
    opened = HybridIndex.open(tmp_path, ENCODER)
    opened.verify()
    assert len(opened) == len(TEXTS)


def test_the_public_index_is_lexical_or_hybrid(tmp_path):
    """Without an encoder it is BM25 and loads as such; with one it fuses; other modes are refused with a remedy."""
    documents = corpus(*TEXTS)
    plain = SearchIndex.build(documents, tmp_path / "plain")
    assert SearchIndex.open(tmp_path / "plain").search(["cat"]) == lexical.SearchIndex.build(
        documents
    ).search(["cat"])
    with pytest.raises(InputError, match="needs vectors"):
        plain.search(["cat"], mode="dense")
    index = SearchIndex.build(documents, encoder=ENCODER)
    index.save(tmp_path / "hybrid")
    opened = SearchIndex.open(tmp_path / "hybrid", encoder=ENCODER)
    assert opened.search(["cat"]) == HybridIndex.build(documents, ENCODER).search(["cat"])
    assert opened.vectors.recall == 1
    assert plain.vectors is None
    assert ids(SearchIndex.open(tmp_path / "hybrid", lexical_only=True), "cat") == ids(plain, "cat")
    opened.add(corpus("zebra", start=9))
    opened.delete(["d0"])
    assert sorted(d.doc_id for d in opened.documents()) == ["d1", "d2", "d3", "d4", "d5", "d9"]
    assert len(opened) == 6
    assert opened.get("d0") is None
    opened.verify()
    with pytest.raises(InputError, match="Open it with the encoder that made it"):
        SearchIndex.open(tmp_path / "hybrid", encoder=TrigramEncoder(seed="x"))
    with pytest.raises(InputError, match=r"Open it with SearchIndex\.open"):
        lexical.SearchIndex.open(tmp_path / "hybrid")
