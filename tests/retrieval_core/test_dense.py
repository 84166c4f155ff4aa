"""The vector index: exact where it says so, whole whatever happens, refused when it does not fit."""

import os
import shutil
import signal
import subprocess
import sys
from hashlib import blake2b, sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval_core import dense_contents, manifest
from retrieval_core.dense import DenseIndex
from retrieval_core.dense_files import read_manifest
from retrieval_core.errors import IndexCorruptError, InputError, ModelError
from retrieval_core.neighbours import openmp_threads, sample_queries, scan, search_threads
from retrieval_core.records import Document, Query


class TrigramEncoder:
    """Unit vectors of hashed character trigrams."""

    def __init__(self, dimension: int = 32, seed: str = "") -> None:
        self.dimension = dimension
        self.seed = seed
        self.fingerprint = sha256(f"trigrams {dimension} {seed}".encode()).hexdigest()
        self.encoded = 0

    def encode_queries(self, texts):
        """(n, dimension)."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            padded = f" {text} "
            for i in range(len(padded) - 2):
                hashed = int.from_bytes(
                    blake2b((self.seed + padded[i : i + 3]).encode(), digest_size=4).digest(), "big"
                )
                vectors[row, hashed % self.dimension] += 1 if hashed >> 31 else -1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths, lengths, 1)

    def encode_documents(self, texts):
        """The same, counted."""
        self.encoded += len(texts)
        return self.encode_queries(texts)


class GivenVectors:
    """Vectors made beforehand; the text is the row's number."""

    def __init__(self, vectors) -> None:
        self.vectors = vectors
        self.dimension = vectors.shape[1]
        self.fingerprint = sha256(vectors.tobytes()).hexdigest()

    def encode_queries(self, texts):
        """(n, dimension)."""
        return self.vectors[[int(text) for text in texts]]

    encode_documents = encode_queries


ENCODER = TrigramEncoder()
WORDS = ("cat", "cats", "dog", "a dog", "emu", "", "ox", "the cat and the dog", "γάτα", "猫")


def corpus(*texts, start=0):
    """Documents d0, d1, …"""
    return [Document(doc_id=f"d{i}", text=text) for i, text in enumerate(texts, start)]


def hits(index, query, k=10):
    """The hits of one query without its id."""
    return [(hit.doc_id, hit.score) for hit in index.search([query], k)[0]]


def brute_force(documents, query, k, encoder=ENCODER):
    """The definition: inner products, best first, ties by doc_id."""
    (q,) = encoder.encode_queries([query]).astype(np.float64)
    scored = []
    for document in documents:
        (vector,) = encoder.encode_queries([dense_contents.document_text(document)]).astype(np.float64)
        scored.append((-float(np.float32((vector * q).sum())), document.doc_id))
    return [(doc_id, -negated) for negated, doc_id in sorted(scored)[:k]]


TEXTS = st.lists(st.sampled_from(WORDS), max_size=40)


@given(texts=TEXTS, query=st.sampled_from(WORDS), k=st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_flat_search_is_brute_force(texts, query, k):
    """Documents, scores and order are those of the definition, with many exact ties."""
    documents = corpus(*texts)
    assert hits(DenseIndex.build(documents, ENCODER, kind="flat"), query, k) == brute_force(
        documents, query, k
    )


def test_a_tie_longer_than_the_list_is_cut_by_doc_id():
    """Of many equal documents the first by doc_id are returned, however many there are and wherever they stand."""
    documents = [Document(doc_id=f"{i:04}", text="cat" if i % 3 else "dog") for i in reversed(range(900))]
    index = DenseIndex.build(documents, ENCODER, kind="flat")
    assert [doc_id for doc_id, _ in hits(index, "cat", 3)] == ["0001", "0002", "0004"]


@given(
    old=TEXTS,
    new=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(WORDS)), max_size=30),
    gone=st.sets(st.integers(0, 40)),
    query=st.sampled_from(WORDS),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changes_equal_a_build_of_what_is_left(old, new, gone, query, tmp_path_factory):
    """After additions, replacements, deletions and returns, in memory and on disk, search is that of a fresh index."""
    whole = {d.doc_id: d for d in corpus(*old)}
    added = [Document(doc_id=f"d{i}", text=text, language="en") for i, text in new]
    whole |= {d.doc_id: d for d in added}
    ids = [f"d{i}" for i in sorted(gone)]
    back = [whole[doc_id] for doc_id in ids[:2] if doc_id in whole]
    left = [d for doc_id, d in whole.items() if doc_id not in ids] + back
    path = tmp_path_factory.mktemp("index")
    for each in (DenseIndex.build(corpus(*old), ENCODER), DenseIndex.build(corpus(*old), ENCODER, path)):
        each.add(added)
        each.delete(ids)
        each.add(back)
        assert len(each) == len(left)
        assert sorted(each.doc_ids()) == sorted(d.doc_id for d in left)
        assert hits(each, query, 50) == brute_force(left, query, 50)
        assert each.languages.get("en", 0) == sum(d.language == "en" for d in left)
    opened = DenseIndex.open(path, ENCODER)
    opened.verify()
    assert hits(opened, query, 50) == brute_force(left, query, 50)
    assert len(list(path.glob("generation-*"))) == 1


