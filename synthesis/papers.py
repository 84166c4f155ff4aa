"""What was found → papers: merge duplicates, rank, screen with reasons, and say what the search missed.

Rank: what all sources found is pooled and ranked anew for each query by BM25, so that a library of five
papers and one of fifty thousand compete on equal terms; the rankings are fused by reciprocal rank (Cormack
et al. 2009), weighted by the query's origin, times the share of the question's topic that a paper covers.
Weights were chosen on the five seed questions over 101,562 papers (docs/experiments.md). Screening drops
what is retracted, what the user's filters exclude, what has no text to read, what covers too little of the
question, and what is past the number asked for; each with its reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from synthesis.completeness import SHARED_FEEDS, Completeness, captures_of, estimate_completeness
from synthesis.filtering import why_filtered
from synthesis.libraries import REMOTE_SOURCES
from synthesis.merging import distinct_ids, merge_papers, merge_records, new_works, same_work
from synthesis.records import Flow, Paper, Rejection, ScreenedPaper
from synthesis.retrieval import analyze, index_papers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synthesis.config import PaperConfig
    from synthesis.records import SearchQuery
    from synthesis.searching import Found

_RRF_K = 60  # Cormack, Clarke & Büttcher 2009, Reciprocal Rank Fusion outperforms Condorcet
_ORIGIN_WEIGHTS = {
    "question": 0.5,
    "key phrases": 1.0,
    "key phrase": 0.3,
    "variant": 0.3,
    "examined title": 1.0,
    "examined abstract": 2.0,
    "claim": 1.0,
    "reading": 1.0,
    "meaning": 2.0,
}
_FUSED_DEPTH = 300  # ranks of a query that count in the fusion
_SHARED_WITH_EXAMINED = 2.0  # a term of the question that the examined paper holds too is the topic's core


_RELEVANT = frozenset({None, "less relevant than the papers kept"})  # why a paper on the topic may be dropped


# Where a record of ``Flow.identified`` comes from when no source gave it.
NAMED, EARLIER = "named by the user", "earlier report"


class Screened(NamedTuple):
    """What was kept, what was dropped, the counts, and how much of the literature the search is likely to have seen."""

    papers: tuple[ScreenedPaper, ...]
    rejections: tuple[Rejection, ...]
    flow: Flow
    completeness: Completeness


def best_match(
    queries: Sequence[SearchQuery], topics: Sequence[Mapping[str, float]], found: Found, config: PaperConfig
) -> list[Paper]:
    """The papers that fit the question best, for a report whose user names none to examine."""
    count = min(config.max_examined, config.max_papers)
    works = [
        w for w in merge_papers(found.papers) if _is_readable(w) and why_filtered(w, config.filters) is None
    ]
    scores = _relevance(works, queries, found, _weigh_readings(topics, found.papers, ()))
    return sorted(works, key=lambda w: (-scores[w.paper_id], w.paper_id))[:count]


def screen_papers(
    topics: Sequence[Mapping[str, float]],
    queries: Sequence[SearchQuery],
    found: Found,
    examined: Sequence[Paper],
    config: PaperConfig,
) -> Screened:
    """Merge, rank and screen what was found; ``examined`` papers are always kept and come first.

    ``topics`` holds the question's phrases with their weights, in each language in which it is read.
    """
    merged = merge_records([*examined, *found.papers])
    works = [m.work for m in merged]
    terms = _weigh_readings(topics, found.papers, examined)
    scores = _relevance(works, queries, found, terms)
    is_examined = {w.paper_id for w in works if any(same_work(w, e) for e in examined)}
    works.sort(key=lambda w: (-scores[w.paper_id], w.paper_id))
    kept = [_screened(w, scores, "examined") for w in works if w.paper_id in is_examined]
    rejections: list[Rejection] = []
    relevant = [w for w in works if w.paper_id in is_examined]
    for work in works:
        if work.paper_id in is_examined:
            continue
        reason = _why_not(work, covered_share(terms, work), len(kept), config)
        if reason in _RELEVANT:
            relevant.append(work)
        if reason:
            rejections.append(Rejection(stage="papers", item=work.paper_id, reason=reason, detail=work.title))
        else:
            kept.append(_screened(work, scores, "included"))
    flow = _count(found, examined, works, kept, rejections)
    on_topic = {w.paper_id for w in relevant}
    members = [
        [i - len(examined) for i in m.members if i >= len(examined)]
        for m in merged
        if m.work.paper_id in on_topic
    ]
    return Screened(tuple(kept), tuple(rejections), flow, _completeness(found, members))


def _completeness(found: Found, members: Sequence[Sequence[int]]) -> Completeness:
    """From which source found which relevant work; a source that answered no query did not take part.

    A user's libraries are one selection of the literature, however many there are: they count as one source.
    ``members`` are the records of each relevant work, as indices into the papers found.
    """
    captures = captures_of(members, found.hits)
    answered = sorted({entry.source for entry in found.log if entry.error is None})
    own = frozenset(answered) - frozenset(REMOTE_SOURCES)
    return estimate_completeness([c for c in captures if c], answered, (*SHARED_FEEDS, own))


def _screened(
    work: Paper, scores: Mapping[str, float], role: Literal["examined", "included"]
) -> ScreenedPaper:
    return ScreenedPaper(paper=work, relevance=round(scores[work.paper_id], 6), role=role)


def _count(
    found: Found,
    examined: Sequence[Paper],
    works: Sequence[Paper],
    kept: Sequence[ScreenedPaper],
    rejections: Sequence[Rejection],
) -> Flow:
    identified = Counter(source for source, _ in {(hit.source, hit.paper) for hit in found.hits})
    named = [p for p in examined if not any(same_work(p, f) for f in found.papers)]
    if named:
        identified[NAMED] = len(named)
    return Flow(
        identified=dict(sorted(identified.items())),
        duplicates_removed=identified.total() - len(works),
        screened=len(works),
        excluded=dict(sorted(Counter(r.reason for r in rejections).items())),
        included=len(kept),
    )


def evidence_papers(
    found: Sequence[Paper], known: Sequence[ScreenedPaper], config: PaperConfig
) -> list[ScreenedPaper]:
    """The papers that the claims' own queries found, beside those already known; retracted ones left out."""
    ids = {p.paper.paper_id for p in known}
    works = (
        new_works(found, [p.paper for p in known])
        if config.merge_versions
        else distinct_ids([p for p in found if p.paper_id not in ids])
    )
    return [
        ScreenedPaper(paper=work, relevance=0.0, role="evidence")
        for work in works
        if _is_readable(work) and why_filtered(work, config.filters) is None
    ]


