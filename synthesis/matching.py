"""Whether two records name one work.

Records that share an id do, unless titles and authors both say otherwise: databases link wrongly, and one wrong link
must not make one work of fifty. Without a shared id, an equal title with an agreeing first author and year does, and
so does a title without its subtitle where no id contradicts. Part I is not Part II, and an erratum, a reply or a
retraction notice is not the work that it is about.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from synthesis.authors import Likeness as NameLikeness
from synthesis.authors import likeness, read_authors, same_authors
from synthesis.identifiers import canonical_id
from synthesis.title_facts import Likeness, compare_titles, differ_in_part, read_title

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from synthesis.authors import Authors
    from synthesis.records import Paper
    from synthesis.title_facts import Title

YEARS_APART = 2  # of two records of one work
PREPRINT_YEARS_APART = 5  # of a preprint and what was published of it
_DATABASES = frozenset({"s2", "openalex"})  # numbers that a database gave by its own, fallible, merging
_NAMES = ("doi", "arxiv", "acl")  # what a publisher or archive gave to one work; it has hardly two of a kind
_GIVERS = (*_NAMES, "openalex", "s2", "pmid")
# Preprint servers by the DOIs that they register: bioRxiv and medRxiv (dates or numbers under Cold Spring Harbor's
# prefix), SSRN, Research Square, OSF's servers, ChemRxiv, TechRxiv, Preprints.org, Authorea, Zenodo.
_PREPRINT_DOI = re.compile(
    r"10\.(?:1101/(?:\d{4}\.\d\d\.\d\d\.)?\d{6,8}|2139/ssrn|21203/rs|312(?:19|34|35)/|31222/|31223/|26434/|36227/|20944/"
    r"|22541/|5281/zenodo)"
)
_PREPRINT_VENUE = re.compile(
    r"rxiv|\bcorr\b|\bssrn\b|research square|preprint|\bosf\b|zenodo|\bauthorea\b", re.IGNORECASE
)

Standing = Literal["published", "preprint", "unknown"]
Ids = Mapping[str, "AbstractSet[str]"]  # scheme → ids
Years = tuple[int, int] | None  # first and last


@dataclass(frozen=True)
class Facts:
    """What tells which work a record names.

    ``names`` are the ids that a publisher or archive gave; ``years`` include those of a merged record's conflicts.
    """

    ids: Ids
    names: Ids
    title: Title
    years: Years
    standing: Standing
    author_names: tuple[str, ...]

    @classmethod
    def of(cls, paper: Paper) -> Facts:
        """Read a record."""
        ids = _by_scheme(identity(paper))
        years = [year for year in (paper.year, *_contested_years(paper)) if year is not None]
        return cls(
            ids=ids,
            names={
                scheme: own
                for scheme in _NAMES
                if (own := {i for i in ids.get(scheme, ()) if not is_preprint_doi(i[4:])})
            },
            title=read_title(paper.title),
            years=(min(years), max(years)) if years else None,
            standing=standing_of(paper),
            author_names=paper.authors,
        )

    @cached_property
    def authors(self) -> Authors:
        """Its authors, read when they are first asked for."""
        return _read_authors(self.author_names)

    @cached_property
    def author_signs(self) -> frozenset[str]:
        """Each author as family name and first initial, and as all words in whatever order they stand."""
        return frozenset(
            sign
            for author in self.authors.people
            for sign in (f"{author.family} {''.join(author.given)[:1]}", " ".join(author.words))
            if " " in sign
        )


def same_work(a: Paper, b: Paper) -> bool:
    """Whether two records name one work."""
    return a == b or link(Facts.of(a), Facts.of(b)) > 0


def link(a: Facts, b: Facts) -> int:
    """How surely two records name one work: 0 not at all, 3 by a shared id and the title.

    2: by an equal title with an author or year, or by a shared id with authors and much of the title;
    1: by a title without its subtitle, or by a shared id alone.
    """
    titles = compare_titles(a.title, b.title)
    if a.title.kind != b.title.kind or differ_in_part(a.title.parts, b.title.parts):
        return 0
    shared = {scheme for scheme, own in a.ids.items() if not own.isdisjoint(b.ids.get(scheme, ()))}
    if not shared:
        return _link_by_title(a, b, titles)
    if titles is Likeness.EQUAL and not a.title.is_telling:
        titles = Likeness.ALIKE
    if titles >= Likeness.NEAR:
        return 3
    return 0 if clash(a.names, b.names) else _link_by_id(a, b, titles, trusted=not shared <= _DATABASES)


def clash(one: Ids, other: Ids) -> bool:
    """Whether two sets of ids hold one of a scheme each, and none of that scheme in common."""
    return any(own.isdisjoint(other[scheme]) for scheme, own in one.items() if scheme in other)


def may_be_editions(one: Ids, years: Years, other: Ids, others: Years) -> bool:
    """Whether works of one title look like yearly editions: of other years, and one giver of ids gave them two."""
    if years is None or others is None or years == others:
        return False
    return clash(*({scheme: ids[scheme] for scheme in _GIVERS if scheme in ids} for ids in (one, other)))


def identity(paper: Paper) -> list[str]:
    """All ids of a record in canonical form; hashes of titles are none, since titles are compared themselves."""
    own = (("arxiv", paper.arxiv_id), ("doi", paper.doi), ("acl", paper.acl_id))
    stated = (paper.paper_id, *paper.other_ids, *(f"{scheme}:{value}" for scheme, value in own if value))
    return [canonical_id(i) for i in stated if not i.startswith("title:")]


@lru_cache(maxsize=16384)
def is_preprint_doi(doi: str) -> bool:
    """Whether a DOI is that of a preprint server other than arXiv.

    >>> is_preprint_doi("10.1101/2020.03.09.20033217"), is_preprint_doi("10.1101/gr.1239303")
    (True, False)
    """
    return _PREPRINT_DOI.match(doi.lower()) is not None


def standing_of(paper: Paper) -> Standing:
    """Whether a record is of a published work, or of a preprint."""
    if paper.venue:
        return "preprint" if is_preprint_venue(paper.venue) and not paper.acl_id else "published"
    doi = canonical_id(f"doi:{paper.doi}") if paper.doi else ""
    if paper.acl_id or doi.startswith("acl:"):
        return "published"
    if doi.startswith("arxiv:") or is_preprint_doi(doi[4:]):
        return "preprint"
    if doi:
        return "published"
    return "preprint" if paper.arxiv_id else "unknown"


@lru_cache(maxsize=4096)
def is_preprint_venue(venue: str) -> bool:
    """Whether a venue is a preprint server.

    >>> [is_preprint_venue(v) for v in ("arXiv.org", "CoRR", "bioRxiv", "Computational Linguistics")]
    [True, True, True, False]
    """
    return _PREPRINT_VENUE.search(venue) is not None


def years_fit(a: Facts, b: Facts) -> bool:
    """Whether two records can be of one work by their years; a missing one fits any."""
    if a.years is None or b.years is None:
        return True
    gap = max(a.years[0] - b.years[1], b.years[0] - a.years[1])
    return gap <= (
        PREPRINT_YEARS_APART if {a.standing, b.standing} == {"preprint", "published"} else YEARS_APART
    )


def _link_by_title(a: Facts, b: Facts, titles: Likeness) -> int:
    """By titles: equal, or one without its subtitle; the less they tell, the less may speak against them."""
    # titles about another work ("Reply to …") are used again for the next letter
    if titles < Likeness.NEAR or a.title.kind or not (a.title.is_telling and b.title.is_telling):
        return 0
    if not years_fit(a, b) or (a.standing == b.standing and may_be_editions(a.ids, a.years, b.ids, b.years)):
        return 0
    known = bool(a.authors.people and b.authors.people)
    if known and not _same_lead(a.authors, b.authors):
        return 0
    clashing = clash(a.names, b.names)
    if titles is Likeness.EQUAL:
        return 2 if known or not clashing else 0
    return 1 if known and not clashing else 0


def _link_by_id(a: Facts, b: Facts, titles: Likeness, *, trusted: bool) -> int:
    """By a shared id where titles differ: authors decide; ids of databases count only with them or a like title."""
    if a.authors.people and b.authors.people:
        if a.author_signs.isdisjoint(b.author_signs):
            return 0
        return 2 if titles is Likeness.ALIKE else 1
    if titles is Likeness.ALIKE:
        return 2
    return 1 if trusted else 0


def _same_lead(a: Authors, b: Authors) -> bool:
    one, other = a.people[0], b.people[0]
    if not (one.given and other.given) and one.family == other.family:
        return True  # a family name alone, beside an equal title
    return likeness(one, other) > NameLikeness.NONE or same_authors(a, b)


@lru_cache(maxsize=8192)
def _read_authors(names: tuple[str, ...]) -> Authors:
    return read_authors(names)


def _by_scheme(ids: Iterable[str]) -> dict[str, set[str]]:
    schemes: defaultdict[str, set[str]] = defaultdict(set)
    for one in ids:
        schemes[one.partition(":")[0]].add(one)
    return dict(schemes)


def _contested_years(paper: Paper) -> list[int]:
    return [int(v) for c in paper.conflicts if c.field == "year" for _, v in c.values if v.isdecimal()]
