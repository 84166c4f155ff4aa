"""Claims made wrong by rule: does the verdict turn; and the same claims in other words: does it stay?

    python benchmarks/counterfactuals.py [--judge embedded] [--only scifact,healthver,…] [--most 300]

Held-out claims that their evidence supports, and of which the judge says so, are changed by rule and judged on the same
evidence. Two readings of "says so": the likeliest label is "supports"; and, stricter, support is stated, its calibrated
probability being at least the threshold for a risk of 10 %. A verdict has turned when that is no longer the case, so
stating a refutation and abstaining both count. Paraphrases by rule are the control: a judge that turns on any change at
all loses there. The first judge stands beside it on the claims that it itself supports.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from judges import DATA, FIRST_JUDGE, ROOT, load
from measured import provenance

from retrieval_core.entailment.claimsets import REFUTES, SUPPORTS
from retrieval_core.entailment.counterfactuals import KINDS, counterfactuals, entities_of, paraphrases
from retrieval_core.entailment.measured import MEASURED, measured_pairs
from retrieval_core.figures import Resampling
from retrieval_core.set_evaluation import among, labels_in, stated_threshold
from retrieval_core.set_tables import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from judges import Calibrated
    from numpy.typing import NDArray

    from retrieval_core.entailment.measured import Pair

RISK = 0.1
BAR = 0.85
PARAPHRASE = "paraphrase"
ASKED_FOR = ("negation", "number", "entity")  # the kinds that the bar names
_ROWS = (*KINDS, PARAPHRASE)


class Change(NamedTuple):
    """A claim changed by one rule, beside the pair that it comes from."""

    kind: str
    text: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Readings:
    """Of each change: the original's and its own (n, 3) probabilities, and the threshold of its set."""

    changes: list[Change]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    least: NDArray[np.float64]  # (n,); 2 where nothing is stated


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--judge", default="embedded", help='folder of a judge and its calibrator, or "embedded"'
    )
    parser.add_argument("--only", default=",".join(MEASURED), help="sets, joined by commas")
    parser.add_argument("--most", type=int, default=300, help="claims of each set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "counterfactuals.json")
    given = parser.parse_args(arguments)
    claims = given.data / "claims"
    if not claims.is_dir():
        sys.exit(f"{claims} is missing: give the folder of the data with --data.")
    changes = [c for source in given.only.split(",") for c in changed(claims, source, given.most, given.seed)]
    result: dict[str, Any] = provenance("python benchmarks/counterfactuals.py")
    for name, where in (("judge", given.judge), ("first judge", FIRST_JUDGE)):
        system = load(where)
        print(f"{name} {system.judge.fingerprint}")
        result[name] = {"judge": system.judge.fingerprint} | measure(claims, system, changes, seed=given.seed)
    given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def changed(claims: Path, source: str, most: int, seed: int) -> list[Change]:
    """Every counterfactual and paraphrase of up to ``most`` supported held-out claims of one set, drawn by ``seed``."""
    pairs = measured_pairs(claims, source, "held-out")
    names = sorted({name for pair in pairs for name in entities_of(pair.claim)})
    supported = [pair for pair in pairs if pair.label == SUPPORTS]
    order = np.random.default_rng(seed).permutation(len(supported))[:most]
    chosen = [supported[i] for i in sorted(order)]
    return [
        Change(kind, text, pair)
        for pair in chosen
        for kind, text in (
            *((c.kind, c.text) for c in counterfactuals(pair.claim, entities=names, seed=seed)),
            *((PARAPHRASE, text) for text in paraphrases(pair.claim, seed=seed)),
        )
    ]


def measure(claims: Path, system: Calibrated, changes: Sequence[Change], *, seed: int) -> dict[str, Any]:
    """All kinds over all sets together, the named kinds together, and each set alone."""
    readings = _read(claims, system, changes)
    rows = {kind: _figures(readings, [kind], seed) for kind in _ROWS}
    rows["negation, number, entity"] = _figures(readings, ASKED_FOR, seed)
    rows["all counterfactuals"] = _figures(readings, KINDS, seed)
    header = (
        "",
        "by likeliest label: n",
        "turned (paraphrase: stayed)",
        "stated at 10 %: n",
        "turned (stayed)",
        "refutes",
    )
    print(columns(header, [(name, *_cells(row)) for name, row in rows.items()]))
    sources = list(dict.fromkeys(change.pair.source for change in changes))
    by_set = {source: _figures(readings, KINDS, seed, source=source) for source in sources}
    print(
        columns(header, [(name, *_cells(row)) for name, row in by_set.items()]),
        f"bar {BAR}\n",
        sep="\n",
        flush=True,
    )
    return {"kinds": rows, "sets, all counterfactuals": by_set}


def _read(claims: Path, system: Calibrated, changes: Sequence[Change]) -> Readings:
    before, after, least = np.zeros((len(changes), 3)), np.zeros((len(changes), 3)), np.zeros(len(changes))
    for source in dict.fromkeys(change.pair.source for change in changes):
        rows = [i for i, change in enumerate(changes) if change.pair.source == source]
        own = source if source in system.calibrator.sources else None
        occurring = labels_in(measured_pairs(claims, source, "held-out"))
        for target, texts in (
            (before, [(changes[i].pair.claim, changes[i].pair.evidence) for i in rows]),
            (after, [(changes[i].text, changes[i].pair.evidence) for i in rows]),
        ):
            said = system.calibrator.probabilities(system.judge.score(texts), source=own)
            target[rows] = among(said, occurring)
        reached = stated_threshold(claims, source, system.judge, system.calibrator, RISK)
        least[rows] = 2.0 if reached is None else reached
    return Readings(list(changes), before, after, least)


def _figures(
    readings: Readings, kinds: Iterable[str], seed: int, *, source: str | None = None
) -> dict[str, Any]:
    """Of the changes of ``kinds`` whose originals the judge supports: the share that turned, by both readings."""
    wanted = np.array([c.kind in set(kinds) and source in {None, c.pair.source} for c in readings.changes])
    stays = set(kinds) == {PARAPHRASE}
    found: dict[str, Any] = {}
    for reading, supports in (("likeliest", _likeliest), ("stated", _stated)):
        rows = np.flatnonzero(wanted & supports(readings.before, readings.least))
        groups = [readings.changes[i].pair.group for i in rows]
        kept = supports(readings.after[rows], readings.least[rows])
        refuted = readings.after[rows].argmax(axis=1) == REFUTES
        over = Resampling(groups, seed=seed) if groups else None
        found[reading] = {
            "n": len(rows),
            "stayed" if stays else "turned": over and over.mean(kept if stays else ~kept).model_dump(),
            "likeliest_is_refutes": over and over.mean(refuted).model_dump(),
        }
    return found


def _likeliest(probabilities: NDArray[np.float64], _: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(probabilities.argmax(axis=1) == SUPPORTS)


def _stated(probabilities: NDArray[np.float64], least: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Support is the likelier side, and reaches the threshold."""
    leans = probabilities[:, SUPPORTS] >= probabilities[:, REFUTES]
    return np.asarray(leans & (probabilities[:, SUPPORTS] >= least))


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    likeliest, stated = row["likeliest"], row["stated"]
    return (str(likeliest["n"]), _share(likeliest), str(stated["n"]), _share(stated), _refuted(likeliest))


def _share(part: dict[str, Any]) -> str:
    figure = part.get("turned") or part.get("stayed")
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]" if figure else "–"


def _refuted(part: dict[str, Any]) -> str:
    figure = part["likeliest_is_refutes"]
    return f"{figure['value']:.3f}" if figure else "–"


if __name__ == "__main__":
    main()
