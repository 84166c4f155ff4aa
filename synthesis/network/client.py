"""Asking services for answers: from the cache, else over the network, and again for as long as that may help."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Self

from synthesis import __version__
from synthesis.errors import SourceRefusedError, SourceUnavailableError
from synthesis.network.addresses import AddressGate, parse_target
from synthesis.network.cache import confirmed
from synthesis.network.clockwork import Clockwork
from synthesis.network.closings import Closings
from synthesis.network.errors import BrokenExchangeError, BudgetSpentError, ClosedError
from synthesis.network.following import Course, Follower
from synthesis.network.keys import is_sendable, keep_wire_logs_silent
from synthesis.network.pace import pace_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from synthesis.network.addresses import Target
    from synthesis.network.cache import ResponseCache, Stored
    from synthesis.network.messages import Request, Response, Service, Trouble

USER_AGENT = f"synthesis/{__version__}"
_NOT_MODIFIED = 304
_CACHED = frozenset({200, 404})
_MAX_AGE_OF_404_SECONDS = 3600.0
_SPENT_SECONDS = 3600.0  # closed for so long when a spent budget does not say until when
_LEAST_BACKOFF_SECONDS = 1.0


class Client:
    """Asks services politely and safely; used by several threads at once, a context manager.

    ``state`` is the folder through which the processes of this machine share pace and closings. A service is asked one
    request at a time. After it failed (busy to the end, out of reach, spent) it fails at once, with the same words,
    until the time that it asked for has passed, at least a minute. No stored answer from before ``since`` is taken
    without asking its host.
    """

    def __init__(
        self,
        *,
        state: Path,
        cache: ResponseCache | None = None,
        gate: AddressGate | None = None,
        time: Clockwork | None = None,
        user_agent: str = USER_AGENT,
        since: datetime | None = None,
    ) -> None:
        self._cache = cache
        self._since = since
        self._time = time or Clockwork()
        self._closings = Closings(state, self._time)
        self._follower = Follower(gate or AddressGate(), state, self._closings, self._time, user_agent)
        self._lanes: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        keep_wire_logs_silent()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what is open."""
        self._follower.close()

    def send(self, request: Request, service: Service, *, fresh: bool = False) -> Response:
        """The answer to ``request`` that ``service.diagnose`` lets through, from the cache where one still stands.

        ``fresh`` asks again whatever is stored. The deadline counts from when the request's turn comes within this
        process, whose threads wait for each other without bound.

        Raises:
            SourceUnavailableError: no network, or no whole answer by the deadline.
            BudgetSpentError: what the service grants is used up, until ``until``.
            SourceRefusedError: it refused, was busy to the end, or the address is one that is not asked.
        """
        first = parse_target(request.url)
        if request.secret is not None and not is_sendable(request.secret):
            raise SourceRefusedError(
                f"{service.title} is not asked: its key holds blanks or other characters that no key has; "
                "set it again or unset it"
            )
        stored = self._standing(request, service, fresh=fresh)
        if stored is not None:
            return stored.response
        with self._lanes[pace_of(service.name, 0.0, first.host)[0]]:
            stored = self._standing(
                request, service, fresh=fresh
            )  # as another thread may have asked the same
            return stored.response if stored is not None else self._ask(request, service, first, fresh=fresh)

    def _standing(self, request: Request, service: Service, *, fresh: bool) -> Stored | None:
        """The stored answer, if it is young enough to stand without asking."""
        if self._cache is None or fresh:
            return None
        stored = self._cache.find(request, self._time.now())
        if stored is None or (self._since is not None and stored.kept < self._since):
            return None
        kept = service.max_age_seconds
        most = kept if stored.response.status == 200 else min(kept, _MAX_AGE_OF_404_SECONDS)
        return stored if stored.age_seconds(self._time.now()) <= most else None

    def _ask(self, request: Request, service: Service, first: Target, *, fresh: bool) -> Response:
        """Ask until an answer comes through, and store it."""
        course = Course(request, service, first, self._time.clock() + service.deadline_seconds)
        old = None
        if self._cache is not None and not fresh:
            old = self._cache.find(request, self._time.now())
            course.conditions = old.conditions() if old else {}
        response = self._until_answered(course)
        if response.status == _NOT_MODIFIED and old is not None:
            response = confirmed(old, response)
        if self._cache is not None and response.status in _CACHED:
            self._cache.keep(request, response, self._time.now())
        return replace(response, retries=tuple(course.retries))

    def _until_answered(self, course: Course) -> Response:
        """Follow the course, wait and follow it again, until it ends at an answer."""
        for attempt in count():
            try:
                response = self._follower.follow(course)
            except BrokenExchangeError as error:
                self._wait(course, attempt, error, None)
                continue
            except ClosedError:
                raise
            except SourceUnavailableError as error:
                self._closings.close(course.place, error, None)
                raise
            if response.status == _NOT_MODIFIED and course.conditions:
                return response
            trouble = course.service.diagnose(response, self._time.now())
            if trouble is None:
                return response
            self._judge(course, attempt, trouble)
        raise AssertionError("count() does not end")

    def _judge(self, course: Course, attempt: int, trouble: Trouble) -> None:
        """Raise what asking again does not mend, or wait for the next attempt."""
        if trouble.kind == "spent":
            spent = _spent(trouble, self._time.now())
            self._closings.close(course.place, spent, trouble.wait_seconds or _SPENT_SECONDS)
            raise spent
        error = SourceRefusedError(trouble.message)
        if trouble.kind == "busy":
            self._wait(course, attempt, error, trouble.wait_seconds)
            return
        if trouble.wait_seconds is not None:
            self._closings.close(course.place, error, trouble.wait_seconds)
        raise error

    def _wait(
        self,
        course: Course,
        attempt: int,
        error: SourceRefusedError | BrokenExchangeError,
        asked: float | None,
    ) -> None:
        """Sleep before the next attempt: as long as the host asks, at least one interval, doubled each time.

        Raises the error, with what was tried, when the wait would pass the deadline.
        """
        service = course.service
        backoff = max(service.interval_seconds, _LEAST_BACKOFF_SECONDS) * 2.0 ** min(attempt, 32)
        wait = max(asked or 0.0, backoff)
        if self._time.clock() + wait < course.ends:
            course.retries.append(str(error))
            self._time.sleep(wait)
            return
        times = f"{attempt + 1} time{'s' * (attempt > 0)}"
        tried = f"{error}; asked {times} within {service.deadline_seconds:g} s"
        if asked is not None:
            tried += f", and it wants a wait of {asked:g} s"
        kind = SourceUnavailableError if isinstance(error, BrokenExchangeError) else SourceRefusedError
        final = kind(tried)
        self._closings.close(course.place, final, asked)
        raise final


def _spent(trouble: Trouble, now: datetime) -> BudgetSpentError:
    """The error for a budget that is used up, with the time of day at which there is more."""
    if trouble.wait_seconds is None:
        return BudgetSpentError(f"{trouble.message}; quota spent")
    until = now + timedelta(seconds=trouble.wait_seconds)
    shown = until + timedelta(seconds=30)  # to the nearest minute
    return BudgetSpentError(f"{trouble.message}; quota spent until {shown:%H:%M} UTC", until)
