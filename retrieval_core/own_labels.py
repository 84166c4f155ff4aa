"""A calibrator fitted to a user's own labelled claims, beside the judge that it is for, with what it changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from retrieval_core.calibration.calibrator import CALIBRATOR_FILE, Calibrator, leaning
from retrieval_core.calibration.fitting import (
    ClaimScores,
    PassageScores,
    as_sets,
    assemble,
    calibrator_of,
    cross_fit,
)
from retrieval_core.calibration.intervals import Interval, ece_interval
from retrieval_core.calibration.reliability import CalibrationReport
from retrieval_core.calibration.selection import one_label_score, three_way_score
from retrieval_core.calibration.thresholds import stated_across_folds
from retrieval_core.datasets.labelled import read_labelled
from retrieval_core.entailment.claimsets import claim_label, fold_of
from retrieval_core.entailment.judge import Judge
from retrieval_core.errors import InputError, ModelError
from retrieval_core.model_files import MANIFEST, DataUse, Manifest, model_folder, seals, to_bytes
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.calibration.curves import CalibratorData, MethodScore, Verdicts
    from retrieval_core.datasets.labelled import LabelledRow

MIN_OF_EACH = 10  # rows of each label; a curve through fewer says nothing
MIN_CLAIMS = 30
RISKS = (0.05, 0.1, 0.2)
REPORTED_RISK = 0.1
COMMAND = "retrieval-core calibrate --labels FILE --model DIR --out DIR"
_SUFFIX = ", own calibrator"


class Measured(Record):
    """How well probabilities fit the user's labels. The Brier score of passages is summed over three labels."""

    of: str  # "passages" or "claims"
    system: str
    n: int
    log_loss: float
    brier: float
    ece: Interval


class AtRisk(Record):
    """What is stated at a risk when each fold is held against the threshold of the others."""

    risk: float
    threshold: float | None  # of the calibrator that was written
    n: int
    stated: int
    wrong: int


class OwnCalibration(CalibrationReport):
    """The cross-fitted reliability of the new calibrator, beside what stood before."""

    method: str  # of passages
    measured: tuple[Measured, ...]
    risks: tuple[AtRisk, ...]


def recalibrate(labels: Path, model: str, out: Path, *, seed: int = 0) -> OwnCalibration:
    """Fit to the file ``labels`` and write judge and calibrator to ``out``.

    ``seed`` draws the intervals only. Raises ``InputError`` naming the line or label that stands in the way,
    ``ModelError`` for the judge's folder.
    """
    judge = Judge.load(model)
    kept = _judge_files(model_folder(model))
    rows = read_labels(labels)
    scores = judge.score([(row.claim, row.evidence) for row in rows])
    passages, claims = passage_scores(rows, scores), claim_scores(rows, scores)
    crossed = cross_fit(as_sets(passages), claims)
    name = f"own labels {hashlib.sha256(labels.read_bytes()).hexdigest()[:12]}"
    data = assemble(
        as_sets(passages),
        claims,
        crossed.verdicts,
        judge=judge.fingerprint,
        fitted_on=f"{name}, {len(claims)} claims",
    )
    measured = (
        *_before(passages, claims, _calibrator(model, judge.fingerprint), seed),
        _passages("your labels, cross-fitted", crossed.passages[0], passages.labels, seed),
        _claims("your labels, cross-fitted", crossed.verdicts.confidence, crossed.verdicts.correct, seed),
    )
    calibrator = calibrator_of(data)
    report = OwnCalibration(
        **dict(calibrator.report(REPORTED_RISK)),
        method=data.sources[0].method,
        measured=measured,
        risks=tuple(_at_risk(risk, calibrator, crossed.verdicts) for risk in RISKS),
    )
    _write(
        out,
        *kept,
        data,
        DataUse(name=name, licence="the user's", split="all", rows=len(rows), use="calibrator"),
    )
    return report


def read_labels(path: Path) -> list[LabelledRow]:
    """The rows of a file of labels, if they are enough to fit on. Raises ``InputError`` naming the line or label."""
    rows = read_labelled(path)
    counts = Counter(row.label for row in rows)
    claims = len({row.claim for row in rows})
    if min(counts[label] for label in range(3)) < MIN_OF_EACH or claims < MIN_CLAIMS:
        raise InputError(
            f"{path} has {claims} claims with {counts[0]} supporting, {counts[1]} refuting and {counts[2]} undecided "
            f"rows; at least {MIN_CLAIMS} claims and {MIN_OF_EACH} rows of each kind are needed to fit probabilities."
        )
    return rows


