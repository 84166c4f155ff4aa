"""How well the reviewers see: errors planted in real drafts that they catch, and alarms at drafts left as they are.

    python benchmarks/review.py --drafts DIR [--home DIR] [--each 72]

Drafts are read from DIR; with --home, whose libraries hold the papers (docs of ``review_drafts``), missing ones are made
first, 10 s each. A catch is a finding on the planted item, a false alarm an untouched draft with any finding. Each
planted draft holds one error. Skill is measured on every second draft and written to synthesis/data/reviewer_skill.json,
whose counts give the weights in the consensus; benchmarks/results/review.json tells both halves apart.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from measured import provenance
from planted_errors import PLANTS
from planting import Bench
from review_drafts import drafts
from scipy.stats import binomtest

from synthesis.assembly import make_tools
from synthesis.config import Config, VerdictConfig
from synthesis.phrases import topic_phrases
from synthesis.review.panel import agreement, default_panel, equipped, review_draft
from synthesis.review.revision import Redo, revise
from synthesis.review.skill import Skill, weights_of
from synthesis.second_look import aids_of, redecider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planting import Planted
    from review_drafts import Kept

    from synthesis.protocols import Reviewer
    from synthesis.records import Draft, Review, ReviewerReport
    from synthesis.request import Tools
    from synthesis.review.seen import Redecide

ROOT = Path(__file__).parents[1]
SEED = 6
PANEL = "panel"


class Case(NamedTuple):
    """One planted error, who caught it, and what became of it."""

    kind: str
    variant: str
    draft: int
    caught_by: frozenset[str]
    mended: bool  # the revised draft has no finding on the item any more, and it was caught
    fall: float  # of the consensus, before revision


class Untouched(NamedTuple):
    """What each reviewer said of a draft left as it was."""

    findings: dict[str, int]
    scores: list[list[float]]  # a row a reviewer
    consensus: float


def main() -> None:
    """Make or read the drafts, plant, review, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--drafts", type=Path, required=True, help="folder that keeps the drafts")
    parser.add_argument("--home", type=Path, help="data directory whose libraries are searched")
    parser.add_argument("--each", type=int, default=72, help="errors planted of each kind")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "review.json")
    parser.add_argument("--skill", type=Path, default=ROOT / "synthesis" / "data" / "reviewer_skill.json")
    options = parser.parse_args()
    kept = drafts(options.drafts, options.home)
    if not kept:
        sys.exit(f"there are no drafts in {options.drafts}: give a home with libraries by --home.")
    start = time.process_time()
    tools = make_tools(())
    untouched = [_untouched(k, tools) for k in kept]
    cases = list(_cases(kept, options.each, tools, untouched))
    result = _result(kept, untouched, cases) | {"processor_seconds": round(time.process_time() - start)}
    print(_table(result))
    _write(
        options.skill, {"measured_by": "benchmarks/review.py", "reviewers": _skill(untouched, cases, half=0)}
    )
    _write(
        options.out, provenance(f"python benchmarks/review.py --drafts DIR --each {options.each}") | result
    )


# --------------------------------------------------------------------------- reviewing


def _panel(kept: Kept, tools: Tools) -> tuple[tuple[Reviewer, ...], Redecide]:
    redecide = redecider(tools.calibrator, VerdictConfig(risk=kept.draft.calibration.risk))
    aids = aids_of(tools.judge, redecide, [topic_phrases(kept.question)], Config().papers)
    return equipped(default_panel(), aids), redecide


def _untouched(kept: Kept, tools: Tools) -> Untouched:
    said = review_draft(kept.draft, _panel(kept, tools)[0], {})
    for report in said.reviewers:
        for finding in report.findings:
            print(f"untouched: {report.reviewer}: {kept.question}: {finding}", flush=True)
    return Untouched(
        findings={r.reviewer: len(r.findings) for r in said.reviewers},
        scores=[[s.score for s in r.scores] for r in said.reviewers],
        consensus=_mean_of(said.reviewers),
    )


