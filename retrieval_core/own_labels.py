"""A calibrator fitted to a user's own labelled claims."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.calibrator import CALIBRATOR_FILE
from retrieval_core.calibration.fitting import ClaimScores, PassageScores, calibrator_of, fit_calibrator
from retrieval_core.entailment.claimsets import claim_label, fold_of
from retrieval_core.entailment.judge import MODEL_FILE, Judge, JudgeWeights
from retrieval_core.errors import InputError
from retrieval_core.model_files import DataUse, model_folder, read_model, write_model

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval_core.calibration.reliability import CalibrationReport

LABELS = {"SUPPORTS": 0, "REFUTES": 1, "NEI": 2, "NEITHER": 2, "NOT_ENOUGH_INFO": 2}
COLUMNS = ("claim", "evidence", "label")
MIN_OF_EACH = 10  # rows of each label; a curve through fewer says nothing
MIN_CLAIMS = 30
REPORTED_RISK = 0.1


def recalibrate(labels: Path, model: str, out: Path) -> CalibrationReport:
    """Fit to the CSV ``labels`` and write judge and calibrator to ``out``; returns its cross-fitted reliability.

    Raises ``InputError`` naming the line or label that stands in the way, ``ModelError`` for the judge's folder.
    """
    judge = Judge.load(model)
    rows = read_labels(labels)
    raw = judge.score([(claim, evidence) for claim, evidence, _ in rows])
    passages = PassageScores(
        scores=raw,
        labels=np.array([label for _, _, label in rows], dtype=np.int64),
        folds=np.array([fold_of(claim) for claim, _, _ in rows], dtype=np.int64),
    )
    by_claim: dict[str, list[int]] = {}
    for i, (claim, _, _) in enumerate(rows):
        by_claim.setdefault(claim, []).append(i)
    claims = [
        ClaimScores(raw[places], claim_label(rows[i][2] for i in places), fold_of(claim))
        for claim, places in by_claim.items()
    ]
    digest = hashlib.sha256(labels.read_bytes()).hexdigest()[:12]
    name = f"own labels {digest}"
    data = fit_calibrator(
        passages, claims, judge=judge.fingerprint, fitted_on=f"{name}, {len(claims)} claims"
    )
    weights, _ = read_model(model_folder(model), MODEL_FILE, JudgeWeights)
    report = calibrator_of(data).report(REPORTED_RISK)
    write_model(
        out,
        "judge-features-1, own calibrator",
        {MODEL_FILE: weights, CALIBRATOR_FILE: data},
        command="retrieval-core calibrate --labels FILE --out DIR",
        data=(DataUse(name=name, licence="the user's", split="all", rows=len(rows), use="calibrator"),),
        metrics=report.model_dump(mode="json"),
    )
    return report


def read_labels(path: Path) -> list[tuple[str, str, int]]:
    """(claim, evidence, label) of each row. Raises ``InputError`` naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{path} has no column {', '.join(missing)}; its first line must name {', '.join(COLUMNS)}."
                )
            rows = [_row(path, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8: {error}.") from error
    _check_enough(path, rows)
    return rows


def _row(path: Path, line: int, row: dict[str, str | None]) -> tuple[str, str, int]:
    claim, evidence, label = ((row[column] or "").strip() for column in COLUMNS)
    if label.upper() not in LABELS or not claim:
        raise InputError(
            f"{path}, line {line}: expected a claim and a label out of {', '.join(LABELS)}; got label {label[:40]!r}."
        )
    return claim, evidence, LABELS[label.upper()]


def _check_enough(path: Path, rows: list[tuple[str, str, int]]) -> None:
    counts = Counter(label for _, _, label in rows)
    claims = len({claim for claim, _, _ in rows})
    if min(counts[label] for label in range(3)) < MIN_OF_EACH or claims < MIN_CLAIMS:
        raise InputError(
            f"{path} has {claims} claims with {counts[0]} supporting, {counts[1]} refuting and {counts[2]} undecided "
            f"rows; at least {MIN_CLAIMS} claims and {MIN_OF_EACH} rows of each kind are needed to fit probabilities."
        )
