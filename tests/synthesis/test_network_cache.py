"""Answers kept on disk, and checked whenever they are read."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.network.cache import ResponseCache, confirmed, key_of
from synthesis.network.messages import Request, Response, Secret

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, tzinfo=UTC)
REQUEST = Request("https://api.example/works?q=owls")


def _answer(body: bytes = b'{"a": 1}', **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(200, body, named, REQUEST.url, accept="application/json")


def _file(folder: Path) -> Path:
    [path] = folder.iterdir()
    return path


@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=2000),
    etag=st.text(max_size=20),
    url=st.text(max_size=50),
    seconds=st.integers(0, 10**9),
)
def test_an_answer_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, status: int, body: bytes, etag: str, url: str, seconds: int
) -> None:
    """Status, body, time and the headers that matter are read as they were kept; others are not kept."""
    cache = ResponseCache(tmp_path_factory.mktemp("cache"))
    response = Response(status, body, {"etag": etag, "set-cookie": "x"}, url, accept=REQUEST.accept)
    kept = NOW + timedelta(seconds=seconds)
    cache.keep(REQUEST, response, kept)
    stored = cache.find(REQUEST, NOW)
    assert stored is not None
    assert stored.response == replace(response, headers={"etag": etag}, from_cache=True)
    assert stored.kept == kept


def test_requests_that_differ_have_each_their_own(tmp_path: Path) -> None:
    """Method, URL, accepted types and body tell requests apart; a key does not, and stands nowhere."""
    base = Request("https://api.example/a", body=b"{}", method="POST")
    others = [
        replace(base, url="https://api.example/b"),
        replace(base, method="GET"),
        replace(base, accept="*/*"),
        replace(base, body=b"[]"),
    ]
    assert len({key_of(request) for request in [base, *others]}) == 5
    keyed = replace(base, secret=Secret("query", "key", "canary"))
    assert key_of(keyed) == key_of(base)
    ResponseCache(tmp_path).keep(keyed, _answer(), NOW)
    assert b"canary" not in _file(tmp_path).read_bytes()


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: float, bit: int) -> None:
    """Case 20: wherever a bit is flipped, in the line or in the body, the file is removed and nothing is found."""
    folder = tmp_path_factory.mktemp("cache")
    cache = ResponseCache(folder)
    cache.keep(REQUEST, _answer(etag='"v1"'), NOW)
    content = bytearray(_file(folder).read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    _file(folder).write_bytes(content)
    assert cache.find(REQUEST, NOW) is None
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("keep", [0, 1, 50, 200, -1])
def test_half_written_answer_is_noticed(tmp_path: Path, keep: int) -> None:
    """Case 20: a file cut short anywhere is removed and nothing is found."""
    cache = ResponseCache(tmp_path)
    cache.keep(REQUEST, _answer(b"x" * 100), NOW)
    path = _file(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    assert cache.find(REQUEST, NOW) is None
    assert not path.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}\n", b"[1]\nx", b"[" * 100_000 + b"\n", b'{"sha256": 1}\n']
)
def test_foreign_file_is_not_an_answer(tmp_path: Path, content: bytes) -> None:
    """Case 20: whatever else lies in an answer's place is removed."""
    cache = ResponseCache(tmp_path)
    cache.keep(REQUEST, _answer(), NOW)
    _file(tmp_path).write_bytes(content)
    assert cache.find(REQUEST, NOW) is None


def test_answer_to_another_request_is_not_taken(tmp_path: Path) -> None:
    """Case 20: a whole file in another's place is noticed by its key."""
    cache = ResponseCache(tmp_path)
    cache.keep(REQUEST, _answer(), NOW)
    other = Request("https://api.example/other")
    _file(tmp_path).rename(tmp_path / f"{key_of(other)}.answer")
    assert cache.find(other, NOW) is None


def test_answer_from_the_future_is_old(tmp_path: Path) -> None:
    """After a clock was set back, a stored answer stands for nothing without asking."""
    cache = ResponseCache(tmp_path)
    cache.keep(REQUEST, _answer(), NOW + timedelta(hours=1))
    stored = cache.find(REQUEST, NOW)
    assert stored is not None
    assert stored.age_seconds(NOW) == float("inf")
    assert stored.age_seconds(NOW + timedelta(hours=2)) == 3600


