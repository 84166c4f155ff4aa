"""One request at a time and a set interval apart, for all processes of this machine together.

arXiv asks for at most one request per 3 seconds over one connection, counted over everything that a user
runs (https://info.arxiv.org/help/api/tou.html). A lock file lets one process through at a time; a stamp file
beside it says when the last request ended.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from synthesis.errors import SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ARXIV_INTERVAL_SECONDS = 3.0
_MAX_STAMP_BYTES = 256


class Pace:
    """Keeps requests ``interval_seconds`` apart, from the end of one to the start of the next.

    ``folder`` holds ``<name>.lock`` and ``<name>.stamp``; every process that names the same folder shares the
    pace. ``clock`` must be system-wide and never step back (``time.monotonic``); ``wall_clock`` covers what it
    cannot see: a reboot, or a second machine on a shared folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "arxiv",
        interval_seconds: float = ARXIV_INTERVAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interval_seconds = interval_seconds
        self._folder = folder
        self._name = name
        self._clocks = (clock, wall_clock)
        self._sleep = sleep

    @contextlib.contextmanager
    def turn(self, timeout_seconds: float) -> Iterator[None]:
        """Wait for this process's turn and hold it for the length of the ``with`` block.

        Waits at most ``timeout_seconds`` for other processes, and then at most one interval.

        Raises:
            SourceUnavailableError: other processes kept the turn, or ``folder`` cannot be written.
        """
        with self._alone(timeout_seconds):
            pause = self._pause()
            if pause > 0:
                self._sleep(pause)
            try:
                self._stamp()  # before the request: it stands if we are killed during it
            except OSError as error:
                raise self._unwritable(error) from error
            try:
                yield
            finally:
                with contextlib.suppress(OSError):  # the stamp from before the request still holds
                    self._stamp()

    @contextlib.contextmanager
    def _alone(self, timeout_seconds: float) -> Iterator[None]:
        """Hold the lock file."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(
                self._folder / f"{self._name}.lock", timeout=max(timeout_seconds, 0.0), mode=0o600
            )
            lock.acquire()
        except Timeout as error:
            raise SourceUnavailableError(
                f"another process has kept {self._name} busy for {timeout_seconds:.0f} s; "
                "one request runs at a time on this machine: try again when it has finished"
            ) from error
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            yield
        finally:
            lock.release()

    def _unwritable(self, error: OSError) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"{self._name} is not asked: its pace cannot be kept, because the folder {self._folder} "
            f"cannot be written ({error.strerror or error}); make it writable or name another with --home"
        )

    def _pause(self) -> float:
        """Seconds still to wait: the longer of what the two clocks say, each within [0, interval].

        A clock that jumped back, or a stamp from the future, thus costs one interval and never more.
        """
        try:
            with self._stamp_path.open("rb") as file:
                then = json.loads(file.read(_MAX_STAMP_BYTES))
        except FileNotFoundError:
            return 0.0
        except (OSError, ValueError, RecursionError):
            return self.interval_seconds
        if not (isinstance(then, list) and len(then) == len(self._clocks)):
            return self.interval_seconds
        return max(self._left(stamp, clock()) for stamp, clock in zip(then, self._clocks, strict=True))

    def _left(self, then: object, now: float) -> float:
        """What is left of the interval that began at ``then``; all of it when ``then`` makes no sense."""
        if not isinstance(then, (int, float)) or not math.isfinite(then) or then > now:
            return self.interval_seconds
        return max(0.0, self.interval_seconds - (now - then))

    def _stamp(self) -> None:
        """Record that a request begins or has just ended."""
        fresh = self._stamp_path.with_suffix(".stamp.new")
        fresh.write_text(json.dumps([clock() for clock in self._clocks]), encoding="ascii")
        fresh.replace(self._stamp_path)

    @property
    def _stamp_path(self) -> Path:
        return self._folder / f"{self._name}.stamp"
