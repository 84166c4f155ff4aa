"""What a job will ask of the network, said before anything is sent: requests, minutes, credits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from synthesis.protocols import CitationSource, ReferenceSource
from synthesis.records import RequestPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.config import Config
    from synthesis.protocols import Source

_TRIES = 3  # copies of one paper that are tried at most, in nearly all cases
_ARXIV_SECONDS = 3.0  # between two requests to arXiv, where most open copies lie


@runtime_checkable
class _Planned(Protocol):
    name: str

    def plan(self, n_queries: int, limit: int) -> RequestPlan: ...


def plan_requests(
    n_queries: int, n_named: int, sources: Sequence[Source], config: Config, *, full_texts: bool
) -> list[RequestPlan]:
    """About what a report takes, a row for each remote source and one for the full texts.

    ``n_queries`` is the number of queries made of the question, ``n_named`` that of papers which the user names; without
    those the best matches are examined. Sources are asked at once, so the whole takes as long as the slowest.
    """
    n_examined = n_named or config.papers.max_examined
    asked = min(n_queries, config.queries.remote_queries) + n_examined
    rows = [
        _of_source(source, asked, n_named, n_examined, config)
        for source in sources
        if source.remote and isinstance(source, _Planned)
    ]
    if full_texts and config.papers.full_texts:
        rows.append(_of_texts(config.papers.full_texts))
    return rows


def plan_search(sources: Sequence[Source], limit: int) -> list[RequestPlan]:
    """At most what one query takes, a row for each remote source."""
    return [source.plan(1, limit) for source in sources if source.remote and isinstance(source, _Planned)]


def _of_source(source: _Planned, asked: int, n_named: int, n_examined: int, config: Config) -> RequestPlan:
    plan = source.plan(asked, config.papers.per_query)
    extra = n_named  # a look-up each
    if config.papers.cited:
        extra += n_examined * sum(isinstance(source, kind) for kind in (ReferenceSource, CitationSource))
    if config.evidence.remote_claims:
        claims = source.plan(config.evidence.remote_claims, config.evidence.papers_per_claim)
        extra += claims.requests
    each = plan.seconds / plan.requests if plan.requests else 0.0
    return plan.model_copy(update={"requests": plan.requests + extra, "seconds": plan.seconds + extra * each})


def _of_texts(count: int) -> RequestPlan:
    return RequestPlan(
        source="full texts",
        requests=_TRIES * count,
        seconds=_ARXIV_SECONDS * count,
        note=f"of the best {count} papers; the time is that of arXiv, where most open copies lie",
    )


def total_seconds(plans: Sequence[RequestPlan]) -> float:
    """The least that the whole takes: the slowest source, then the full texts."""
    searches = [plan.seconds for plan in plans if plan.source != "full texts"]
    texts = [plan.seconds for plan in plans if plan.source == "full texts"]
    return max(searches, default=0.0) + sum(texts)