def test_marks_of_a_host_become_conditions(tmp_path: Path) -> None:
    """ETag and Last-Modified are sent back as conditions; a confirmed answer takes over the new marks."""
    cache = ResponseCache(tmp_path)
    cache.keep(REQUEST, _answer(etag='"v1"', last_modified="yesterday"), NOW)
    stored = cache.find(REQUEST, NOW)
    assert stored is not None
    assert stored.conditions() == {"If-None-Match": '"v1"', "If-Modified-Since": "yesterday"}
    again = confirmed(stored, Response(304, b"", {"etag": '"v2"', "date": "today"}, REQUEST.url))
    assert (again.status, again.body, again.headers["etag"]) == (200, b'{"a": 1}', '"v2"')
    assert "date" not in again.headers
    for mark in ("é", "a\r\nX-Evil: 1", "x" * 300, ""):
        cache.keep(REQUEST, _answer(etag=mark), NOW)
        assert cache.find(REQUEST, NOW).conditions() == {}


def test_least_recently_used_go_first(tmp_path: Path) -> None:
    """Past its size the folder loses what was not used for longest, and keeps what was just used."""
    requests = [Request(f"https://api.example/{number}") for number in range(12)]
    cache = ResponseCache(tmp_path, max_bytes=12_000)
    for number, request in enumerate(requests):
        cache.keep(request, _answer(bytes(1000)), NOW + timedelta(seconds=number))
        cache.find(requests[0], NOW + timedelta(seconds=number))
    held = [n for n, request in enumerate(requests) if cache.find(request, NOW) is not None]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 12_000
    assert held[0] == 0
    assert held[1:] == list(range(held[1], 12))
    assert len(held) >= 6


def test_size_holds_for_what_others_added(tmp_path: Path) -> None:
    """A cache counts what lay in the folder before it came."""
    ResponseCache(tmp_path).keep(REQUEST, _answer(bytes(50_000)), NOW)
    small = ResponseCache(tmp_path, max_bytes=10_000)
    small.keep(Request("https://api.example/new"), _answer(), NOW + timedelta(seconds=1))
    assert small.find(REQUEST, NOW) is None
    assert small.find(Request("https://api.example/new"), NOW) is not None


def test_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    """A file that was never finished goes after an hour; one that is being written stays."""
    for name, age in [(".old.new", 7200), (".young.new", 60)]:
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (NOW.timestamp() - age,) * 2)
    ResponseCache(tmp_path).keep(REQUEST, _answer(), NOW)
    assert {p.name for p in tmp_path.iterdir()} == {".young.new", f"{key_of(REQUEST)}.answer"}


def test_folder_and_files_are_private(tmp_path: Path) -> None:
    """The folder is 0700 and files are 0600, whatever the umask and whatever the folder was before."""
    before = os.umask(0)
    try:
        (tmp_path / "open").mkdir(mode=0o777)
        for folder in (tmp_path / "new", tmp_path / "open"):
            ResponseCache(folder).keep(REQUEST, _answer(), NOW)
            assert folder.stat().st_mode & 0o777 == 0o700
            assert _file(folder).stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    """Where nothing can be kept nothing is found, and no error is raised."""
    (tmp_path / "file").write_bytes(b"in the way")
    cache = ResponseCache(tmp_path / "file" / "folder")
    cache.keep(REQUEST, _answer(), NOW)
    assert cache.find(REQUEST, NOW) is None


_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from synthesis.network.cache import ResponseCache
from synthesis.network.messages import Request, Response

cache, now = ResponseCache(Path(sys.argv[1]), max_bytes=200_000), datetime(2026, 11, 21, tzinfo=UTC)
for turn in range(150):
    request = Request(f"https://api.example/{turn % 5}")
    cache.keep(request, Response(200, sys.argv[2].encode() * 5000, {}, request.url), now)
    found = cache.find(request, now)
    assert found is None or set(found.response.body) in ({ord("a")}, {ord("b")}), "a torn answer"
"""


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    """Two processes that write the same answers over each other read whole ones only."""
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), letter], stderr=subprocess.PIPE)
        for letter in "ab"
    ]
    assert [writer.communicate(timeout=60)[1] for writer in writers] == [b"", b""]
    cache = ResponseCache(tmp_path)
    assert all(cache.find(Request(f"https://api.example/{n}"), NOW) for n in range(5))
