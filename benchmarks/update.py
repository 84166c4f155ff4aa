"""An update on a library grown by 1,000 papers: how much is computed again, and whether what changed is said rightly.

    python benchmarks/update.py [--work DIR] [--questions N]

A library of the real papers but 1,000 gives a report a question (before). The 1,000 are added; each report is updated,
and made anew in full. Then changes are planted (``planted_changes``): papers that must turn a verdict, retractions of
papers that bear one, and papers that say nothing; the updates must name them all and turn nothing else.

Work is counted where models compute: what is recalled is not counted. Passages are ranked anew, since what a word tells
depends on all of them; that is arithmetic over known vectors, and its seconds are among those of the processor. Seconds
are of the stages alone: reading the library and writing the formats takes both as long.
Needs ../shared/data. Writes benchmarks/results/update.json.
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counted_models import Counts
from measured import provenance
from planted_changes import Judging, neutral, plant, row_of

from synthesis.assembly import make_tools
from synthesis.bases import draft_of
from synthesis.config import Config, VerdictConfig
from synthesis.jobs import Origin, RunClock, make_request, order_of, run_job
from synthesis.source_choice import Network, SourceChoice, choose_sources
from synthesis.store import Home
from synthesis.updating import leave_one_out
from synthesis.verdict_states import same_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planted_changes import Plant

    from synthesis.jobs import Done
    from synthesis.protocols import Source
    from synthesis.records import Changes
    from synthesis.store import Run

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "library"
FILES = ("acl_anthology.jsonl.xz", "arxiv_cl_ir_2025_2026.jsonl.xz", "key_papers.jsonl")
QUESTIONS = (
    "Does retrieval augmentation reduce hallucination in large language models?",
    "Does knowledge distillation preserve the accuracy of multilingual sentence encoders?",
    "Does data augmentation improve low-resource machine translation?",
    "Do pretrained language models encode syntactic structure?",
)
ADDED = 1000  # papers
RISK = 0.4  # at which verdicts are stated; the default states hardly any from abstracts
MOST_PLANTS = 6  # a question
NEUTRAL = 4  # papers a question
BAR = 0.2  # of a full run's work


@dataclass
class _Watch:
    """Seconds by stage."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    stage: str = "begin"
    since: float = field(default_factory=time.perf_counter)

    def on_stage(self, name: str) -> None:
        """A stage begins, so the one before ends."""
        now = time.perf_counter()
        self.seconds[self.stage] += now - self.since
        self.stage, self.since = name, now


@dataclass(frozen=True)
class Library:
    """The papers as files of one folder, and the home in which they are indexed."""

    home: Home
    folder: Path

    @property
    def choice(self) -> SourceChoice:
        """The folder, and nothing else."""
        return SourceChoice(libraries=(str(self.folder),), offline=True)

    def sources(self) -> list[Source]:
        """The library, brought up to date with its files."""
        with Network(self.home) as network:
            return choose_sources(self.home, self.choice, network)

    def put(self, name: str, lines: Iterable[str]) -> None:
        """A file of papers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text("".join(lines), encoding="utf-8")

    def retract(self, titles: set[str]) -> None:
        """Mark papers as retracted, as a database does."""
        for file in sorted(self.folder.iterdir()):
            rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
            if any(row["title"] in titles for row in rows):
                marked = ({**row, "retracted": True} if row["title"] in titles else row for row in rows)
                self.put(file.name, (json.dumps(row, ensure_ascii=False) + "\n" for row in marked))


def read_lines() -> tuple[dict[str, list[str]], list[str]]:
    """The files' lines, without the newest 1,000 of arXiv's; and these."""
    files = {}
    for name in FILES:
        path = DATA / name
        data = path.read_bytes()
        text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
        files[name.removesuffix(".xz")] = [f"{line}\n" for line in text.splitlines()]
    arxiv = files["arxiv_cl_ir_2025_2026.jsonl"]
    added = arxiv[-ADDED:]
    del arxiv[-ADDED:]
    return files, added


def run(library: Library, question: str, updates: Run | None) -> tuple[Done, dict[str, Any]]:
    """A report, or an update of one, and what it took."""
    counts = Counts()
    sources = library.sources()
    tools = counts.tools(sources)
    tools.ranker.fingerprint  # noqa: B018 - loads the encoder: no part of the stages
    request = order_of(updates).request if updates else make_request(question, sources)
    config = Config(verdicts=VerdictConfig(risk=RISK))
    origin = Origin(choice=library.choice, updates=updates.folder.name if updates else None)
    watch = _Watch()
    clock = RunClock(datetime.now(UTC))
    processor = time.process_time()
    done = run_job(
        library.home, request, tools, config, clock, (), fresh=True, origin=origin, on_stage=watch.on_stage
    )
    processor = time.process_time() - processor
    watch.on_stage("end")
    took = {
        "work": dict(sorted(counts.made.items())),
        "processor_seconds": round(processor, 2),
        "wall_seconds": round(sum(watch.seconds.values()), 2),
        "wall_seconds_by_stage": {k: round(v, 2) for k, v in watch.seconds.items() if v >= 0.01},
    }
    return done, took


def compare_work(full: Sequence[dict[str, Any]], update: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sums over the questions, and each update's share of a full run."""
    kinds = sorted({kind for row in full for kind in row["work"]})
    sums = {
        kind: [sum(row["work"].get(kind, 0) for row in rows) for rows in (full, update)] for kind in kinds
    }
    for kind in ("processor_seconds", "wall_seconds"):
        sums[kind] = [round(sum(row[kind] for row in rows), 2) for rows in (full, update)]
    return {
        kind: {"full": a, "update": b, "share": round(b / a, 3) if a else 0.0}
        for kind, (a, b) in sums.items()
    }


