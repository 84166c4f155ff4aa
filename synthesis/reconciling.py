"""The records of one work → one record: which fact is whose, and what sources state differently.

The published version speaks for the work (title, year, venue, DOI); the text is that of the record that holds most of
it, by its length times the quality of its parse; of arXiv's versions the newest is named. A fact that sources state
differently is a ``Conflict``, unless the one dates a preprint and the other what was published of it.

A work is retracted when any of its records is, save one case: a preprint that its authors withdrew while the published
version stands. That work is not retracted; the withdrawal is a notice, and the withdrawn text is not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.authors import read_authors
from synthesis.identifiers import canonical_id, make_paper_id
from synthesis.matching import is_preprint_doi, standing_of
from synthesis.records import Conflict, Link, Notice, Paper
from synthesis.title_facts import Likeness, compare_titles, read_title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_FACTS = ("title", "year", "venue", "authors", "abstract", "doi")
_MAX_VALUES = 10  # of a conflict
_VERSIONS = ("published", "accepted", "submitted", None)
_MARK_WORD = re.compile("retracted|withdrawn", re.IGNORECASE)  # spares the rest a closer look
_ARXIV = "arxiv"  # the source; it dates and titles preprints, whatever journal it names beside


def reconcile(records: Sequence[Paper]) -> Paper:
    """One record of the records of one work; a single one is given back, a mark in its title read as a notice.

    The result does not depend on the order of the records. ``provenance`` is there when several sources contributed.
    """
    marked = [_with_notice_of_title(record) for record in records]
    if len(marked) == 1:
        return marked[0]
    ranked = sorted(marked, key=_authority)
    stands = _stands(ranked)
    readable = [p for p in ranked if not _is_down(p)] if stands else ranked
    text = max(readable, key=lambda p: (_text_weight(p), p.paper_id))
    chosen = _choose(ranked, readable, text)
    facts = {fact: getattr(record, fact) for fact, record in chosen.items()}
    work = ranked[0].model_copy(update=facts | _ids_of(ranked, chosen) | _text_of(text) | _known_of(ranked))
    return work.model_copy(
        update={
            "retracted": any(map(_is_down, ranked)) and not stands,
            "notices": _notices(ranked, text, work),
            "conflicts": _conflicts(ranked, chosen),
            "provenance": _provenance(ranked, chosen),
        }
    )


def fact_source(paper: Paper, fact: str) -> str:
    """The source that a fact of a record came from."""
    return dict(paper.provenance).get(fact, paper.source)


# --------------------------------------------------------------------------- who says what


def _authority(paper: Paper) -> tuple[int, float, str, str, str]:
    """Sort key: the published version first, then the fullest; all of the record last, so that no tie is left."""
    level = 0 if _is_publication(paper) else 1 if standing_of(paper) == "published" else 2
    return level, -_text_weight(paper), paper.paper_id, paper.source, paper.model_dump_json()


def _is_publication(paper: Paper) -> bool:
    return standing_of(paper) == "published" and fact_source(paper, "title") != _ARXIV


def _is_preprint(paper: Paper) -> bool:
    return standing_of(paper) == "preprint" or fact_source(paper, "title") == _ARXIV


def _text_weight(paper: Paper) -> float:
    return sum(len(section.text) for section in paper.sections) * paper.quality


def _choose(ranked: Sequence[Paper], readable: Sequence[Paper], text: Paper) -> dict[str, Paper]:
    """For each fact that is known, the record whose word is taken."""
    dois = [p for p in ranked if p.doi]
    candidates: dict[str, Sequence[Paper]] = {
        "title": ranked,
        "year": [p for p in ranked if p.year is not None],
        "venue": [p for p in ranked if p.venue],
        "authors": sorted((p for p in ranked if p.authors), key=lambda p: -len(p.authors)),
        "abstract": [p for p in (text, *readable) if p.abstract],
        "doi": [p for p in dois if _own_doi(p)] or dois,
    }
    return {fact: candidates[fact][0] for fact in _FACTS if candidates[fact]}


def _own_doi(paper: Paper) -> str | None:
    """The DOI under which a publisher brought the work out; ``None`` for those of preprints."""
    if not paper.doi or is_preprint_doi(paper.doi) or canonical_id(f"doi:{paper.doi}").startswith("arxiv:"):
        return None
    return paper.doi


def _provenance(ranked: Sequence[Paper], chosen: dict[str, Paper]) -> tuple[tuple[str, str], ...]:
    sources = {source for p in ranked for source in (p.source, *(s for _, s in p.provenance))}
    if len(sources) == 1:
        return ()
    return tuple((fact, fact_source(record, fact)) for fact, record in chosen.items())


# --------------------------------------------------------------------------- the parts of the record


def _ids_of(ranked: Sequence[Paper], chosen: dict[str, Paper]) -> dict[str, object]:
    arxiv = max(
        (p for p in ranked if p.arxiv_id), key=lambda p: (p.arxiv_version or 0, p.paper_id), default=None
    )
    arxiv_id = arxiv.arxiv_id if arxiv else None
    doi = chosen["doi"].doi if "doi" in chosen else None
    acl_id = next((p.acl_id for p in ranked if p.acl_id), None)
    paper_id = make_paper_id(title=ranked[0].title, arxiv_id=arxiv_id, doi=doi, acl_id=acl_id)
    if not (arxiv_id or doi or acl_id):
        paper_id = min(p.paper_id for p in ranked)
    known = {key for p in ranked for key in (p.paper_id, *p.other_ids)}
    # what was not chosen would be lost otherwise
    known |= {f"doi:{p.doi}" for p in ranked if p.doi and p.doi != doi}
    known |= {f"arxiv:{p.arxiv_id}" for p in ranked if p.arxiv_id and p.arxiv_id != arxiv_id}
    known |= {f"acl:{p.acl_id}" for p in ranked if p.acl_id and p.acl_id != acl_id}
    return {
        "paper_id": paper_id,
        "arxiv_id": arxiv_id,
        "arxiv_version": arxiv.arxiv_version if arxiv else None,
        "acl_id": acl_id,
        "other_ids": tuple(sorted(known - {paper_id})),
    }


def _text_of(text: Paper) -> dict[str, object]:
    return {
        "source": text.source,
        "sections": text.sections,
        "form": text.form,
        "quality": text.quality,
        "flags": text.flags,
    }


def _known_of(ranked: Sequence[Paper]) -> dict[str, object]:
    """What is united, or the first or greatest word on it."""
    opened = [p.open_access for p in ranked if p.open_access is not None]
    fields: dict[str, str] = {}
    for field in (field for p in ranked for field in p.fields):
        fields.setdefault(field.casefold(), field)
    return {
        "url": next((p.url for p in ranked if p.url), None),
        "language": next((p.language for p in ranked if p.language), None),
        "fields": tuple(fields.values()),
        "cited_by": max((p.cited_by for p in ranked if p.cited_by is not None), default=None),
        "open_access": any(opened) if opened else None,
        "links": _links(ranked),
    }


def _links(ranked: Sequence[Paper]) -> tuple[Link, ...]:
    """Each address once, the published version's first."""
    links = sorted(
        {link for p in ranked for link in p.links},
        key=lambda link: (_VERSIONS.index(link.version), link.form, link.source, link.url),
    )
    first: dict[str, Link] = {}
    for link in links:
        first.setdefault(link.url, link)
    return tuple(first.values())


