"""The pace that all processes of a machine share."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from arxiv_server import OWN_FIXTURES, ArxivServer, load_recordings
from hypothesis import given
from hypothesis import strategies as st

from synthesis.errors import SourceUnavailableError
from synthesis.network.clockwork import Clockwork
from synthesis.network.pace import Pace, file_name

if TYPE_CHECKING:
    from pathlib import Path


class Clocks:
    """A monotonic and a wall clock that tests move, and the sleeps that were asked for."""

    def __init__(self) -> None:
        self.monotonic = 500.0
        self.wall = 1_700_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Keep count and let the time pass."""
        self.slept.append(seconds)
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        """Move both clocks."""
        self.monotonic += seconds
        self.wall += seconds

    def now(self) -> datetime:
        """The wall clock."""
        return datetime.fromtimestamp(self.wall, UTC)

    def pace(self, folder: Path) -> Pace:
        """A pace by these clocks, as a new process would make it."""
        return Pace(folder, "arxiv", 3.0, Clockwork(lambda: self.monotonic, self.sleep, self.now))


def _take_turn(pace: Pace) -> None:
    with pace.turn(1):
        pass


def test_first_request_does_not_wait(tmp_path: Path) -> None:
    """Where no request was made before there is nothing to wait for."""
    clocks = Clocks()
    _take_turn(clocks.pace(tmp_path / "new" / "folder"))
    assert clocks.slept == []


def test_interval_counts_from_the_end_of_the_last_request(tmp_path: Path) -> None:
    """Of 3 s, 1 s has passed since the last request ended, however long that took: 2 s are left."""
    clocks = Clocks()
    with clocks.pace(tmp_path).turn(1):
        clocks.pass_time(20)
    clocks.pass_time(1)
    _take_turn(clocks.pace(tmp_path))
    assert clocks.slept == [pytest.approx(2)]


def test_failed_request_counts(tmp_path: Path) -> None:
    """A request that raised was a request."""
    clocks = Clocks()
    with pytest.raises(KeyError), clocks.pace(tmp_path).turn(1):
        raise KeyError
    _take_turn(clocks.pace(tmp_path))
    assert clocks.slept == [3.0]


def test_request_of_a_killed_process_counts(tmp_path: Path) -> None:
    """Who dies during a request has left its beginning behind."""
    clocks = Clocks()
    with clocks.pace(tmp_path / "killed").turn(1):
        clocks.pass_time(1)
        shutil.copytree(tmp_path / "killed", tmp_path / "next")
    _take_turn(clocks.pace(tmp_path / "next"))
    assert clocks.slept == [pytest.approx(2)]


@pytest.mark.parametrize("jump", [-3600.0, 3600.0, -1.6e9])
def test_spacing_survives_a_wall_clock_that_jumps(tmp_path: Path, jump: float) -> None:
    """Case 19: an hour back or forward on the wall clock costs at most one interval and never shortens it."""
    clocks = Clocks()
    _take_turn(clocks.pace(tmp_path))
    clocks.wall += jump
    _take_turn(clocks.pace(tmp_path))
    assert clocks.slept == [3.0]


def test_spacing_survives_a_reboot(tmp_path: Path) -> None:
    """A monotonic clock that began anew costs one interval, once."""
    clocks = Clocks()
    _take_turn(clocks.pace(tmp_path))
    clocks.monotonic = 1.0
    clocks.wall += 100
    _take_turn(clocks.pace(tmp_path))
    clocks.pass_time(10)
    _take_turn(clocks.pace(tmp_path))
    assert clocks.slept == [3.0]


_NUMBERS = st.floats() | st.integers() | st.none() | st.text(max_size=3)


