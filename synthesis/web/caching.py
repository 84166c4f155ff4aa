"""What was made once is not made again: bounded by weight, the entry that was not used for longest goes first."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import anyio.to_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Bounded(Generic[T]):
    """A mapping whose values weigh at most ``max_weight`` together; safe between threads."""

    def __init__(self, max_weight: int) -> None:
        self._max_weight = max_weight
        self._weight = 0
        self._entries: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> T | None:
        """The value under ``key``, which counts as used."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: Hashable, value: T, weight: int) -> None:
        """Keep a value; one that is heavier than all the room there is, is not kept."""
        with self._lock:
            self._weight -= self._entries.pop(key, (None, 0))[1]
            if weight > self._max_weight:
                return
            self._entries[key] = (value, weight)
            self._weight += weight
            while self._weight > self._max_weight:
                self._weight -= self._entries.popitem(last=False)[1][1]


class Made(NamedTuple):
    """The bytes of an answer and their tag (RFC 9110, section 8.8.3)."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes) -> Made:
        """The bytes with their tag."""
        return cls(body, f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"')


class Press:
    """Makes answers in threads, few at a time; what many ask for at once is made once, and kept.

    ``n_threads`` bounds what is made at the same time, so that a page already made never waits for many that are not.
    """

    def __init__(self, max_bytes: int, n_threads: int = 2) -> None:
        self._kept: Bounded[Made] = Bounded(max_bytes)
        self._making: dict[Hashable, asyncio.Future[Made]] = {}
        self._threads = anyio.CapacityLimiter(n_threads)

    async def made(self, key: Hashable, make: Callable[[], bytes]) -> Made:
        """What ``make`` gives, made now or before; ``key`` holds all that it depends on. Raises what ``make`` raises."""
        found = self._kept.get(key)
        if found is not None:
            return found
        making = self._making.get(key)
        if making is None:
            making = asyncio.ensure_future(self._make(key, make))
            self._making[key] = making
            making.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(making)  # whoever asked first may leave; the others still want it

    async def _make(self, key: Hashable, make: Callable[[], bytes]) -> Made:
        made = await anyio.to_thread.run_sync(lambda: Made.of(make()), limiter=self._threads)
        self._kept.put(key, made, len(made.body))
        return made
