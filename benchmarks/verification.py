"""The judge against baselines on SciFact's held-out third, the whole abstract as evidence for every label.

    python benchmarks/verification.py [--data ../shared/data/claims] [--out benchmarks/results/verification.json]

Baselines see less: nothing (majority), the claim's words, two lengths, the share of the claim's words covered. Each is
a logistic model fitted on the same two thirds, so what the judge adds to each is what reading both texts is worth.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measured import provenance
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retrieval_core.calibration import Calibrator
from retrieval_core.calibration.fitting import calibrator_of
from retrieval_core.entailment import Judge
from retrieval_core.entailment.claimsets import is_held_out, read_scifact, third_of
from retrieval_core.entailment.features import FEATURES
from retrieval_core.entailment.training import count_rarity, judge_of
from retrieval_core.judge_evaluation import evaluate, passage_figures
from retrieval_core.judge_training import fit, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from retrieval_core.entailment.claimsets import LabelledPair
    from retrieval_core.judge_evaluation import PassageFigures
    from retrieval_core.judge_training import ClaimTable

ROOT = Path(__file__).parents[1]
SEED = 0
HELD_OUT = "SciFact, held-out third"
SPEED_PAIRS = 500


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "claims")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "verification.json")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is missing: give the folder of the claim sets with --data.")

    judge = Judge.load("embedded")
    figures = evaluate(options.data, judge, Calibrator.load("embedded", judge_fingerprint=judge.fingerprint))
    pairs, corpus = read_scifact(options.data)
    table = read_table(pairs, corpus, count_rarity(corpus))
    passages = [*baselines(table), *figures.passages, *each_third_in_turn(table)]
    for row in passages:
        print(
            f"{row.data:40} {row.system:32} n {row.n:5}  accuracy {row.accuracy.value:.3f}  macro-F1 "
            f"{row.macro_f1.value:.3f} [{row.macro_f1.low:.3f}, {row.macro_f1.high:.3f}]  ECE {row.ece.value:.3f} "
            f"(floor {row.ece_floor:.3f})  all labels {row.ece_all_labels:.3f}  Brier {row.brier.value:.3f}"
        )
    result = {
        **provenance("python benchmarks/verification.py"),
        "judge": figures.judge,
        "calibrator": figures.calibrator,
        "passages": [row.model_dump(mode="json") for row in passages],
        "claims": figures.claims.model_dump(mode="json"),
        "speed": speed(pairs),
    }
    print(json.dumps({"claims": result["claims"], "speed": result["speed"]}, indent=1))
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def baselines(table: ClaimTable) -> list[PassageFigures]:
    """Models that see less than the judge, and one of another family that sees the same."""
    claims = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    fitted_on = [pair.claim for pair in table.pairs if not is_held_out(pair)]
    claims.fit(fitted_on)
    words = claims.transform([pair.claim for pair in table.pairs]).toarray()
    lengths = np.array([[len(p.claim), len(p.evidence), len(p.sentences)] for p in table.pairs], dtype=float)
    covered = table.features[:, [FEATURES.index("coverage")]]

    def logistic() -> Any:
        return make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, class_weight="balanced")
        )

    def boosting() -> Any:
        return HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.05, max_leaf_nodes=8, random_state=SEED
        )

    return [
        _fitted("majority", np.zeros((len(table.pairs), 1)), table, LogisticRegression),
        _fitted("claim only (words and pairs)", words, table, logistic),
        _fitted("length only", lengths, table, logistic),
        _fitted("lexical overlap only", covered, table, logistic),
        _fitted("gradient boosting, same features", table.features, table, boosting),
    ]


def each_third_in_turn(table: ClaimTable) -> list[PassageFigures]:
    """Judge and calibrator fitted three times, so that every pair is measured once by models that never saw it."""
    raw = np.zeros((len(table.pairs), 3), dtype=np.float32)
    calibrated = np.zeros_like(raw)
    rarity_of_any = Judge.load(
        "embedded"
    ).rarity  # counted on the unlabelled corpus, so the same in each turn
    for third in range(3):
        rows = np.array([third_of(pair) == third for pair in table.pairs])
        weights, curves = fit(table.where(lambda pair, out=third: third_of(pair) != out), rarity_of_any)  # type: ignore[misc]
        raw[rows] = judge_of(weights).score_features(table.features[rows])
        calibrated[rows] = calibrator_of(curves).probabilities(raw[rows])
    name = "SciFact train, each third in turn"
    return [
        passage_figures("judge, raw", name, raw, table.pairs, seed=SEED),
        passage_figures("judge, calibrated", name, calibrated, table.pairs, seed=SEED),
    ]


def speed(pairs: Sequence[LabelledPair]) -> dict[str, float]:
    """Seconds to load the judge and score 500 claims against whole abstracts."""
    texts = [(pair.claim, pair.evidence) for pair in pairs[:SPEED_PAIRS]]
    start = time.perf_counter()
    judge = Judge.load("embedded")
    loaded = time.perf_counter()
    judge.score(texts)
    return {
        "load_seconds": round(loaded - start, 3),
        "score_500_pairs_seconds": round(time.perf_counter() - loaded, 3),
    }


def _fitted(
    name: str, features: NDArray[np.float64], table: ClaimTable, model: Callable[[], Any]
) -> PassageFigures:
    held_out = np.array([is_held_out(pair) for pair in table.pairs])
    fitted = model().fit(features[~held_out], table.labels[~held_out])
    probabilities = fitted.predict_proba(features[held_out])
    return passage_figures(name, HELD_OUT, probabilities, table.where(is_held_out).pairs, seed=SEED)


if __name__ == "__main__":
    main()