def clustered(n, dimension=24, seed=0):
    """Unit vectors in clusters, as texts on topics are."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(50, dimension))
    vectors = centres[generator.integers(50, size=n)] + 0.6 * generator.normal(size=(n, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def numbered(start, end):
    """Documents whose text is their row."""
    return [Document(doc_id=f"{i:06}", text=str(i)) for i in range(start, end)]


@pytest.fixture(scope="module")
def vectors():
    """More than an IVF-PQ index needs."""
    return clustered(11_000)


@pytest.fixture(scope="module")
def built(vectors, tmp_path_factory):
    """Indexes on disk, to be copied; building an IVF-PQ index takes a second."""
    folder = tmp_path_factory.mktemp("built")
    for kind, n in (("hnsw", 2_000), ("ivfpq", 10_000)):
        DenseIndex.build(numbered(0, n), GivenVectors(vectors), folder / kind, kind=kind)
    return folder


@pytest.mark.parametrize("kind", ["hnsw", "ivfpq"])
def test_an_approximate_index_has_the_recall_it_declares(kind, built, vectors, tmp_path, monkeypatch):
    """Recall on queries not in it is as declared; scores are exact; additions and deletions count at once."""
    n = 2_000 if kind == "hnsw" else 10_000
    encoder = GivenVectors(vectors)
    shutil.copytree(built / kind, tmp_path, dirs_exist_ok=True)
    index = DenseIndex.open(tmp_path, encoder)
    assert (index.kind, len(index)) == (kind, n)
    index.verify()
    assert index.recall >= 0.98
    queries = vectors[-100:]
    _, nearest = scan(vectors[:n], queries, 10)
    found = index.nearest(queries, 10)
    truth = [{f"{i:06}" for i in row} for row in nearest]
    assert np.mean([len(t & {d for d, _ in f}) / 10 for t, f in zip(truth, found, strict=True)]) >= 0.97
    flat = DenseIndex.build(numbered(0, n), encoder, kind="flat")
    exact = dict(flat.nearest(queries[:1], n)[0])
    assert all(exact[doc_id] == score for doc_id, score in found[0])

    index.delete([found[0][0][0]])
    index.add(numbered(n, n + 5))
    assert found[0][0][0] not in {doc_id for doc_id, _ in index.nearest(queries[:1], 50)[0]}
    assert index.nearest(vectors[n : n + 1], 1) == [[(f"{n:06}", 1.0)]]
    monkeypatch.setattr(dense_contents, "LEAST_TAIL", 3)
    monkeypatch.setattr(dense_contents, "TAIL_SHARE", 0.0)
    index.add(numbered(n + 5, n + 6))
    reopened = DenseIndex.open(tmp_path, encoder)
    assert read_manifest(tmp_path, encoder).covered == n + 6
    assert reopened.nearest(vectors[n : n + 6], 1) == [
        [(f"{i:06}", pytest.approx(1))] for i in range(n, n + 6)
    ]
    reopened.verify()


def test_a_recall_below_the_declared_is_noticed(built, vectors, tmp_path):
    """A manifest that declares more than the index does is refused by verify."""
    encoder = GivenVectors(vectors)
    shutil.copytree(built / "ivfpq", tmp_path, dirs_exist_ok=True)
    stored = read_manifest(tmp_path, encoder)
    manifest.store(tmp_path, stored.model_copy(update={"effort": 1}))
    with pytest.raises(IndexCorruptError, match="declares a recall"):
        DenseIndex.open(tmp_path, encoder).verify()


def test_the_same_input_makes_the_same_files(vectors, tmp_path):
    """Two builds agree in every byte of every sealed file, also of a graph."""
    encoder = GivenVectors(vectors)
    seals = []
    for name in ("one", "two"):
        DenseIndex.build(numbered(0, 1_000), encoder, tmp_path / name, kind="hnsw")
        seals.append(read_manifest(tmp_path / name, encoder).files)
    assert seals[0] == seals[1]


def test_a_search_does_not_depend_on_the_batch(vectors):
    """One by one, or many at once through another kernel of FAISS: the same scores to the last bit."""
    index = DenseIndex.build(numbered(0, 3_000), GivenVectors(vectors), kind="flat")
    queries = clustered(64, seed=2)
    together = index.nearest(queries, 20)
    assert together == [index.nearest(query[None], 20)[0] for query in queries]


def test_every_damaged_byte_is_refused_at_open(vectors, tmp_path):
    """A changed or missing byte of any file is noticed before the file is used, and the way out named."""
    encoder = GivenVectors(vectors)
    DenseIndex.build(numbered(0, 300), encoder, tmp_path, kind="hnsw")
    files = [f for f in tmp_path.rglob("*") if f.is_file() and f.suffix != ".lock"]
    assert len(files) == 5
    for file in files:
        whole = file.read_bytes()
        for at in (0, len(whole) // 3, len(whole) - 1):
            for damaged in (whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :], whole[:at]):
                file.with_name("draft").write_bytes(damaged)
                file.with_name("draft").replace(file)
                with pytest.raises(IndexCorruptError, match="Build the index again"):
                    DenseIndex.open(tmp_path, encoder)
        file.with_name("draft").write_bytes(whole)
        file.with_name("draft").replace(file)
    DenseIndex.open(tmp_path, encoder).verify()


def test_damage_is_not_sealed_by_an_addition(tmp_path):
    """Who adds to files that were changed behind its back is told, and nothing is switched."""
    index = DenseIndex.build(corpus("cat", "dog"), ENCODER, tmp_path)
    (file,) = tmp_path.rglob("vectors.f32")
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    with pytest.raises(IndexCorruptError, match=r"vectors\.f32"):
        index.add(corpus("emu", start=2))


def test_another_encoder_is_refused_with_a_remedy(tmp_path):
    """Vectors of two encoders are never compared."""
    index = DenseIndex.build(corpus("cat"), ENCODER, tmp_path)
    for other in (TrigramEncoder(seed="x"), TrigramEncoder(dimension=16)):
        with pytest.raises(InputError, match="Open it with the encoder that made it"):
            DenseIndex.open(tmp_path, other)
    DenseIndex.build(corpus("cat"), TrigramEncoder(seed="x"), tmp_path)
    with pytest.raises(InputError, match="Open it with the encoder"):
        index.add(corpus("dog"))


def test_only_what_is_new_is_encoded(tmp_path):
    """An unchanged document costs nothing; the progress counts all."""
    encoder = TrigramEncoder()
    index = DenseIndex.build(corpus("cat", "dog"), encoder, tmp_path)
    seen = []
    index.add([*corpus("cat", "emu"), *corpus("ox", start=9)], progress=seen.append)
    assert (encoder.encoded, seen) == (4, [3])
    assert hits(index, "emu", 1) == [("d1", pytest.approx(1))]


def test_two_writers_lose_nothing(tmp_path):
    """Each change starts from what is on disk, not from what its object remembers."""
    DenseIndex.build(corpus("cat"), ENCODER, tmp_path)
    first, second = DenseIndex.open(tmp_path, ENCODER), DenseIndex.open(tmp_path, ENCODER)
    first.add(corpus("emu", start=1))
    second.add(corpus("dog", start=2))
    assert DenseIndex.open(tmp_path, ENCODER).doc_ids() == second.doc_ids() == ["d0", "d1", "d2"]


def test_an_input_that_fails_half_way_changes_nothing(tmp_path, monkeypatch):
    """The caller's own error passes, and the index is as before and can be written again."""
    monkeypatch.setattr(dense_contents, "ENCODE_BATCH", 1)
    index = DenseIndex.build(corpus("cat"), ENCODER, tmp_path)

    def failing():
        yield from corpus("ox", "emu", start=1)
        raise ValueError("the caller's")

    for attempt in (lambda: index.add(failing()), lambda: DenseIndex.build(failing(), ENCODER, tmp_path)):
        with pytest.raises(ValueError, match="the caller's"):
            attempt()
        assert index.doc_ids() == DenseIndex.open(tmp_path, ENCODER).doc_ids() == ["d0"]
    index.add(corpus("dog", start=1))
    assert DenseIndex.open(tmp_path, ENCODER).doc_ids() == ["d0", "d1"]


