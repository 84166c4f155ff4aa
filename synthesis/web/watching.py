"""Jobs as they change, to whoever looks: one look at the disk a job, however many readers it has."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import anyio.to_thread

from synthesis.wording import speaking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from synthesis.web.jobs import JobBook
    from synthesis.web.views import JobView

POLL_SECONDS = 0.25
TICK_SECONDS = 0.5  # between two looks for what can be started
HEARTBEAT_SECONDS = 15.0  # so that a connection that is gone is noticed
_RETRY_MILLISECONDS = 2000


class _Channel:
    """A job that somebody looks at."""

    def __init__(self) -> None:
        self.readers = 0
        self.mark: tuple[int, bool] | None = None
        self.changed = asyncio.Event()
        self.views: dict[str, JobView] = {}  # by language, of the present mark

    def turn(self, mark: tuple[int, bool] | None) -> None:
        """Wake all readers."""
        self.mark, self.views = mark, {}
        waking, self.changed = self.changed, asyncio.Event()
        waking.set()


class JobWatch:
    """Starts what waits, and tells readers of a job each time that it changes."""

    def __init__(self, book: JobBook) -> None:
        self._book = book
        self._channels: dict[str, _Channel] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._active: tuple[JobView, ...] = ()
        self._looked = -TICK_SECONDS

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look after the jobs for as long as the server runs; they go on after it."""
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            self.close()
            for task in (ticking, *self._tasks):
                task.cancel()
            await asyncio.gather(ticking, *self._tasks, return_exceptions=True)

    def active(self) -> tuple[JobView, ...]:
        """The jobs that wait or run, newest first, as they were at most ``TICK_SECONDS`` ago, to the second."""
        if time.monotonic() - self._looked >= TICK_SECONDS:
            self._looked = time.monotonic()
            self._active = tuple(
                v.model_copy(update={"seconds": float(int(v.seconds)), "stages": v.stages[-1:]})
                for v in self._book.active()
            )
        return self._active

    def close(self) -> None:
        """End all streams."""
        self._closing = True
        for channel in self._channels.values():
            channel.turn(channel.mark)

    async def stream(self, job_id: str, language: str) -> AsyncIterator[str]:
        """Server-sent events: the job as it is, and again at each change, until it has ended.

        ``id`` is the size of the job's file of events; form: HTML standard, section 9.2.6.
        """
        channel = self._join(job_id)
        told: JobView | None = None
        try:
            yield f"retry: {_RETRY_MILLISECONDS}\n\n"
            while not self._closing:
                changed = channel.changed
                view = self._view(channel, job_id, language)
                if told is None or _without_time(view) != _without_time(told):
                    told = view
                    yield f"id: {channel.mark[0] if channel.mark else 0}\ndata: {view.model_dump_json()}\n\n"
                if view.state not in {"waiting", "running"}:
                    return
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await changed.wait()
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            channel.readers -= 1

    def _view(self, channel: _Channel, job_id: str, language: str) -> JobView:
        if language not in channel.views:
            with speaking(language):
                channel.views[language] = self._book.view(job_id)
        return channel.views[language]

    def _join(self, job_id: str) -> _Channel:
        channel = self._channels.get(job_id)
        if channel is None:
            channel = self._channels[job_id] = _Channel()
            channel.mark = self._book.mark(job_id)
            task = asyncio.create_task(self._poll(job_id, channel))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        channel.readers += 1
        return channel

    async def _poll(self, job_id: str, channel: _Channel) -> None:
        """Look at a job's file for as long as anybody reads it."""
        while channel.readers > 0:
            mark = self._book.mark(job_id)
            if mark != channel.mark:
                channel.turn(mark)
            await asyncio.sleep(POLL_SECONDS)
        del self._channels[job_id]

    async def _tick(self) -> None:
        while True:
            with contextlib.suppress(OSError):  # a full disk now may be an empty one later
                await anyio.to_thread.run_sync(self._book.tick)
            await asyncio.sleep(TICK_SECONDS)


def _without_time(view: JobView) -> JobView:
    """What is worth telling: the clock runs on the page."""
    stages = tuple(s.model_copy(update={"seconds": 0.0}) for s in view.stages)
    return view.model_copy(update={"seconds": 0.0, "stages": stages})
