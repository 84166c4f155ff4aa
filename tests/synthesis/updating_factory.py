"""What the tests of updates share: a small report, updates of it over changed sources, and drafts of given evidence."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st
from small_tools import PAPERS, QUESTION, MemorySource, PlainCalibrator, make_paper, make_small_tools

from synthesis.config import Config, VerdictConfig
from synthesis.jobs import Origin, RunClock, make_request, order_of, run_job
from synthesis.records import (
    Answer,
    Claim,
    Draft,
    Evidence,
    Flow,
    Quote,
    ScreenedPaper,
    Span,
    Stance,
)
from synthesis.source_choice import SourceChoice
from synthesis.verdicts import decide_verdicts

CLOCK = RunClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
LATER = RunClock(datetime(2026, 12, 21, 12, 0, tzinfo=UTC))
EXAMINED, SECOND, THIRD = (paper.paper_id for paper in PAPERS[:3])
REPEATED = "Hybrid batches reduce language bias in multilingual retrieval by 30 percent."
DENIED = "Hybrid batches improve mean average precision on XQuAD-R in all languages."
HERE = Origin(choice=SourceChoice(offline=True))


def report(home, papers=PAPERS, formats=(), **changes):
    """A finished report over ``papers``."""
    tools = make_small_tools((MemorySource("memory", papers),))
    request = make_request(QUESTION, tools.sources, (EXAMINED,))
    config = Config().model_copy(update=changes)
    return run_job(home, request, tools, config, CLOCK, formats, origin=HERE)


def updated(home, run, papers, sources=None, tools=None, clock=LATER):
    """A finished update of ``run`` over ``papers``."""
    tools = tools or make_small_tools(sources or (MemorySource("memory", papers),))
    order = order_of(run)
    origin = HERE.model_copy(update={"updates": run.folder.name})
    return run_job(home, order.request, tools, order.config, clock, order.formats, origin=origin)


def refuting(number=1, claim=REPEATED):
    """A paper that denies a claim."""
    text = claim.replace("reduce", "do not reduce").replace("improve", "do not improve")
    return make_paper(f"doi:10.2/against{number}", f"Against hybrid batches {number}", text)


def neutral(number=1):
    """A paper on the topic that says nothing of any claim."""
    return make_paper(
        f"doi:10.2/neutral{number}",
        f"Hybrid batches in study {number}",
        f"Corpus {number} of multilingual retrieval was cleaned twice before hybrid batches were drawn from there.",
    )


# --------------------------------------------------------------------------- drafts


def draft_of(n_claims, evidence, papers):
    """A draft whose verdicts follow from its evidence."""
    claims = tuple(Claim(claim_id=f"C{i}", text=f"Claim number {i} of the paper.") for i in range(n_claims))
    return Draft(
        question=QUESTION,
        date="2026-11-21",
        papers=tuple(ScreenedPaper(paper=p, relevance=0.0, role="evidence") for p in papers),
        flow=Flow(identified={}, duplicates_removed=0, screened=0, excluded={}, included=0),
        log=(),
        claims=claims,
        evidence=tuple(evidence),
        verdicts=tuple(redecide_over(papers)(claims, evidence)),
        answer=Answer(groups=(), covered=(), not_covered=()),
        calibration=PlainCalibrator().report(0.4),
    )


def redecide_over(papers):
    """As the stages decide, at a risk of 0.4."""
    by_id = {paper.paper_id: paper for paper in papers}
    return lambda claims, evidence: decide_verdicts(
        claims, evidence, by_id, PlainCalibrator(), VerdictConfig(risk=0.4)
    )


def paper(number):
    """One of a row of unrelated papers."""
    words = ("Alpine", "Basaltic", "Coastal", "Desert", "Estuarine", "Fluvial", "Glacial", "Hadal")
    text = f"{words[number % 8]} sediments number {number} were dated by luminescence in {1900 + number}."
    return make_paper(f"doi:10.3/p{number}", f"{words[number % 8]} sediments {number}", text)


def evidence_of(claim, number, support, refute):
    """What paper ``number`` says of claim ``claim``."""
    source = paper(number)
    stance = (
        Stance.SUPPORTS
        if support >= max(refute, 0.2)
        else Stance.REFUTES
        if refute >= 0.2
        else Stance.NEITHER
    )
    return Evidence(
        claim_id=f"C{claim}",
        paper_id=source.paper_id,
        quote=Quote.of(source, 0, 0, 20),
        sentences=(0,),
        # other scores are of another text: a judge says the same of the same words
        context=Span(start=0, end=100 + round(1000 * support) + 1001 * round(1000 * refute)),
        rank=number + 1,
        relevance=0.5,
        scores=(support, refute, round(1 - support - refute, 6)),
        stance=stance,
        confidence=max(support, refute),
        group=number + 1,
    )


@st.composite
def evidence_sets(draw, n_claims=2, n_papers=5):
    """Evidence of some of the papers on some of the claims, in order of claims."""
    shares = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.9])
    found = []
    for claim in range(n_claims):
        for number in draw(st.sets(st.integers(0, n_papers - 1))):
            support = draw(shares)
            found.append(evidence_of(claim, number, support, round((1 - support) * draw(shares), 6)))
    return found
