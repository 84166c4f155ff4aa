"""The five seed questions over the whole library: time, memory, and which papers come first.

    python benchmarks/seed_questions.py [--home DIR] [--formats md,html,pdf,docx,json]

Each question is a process of its own, as a user would run it; the first one indexes the three library files.
Needs ../shared/seeds and ../shared/data. Writes benchmarks/results/seed_questions.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measured import provenance

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
LIBRARY = [
    SHARED / "data" / "library" / name
    for name in (
        "acl_anthology.jsonl.xz",
        "arxiv_cl_ir_2025_2026.jsonl.xz",
        "key_papers.jsonl",
    )
]
LANDMARK = "LAReQA"  # the paper that made XQuAD-R; its abstract names neither XQuAD nor batches


def seed_questions() -> list[str]:
    """The research questions of the seeds, in the order of their files."""
    questions = []
    for path in sorted((SHARED / "seeds").glob("*.txt")):
        text = " ".join(path.read_text(encoding="utf-8").split()).replace("a\ufffdect", "affect")
        found = re.search(r"[Rr]e(?:- )?search question: (.*?)\?\.", text)
        questions.append(found[1] + "?")
    return questions


def run(question: str, home: Path, out: Path, formats: str) -> dict[str, object]:
    """One report as a user would ask for it: seconds, peak memory, and its first papers."""
    command = [
        sys.executable,
        "-m",
        "synthesis.cli",
        "report",
        question,
        "--paper",
        "2408.10536",
        "--offline",
    ]
    command += [part for path in LIBRARY for part in ("--library", str(path))]
    command += ["--home", str(home), "--out", str(out), "--formats", formats, "--fresh"]
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if child.returncode:
        raise SystemExit(f"the report on '{question}' failed with exit code {child.returncode}")
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    read = [r for r in report["references"] if r["role"] != "evidence"]
    landmark = [r["number"] for r in read if r["title"].startswith(LANDMARK)]
    return {
        "question": question,
        "seconds": round(seconds, 2),
        "peak_megabytes": round(usage.ru_maxrss / 1024),
        "files": {p.name: p.stat().st_size for p in sorted(out.iterdir())},
        "top_10": [f"{r['paper_id']} {r['title']}" for r in read[1:11]],
        "landmark_rank": landmark[0] if landmark else None,
        "claims": len(report["claims"]),
        "verified": sum(c["verified"] for c in report["claims"]),
        "review": report["review"]["consensus"],
    }


def main() -> None:
    """Run all five twice: first with indexing, then warm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--formats", default="md,html,pdf,docx,json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.home or Path(folder) / "home"
        rows = []
        for number, question in enumerate([seed_questions()[0], *seed_questions()]):
            row = run(question, home, Path(folder) / f"out{number}", arguments.formats)
            row["indexing"] = number == 0
            rows.append(row)
            print(
                f"{row['seconds']:7.2f} s {row['peak_megabytes']:5d} MB  rank of {LANDMARK}: "
                f"{row['landmark_rank']}  {question[:70]}",
                flush=True,
            )
    result = {**provenance("python benchmarks/seed_questions.py"), "rows": rows}
    target = ROOT / "benchmarks" / "results" / "seed_questions.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
