"""The index finds what BM25 finds, whatever its history, and notices damage."""

import math
import os
import signal
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval_core import manifest as manifests
from retrieval_core.analysis import analyze
from retrieval_core.errors import IndexCorruptError, InputError, RetrievalError
from retrieval_core.lexical import ENGINE, MAX_QUERY_TERMS, SearchIndex
from retrieval_core.records import Document, Query, ScoredDocument

WORDS = ["cat", "dog", "ox", "emu", "检索", "кот"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)


def corpus(*texts: str) -> list[Document]:
    """Documents d0, d1, … of the texts."""
    return [Document(doc_id=f"d{i}", text=text) for i, text in enumerate(texts)]


def ids(index: SearchIndex, query: str, k: int = 10) -> list[str]:
    """The ranking of one query."""
    return [hit.doc_id for hit in index.search([query], k)[0]]


def bm25(documents: list[Document], query: str) -> dict[str, float]:
    """Scores by the definition, in doubles: the oracle for short documents, whose lengths the engine keeps exactly."""
    bags = {d.doc_id: Counter(analyze(d.text)) for d in documents}
    mean = sum(map(Counter.total, bags.values())) / len(bags)
    scores: dict[str, float] = {}
    for term, in_query in Counter(analyze(query)).items():
        holding = sum(term in bag for bag in bags.values())
        idf = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
        for doc_id, bag in bags.items():
            if tf := bag[term]:
                norm = 1.2 * (0.25 + 0.75 * bag.total() / mean)
                scores[doc_id] = scores.get(doc_id, 0.0) + in_query * idf * 2.2 * tf / (tf + norm)
    return scores


@settings(max_examples=25, deadline=None)
@given(st.lists(texts, min_size=1, max_size=12), texts)
def test_scores_are_bm25(bodies: list[str], query: str) -> None:
    """Every score equals the formula, repeats in the query counted; documents without a shared term are absent."""
    documents = corpus(*bodies)
    hits = SearchIndex.build(documents).search([query], k=50)[0]
    expected = bm25(documents, query)
    assert {hit.doc_id for hit in hits} == set(expected)
    for hit in hits:
        assert hit.score == pytest.approx(expected[hit.doc_id], rel=1e-4)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(expected[a.doc_id] >= expected[b.doc_id] - 1e-5 for a, b in pairwise(hits))


@settings(max_examples=20, deadline=None)
@given(st.lists(texts, min_size=2, max_size=15), st.integers(1, 14), st.integers(1, 8), texts)
def test_increments_rank_like_one_build(bodies: list[str], cut: int, k: int, query: str) -> None:
    """Added in two steps, or after a replacement and a deletion, the ranking and its ties are the same."""
    documents = corpus(*bodies)
    whole = SearchIndex.build(documents)
    old = [Document(doc_id="d0", text="emu old"), Document(doc_id="gone", text="cat"), documents[1]]
    steps = SearchIndex.build(old)
    steps.add(reversed(documents[cut:]))
    steps.add(documents[:cut])
    steps.delete(["gone", "never there"])
    assert len(steps) == len(whole)
    assert ids(steps, query, k) == ids(whole, query, k)
    for ours, theirs in zip(steps.search([query])[0], whole.search([query])[0], strict=True):
        assert ours.score == pytest.approx(theirs.score, rel=1e-5)


def test_ties_are_ordered_by_doc_id_also_at_the_cut() -> None:
    """Of many equal documents the first by doc_id are returned, in whatever order they were added."""
    documents = [Document(doc_id=f"d{i:03}", text="same words") for i in range(300)]
    for order in (documents, documents[::-1]):
        hits = SearchIndex.build(order).search(["same"], k=3)[0]
        assert [hit.doc_id for hit in hits] == ["d000", "d001", "d002"]
        assert len({hit.score for hit in hits}) == 1


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "a AND (",
        "text:cat^9 OR *",
        "cat~2 [a TO z] {",
        "\\",
        "+cat -dog !",
        "\x00 \ud800 cat",
        "cat\n\tdog'",
        "/ca.*/",
    ],
)
def test_every_character_of_a_query_is_literal(query: str) -> None:
    """Operators, quotes, control characters and lone surrogates are searched for, not obeyed."""
    index = SearchIndex.build(corpus("cat", "dog", "a"))
    plain = " ".join(c for c in ("cat", "dog", "a", "text") if c in analyze(query))
    assert ids(index, query) == ids(index, plain)


def test_a_query_of_ten_thousand_words_keeps_its_most_informative_terms() -> None:
    """A rare word at the end of an endless query still decides."""
    index = SearchIndex.build(corpus(*["w" + f" w{i}" * 3 for i in range(400)], "needle"))
    query = "w " * 10_000 + " ".join(f"w{i}" for i in range(400)) + " needle"
    assert len(index.search([query], 1000)[0]) <= MAX_QUERY_TERMS
    assert ids(index, "w " * 10_000, 1)
    assert "d400" in ids(index, query, 300)