def passage_scores(rows: Sequence[LabelledRow], scores: NDArray[np.float32]) -> PassageScores:
    """The judge's ``scores`` (n, 3) of ``rows``; all rows of a claim in one fold."""
    return PassageScores(
        scores=scores,
        labels=np.array([row.label for row in rows], dtype=np.int64),
        folds=np.array([fold_of(row.claim) for row in rows], dtype=np.int64),
    )


def claim_scores(rows: Sequence[LabelledRow], scores: NDArray[np.float32]) -> list[ClaimScores]:
    """The same by claim, with what the labels of a claim's rows say together."""
    places: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        places.setdefault(row.claim, []).append(i)
    return [
        ClaimScores(scores[at], claim_label(rows[i].label for i in at), fold_of(claim))
        for claim, at in places.items()
    ]


def _calibrator(model: str, judge: str) -> Calibrator | None:
    """The calibrator that stood beside the judge, if there is one that is its own."""
    try:
        return Calibrator.load(model, judge_fingerprint=judge)
    except ModelError:
        return None


def _before(
    passages: PassageScores, claims: Sequence[ClaimScores], calibrator: Calibrator | None, seed: int
) -> tuple[Measured, ...]:
    raw = _passages("raw scores", passages.scores.astype(np.float64), passages.labels, seed)
    if calibrator is None:
        return (raw,)
    mapped = calibrator.probabilities(passages.scores).astype(np.float64)
    confidence, correct = [], []
    for claim in claims:
        support, refute = (float(side) for side in calibrator.probabilities(claim.scores)[:, :2].max(axis=0))
        label = leaning(support, refute)
        confidence.append(calibrator.confidence(label, support, refute))
        correct.append(label == claim.label)
    before = "calibrator as it was"
    return raw, _passages(before, mapped, passages.labels, seed), _claims(before, confidence, correct, seed)


def _passages(
    system: str, probabilities: NDArray[np.float64], labels: NDArray[np.int64], seed: int
) -> Measured:
    shown = three_way_score(system, probabilities, labels)
    likeliest = np.clip(probabilities.max(axis=1), 0, 1)
    ece = ece_interval(likeliest, probabilities.argmax(axis=1) == labels, seed=seed)
    return _measured("passages", shown, len(labels), ece)


def _claims(system: str, confidence: Sequence[float], correct: Sequence[bool], seed: int) -> Measured:
    p, y = np.array(confidence), np.array(correct, dtype=bool)
    return _measured("claims", one_label_score(system, p, y), len(p), ece_interval(p, y, seed=seed))


def _measured(of: str, shown: MethodScore, n: int, ece: Interval) -> Measured:
    return Measured(of=of, system=shown.method, n=n, log_loss=shown.log_loss, brier=shown.brier, ece=ece)


def _at_risk(risk: float, calibrator: Calibrator, verdicts: Verdicts) -> AtRisk:
    stated, wrong = stated_across_folds(verdicts, risk)
    return AtRisk(
        risk=risk,
        threshold=calibrator.threshold(risk),
        n=len(verdicts.confidence),
        stated=stated,
        wrong=wrong,
    )


def _judge_files(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest and the judge's own files as they are. Raises ``ModelError`` for what was not sealed so."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        names = [name for name in manifest.files if name != CALIBRATOR_FILE]
        outside = [name for name in names if Path(name).name != name]
        if outside:
            raise ModelError(f"{folder / MANIFEST} names {outside[0]!r}, which is not in its folder.")
        files = {name: (folder / name).read_bytes() for name in names}
    except (OSError, ValidationError) as error:
        raise ModelError(f"The judge in {folder} cannot be copied: {error}. Train it again.") from error
    changed = [name for name, seal in seals(files).items() if seal != manifest.files[name]]
    if changed:
        raise ModelError(f"{folder / changed[0]} is not the file that its manifest seals. Train it again.")
    return manifest, files


def _write(
    out: Path, manifest: Manifest, files: dict[str, bytes], data: CalibratorData, use: DataUse
) -> None:
    """The judge's files unchanged, the calibrator, and a manifest for both. Raises ``InputError``."""
    contents = {**files, CALIBRATOR_FILE: to_bytes(data)}
    sealed = manifest.model_copy(
        update={
            "name": manifest.name.removesuffix(_SUFFIX) + _SUFFIX,
            "command": COMMAND,
            "files": seals(contents),
            "data": (*manifest.data, use),
            "metrics": calibrator_of(data).report(REPORTED_RISK).model_dump(mode="json"),
        }
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, raw in {**contents, MANIFEST: to_bytes(sealed, indent=1)}.items():
            (out / name).write_bytes(raw)
    except OSError as error:
        raise InputError(
            f"Cannot write the model to {out}: {error.strerror}. Name another folder."
        ) from error
