"""Runs on disk: whole or not there."""

import os
import resource
import subprocess
import sys
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesis.errors import StoreError
from synthesis.records import SearchQuery, Span
from synthesis.store import Home, Manifest, Run, write_atomically


class Result(NamedTuple):
    """A stage's result with a list and a single record."""

    queries: tuple[SearchQuery, ...]
    span: Span


def _manifest(**facts):
    return Manifest(
        run_id="r",
        version="0",
        clock="2026-11-21T00:00:00Z",
        request_sha256="",
        judge="j",
        calibrator="c",
        ranker="bm25",
        **facts,
    )


def _never():
    raise AssertionError("computed again")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=5))
def test_a_stage_reads_back_what_it_wrote(tmp_path_factory, texts):
    """Any text survives: the stage is not computed a second time and gives equal records."""
    folder = tmp_path_factory.mktemp("run")
    result = Result(tuple(SearchQuery(text=t, origin="question") for t in texts), Span(start=1, end=2))
    Run.create(folder, _manifest()).stage("one", Result, lambda: result)
    assert Run.open(folder).stage("one", Result, _never) == result


def test_a_changed_byte_makes_the_stage_be_computed_again(tmp_path):
    """What does not match its hash is not read."""
    run = Run.create(tmp_path, _manifest())
    result = Result((), Span(start=0, end=1))
    run.stage("one", Result, lambda: result)
    path = tmp_path / "one.span.jsonl"
    path.write_bytes(path.read_bytes().replace(b"1", b"7"))
    other = Result((), Span(start=3, end=4))
    assert Run.open(tmp_path).damaged() == ["one.span.jsonl"]
    assert Run.open(tmp_path).stage("one", Result, lambda: other) == other


def test_a_full_disk_leaves_the_old_file_and_says_what_to_do(tmp_path):
    """A write that fails half way raises StoreError; what was there before is untouched."""
    target = tmp_path / "file"
    write_atomically(target, b"before")
    script = (
        "import resource, signal, sys, pathlib\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from synthesis.store import write_atomically\n"
        "from synthesis.errors import StoreError\n"
        "try:\n"
        "    write_atomically(pathlib.Path(sys.argv[1]), b'x' * 5000)\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=True
    )
    assert "Nothing that was there before is lost" in done.stdout
    assert target.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_place_is_named(tmp_path):
    """A home that cannot be written is an error that names it and the way out."""
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="--home"):
        Home(tmp_path / "home").prepare()


def test_a_file_where_the_home_should_be_is_named(tmp_path):
    """A home that is a file is an error that names it and the way out."""
    (tmp_path / "home").write_text("x")
    with pytest.raises(StoreError, match="--home"):
        Home(tmp_path / "home").prepare()


def test_a_damaged_manifest_is_an_error_and_other_runs_are_listed(tmp_path):
    """One unreadable run hides no other."""
    home = Home(tmp_path).prepare()
    Run.create(home.runs / "good", _manifest())
    (home.runs / "bad").mkdir()
    (home.runs / "bad" / "run.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        Run.open(home.runs / "bad")
    assert [r.folder.name for r in home.iter_runs()] == ["good"]


def test_a_run_is_found_by_name_by_start_and_as_last(tmp_path):
    """Runs are found by path, name and unambiguous start; an unknown name lists what there is."""
    home = Home(tmp_path).prepare()
    for name in ("2026-a", "2026-b"):
        Run.create(home.runs / name, _manifest())
    assert home.find_run("2026-a").folder.name == "2026-a"
    assert home.find_run(str(home.runs / "2026-b")).folder.name == "2026-b"
    assert home.find_run("last").folder.name == "2026-b"
    with pytest.raises(StoreError, match="several"):
        home.find_run("2026")
    with pytest.raises(StoreError, match="2026-b"):
        home.find_run("../secrets")


def test_the_home_is_for_its_user_alone(tmp_path):
    """Folders are created without access for others."""
    home = Home(tmp_path / "home").prepare()
    assert home.runs.stat().st_mode & 0o077 == 0
