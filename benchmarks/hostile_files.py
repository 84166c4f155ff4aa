"""A thousand damaged files, and the cases 21–34 of hostile ones: does each give text or a reason, fast and small?

    python benchmarks/hostile_files.py [--count 1000] [--seed 0] [--only mutations,cases]

mutations  the sample PDFs, e-prints, JATS of ../shared/data and the small paper of the tests in every form, damaged
cases      single files made to harm: bombs, archives that climb, entities, nesting, pages that lie about themselves

Every file is read as the fetcher reads it, in a process of its own. A canary outside the work folder must stay as it is,
and nothing may be left in the folder for temporary files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from measured import ROOT, provenance

sys.path.insert(0, str(ROOT / "tests" / "synthesis"))

import small_paper
from hostile_cases import HIDDEN, SECRET, cases
from hostile_mutations import Sample, mutate
from hostile_reading import Seen, read_measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.records import TextForm

DATA = ROOT.parent / "shared" / "data" / "fulltext"
RESULTS = ROOT / "benchmarks" / "results" / "hostile_files.json"
MAX_SECONDS, MAX_MEGABYTES = 10.0, 512.0
SHARES = {"pdf": 0.4, "latex": 0.25, "jats": 0.2, "html": 0.15}
_SUFFIXES = {".pdf": "pdf", ".gz": "latex", ".nxml": "jats"}


def samples() -> list[Sample]:
    """The good files: those of ../shared/data where they are, and the tests' small paper."""
    own = [
        Sample("small paper", "pdf", small_paper.pdf()),
        Sample("small paper", "latex", small_paper.e_print()),
        Sample("small paper", "jats", small_paper.jats()),
        Sample("small paper", "html", small_paper.arxiv_html()),
    ]
    paths = sorted(p for p in DATA.rglob("*") if p.suffix in _SUFFIXES and p.parent != DATA)
    return own + [Sample(path.name, _SUFFIXES[path.suffix], path.read_bytes()) for path in paths]


def run_mutations(count: int, seed: int) -> dict[str, Any]:
    """``count`` damaged files, each read and measured."""
    good = samples()
    rng = random.Random(seed)
    rows: list[tuple[str, Seen]] = []
    failures, faults = [], []
    for form, share in SHARES.items():
        of_form = [sample for sample in good if sample.form == form]
        for _ in range(round(count * share)):
            mutation = mutate(rng.choice(of_form), good, rng)
            seen = read_measured(mutation.data, cast("TextForm", form))
            rows.append((form, seen))
            row = {"form": form, "sample": mutation.sample, "damage": mutation.damage, "detail": seen.detail}
            if not is_harmless(seen):
                failures.append(row | {"outcome": seen.outcome, "seconds": seen.seconds})
            elif seen.detail.startswith("made its reader fail"):
                faults.append(row)
            else:
                continue
            keep_file(f"{form}-{hashlib.sha256(mutation.data).hexdigest()[:12]}", mutation.data)
    return {"count": len(rows), "by_form": summaries(rows), "failures": failures, "faults_of_readers": faults}


def keep_file(name: str, data: bytes) -> None:
    """Write a file that did harm, or made its reader fail, where KEEP_FAILURES says, so that it can be looked at."""
    folder = os.environ.get("KEEP_FAILURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, name).write_bytes(data)


def is_harmless(seen: Seen) -> bool:
    """Text or a reason, within the bounds."""
    within = seen.seconds <= MAX_SECONDS and seen.megabytes <= MAX_MEGABYTES
    return seen.outcome in ("text", "reason") and within


def summaries(rows: Iterable[tuple[str, Seen]]) -> dict[str, Any]:
    """Counts by outcome and reason, and the worst of each form."""
    groups: dict[str, list[Seen]] = {}
    for form, seen in rows:
        groups.setdefault(form, []).append(seen)
    return {form: _summary(group) for form, group in groups.items()}


def _summary(group: Sequence[Seen]) -> dict[str, Any]:
    reasons = Counter(seen.detail for seen in group if seen.outcome != "text")
    return {
        "files": len(group),
        "outcomes": dict(sorted(Counter(seen.outcome for seen in group).items())),
        "reasons": dict(reasons.most_common()),
        "max_seconds": round(max(seen.seconds for seen in group), 2),
        "max_megabytes": max(seen.megabytes for seen in group),
    }


def run_cases(secret: Path) -> list[dict[str, Any]]:
    """The table: number of the case, what it is, what is expected, what was seen."""
    table = []
    for case in cases(secret):
        seen = read_measured(case.data(), case.form, (HIDDEN, SECRET))
        said = (
            f"text of {seen.chars} characters, quality {seen.quality:.2f}"
            if seen.outcome == "text"
            else f"{seen.outcome}: {seen.detail}"
        )
        table.append(
            {
                "case": case.number,
                "file": case.name,
                "expected": case.expected,
                "seen": said,
                "holds": is_harmless(seen) and case.holds(seen),
                "seconds": round(seen.seconds, 2),
                "megabytes": seen.megabytes,
            }
        )
    return table


def main() -> int:
    """Measure, write the results, and fail if a file did harm."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="mutations,cases")
    options = parser.parse_args()
    result: dict[str, Any] = {"provenance": provenance("python benchmarks/hostile_files.py")}
    result["bounds"] = {"seconds": MAX_SECONDS, "megabytes": MAX_MEGABYTES}
    with tempfile.TemporaryDirectory() as outside, tempfile.TemporaryDirectory() as work:
        canary = Path(outside, "canary")
        canary.write_text(SECRET)
        before = canary.stat()
        tempfile.tempdir = work  # where the fetcher writes its PDFs
        os.chdir(work)
        if "mutations" in options.only:
            result["mutations"] = run_mutations(options.count, options.seed)
        if "cases" in options.only:
            result["cases"] = run_cases(canary)
        after = canary.stat()
        untouched = canary.read_text() == SECRET and before.st_mtime_ns == after.st_mtime_ns
        result["canary_untouched"] = untouched and [p.name for p in Path(outside).iterdir()] == ["canary"]
        result["left_in_work_folder"] = sorted(p.name for p in Path(work).iterdir())
        os.chdir(ROOT)
        tempfile.tempdir = None
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    good = not result.get("mutations", {}).get("failures") and all(
        c["holds"] for c in result.get("cases", [])
    )
    clean = result["canary_untouched"] and not result["left_in_work_folder"]
    print(json.dumps({k: v for k, v in result.items() if k != "provenance"}, indent=1, ensure_ascii=False))
    return 0 if good and clean else 1


if __name__ == "__main__":
    sys.exit(main())
