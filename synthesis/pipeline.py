"""The whole job, one line a stage; each consumes the ones above, nothing else.

question → queries → papers → passages → claims → evidence → verdicts → review → report

Every stage's result is an artefact of the run, so that a run can be resumed, replayed and audited. Only the
search stages reach outside; a replay keeps their artefacts, and the ranking of the passages, and computes all the
rest again. The ranking is kept because its encoder computes in 8 bits, whose rounding differs between processors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import Field

from synthesis.answer import answer_question
from synthesis.claims import Extracted, extract_claims
from synthesis.cross_paper import compare_results
from synthesis.evidence import gather_evidence, rank_passages
from synthesis.origins import locate_origins
from synthesis.papers import (
    Found,
    Screened,
    best_match,
    evidence_papers,
    join_found,
    screen_papers,
    search_sources,
    weigh_terms,
)
from synthesis.passages import split_papers
from synthesis.queries import examined_queries, expand_question, key_phrases, topic_phrases
from synthesis.records import (
    Answer,
    Candidate,
    Claim,
    Draft,
    Evidence,
    Measurement,
    Paper,
    Passage,
    Provenance,
    Record,
    Report,
    ResultComparison,
    Review,
    ScreenedPaper,
    SearchQuery,
    Span,
    Verdict,
)
from synthesis.reporting import build_report
from synthesis.review import review_draft
from synthesis.statements import Heading
from synthesis.verdicts import decide_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.config import Config
    from synthesis.protocols import Calibrator, Extractor, Judge, Ranker, Reviewer, Source
    from synthesis.store import Run

# A replay keeps what these gave: databases change, and networks in int8 round differently on other processors.
KEPT_STAGES = ("search", "similar_search", "claim_search", "claims", "ranking", "evidence", "answer")


@dataclass(frozen=True, slots=True)
class Tools:
    """The doors to the outside world."""

    sources: Sequence[Source]
    extractor: Extractor
    ranker: Ranker
    judge: Judge
    calibrator: Calibrator
    reviewers: Sequence[Reviewer]


class Request(Record):
    """What the user asked for, with every paper and claim that was named already looked up."""

    kind: Literal["report", "verification"] = "report"
    question: str = ""
    title: str
    examined: tuple[Paper, ...] = ()
    claims: tuple[Claim, ...] = ()  # handed in; none for a report, whose claims are extracted
    from_report: bool = False  # the claims handed in are those of a report, so they were taken from papers
    stated: dict[str, str] = {}  # noqa: RUF012 - pydantic copies defaults; claim_id → what its table said
    sentences: dict[str, tuple[Span, ...]] = {}  # noqa: RUF012 - as above; of papers that came split
    # as in Report: what was asked for without them keeps its digest
    measurements: tuple[Measurement, ...] = Field(default=(), exclude_if=lambda value: not value)


class Queries(NamedTuple):
    """Result of the stage *queries*."""

    queries: tuple[SearchQuery, ...]


class Passages(NamedTuple):
    """Result of the stages that cut papers into passages."""

    passages: tuple[Passage, ...]


class EvidencePapers(NamedTuple):
    """Result of the stage that collects what the claims' own queries found."""

    papers: tuple[ScreenedPaper, ...]


class Origins(NamedTuple):
    """Result of the stage that finds where handed-in claims were taken from."""

    claims: tuple[Claim, ...]


class Ranked(NamedTuple):
    """Result of the stage *ranking*."""

    candidates: tuple[Candidate, ...]


class Judged(NamedTuple):
    """Result of the stage *evidence*."""

    evidence: tuple[Evidence, ...]


class Verdicts(NamedTuple):
    """Result of the stage *verdicts*."""

    verdicts: tuple[Verdict, ...]


class Compared(NamedTuple):
    """Result of the stage *comparisons*."""

    comparisons: tuple[ResultComparison, ...]


class Answered(NamedTuple):
    """Result of the stage *answer*."""

    answer: Answer


class Reviewed(NamedTuple):
    """Result of the stage *review*."""

    draft: Draft
    review: Review


class Reported(NamedTuple):
    """Result of the stage *report*."""

    report: Report


def synthesize(
    request: Request, tools: Tools, config: Config, run: Run, on_stage: Callable[[str], None] = lambda _: None
) -> Report:
    """Answer ``request.question`` from the literature, or verify ``request.claims`` against it."""
    job = _Job(request, tools, config, run, on_stage)
    queries = job.queries()
    found = job.search(queries)
    examined = job.examined(queries, found)
    queries, found = job.search_similar(queries, found, examined)
    screened = job.screen(queries, found, examined)
    passages = job.passages("passages", screened.papers)
    claims = job.claims(screened, passages)
    claim_found = job.claim_search(claims, found)
    others = job.evidence_papers(claim_found, screened)
    all_passages = (*passages, *job.passages("evidence_passages", others))
    papers = (*screened.papers, *others)
    claims = job.origins(claims, papers)
    candidates = job.ranking(claims, papers, all_passages)
    evidence = job.evidence(claims, papers, all_passages, candidates)
    verdicts = job.verdicts(claims, evidence, papers)
    comparisons = job.comparisons(claims, papers, all_passages)
    answer = job.answer(found, screened, passages, evidence, verdicts, examined)
    log = (*found.log, *claim_found.log)
    draft, review = job.review(
        Draft(
            question=request.question,
            date=run.manifest.clock[:10],
            papers=(*screened.papers, *_used(others, evidence, claims, comparisons)),
            flow=screened.flow,
            log=log,
            claims=claims,
            evidence=evidence,
            verdicts=verdicts,
            answer=answer,
            calibration=tools.calibrator.report(config.verdicts.risk),
        )
    )
    return job.report(draft, review, queries, comparisons)