def test_two_words_find_the_compound_and_the_compound_two_words() -> None:
    """cross-lingual, crosslingual and cross lingual find each other; so do XQuAD-R and XQuAD R."""
    index = SearchIndex.build(
        corpus("a cross-lingual task", "a crosslingual task", "a cross lingual task", "other")
    )
    for query in ("cross-lingual", "cross lingual"):
        assert set(ids(index, query)) == {"d0", "d1", "d2"}
    assert {"d0", "d1"} <= set(ids(index, "crosslingual"))


def test_titles_are_searched_and_weigh_more() -> None:
    """A word in the title counts more than the same word in the text."""
    index = SearchIndex.build(
        [
            Document(doc_id="a", text="cat dog"),
            Document(doc_id="b", title="cat", text="dog"),
            *corpus("ox", "emu"),
        ]
    )
    assert ids(index, "cat") == ["b", "a"]


def test_query_ids_are_kept_or_counted() -> None:
    """A Query keeps its id, a plain text has its position; a query without known terms finds nothing."""
    index = SearchIndex.build(corpus("cat"))
    found = index.search([Query(query_id="q", text="cat"), "cat", "", "unknown"])
    assert [[hit.query_id for hit in hits] for hits in found] == [["q"], ["1"], [], []]
    assert isinstance(found[0][0], ScoredDocument)
    assert SearchIndex.build([]).search(["cat"]) == [[]]


def test_wrong_use_is_refused() -> None:
    """One text for a list of queries, and a k of 0."""
    index = SearchIndex.build(corpus("cat"))
    with pytest.raises(InputError, match="list"):
        index.search("cat")
    with pytest.raises(InputError, match="k is 0"):
        index.search(["cat"], 0)


def test_documents_come_back_as_they_went_in(tmp_path: Path) -> None:
    """Ids of any length, titles, languages and texts survive storage; the last of one id counts."""
    kept = [
        Document(doc_id="x" * 70_000, text="a\nb", title="T", language="de"),
        Document(doc_id="ด 1", text="", title=None),
    ]
    index = SearchIndex.build([Document(doc_id="ด 1", text="old"), *kept], tmp_path / "index")
    for each in (index, SearchIndex.open(tmp_path / "index")):
        assert sorted(each.documents(), key=lambda d: d.doc_id) == kept
        assert each.get("ด 1") == kept[1]
        assert each.get("no") is None


def test_a_saved_index_is_opened_with_the_same_ranking(tmp_path: Path) -> None:
    """Memory, disk, and a copy of the disk agree; an addition is seen by who opens next."""
    index = SearchIndex.build(corpus("cat dog", "dog", "cat cat"))
    index.save(tmp_path / "one")
    copy = SearchIndex.open(tmp_path / "one")
    copy.save(tmp_path / "one")
    copy.save(tmp_path / "two")
    for each in (copy, SearchIndex.open(tmp_path / "two")):
        assert each.search(["cat", "dog"]) == index.search(["cat", "dog"])
    copy.add(corpus("zebra"))
    assert ids(SearchIndex.open(tmp_path / "one"), "zebra") == ["d0"]
    assert ids(SearchIndex.open(tmp_path / "two"), "zebra") == []
    SearchIndex.open(tmp_path / "one").verify()


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Each addition starts from what is on disk, not from what its object remembers."""
    SearchIndex.build(corpus("cat"), tmp_path)
    first, second = SearchIndex.open(tmp_path), SearchIndex.open(tmp_path)
    first.add([Document(doc_id="x", text="ox")])
    second.add([Document(doc_id="x", text="dog"), Document(doc_id="y", text="emu")])
    assert len(SearchIndex.open(tmp_path)) == len(second) == 3
    assert ids(SearchIndex.open(tmp_path), "dog") == ["x"]


def test_an_input_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    """The caller's own error passes, and the index is as before and can be written again."""
    index = SearchIndex.build(corpus("cat"), tmp_path)

    def failing() -> object:
        yield Document(doc_id="x", text="ox")
        raise ValueError("the caller's")

    with pytest.raises(ValueError, match="the caller's") as caught:
        index.add(failing())
    assert len(SearchIndex.open(tmp_path)) == 1
    index.add(corpus("cat", "dog"))  # while the error, and so its frames, are still held
    assert caught.value
    assert len(SearchIndex.open(tmp_path)) == 2


