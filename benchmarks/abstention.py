"""Whether thresholds keep their promise: many simulated sets of labelled verdicts, each threshold held against the truth.

    python benchmarks/abstention.py [--draws 1000] [--out benchmarks/results/abstention.json]

A judge is a law of confidences and of how often a verdict of a given confidence is right. n labelled verdicts are drawn,
the threshold for a risk is read off them, and the share of wrong verdicts that it states is computed over the law itself
(a grid of 20,001 quantiles), so no test set adds noise. Columns: the mean error where anything is stated, the same with
nothing stated counted as no error, the error of all verdicts stated over all draws, the share of draws above the risk,
the mean coverage, and the share of draws that state anything.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measured import provenance

from retrieval_core.calibration.curves import Verdicts
from retrieval_core.calibration.thresholds import DELTA, Guarantee, threshold_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Law = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]

ROOT = Path(__file__).parents[1]
GRID = (np.arange(20_001) + 0.5) / 20_001
SIZES = (12, 50, 200, 800)
RISKS = (0.05, 0.1, 0.2)
GUARANTEES: tuple[Guarantee, ...] = ("expectation", "high-probability")


def calibrated(u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Uniform quantiles (n,) → confidences, and the probability that each is right."""
    confidence = np.sqrt(u)
    return confidence, confidence


def overconfident(u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Says √u where u is true: 0.9 is right 81 times in 100."""
    return np.sqrt(u), u


def tied(u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ten values only, each right as often as it says."""
    confidence = np.ceil(np.sqrt(u) * 10) / 10 - 0.05
    return confidence, confidence


def hopeless(u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Confidence tells nothing: seven in ten are right, so no risk below 30 % can be kept by stating anything."""
    return u, np.full_like(u, 0.7)


LAWS: dict[str, Law] = {
    "calibrated": calibrated,
    "overconfident": overconfident,
    "tied": tied,
    "hopeless": hopeless,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; shares in 0–1, ``None`` where nothing was ever stated."""

    law: str
    guarantee: str
    n: int
    risk: float
    error_where_stated: float | None
    error_else_none: float
    error_of_all_stated: float | None
    above_risk: float
    coverage: float
    states: float


def simulate(law: str, n: int, risk: float, guarantee: Guarantee, *, draws: int, seed: int) -> Row:
    """Draw ``draws`` sets of ``n`` labelled verdicts and hold each threshold against the law."""
    rng = np.random.default_rng(seed)
    confidence, right = LAWS[law](GRID)
    order = np.argsort(-confidence, kind="stable")
    falling = -confidence[order]
    wrong = np.cumsum(1 - right[order])
    errors, coverages = np.zeros(draws), np.zeros(draws)
    for i in range(draws):
        said, chance = LAWS[law](rng.random(n))
        correct = rng.random(n) < chance
        verdicts = Verdicts(confidence=tuple(said.tolist()), correct=tuple(correct.tolist()))
        least = threshold_at(verdicts, risk, guarantee=guarantee)
        stated = 0 if least is None else int(np.searchsorted(falling, -least + 1e-12, side="right"))
        if stated:
            errors[i], coverages[i] = wrong[stated - 1] / stated, stated / len(GRID)
    states = coverages > 0
    return Row(
        law=law,
        guarantee=guarantee,
        n=n,
        risk=risk,
        error_where_stated=round(float(errors[states].mean()), 4) if states.any() else None,
        error_else_none=round(float(errors.mean()), 4),
        error_of_all_stated=round(float(errors @ coverages / coverages.sum()), 4) if states.any() else None,
        above_risk=round(float((errors > risk).mean()), 4),
        coverage=round(float(coverages.mean()), 4),
        states=round(float(states.mean()), 4),
    )


def main() -> None:
    """Simulate, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "abstention.json")
    options = parser.parse_args()
    found = provenance(f"python benchmarks/abstention.py --draws {options.draws}")
    print(
        f"{'law':14}{'guarantee':18}{'n':>5}{'risk':>6}{'error':>8}{'or 0':>8}{'all':>8}{'above':>8}{'cover':>8}{'states':>8}"
    )
    rows = []
    for law in LAWS:
        for guarantee in GUARANTEES:
            for n in SIZES:
                for risk in RISKS:
                    row = simulate(law, n, risk, guarantee, draws=options.draws, seed=0)
                    rows.append(row)
                    print(_line(row), flush=True)
    found |= {"draws": options.draws, "delta": DELTA, "rows": [asdict(row) for row in rows]}
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _line(row: Row) -> str:
    shares = (
        row.error_where_stated,
        row.error_else_none,
        row.error_of_all_stated,
        row.above_risk,
        row.coverage,
        row.states,
    )
    shown = "".join(f"{'–':>8}" if share is None else f"{share:8.3f}" for share in shares)
    return f"{row.law:14}{row.guarantee:18}{row.n:5}{row.risk:6.2f}{shown}"


if __name__ == "__main__":
    main()
