"""Threads that end with the process."""

import subprocess
import sys
import threading
import time

import pytest

from synthesis.threads import DaemonPool


def test_results_come_in_the_order_of_the_items():
    """However long each takes, the list is that of a plain loop; the first exception is raised."""
    with DaemonPool(3) as pool:
        assert pool.map(lambda n: (time.sleep((5 - n) / 200), n)[1], range(5)) == list(range(5))
        with pytest.raises(ZeroDivisionError):
            pool.map(lambda n: 1 // n, [1, 0])


def test_at_most_so_many_run_at_once():
    """The size is a bound."""
    running, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    with DaemonPool(3) as pool:
        pool.map(work, range(12))
    assert most == 3


def test_a_process_ends_while_its_threads_wait():
    """An interrupt ends the process at once, though a thread would wait for a minute."""
    code = (
        "import signal, threading, time\n"
        "from synthesis.threads import DaemonPool\n"
        "main = threading.main_thread().ident\n"
        "threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT)).start()\n"
        "with DaemonPool(2) as pool:\n"
        "    pool.map(time.sleep, [60, 60])\n"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=30)
    assert b"KeyboardInterrupt" in done.stderr
    assert time.monotonic() - began < 20
