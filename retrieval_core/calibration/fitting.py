"""Fitting a calibrator to labelled scores. Needs scikit-learn and scipy: ``pip install -e '.[train]'`` in a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from retrieval_core.calibration.calibrator import (
    CALIBRATOR_FILE,
    Calibrator,
    claim_confidence,
    leaning,
    signal,
    source_map,
)
from retrieval_core.calibration.curves import (
    DEFAULT_SOURCE,
    CalibratorData,
    ClaimCurves,
    SourceMap,
    Verdicts,
)
from retrieval_core.calibration.methods import DECIMALS
from retrieval_core.calibration.selection import choose_curve, choose_map
from retrieval_core.errors import InputError
from retrieval_core.model_files import seals, to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Sources = tuple[SourceMap, ...]


@dataclass(frozen=True, slots=True)
class PassageScores:
    """Raw scores (n, 3) of labelled passages of one source, labels (n,) as indices into the columns, folds (n,)."""

    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    folds: NDArray[np.int64]
    source: str = DEFAULT_SOURCE

    def where(self, keep: NDArray[np.bool_]) -> PassageScores:
        """The passages for which ``keep`` (n,) is true."""
        return PassageScores(self.scores[keep], self.labels[keep], self.folds[keep], self.source)


@dataclass(frozen=True, slots=True)
class ClaimScores:
    """Raw scores (m, 3) of the passages found for one claim, its label and its fold.

    ``source`` names the passages' source; ``None`` is the calibrator's first.
    """

    scores: NDArray[np.float32]
    label: str
    fold: int
    source: str | None = None


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """What maps and curves say of the fold that they were not fitted on."""

    passages: tuple[NDArray[np.float64], ...]  # (n, 3) of each source, rows as given
    verdicts: Verdicts


def fit_calibrator(
    passages: PassageScores | Sequence[PassageScores],
    claims: Sequence[ClaimScores],
    *,
    judge: str,
    fitted_on: str,
) -> CalibratorData:
    """Maps and curves from all data; verdicts for the threshold from those that had not seen the claim's fold.

    ``passages``: one set, or one a source; the first source is the default. The method of every map and curve is
    chosen by ``selection``, for the verdicts within the other folds. The order of rows and claims does not matter.
    Raises ``InputError`` for sources that repeat or are missing, and for data in fewer than two folds.
    """
    sets = as_sets(passages)
    return assemble(sets, claims, cross_fit(sets, claims).verdicts, judge=judge, fitted_on=fitted_on)


def assemble(
    sets: Sequence[PassageScores],
    claims: Sequence[ClaimScores],
    verdicts: Verdicts,
    *,
    judge: str,
    fitted_on: str,
) -> CalibratorData:
    """``fit_calibrator`` for cross-fitted verdicts that are there already."""
    sources = fit_sources(sets)
    return CalibratorData(
        judge=judge,
        fitted_on=fitted_on,
        measured_on=f"{fitted_on}, cross-fitted",
        sources=sources,
        claim=fit_claim_curves(sources, claims),
        cross_fitted=verdicts,
        measured=verdicts,
    )


def measured_on(data: CalibratorData, claims: Sequence[ClaimScores], name: str) -> CalibratorData:
    """The same calibrator, its reliability measured on claims that nothing was fitted on."""
    return data.model_copy(update={"measured": lean(data.sources, data.claim, claims), "measured_on": name})


def calibrator_of(data: CalibratorData) -> Calibrator:
    """The calibrator that ``Calibrator.load`` would give if ``data`` were written to a folder."""
    return Calibrator(data, seals({CALIBRATOR_FILE: to_bytes(data)})[CALIBRATOR_FILE].sha256)


def as_sets(passages: PassageScores | Sequence[PassageScores]) -> tuple[PassageScores, ...]:
    """One set a source. Raises ``InputError`` for none, an empty one, or two of one source."""
    sets = (passages,) if isinstance(passages, PassageScores) else tuple(passages)
    names = [part.source for part in sets]
    if not sets or len(set(names)) != len(names) or not all(len(part.labels) for part in sets):
        raise InputError(
            f"Sources of scores: {', '.join(names) or 'none'}. Expected one at least, each once, none without passages."
        )
    return sets


def fit_sources(sets: Sequence[PassageScores]) -> Sources:
    """The best map of each source."""
    return tuple(choose_map(part.source, part.scores, part.labels, part.folds) for part in sets)


def fit_claim_curves(sources: Sources, claims: Sequence[ClaimScores]) -> ClaimCurves:
    """The best curve per label, from the pooled probabilities of each claim."""
    pooled = [pool(sources, claim) for claim in claims]
    folds = np.array([claim.fold for claim in claims], dtype=np.int64)
    fitted = {
        label: choose_curve(
            np.array([signal(label, *sides) for sides in pooled]),
            np.array([claim.label == label for claim in claims]),
            folds,
        )
        for label in ClaimCurves.model_fields
    }
    return ClaimCurves(**fitted)


def pool(sources: Sources, claim: ClaimScores) -> tuple[float, float]:
    """(support, refute): the largest calibrated probabilities over a claim's passages; 0 without passages."""
    if not len(claim.scores):
        return 0.0, 0.0
    largest = source_map(sources, claim.source)(claim.scores).astype(np.float32).max(axis=0)
    return float(largest[0]), float(largest[1])


def lean(sources: Sources, curves: ClaimCurves, claims: Sequence[ClaimScores]) -> Verdicts:
    """What each claim leans to, how sure, and whether that is its label; by fold and confidence."""
    rows = []
    for claim in claims:
        support, refute = pool(sources, claim)
        label = leaning(support, refute)
        sure = round(claim_confidence(curves, label, support, refute), DECIMALS)
        rows.append((claim.fold, sure, label, label == claim.label))
    rows.sort()
    return Verdicts(
        confidence=tuple(sure for _, sure, _, _ in rows),
        correct=tuple(right for _, _, _, right in rows),
        leaning=tuple(cast("Literal['SUPPORTED', 'REFUTED']", label) for _, _, label, _ in rows),
        fold=tuple(fold for fold, _, _, _ in rows),
    )


def cross_fit(sets: Sequence[PassageScores], claims: Sequence[ClaimScores]) -> CrossFitted:
    """For each fold, maps and curves chosen and fitted without its passages and claims. Raises ``InputError``."""
    folds = sorted(
        {claim.fold for claim in claims} | {int(f) for part in sets for f in np.unique(part.folds)}
    )
    if len({claim.fold for claim in claims}) < 2:
        raise InputError("Calibration needs labelled claims in two folds at least; give more claims.")
    said = [np.zeros((len(part.labels), 3)) for part in sets]
    verdicts = []
    for fold in folds:
        others = [part.where(part.folds != fold) for part in sets]
        sources = fit_sources(as_sets(others))
        curves = fit_claim_curves(sources, [claim for claim in claims if claim.fold != fold])
        verdicts.append(lean(sources, curves, [claim for claim in claims if claim.fold == fold]))
        for part, source, rows in zip(sets, sources, said, strict=True):
            rows[part.folds == fold] = source.map(part.scores[part.folds == fold])
    return CrossFitted(tuple(said), _joined(verdicts))


def _joined(parts: Sequence[Verdicts]) -> Verdicts:
    return Verdicts(
        confidence=tuple(value for part in parts for value in part.confidence),
        correct=tuple(value for part in parts for value in part.correct),
        leaning=tuple(value for part in parts for value in part.leaning),
        fold=tuple(value for part in parts for value in part.fold),
    )