def _cases(kept: Sequence[Kept], each: int, tools: Tools, untouched: Sequence[Untouched]) -> Iterator[Case]:
    """Errors of every kind, variants and drafts in turn; where a draft has no place for a variant, the next one is tried."""
    elsewhere = [p.paper for k in kept for p in k.draft.papers if p.role == "included"]
    for kind, variants in PLANTS.items():
        for i in range(each):
            variant = variants[i % len(variants)]
            dice = random.Random(f"{SEED} {kind} {i}")
            for step in range(len(kept)):
                number = (i // len(variants) + step) % len(kept)
                redecide = _panel(kept[number], tools)[1]
                planted = variant(kept[number], Bench(dice, elsewhere, redecide, tools.calibrator))
                if planted is not None and planted.draft != kept[number].draft:
                    before = untouched[number].consensus
                    yield _case(kind, variant.__name__, number, planted, kept[number], tools, before)
                    break


def _case(
    kind: str, variant: str, number: int, planted: Planted, kept: Kept, tools: Tools, before: float
) -> Case:
    reviewers, redecide = _panel(kept, tools)
    said = review_draft(planted.draft, reviewers, {})
    caught_by = frozenset(r.reviewer for r in said.reviewers if _sees(r, planted))
    answers = iter([said])  # the first review is not asked for twice

    def review(draft: Draft) -> Review:
        return next(answers, None) or review_draft(draft, reviewers, {})

    _, after = revise(planted.draft, review, Redo(redecide))
    mended = bool(caught_by) and not any(_sees(r, planted) for r in after.reviewers)
    return Case(kind, variant, number, caught_by, mended, before - _mean_of(said.reviewers))


def _sees(report: ReviewerReport, planted: Planted) -> bool:
    return any(finding.subject in planted.items for finding in report.findings)


def _mean_of(reports: Iterable[ReviewerReport]) -> float:
    return statistics.fmean(report.mean for report in reports)


# --------------------------------------------------------------------------- figures


def _result(kept: Sequence[Kept], untouched: Sequence[Untouched], cases: Sequence[Case]) -> dict[str, Any]:
    names = [*untouched[0].findings, PANEL]
    skill = {name: Skill.model_validate(s) for name, s in _skill(untouched, cases, half=0).items()}
    return {
        "drafts": len(kept),
        "questions": [k.question for k in kept],
        "planted": len(cases),
        "alpha": {
            "dimensions_within_drafts": agreement([_joined(untouched, i) for i in range(len(names) - 1)]),
            "means_of_drafts": agreement([_means(untouched, i) for i in range(len(names) - 1)]),
        },
        "weights": {name: round(w, 4) for name, w in weights_of(list(skill), skill).items()},
        "all": _figures(names, untouched, cases),
        "held_out": _figures(names, untouched[1::2], [c for c in cases if c.draft % 2]),
    }


def _joined(untouched: Sequence[Untouched], i: int) -> list[float]:
    return [score for draft in untouched for score in draft.scores[i]]


def _means(untouched: Sequence[Untouched], i: int) -> list[float]:
    return [statistics.fmean(draft.scores[i]) for draft in untouched]


def _figures(names: Sequence[str], untouched: Sequence[Untouched], cases: Sequence[Case]) -> dict[str, Any]:
    by_kind: defaultdict[str, list[Case]] = defaultdict(list)
    by_variant: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_kind[case.kind].append(case)
        by_variant[f"{case.kind}: {case.variant}"].append(case)
    return {
        "false_alarms": {n: _rate(sum(_alarms(u, n) > 0 for u in untouched), len(untouched)) for n in names},
        "findings_per_untouched_draft": {
            n: round(statistics.fmean(_alarms(u, n) for u in untouched), 3) for n in names
        },
        "caught": {n: _caught(cases, n) for n in names},
        "caught_by_kind": {kind: {n: _caught(c, n) for n in names} for kind, c in by_kind.items()},
        "caught_by_variant": {v: _caught(c, PANEL) for v, c in by_variant.items()},
        "mended_of_caught": _rate(sum(c.mended for c in cases), sum(bool(c.caught_by) for c in cases)),
        "mean_fall_of_consensus": {
            k: round(statistics.fmean(c.fall for c in v), 3) for k, v in by_kind.items()
        },
    }


def _alarms(untouched: Untouched, name: str) -> int:
    return sum(untouched.findings.values()) if name == PANEL else untouched.findings[name]


def _caught(cases: Sequence[Case], name: str) -> dict[str, Any]:
    return _rate(sum(bool(c.caught_by) if name == PANEL else name in c.caught_by for c in cases), len(cases))


def _rate(part: int, whole: int) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson 1927)."""
    if not whole:
        return {"n": 0}
    low, high = binomtest(part, whole).proportion_ci(0.95, method="wilson")
    return {
        "n": whole,
        "of_them": part,
        "rate": round(part / whole, 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
    }


def _skill(untouched: Sequence[Untouched], cases: Sequence[Case], half: int) -> dict[str, dict[str, int]]:
    """Counts of each reviewer on the drafts of one half."""
    mine, left = [c for c in cases if c.draft % 2 == half], untouched[half::2]
    return {
        name: {
            "planted": len(mine),
            "caught": sum(name in c.caught_by for c in mine),
            "drafts": len(left),
            "false_alarms": sum(u.findings[name] > 0 for u in left),
        }
        for name in untouched[0].findings
    }


def _table(result: dict[str, Any]) -> str:
    names = list(result["all"]["caught"])
    lines = [f"{'':46}" + "".join(f"{n:>18}" for n in names)]
    for part in ("all", "held_out"):
        figures = result[part]
        rows = {
            **figures["caught_by_kind"],
            "all kinds": figures["caught"],
            "false alarms": figures["false_alarms"],
        }
        for kind, rates in rows.items():
            cells = "".join(f"{100 * rates[n]['rate']:17.1f}%" for n in names)
            lines.append(f"{part:9} {kind:24} n={rates[names[0]]['n']:<9}{cells}")
    for variant, rate in result["all"]["caught_by_variant"].items():
        lines.append(f"{variant:64} {rate['of_them']:4} of {rate['n']:4}")
    lines.append(
        f"alpha {result['alpha']}  weights {result['weights']}  mended {result['all']['mended_of_caught']}"
    )
    return "\n".join(lines)


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
