"""One request at a time and a set interval apart at each service, for all processes of this machine together.

arXiv asks for at most one request per 3 seconds over one connection, counted over everything that a user
runs (https://info.arxiv.org/help/api/tou.html). A lock file lets one process through at a time; a stamp file
beside it says when the last request ended. Nothing is flushed to the disk: what a power cut may lose is a pause.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from hashlib import sha256
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from synthesis.errors import SourceUnavailableError
from synthesis.network.clockwork import Clockwork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARXIV_INTERVAL_SECONDS = 3.0
_STAMP_BYTES = 64  # a stamp is written over the last, so all are of one length
_POLL_SECONDS = 0.01
_SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")


class Pace:
    """Keeps requests to the service ``name`` apart: ``interval_seconds`` from the end of one to the start of the next.

    ``folder`` holds ``<name>.lock`` and ``<name>.stamp``; every process that names the same folder shares the
    pace. Threads may share one pace or have each its own.
    """

    def __init__(
        self, folder: Path, name: str, interval_seconds: float, time: Clockwork | None = None
    ) -> None:
        self.interval_seconds = interval_seconds
        self._folder = folder
        self._name = name
        self._time = time or Clockwork()
        self._stamp_path = folder / f"{file_name(name)}.stamp"
        self._lock_path = folder / f"{file_name(name)}.lock"

    @contextlib.contextmanager
    def turn(self, timeout_seconds: float) -> Iterator[None]:
        """Wait for a turn and hold it for the length of the ``with`` block.

        While it waits for the interval to pass, others may go first; it waits at most ``timeout_seconds`` for them, and
        then at most one interval.

        Raises:
            SourceUnavailableError: others kept the turn, or ``folder`` cannot be written.
        """
        with self._alone_and_due(timeout_seconds):
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
    def _alone_and_due(self, timeout_seconds: float) -> Iterator[None]:
        """Hold the lock file at a moment when the interval has passed; it is not held while that is waited for."""
        ends = self._time.clock() + timeout_seconds
        waited_for = None  # the stamp whose interval was waited out, whatever the clocks did meanwhile
        while True:
            with self._alone(max(ends - self._time.clock(), 0.0)):
                stamp = self._read_stamp()
                pause = 0.0 if stamp == waited_for else self._pause(stamp)
                if pause <= 0:
                    yield
                    return
            if self._time.clock() > ends + self.interval_seconds:
                raise self._busy(timeout_seconds)
            self._time.sleep(pause)
            waited_for = stamp

    @contextlib.contextmanager
    def _alone(self, timeout_seconds: float) -> Iterator[None]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self._lock_path, timeout=timeout_seconds, mode=0o600, poll_interval=_POLL_SECONDS)
            lock.acquire()
        except Timeout:
            raise self._busy(timeout_seconds) from None
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            yield
        finally:
            lock.release()

    def _busy(self, timeout_seconds: float) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"another process has kept {self._name} busy for {timeout_seconds:.0f} s; "
            "one request runs at a time on this machine: try again when it has finished"
        )

    def _unwritable(self, error: OSError) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"{self._name} is not asked: its pace cannot be kept, because the folder {self._folder} "
            f"cannot be written ({error.strerror or error}); make it writable or name another with --home"
        )

    def _read_stamp(self) -> bytes | None:
        """What the stamp file holds; ``None`` when there is none yet."""
        try:
            with self._stamp_path.open("rb") as file:
                return file.read(_STAMP_BYTES)
        except FileNotFoundError:
            return None
        except OSError:
            return b""

    def _pause(self, stamp: bytes | None) -> float:
        """Seconds still to wait: the longer of what the two clocks say, each within [0, interval].

        A clock that jumped back, or a stamp from the future, thus costs one interval and never more.
        """
        if stamp is None:
            return 0.0
        try:
            then = json.loads(stamp)
        except (ValueError, RecursionError):
            return self.interval_seconds
        now = self._clocks()
        if not (isinstance(then, list) and len(then) == len(now)):
            return self.interval_seconds
        return max(self._left(*pair) for pair in zip(then, now, strict=True))

    def _left(self, then: object, now: float) -> float:
        """What is left of the interval that began at ``then``; all of it when ``then`` makes no sense."""
        if not isinstance(then, (int, float)) or not math.isfinite(then) or then > now:
            return self.interval_seconds
        return max(0.0, self.interval_seconds - (now - then))

    def _clocks(self) -> tuple[float, float]:
        return self._time.clock(), self._time.now().timestamp()

    def _stamp(self) -> None:
        """Record that a request begins or has just ended."""
        content = json.dumps(self._clocks()).encode().ljust(_STAMP_BYTES)
        handle = os.open(self._stamp_path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(handle, content)
        finally:
            os.close(handle)


def file_name(name: str) -> str:
    """A service's or host's name as that of a file; a hash stands for what could not be one.

    >>> file_name("semantic-scholar"), file_name("../x")
    ('semantic-scholar', 'name-d6b96a97d147daaa')
    """
    if _SAFE_NAME.fullmatch(name):
        return name
    return f"name-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}"


def pace_of(name: str, interval_seconds: float, host: str) -> tuple[str, float]:
    """The name and interval of the pace by which ``host`` is asked, when the service itself goes by the first two.

    arXiv counts all that a user asks of it, so its hosts have one pace whatever service asks.

    >>> pace_of("arxiv.org", 1.0, "export.arxiv.org"), pace_of("openalex", 0.1, "api.openalex.org")
    (('arxiv', 3.0), ('openalex', 0.1))
    """
    if host == "arxiv.org" or host.endswith(".arxiv.org"):
        return "arxiv", max(interval_seconds, ARXIV_INTERVAL_SECONDS)
    return name, interval_seconds
