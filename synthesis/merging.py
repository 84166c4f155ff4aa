"""One work, one record: papers that several databases or versions name differently are merged.

Links between records (``matching.link``) are followed from the surest to the weakest, and passed on: if A is B and B is
C, all three are one work. A link is not followed where it would make one work of records that cannot be one: with
DOIs of their own and other titles, of different parts, or, told by titles alone, too many years apart. What is found
depends on the records, not on their order; merging what was merged changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from synthesis.identifiers import normalise_title
from synthesis.matching import (
    PREPRINT_YEARS_APART,
    Facts,
    clash,
    identity,
    link,
    may_be_editions,
    same_work,
)
from synthesis.reconciling import fact_source, reconcile
from synthesis.records import Conflict, Paper, text_sha256
from synthesis.title_facts import Likeness, compare_titles, differ_in_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from synthesis.matching import Ids, Years
    from synthesis.title_facts import Title

__all__ = ["Merged", "distinct_ids", "merge_papers", "merge_records", "new_works", "same_work"]

# Records with one key are compared with this many neighbours in order (sorted neighbourhood, Hernández & Stolfo 1995),
# so that a key that thousands share costs no more than their number.
_WINDOW = 20
_MAX_TITLES = (
    50  # of one work in one round: what a wrong id glues is not compared with all that it glued before
)
_MAX_ROUNDS = 8  # what was merged may match further records; two rounds are usual
_SHOWN = 5  # titles in a conflict about an id


class Merged(NamedTuple):
    """A work and the places of its records among those given, in ascending order."""

    work: Paper
    members: tuple[int, ...]


def merge_papers(papers: Sequence[Paper]) -> list[Paper]:
    """Merge records of one work; works stand in the order in which their first records do.

    Every ``paper_id`` is there once. The works themselves do not depend on the order of the records.
    """
    return [merged.work for merged in merge_records(papers)]


def merge_records(papers: Sequence[Paper]) -> list[Merged]:
    """As ``merge_papers``, with the records that each work was made of."""
    return _with_own_ids(_with_conflicts(_grouped(papers)))


def new_works(papers: Sequence[Paper], known: Sequence[Paper]) -> list[Paper]:
    """Merge ``papers``, leaving out every work that ``known`` already holds."""
    everything = merge_records([*known, *papers])
    return [merged.work for merged in everything if merged.members[0] >= len(known)]


def distinct_ids(papers: Sequence[Paper]) -> list[Paper]:
    """Papers whose ids are their own (a user's corpus): only equal ids are one work."""
    unique: dict[str, Paper] = {}
    for paper in papers:
        unique.setdefault(paper.paper_id, paper)
    return list(unique.values())


# --------------------------------------------------------------------------- which records are one work


def _grouped(papers: Sequence[Paper]) -> list[Merged]:
    """Merge until nothing changes; in order of first appearance."""
    same: dict[Paper, list[int]] = {}
    for i, paper in enumerate(papers):
        same.setdefault(paper, []).append(i)
    works = [Merged(reconcile([paper]), tuple(places)) for paper, places in same.items()]
    facts = [Facts.of(merged.work) for merged in works]
    fresh = set(range(len(works)))
    for _ in range(_MAX_ROUNDS):
        groups = _groups([merged.work for merged in works], facts, fresh)
        if len(groups) == len(works):
            break
        fresh = {place for place, group in enumerate(groups) if len(group) > 1}
        works = [_join([works[i] for i in group]) for group in groups]
        facts = [
            Facts.of(works[place].work) if place in fresh else facts[group[0]]
            for place, group in enumerate(groups)
        ]
    return sorted(works, key=lambda merged: merged.members[0])


def _join(works: Sequence[Merged]) -> Merged:
    if len(works) == 1:
        return works[0]
    return Merged(reconcile([w.work for w in works]), tuple(sorted(i for w in works for i in w.members)))


def _groups(papers: Sequence[Paper], facts: Sequence[Facts], fresh: set[int]) -> list[list[int]]:
    """Indices of the records of each work; only links of ``fresh`` records are looked at, the others being known."""
    order = sorted(range(len(papers)), key=lambda i: _place(papers[i], facts[i]))
    clusters = {i: _Cluster(i, facts[i]) for i in order}
    links = sorted(
        (-strength, place, other)
        for place, other in _pairs([facts[i] for i in order])
        if (order[place] in fresh or order[other] in fresh)
        and (strength := link(facts[order[place]], facts[order[other]]))
    )
    for _, place, other in links:
        one, two = clusters[order[place]], clusters[order[other]]
        if one is two or not one.may_join(two):
            continue
        large, small = (one, two) if len(one.members) >= len(two.members) else (two, one)
        large.take(small)
        for member in small.members:
            clusters[member] = large
    return list({id(cluster): cluster.members for cluster in clusters.values()}.values())


def _place(paper: Paper, facts: Facts) -> tuple[str, ...]:
    """Where a record stands in an order that depends on its content alone, like beside like."""
    stated = (paper.year, paper.paper_id, paper.source, paper.title, paper.doi, paper.arxiv_id, paper.venue)
    return facts.title.key, " ".join(paper.authors), *map(str, stated), *paper.other_ids


def _pairs(facts: Sequence[Facts]) -> set[tuple[int, int]]:
    """Places of the records that may be one work: an id in common, or a title without regard to subtitles."""
    buckets: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(facts):
        for ids in one.ids.values():
            for key in ids:
                buckets[key].append(place)
        for head in {one.title.key, *one.title.heads}:
            buckets[f"title {head}"].append(place)
    return {
        (place, other)
        for places in buckets.values()
        for i, place in enumerate(places)
        for other in places[i + 1 : i + _WINDOW]
    }


class _Cluster:
    """Records held to be one work so far, with what another must not contradict."""

    def __init__(self, member: int, facts: Facts) -> None:
        self.members = [member]
        self.ids = {scheme: set(ids) for scheme, ids in facts.ids.items()}
        self.years = facts.years
        self.standings = {facts.standing}
        names = {scheme: set(ids) for scheme, ids in facts.names.items()}
        self.named = {facts.title: names} if names or facts.title.parts else {}

    def may_join(self, other: _Cluster) -> bool:
        """Whether no title with its names rules out another, and what titles alone join is not of too many years."""
        if len(self.named) + len(other.named) > _MAX_TITLES:
            return False
        shared = any(not own.isdisjoint(other.ids.get(scheme, ())) for scheme, own in self.ids.items())
        if not shared and not self._fits_by_title(other):
            return False
        return not any(
            _rule_out(one, names, two, others)
            for one, names in self.named.items()
            for two, others in other.named.items()
        )

    def take(self, other: _Cluster) -> None:
        """Join another cluster to this one."""
        self.members += other.members
        self.standings |= other.standings
        self.years = _span(self.years, other.years)
        _unite(self.ids, other.ids)
        for title, names in other.named.items():
            _unite(self.named.setdefault(title, {}), names)

    def _fits_by_title(self, other: _Cluster) -> bool:
        span = _span(self.years, other.years)
        if span and span[1] - span[0] > PREPRINT_YEARS_APART:
            return False
        alike = not self.standings.isdisjoint(other.standings)
        return not (alike and may_be_editions(self.ids, self.years, other.ids, other.years))


def _rule_out(one: Title, names: Ids, two: Title, others: Ids) -> bool:
    if differ_in_part(one.parts, two.parts):
        return True
    return clash(names, others) and compare_titles(one, two) < Likeness.NEAR


def _unite(ids: dict[str, set[str]], more: Ids) -> None:
    for scheme, values in more.items():
        ids.setdefault(scheme, set()).update(values)


def _span(one: Years, other: Years) -> Years:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


# --------------------------------------------------------------------------- what keeps works apart


def _with_conflicts(works: list[Merged]) -> list[Merged]:
    """Works that share an id and are not one carry a conflict that names it, with the titles it stands for."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for i, merged in enumerate(works):
        for key in dict.fromkeys(identity(merged.work)):
            holders[key].append(i)
    found: defaultdict[int, list[Conflict]] = defaultdict(list)
    for key, places in sorted(holders.items()):
        if len(places) > 1:
            stated = sorted({(fact_source(works[i].work, "title"), works[i].work.title) for i in places})
            for i in places:
                own = (fact_source(works[i].work, "title"), works[i].work.title)
                others = [value for value in stated[:_SHOWN] if value != own][: _SHOWN - 1]
                found[i].append(Conflict(field=key, values=(own, *others)))
    return [_contested(merged, found.get(i, ())) for i, merged in enumerate(works)]


def _contested(merged: Merged, found: Iterable[Conflict]) -> Merged:
    held = {conflict.field: conflict for conflict in merged.work.conflicts}
    wanted = held | {conflict.field: conflict for conflict in found}
    if wanted == held:
        return merged
    conflicts = tuple(wanted[field] for field in sorted(wanted))
    return merged._replace(work=merged.work.model_copy(update={"conflicts": conflicts}))


def _with_own_ids(works: list[Merged]) -> list[Merged]:
    """Give works that would have one ``paper_id`` ("Editorial", or an id that a database gave twice) their own."""
    by_id: defaultdict[str, list[Merged]] = defaultdict(list)
    for merged in works:
        by_id[merged.work.paper_id].append(merged)
    if len(by_id) == len(works):
        return works
    holders = _counted(key for merged in works for key in set(identity(merged.work)))
    return sorted(_apart(by_id, holders), key=lambda merged: merged.members[0])


def _counted(keys: Iterable[str]) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for key in keys:
        counts[key] += 1
    return counts


def _apart(by_id: Mapping[str, Sequence[Merged]], holders: Mapping[str, int]) -> Iterator[Merged]:
    for works in by_id.values():
        first, *others = sorted(works, key=lambda merged: merged.work.model_dump_json())
        yield first
        for merged in others:
            work = merged.work
            own = [key for key in sorted(identity(work)) if holders[key] == 1]
            telling = own[0] if own else work.model_dump_json()
            digest = text_sha256(f"{normalise_title(work.title)}\n{telling}")[:16]
            yield merged._replace(work=work.model_copy(update={"paper_id": f"title:{digest}"}))
