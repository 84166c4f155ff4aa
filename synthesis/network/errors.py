"""What can go wrong with one request, beyond what ``synthesis.errors`` tells apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.errors import SourceRefusedError, SourceUnavailableError

if TYPE_CHECKING:
    from datetime import datetime


class BrokenExchangeError(SourceUnavailableError):
    """The connection stood, but no whole answer came: reset, timeout, cut short. It may be asked for again."""


class BudgetSpentError(SourceRefusedError):
    """What a service grants for a time is used up; ``until`` says when there is more, where that is known."""

    def __init__(self, message: str, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class ClosedError(SourceUnavailableError):
    """The service was out of reach a moment ago, so it was not asked; that it is closed does not begin anew with this."""
