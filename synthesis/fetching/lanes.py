"""Many courses at once: one errand at a time a lane, the lanes at once, reading beside them.

A lane is a service. Its errands run one after another, the earlier course first, so that no thread of ours waits for
another's turn; while a file is read, its lane already serves the next course.
"""

from __future__ import annotations

import heapq
import queue
import threading
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from synthesis.threads import DaemonPool

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

T = TypeVar("T")
_MAX_LANES = 16  # services asked at once
_READERS = 2


class Errand(Protocol):
    """One step of a course."""

    @property
    def lane(self) -> str | None:
        """Where it must wait its turn; ``None``: nowhere."""
        ...

    @property
    def run(self) -> Callable[[], object]:
        """Does it; what it returns is sent to the course."""
        ...


def run_courses(
    courses: Sequence[Generator[Any, Any, T]], on_progress: Callable[[T], None] | None = None
) -> list[T]:
    """What each course returns, in the order of ``courses``; ``on_progress`` is called from this thread.

    An exception of a course or errand ends the rest and is raised here; so does Ctrl-C, which waits for no host.
    """
    with DaemonPool(_MAX_LANES) as lanes, DaemonPool(_READERS) as readers:
        return _Runner(courses, lanes, readers).results(on_progress)


class _Runner(Generic[T]):
    def __init__(
        self,
        courses: Sequence[Generator[Any, Any, T]],
        lanes: DaemonPool,
        readers: DaemonPool,
    ) -> None:
        self._courses = courses
        self._lanes, self._readers = lanes, readers
        self._lock = threading.Lock()
        self._waiting: dict[str, list[tuple[int, Errand]]] = {}  # heaps; a lane is here while it is served
        self._finished: queue.SimpleQueue[tuple[int, T] | BaseException] = queue.SimpleQueue()

    def results(self, on_progress: Callable[[T], None] | None) -> list[T]:
        """Start every course and wait for all."""
        for number in range(len(self._courses)):
            self._proceed(number, None)
        results: dict[int, T] = {}
        while len(results) < len(self._courses):
            ended = self._finished.get()
            if isinstance(ended, BaseException):
                raise ended
            results[ended[0]] = ended[1]
            if on_progress is not None:
                on_progress(ended[1])
        return [results[number] for number in range(len(self._courses))]

    def _proceed(self, number: int, result: object) -> None:
        """Take a course to its next errand."""
        try:
            errand = self._courses[number].send(result)
        except StopIteration as end:
            self._finished.put((number, end.value))
            return
        if errand.lane is None:
            self._submit(self._readers, self._run, number, errand)
        else:
            self._enter(errand.lane, number, errand)

    def _enter(self, lane: str, number: int, errand: Errand) -> None:
        with self._lock:
            served = lane in self._waiting
            heapq.heappush(self._waiting.setdefault(lane, []), (number, errand))
        if not served:
            self._submit(self._lanes, self._serve, lane)

    def _serve(self, lane: str) -> None:
        """Run a lane's next errand, then queue the lane again, so that more lanes than threads take turns."""
        with self._lock:
            if not self._waiting[lane]:
                del self._waiting[lane]
                return
            number, errand = heapq.heappop(self._waiting[lane])
        self._run(number, errand)
        self._submit(self._lanes, self._serve, lane)

    def _submit(self, pool: DaemonPool, function: Callable[..., None], *arguments: object) -> None:
        """Queue a call; a pool takes them from one thread at a time."""
        with self._lock:
            pool.submit(function, *arguments)

    def _run(self, number: int, errand: Errand) -> None:
        try:
            self._proceed(number, errand.run())
        except BaseException as error:  # noqa: BLE001 - a thread's own; it is raised where the results are awaited
            self._finished.put(error)
