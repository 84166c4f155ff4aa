"""Records → pages: pure functions that fill the templates of ``templates/web``; what they return is HTML in UTF-8.

Each page speaks the language of ``Shown``; what papers and reports say keeps its own, marked as such. No page
holds a style or a script inside it, so that the server's policy can forbid both.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from synthesis import terms
from synthesis.rendering import charts
from synthesis.rendering.templates import environment, templates_dir
from synthesis.rendering.text import inline
from synthesis.web import page_words
from synthesis.web.claim_rows import LABELS, cited_sources, claim_row, claim_rows
from synthesis.web.page_words import Problems
from synthesis.web.views import AskForm, ClaimFilter
from synthesis.wording import LANGUAGES, speaking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from synthesis.records import Calibration, Changes, Report
    from synthesis.review.skill import Skill
    from synthesis.web.views import JobView, RunRow, Shown

_PLACES = {
    "library": "/",
    "ask": "/ask",
    "verify": "/verify",
    "compare": "/compare",
    "calibration": "/calibration",
}
_ASKED = tuple(AskForm.model_fields)
_HANDED_IN = ("table", "text", "sources", "language")


def library_page(shown: Shown, runs: Sequence[RunRow], jobs: Sequence[JobView], query: str = "") -> bytes:
    """The library of reports: what runs now, then what is done; ``query`` is what was searched for in it."""
    return _page("library", shown, runs=runs, jobs=jobs, query=query)


def ask_page(shown: Shown, form: AskForm, sources: Sequence[str], problems: Sequence[str] = ()) -> bytes:
    """The form in which a question is asked, as it was filled in and with what was wrong with it.

    A problem that begins with a field's name and a colon ("from_year: …") is shown at that field.
    """
    return _page("ask", shown, form=form, sources=sources, problems=Problems(problems, _ASKED))


def verify_page(shown: Shown, sources: Sequence[str], problems: Sequence[str] = ()) -> bytes:
    """The form to which a table of claims is handed, as a file or pasted; problems as in ``ask_page``."""
    return _page("verify", shown, sources=sources, problems=Problems(problems, _HANDED_IN))


def job_page(shown: Shown, job: JobView) -> bytes:
    """The progress of a job."""
    return _page("job", shown, job=job, ahead=page_words.ahead_of(job))


def report_page(
    shown: Shown, run: RunRow, report: Report, filters: ClaimFilter, others: Sequence[RunRow]
) -> bytes:
    """A report, all of whose claims unfold their evidence; ``others`` are runs that it can be compared with."""
    sources = cited_sources(report)
    rows = claim_rows(report, sources, filters)
    return _page(
        "report",
        shown,
        run=run,
        report=report,
        filters=filters,
        others=others,
        sources=sources,
        rows=rows,
        all_languages=sorted({language for row in rows for language in row.languages}),
        flow_figure=lambda: charts.prisma_flow(report.methodology.flow),
    )


def claim_page(shown: Shown, run: RunRow, report: Report, number: int) -> bytes:
    """One claim of a report with all its evidence.

    Raises:
        KeyError: the report has no claim of that number.
    """
    numbers = [claim.number for claim in report.claims]
    if number not in numbers:
        raise KeyError(number)
    at = numbers.index(number)
    sources = cited_sources(report)
    moved = report.changes.changes if report.changes else ()
    return _page(
        "claim",
        shown,
        run=run,
        report=report,
        sources=sources,
        row=claim_row(report.claims[at], sources, ClaimFilter()),
        earlier=numbers[at - 1] if at else None,
        later=numbers[at + 1] if at + 1 < len(numbers) else None,
        loads=[
            (load.title or load.paper_id, c)
            for load in report.loads
            for c in load.changes
            if c.number == number
        ],
        changes=[change for change in moved if change.number == number],
    )


def compare_page(
    shown: Shown,
    runs: Sequence[RunRow],
    before: RunRow | None,
    after: RunRow | None,
    changes: Changes | None,
) -> bytes:
    """Two runs set against each other; where one is not chosen yet, the form to choose."""
    return _page("compare", shown, runs=runs, before=before, after=after, changes=changes)


def calibration_page(
    shown: Shown,
    calibration: Calibration,
    skill: Mapping[str, Skill] | None = None,
    thresholds: Sequence[tuple[float, float | None]] = (),
) -> bytes:
    """What a confidence means, and how well the reviewers do their work.

    ``skill`` is what was measured of each reviewer by name; ``thresholds`` are (accepted risk, least confidence that is
    stated at it; ``None``: none reaches it).
    """
    return _page(
        "calibration",
        shown,
        calibration=calibration,
        skill=skill,
        thresholds=thresholds,
        figure=lambda: charts.reliability_diagram(calibration),
    )


def error_page(shown: Shown, status: int, message: str, remedy: str) -> bytes:
    """What went wrong, and the way out."""
    return _page("error", shown, status=status, message=message, remedy=remedy)


def login_page(shown: Shown) -> bytes:
    """How to get the link that opens a session."""
    return _page("login", shown)


@cache
def static_files() -> Mapping[str, tuple[bytes, str]]:
    """Name → (bytes, media type) of what the pages load. The colours and typefaces are those of the report's file."""
    folder = templates_dir()
    house = re.findall(
        r"^:root[^{]*\{[^}]*\}", (folder / "report.css").read_text(encoding="utf-8"), re.MULTILINE
    )
    style = "\n".join([*house, (folder / "web" / "app.css").read_text(encoding="utf-8")])
    return {
        "app.css": (style.encode(), "text/css; charset=utf-8"),
        "app.js": ((folder / "web" / "app.js").read_bytes(), "text/javascript; charset=utf-8"),
    }


@cache
def _environment() -> Environment:
    env = environment(inline)
    env.globals.update(
        bar=charts.confidence_bar,
        languages=LANGUAGES,
        all_labels=LABELS,
        orders=page_words.orders,
        formats=page_words.formats,
        tally=page_words.tally,
    )
    words = (page_words.duration, page_words.job_kind, page_words.job_state, page_words.language_name)
    shapes = (page_words.counted, page_words.lines, page_words.segment, page_words.side_class)
    env.filters.update({function.__name__: function for function in (*words, *shapes, terms.label_words)})
    named = (
        terms.aspect_words,
        terms.covered_words,
        terms.finding_words,
        terms.side_words,
        terms.stage_words,
    )
    env.filters.update({f.__name__.removesuffix("_words"): f for f in (*named, terms.tier_words)})
    return env


def _page(name: str, shown: Shown, **values: Any) -> bytes:
    with speaking(shown.language):
        template = _environment().get_template(f"web/{name}.html.j2")
        return template.render(shown=shown, place=_PLACES.get(name, ""), **values).encode()
