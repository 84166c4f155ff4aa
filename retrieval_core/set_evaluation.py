"""What a judge and its calibrator are worth on each labelled set, on the split that nothing was fitted on.

A set is measured over the labels that occur in it: COVID-Fact has no undecided claims, so there P(neither) is left out
and the two sides are rescaled, for every system alike. Labels are those of the likeliest; probabilities are measured
raw, and through the calibrator's map for the set where it has one, else through its default map.

Abstention: a side (supports, refutes) is stated when its calibrated probability reaches a threshold. The threshold
for a risk is read off the set's calibration split, each fold through a map fitted to the other folds, and is then held
against the held-out split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from retrieval_core.calibration.curves import Verdicts
from retrieval_core.calibration.intervals import Interval, consistency_band, ece_interval
from retrieval_core.calibration.selection import choose_map
from retrieval_core.calibration.thresholds import threshold_at
from retrieval_core.entailment.claim_rows import CLAIM_SETS
from retrieval_core.entailment.claimsets import NEITHER
from retrieval_core.entailment.labels import LABELS
from retrieval_core.entailment.measured import MEASURED, measured_pairs
from retrieval_core.errors import InputError
from retrieval_core.figures import (
    Figure,
    Resampling,
    accuracy_of,
    balanced_accuracy_of,
    confusion_rows,
    log_losses,
    macro_f1_over,
)
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.calibration.calibrator import Calibrator
    from retrieval_core.entailment.judge import Scorer
    from retrieval_core.entailment.measured import Pair

    Probabilities = NDArray[np.float32] | NDArray[np.float64]

MEASURED_ONLY = tuple(name for name, kind in CLAIM_SETS.items() if not kind.may_train)
ALL_SETS = (*MEASURED, *MEASURED_ONLY)
RISKS = (0.05, 0.1, 0.2, 0.3)
DEFAULT_MAP = "default"


class LabelFigures(Record):
    """How well the probabilities of one system fit the labels of one set."""

    system: str
    accuracy: Figure
    balanced_accuracy: Figure  # mean recall over the labels that occur
    macro_f1: Figure  # over the labels that occur
    ece: Interval  # of the likeliest label, 15 equal-mass bins; rows count as independent
    ece_if_exact: Interval  # what the same confidences would show if they were exactly right
    brier: Figure  # of the likeliest label, 0–1
    brier_all_labels: Figure  # summed over the labels, 0–2
    log_loss: Figure  # nats


class StatedFigures(Record):
    """What is stated at a risk, and how much of it is wrong."""

    risk: float
    threshold: float | None  # None: no confidence reaches the risk on the calibration split
    n: int
    stated: int
    wrong: int
    coverage: Figure
    error: Figure  # wrong of stated; all 0 where nothing is stated


class MeasuredSet(Record):
    """One set: its held-out split, and what the judge says of it."""

    source: str
    licence: str
    may_train: bool  # False: measured only, as its licence forbids weights that ship
    n: int
    n_groups: int
    counts: tuple[int, int, int]  # of supports, refutes, neither
    labels: tuple[str, ...]  # that occur, and among which is chosen
    n_calibration: int
    map: str  # the calibrator's map that was used
    systems: tuple[LabelFigures, ...]  # the judge raw and calibrated
    risks: tuple[StatedFigures, ...]  # empty where the set has no calibration split


class SetFigures(Record):
    """Everything that ``evaluate-judge`` prints."""

    judge: str
    calibrator: str
    seed: int
    sets: tuple[MeasuredSet, ...]


def evaluate_sets(
    claims: Path,
    judge: Scorer,
    calibrator: Calibrator,
    *,
    seed: int = 0,
    sources: Sequence[str] = ALL_SETS,
    progress: Callable[[str], None] = lambda _: None,
) -> SetFigures:
    """Measure on the held-out split of each of ``sources``; ``claims`` is the folder of the claim sets.

    Raises ``InputError`` for a set that is not known or whose file is missing.
    """
    unknown = [source for source in sources if source not in ALL_SETS]
    if unknown:
        raise InputError(f"Unknown claim set {unknown[0]!r}; expected some of {', '.join(ALL_SETS)}.")
    measured = []
    for source in sources:
        progress(f"reading {source}")
        measured.append(evaluate_set(claims, source, judge, calibrator, seed=seed))
    return SetFigures(
        judge=judge.fingerprint, calibrator=calibrator.fingerprint, seed=seed, sets=tuple(measured)
    )


def evaluate_set(
    claims: Path, source: str, judge: Scorer, calibrator: Calibrator, *, seed: int, name: str = "judge"
) -> MeasuredSet:
    """One set; ``name`` is the judge's in the figures."""
    pairs = measured_pairs(claims, source, "held-out")
    fitted = measured_pairs(claims, source, "calibration")
    labels = labels_in(pairs)
    own = source if source in calibrator.sources else None
    scores = score_pairs(judge, pairs)
    calibrated = among(calibrator.probabilities(scores, source=own), labels)
    kind = CLAIM_SETS[source]
    verdicts = _calibration_verdicts(fitted, score_pairs(judge, fitted), calibrator, own, labels)
    resampling = Resampling([pair.group for pair in pairs], seed=seed)
    return MeasuredSet(
        source=source,
        licence=kind.licence,
        may_train=kind.may_train,
        n=len(pairs),
        n_groups=len({pair.group for pair in pairs}),
        counts=_counts(pairs),
        labels=tuple(LABELS[label] for label in labels),
        n_calibration=len(fitted),
        map=own or f"{DEFAULT_MAP} ({calibrator.sources[0]})",
        systems=(
            label_figures(f"{name}, raw", scores, pairs, seed=seed),
            label_figures(f"{name}, calibrated", calibrated, pairs, seed=seed),
        ),
        risks=tuple(_at_risk(risk, verdicts, calibrated, pairs, resampling) for risk in RISKS)
        if fitted
        else (),
    )


