"""A claim table that was handed in → the request to verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.jobs import make_verification
from synthesis.statements import verification_title
from synthesis.wording import speaking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthesis.records import Span
    from synthesis.request import Request
    from synthesis.tables import ClaimTable

# A user who hands in claims waits for them to be searched; a polite source takes 3 s for each.
REMOTE_CLAIMS = 30
_REPORT_CSV = ("supporting quotes", "contradicting quotes")  # columns of the CSV that a report is written as


def verification_of(
    table: ClaimTable, name: str, language: str, sentences: Mapping[str, tuple[Span, ...]] | None = None
) -> Request:
    """The request to verify ``table``, whose file is called ``name``; ``sentences`` as in ``make_verification``.

    ``language`` is that of the report, whose title it shall have.

    Raises:
        UsageError: as ``make_verification``; the form has no words in that language.
    """
    with speaking(language):
        title = verification_title(table.title or name)
    return make_verification(
        [row.text for row in table.rows],
        title,
        question=table.question or "",
        from_report=table.kind == "report" or set(_REPORT_CSV) <= set(table.columns),
        stated=[row.stated for row in table.rows],
        sentences=dict(sentences or {}),
    )