def check_plants(changes: Changes, planted: Sequence[Plant], silent: set[str]) -> dict[str, Any]:
    """Whether the planted changes, and nothing else, are said."""
    turned = {c.claim: c for c in changes.changes if c.turned}
    rows = []
    for one in planted:
        change = turned.get(one.claim)
        decisive = {cause.paper_id for cause in change.causes if cause.decisive} if change else set()
        rows.append(
            {
                "kind": one.kind,
                "claim": one.claim,
                "paper": one.paper.paper_id,
                "expected": f"{one.expected.label.value} leaning {one.expected.leaning}",
                "turned": bool(change and change.after and same_side(change.after, one.expected)),
                "named": decisive == {one.paper.paper_id},
            }
        )
    named = {cause.paper_id for c in changes.changes for cause in c.causes if cause.decisive}
    return {
        "planted": rows,
        "turned_otherwise": sorted(turned.keys() - {one.claim for one in planted}),
        "silent_papers_named": sorted(named & silent),
    }


def measure(work: Path, questions: Sequence[str]) -> dict[str, Any]:
    """All of it."""
    library = Library(Home(work / "home").prepare(), work / "library")
    files, added = read_lines()
    for name, lines in files.items():
        library.put(name, lines)
    before = [_said("before", *run(library, q, None)) for q in questions]
    library.put("added.jsonl", added)
    library.sources()
    updates = [
        _said("update", *run(library, q, done.run)) for q, (done, _) in zip(questions, before, strict=True)
    ]
    full = [_said("full", *run(library, q, None)) for q in questions]
    planted, silent = plant_all(library, [done for done, _ in updates], questions)
    again = [
        _said("planted", *run(library, q, done.run)) for q, (done, _) in zip(questions, updates, strict=True)
    ]
    return {
        "papers": sum(map(len, files.values())) + len(added),
        "added": len(added),
        "questions": list(questions),
        "risk": RISK,
        "work": compare_work([took for _, took in full], [took for _, took in updates]),
        "bar": BAR,
        "stages": {
            name: [took["wall_seconds_by_stage"] for _, took in rows]
            for name, rows in (("full", full), ("update", updates))
        },
        "turned_by_the_added": [
            {"claim": c.claim, "causes": [cause.paper_id for cause in c.causes if cause.decisive]}
            for done, _ in updates
            if done.report.changes
            for c in done.report.changes.changes
            if c.turned
        ],
        "planted_changes": [
            check_plants(done.report.changes, plants, silent)
            for (done, _), plants in zip(again, planted, strict=True)
            if done.report.changes
        ],
    }


def plant_all(
    library: Library, reports: Sequence[Done], questions: Sequence[str]
) -> tuple[list[list[Plant]], set[str]]:
    """Plant changes for all reports at once; the plants by question, and the papers that say nothing."""
    drafts = [draft_of(done.run) for done in reports]
    judging = Judging(make_tools(()), VerdictConfig(risk=RISK))
    planted = [
        plant(drafts, at, leave_one_out(done.run), judging, MOST_PLANTS) for at, done in enumerate(reports)
    ]
    silent = [paper for at, q in enumerate(questions) for paper in neutral(q, str(at), NEUTRAL)]
    written = [one.paper for plants in planted for one in plants if one.kind != "retracted"]
    library.put("planted.jsonl", map(row_of, [*written, *silent]))
    library.retract({one.paper.title for plants in planted for one in plants if one.kind == "retracted"})
    return planted, {paper.paper_id for paper in silent}


def _said(name: str, done: Done, took: dict[str, Any]) -> tuple[Done, dict[str, Any]]:
    print(f"{name}: {took['processor_seconds']} s of processor, {took['work']}", flush=True)
    return done, took


def main() -> None:
    """Measure, print the bar, write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder for library and home; kept")
    parser.add_argument("--questions", type=int, default=len(QUESTIONS))
    arguments = parser.parse_args()
    where = provenance("python benchmarks/update.py")
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(arguments.work or Path(folder), QUESTIONS[: arguments.questions])
    rows = [row for found in measured["planted_changes"] for row in found["planted"]]
    right = sum(row["turned"] and row["named"] for row in rows)
    others = sum(len(found["turned_otherwise"]) for found in measured["planted_changes"])
    for kind, row in measured["work"].items():
        print(f"{kind:22s} full {row['full']:10} update {row['update']:10} share {row['share']:.3f}")
    print(f"planted changes: {right} of {len(rows)} found and named; turned otherwise: {others}")
    target = ROOT / "benchmarks" / "results" / "update.json"
    target.write_text(json.dumps(where | measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
