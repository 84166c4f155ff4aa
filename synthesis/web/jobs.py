"""Jobs that were started from the pages: each a process of its own, which outlives the page and the server.

A job is a folder under the home's ``state/jobs``: ``order.json``, ``progress.jsonl``, ``worker.log``, and the table
that was handed in. Its process leads a group of its own and holds the lock of ``.lock`` (flock) for as long as it
lives: the server opens and locks the file, hands the descriptor down and closes its own. So whether a job is alive is
asked of the kernel, never guessed from a process id, and holds across a restart of the server, or two of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from synthesis.errors import StoreError
from synthesis.store import write_atomically
from synthesis.web.progress import Event, JobOrder, append_event, job_view, read_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from synthesis.store import Home
    from synthesis.web.bodies import Upload
    from synthesis.web.progress import JobKind, TableOrder
    from synthesis.web.views import AskForm, JobView

MAX_RUNNING = 2  # jobs that compute at the same time
MAX_WAITING = 50
MAX_KEPT = 200  # jobs that ended; their runs stay
ORDER, PROGRESS, LOCK, LOG = "order.json", "progress.jsonl", ".lock", "worker.log"
TABLE = "table"  # the name, less its suffix, under which a table that was handed in is stored
VERIFIED = "verified"  # the same table, verified
_JOB_ID = re.compile(r"[0-9]{20}-[0-9a-f]{16}")  # when it was ordered, to the microsecond, and a random part
_GRACE_SECONDS = 5.0  # between asking a process to end and ending it
_WORKER = (sys.executable, "-P", "-m", "synthesis.web.worker")


class JobBook:
    """All jobs under a home: started, watched, stopped.

    ``clock`` gives seconds since 1970.
    """

    def __init__(self, home: Home, clock: Callable[[], float] = time.time) -> None:
        self._folder = home.state / "jobs"
        self._clock = clock
        self._children: set[int] = set()  # ids of the processes that this server began, to be let go of
        self._turn = threading.Lock()
        self._orders: dict[str, JobOrder] = {}  # orders never change
        self._ended: set[str] = set()

    # ----------------------------------------------------------------- what there is

    def ids(self) -> list[str]:
        """All jobs, oldest first."""
        if not self._folder.is_dir():
            return []
        return sorted(e.name for e in os.scandir(self._folder) if _JOB_ID.fullmatch(e.name) and _is_own(e))

    def knows(self, job_id: str) -> bool:
        """Whether there is such a job; no name leads out of the folder of jobs."""
        return self._order(job_id) is not None

    def view(self, job_id: str) -> JobView:
        """How far a job is; ``KeyError`` when there is none."""
        order = self._order(job_id)
        if order is None:
            raise KeyError(job_id)
        events = self._events(job_id)
        alive = bool(events) and job_id not in self._ended and self._is_alive(job_id)
        if events and not alive:  # what it said last, it may have said between the two looks
            events = self._events(job_id)
        view = job_view(order, events, self._clock(), alive=alive)
        if view.state not in {"waiting", "running"}:
            self._ended.add(job_id)
        return view

    def views(self) -> list[JobView]:
        """All jobs, newest first."""
        return [self.view(i) for i in reversed(self.ids()) if self._order(i) is not None]

    def active(self) -> list[JobView]:
        """The jobs that wait or run, newest first."""
        fresh = [i for i in reversed(self.ids()) if i not in self._ended and self._order(i) is not None]
        return [view for view in map(self.view, fresh) if view.state in {"waiting", "running"}]

    def mark(self, job_id: str) -> tuple[int, bool]:
        """What differs whenever the job's view does (its seconds apart): how much it has said, and whether it lives."""
        alive = self._is_alive(job_id)
        with contextlib.suppress(OSError):
            return (self._folder / job_id / PROGRESS).stat().st_size, alive
        return 0, alive

    def verified_table(self, run: str) -> Path | None:
        """The table that was handed in for ``run``, as it comes back; ``None`` where there was none."""
        for job_id in reversed(self.ids()):
            order = self._order(job_id)
            if order is None or order.kind != "verification" or self.view(job_id).run != run:
                continue
            return next((f for f in (self._folder / job_id).glob(f"{VERIFIED}.*") if f.is_file()), None)
        return None

    # ----------------------------------------------------------------- what is done

    def ask(self, form: AskForm) -> str:
        """Order a report; returns the job's id. Raises ``StoreError`` as ``_submit``."""
        return self._submit("report", " ".join(form.question.split()), ask=form)

    def bring_up_to_date(self, run: str, title: str) -> str:
        """Order an update of a run."""
        return self._submit("update", title, run=run)

    def verify(self, upload: Upload, table: TableOrder) -> str:
        """Order a verification of a table that was handed in."""
        return self._submit("verification", table.name, table=table, upload=upload)

    def _submit(
        self,
        kind: JobKind,
        title: str,
        *,
        ask: AskForm | None = None,
        table: TableOrder | None = None,
        run: str | None = None,
        upload: Upload | None = None,
    ) -> str:
        """Write a job down, and start it where there is room.

        Raises:
            StoreError: too many wait, or the disk is full.
        """
        if sum(view.state == "waiting" for view in self.active()) >= MAX_WAITING:
            raise StoreError(f"{MAX_WAITING} jobs wait already. Let some end, or stop some.")
        stamp = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%d%H%M%S%f")
        job_id = f"{stamp}-{secrets.token_hex(8)}"
        order = JobOrder(job_id=job_id, kind=kind, title=title, ask=ask, table=table, run=run)
        folder = self._folder / job_id
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700)
            if upload is not None and table is not None:
                _write_private(folder / table.file, upload.data)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise StoreError(f"cannot start a job in {self._folder}: {error.strerror}.") from error
        write_atomically(folder / ORDER, order.model_dump_json().encode())  # last: without it there is no job
        self.tick()
        return job_id

    def tick(self) -> None:
        """Start what waits where there is room, oldest first; let go of what has ended. Safe between threads."""
        with self._turn:
            self._children = {child for child in self._children if not _has_ended(child)}
            active = list(reversed(self.active()))
            room = MAX_RUNNING - sum(view.state == "running" for view in active)
            for view in active:
                if room > 0 and view.state == "waiting" and self._start(view.job_id):
                    room -= 1
            self._forget_old()

    def _start(self, job_id: str) -> bool:
        """Start a job unless another server just did."""
        folder = self._folder / job_id
        with self._locked(job_id) as lock:
            if lock is None or self._events(job_id):
                return False
            append_event(folder / PROGRESS, Event(at=self._clock()))
            try:
                child = _spawn(folder, lock)
                self._children.add(child)
                append_event(folder / PROGRESS, Event(at=self._clock(), pid=child))
            except OSError as error:
                self._end(job_id, Event(at=self._clock(), end="failed", message=f"cannot start: {error}."))
        return True

    def stop(self, job_id: str) -> None:
        """End a job's processes; what it had done is kept. Blocks for as long as they take to end, at most 10 s."""
        asked = time.monotonic()
        sent: set[signal.Signals] = set()
        while time.monotonic() - asked < 2 * _GRACE_SECONDS:
            with self._locked(job_id) as lock:
                if lock is not None:
                    if not any(e.end for e in self._events(job_id)):
                        self._end(job_id, Event(at=self._clock(), end="stopped"))
                    return
            leader = next((e.pid for e in self._events(job_id) if e.pid), None)
            late = time.monotonic() - asked > _GRACE_SECONDS
            call = signal.SIGKILL if late else signal.SIGTERM
            if (
                leader is not None and call not in sent and self._is_alive(job_id)
            ):  # so its id is still its own
                sent.add(call)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(leader, call)
            time.sleep(0.02)

    def _end(self, job_id: str, event: Event) -> None:
        append_event(self._folder / job_id / PROGRESS, event)

    def _forget_old(self) -> None:
        ended = [i for i in self.ids() if i in self._ended]
        for job_id in ended[:-MAX_KEPT]:
            shutil.rmtree(self._folder / job_id, ignore_errors=True)
            self._orders.pop(job_id, None)
            self._ended.discard(job_id)

    # ----------------------------------------------------------------- files

    def _order(self, job_id: str) -> JobOrder | None:
        if job_id not in self._orders:
            if not _JOB_ID.fullmatch(job_id):
                return None
            path = self._folder / job_id / ORDER
            try:
                if path.is_symlink() or path.parent.is_symlink():
                    return None
                order = JobOrder.model_validate_json(path.read_bytes())
            except (OSError, ValueError):
                return None
            if order.job_id != job_id:
                return None
            self._orders[job_id] = order
        return self._orders[job_id]

    def _events(self, job_id: str) -> tuple[Event, ...]:
        return read_events(self._folder / job_id / PROGRESS)

    def _is_alive(self, job_id: str) -> bool:
        """Whether the lock is held by more than another such look."""
        try:
            descriptor = os.open(self._folder / job_id / LOCK, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    @contextlib.contextmanager
    def _locked(self, job_id: str) -> Iterator[int | None]:
        """The descriptor of the job's lock, held; ``None`` where its process, or another server, holds it."""
        descriptor = os.open(self._folder / job_id / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield None
            else:
                yield descriptor
        finally:
            os.close(descriptor)  # a child that was handed it holds the lock on


def _spawn(folder: Path, lock: int) -> int:
    """Begin a job's process in a session of its own, handing it the lock; returns its id.

    Not by ``subprocess``, which holds that a child must not outlive what began it.
    """
    os.set_inheritable(lock, True)  # every other descriptor closes by itself
    append = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    return os.posix_spawn(
        sys.executable,
        [*_WORKER, str(folder), str(lock)],
        {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(folder / LOG), append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _has_ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:
        return True


def _is_own(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
