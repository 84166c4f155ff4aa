"""The claims of the seeds' five reports, verified in one table against the library of 100,000 papers: seconds, memory."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judges import ROOT

from synthesis.tables import read_claims

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES = ("acl_anthology.jsonl.xz", "arxiv_cl_ir_2025_2026.jsonl.xz", "key_papers.jsonl")
ROUNDS = 2
MOST_SECONDS = 60


def measure_seeds(data: Path, work: Path, judge: str) -> dict[str, Any]:
    """The library is indexed first, by a table of one claim; then all claims, each time in a process of its own."""
    claims = seed_claims(data.parent / "seeds")
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        indexing = _verify(claims[:1], data, work / "home", judge, place)
        rounds = [_verify(claims, data, work / "home", judge, place) for _ in range(ROUNDS)]
    for row in rounds:
        print(
            f"seeds: {len(claims)} claims in {row['seconds']} s ({row['peak_megabytes']} MB), bar {MOST_SECONDS} s"
        )
    print(f"labels: {rounds[0]['labels']}", flush=True)
    return {"claims": len(claims), "first_run_with_indexing": indexing, "rounds": rounds}


def seed_claims(folder: Path) -> list[str]:
    """The claims of every report in ``folder``, in the order of the files."""
    return [row.text for path in sorted(folder.glob("*.txt")) for row in read_claims(path, None).rows]


def _verify(claims: Sequence[str], data: Path, home: Path, judge: str, place: Path) -> dict[str, Any]:
    table, out = place / "claims.csv", place / "stdout.jsonl"
    with table.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([["claim"], *([claim] for claim in claims)])
    command = [
        sys.executable,
        "-m",
        "synthesis.cli",
        "verify",
        str(table),
        "--offline",
        "--fresh",
        "--quiet",
        "--json",
    ]
    command += [part for name in FILES for part in ("--library", str(data / "library" / name))]
    command += ["--home", str(home), *([] if judge == "embedded" else ["--judge", judge])]
    start = time.perf_counter()
    with out.open("wb") as stdout:
        child = subprocess.Popen(command, stdout=stdout, cwd=ROOT)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if child.returncode:
        sys.exit(f"synthesis verify failed with exit code {child.returncode}.")
    lines_out = out.read_text(encoding="utf-8").splitlines()
    return {
        "seconds": round(seconds, 2),
        "peak_megabytes": round(usage.ru_maxrss / 1024),
        "labels": dict(Counter(json.loads(line)["label"] for line in lines_out)),
    }
