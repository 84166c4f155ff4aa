"""A run gives the same bytes again: replayed, under another hash seed, on one thread, after a kill."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

QUESTION = "Does hybrid batch training improve multilingual retrieval?"
STAGES = (
    "order",
    "queries",
    "search",
    "similar_search",
    "papers",
    "passages",
    "claims",
    "claim_search",
    "evidence_papers",
    "evidence_passages",
    "evidence",
    "verdicts",
    "answer",
    "review",
    "report",
)
# The process kills itself, as SIGKILL does, right before the stage's files are written or right after.
KILLER = """
import os, signal, sys
from synthesis.store import Run
from synthesis.cli import main
target, moment = sys.argv[1:3]
plain = Run.stage
def stage(self, name, result_type, compute):
    if name == target and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = plain(self, name, result_type, compute)
    if name == target:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
Run.stage = stage
main(sys.argv[3:])
"""


def _command(home, *extra):
    out = str(Path(home) / "out")
    return [
        "report",
        QUESTION,
        "--source",
        "demo",
        "--paper",
        "2408.10536",
        "--home",
        str(home),
        "--out",
        out,
        *extra,
    ]


def _run(arguments, *, script=None, **environment):
    start = [sys.executable, "-c", script] if script else [sys.executable, "-m", "synthesis.cli"]
    variables = {**os.environ, "SOURCE_DATE_EPOCH": "1795262400", **environment}
    return subprocess.run([*start, *arguments], capture_output=True, text=True, env=variables, check=False)


def _hashes(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(Path(folder).iterdir())}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Home and hashes of a report made without disturbance."""
    home = tmp_path_factory.mktemp("undisturbed")
    done = _run(_command(home))
    assert done.returncode == 0, done.stderr
    return home, _hashes(home / "out")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {"OMP_NUM_THREADS": "1"},
    ],
)
def test_the_same_command_gives_the_same_bytes(undisturbed, tmp_path, environment):
    """Hash seed, time zone, locale and threads change no byte of any format."""
    done = _run(_command(tmp_path), **environment)
    assert done.returncode == 0, done.stderr
    assert _hashes(tmp_path / "out") == undisturbed[1]


def test_a_replay_is_identical_and_says_so(undisturbed, tmp_path):
    """Replay computes every artefact and format again and writes the same bytes."""
    home, hashes = undisturbed
    done = _run(["replay", "last", "--home", str(home), "--out", str(tmp_path)], PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stderr
    assert "all identical" in done.stdout
    assert _hashes(tmp_path) == hashes


def test_a_replay_of_a_changed_run_is_refused(tmp_path):
    """A run whose recorded answer was edited cannot be replayed."""
    assert _run(_command(tmp_path, "--formats", "md")).returncode == 0
    (papers,) = (tmp_path / "runs").glob("*/search.papers.jsonl")
    papers.write_bytes(papers.read_bytes().replace(b"2408.10536", b"2408.10537"))
    done = _run(["replay", "last", "--home", str(tmp_path)])
    assert done.returncode == 1
    assert "search.papers.jsonl" in done.stderr


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_run_goes_on_to_the_same_bytes(undisturbed, tmp_path, stage):
    """Killed before or after a stage is written, the same command finishes with identical formats."""
    for moment in ("before", "after"):
        killed = _run([stage, moment, *_command(tmp_path)], script=KILLER)
        assert killed.returncode == -9
    done = _run(_command(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Went on with the unfinished run" in done.stderr
    assert _hashes(tmp_path / "out") == undisturbed[1]
