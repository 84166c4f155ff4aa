"""The judge beside its peers on held-out claims, the whole pipeline on SciFact, and how fast both are.

    python benchmarks/verification.py [--judge embedded] [--only sets,retrieval,pipeline,oracle,speed,seeds]

sets       every labelled set, its held-out split: labels, probabilities, abstention; peers on the same pairs
retrieval  recall of cited abstracts among SciFact's 5,183, claims of the held-out third: BM25, vectors, both
pipeline   the same claims and corpus through the public job: what is read, which labels, which sentences
oracle     the same with the cited abstracts given
speed      pairs of 128 pieces a second on two threads, beside the same weights in PyTorch
seeds      the claims of the seeds' five reports against the library of 100,000 papers

Figures are written as each part ends; parts not asked for are kept as they were.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judge_speed import measure_speed
from judges import DATA, FIRST_JUDGE, ROOT, load
from measured import provenance
from scifact_pipeline import measure_oracle, measure_pipeline, measure_retrieval
from seed_claims import measure_seeds
from verification_peers import Peers

from retrieval_core.entailment.feature_judge import FeatureJudge
from retrieval_core.entailment.measured import measured_pairs
from retrieval_core.figures import Resampling, confusion_rows, macro_f1_over
from retrieval_core.set_evaluation import ALL_SETS, MEASURED_ONLY, among, evaluate_set, labels_in, score_pairs
from retrieval_core.set_tables import columns, one_set, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from judges import Calibrated
    from numpy.typing import NDArray

    from retrieval_core.entailment.measured import Pair
    from retrieval_core.figures import Figure
    from retrieval_core.set_evaluation import MeasuredSet

# (set, figure, least value): what the calibrated judge is to reach
BARS = (
    ("scifact", "macro_f1", 0.65),
    ("healthver", "accuracy", 0.64),
    ("check-covid", "macro_f1", 0.65),
    ("covidfact", "balanced_accuracy", 0.66),
    ("citation-integrity", "macro_f1", 0.55),
)
MOST_ECE, RISK, MOST_ERROR = 0.05, 0.1, 0.12
MARGIN = 0.15  # of macro-F1 over the first judge, on SciFact


@dataclass(frozen=True, slots=True)
class Options:
    """What every part is given."""

    data: Path
    work: Path
    judge: str
    seed: int
    sources: tuple[str, ...]


def measure_sets(options: Options) -> dict[str, Any]:
    """Every set: peers, the first judge, the judge, and the judge's lead over the first."""
    ours, first = load(options.judge), load(FIRST_JUDGE)
    assert isinstance(first.judge.judge, FeatureJudge)
    peers = Peers(options.data, first.judge.judge.rarity, seed=options.seed)
    result: dict[str, Any] = {}
    for source in options.sources:
        measured = _measured(options, source, ours, "judge")
        before = _measured(options, source, first, "first judge")
        others = [*([] if source in MEASURED_ONLY else peers.measure(source)), *before.systems]
        lead = _lead(options, source, ours, first)
        print(
            one_set(measured, others), f"macro-F1 over the first judge: {shown(lead)}\n", sep="\n", flush=True
        )
        result[source] = measured.model_dump(mode="json") | {
            "peers": [peer.model_dump(mode="json") for peer in others],
            "risks_first_judge": [row.model_dump(mode="json") for row in before.risks],
            "macro_f1_over_first_judge": lead.model_dump(mode="json"),
        }
    bars = _bars(result)
    print(columns(("set", "figure", "bar", "measured", "met"), [_bar_row(bar) for bar in bars]))
    return {
        "judge": ours.judge.fingerprint,
        "calibrator": ours.calibrator.fingerprint,
        "sets": result,
        "bars": bars,
    }


def _measured(options: Options, source: str, system: Calibrated, name: str) -> MeasuredSet:
    claims = options.data / "claims"
    return evaluate_set(claims, source, system.judge, system.calibrator, seed=options.seed, name=name)


