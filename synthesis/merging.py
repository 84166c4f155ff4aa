"""One work, one record: papers that several databases or versions name differently are merged.

Two records are the same work when they share an arXiv id, a DOI or an ACL Anthology id, or when their
normalised titles are equal and at least one further fact agrees (an author's family name, or years at most
two apart where authors are missing). A preprint is thereby linked to its published version.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from synthesis.identifiers import make_paper_id, normalise_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.records import Paper

_MIN_TITLE_WORDS = 3  # "Introduction" or "Preface" alone never identifies a work


def merge_papers(papers: Sequence[Paper]) -> list[Paper]:
    """Merge records of one work; order of first appearance is kept.

    The result does not depend on the order of the records of one work, save for ties between equals.
    """
    groups = _group(papers)
    return [_merge([papers[i] for i in group]) for group in groups]


def new_works(papers: Sequence[Paper], known: Sequence[Paper]) -> list[Paper]:
    """Merge ``papers``, leaving out every work that ``known`` already holds."""
    groups = _group([*known, *papers])
    return [_merge([papers[i - len(known)] for i in group]) for group in groups if group[0] >= len(known)]


def distinct_ids(papers: Sequence[Paper]) -> list[Paper]:
    """Papers whose ids are their own (a user's corpus): only equal ids are one work."""
    unique: dict[str, Paper] = {}
    for paper in papers:
        unique.setdefault(paper.paper_id, paper)
    return list(unique.values())


def same_work(a: Paper, b: Paper) -> bool:
    """Whether two records name one work."""
    return bool(_keys(a) & _keys(b)) or _same_title(a, b)


def _group(papers: Sequence[Paper]) -> list[list[int]]:
    """Union-find over shared keys and agreeing titles; groups and members in order of appearance."""
    parent = list(range(len(papers)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    seen: dict[str, int] = {}
    by_title: dict[str, list[int]] = defaultdict(list)
    for i, paper in enumerate(papers):
        for key in sorted(_keys(paper)):
            parent[find(i)] = find(seen.setdefault(key, i))
        title = normalise_title(paper.title)
        for j in by_title[title]:
            if _same_title(paper, papers[j]):
                parent[find(i)] = find(j)
        by_title[title].append(i)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(len(papers)):
        groups[find(i)].append(i)
    return sorted(groups.values())


def _keys(paper: Paper) -> set[str]:
    keys = {paper.paper_id, *paper.other_ids}
    for scheme, value in (("arxiv", paper.arxiv_id), ("doi", paper.doi), ("acl", paper.acl_id)):
        if value:
            keys.add(f"{scheme}:{value}")
    return keys


def _family_names(authors: Iterable[str]) -> set[str]:
    return {words[-1] for a in authors if (words := normalise_title(a.split(",")[0]).split())}


def _same_title(a: Paper, b: Paper) -> bool:
    title = normalise_title(a.title)
    if title != normalise_title(b.title) or len(title.split()) < _MIN_TITLE_WORDS:
        return False
    if a.authors and b.authors:
        return bool(_family_names(a.authors) & _family_names(b.authors))
    return a.year is None or b.year is None or abs(a.year - b.year) <= 2


def _is_published(paper: Paper) -> bool:
    return bool(paper.acl_id) or bool(paper.venue and "arxiv" not in paper.venue.casefold())


def _stored_chars(paper: Paper) -> int:
    return sum(len(s.text) for s in paper.sections)


def _merge(records: list[Paper]) -> Paper:
    if len(records) == 1:
        return records[0]
    # the published version speaks for the work, the fullest text is read; ids break ties
    ranked = sorted(records, key=lambda p: (not _is_published(p), -_stored_chars(p), p.paper_id, p.source))
    fullest = max(ranked, key=lambda p: (_stored_chars(p), p.paper_id))
    first = ranked[0]
    arxiv = max(
        (p for p in ranked if p.arxiv_id), key=lambda p: (p.arxiv_version or 0, p.paper_id), default=None
    )
    doi = next((p.doi for p in ranked if p.doi), None)
    acl_id = next((p.acl_id for p in ranked if p.acl_id), None)
    paper_id = make_paper_id(
        title=first.title, arxiv_id=arxiv.arxiv_id if arxiv else None, doi=doi, acl_id=acl_id
    )
    if not (arxiv or doi or acl_id):
        paper_id = min(p.paper_id for p in records)
    known = {key for p in records for key in (p.paper_id, *p.other_ids)}
    return first.model_copy(
        update={
            "paper_id": paper_id,
            "abstract": fullest.abstract or next((p.abstract for p in ranked if p.abstract), None),
            "authors": max((p.authors for p in ranked), key=len),
            "year": next((p.year for p in ranked if p.year is not None), None),
            "venue": next((p.venue for p in ranked if p.venue), None),
            "doi": doi,
            "arxiv_id": arxiv.arxiv_id if arxiv else None,
            "arxiv_version": arxiv.arxiv_version if arxiv else None,
            "acl_id": acl_id,
            "url": next((p.url for p in ranked if p.url), None),
            "source": fullest.source,
            "retracted": any(p.retracted for p in records),
            "other_ids": tuple(sorted(known - {paper_id})),
            "sections": fullest.sections,
        }
    )
