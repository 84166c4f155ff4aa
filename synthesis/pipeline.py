"""The whole job, one line a stage; each consumes the ones above, nothing else.

question → queries → papers → full texts → passages → claims → evidence → verdicts → review → report

Every stage's result is an artefact of the run, so that a run can be resumed, replayed and audited. Only the
search stages reach outside; a replay keeps their artefacts, and the ranking of the passages, and computes all the
rest again. The ranking is kept because its encoder computes in 8 bits, whose rounding differs between processors.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from synthesis.limitations import with_limitations
from synthesis.records import Draft
from synthesis.stage_results import Base
from synthesis.stages import Stages
from synthesis.update_stages import UpdateStages
from synthesis.wording import speaking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.config import Config
    from synthesis.records import Claim, Evidence, Report, ResultComparison, ScreenedPaper
    from synthesis.request import Request, Tools
    from synthesis.store import Run


def synthesize(
    request: Request,
    tools: Tools,
    config: Config,
    run: Run,
    on_stage: Callable[[str], None] = lambda _: None,
    previous: Run | None = None,
) -> Report:
    """Answer ``request.question`` from the literature, or verify ``request.claims`` against it.

    ``previous`` is a run of the same order in which sources failed: what they did answer is not asked again. A run that
    holds a ``Base`` updates the report in it.
    """
    with speaking(config.report.language):
        base = run.load("base", Base)
        if base is not None:
            return _stage_after_stage(UpdateStages(request, tools, config, run, on_stage, previous, base))
        return _stage_after_stage(Stages(request, tools, config, run, on_stage, previous))


def _stage_after_stage(job: Stages) -> Report:
    request, tools, config, run = job.request, job.tools, job.config, job.run
    queries = job.queries()
    found = job.search(queries)
    queries, found = job.search_meaning(queries, found)
    readings = job.readings(queries, found)
    queries, found = job.search_readings(queries, found, readings)
    topics = job.topics(readings)
    examined = job.examined(queries, found, topics)
    queries, found = job.search_similar(queries, found, examined)
    found = job.citations(found, examined)
    screened = job.screen(topics, queries, found, examined)
    screened, attempts = job.full_texts(screened)
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
    answer = job.answer(found, screened, passages, claims, evidence, verdicts, examined, topics)
    log = (*found.log, *claim_found.log, *job.standing(found).log)
    draft = Draft(
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
        completeness=(screened.completeness.note,) if request.kind == "report" else (),
        attempts=attempts,
    )
    reanswer = partial(job.answer_again, found, passages, examined, topics)
    draft, review = job.review(with_limitations(draft), topics, reanswer)
    comparisons = _still_held(comparisons, draft.papers)
    return job.report(draft, review, queries, comparisons, job.loads(draft), job.changes(draft))


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


def _still_held(
    comparisons: Sequence[ResultComparison], papers: Sequence[ScreenedPaper]
) -> tuple[ResultComparison, ...]:
    """The comparisons none of whose papers was dropped in review; the counts of the others no longer hold."""
    left = {p.paper.paper_id for p in papers}
    return tuple(c for c in comparisons if all(r.quote is None or r.quote.paper_id in left for r in c.rows))