def label_figures(
    system: str, probabilities: Probabilities, pairs: Sequence[Pair], *, seed: int
) -> LabelFigures:
    """Figures of (n, 3) probabilities against the labels of ``pairs``, over the labels that occur in them."""
    labels = np.array([pair.label for pair in pairs], np.int64)
    occurring = labels_in(pairs)
    shares = among(probabilities, occurring)
    predicted, confidence = shares.argmax(axis=1), np.clip(shares.max(axis=1), 0, 1)
    correct = (predicted == labels).astype(np.float64)
    confusion = confusion_rows(labels, predicted)
    over = Resampling([pair.group for pair in pairs], seed=seed)
    return LabelFigures(
        system=system,
        accuracy=over.figure(confusion, accuracy_of),
        balanced_accuracy=over.figure(confusion, balanced_accuracy_of),
        macro_f1=over.figure(confusion, macro_f1_over(occurring)),
        ece=ece_interval(confidence, correct, seed=seed),
        ece_if_exact=consistency_band(confidence, seed=seed),
        brier=over.mean((confidence - correct) ** 2),
        brier_all_labels=over.mean(((shares - np.eye(3)[labels]) ** 2).sum(axis=1)),
        log_loss=over.mean(log_losses(shares, labels)),
    )


def score_pairs(judge: Scorer, pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """(n, 3) raw scores."""
    return judge.score([(pair.claim, pair.evidence) for pair in pairs])


def labels_in(pairs: Sequence[Pair]) -> tuple[int, ...]:
    """The labels that occur, in their order."""
    return tuple(sorted({pair.label for pair in pairs}))


def among(probabilities: Probabilities, labels: Sequence[int]) -> NDArray[np.float64]:
    """(n, 3) → (n, 3): the share of each of ``labels`` among them, 0 for the others; even where all of them are 0."""
    kept = np.zeros(3)
    kept[list(labels)] = 1
    shares = np.asarray(probabilities, np.float64) * kept
    total = shares.sum(axis=1, keepdims=True)
    even = kept / max(kept.sum(), 1)
    return np.where(total > 0, shares / np.where(total > 0, total, 1), even)


def side_verdicts(
    probabilities: NDArray[np.float64], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> Verdicts:
    """The likelier side of each row of (n, 3) probabilities, its probability, and whether it is the label."""
    sides = probabilities[:, :NEITHER].argmax(axis=1)
    names: tuple[Literal["SUPPORTED", "REFUTED"], ...] = ("SUPPORTED", "REFUTED")
    return Verdicts(
        confidence=tuple(np.clip(probabilities[:, :NEITHER].max(axis=1), 0, 1).tolist()),
        correct=tuple((sides == labels).tolist()),
        leaning=tuple(names[side] for side in sides),
        fold=tuple(folds.tolist()),
    )


def calibrated_in_folds(
    scores: NDArray[np.float32], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(n, 3) scores through maps, each chosen and fitted on the folds that the row is not in."""
    said = np.zeros(scores.shape)
    for fold in np.unique(folds):
        rest = folds != fold
        source = choose_map(f"without fold {fold}", scores[rest], labels[rest], folds[rest])
        said[~rest] = source.map(scores[~rest])
    return said


def stated_threshold(
    claims: Path, source: str, judge: Scorer, calibrator: Calibrator, risk: float
) -> float | None:
    """The least calibrated probability of a side that is stated at ``risk`` on pairs of ``source``."""
    fitted = measured_pairs(claims, source, "calibration")
    own = source if source in calibrator.sources else None
    verdicts = _calibration_verdicts(fitted, score_pairs(judge, fitted), calibrator, own, labels_in(fitted))
    return threshold_at(verdicts, risk)


def _calibration_verdicts(
    pairs: Sequence[Pair],
    scores: NDArray[np.float32],
    calibrator: Calibrator,
    own: str | None,
    among_labels: Sequence[int],
) -> Verdicts:
    """Cross-fitted where the set's own map was fitted on these pairs; the default map was not."""
    labels = np.array([pair.label for pair in pairs], np.int64)
    folds = np.array([pair.fold for pair in pairs], np.int64)
    if own is None:
        said = calibrator.probabilities(scores).astype(np.float64)
    else:
        said = calibrated_in_folds(scores, labels, folds)
    return side_verdicts(among(said, among_labels), labels, folds)


def _at_risk(
    risk: float,
    verdicts: Verdicts,
    calibrated: NDArray[np.float64],
    pairs: Sequence[Pair],
    resampling: Resampling,
) -> StatedFigures:
    least = threshold_at(verdicts, risk)
    labels = np.array([pair.label for pair in pairs], np.int64)
    held_out = side_verdicts(calibrated, labels, np.zeros(len(pairs), np.int64))
    stated = np.array(held_out.confidence) >= (2.0 if least is None else least)
    wrong = stated & ~np.array(held_out.correct, dtype=bool)
    return StatedFigures(
        risk=risk,
        threshold=least,
        n=len(pairs),
        stated=int(stated.sum()),
        wrong=int(wrong.sum()),
        coverage=resampling.mean(stated),
        error=resampling.ratio(wrong, stated),
    )


def _counts(pairs: Sequence[Pair]) -> tuple[int, int, int]:
    supports, refutes, neither = np.bincount([pair.label for pair in pairs], minlength=3).tolist()
    return supports, refutes, neither
