"""What the pages of the server are made of in tests: a report with every part that a page can show, and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report_factory import example_report

from synthesis.records import (
    Answer,
    AnswerGroup,
    AnswerPart,
    Aspect,
    Cause,
    Changes,
    Coverage,
    Finding,
    Hypothesis,
    Label,
    Load,
    Revision,
    VerdictChange,
    VerdictState,
)
from synthesis.review.skill import Skill
from synthesis.web import pages
from synthesis.web.views import AskForm, ClaimFilter, JobView, RunRow, Shown, StageView

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.records import Report

SOURCES = ("arxiv", "openalex", "demo")
_SKILL = Skill(planted=9, caught=8, drafts=4, false_alarms=1)


def row_of(report: Report, name: str = "2025-06-28-example-0123abcd") -> RunRow:
    """The report as the library of reports shows it."""
    labels = {label: sum(c.label is label for c in report.claims) for label in Label}
    return RunRow(
        name=name,
        kind=report.kind,
        title=report.title,
        question=report.question,
        date=report.date,
        language=report.language,
        n_papers=len(report.references),
        n_claims=len(report.claims),
        labels={label: n for label, n in labels.items() if n},
        score=report.review.consensus,
        tier=report.review.tier,
        formats=("html",),
    )


def changes(text: str, number: int | None = 1) -> Changes:
    """A verdict that turned, one that came and one that only moved, all of papers called ``text``."""
    was = VerdictState(label=Label.SUPPORTED, leaning=None, confidence=0.81, support=0.8, refute=0.1)
    undecided = VerdictState(
        label=Label.NOT_ENOUGH_INFO, leaning=Label.REFUTED, confidence=0.6, support=0.3, refute=0.6
    )
    cause = Cause(paper_id="doi:10.5555/x", title=text, how="retracted", decisive=True)
    return Changes(
        before=text,
        changes=(
            VerdictChange(claim=text, number=number, before=was, after=undecided, causes=(cause,)),
            VerdictChange(claim=text, number=None, before=None, after=was, causes=()),
            VerdictChange(
                claim=text, number=2, before=was, after=was.model_copy(update={"confidence": 0.9}), causes=()
            ),
        ),
        unchanged=6,
        papers=(cause,),
    )


def full_report(report: Report | None = None, text: str = "Longer batches") -> Report:
    """``report`` (else the example) with every part that a page can show, in which ``text`` stands wherever it can."""
    report = report or example_report()
    statements = tuple(s for group in report.answer.groups for s in group.statements)
    groups = tuple(AnswerGroup(heading=text, statements=statements, side=side) for side in ("for", "against"))
    aspects = tuple(Aspect(kind=kind, words=text) for kind in ("method", "population", "metric"))
    states = ("covered", "in part", "not covered")
    answer = Answer(
        groups=(*report.answer.groups, AnswerGroup(heading=text, statements=statements)),
        covered=(text,),
        not_covered=(text,),
        hypothesis=Hypothesis(text=text, groups=groups, counts={"for": 3, "against": 1}, note=text),
        parts=(AnswerPart(aspect=aspects[0], groups=groups, note=text),),
        coverage=tuple(
            Coverage(aspect=a, covered=c, n_papers=1, n_claims=2, references=(1,), missing=(text,))
            for a, c in zip(aspects, states, strict=True)
        ),
        gaps=(text,),
    )
    finding = Finding(kind="off topic", subject=text, fact=text)
    revision = Revision(round=1, finding=finding, raised_by=(text,), action=text, mended=False)
    review = report.review.model_copy(
        update={
            "shortfalls": (text,),
            "absent": (text,),
            "revisions": (revision, revision.model_copy(update={"mended": True})),
            "reviewers": tuple(
                r.model_copy(update={"findings": (finding,)}) for r in report.review.reviewers
            ),
        }
    )
    moved = changes(text)
    loads = (
        Load(paper_id="doi:10.5555/x", title=text, reference=1, changes=moved.changes),
        Load(paper_id=text, title="", reference=None, changes=moved.changes[:1]),
    )
    return report.model_copy(update={"answer": answer, "review": review, "changes": moved, "loads": loads})


def job(text: str, state: str = "running") -> JobView:
    """A job whose title, messages and details are ``text``."""
    return JobView.model_validate(
        {
            "job_id": text,
            "kind": "report",
            "title": text,
            "state": state,
            "stages": (
                StageView(name="search", state="done", seconds=4, detail=text),
                StageView(name=text, state="done"),
                StageView(name="claims", state="running"),
            ),
            "message": text,
            "run": None if state in {"running", "waiting"} else text,
            "seconds": 65,
        }
    )


def every_page(report: Report, text: str, language: str = "en") -> dict[str, Callable[[], bytes]]:
    """Name → how to make the page; ``text`` stands wherever text from outside can."""
    shown = Shown(language=language, csrf=text, path="/" + text)
    run = row_of(report, text)
    rows = (run, run.model_copy(update={"kind": "verification", "title": text, "question": text}))
    states = ("waiting", "running", "done", "partial", "failed", "stopped")
    filters = ClaimFilter(text=text)
    made: dict[str, Callable[[], bytes]] = {
        "library": lambda: pages.library_page(shown, rows, [job(text)], text),
        "library, empty": lambda: pages.library_page(shown, (), ()),
        "library, nothing found": lambda: pages.library_page(shown, (), (), text),
        "ask": lambda: pages.ask_page(
            shown,
            AskForm(question=text, papers=f"{text}\n{text}", sources=(text,)),
            (*SOURCES, text),
            (text, f"question: {text}", f"sources: {text}"),
        ),
        "verify": lambda: pages.verify_page(shown, (*SOURCES, text), (text, f"table: {text}")),
        "report": lambda: pages.report_page(shown, run, report, filters, rows),
        "compare": lambda: pages.compare_page(shown, rows, rows[1], run, changes(text)),
        "compare, nothing chosen": lambda: pages.compare_page(shown, rows, None, None, None),
        "compare, too few": lambda: pages.compare_page(shown, (), None, None, None),
        "calibration": lambda: pages.calibration_page(
            shown, report.calibration, {text: _SKILL}, ((0.1, 0.9), (0.05, None))
        ),
        "error": lambda: pages.error_page(shown, 404, text, text),
        "login": lambda: pages.login_page(Shown(language=language)),
    }
    made |= {f"job, {state}": lambda state=state: pages.job_page(shown, job(text, state)) for state in states}
    made |= {
        f"claim {claim.number}": lambda n=claim.number: pages.claim_page(shown, run, report, n)
        for claim in report.claims[:2]
    }
    return made
