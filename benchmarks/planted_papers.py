"""Errors planted among a draft's papers: some that do not belong there, and voices counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planting import Bench, Planted, counted, said_by, with_voice

from synthesis.limitations import with_limitations
from synthesis.records import Evidence, Flow, Notice, Quote, ScreenedPaper, Section, Span, text_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from review_drafts import Kept

    from synthesis.records import Draft, Paper

# --------------------------------------------------------------------------- papers that do not belong here


def retracted_by_its_mark(kept: Kept, bench: Bench) -> Planted | None:
    """A paper on the topic that is marked as retracted."""
    return _retracted(kept, bench, {"retracted": True})


def retracted_by_a_notice(kept: Kept, bench: Bench) -> Planted | None:
    """A paper on the topic that a database has a notice of retraction for."""
    return _retracted(kept, bench, {"notices": (Notice(kind="retracted", source="crossref"),)})


def retracted_by_its_title(kept: Kept, bench: Bench) -> Planted | None:
    """A paper on the topic whose title says that it was retracted."""
    mark = bench.dice.choice(("RETRACTED: {}", "RETRACTED ARTICLE: {}", "{} [Retracted]", "WITHDRAWN: {}"))
    return _retracted(kept, bench, {}, mark)


def off_topic_and_far(kept: Kept, bench: Bench) -> Planted | None:
    """A paper that no query of the run found."""
    found = set(kept.found) | {p.paper.paper_id for p in kept.draft.papers}
    strangers = [p for p in bench.elsewhere if p.paper_id not in found]
    return _with_paper(kept.draft, bench.dice.choice(strangers), bench, known=False) if strangers else None


def off_topic_and_near(kept: Kept, bench: Bench) -> Planted | None:
    """A paper that the run found and did not take, because it covers too little of the question."""
    near = [p for p in kept.off_topic if not p.retracted]
    return _with_paper(kept.draft, bench.dice.choice(near), bench, known=True) if near else None


def off_topic_as_evidence(kept: Kept, bench: Bench) -> Planted | None:
    """A passage of a paper that no query found, with the scores of another passage, is evidence of a claim."""
    draft = kept.draft
    found = set(kept.found) | {p.paper.paper_id for p in draft.papers}
    strangers = [
        p for p in bench.elsewhere if p.paper_id not in found and p.sections and p.sections[0].text.strip()
    ]
    if not strangers:
        return None
    stranger = bench.dice.choice(strangers)
    claim = bench.dice.choice(draft.claims)
    items = [e for e in draft.evidence if e.claim_id == claim.claim_id]
    if not items:
        return None
    added = said_by(stranger, bench.dice.choice(items), len(items) + 1, max(e.group for e in items) + 1)
    return with_voice(draft, stranger, added, bench)


def _retracted(kept: Kept, bench: Bench, facts: Mapping[str, object], title: str = "{}") -> Planted | None:
    if not kept.on_topic:
        return None
    paper = bench.dice.choice(kept.on_topic)
    fallen = paper.model_copy(update={**facts, "title": title.format(paper.title)})
    return _with_paper(kept.draft, fallen, bench, known=True)


def _with_paper(draft: Draft, paper: Paper, bench: Bench, *, known: bool) -> Planted:
    """An included paper more, ranked among the others, and counts that say so."""
    flow, included = draft.flow, [p for p in draft.papers if p.role != "evidence"]
    place = bench.dice.randint(1, len(included))
    added = ScreenedPaper(paper=paper, relevance=included[place - 1].relevance, role="included")
    papers = (*draft.papers[:place], added, *draft.papers[place:])
    changed = draft.model_copy(update={"papers": papers, "flow": _one_more(flow, bench, known=known)})
    return Planted(with_limitations(changed), frozenset({paper.paper_id}))


def _one_more(flow: Flow, bench: Bench, *, known: bool) -> Flow:
    """One paper more was included: of those that were excluded, or found besides."""
    excluded = {reason: count for reason, count in flow.excluded.items() if count}
    if known and excluded:
        reason = max(excluded, key=lambda name: excluded[name])
        return flow.model_copy(
            update={"included": flow.included + 1, "excluded": flow.excluded | {reason: excluded[reason] - 1}}
        )
    source = bench.dice.choice(sorted(flow.identified))
    return flow.model_copy(
        update={
            "identified": flow.identified | {source: flow.identified[source] + 1},
            "screened": flow.screened + 1,
            "included": flow.included + 1,
        }
    )


# --------------------------------------------------------------------------- duplicate evidence


def the_same_again(kept: Kept, bench: Bench) -> Planted | None:
    """A piece of evidence once more, as another group."""
    draft = kept.draft
    item = bench.dice.choice(draft.evidence)
    items = [e for e in draft.evidence if e.claim_id == item.claim_id]
    again = item.model_copy(update={"rank": len(items) + 1, "group": max(e.group for e in items) + 1})
    return counted(draft, (*draft.evidence, again), item.claim_id, bench)


def a_twin_paper(kept: Kept, bench: Bench) -> Planted | None:
    """The text of a paper under another title and other authors speaks a second time."""
    return _twin(kept, bench, whole=True)


def a_shortened_twin(kept: Kept, bench: Bench) -> Planted | None:
    """Three quarters of the text of a paper under another title and other authors speak a second time."""
    return _twin(kept, bench, whole=False)


def a_group_split(kept: Kept, bench: Bench) -> Planted | None:
    """Of papers that depend on each other, or on the claim's own, one is counted as a group of its own."""
    draft = kept.draft
    by_group: dict[tuple[str, int], list[int]] = {}
    for i, e in enumerate(draft.evidence):
        by_group.setdefault((e.claim_id, e.group), []).append(i)
    shared = [(key, places) for key, places in by_group.items() if len(places) > 1 or key[1] == 0]
    if not shared:
        return None
    (claim_id, _), places = bench.dice.choice(shared)
    last = max(e.group for e in draft.evidence if e.claim_id == claim_id)
    changed = list(draft.evidence)
    changed[places[-1]] = changed[places[-1]].model_copy(update={"group": last + 1})
    return counted(draft, tuple(changed), claim_id, bench)