# --------------------------------------------------------------------------- its standing


def _with_notice_of_title(paper: Paper) -> Paper:
    """Publishers retitle what was taken back: "RETRACTED ARTICLE: …"."""
    if paper.retracted or not _MARK_WORD.search(paper.title):
        return paper
    mark = read_title(paper.title).mark
    if mark is None:
        return paper
    notice = Notice(kind=mark, source=paper.source, detail="by its title")
    return paper.model_copy(update={"retracted": True, "notices": (*paper.notices, notice)})


def _is_down(paper: Paper) -> bool:
    return paper.retracted or any(n.kind == "retracted" for n in paper.notices)


def _is_withdrawal(paper: Paper) -> bool:
    """Whether a record that is down is a preprint that its authors took back."""
    return _is_preprint(paper) and not any(n.kind == "retracted" for n in paper.notices)


def _stands(ranked: Sequence[Paper]) -> bool:
    """Whether the published version stands though a preprint of it was withdrawn."""
    down = [p for p in ranked if _is_down(p)]
    return bool(down) and all(map(_is_withdrawal, down)) and any(map(_is_publication, ranked))


def _notices(ranked: Sequence[Paper], text: Paper, work: Paper) -> tuple[Notice, ...]:
    found = {n for p in ranked for n in p.notices if n.kind != "newer version"}
    found |= {n for n in text.notices if n.kind == "newer version"}
    for paper in ranked:
        if paper.retracted and not any(n.kind in {"retracted", "withdrawn"} for n in paper.notices):
            kind = "withdrawn" if _is_preprint(paper) else "retracted"
            found.add(Notice(kind=kind, source=paper.source))
    read, newest = text.arxiv_version, work.arxiv_version
    if text.sections and text.arxiv_id == work.arxiv_id and read and newest and read < newest:
        source = next(p.source for p in ranked if p.arxiv_id == work.arxiv_id and p.arxiv_version == newest)
        found.add(
            Notice(
                kind="newer version", source=source, detail=f"arXiv has v{newest}; what was read is v{read}"
            )
        )
    return tuple(sorted(found, key=lambda n: (n.kind, n.source, n.detail or "")))


