"""Judges as benchmarks load them: any model folder, the first judge beside it, scores kept so that none is made twice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import retrieval_core
from retrieval_core.calibration import Calibrator
from retrieval_core.entailment.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.entailment.judge import Scorer

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
FIRST_JUDGE = Path(retrieval_core.__file__).parent / "models" / "judge-features-1"


class Calibrated(NamedTuple):
    """A judge and the calibrator that was fitted to it."""

    judge: Remembering
    calibrator: Calibrator


class Remembering:
    """A judge that scores each pair of texts once."""

    def __init__(self, judge: Scorer) -> None:
        self.judge = judge
        self.fingerprint = judge.fingerprint
        self._said: dict[tuple[str, str], NDArray[np.float32]] = {}

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n, 3), as the judge's own."""
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._said]
        if new:
            self._said |= dict(zip(new, self.judge.score(new), strict=True))
        return np.stack([self._said[pair] for pair in pairs]) if pairs else np.zeros((0, 3), np.float32)


def load(where: str | Path) -> Calibrated:
    """The judge in a folder, or "embedded", with its calibrator."""
    judge = Remembering(Judge.load(where))
    return Calibrated(judge, Calibrator.load(where, judge_fingerprint=judge.fingerprint))
