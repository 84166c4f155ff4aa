"""Threads that die with the process: whoever presses Ctrl-C need not wait until a slow host has answered."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
S = TypeVar("S")


class DaemonPool:
    """Runs calls in at most ``size`` daemon threads; a context manager whose end waits for none of them.

    What is queued when it ends is never begun.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._n_threads = 0
        self._growing = threading.Lock()
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._ended = threading.Event()

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Queue ``function(*arguments)``; the future holds its value or its exception.

        The call runs in the context of whoever submits it, so that it speaks the same language (``wording``).
        """
        future: Future[T] = Future()
        context = copy_context()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(context.run(function, *arguments))
            except BaseException as error:  # noqa: BLE001 - handed to whoever asks the future
                future.set_exception(error)

        self._calls.put(call)
        with self._growing:
            if self._n_threads < self._size:
                self._n_threads += 1
                threading.Thread(target=self._work, daemon=True).start()
        return future

    def map(self, function: Callable[[S], T], items: Iterable[S]) -> list[T]:
        """``function`` of every item, in their order; the first exception is raised."""
        return [future.result() for future in [self.submit(function, item) for item in items]]

    def _work(self) -> None:
        while not self._ended.is_set():
            call = self._calls.get()
            if call is None or self._ended.is_set():
                return
            call()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for _number in range(self._n_threads):
            self._calls.put(None)