def _twin(kept: Kept, bench: Bench, *, whole: bool) -> Planted | None:
    draft = kept.draft
    papers = {p.paper.paper_id: p.paper for p in draft.papers}
    long = [
        e
        for e in draft.evidence
        if e.group and len(papers[e.paper_id].sections[e.quote.section].text.split()) > 80
    ]
    if not long or not bench.elsewhere:
        return None
    item = bench.dice.choice(long)
    paper, other = papers[item.paper_id], bench.dice.choice(bench.elsewhere)
    text = paper.sections[item.quote.section].text
    start, end = _kept_stretch(text, item) if not whole else (0, len(text))
    twin = other.model_copy(
        update={
            "paper_id": f"title:{text_sha256(other.title + paper.title)[:16]}",
            "title": f"{other.title.split(':')[0]}: a study",
            "abstract": text[start:end],
            "sections": (Section(title="Abstract", text=text[start:end]),),
            "doi": None,
            "arxiv_id": None,
            "acl_id": None,
            "other_ids": (),
            "url": None,
        }
    )
    items = [e for e in draft.evidence if e.claim_id == item.claim_id]
    quote = Quote.of(twin, 0, item.quote.start - start, item.quote.end - start)
    again = item.model_copy(
        update={
            "paper_id": twin.paper_id,
            "quote": quote,
            "context": Span(start=max(0, item.context.start - start), end=min(end, item.context.end) - start),
            "rank": len(items) + 1,
            "group": max(e.group for e in items) + 1,
        }
    )
    return with_voice(draft, twin, again, bench)


def _kept_stretch(text: str, item: Evidence) -> tuple[int, int]:
    """About three quarters of a text, its quote among them."""
    most = int(len(text) * 0.75)
    start = min(item.quote.start, len(text) - most)
    return start, max(start + most, item.quote.end)