def weigh_terms(
    topic: Mapping[str, float], papers: Sequence[Paper], examined: Sequence[Paper]
) -> dict[str, float]:
    """The question's analysed terms with their weights.

    A phrase's weight is shared among its terms; a term that the examined papers hold weighs double; a term
    that no paper found holds weighs nothing, since it tells no paper from another.
    """
    known = frozenset().union(*(_terms(paper) for paper in (*papers, *examined)))
    core = frozenset().union(*(_terms(paper) for paper in examined))
    weights: dict[str, float] = {}
    for phrase, weight in topic.items():
        terms = [term for term in dict.fromkeys(analyze(phrase)) if term in known]
        for term in terms:
            share = weight / len(terms) * (_SHARED_WITH_EXAMINED if term in core else 1.0)
            weights[term] = max(weights.get(term, 0.0), share)
    return weights


def weigh_topics(
    topics: Sequence[Mapping[str, float]], papers: Sequence[Paper], examined: Sequence[Paper]
) -> dict[str, float]:
    """``weigh_terms`` of all readings together; a term of several counts where it weighs most."""
    weights: dict[str, float] = {}
    for terms in _weigh_readings(topics, papers, examined):
        for term, weight in terms.items():
            weights[term] = max(weights.get(term, 0.0), weight)
    return weights


def _weigh_readings(
    topics: Sequence[Mapping[str, float]], papers: Sequence[Paper], examined: Sequence[Paper]
) -> list[dict[str, float]]:
    """``weigh_terms`` of each reading; one none of whose terms any paper holds tells nothing and is left out."""
    weighed = [weigh_terms(topic, papers, examined) for topic in topics]
    return [terms for terms in weighed if terms]


def on_topic(topics: Sequence[Mapping[str, float]], config: PaperConfig) -> Callable[[Paper], bool]:
    """Whether a paper covers enough of the question, judged by itself before all answers are in."""
    readings: list[dict[str, float]] = []
    for topic in topics:
        terms: dict[str, float] = {}
        for phrase, weight in topic.items():
            analysed = list(dict.fromkeys(analyze(phrase)))
            for term in analysed:
                terms[term] = max(terms.get(term, 0.0), weight / len(analysed))
        readings.append(terms)
    return lambda paper: covered_share(readings, paper) >= config.min_relevance


def covered_share(readings: Sequence[Mapping[str, float]], paper: Paper) -> float:
    """Share of the question's weight whose terms occur in the paper's title or abstract, 0–1.

    ``readings`` are the question's weighted terms in each language; the one that the paper covers best counts.
    """
    held = _terms(paper)
    shares = [
        sum(weight for term, weight in terms.items() if term in held) / total
        for terms in readings
        if (total := sum(terms.values()))
    ]
    return max(shares, default=1.0)


def _terms(paper: Paper) -> frozenset[str]:
    return frozenset(analyze(f"{paper.title}\n{paper.abstract or ''}"))


def _relevance(
    works: Sequence[Paper],
    queries: Sequence[SearchQuery],
    found: Found,
    terms: Sequence[Mapping[str, float]],
) -> dict[str, float]:
    """Fused reciprocal ranks over the pool, times the covered share of the question.

    By words the pool is ranked anew; a rank by meaning is that of the source, which held all its titles against it.
    """
    fused: defaultdict[str, float] = defaultdict(float)
    by_meaning = {query.text for query in queries if query.origin == "meaning"}
    queries = [query for query in queries if query.origin != "meaning"]
    for hit in found.hits:
        if hit.query in by_meaning:
            fused[found.papers[hit.paper].paper_id] += _ORIGIN_WEIGHTS["meaning"] / (_RRF_K + hit.rank)
    if works and queries:
        rankings = index_papers(works).search([q.text for q in queries], k=_FUSED_DEPTH)
        for query, ranking in zip(queries, rankings, strict=True):
            for place in ranking:
                fused[place.doc_id] += _ORIGIN_WEIGHTS[query.origin] / (_RRF_K + place.rank)
    return {work.paper_id: fused[work.paper_id] * covered_share(terms, work) for work in works}


def _is_readable(work: Paper) -> bool:
    return not work.retracted and any(s.text.strip() for s in work.sections)


def _why_not(work: Paper, coverage: float, kept: int, config: PaperConfig) -> str | None:
    if work.retracted:
        return "retracted"
    filtered = why_filtered(work, config.filters)
    if filtered:
        return filtered
    if not any(s.text.strip() for s in work.sections) and not (config.full_texts and work.links):
        return "no abstract or full text"
    if coverage < config.min_relevance:
        return "covers too little of the question"
    if kept >= config.max_papers:
        return "less relevant than the papers kept"
    return None
