"""A library's memory of what its titles mean."""

import json

import numpy as np
import pytest

from synthesis.sources import local_meaning
from synthesis.sources.local import LocalLibrary


class CountingMeaning:
    """A vector of the letters of a text; counts what it is asked."""

    fingerprint = "letters-1"

    def __init__(self):
        self.asked = []

    def vectors(self, texts):
        """(n, 26), rows of length 1."""
        self.asked += list(texts)
        rows = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], float)
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


TITLES = ("aaa bbb", "aab", "ccc", "ddd")


def write(path, titles):
    """Papers with these titles."""
    rows = (
        json.dumps({"id": f"2401.{i:05}", "title": t, "abstract": "x y z."}) for i, t in enumerate(titles)
    )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def library(tmp_path):
    """A library of four papers."""
    with LocalLibrary.create(tmp_path / "lib", "mine") as made:
        made.add_path(write(tmp_path / "papers.jsonl", TITLES))
        yield made


def nearest(library, text, meaning, limit=10):
    """Titles found, in order."""
    return [paper.title for paper in library.search_meaning(text, limit, meaning).papers]


def test_the_order_is_that_of_exact_products(library):
    """The titles come by the product of their vectors with the text's, the nearest first."""
    meaning = CountingMeaning()
    expected = sorted(TITLES, key=lambda t: -float(meaning.vectors([t])[0] @ meaning.vectors(["aaab"])[0]))
    assert nearest(library, "aaab", meaning)[:2] == expected[:2]
    assert nearest(library, "aaab", meaning, 1) == expected[:1]


def test_titles_are_encoded_once(library):
    """A second question encodes itself and no title."""
    nearest(library, "a", CountingMeaning())
    again = CountingMeaning()
    nearest(library, "c", again)
    assert again.asked == ["c"]


def test_only_what_changed_is_encoded_again(library, tmp_path):
    """Papers that came or changed are encoded, papers that went are found no more, the others are left alone."""
    nearest(library, "a", CountingMeaning())
    library.add_path(write(tmp_path / "papers.jsonl", ("aaa bbb", "eee", "ccc")))
    meaning = CountingMeaning()
    assert set(nearest(library, "a", meaning)) == {"aaa bbb", "eee", "ccc"}
    assert sorted(meaning.asked) == ["a", "eee"]


@pytest.mark.parametrize("damage", [b"", b"not a file of vectors", b"\xff" * 200])
def test_a_damaged_memory_is_made_again(library, damage):
    """Whatever stands in the file, the answer is that of the papers."""
    before = nearest(library, "a", CountingMeaning())
    (library.folder / local_meaning.FILE).write_bytes(damage)
    assert nearest(library, "a", CountingMeaning()) == before


def test_vectors_of_another_encoder_are_not_used(library):
    """A new encoder encodes every title again."""
    nearest(library, "a", CountingMeaning())
    other = CountingMeaning()
    other.fingerprint = "letters-2"
    nearest(library, "a", other)
    assert set(TITLES) <= set(other.asked)


def test_a_library_that_cannot_be_written_is_searched_all_the_same(library):
    """Where the memory cannot be kept, the answer is the same."""
    expected = nearest(library, "a", CountingMeaning())
    (library.folder / local_meaning.FILE).unlink()
    (library.folder / local_meaning.FILE).mkdir()
    assert nearest(library, "a", CountingMeaning()) == expected


def test_languages_are_told_by_what_papers_say_and_by_their_titles(tmp_path):
    """A title in another script gives its language away; a plain one in Latin letters says nothing."""
    with LocalLibrary.create(tmp_path / "lib", "mine") as library:
        library.add_path(write(tmp_path / "papers.jsonl", ("Plain title", "多语言信息检索")))
        assert library.languages() == {"zh"}
