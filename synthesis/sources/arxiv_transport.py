"""What stands between the ``arxiv`` package and the network: pace, retries, checked answers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from synthesis.errors import SourceUnavailableError
from synthesis.sources.arxiv_feed import Feed, RefusedForNowError, read_reply
from synthesis.sources.network import BoundedClient, BrokenExchangeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthesis.sources.pace import Pace

_OK = 200


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Time, as arguments: ``clock`` monotonic seconds, ``sleep`` seconds, ``now`` with time zone."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class PackageReply:
    """The two attributes of a response that the package reads."""

    status_code: int
    content: bytes


@dataclass(slots=True)
class ArxivTransport:
    """Stands where the package keeps its requests session; serves one call of the source, then is dropped.

    ``feed`` is the last page as checked, ``retries`` the reasons of all further attempts so far.
    """

    client: BoundedClient
    pace: Pace
    time: Clockwork
    deadline_seconds: float
    feed: Feed | None = None
    retries: list[str] = field(default_factory=list)

    def get(self, url: str, headers: object = None) -> PackageReply:  # noqa: ARG002 - the package sends its own
        """The checked page at ``url``, asked for until it comes or the deadline is near.

        Raises:
            SourceRefusedError: arXiv's error, or it refused until the deadline.
            SourceUnavailableError: no network, broken answers until the deadline, or the pace cannot be kept.
        """
        ends = self.time.clock() + self.deadline_seconds
        for attempt in count():
            try:
                with self.pace.turn(ends - self.time.clock()):
                    reply = self.client.get(url)
                self.feed = read_reply(reply, self.time.now())
                return PackageReply(_OK, self.feed.atom)
            except (RefusedForNowError, BrokenExchangeError) as error:
                self._wait(error, attempt, ends)
                self.retries.append(str(error))
        raise AssertionError("count() does not end")

    def _wait(self, error: RefusedForNowError | BrokenExchangeError, attempt: int, ends: float) -> None:
        """Sleep before the next attempt: as long as arXiv asks, at least one interval, doubled each time.

        Raises the error, with what was tried, when the wait would pass the deadline.
        """
        asked = error.wait_seconds if isinstance(error, RefusedForNowError) else None
        if isinstance(error, RefusedForNowError) and not error.retry:
            raise error
        wait = max(asked or 0.0, self.pace.interval_seconds * 2**attempt)
        if self.time.clock() + wait < ends:
            self.time.sleep(wait)
            return
        tried = f"{error}; asked {attempt + 1} time{'s' * (attempt > 0)} within {self.deadline_seconds:g} s"
        if asked is not None:
            tried += f", and it wants a wait of {asked:g} s"
        if isinstance(error, RefusedForNowError):
            raise RefusedForNowError(tried, wait_seconds=asked) from error
        raise SourceUnavailableError(tried) from error
