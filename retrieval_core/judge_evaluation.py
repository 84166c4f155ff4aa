"""What the first judge and its calibrator are worth on labelled claims that they have not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.calibrator import leaning
from retrieval_core.calibration.reliability import (
    brier_score,
    expected_calibration_error,
    expected_error_of_calibrated,
)
from retrieval_core.entailment.claimsets import is_held_out, read_check_covid, read_scifact
from retrieval_core.figures import RESAMPLES, Figure, macro_f1
from retrieval_core.judge_training import read_table
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.calibration.calibrator import Calibrator
    from retrieval_core.calibration.fitting import ClaimScores
    from retrieval_core.entailment.claimsets import LabelledPair
    from retrieval_core.entailment.feature_judge import FeatureJudge
    from retrieval_core.judge_training import ClaimTable

RISKS = (0.1, 0.2, 0.3)

__all__ = [
    "ClaimFigures",
    "Figure",
    "JudgeFigures",
    "PassageFigures",
    "RiskFigures",
    "bootstrap",
    "claim_figures",
    "evaluate",
    "macro_f1",
    "passage_figures",
]


class PassageFigures(Record):
    """How well three-way probabilities fit the labels of passages."""

    system: str
    data: str
    n: int
    accuracy: Figure
    macro_f1: Figure
    ece: Figure  # of the probability of the likeliest label, 15 equal-mass bins
    ece_floor: float  # what the same confidences would show if they were exactly right
    ece_all_labels: float  # over the probabilities of all three labels
    brier: Figure  # of the probability of the likeliest label
    brier_all_labels: float  # summed over the three labels, 0–2


class RiskFigures(Record):
    """What is stated at a risk, and how much of it is wrong, on claims that nothing was fitted on."""

    risk: float
    threshold: float | None
    n: int
    stated: int
    wrong: int


class ClaimFigures(Record):
    """Leanings of claims, end to end: search, judge, pool, calibrate."""

    data: str
    n: int
    accuracy: Figure
    ece: Figure
    ece_floor: float
    brier: Figure
    risks: tuple[RiskFigures, ...]


class JudgeFigures(Record):
    """Everything that ``evaluate-judge`` prints."""

    judge: str
    calibrator: str
    passages: tuple[PassageFigures, ...]
    claims: ClaimFigures


def evaluate(data: Path, judge: FeatureJudge, calibrator: Calibrator, *, seed: int = 0) -> JudgeFigures:
    """Measure on SciFact's held-out third and, another domain of claims, on Check-COVID. Raises ``InputError``."""
    pairs, corpus = read_scifact(data)
    table = read_table([pair for pair in pairs if is_held_out(pair)], corpus, judge.rarity)
    covid = [pair for split in ("train", "dev") for pair in read_check_covid(data, split)[0]]
    return JudgeFigures(
        judge=judge.fingerprint,
        calibrator=calibrator.fingerprint,
        passages=(
            *_raw_and_calibrated("SciFact, held-out third", table.pairs, judge, calibrator, seed),
            *_raw_and_calibrated("Check-COVID", covid, judge, calibrator, seed),
        ),
        claims=claim_figures(table, judge, calibrator, seed=seed),
    )


def passage_figures(
    system: str,
    data: str,
    probabilities: NDArray[np.float32],
    pairs: Sequence[LabelledPair],
    *,
    seed: int,
) -> PassageFigures:
    """Figures of (n, 3) probabilities against the labels of ``pairs``."""
    labels = np.array([pair.label for pair in pairs])
    likeliest, confidence = probabilities.argmax(axis=1), np.clip(probabilities.max(axis=1), 0, 1)
    correct = likeliest == labels
    truth = np.eye(3)[labels]  # (n, 3)

    def interval(measure: Callable[[NDArray[np.int64]], float]) -> Figure:
        return bootstrap(measure, [pair.group for pair in pairs], seed=seed)

    return PassageFigures(
        system=system,
        data=data,
        n=len(pairs),
        accuracy=interval(lambda rows: float(correct[rows].mean())),
        macro_f1=interval(lambda rows: macro_f1(labels[rows], likeliest[rows])),
        ece=interval(lambda rows: expected_calibration_error(confidence[rows], correct[rows])),
        ece_floor=expected_error_of_calibrated(confidence, seed=seed),
        ece_all_labels=expected_calibration_error(np.clip(probabilities, 0, 1).ravel(), truth.ravel()),
        brier=interval(lambda rows: brier_score(confidence[rows], correct[rows])),
        brier_all_labels=float(((probabilities - truth) ** 2).sum(axis=1).mean()),
    )


def claim_figures(
    table: ClaimTable, judge: FeatureJudge, calibrator: Calibrator, *, seed: int
) -> ClaimFigures:
    """Figures of claim verdicts over what search finds."""
    claims = table.claim_scores(judge)
    groups = {pair.claim_id: pair.group for pair in table.pairs}
    leanings = [_lean(claim, calibrator) for claim in claims]
    confidence = np.array([value for _, value in leanings])
    correct = np.array([label == claim.label for (label, _), claim in zip(leanings, claims, strict=True)])

    def interval(measure: Callable[[NDArray[np.int64]], float]) -> Figure:
        return bootstrap(measure, list(groups.values()), seed=seed)

    return ClaimFigures(
        data="SciFact, held-out third, end to end",
        n=len(claims),
        accuracy=interval(lambda rows: float(correct[rows].mean())),
        ece=interval(lambda rows: expected_calibration_error(confidence[rows], correct[rows])),
        ece_floor=expected_error_of_calibrated(confidence, seed=seed),
        brier=interval(lambda rows: brier_score(confidence[rows], correct[rows])),
        risks=tuple(_at_risk(risk, calibrator, confidence, correct) for risk in RISKS),
    )


def bootstrap(measure: Callable[[NDArray[np.int64]], float], groups: Sequence[str], *, seed: int) -> Figure:
    """``measure`` of all rows, and its 2.5 and 97.5 percentiles when whole groups are drawn with replacement."""
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    blocks = [np.array(rows) for rows in members.values()]
    rng = np.random.default_rng(seed)
    values = [
        measure(np.concatenate([blocks[i] for i in rng.integers(len(blocks), size=len(blocks))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(values, [0.025, 0.975])
    return Figure(value=measure(np.arange(len(groups))), low=float(low), high=float(high))


def _raw_and_calibrated(
    data: str, pairs: Sequence[LabelledPair], judge: FeatureJudge, calibrator: Calibrator, seed: int
) -> tuple[PassageFigures, PassageFigures]:
    scores = judge.score([(pair.claim, pair.evidence) for pair in pairs])
    return (
        passage_figures("judge, raw", data, scores, pairs, seed=seed),
        passage_figures("judge, calibrated", data, calibrator.probabilities(scores), pairs, seed=seed),
    )


def _lean(claim: ClaimScores, calibrator: Calibrator) -> tuple[str, float]:
    probabilities = calibrator.probabilities(claim.scores)
    support, refute = (float(side) for side in probabilities[:, :2].max(axis=0, initial=0.0))
    label = leaning(support, refute)
    return label, calibrator.confidence(label, support, refute)


def _at_risk(
    risk: float, calibrator: Calibrator, confidence: NDArray[np.float64], correct: NDArray[np.bool_]
) -> RiskFigures:
    threshold = calibrator.threshold(risk)
    stated = confidence >= threshold if threshold is not None else np.zeros(len(confidence), dtype=bool)
    return RiskFigures(
        risk=risk,
        threshold=threshold,
        n=len(confidence),
        stated=int(stated.sum()),
        wrong=int((stated & ~correct).sum()),
    )