KILLED_WRITER = """
import os, signal, sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_dense import ENCODER, corpus
from retrieval_core import dense_contents, manifest
from retrieval_core.dense import DenseIndex
path, where = Path(sys.argv[1]), sys.argv[2]
dense_contents.ENCODE_BATCH = 4
index = DenseIndex.open(path, ENCODER)
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
def documents():
    yield from corpus(*["emu"] * 20, start=100)
    if where == "while encoding":
        die()
if where == "before the switch":
    manifest.store = die
if where == "during the switch":
    Path.replace = lambda self, target: die()
if where == "rebuild":
    manifest.store = die
    DenseIndex.build(documents(), ENCODER, path)
index.add(documents())
die()
"""


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("while encoding", 2),
        ("before the switch", 2),
        ("during the switch", 2),
        ("rebuild", 2),
        ("after it", 22),
    ],
)
def test_a_killed_writer_leaves_the_old_state_or_the_new(tmp_path, where, expected):
    """After SIGKILL at any point the index opens, is whole, and can be written."""
    path = tmp_path / "index"
    DenseIndex.build(corpus("cat", "dog"), ENCODER, path)
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(path), where, str(Path(__file__).parent)],
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    index = DenseIndex.open(path, ENCODER)
    index.verify()
    assert len(index) == expected
    index.add(corpus("ox", start=50))
    opened = DenseIndex.open(path, ENCODER)
    opened.verify()
    assert len(opened) == expected + 1
    assert hits(opened, "ox", 1) == [("d50", pytest.approx(1))]