@given(content=st.binary(max_size=400) | st.lists(_NUMBERS, max_size=4).map(lambda v: json.dumps(v).encode()))
def test_any_stamp_costs_at_most_one_interval(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Whatever lies in the stamp file, torn or hostile, the wait lies between nothing and one interval."""
    folder = tmp_path_factory.mktemp("pace")
    (folder / "arxiv.stamp").write_bytes(content)
    clocks = Clocks()
    _take_turn(clocks.pace(folder))
    assert all(0 <= wait <= 3 for wait in clocks.slept)
    assert len(clocks.slept) <= 1


@pytest.mark.parametrize(
    "content", [b"\x00\xff", b"[NaN, NaN]", b"[1", b"{}", b"[1]", b'["a", "b"]', b"[" * 300]
)
def test_corrupt_stamp_costs_a_whole_interval(tmp_path: Path, content: bytes) -> None:
    """A stamp that makes no sense may stand for a request just made."""
    (tmp_path / "arxiv.stamp").write_bytes(content)
    clocks = Clocks()
    _take_turn(clocks.pace(tmp_path))
    assert clocks.slept == [3.0]


def test_busy_turn_is_a_typed_error(tmp_path: Path) -> None:
    """Who does not get the turn in time is told that another process has it."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with Pace(tmp_path, "arxiv", 3.0).turn(1):
            held.set()
            done.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    with (
        pytest.raises(SourceUnavailableError, match="another process"),
        Pace(tmp_path, "arxiv", 3.0).turn(0.1),
    ):
        pass
    done.set()
    holder.join()


def test_unwritable_folder_is_a_typed_error(tmp_path: Path) -> None:
    """Without a place for the lock nothing is asked, and the message names the folder."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SourceUnavailableError, match=r"file.folder cannot be written"):
        _take_turn(Pace(tmp_path / "file" / "folder", "arxiv", 3.0))


def test_others_may_go_first_while_the_interval_is_waited_for(tmp_path: Path) -> None:
    """A turn that has to wait leaves the lock to others, and waits anew after a request that came in between."""
    clocks = Clocks()
    _take_turn(clocks.pace(tmp_path))
    other = clocks.pace(tmp_path)
    cut_in = iter([True])

    def sleep(seconds: float) -> None:
        clocks.sleep(seconds)
        if next(cut_in, False):
            with other.turn(0.0):
                clocks.pass_time(5)

    mine = Pace(tmp_path, "arxiv", 3.0, Clockwork(lambda: clocks.monotonic, sleep, clocks.now))
    with mine.turn(60):
        assert clocks.slept == [3.0, 3.0]


def test_others_without_end_are_a_typed_error(tmp_path: Path) -> None:
    """Who is cut in on every time gives up after the time it has, and one interval."""
    clocks = Clocks()
    other = clocks.pace(tmp_path)

    def sleep(seconds: float) -> None:
        clocks.sleep(seconds)
        assert len(clocks.slept) < 20, "it does not give up"
        with other.turn(0.0):
            pass

    _take_turn(other)
    mine = Pace(tmp_path, "arxiv", 3.0, Clockwork(lambda: clocks.monotonic, sleep, clocks.now))
    with pytest.raises(SourceUnavailableError, match="has kept arxiv busy for 10 s"), mine.turn(10):
        pass
    assert sum(clocks.slept) <= 10 + 2 * 3


def test_services_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Each service has its own pace."""
    clocks = Clocks()
    with clocks.pace(tmp_path).turn(1):
        _take_turn(
            Pace(tmp_path, "openalex", 3.0, Clockwork(lambda: clocks.monotonic, clocks.sleep, clocks.now))
        )
    assert clocks.slept == []


def test_threads_share_the_pace(tmp_path: Path) -> None:
    """Threads of one process are one at a time and an interval apart, as processes are."""
    spans: list[tuple[float, float]] = []

    def ask() -> None:
        for _ in range(5):
            with Pace(tmp_path, "quick", 0.02).turn(20):
                began = time.monotonic()
                spans.append((began, time.monotonic()))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans.sort()
    assert len(spans) == 20
    assert all(later[0] - earlier[1] >= 0.02 for earlier, later in pairwise(spans))


def test_turn_is_cheap(tmp_path: Path) -> None:
    """A turn of its own costs milliseconds at most: nothing is flushed to the disk."""
    pace = Pace(tmp_path, "quick", 0.0)
    started = time.monotonic()
    for _ in range(100):
        _take_turn(pace)
    assert time.monotonic() - started < 1


def test_files_are_private(tmp_path: Path) -> None:
    """The folder and its files are this user's alone, whatever the umask."""
    before = os.umask(0)
    try:
        _take_turn(Pace(tmp_path / "state", "arxiv", 3.0))
    finally:
        os.umask(before)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o177 for p in (tmp_path / "state").iterdir()} == {0}


@given(st.text())
def test_any_name_is_that_of_a_file(name: str) -> None:
    """Names from outside, as those of hosts, never lead out of the folder."""
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,80}", file_name(name))
    assert file_name("api.openalex.org") == "api.openalex.org"


_CLIENT = """
import sys
from dataclasses import replace
from pathlib import Path
from synthesis.network.addresses import AddressGate
from synthesis.network.client import Client
from synthesis.sources.arxiv import SERVICE, ArxivSource

origin, port, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
with Client(state=folder, gate=AddressGate(allow=frozenset({("127.0.0.1", port)}))) as client:
    service = replace(SERVICE, interval_seconds=0.2)
    source = ArxivSource(client, base_url=f"{origin}/api/query", service=service)
    for _ in range(4):
        print(source.lookup("9912.00001").paper_id)
"""


def test_two_processes_share_the_pace(tmp_path: Path) -> None:
    """Case 19: two processes together never ask twice at once, nor twice within the interval, and neither starves."""
    with ArxivServer(load_recordings(OWN_FIXTURES)) as server:
        command = [sys.executable, "-c", _CLIENT, server.origin, str(server.port), str(tmp_path)]
        started = time.monotonic()
        clients = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        outputs = [client.communicate(timeout=30)[0] for client in clients]
        took = time.monotonic() - started
    assert outputs == ["arxiv:9912.00001\n" * 4] * 2
    assert len(server.requests) == 8
    assert server.most_at_once == 1
    # `answered` is taken after the client may have its answer: 20 ms cover what lies between.
    assert min(server.gaps()) >= 0.2 - 0.02, server.gaps()
    assert took < 20