# --------------------------------------------------------------------------- what is stated differently


def _conflicts(ranked: Sequence[Paper], chosen: dict[str, Paper]) -> tuple[Conflict, ...]:
    found = [
        *_differing(
            "year", ranked, chosen, lambda p: str(p.year) if p.year is not None else None, _other_year
        ),
        *_differing("title", ranked, chosen, lambda p: p.title, _other_title),
        *_differing("authors", ranked, chosen, _author_count, _other_count),
        *_differing("doi", ranked, chosen, _own_doi, lambda a, b: _own_doi(a) != _own_doi(b)),
        *_about_ids(ranked),
    ]
    return tuple(sorted(found, key=lambda conflict: conflict.field))


def _differing(
    fact: str,
    ranked: Sequence[Paper],
    chosen: dict[str, Paper],
    value: Callable[[Paper], str | None],
    differ: Callable[[Paper, Paper], bool],
) -> Iterable[Conflict]:
    """The conflict about a fact, with what earlier conflicts hold; none if nobody differs from the record chosen."""
    keeper = chosen.get(fact)
    kept = value(keeper) if keeper else None
    if keeper is None or kept is None:
        return
    others = {(fact_source(p, fact), v) for p in ranked if (v := value(p)) is not None and differ(keeper, p)}
    others |= {
        pair for p in ranked for c in p.conflicts if c.field == fact for pair in c.values if pair[1] != kept
    }
    if others:
        first = (fact_source(keeper, fact), kept)
        yield Conflict(field=fact, values=(first, *sorted(others)[: _MAX_VALUES - 1]))


def _other_year(kept: Paper, other: Paper) -> bool:
    if kept.year == other.year:
        return False
    return not (
        (_is_publication(kept) and _is_preprint(other)) or (_is_preprint(kept) and _is_publication(other))
    )


def _other_title(kept: Paper, other: Paper) -> bool:
    return compare_titles(read_title(kept.title), read_title(other.title)) < Likeness.NEAR


def _author_count(paper: Paper) -> str | None:
    n = len(paper.authors)
    return f"{n} author{'' if n == 1 else 's'}" if n else None


def _other_count(kept: Paper, other: Paper) -> bool:
    if len(kept.authors) == len(other.authors):
        return False
    return not any(read_authors(p.authors).cut for p in (kept, other))


def _about_ids(ranked: Sequence[Paper]) -> Iterable[Conflict]:
    """Conflicts about an id that another work claims, unless that work is now one of these records."""
    titles = {p.title for p in ranked}
    held = {
        c.field: c for p in reversed(ranked) for c in p.conflicts
        if ":" in c.field and not titles.issuperset(title for _, title in c.values)
    }  # fmt: skip
    return held.values()
