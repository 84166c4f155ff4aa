"""The pace that all processes of a machine share."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from arxiv_server import OWN_FIXTURES, ArxivServer, load_recordings
from hypothesis import given
from hypothesis import strategies as st

from synthesis.errors import SourceUnavailableError
from synthesis.sources.pace import Pace

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

    def pace(self, folder: Path) -> Pace:
        """A pace by these clocks, as a new process would make it."""
        return Pace(folder, clock=lambda: self.monotonic, wall_clock=lambda: self.wall, sleep=self.sleep)


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


@pytest.mark.parametrize("jump", [-3600.0, 3600.0, -3e9])
def test_spacing_survives_a_wall_clock_that_jumps(tmp_path: Path, jump: float) -> None:
    """An hour back or forward on the wall clock costs at most one interval and never shortens it."""
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
        with Pace(tmp_path).turn(1):
            held.set()
            done.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    with pytest.raises(SourceUnavailableError, match="another process"), Pace(tmp_path).turn(0.1):
        pass
    done.set()
    holder.join()


def test_unwritable_folder_is_a_typed_error(tmp_path: Path) -> None:
    """Without a place for the lock nothing is asked, and the message names the folder."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SourceUnavailableError, match=r"file.folder cannot be written"):
        _take_turn(Pace(tmp_path / "file" / "folder"))


_CLIENT = """
import sys
from pathlib import Path
from synthesis.sources.arxiv import ArxivSource
from synthesis.sources.pace import Pace

source = ArxivSource(base_url=sys.argv[1], pace=Pace(Path(sys.argv[2]), interval_seconds=0.2))
for _ in range(4):
    print(source.lookup("9912.00001").paper_id)
"""


def test_two_processes_share_the_pace(tmp_path: Path) -> None:
    """Two processes together never ask twice at once, nor twice within the interval."""
    with ArxivServer(load_recordings(OWN_FIXTURES)) as server:
        command = [sys.executable, "-c", _CLIENT, server.url, str(tmp_path)]
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
