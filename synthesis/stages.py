"""The stages of a job: each computed once, kept as an artefact of the run, and read back when the run goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.answer import Aids, Asked, Known, answer_question
from synthesis.bridging import NEAREST, Bridged, meaning_query, read_question, reading_queries, reading_topics
from synthesis.claims import Extracted, extract_claims
from synthesis.cross_paper import compare_results
from synthesis.evidence import gather_evidence, rank_passages
from synthesis.full_texts import WithText, read_full_texts
from synthesis.loads import load_bearing
from synthesis.origins import locate_origins
from synthesis.papers import Screened, best_match, evidence_papers, on_topic, screen_papers, weigh_topics
from synthesis.passages import split_papers
from synthesis.phrases import foreign_language, key_phrases, topic_phrases
from synthesis.protocols import MeaningSource
from synthesis.queries import examined_queries, expand_question
from synthesis.records import Provenance, SearchQuery
from synthesis.reporting import build_report
from synthesis.review.panel import equipped, review_draft
from synthesis.review.revision import Redo, revise
from synthesis.searching import (
    NOTHING,
    Found,
    failed_sources,
    follow_citations,
    join_found,
    search_by_meaning,
    search_sources,
)
from synthesis.second_look import KeptJudge, SecondReading, aids_of, read_again, redecider
from synthesis.stage_results import (
    Answered,
    Borne,
    Compared,
    EvidencePapers,
    Judged,
    Origins,
    Passages,
    Queries,
    Ranked,
    Reported,
    Reviewed,
    Verdicts,
)
from synthesis.standing import NOT_ASKED, Standing
from synthesis.statements import Heading
from synthesis.verdicts import decide_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synthesis.config import Config
    from synthesis.protocols import Source
    from synthesis.records import (
        Answer,
        Candidate,
        Changes,
        Claim,
        Draft,
        Evidence,
        FetchAttempt,
        Load,
        Paper,
        Passage,
        Reading,
        Report,
        ResultComparison,
        Review,
        ScreenedPaper,
        Verdict,
    )
    from synthesis.request import Request, Tools
    from synthesis.store import Run
    from synthesis.verdict_states import Redecide


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages, bound to one request and the run that keeps their results."""

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

    def passages(self, name: str, papers: Sequence[ScreenedPaper]) -> tuple[Passage, ...]:
        """Papers cut into passages; ``name`` tells the two stages of it apart."""
        self.on_stage("passages")
        sentences, config = self.request.sentences, self.config.passages
        return self.run.stage(
            name,
            Passages,
            lambda: Passages(tuple(split_papers((p.paper for p in papers), config, sentences))),
        ).passages

    def claims(self, screened: Screened, passages: tuple[Passage, ...]) -> tuple[Claim, ...]:
        """The claims handed in, or those of the examined papers."""
        self.on_stage("claims")
        examined = {p.paper.paper_id: p.paper for p in screened.papers if p.role == "examined"}
        own = [p for p in passages if p.paper_id in examined]
        request, config = self.request, self.config.claims
        if request.kind == "verification":
            return self.run.stage("claims", Extracted, lambda: Extracted(request.claims, ())).claims
        return self.run.stage(
            "claims",
            Extracted,
            lambda: extract_claims(request.question, examined, own, self.tools.extractor, config),
        ).claims

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

    def origins(self, claims: tuple[Claim, ...], papers: Sequence[ScreenedPaper]) -> tuple[Claim, ...]:
        """For the claims of a report that was handed in: the paper that each was taken from."""
        if not self.request.from_report:
            return claims
        return self.run.stage(
            "origins", Origins, lambda: Origins(locate_origins(claims, [p.paper for p in papers]))
        ).claims

    def ranking(
        self, claims: tuple[Claim, ...], papers: Sequence[ScreenedPaper], passages: Sequence[Passage]
    ) -> tuple[Candidate, ...]:
        """Which passages are read for each claim."""
        self.on_stage("ranking")
        by_id = {p.paper.paper_id: p.paper for p in papers}
        ranker, config = self.tools.ranker, self.config.evidence
        return self.run.stage(
            "ranking", Ranked, lambda: Ranked(tuple(rank_passages(claims, by_id, passages, ranker, config)))
        ).candidates

    def evidence(
        self,
        claims: tuple[Claim, ...],
        papers: Sequence[ScreenedPaper],
        passages: Sequence[Passage],
        candidates: Sequence[Candidate],
    ) -> tuple[Evidence, ...]:
        """Each candidate passage read against its claim."""
        self.on_stage("evidence")
        by_id = {p.paper.paper_id: p.paper for p in papers}
        judge, calibrator = self.tools.judge, self.tools.calibrator
        return self.run.stage(
            "evidence",
            Judged,
            lambda: Judged(tuple(gather_evidence(claims, by_id, passages, candidates, judge, calibrator))),
        ).evidence

    def verdicts(
        self, claims: tuple[Claim, ...], evidence: tuple[Evidence, ...], papers: Sequence[ScreenedPaper]
    ) -> tuple[Verdict, ...]:
        """What all evidence says of each claim."""
        self.on_stage("verdicts")
        by_id = {p.paper.paper_id: p.paper for p in papers}
        calibrator, config = self.tools.calibrator, self.config.verdicts
        return self.run.stage(
            "verdicts",
            Verdicts,
            lambda: Verdicts(tuple(decide_verdicts(claims, evidence, by_id, calibrator, config))),
        ).verdicts

    def comparisons(
        self, claims: tuple[Claim, ...], papers: Sequence[ScreenedPaper], passages: Sequence[Passage]
    ) -> tuple[ResultComparison, ...]:
        """What other papers report for the results that claims state."""
        self.on_stage("comparisons")
        by_id = {p.paper.paper_id: p.paper for p in papers}
        return self.run.stage(
            "comparisons", Compared, lambda: Compared(compare_results(claims, by_id, passages))
        ).comparisons

    def answer(
        self,
        found: Found,
        screened: Screened,
        passages: Sequence[Passage],
        claims: Sequence[Claim],
        evidence: Sequence[Evidence],
        verdicts: Sequence[Verdict],
        examined: Sequence[Paper],
        topics: Sequence[Mapping[str, float]],
    ) -> Answer:
        """The question answered in quotes."""
        self.on_stage("answer")
        spoken = self.spoken(passages, screened.papers)
        known = Known(screened.papers, spoken, claims, evidence, verdicts)
        return self.run.stage(
            "answer", Answered, lambda: self._answered(found, known, examined, topics)
        ).answer

    def spoken(self, passages: Sequence[Passage], papers: Sequence[ScreenedPaper]) -> list[Passage]:
        """The passages that may answer: none of a retracted paper, which is read only where the user names it."""
        retracted = {p.paper.paper_id for p in papers if p.paper.retracted}
        return [passage for passage in passages if passage.paper_id not in retracted]

    def answer_again(
        self,
        found: Found,
        passages: Sequence[Passage],
        examined: Sequence[Paper],
        topics: Sequence[Mapping[str, float]],
        draft: Draft,
    ) -> Answer:
        """The answer of a draft that was revised, from the papers, the evidence and the verdicts that are left."""
        papers = tuple(p for p in draft.papers if p.role != "evidence")
        known = Known(papers, self.spoken(passages, papers), draft.claims, draft.evidence, draft.verdicts)
        return self.run.stage(
            "answer_again", Answered, lambda: self._answered(found, known, examined, topics)
        ).answer

    def _answered(
        self,
        found: Found,
        known: Known,
        examined: Sequence[Paper],
        topics: Sequence[Mapping[str, float]],
    ) -> Answered:
        question = self.request.question if self.request.kind == "report" else ""
        by_id = {p.paper.paper_id: p.paper for p in known.papers}

        def read(
            statements: Sequence[Claim], candidates: Sequence[Candidate], among: Sequence[Passage]
        ) -> list[Evidence]:
            judge, calibrator = self.tools.judge, self.tools.calibrator
            return gather_evidence(statements, by_id, among, candidates, judge, calibrator)

        terms = weigh_topics(topics, found.papers, examined)
        aids = Aids(self.tools.extractor, self.tools.ranker, read)
        asked = Asked(question, terms, key_phrases(question), self._read_as(topics) if question else [])
        return Answered(answer_question(asked, known, aids, self.config.answer))

    def _read_as(self, topics: Sequence[Mapping[str, float]]) -> list[list[str]]:
        """The phrases of each reading of the question, whose coverage is told in place of its own."""
        read = [list(topic) for topic in topics[1:] if topic]
        return read if read and foreign_language(self.request.question) else []

    def review(
        self,
        draft: Draft,
        topics: Sequence[Mapping[str, float]],
        reanswer: Callable[[Draft], Answer],
    ) -> Reviewed:
        """The draft, revised where a rule could mend what the reviewers found, and what they say of it then."""
        self.on_stage("review")
        redecide = redecider(self.tools.calibrator, self.config.verdicts)
        reading = self.run.stage("second_reading", SecondReading, lambda: read_again(draft, self.tools.judge))
        aids = aids_of(KeptJudge(self.tools.judge, reading), redecide, topics, self.config.papers)
        reviewers = equipped(self.tools.reviewers, aids)
        return self.run.stage(
            "review",
            Reviewed,
            lambda: Reviewed(*revise(draft, lambda d: review_draft(d, reviewers), Redo(redecide, reanswer))),
        )

    def standing(self, found: Found) -> Standing:  # noqa: ARG002 - an update looks at it
        """How the papers of an earlier run stand today; a run that updates none asks nothing."""
        return NOT_ASKED

    def loads(self, draft: Draft) -> tuple[Load, ...]:
        """The papers that bear the verdicts."""
        self.on_stage("loads")
        return self.run.stage(
            "loads", Borne, lambda: Borne(load_bearing(draft, self.redecide(draft.papers)))
        ).loads

    def redecide(self, papers: Sequence[ScreenedPaper]) -> Redecide:
        """How claims are decided from what is left of their evidence; ``papers`` are all that may give any."""
        by_id = {p.paper.paper_id: p.paper for p in papers}
        decide = redecider(self.tools.calibrator, self.config.verdicts)
        return lambda claims, evidence: decide(claims, evidence, by_id)

    def changes(self, draft: Draft) -> Changes | None:  # noqa: ARG002 - an update looks at it
        """What differs from the report that this one updates; none where it updates none."""
        return None

    def report(
        self,
        draft: Draft,
        review: Review,
        queries: tuple[SearchQuery, ...],
        comparisons: tuple[ResultComparison, ...],
        loads: tuple[Load, ...] = (),
        changes: Changes | None = None,
    ) -> Report:
        """The report as a record."""
        self.on_stage("report")
        request, manifest = self.request, self.run.manifest
        heading = Heading(request.title, f"Synthesis {manifest.version}", request.kind, request.stated)
        provenance = Provenance(
            run_id=manifest.run_id,
            version=manifest.version,
            clock=manifest.clock,
            seed=self.config.seed,
            config_sha256=self.config.sha256,
            judge=manifest.judge,
            calibrator=manifest.calibrator,
            ranker=manifest.ranker,
        )
        return self.run.stage(
            "report",
            Reported,
            lambda: Reported(
                build_report(
                    heading,
                    draft,
                    review,
                    queries,
                    provenance,
                    request.measurements,
                    comparisons,
                    loads,
                    changes,
                )
            ),
        ).report