@dataclass(frozen=True, slots=True)
class _Job:
    """The stages, bound to one request."""

    request: Request
    tools: Tools
    config: Config
    run: Run
    on_stage: Callable[[str], None]

    def queries(self) -> tuple[SearchQuery, ...]:
        self.on_stage("queries")
        question, config = self.request.question, self.config.queries
        asked = self.request.kind == "report"
        return self.run.stage(
            "queries", Queries, lambda: Queries(tuple(expand_question(question, config)) if asked else ())
        ).queries

    def search(self, queries: tuple[SearchQuery, ...]) -> Found:
        self.on_stage("search")
        limit, remote = self.config.papers.per_query, self.config.queries.remote_queries
        return self.run.stage(
            "search", Found, lambda: search_sources(queries, self.tools.sources, limit, remote)
        )

    def examined(self, queries: tuple[SearchQuery, ...], found: Found) -> tuple[Paper, ...]:
        """The papers named by the user, else the best match."""
        if self.request.examined or self.request.kind == "verification":
            return self.request.examined
        papers = self.config.papers
        return tuple(best_match(queries, self.topic, found, min(papers.max_examined, papers.max_papers)))

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
                similar, self.still_answering(found), self.config.papers.per_query, len(examined)
            ),
        )
        return (*queries, *similar), join_found(found, more)

    def screen(self, queries: tuple[SearchQuery, ...], found: Found, examined: tuple[Paper, ...]) -> Screened:
        self.on_stage("papers")
        config = self.config.papers
        return self.run.stage(
            "papers", Screened, lambda: screen_papers(self.topic, queries, found, examined, config)
        )

    @property
    def topic(self) -> dict[str, float]:
        """What the question is about: phrases with weights."""
        return topic_phrases(self.request.question)

    def passages(self, name: str, papers: Sequence[ScreenedPaper]) -> tuple[Passage, ...]:
        self.on_stage("passages")
        sentences, config = self.request.sentences, self.config.passages
        return self.run.stage(
            name,
            Passages,
            lambda: Passages(tuple(split_papers((p.paper for p in papers), config, sentences))),
        ).passages

    def claims(self, screened: Screened, passages: tuple[Passage, ...]) -> tuple[Claim, ...]:
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
        failed = {entry.source for entry in found.log if entry.error}
        return [source for source in self.tools.sources if source.name not in failed]

    def claim_search(self, claims: tuple[Claim, ...], found: Found) -> Found:
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
            ),
        )

    def evidence_papers(self, found: Found, screened: Screened) -> tuple[ScreenedPaper, ...]:
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
        evidence: Sequence[Evidence],
        verdicts: Sequence[Verdict],
        examined: Sequence[Paper],
    ) -> Answer:
        self.on_stage("answer")
        return self.run.stage(
            "answer",
            Answered,
            lambda: Answered(
                answer_question(
                    weigh_terms(self.topic, found.papers, examined),
                    key_phrases(self.request.question) if self.request.kind == "report" else (),
                    screened.papers,
                    passages,
                    evidence,
                    verdicts,
                    self.tools.extractor,
                    self.config.answer,
                )
            ),
        ).answer

    def review(self, draft: Draft) -> Reviewed:
        self.on_stage("review")
        reviewers = self.tools.reviewers
        return self.run.stage("review", Reviewed, lambda: Reviewed(draft, review_draft(draft, reviewers)))

    def report(
        self,
        draft: Draft,
        review: Review,
        queries: tuple[SearchQuery, ...],
        comparisons: tuple[ResultComparison, ...],
    ) -> Report:
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
                build_report(heading, draft, review, queries, provenance, request.measurements, comparisons)
            ),
        ).report


def _used(
    others: Sequence[ScreenedPaper],
    evidence: Sequence[Evidence],
    claims: Sequence[Claim],
    comparisons: Sequence[ResultComparison],
) -> tuple[ScreenedPaper, ...]:
    """The papers that gave a claim a passage to judge, state it, or report the same measure, in their order."""
    used = {e.paper_id for e in evidence} | {c.paper_id for c in claims}
    used |= {row.quote.paper_id for comparison in comparisons for row in comparison.rows if row.quote}
    return tuple(p for p in others if p.paper.paper_id in used)