def _lead(options: Options, source: str, ours: Calibrated, first: Calibrated) -> Figure:
    """Difference of macro-F1, calibrated, on the same pairs and the same draws of groups."""
    pairs = measured_pairs(options.data / "claims", source, "held-out")
    rows = [_confusion(pairs, source, system) for system in (ours, first)]
    measure = macro_f1_over(labels_in(pairs))
    over = Resampling([pair.group for pair in pairs], seed=options.seed)
    return over.figure(
        [[*one, *other] for one, other in zip(*rows, strict=True)],
        lambda sums: measure(sums[..., :9]) - measure(sums[..., 9:]),
    )


def _confusion(pairs: Sequence[Pair], source: str, system: Calibrated) -> NDArray[np.float64]:
    own = source if source in system.calibrator.sources else None
    said = system.calibrator.probabilities(score_pairs(system.judge, pairs), source=own)
    return confusion_rows([pair.label for pair in pairs], among(said, labels_in(pairs)).argmax(axis=1))


def _bars(sets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each bar with the calibrated judge's figure; only those of sets that were measured."""
    bars = []
    for source, figure, least in BARS:
        if source not in sets:
            continue
        calibrated = sets[source]["systems"][1]
        at_risk = next(row for row in sets[source]["risks"] if row["risk"] == RISK)
        bars += [
            _bar(source, figure, calibrated[figure], least, above=True),
            _bar(source, "ece", calibrated["ece"], MOST_ECE, above=False),
            _stated_bar(source, at_risk),
        ]
    if "scifact" in sets:
        lead = sets["scifact"]["macro_f1_over_first_judge"]
        bars.append(_bar("scifact", "macro_f1 over the first judge", lead, MARGIN, above=True))
    return bars


def _stated_bar(source: str, at_risk: dict[str, Any]) -> dict[str, Any]:
    """Where nothing is stated the bar is not met, however few errors that makes."""
    bar = _bar(source, f"error of stated at {RISK:.0%}", at_risk["error"], MOST_ERROR, above=False)
    stated, coverage = at_risk["stated"], at_risk["coverage"]["value"]
    return bar | {"stated": stated, "coverage": coverage, "met": bar["met"] and stated > 0}


def _bar(source: str, figure: str, value: dict[str, float], bar: float, *, above: bool) -> dict[str, Any]:
    met = value["value"] >= bar if above else value["value"] <= bar
    return {"set": source, "figure": figure, "bar": bar, "least": above, **value, "met": met}


def _bar_row(bar: dict[str, Any]) -> tuple[str, ...]:
    sign = "≥" if bar["least"] else "≤"
    coverage = f" (coverage {bar['coverage']:.3f})" if "coverage" in bar else ""
    measured = f"{bar['value']:.3f} [{bar['low']:.3f}, {bar['high']:.3f}]{coverage}"
    return (bar["set"], bar["figure"], f"{sign} {bar['bar']}", measured, "yes" if bar["met"] else "NO")


PARTS: dict[str, Callable[[Options], dict[str, Any]]] = {
    "sets": measure_sets,
    "retrieval": lambda o: measure_retrieval(o.data, o.work, seed=o.seed),
    "pipeline": lambda o: measure_pipeline(o.data, o.work, o.judge, seed=o.seed),
    "oracle": lambda o: measure_oracle(o.data, load(o.judge), seed=o.seed),
    "speed": lambda o: measure_speed(o.data, o.judge),
    "seeds": lambda o: measure_seeds(o.data, o.work, o.judge),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--judge", default="embedded", help='folder of a judge and its calibrator, or "embedded"'
    )
    parser.add_argument("--only", default=",".join(PARTS), help="parts, joined by commas")
    parser.add_argument(
        "--sources", default=",".join(ALL_SETS), help="sets of the part “sets”, joined by commas"
    )
    parser.add_argument(
        "--work", type=Path, default=ROOT / ".work" / "verification", help="kept indexes and libraries"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "verification.json")
    given = parser.parse_args(arguments)
    if not (given.data / "claims").is_dir():
        sys.exit(f"{given.data / 'claims'} is missing: give the folder of the data with --data.")
    options = Options(given.data, given.work, given.judge, given.seed, tuple(given.sources.split(",")))
    result = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
    result = {name: part for name, part in result.items() if name in PARTS}
    for name in given.only.split(","):
        result[name] = {
            **provenance(f"python benchmarks/verification.py --only {name}"),
            **PARTS[name](options),
        }
        given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
