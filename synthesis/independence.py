"""Which papers speak independently: what comes from one work, the same authors or the same text counts once.

Two papers depend on each other when they are one work (versions; preprint and published), share authors
(``authors.same_authors``) or hold near-duplicate text. Dependence is passed on: if A depends on B and B on C, the
three are one group. Nothing is known of papers that name no authors, so only work and text tie them.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from synthesis.authors import read_authors, same_authors
from synthesis.merging import same_work
from synthesis.near_duplicates import near_duplicates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synthesis.records import Paper

OWN_GROUP = 0  # of the paper that the claim was taken from


def independent_groups(
    papers: Sequence[Paper], texts: Mapping[str, str], own: Paper | None = None
) -> dict[str, int]:
    """paper_id → number of its group, counted from 1 in the order of the papers' first appearance.

    ``texts`` holds, by paper_id, what was read of a paper; its abstract is compared besides. Papers that depend on
    ``own``, the paper that a claim was taken from, have number ``OWN_GROUP``: they are no independent voice on it.
    """
    unique = {paper.paper_id: paper for paper in papers}
    members = list(unique.values())
    everyone = members if own is None else [own, *members]
    roots = partition(everyone, lambda a, b: depends(a, b, texts))
    numbers: dict[int, int] = {} if own is None else {roots.pop(0): OWN_GROUP}
    for root in roots:
        numbers.setdefault(root, len(numbers) + (own is None))
    return {paper.paper_id: numbers[root] for paper, root in zip(members, roots, strict=True)}


def depends(one: Paper, other: Paper, texts: Mapping[str, str]) -> bool:
    """Whether two papers are one work, share authors, or hold near-duplicate text."""
    return (
        same_work(one, other)
        or same_authors(read_authors(one.authors), read_authors(other.authors))
        or any(near_duplicates(a, b) for a, b in product(_texts(one, texts), _texts(other, texts)))
    )


def count_works(papers: Sequence[Paper]) -> int:
    """How many works some papers are, versions of one counted once."""
    return len(set(partition(papers, same_work)))


def partition(papers: Sequence[Paper], related: Callable[[Paper, Paper], bool]) -> list[int]:
    """For each paper the index of the first one that it is related to, directly or through others (union–find)."""
    parent = list(range(len(papers)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in combinations(range(len(papers)), 2):
        a, b = sorted((find(i), find(j)))
        if a != b and related(papers[i], papers[j]):
            parent[b] = a
    return [find(i) for i in range(len(papers))]


def _texts(paper: Paper, texts: Mapping[str, str]) -> tuple[str, ...]:
    read = (texts.get(paper.paper_id), paper.abstract)
    return tuple(dict.fromkeys(text for text in read if text))
