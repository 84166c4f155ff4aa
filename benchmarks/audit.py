"""How many single characters that were altered in reports and runs the audit finds, and whether it says where.

    python benchmarks/audit.py [--n 240] [--seed 0] [--out benchmarks/results/audit.json]

Runs are made from the demo library, one a question, in all five formats. Then one character at a time is altered in a
quote, a count or a reference: in a file of each format, and in the run's own files, where half of the time the
manifest's hash, and the quote's lock, are made to fit. An alteration is found when the audit's exit code is 1, and
located when a finding shows the altered word, in the section (or the file) in which it stands. False alarms are
findings on files and runs as they were made.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit_alterations import KINDS, alter_file, alter_run
from measured import provenance

from synthesis.assembly import make_tools
from synthesis.auditing.audit import audit_file, audit_outputs, audit_run
from synthesis.auditing.given import read_given
from synthesis.config import Config
from synthesis.jobs import RunClock, make_request, make_verification, run_job
from synthesis.rendering import FORMATS
from synthesis.source_choice import Network, SourceChoice, choose_sources
from synthesis.store import Home, Run

if TYPE_CHECKING:
    from audit_alterations import Altered

    from synthesis.auditing.audit import RunAudit
    from synthesis.auditing.records import Audit, Finding
    from synthesis.request import Request, Tools

QUESTIONS = (
    "Does hybrid batch training improve multilingual retrieval?",
    "How well do multilingual encoders retrieve passages in low-resource languages?",
    "Does machine translation of queries help cross-lingual retrieval?",
)
CLAIMS = (
    "Hybrid batches raise the mean average precision on XQuAD-R.",
    "BM25 averages an nDCG@10 of 0.396 over 15 languages.",
    "Dense retrieval needs no training data in the language itself.",
)
CLOCK = RunClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), pinned=True)
TARGETS = (*FORMATS, "run, hash made to fit", "run")


@dataclass(frozen=True, slots=True)
class Made:
    """A run, its audit as it was made, and the tools that made it."""

    home: Home
    run: Run
    tools: Tools
    clean: RunAudit

    def output(self, fmt: str) -> Path:
        """A format of it."""
        return self.run.folder / "outputs" / f"report.{fmt}"


def make_runs(home: Home) -> list[Made]:
    """A run a question, and one of claims that were handed in."""
    with Network(home) as network:
        choice = SourceChoice(names=("demo",), offline=True)
        tools = make_tools(choose_sources(home, choice, network))
        requests: list[Request] = [make_request(question, tools.sources) for question in QUESTIONS]
        requests.append(make_verification(CLAIMS, "Verification of three claims"))
        runs = [run_job(home, request, tools, Config(), CLOCK, FORMATS).run for request in requests]
        return [Made(home, run, tools, audit_run(run, home, tools)) for run in runs]


def false_alarms(made: list[Made], folder: Path) -> dict[str, int]:
    """Findings on what was not touched: each run with its formats, and each format copied elsewhere."""
    alarms: Counter[str] = Counter({"run": 0} | dict.fromkeys(FORMATS, 0))
    for one in made:
        alarms["run"] += len(audit_outputs(one.clean).findings)
        for fmt in FORMATS:
            path = folder / f"untouched.{fmt}"
            shutil.copyfile(one.output(fmt), path)
            alarms[fmt] += len(audit_file(read_given(path), one.clean).findings)
    return dict(alarms)


def plant(one: Made, target: str, kind: str, folder: Path, rng: random.Random) -> tuple[Altered, Audit]:
    """One alteration and the audit that should find it."""
    if target in FORMATS:
        assert one.clean.report is not None
        altered = alter_file(one.clean.report, target, kind, one.output(target).read_bytes(), rng)
        path = folder / f"altered.{target}"
        path.write_bytes(altered.data)
        return altered, audit_file(read_given(path), one.clean)
    copy = folder / one.run.folder.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(one.run.folder, copy)
    altered = alter_run(Run.open(copy), kind, rng, rehash=target != "run")
    return altered, audit_outputs(audit_run(Run.open(copy), one.home, one.tools))


def is_located(altered: Altered, found: Audit) -> bool:
    """Whether a finding shows the altered word in its section; of a run's file, the word and the file's name."""
    wrong = [finding for finding in found.findings if finding.weight == "wrong"]
    return any(
        _shows(f, altered)
        and altered.section in _places(f)
        and (altered.name in _places(f) or "the run's record" in _places(f))
        for f in wrong
    )


def _places(finding: Finding) -> str:
    return " | ".join((finding.place, *finding.also))


def _shows(finding: Finding, altered: Altered) -> bool:
    """Both words, on either side: a run's file may be the one that is right."""
    either = f"{finding.expected} | {finding.found}"
    return altered.word in either and altered.became in either


def measure(made: list[Made], n: int, rng: random.Random, folder: Path) -> dict[str, Any]:
    """Alterations in turn over runs, targets and kinds; counts by target and kind, and what was missed."""
    counts: dict[str, Counter[str]] = {}
    missed = []
    for number in range(n):
        target = TARGETS[number % len(TARGETS)]
        kind = KINDS[number // len(TARGETS) % len(KINDS)]
        one = made[number // (len(TARGETS) * len(KINDS)) % len(made)]
        altered, found = plant(one, target, kind, folder, rng)
        located = found.exit_code == 1 and is_located(altered, found)
        counts.setdefault(f"{target}: {kind}", Counter()).update(
            planted=1, found=found.exit_code == 1, located=located
        )
        if not located:
            shown = [str(finding)[:300] for finding in found.findings[:5]]
            missed.append(
                {"target": target, "kind": kind, "word": altered.word, "became": altered.became}
                | {"name": altered.name, "section": altered.section, "findings": shown}
            )
    total = sum(counts.values(), Counter())
    return {
        "planted": total["planted"],
        "found": total["found"],
        "located": total["located"],
        "by_target_and_kind": {name: dict(count) for name, count in sorted(counts.items())},
        "missed": missed,
    }


def main() -> int:
    """Measure, print, write; exit code 1 when something was missed or an alarm was false."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=252)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "audit.json")
    options = parser.parse_args()
    facts = provenance("python benchmarks/audit.py")
    with tempfile.TemporaryDirectory(prefix="synthesis-audit-") as name:
        folder = Path(name)
        made = make_runs(Home(folder / "home").prepare())
        begun = time.perf_counter()
        alarms = false_alarms(made, folder)
        result = measure(made, options.n, random.Random(options.seed), folder)
        seconds = time.perf_counter() - begun
    result |= {
        "runs": len(made),
        "quotes": sum(one.clean.result.checked.quotes for one in made),
        "counts": sum(one.clean.result.checked.counts for one in made),
        "references": sum(one.clean.result.checked.references for one in made),
        "false_alarms": alarms,
        "seconds_per_audit": round(seconds / (options.n + len(made) * (1 + len(FORMATS))), 2),
    }
    options.out.write_text(json.dumps(facts | result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    json.dump(result, sys.stdout, ensure_ascii=False, indent=2)
    return 0 if result["located"] == result["planted"] and not any(alarms.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
