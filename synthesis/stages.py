"""The stages of a job: each computed once, kept as an artefact of the run, and read back when the run goes on.

Those that find papers stand in ``finding_stages``; these read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.answer import Aids, Asked, Known, answer_question
from synthesis.claims import Extracted, extract_claims
from synthesis.cross_paper import compare_results
from synthesis.evidence import gather_evidence, rank_passages
from synthesis.finding_stages import FindingStages
from synthesis.loads import load_bearing
from synthesis.origins import locate_origins
from synthesis.papers import Screened, weigh_topics
from synthesis.passages import split_papers
from synthesis.phrases import foreign_language, key_phrases
from synthesis.records import Provenance, SearchQuery
from synthesis.reporting import build_report
from synthesis.review.panel import equipped, review_draft
from synthesis.review.revision import Redo, revise
from synthesis.second_look import KeptJudge, SecondReading, aids_of, read_again, redecider
from synthesis.stage_results import (
    Answered,
    Borne,
    Compared,
    Judged,
    Origins,
    Passages,
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

    from synthesis.records import (
        Answer,
        Candidate,
        Changes,
        Claim,
        Draft,
        Evidence,
        Load,
        Paper,
        Passage,
        Report,
        ResultComparison,
        Review,
        ScreenedPaper,
        Verdict,
    )
    from synthesis.searching import (
        Found,
    )
    from synthesis.verdict_states import Redecide


@dataclass(frozen=True, slots=True)
class Stages(FindingStages):
    """All stages: those that find papers, and those that read, judge, answer, review and report."""

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
