"""Many courses at once: one errand at a time a lane, results in order, errors raised."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest

from synthesis.fetching.lanes import run_courses


@dataclass(frozen=True)
class Errand:
    lane: str | None
    run: Any


class Witness:
    """Notes how many errands run at once, in each lane and in all."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.most_lanes = 0

    def work(self, lane, value):
        """Stay a moment and return ``value``."""
        with self.lock:
            self.running[lane] = self.running.get(lane, 0) + 1
            self.most[lane] = max(self.most.get(lane, 0), self.running[lane])
            self.most_lanes = max(self.most_lanes, sum(map(bool, self.running.values())))
        time.sleep(0.005)
        with self.lock:
            self.running[lane] -= 1
        return value


def course(witness, name, lanes):
    """A course through ``lanes``; returns its name and what it was sent."""
    seen = []
    for lane in lanes:
        sent = yield Errand(lane, lambda lane=lane: witness.work(lane or "reading", lane))
        seen += [sent]
    return name, seen


@pytest.mark.parametrize("count", [1, 40])
def test_lanes_run_at_once_and_each_one_errand_at_a_time(count):
    """Results keep the order of the courses, each is sent what its errands returned, a lane is never asked twice at once."""
    witness = Witness()
    plans = [["a", None, "b"], ["b", None], ["c", "a"], []]
    courses = [course(witness, i, plans[i % 4]) for i in range(count)]
    done = []
    results = run_courses(courses, done.append)
    assert results == [(i, plans[i % 4]) for i in range(count)]
    assert sorted(name for name, _ in done) == list(range(count))
    assert all(most == 1 for lane, most in witness.most.items() if lane != "reading")
    assert count == 1 or witness.most_lanes >= 2


def test_more_lanes_than_threads_all_finish():
    """Lanes take turns: a busy one does not keep forty others waiting for its end."""
    witness = Witness()
    courses = [course(witness, i, ["busy"] if i % 2 else [f"lane {i}"]) for i in range(80)]
    order = [name for name, _ in run_courses(courses, None)]
    assert order == list(range(80))


def test_earlier_courses_go_first_in_a_lane():
    """A lane serves the courses in their order."""
    served = []
    held = threading.Event()

    def one(number):
        yield Errand("lane", lambda: (held.wait(5) if number == 0 else None, served.append(number)))
        return number

    threading.Timer(0.05, held.set).start()
    run_courses([one(number) for number in range(10)])
    assert served == list(range(10))


def test_an_errand_that_fails_is_raised_where_results_are_awaited():
    """A bug is not swallowed in a thread."""

    def failing():
        yield Errand("lane", lambda: 1 // 0)

    witness = Witness()
    with pytest.raises(ZeroDivisionError):
        run_courses([course(witness, 0, ["a"]), failing()])


def test_who_interrupts_waits_for_no_host():
    """Ctrl-C while a host is slow: it is raised at once, and what is queued is never begun."""
    begun, release = [], threading.Event()

    def one(number):
        yield Errand("lane", lambda: (begun.append(number), release.wait(10)))

    def interrupt():
        yield Errand(None, lambda: _raise(KeyboardInterrupt()))

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_courses([one(0), one(1), interrupt()])
    assert time.monotonic() - started < 5
    release.set()
    time.sleep(0.05)
    assert begun == [0]


def test_no_thread_is_left():
    """When the results are there, the threads end."""
    before = threading.active_count()
    run_courses([course(Witness(), i, [f"lane {i}", None]) for i in range(30)])
    for _ in range(200):
        if threading.active_count() <= before:
            return
        time.sleep(0.01)
    raise AssertionError("threads are left")


def _raise(error):
    raise error
