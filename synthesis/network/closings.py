"""Services that are not to be asked for a while, because they were busy to the end, spent, or out of reach.

What the host itself asked for is shared with the other processes of this machine through a file, by wall clock. That
there was no network is remembered by this process alone: the next may have one.
"""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from synthesis.errors import SourceError, SourceRefusedError, SourceUnavailableError
from synthesis.network.diagnosis import MAX_WAIT_SECONDS
from synthesis.network.errors import BudgetSpentError, ClosedError
from synthesis.network.files import write_private
from synthesis.network.pace import file_name

if TYPE_CHECKING:
    from pathlib import Path

    from synthesis.network.clockwork import Clockwork

LEAST_SECONDS = 60.0
_MAX_FILE_BYTES = 8192
_MAX_MESSAGE_CHARS = 2000


@dataclass(frozen=True, slots=True)
class _Closing:
    """``ends`` is on the monotonic clock of this process."""

    ends: float
    error: SourceError


class Closings:
    """Which services are closed, and in which words they are refused until they open again."""

    def __init__(self, folder: Path, time: Clockwork) -> None:
        self._folder = folder
        self._time = time
        self._own: dict[str, _Closing] = {}

    def close(self, name: str, error: SourceError, wait_seconds: float | None) -> None:
        """Fail at once with the words of ``error`` for as long as was asked for: at least a minute, at most a day."""
        seconds = min(max(wait_seconds or 0.0, LEAST_SECONDS), MAX_WAIT_SECONDS)
        self._own[name] = _Closing(self._time.clock() + seconds, error)
        if isinstance(error, SourceRefusedError):
            self._share(name, error, seconds)

    def check(self, name: str) -> None:
        """Raise the error for which ``name`` is closed, if it is."""
        closing = self._own.get(name)
        if closing is not None and self._time.clock() < closing.ends:
            raise _again(closing.error)
        shared = self._shared(name)
        if shared is not None:
            raise _again(shared)

    def _share(self, name: str, error: SourceRefusedError, seconds: float) -> None:
        since = self._time.now().timestamp()
        spent = isinstance(error, BudgetSpentError)
        known = isinstance(error, BudgetSpentError) and error.until is not None
        values = {"since": since, "until": since + seconds, "message": str(error)[:_MAX_MESSAGE_CHARS]}
        content = json.dumps({**values, "spent": spent, "known": known}).encode()
        with contextlib.suppress(OSError):  # this process keeps it in any case
            write_private(self._path(name), content)

    def _shared(self, name: str) -> SourceRefusedError | None:
        """The error that a process left for all; ``None`` when there is none, it is over, or it makes no sense."""
        try:
            with self._path(name).open("rb") as file:
                values = json.loads(file.read(_MAX_FILE_BYTES))
            since, until, message = float(values["since"]), float(values["until"]), values["message"]
            spent, known = values["spent"] is True, values["known"] is True
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None
        now = self._time.now().timestamp()
        sensible = math.isfinite(since) and math.isfinite(until) and until - since <= MAX_WAIT_SECONDS
        if not (sensible and isinstance(message, str) and since <= now < until):
            return None  # a clock that was set back must not keep a service closed
        if spent:
            return BudgetSpentError(message, datetime.fromtimestamp(until, UTC) if known else None)
        return SourceRefusedError(message)

    def _path(self, name: str) -> Path:
        return self._folder / f"{file_name(name)}.closed"


def _again(error: SourceError) -> SourceError:
    """The same error once more; each has its own traceback."""
    words = f"{error} (not asked again so soon)"
    if isinstance(error, BudgetSpentError):
        return BudgetSpentError(words, error.until)
    if isinstance(error, SourceUnavailableError):
        return ClosedError(words)
    return SourceRefusedError(words)
