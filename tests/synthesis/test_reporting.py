"""What a report says of groups, numbers and other papers, from the records of a run."""

from report_factory import example_report

from synthesis import statements
from synthesis.config import PassageConfig
from synthesis.cross_paper import compare_results
from synthesis.passages import split_papers
from synthesis.records import (
    Answer,
    Claim,
    Draft,
    Evidence,
    Flow,
    Label,
    Paper,
    Quote,
    Review,
    ScreenedPaper,
    Section,
    Span,
    Stance,
    Verdict,
)
from synthesis.reporting import build_report
from synthesis.result_values import result_values

STATED = "We reach 84.3 mAP on XQuAD-R."
READ_AS = "CatNet reaches 84.3 mAP on XQuAD-R."
CAP = "claim: 84.3, evidence: 71.0"


def _paper(name, text):
    section = Section(title="Abstract", text=text)
    return Paper(
        paper_id=f"file:{name}", title=f"On {name}", abstract=text, source="test", sections=(section,)
    )


def _evidence(paper, stance, group, *notes):
    text = paper.sections[0].text
    return Evidence(
        claim_id="C1",
        paper_id=paper.paper_id,
        quote=Quote.of(paper, 0, 0, len(text)),
        sentences=(0,),
        context=Span(start=0, end=len(text)),
        rank=1,
        relevance=1.0,
        scores=(0.8, 0.1, 0.1),
        stance=stance,
        confidence=0.8,
        decides=not notes,
        notes=notes,
        group=group,
    )


OWN = _paper("own", STATED)
FOR, ALSO_FOR = _paper("for", "CatNet does well."), _paper("also", "CatNet is good.")
HELD_BACK = _paper("held", "CatNet reaches 71.0 mAP on XQuAD-R.")
SILENT = _paper("silent", "Dogs bark.")


def _draft(evidence):
    claim = Claim(
        claim_id="C1",
        text=STATED,
        paper_id=OWN.paper_id,
        quote=Quote.of(OWN, 0, 0, len(STATED)),
        standalone=READ_AS,
    )
    verdict = Verdict(
        claim_id="C1",
        label=Label.SUPPORTED,
        confidence=0.9,
        verified=True,
        grounded=True,
        support=0.9,
        refute=0.0,
        n_papers=4,
        n_groups=3,
        caps=(CAP,),
        reason="4 other papers read.",
    )
    roles = [(OWN, "examined"), *((p, "evidence") for p in (FOR, ALSO_FOR, HELD_BACK, SILENT))]
    return Draft(
        question="Is CatNet good?",
        date="2025-06-28",
        papers=tuple(ScreenedPaper(paper=p, relevance=1.0, role=role) for p, role in roles),
        flow=Flow(identified={"test": 1}, duplicates_removed=0, screened=1, excluded={}, included=1),
        log=(),
        claims=(claim,),
        evidence=evidence,
        verdicts=(verdict,),
        answer=Answer(groups=(), covered=(), not_covered=()),
        calibration=example_report().calibration,
    )


ALL = (
    _evidence(FOR, Stance.SUPPORTS, 1),
    _evidence(ALSO_FOR, Stance.SUPPORTS, 2),
    _evidence(HELD_BACK, Stance.NEITHER, 3, CAP),
    _evidence(SILENT, Stance.NEITHER, 3),
)
REVIEW = Review(reviewers=(), agreement=None, consensus=7.0, publishable=True)
HEADING = statements.Heading("Title", "Synthesis", "report", {})


def _report(evidence=ALL, comparisons=()):
    provenance = example_report().provenance
    return build_report(HEADING, _draft(evidence), REVIEW, (), provenance, comparisons=comparisons)


def _said(texts):
    return " ".join(statement.text for statement in texts)


def test_a_claim_carries_its_counts_groups_and_caps():
    """Papers, groups, disagreeing numbers and the standalone reading come from the verdict and the claim."""
    (claim,) = _report().claims
    assert (claim.n_papers, claim.n_groups, claim.caps, claim.standalone) == (4, 3, (CAP,), READ_AS)
    assert claim.text == STATED
    assert [(e.reference, e.group) for e in claim.evidence] == [(2, 1), (3, 2), (4, 3)]


def test_evidence_that_numbers_held_back_is_shown_and_silent_evidence_is_not():
    """The passage whose number disagrees stands under the claim with its note; a silent one is not even cited."""
    report = _report()
    held = report.claims[0].evidence[-1]
    assert (held.stance, held.notes, held.quote.paper_id) == (Stance.NEITHER, (CAP,), HELD_BACK.paper_id)
    assert [r.paper_id for r in report.references] == [p.paper_id for p in (OWN, FOR, ALSO_FOR, HELD_BACK)]


def test_verified_claims_are_counted_by_independent_groups():
    """Abstract and results say how many verified claims rest on one group and how many on several."""
    several = (
        "Of the verified claim, 0 are supported by one independent group of papers and 1 by two or more."
    )
    one = "Of the verified claim, 1 is supported by one independent group of papers and 0 by two or more."
    for report, sentence in ((_report(), several), (_report(ALL[:1]), one)):
        assert sentence in _said(report.abstract)
        assert sentence in _said(report.results)


def test_the_methodology_says_what_independence_means():
    """One sentence tells what makes two papers one group, and that the claim's own group cannot verify it."""
    said = _said(_report().methodology.statements)
    assert said.count("are one group and count once") == 1


def test_the_counted_sentences_of_the_form_stay():
    """The sentences that every report of this form holds stand together, in their order."""
    form = "5 papers retrieved. 1 claim extracted; 1 independently verified. Quality review score: 7.0/10."
    assert form in _said(_report().abstract)
    assert form in _said(_report().results)


def test_comparisons_are_numbered_and_cited():
    """A paper that only a comparison quotes is listed, and each quoted row bears its number."""
    stranger = _paper("silent", "DogNet reaches 0.843 mAP on XQuAD-R.")
    draft = _draft(())
    papers = {p.paper.paper_id: p.paper for p in draft.papers} | {stranger.paper_id: stranger}
    claims = [draft.claims[0].model_copy(update={"results": result_values(READ_AS)})]
    comparisons = compare_results(claims, papers, list(split_papers(papers.values(), PassageConfig())))
    report = _report((), comparisons)
    numbers = {r.paper_id: r.number for r in report.references}
    assert stranger.paper_id in numbers
    for row in report.comparisons[0].rows:
        assert row.reference == numbers[row.quote.paper_id]
    assert "For 1 measure that claims report, other papers report numbers on the same data set" in _said(
        report.results
    )


def test_without_comparisons_the_json_has_no_such_field():
    """A report without comparisons is written as before."""
    assert "comparisons" not in _report().model_dump(mode="json")
    assert "on the same data set" not in _said(_report().results)
