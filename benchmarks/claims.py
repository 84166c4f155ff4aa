"""Measure the claim extractor beside simple baselines; with ``--fit``, fit its weights first.

    python benchmarks/claims.py [--fit] [--data ../shared/data/claim_detection] [--out benchmarks/results/claims.json]

Fitted on English train splits only, measured on the dev splits. Sections are put back together where the data
says which abstract a sentence comes from; elsewhere every sentence stands alone, without a place.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from measured import provenance
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from synthesis.claim_features import FEATURES, section_features
from synthesis.extraction import ClaimWeights, RuleExtractor

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "synthesis" / "data" / "claim_weights.json"
COMMAND = "python benchmarks/claims.py --fit"
POSITIVE = {
    "detecting_scientific_claim": {"claim"},
    "csabstruct": {"result"},
    "abstrct_en": {"claim", "premise"},
    "abstrct_es": {"claim", "premise"},
    "abstrct_fr": {"claim", "premise"},
    "abstrct_it": {"claim", "premise"},
}
# Share of each set in the fit. The first calls only the concluding claims of an abstract claims, and results with
# numbers "none", which the product does want: it counts half.
FITTED_ON = {"detecting_scientific_claim": 0.5, "csabstruct": 1.0, "abstrct_en": 1.0}
SEED, RESAMPLES = 0, 1000
MIN_SCORE = 0.5  # ClaimConfig.min_score

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LabelledSection:
    """The sentences of one abstract and which of them are claims."""

    sentences: tuple[str, ...]
    is_claim: tuple[bool, ...]


def read_sections(data: Path, name: str, split: str) -> list[LabelledSection]:
    """The sections of one split, in the file's order."""
    groups: dict[str, list[tuple[int, str, bool]]] = defaultdict(list)
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["split"] == split:
                group = row["doc_id"] or row["id"]
                groups[group].append((row["position"], row["sentence"], row["label"] in POSITIVE[name]))
    sections = []
    for rows in groups.values():
        rows.sort()
        sections.append(LabelledSection(tuple(r[1] for r in rows), tuple(r[2] for r in rows)))
    return sections


def fit(data: Path) -> ClaimWeights:
    """Logistic regression on the English train splits; in each set both classes weigh the same."""
    features: list[list[float]] = []
    labels: list[Flags] = []
    weights: list[Floats] = []
    for name, share in FITTED_ON.items():
        sections = read_sections(data, name, "train")
        truth = flat(sections)
        features.extend(row for section in sections for row in section_features(section.sentences))
        labels.append(truth)
        weights.append(share * np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum()))
    y, w = np.concatenate(labels), np.concatenate(weights)
    model = LogisticRegression(C=1.0, max_iter=3000).fit(
        np.array(features), y, sample_weight=w * len(w) / w.sum()
    )
    return ClaimWeights(
        fitted_on=tuple(
            f"{name} train ({', '.join(sorted(POSITIVE[name]))} against the rest)" for name in FITTED_ON
        ),
        command=COMMAND,
        bias=round(float(model.intercept_[0]), 4),
        weights={name: round(float(v), 4) for name, v in zip(FEATURES, model.coef_[0], strict=True)},
    )


def flat(sections: list[LabelledSection]) -> Flags:
    """Which sentences are claims, all sections in a row."""
    return np.array([flag for s in sections for flag in s.is_claim])


def system_scores(name: str, sections: list[LabelledSection]) -> dict[str, Floats]:
    """Scores of the extractor and of the baselines, all sections in a row."""
    extractor = RuleExtractor()
    sizes = [len(s.sentences) for s in sections]
    scores = {
        "extractor": np.array([score for s in sections for score, _ in extractor.score(s.sentences, "")]),
        "random": np.random.default_rng(SEED).random(sum(sizes)),
        "every sentence": np.ones(sum(sizes)),
    }
    if not name.startswith("abstrct"):  # the data does not say where an abstract ends
        scores["last sentence"] = np.array([float(i == n - 1) for n in sizes for i in range(n)])
        scores["position"] = np.array([(i + 1) / n for n in sizes for i in range(n)])
    return scores


def best_threshold(scores: Floats, truth: Flags) -> float:
    """The threshold with the best F1."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + truth.sum())
    ends = np.append(np.diff(scores[order]) != 0, True)  # a threshold cannot part equal scores
    return float(scores[order][np.argmax(np.where(ends, f1, -1))])


def measure(scores: Floats, truth: Flags, threshold: float) -> dict[str, float]:
    """Precision, recall and F1 at the threshold, and average precision."""
    chosen = scores >= threshold
    hits = int((chosen & truth).sum())
    precision = hits / max(int(chosen.sum()), 1)
    recall = hits / max(int(truth.sum()), 1)
    f1 = 2 * hits / max(int(chosen.sum() + truth.sum()), 1)
    average = float(average_precision_score(truth, scores)) if truth.any() else 0.0
    return {"precision": precision, "recall": recall, "f1": f1, "average_precision": average}


def with_interval(
    sections: list[LabelledSection], scores: Floats, threshold: float
) -> dict[str, float | list[float]]:
    """The measures and their 95 % percentile bootstrap intervals; whole sections are drawn."""
    truth = flat(sections)
    starts = np.cumsum([0, *(len(s.sentences) for s in sections)])
    rows = [np.arange(a, b) for a, b in pairwise(starts)]
    rng = np.random.default_rng(SEED)
    draws: dict[str, list[float]] = defaultdict(list)
    for _ in range(RESAMPLES):
        sample = np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])
        for name, value in measure(scores[sample], truth[sample], threshold).items():
            draws[name].append(value)
    result: dict[str, float | list[float]] = {"threshold": round(threshold, 4)}
    for name, value in measure(scores, truth, threshold).items():
        low, high = np.percentile(draws[name], [2.5, 97.5])
        result[name] = round(value, 4)
        result[f"{name}_95"] = [round(float(low), 4), round(float(high), 4)]
    return result


def measure_set(data: Path, name: str) -> dict[str, object]:
    """All systems on the dev split of one set; thresholds of "tuned" rows come from its train split."""
    train, dev = read_sections(data, name, "train"), read_sections(data, name, "dev")
    on_train, on_dev = system_scores(name, train), system_scores(name, dev)
    systems: dict[str, object] = {
        "extractor, shipped threshold": with_interval(dev, on_dev["extractor"], MIN_SCORE)
    }
    for system, scores in on_dev.items():
        threshold = best_threshold(on_train[system], flat(train))
        systems[f"{system}, tuned threshold"] = with_interval(dev, scores, threshold)
    return {
        "sentences": len(flat(dev)),
        "claims": int(flat(dev).sum()),
        "positive_labels": sorted(POSITIVE[name]),
        "systems": systems,
    }


def main() -> None:
    """Fit when asked, measure, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", action="store_true", help="fit the weights on the train splits first")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "claim_detection")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "claims.json")
    options = parser.parse_args()
    if options.fit:
        WEIGHTS.write_text(fit(options.data).model_dump_json(indent=2) + "\n", encoding="utf-8")
    sets = {name: measure_set(options.data, name) for name in POSITIVE}
    report = {
        "provenance": provenance(COMMAND),
        "bootstrap": {"resamples": RESAMPLES, "seed": SEED},
        "sets": sets,
    }
    options.out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, result in sets.items():
        for system, values in result["systems"].items():  # type: ignore[attr-defined]
            print(
                f"{name:28s} {system:36s} "
                + " ".join(f"{k}={v}" for k, v in values.items() if "_95" not in k)
            )


if __name__ == "__main__":
    main()
