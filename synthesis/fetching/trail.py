"""What has been tried for one paper so far, and what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from synthesis.errors import SourceUnavailableError
from synthesis.fetching.joining import join, without_text
from synthesis.fetching.records import Fetched
from synthesis.fetching.services import service_name
from synthesis.network.errors import BudgetSpentError
from synthesis.records import FetchAttempt

if TYPE_CHECKING:
    from synthesis.errors import SourceError
    from synthesis.fetching.candidates import Places
    from synthesis.reading.full_text import FullText
    from synthesis.records import Link, Paper, TextForm

Outcome: TypeAlias = Literal["read", "not held", "refused", "unreadable", "unreachable", "skipped"]
GOOD_QUALITY = 0.5  # from here on no further copy is asked for
# A host that was busy to the end, or failed a moment ago, is refused in these words of the client's.
_FOR_NOW = re.compile(r"; asked \d+ times? within |\(not asked again so soon\)$")


def outcome_of(error: SourceError) -> Outcome:
    """Unreachable where asking at another time may help, else refused."""
    later = isinstance(error, (SourceUnavailableError, BudgetSpentError)) or _FOR_NOW.search(str(error))
    return "unreachable" if later else "refused"


@dataclass(slots=True)
class Trail:
    """The copies of ``paper`` that were tried, and the best text among them."""

    paper: Paper
    places: Places
    attempts: list[FetchAttempt] = field(default_factory=list)
    best: tuple[FullText, Link] | None = None
    source_is_pdf: bool = False  # then arXiv has no HTML of it, and its PDF is the same file

    @property
    def reads_well(self) -> bool:
        """Whether a copy was read that needs no better one."""
        return self.best is not None and self.best[0].quality >= GOOD_QUALITY

    def note(self, link: Link, outcome: Outcome, detail: str | None = None) -> None:
        """Add what came of one copy."""
        self.note_service(service_name(link.url, self.places), link.url, outcome, detail, link.form)

    def note_service(
        self, host: str, url: str, outcome: Outcome, detail: str | None, form: TextForm = "pdf"
    ) -> None:
        """Add what came of asking ``host``."""
        paper_id = self.paper.paper_id
        self.attempts.append(
            FetchAttempt(paper_id=paper_id, host=host, url=url, form=form, outcome=outcome, detail=detail)
        )

    def keep(self, text: FullText, link: Link) -> None:
        """Add a copy that was read; it stands for the paper while none is better."""
        poor = text.quality < GOOD_QUALITY
        self.note(link, "read", f"quality {text.quality:.2f}" if poor else None)
        if self.best is None or text.quality > self.best[0].quality:
            self.best = (text, link)

    def result(self) -> Fetched:
        """The paper with the best text, else with its abstract and the reason of the last attempt."""
        if self.best is not None:
            paper = join(self.paper, *self.best)
        elif self.paper.retracted:
            paper = without_text(self.paper, "the work is retracted")
        elif not self.attempts:
            paper = without_text(self.paper, "no open copy is known")
        else:
            last = self.attempts[-1]
            paper = without_text(self.paper, f"{last.host}: {last.detail or last.outcome}")
        return Fetched(paper=paper, attempts=tuple(self.attempts))
