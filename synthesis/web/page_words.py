"""What the pages say of jobs, formats, orders and languages, and how they write time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

from synthesis.rendering.text import inline
from synthesis.web.claim_rows import LABELS
from synthesis.wording import LANGUAGES, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synthesis.records import Label, Side
    from synthesis.web.views import JobView

# In the order in which a job goes through them (``synthesis.pipeline``); a job may leave some out.
STAGES = (
    *(
        "libraries",
        "queries",
        "search",
        "languages",
        "similar papers",
        "citations",
        "earlier papers",
        "papers",
        "full texts",
        "passages",
    ),
    *("claims", "claim search", "ranking", "evidence", "verdicts", "comparisons", "answer", "review"),
    *("loads", "report", "rendering"),
)
_UPDATES_ONLY = frozenset({"earlier papers"})


class Ahead(NamedTuple):
    """What a job has still to do."""

    names: tuple[str, ...]
    done: int
    total: int


def ahead_of(job: JobView) -> Ahead:
    """The stages to come, and how far the job is among all of them; nothing is to come once it has ended."""
    reached = [STAGES.index(stage.name) for stage in job.stages if stage.name in STAGES]
    at = max(reached, default=-1)
    going_on = job.state in {"waiting", "running"}
    names = [n for n in STAGES[at + 1 :] if n not in _UPDATES_ONLY or job.kind == "update"]
    return Ahead(tuple(names) if going_on else (), max(at, 0), len(STAGES))


def job_state(state: str) -> str:
    """The state of a job (``JobState``)."""
    return {
        "waiting": say("Waiting"),
        "running": say("At work"),
        "done": say("Done"),
        "partial": say("Done in part"),
        "failed": say("Failed"),
        "stopped": say("Stopped"),
    }[state]


def job_kind(kind: str) -> str:
    """What a job makes (``JobView.kind``)."""
    return {"report": say("Report"), "verification": say("Verified table"), "update": say("Update")}[kind]


def formats() -> tuple[tuple[str, str], ...]:
    """What a report can be downloaded as: suffix and words."""
    return (
        ("pdf", "PDF"),
        ("html", "HTML"),
        ("docx", "Word"),
        ("md", "Markdown"),
        ("json", "JSON"),
        ("csv", say("CSV (table of claims)")),
        ("bib", say("BibTeX (references)")),
    )


def orders() -> tuple[tuple[str, str], ...]:
    """How claims can be ordered (``ClaimFilter.sort``)."""
    return (
        ("number", say("by number")),
        ("confidence", say("most confident first")),
        ("label", say("by verdict")),
        ("verified", say("verified first")),
    )


def side_class(side: Side | None) -> str:
    """The style of a side of the answer, the same as that of evidence on that side."""
    return {"for": "supports", "against": "refutes", "mixed": "mixed"}.get(side or "", "neither")


def language_name(code: str) -> str:
    """A language by its own name where the form is known in it, else by its code."""
    return LANGUAGES.get(code, code)


def duration(seconds: float) -> str:
    """Time as a clock shows it, read alike in all languages.

    >>> duration(65.4), duration(3725)
    ('1:05', '1:02:05')
    """
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def segment(name: str) -> str:
    """``name`` as one segment of a path.

    >>> segment("a/b?c")
    'a%2Fb%3Fc'
    """
    return quote(name, safe="", errors="replace")


def lines(text: str) -> Markup:
    """Text whose lines stay lines, as in a field of several."""
    return Markup("\n").join(escape(inline(line)) for line in text.splitlines())


def counted(labels: Mapping[Label, int]) -> list[tuple[Label, int]]:
    """Labels that occur, in the order of the table, with how often they do."""
    return [(label, labels[label]) for label in LABELS if labels.get(label)]


def tally(labels: Mapping[Label, int]) -> Markup:
    """A thin bar of the verdicts' shares, hidden from screen readers, as the numbers stand beside it."""
    total = sum(labels.values())
    parts, x = [], 0.0
    for label, n in counted(labels):
        width = 100 * n / total
        parts.append(
            Markup('<rect x="{:.2f}" width="{:.2f}" height="4" fill="currentColor" class="{}"/>').format(
                x, max(width - 0.6, 0.2), label.value.lower()
            )
        )
        x += width
    return Markup(
        '<svg class="tally" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        "{}</svg>"
    ).format(Markup().join(parts))


class Problems:
    """What was wrong with a form; a message that begins with a field's name and a colon stands at that field."""

    def __init__(self, messages: Sequence[str], fields: Sequence[str]) -> None:
        self.all = [self._placed(message, fields) for message in messages]

    @staticmethod
    def _placed(message: str, fields: Sequence[str]) -> tuple[str, str]:
        field, colon, words = message.partition(": ")
        return (field, words[:1].upper() + words[1:]) if colon and field in fields else ("", message)

    def at(self, field: str) -> list[str]:
        """What is wrong with one field."""
        return [words for name, words in self.all if name == field]