def test_a_saved_index_is_opened_with_the_same_ranking(tmp_path):
    """Memory, disk, and a copy of the disk agree, and a copy stands for itself."""
    index = DenseIndex.build(corpus(*WORDS), ENCODER)
    index.save(tmp_path / "one")
    copy = DenseIndex.open(tmp_path / "one", ENCODER, whole=False)
    copy.save(tmp_path / "one")
    copy.save(tmp_path / "two")
    copy.delete(["d0"])
    assert hits(DenseIndex.open(tmp_path / "two", ENCODER), "cat") == hits(index, "cat")
    assert len(DenseIndex.open(tmp_path / "one", ENCODER)) == len(WORDS) - 1


def test_wrong_use_is_refused(tmp_path):
    """One text for a list, a k of 0, no index, too few documents for the kind, a place of other files."""
    index = DenseIndex.build(corpus("cat"), ENCODER)
    with pytest.raises(InputError, match="list"):
        index.search("cat")
    with pytest.raises(InputError, match="k is 0"):
        index.search(["cat"], 0)
    with pytest.raises(InputError, match="No index"):
        DenseIndex.open(tmp_path / "none", ENCODER)
    with pytest.raises(InputError, match="at least 10,000 documents"):
        DenseIndex.build(corpus("cat"), ENCODER, kind="ivfpq")
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(InputError, match="not an index"):
        DenseIndex.build(corpus("cat"), ENCODER, tmp_path)


@pytest.mark.parametrize("vectors", [np.full((1, 4), 2.0), np.full((1, 4), np.nan), np.eye(3)[:1]])
def test_vectors_that_are_no_unit_vectors_are_refused(vectors):
    """An encoder that breaks its promise is named before its vectors are stored."""
    encoder = GivenVectors(vectors.astype(np.float32))
    encoder.dimension = 4
    with pytest.raises(ModelError, match="vectors"):
        DenseIndex.build(numbered(0, 1), encoder)


def test_queries_keep_their_ids_and_an_empty_index_finds_nothing(tmp_path):
    """Strings are numbered, records keep their query_id; no documents is no error."""
    index = DenseIndex.build([], ENCODER, tmp_path)
    assert DenseIndex.open(tmp_path, ENCODER).search(["cat"]) == [[]]
    index.add(corpus("cat"))
    assert [h[0].query_id for h in index.search(["a", Query(query_id="q", text="b")])] == ["0", "q"]
    assert index.search([]) == []
    assert "d0" in index
    assert "no" not in index
    assert index.similarities(ENCODER.encode_queries(["cat"])[0], ["d0", "no"]).tolist() == [
        pytest.approx(1),
        0,
    ]


def test_threads_are_pinned_and_given_back(monkeypatch):
    """Few queries use one thread; the setting lasts as long as the block."""
    import faiss

    before = faiss.omp_get_max_threads()
    with openmp_threads(1):
        assert faiss.omp_get_max_threads() == 1
    assert faiss.omp_get_max_threads() == before
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert search_threads(1) == search_threads(1_000) == 1
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert search_threads(1_000) <= (os.cpu_count() or 1)


def test_sample_queries_are_unit_vectors_and_repeatable(vectors):
    """The same vectors give the same queries."""
    queries = sample_queries(vectors)
    assert np.allclose(np.linalg.norm(queries, axis=1), 1, atol=1e-5)
    assert (queries == sample_queries(vectors)).all()
