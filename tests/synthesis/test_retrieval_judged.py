"""The ranking whose head the judge puts in order."""

import numpy as np
from small_tools import make_paper

from synthesis.config import PassageConfig
from synthesis.passages import split_papers
from synthesis.retrieval import JudgedRanker


class Base:
    """Ranks passages in their order, each a little below the one before."""

    fingerprint = "base"

    def rank(self, queries, passages, k):
        """All passages for every query."""
        return [[(i, 1 - 0.001 * i) for i in range(len(passages))][:k] for _ in queries]


class Reader:
    """Reads a passage as deciding when it holds the claim's first word."""

    fingerprint = "reader"

    def score(self, pairs):
        """(n, 3)."""
        held = [claim.split()[0].casefold() in passage.casefold() for claim, passage in pairs]
        return np.array([[0.9, 0.05, 0.05] if h else [0.0, 0.0, 1.0] for h in held], np.float32).reshape(
            -1, 3
        )


def _passages(n):
    papers = [
        make_paper(f"p{i}", f"Title {i}", "Cats sleep." if i == n - 1 else "Rain fell.") for i in range(n)
    ]
    return list(split_papers(papers, PassageConfig()))


def test_what_the_judge_can_use_comes_first():
    """Within the head a passage that decides the claim rises to the top; the others keep their order."""
    passages = _passages(5)
    [ranking] = JudgedRanker(Base(), Reader()).rank(["Cats rest"], passages, 5)
    assert [i for i, _ in ranking] == [4, 0, 1, 2, 3]
    assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)


def test_below_the_head_nothing_moves():
    """A passage beyond the depth stays where the first ranking put it, and k cuts at the end."""
    passages = _passages(JudgedRanker.DEPTH + 5)
    [ranking] = JudgedRanker(Base(), Reader()).rank(["Cats rest"], passages, JudgedRanker.DEPTH + 3)
    assert [i for i, _ in ranking] == list(range(JudgedRanker.DEPTH + 3))


def test_the_fingerprint_names_both():
    """Another judge or another ranking below is another ranker."""
    other = Reader()
    other.fingerprint = "other"
    assert JudgedRanker(Base(), Reader()).fingerprint != JudgedRanker(Base(), other).fingerprint
