"""Time as an argument, and a bound on calls that know none."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Time, as arguments: ``clock`` monotonic seconds, ``sleep`` seconds, ``now`` with time zone.

    ``clock`` must be system-wide and never step back; ``now`` covers what it cannot see: a reboot, a second machine.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def call_within(seconds: float, function: Callable[[], T]) -> T:
    """The value of ``function()``, or ``TimeoutError`` after ``seconds``, even where it cannot be interrupted.

    Name resolution takes no timeout, and a peer that sends one byte at a time resets every socket timeout; so
    the call runs in a daemon thread, which is left behind when it does not return.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(timeout=seconds)
