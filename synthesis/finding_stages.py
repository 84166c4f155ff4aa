"""The stages that find papers: queries, searches by words, by meaning and by citations, screening, full texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.bridging import NEAREST, Bridged, meaning_query, read_question, reading_queries, reading_topics
from synthesis.full_texts import WithText, read_full_texts
from synthesis.papers import Screened, best_match, evidence_papers, on_topic, screen_papers
from synthesis.phrases import foreign_language, topic_phrases
from synthesis.protocols import MeaningSource
from synthesis.queries import examined_queries, expand_question
from synthesis.records import SearchQuery
from synthesis.searching import (
    NOTHING,
    Found,
    failed_sources,
    follow_citations,
    join_found,
    search_by_meaning,
    search_sources,
)
from synthesis.stage_results import EvidencePapers, Queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synthesis.config import Config
    from synthesis.protocols import Source
    from synthesis.records import Claim, FetchAttempt, Paper, Reading, ScreenedPaper
    from synthesis.request import Request, Tools
    from synthesis.store import Run


@dataclass(frozen=True, slots=True)
class FindingStages:
    """Bound to one request and the run that keeps their results."""

    request: Request
    tools: Tools
    config: Config
    run: Run
    on_stage: Callable[[str], None]
    previous: Run | None = None

    def queries(self) -> tuple[SearchQuery, ...]:
        """The queries made of the question; none for a verification."""
        self.on_stage("queries")
        question, config = self.request.question, self.config.queries
        asked = self.request.kind == "report"
        return self.run.stage(
            "queries", Queries, lambda: Queries(tuple(expand_question(question, config)) if asked else ())
        ).queries

    def search(self, queries: tuple[SearchQuery, ...]) -> Found:
        """The first round: what the sources answer to the queries."""
        self.on_stage("search")
        limit, remote = self.config.papers.per_query, self.config.queries.remote_queries
        return self.run.stage(
            "search",
            Found,
            lambda: search_sources(
                queries,
                self.tools.sources,
                limit,
                remote,
                self.known("search"),
                on_topic(self.topics(()), self.config.papers),
            ),
        )

    def known(self, name: str) -> Found:
        """What the previous run found in a stage of searching."""
        return (self.previous.load(name, Found) if self.previous else None) or NOTHING

    def search_meaning(
        self, queries: tuple[SearchQuery, ...], found: Found
    ) -> tuple[tuple[SearchQuery, ...], Found]:
        """Papers whose titles mean what the question asks, where it or a library is not in English alone."""
        self.on_stage("languages")
        meaning = self.tools.meaning
        if meaning is None or self.request.kind == "verification":
            return queries, found
        foreign = foreign_language(self.request.question) is not None
        asked = [
            source
            for source in self.still_answering(found)
            if isinstance(source, MeaningSource) and (foreign or source.languages() - {"en"})
        ]
        query = meaning_query(self.request.question)
        more = self.run.stage(
            "meaning_search",
            Found,
            lambda: search_by_meaning(self.request.question, query, asked, NEAREST, meaning),
        )
        return ((*queries, query), join_found(found, more)) if more.papers else (queries, found)

    def readings(self, queries: tuple[SearchQuery, ...], found: Found) -> tuple[Reading, ...]:
        """The question in other languages: those of the titles near to it, or of what its own words found."""
        question, meaning = self.request.question, self.tools.meaning
        near = {q.text for q in queries if q.origin == "meaning"}
        if meaning is None or not (near or (foreign_language(question) and found.papers)):
            return ()
        papers = [found.papers[hit.paper] for hit in found.hits if hit.query in near or not near]
        return self.run.stage(
            "readings", Bridged, lambda: read_question(question, papers[: 3 * NEAREST], meaning)
        ).readings

    def search_readings(
        self, queries: tuple[SearchQuery, ...], found: Found, readings: Sequence[Reading]
    ) -> tuple[tuple[SearchQuery, ...], Found]:
        """The question's readings searched for. Returns the queries and hits of both rounds."""
        if not readings:
            return queries, found
        asked = reading_queries(readings)
        limit, remote = self.config.papers.per_query, self.config.queries.remote_queries
        more = self.run.stage(
            "readings_search",
            Found,
            lambda: search_sources(
                asked, self.still_answering(found), limit, remote, self.known("readings_search")
            ),
        )
        return (*queries, *asked), join_found(found, more)

    def topics(self, readings: Sequence[Reading]) -> list[dict[str, float]]:
        """What the question is about, in its own language first: phrases with weights."""
        return [topic_phrases(self.request.question), *reading_topics(readings)]

    def examined(
        self, queries: tuple[SearchQuery, ...], found: Found, topics: Sequence[Mapping[str, float]]
    ) -> tuple[Paper, ...]:
        """The papers named by the user, else the best match."""
        if self.request.examined or self.request.kind == "verification":
            return self.request.examined
        return tuple(best_match(queries, topics, found, self.config.papers))

    def search_similar(
        self, queries: tuple[SearchQuery, ...], found: Found, examined: tuple[Paper, ...]
    ) -> tuple[tuple[SearchQuery, ...], Found]:
        """A second round: papers like the examined ones. Returns the queries and hits of both rounds."""
        self.on_stage("similar papers")
        similar = examined_queries(examined)
        more = self.run.stage(
            "similar_search",
            Found,
            lambda: search_sources(
                similar,
                self.still_answering(found),
                self.config.papers.per_query,
                len(examined),
                self.known("similar_search"),
            ),
        )
        return (*queries, *similar), join_found(found, more)

    def citations(self, found: Found, examined: tuple[Paper, ...]) -> Found:
        """What the examined papers cite and what cites them, where a source knows."""
        self.on_stage("citations")
        limit, sources = self.config.papers.cited, self.still_answering(found)
        more = self.run.stage(
            "citations",
            Found,
            lambda: follow_citations(examined, sources, limit, self.known("citations")) if limit else NOTHING,
        )
        return join_found(found, more)

    def screen(
        self,
        topics: Sequence[Mapping[str, float]],
        queries: tuple[SearchQuery, ...],
        found: Found,
        examined: tuple[Paper, ...],
    ) -> Screened:
        """Merged, ranked, screened."""
        self.on_stage("papers")
        config = self.config.papers
        return self.run.stage(
            "papers", Screened, lambda: screen_papers(topics, queries, found, examined, config)
        )

    def known_texts(self, screened: Screened) -> WithText | None:  # noqa: ARG002 - an update looks at it
        """What an earlier run read of the screened papers."""
        return self.previous.load("full_texts", WithText) if self.previous else None

    def full_texts(self, screened: Screened) -> tuple[Screened, tuple[FetchAttempt, ...]]:
        """The screened papers with their full text where a copy is open, and every try to get one."""
        self.on_stage("full texts")
        previous = self.known_texts(screened)
        count, fetcher = self.config.papers.full_texts, self.tools.full_texts
        papers, flow, attempts = self.run.stage(
            "full_texts",
            WithText,
            lambda: read_full_texts(screened.papers, screened.flow, fetcher, count, previous),
        )
        return screened._replace(papers=papers, flow=flow), attempts

    def still_answering(self, found: Found) -> list[Source]:
        """The sources that have not failed in this run: one that did is not asked again."""
        failed = failed_sources(found)
        return [source for source in self.tools.sources if source.name not in failed]

    def claim_search(self, claims: tuple[Claim, ...], found: Found) -> Found:
        """What the claims' own queries find."""
        self.on_stage("claim search")
        queries = [SearchQuery(text=claim.judged, origin="claim") for claim in claims]
        config, sources = self.config.evidence, self.still_answering(found)
        return self.run.stage(
            "claim_search",
            Found,
            lambda: search_sources(
                queries,
                [s for s in sources if config.remote_claims or not s.remote],
                config.papers_per_claim,
                config.remote_claims,
                self.known("claim_search"),
            ),
        )

    def evidence_papers(self, found: Found, screened: Screened) -> tuple[ScreenedPaper, ...]:
        """The further papers that the claims' own queries found."""
        config = self.config.papers
        return self.run.stage(
            "evidence_papers",
            EvidencePapers,
            lambda: EvidencePapers(tuple(evidence_papers(found.papers, screened.papers, config))),
        ).papers
