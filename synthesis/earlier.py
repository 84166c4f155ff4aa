"""What an update takes over of the report that it updates: its papers under their names, its texts, what it read.

Claims are locked to words of the examined papers, so those keep the text that they had. Any other paper is read in the
text that its source gives now, unless its full text was fetched before and no newer version of it is known. A paper
that is not found again stays among those that give evidence, as what was read of it is not disproved by not being
found; it goes when it was retracted, when its library no longer holds it, or when it is left out on request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.matching import identity
from synthesis.merging import same_work
from synthesis.reconciling import reconcile
from synthesis.records import Candidate, Rejection, ScreenedPaper
from synthesis.standing import Records, is_fallen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synthesis.papers import Screened
    from synthesis.records import Claim, Draft, Evidence, Paper, Passage
    from synthesis.standing import Standing

RETRACTED = "retracted"  # as screening says it
_TEXT = ("sections", "abstract", "form", "quality", "flags", "arxiv_version")


def examined_papers(draft: Draft) -> tuple[Paper, ...]:
    """The papers from which the earlier report took its claims."""
    return tuple(p.paper for p in draft.papers if p.role == "examined")


def take_up(screened: Screened, draft: Draft, standing: Standing) -> Screened:
    """What was screened anew, each paper of the earlier ``draft`` under its earlier name, the fallen ones gone."""
    papers = _under_earlier_names(screened.papers, draft, standing)
    fallen = [p.paper for p in papers if p.paper.retracted and p.role != "examined"]
    if not fallen:
        return screened._replace(papers=tuple(papers))
    rejections = [
        Rejection(stage="papers", item=p.paper_id, reason=RETRACTED, detail=p.title) for p in fallen
    ]
    excluded = dict(screened.flow.excluded)
    excluded[RETRACTED] = excluded.get(RETRACTED, 0) + len(fallen)
    flow = screened.flow.model_copy(
        update={"excluded": dict(sorted(excluded.items())), "included": screened.flow.included - len(fallen)}
    )
    kept = tuple(p for p in papers if p.role == "examined" or not p.paper.retracted)
    return screened._replace(papers=kept, rejections=(*screened.rejections, *rejections), flow=flow)


def evidence_now(
    found: Sequence[ScreenedPaper],
    screened: Sequence[ScreenedPaper],
    draft: Draft,
    standing: Standing,
    records: Sequence[Paper],
    left_out: Sequence[Paper] = (),
) -> list[ScreenedPaper]:
    """The further papers that may give evidence: those ``found`` anew, then the earlier ones that still stand.

    ``records`` are all that this run's queries brought, by which those that fell are known.
    """
    out = {paper.paper_id for paper in left_out}
    named = [
        p
        for p in _under_earlier_names(found, draft, standing)
        if not p.paper.retracted and p.paper.paper_id not in out
    ]
    here = {p.paper.paper_id for p in (*screened, *named)}
    absent = {*(r.item for r in standing.gone), *out}
    known = Records((*records, *standing.papers))
    carried = []
    for earlier in (p.paper for p in draft.papers):
        if earlier.paper_id in here | absent:
            continue
        told = known.of(earlier)
        if not is_fallen(earlier, told):
            paper = _renewed(earlier, told, with_text=True)
            carried.append(ScreenedPaper(paper=paper, relevance=0.0, role="evidence"))
    return [*named, *carried]


def still_read(
    ranked: Sequence[Candidate],
    claims: Sequence[Claim],
    evidence: Sequence[Evidence],
    passages: Sequence[Passage],
) -> list[Candidate]:
    """The passages ``ranked`` for each claim, and those read before that are still there, below them.

    Of a paper that was read before, the same passage is read again.
    """
    texts = {p.passage_id: p for p in passages}
    before: dict[str, dict[str, Candidate]] = {}
    for item in evidence:
        candidate = _candidate_of(item, texts)
        if candidate:
            before.setdefault(item.claim_id, {})[item.paper_id] = candidate
    of_claim: dict[str, list[Candidate]] = {}
    for candidate in ranked:
        of_claim.setdefault(candidate.claim_id, []).append(candidate)
    paper_of = {passage.passage_id: passage.paper_id for passage in passages}
    return [
        candidate
        for claim in claims
        for candidate in _joined(of_claim.get(claim.claim_id, ()), before.get(claim.claim_id, {}), paper_of)
    ]


def _joined(
    ranked: Sequence[Candidate], before: Mapping[str, Candidate], paper_of: Mapping[str, str]
) -> Iterator[Candidate]:
    """The candidates of one claim, numbered anew."""
    papers = [paper_of[candidate.passage_id] for candidate in ranked]
    again = [before.get(paper, candidate) for paper, candidate in zip(papers, ranked, strict=True)]
    others = [candidate for paper, candidate in before.items() if paper not in papers]
    for rank, candidate in enumerate((*again, *others), start=1):
        yield candidate.model_copy(update={"rank": rank})


def _candidate_of(item: Evidence, passages: Mapping[str, Passage]) -> Candidate | None:
    """The passage that was read, where it still stands as it did."""
    passage_id = f"{item.paper_id}#{item.quote.section}:{item.context.start}"
    passage = passages.get(passage_id)
    if passage is None or passage.end != item.context.end:
        return None
    start = item.quote.start - passage.start
    if passage.text[start : start + len(item.quote.text)] != item.quote.text:
        return None
    return Candidate(claim_id=item.claim_id, passage_id=passage_id, rank=item.rank, relevance=item.relevance)


# --------------------------------------------------------------------------- one work, then and now


def with_earlier_texts(papers: Sequence[ScreenedPaper], draft: Draft) -> tuple[ScreenedPaper, ...]:
    """The papers, examined ones with the text that they had, others with what was fetched for them before."""
    earlier = {p.paper.paper_id: p.paper for p in draft.papers}
    return tuple(
        p.model_copy(update={"paper": _with_text_of(old, p.paper)})
        if (old := earlier.get(p.paper.paper_id))
        and (p.role == "examined" or (old.form and not p.paper.form and not is_newer(p.paper, old)))
        else p
        for p in papers
    )


def _with_text_of(old: Paper, now: Paper) -> Paper:
    return now.model_copy(update={name: getattr(old, name) for name in (*_TEXT, "source")})


def _under_earlier_names(
    papers: Sequence[ScreenedPaper], draft: Draft, standing: Standing
) -> list[ScreenedPaper]:
    """Each paper that the draft holds already, under the name that it has there, with its standing of today.

    An id that a database has learnt meanwhile must not give a paper another name: claims and quotes hold the old one.
    """
    told = Records(standing.papers)
    earlier = _matched([p.paper for p in papers], draft)
    return [
        screened.model_copy(update={"paper": _renewed(old, [screened.paper, *told.of(old)], with_text=False)})
        if (old := earlier.get(screened.paper.paper_id))
        else screened
        for screened in papers
    ]


def _matched(papers: Sequence[Paper], draft: Draft) -> dict[str, Paper]:
    """paper_id now → the draft's paper of that work, which each belongs to one; equal names first."""
    old = {p.paper.paper_id: p.paper for p in draft.papers}
    matched = {p.paper_id: old.pop(p.paper_id) for p in papers if p.paper_id in old}
    by_key = {key: paper_id for paper_id, paper in old.items() for key in identity(paper)}
    for paper in papers:
        names = (by_key[key] for key in identity(paper) if key in by_key)
        own = next((n for n in names if n in old and same_work(old[n], paper)), None)
        if own and paper.paper_id not in matched:
            matched[paper.paper_id] = old.pop(own)
    return matched


def _renewed(old: Paper, records: Sequence[Paper], *, with_text: bool) -> Paper:
    """A paper of the earlier report with what ``records`` of it say now.

    ``with_text``: with the full text that was fetched for it too; else the stage of full texts brings it back.
    """
    if not records:
        return old
    text = _text_now(old, records, with_text=with_text)
    facts = {name: getattr(text, name) for name in _TEXT}
    merged = reconcile([old.model_copy(update=facts), *records])
    others = {*merged.other_ids, merged.paper_id} - {old.paper_id}
    return merged.model_copy(
        update={**facts, "source": text.source, "paper_id": old.paper_id, "other_ids": tuple(sorted(others))}
    )


def _text_now(old: Paper, records: Sequence[Paper], *, with_text: bool) -> Paper:
    """The record whose text is read: that of the source which gave it before, if it still gives any."""
    now = next((r for r in records if r.source == old.source and r.sections), old)
    fetched = old.form is not None and now.form is None
    if fetched and with_text and not is_newer(now, old):
        return old
    return now


def is_newer(now: Paper, old: Paper) -> bool:
    """Whether a record names a later version on arXiv than the one that was read."""
    return bool(now.arxiv_version and old.arxiv_version and now.arxiv_version > old.arxiv_version)