def put(file: Path, content: bytes) -> None:
    """Replace a file under a name that others may have mapped into memory."""
    draft = file.with_name("draft")
    draft.write_bytes(content)
    draft.replace(file)


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    """A changed byte anywhere is found by verify, a changed length already by open, and the way out is named."""
    path = tmp_path / "index"
    SearchIndex.build(corpus(*[f"cat {i}" for i in range(50)]), path)
    files = [f for f in path.rglob("*") if f.is_file() and f.suffix != ".lock" and f.stat().st_size]
    assert len(files) >= 5
    for file in files:
        whole = file.read_bytes()
        for at in {0, len(whole) // 2, len(whole) - 1}:
            put(file, whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
            with pytest.raises(IndexCorruptError, match="Build the index again"):
                SearchIndex.open(path).verify()
        put(file, whole[:-1])
        with pytest.raises(
            IndexCorruptError, match="damaged" if file.name == "manifest.json" else "bytes where"
        ):
            SearchIndex.open(path)
        put(file, whole)
        SearchIndex.open(path).verify()


def test_an_index_of_another_version_is_refused_and_can_be_rebuilt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other analysis rules cannot be searched silently; building again at the same place repairs."""
    SearchIndex.build(corpus("cat"), tmp_path)
    monkeypatch.setattr(manifests, "ANALYSIS_VERSION", 99)
    with pytest.raises(IndexCorruptError, match=r"needs tantivy .* with analysis 99"):
        SearchIndex.open(tmp_path)
    assert len(SearchIndex.build(corpus("cat", "dog"), tmp_path)) == 2
    assert len(SearchIndex.open(tmp_path)) == 2
    assert len(list(tmp_path.glob("generation-*"))) == 1


def test_places_that_are_no_index_are_refused(tmp_path: Path) -> None:
    """A missing folder, a folder of other files, a file."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="No index"):
        SearchIndex.open(tmp_path / "none")
    with pytest.raises(InputError, match="not an index"):
        SearchIndex.build(corpus("cat"), tmp_path)
    with pytest.raises(InputError):
        SearchIndex.build(corpus("cat"), tmp_path / "notes.txt")
    with pytest.raises(InputError):
        SearchIndex.open(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from retrieval_core import lexical, manifest
from retrieval_core.records import Document
path, where = Path(sys.argv[1]), sys.argv[2]
index = lexical.SearchIndex.open(path)
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
def documents():
    for i in range(20):
        yield Document(doc_id=f"new{i}", text="emu")
    if where == "before commit":
        die()
if where == "after commit":
    manifest.seal = die
if where == "during rename":
    Path.replace = lambda self, target: die()
if where == "rebuild":
    manifest.seal = die
    lexical.SearchIndex.build(documents(), path)
index.add(documents())
"""


@pytest.mark.parametrize(
    ("where", "expected"),
    [("before commit", {2}), ("after commit", {22}), ("during rename", {2}), ("rebuild", {2})],
)
def test_a_killed_writer_does_not_brick_the_index(tmp_path: Path, where: str, expected: set[int]) -> None:
    """After SIGKILL at any point the index opens, is whole, holds all or nothing, and can be written."""
    path = tmp_path / "index"
    SearchIndex.build(corpus("cat", "dog"), path)
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(path), where], check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    index = SearchIndex.open(path)
    index.verify()
    assert len(index) in expected
    index.add([Document(doc_id="later", text="ox")])
    assert ids(SearchIndex.open(path), "ox") == ["later"]


FULL_DISK = """
import resource, sys
from pathlib import Path
from retrieval_core.errors import RetrievalError
from retrieval_core.lexical import SearchIndex
from retrieval_core.records import Document
index = SearchIndex.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    index.add(Document(doc_id=f"n{i}", text=" ".join(f"x{i}y{j}" for j in range(50))) for i in range(2000))
except RetrievalError as error:
    print(error)
"""


def test_a_full_disk_is_an_error_and_the_index_stays(tmp_path: Path) -> None:
    """When files cannot grow, the writer says so and the index is as before."""
    SearchIndex.build(corpus("cat"), tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert "could not be written" in done.stdout
    SearchIndex.open(tmp_path).verify()
    assert len(SearchIndex.open(tmp_path)) == 1


def test_damage_to_a_survivor_is_noticed_after_a_kill(tmp_path: Path) -> None:
    """The repair of a killed write does not seal a damaged file."""
    SearchIndex.build(corpus("cat"), tmp_path)
    stored = manifests.load(tmp_path, ENGINE)
    manifests.store(tmp_path, stored.model_copy(update={"writing": True}))
    file = next((tmp_path / stored.generation).glob("*.store"))
    put(file, bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    with pytest.raises(IndexCorruptError, match=r"\.store"):
        SearchIndex.open(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that refuses to be written")
def test_a_read_only_index_can_be_searched(tmp_path: Path) -> None:
    """Opening and searching write nothing."""
    SearchIndex.build(corpus("cat"), tmp_path)
    tmp_path.chmod(0o500)
    try:
        index = SearchIndex.open(tmp_path)
        assert ids(index, "cat") == ["d0"]
        with pytest.raises(RetrievalError):
            index.add(corpus("dog"))
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_of_other_files_is_refused_and_left_as_it_was(tmp_path):
    """Building into a folder of the user's own writes nothing into it, not even a lock."""
    (tmp_path / "paper.pdf").write_bytes(b"%PDF")
    with pytest.raises(InputError, match="not an index"):
        SearchIndex.build([Document(doc_id="a", text="text")], tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["paper.pdf"]
