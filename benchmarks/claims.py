"""Measure the sentence classifier and both claim extractors beside their peers; all figures in one run.

    python benchmarks/claims.py [--data ../shared/data/claim_detection] [--out benchmarks/results/claims.json]
    python benchmarks/claims.py --fit        fit the first extractor's weights again, before measuring

Part one, ``labels``: the labels as annotators gave them. Everything is fitted on the train splits, less the eighth of
their texts that thresholds are chosen on; figures are those of the dev splits. Part two, ``extractors``: how well the
extractors' scores tell the sentences that make checkable claims from the others; ``sciarg_scidtb`` is measured only, as
its licence is GPL.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from claim_peers import Embeddings, Peer, cues, last_sentence, logistic, majority, position
from measured import provenance
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from retrieval_core import RoleTagger
from retrieval_core.sentence_roles.evaluation import (
    RESAMPLES,
    best_threshold,
    bootstrap,
    confusions,
    groups_of,
    labels_of,
    last_f1,
    set_figures,
    tagged,
)
from retrieval_core.sentence_roles.labelled import SETS, LabelledText, read_texts
from retrieval_core.sentence_roles.making import read_splits
from retrieval_core.sentence_roles.schemes import CLAIM
from synthesis.claim_features import FEATURES, section_features
from synthesis.extraction import ClaimWeights, RuleExtractor, TrainedExtractor
from synthesis.retrieval import CoreTagger

if TYPE_CHECKING:
    from synthesis.protocols import Extractor

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "synthesis" / "data" / "claim_weights.json"
COMMAND = "python benchmarks/claims.py"
# The labels that a checkable claim has in each set. Of sciarg_scidtb nothing is fitted, so its only split is measured.
POSITIVE = {
    "detecting_scientific_claim": {"claim"},
    "csabstruct": {"result"},
    "abstrct_en": {"claim", "premise"},
    "abstrct_es": {"claim", "premise"},
    "abstrct_fr": {"claim", "premise"},
    "abstrct_it": {"claim", "premise"},
    "sciarg_scidtb": {"result", "result_means", "observation", "conclusion"},
}
MEASURED_SPLIT = defaultdict(lambda: "dev", sciarg_scidtb="train")
# Share of each set in the first extractor's fit. The first set calls only the concluding claims of an abstract claims,
# and results with numbers "none", which the product does want: it counts half.
FITTED_ON = {"detecting_scientific_claim": 0.5, "csabstruct": 1.0, "abstrct_en": 1.0}
SEED = 0
MIN_SCORE = 0.2  # ClaimConfig.min_score

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def read_sections(data: Path, name: str, split: str) -> list[LabelledText]:
    """The texts of one split; label 1 is a checkable claim."""
    if name in SETS:
        positive = {SETS[name].labels.index(label) for label in POSITIVE[name]}
        return [
            text._replace(labels=tuple(int(label in positive) for label in text.labels))
            for text in read_texts(data, name, "train" if split == "train" else "dev")
        ]
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["split"] == split:
                groups[row["doc_id"]].append(row)
    return [
        LabelledText(
            tuple(row["sentence"] for row in rows),
            tuple(int(row["label"] in POSITIVE[name]) for row in rows),
            (1.0,) * len(rows),
            whole=True,
        )
        for rows in groups.values()
    ]


def fit(data: Path) -> ClaimWeights:
    """The first extractor: a logistic on English train splits; in each set both classes weigh the same."""
    features: list[list[float]] = []
    labels: list[Flags] = []
    weights: list[Floats] = []
    for name, share in FITTED_ON.items():
        sections = read_sections(data, name, "train")
        truth = labels_of(sections) == 1
        features.extend(row for text in sections for part in parts(text) for row in section_features(part))
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
        command=f"{COMMAND} --fit",
        bias=round(float(model.intercept_[0]), 4),
        weights={name: round(float(v), 4) for name, v in zip(FEATURES, model.coef_[0], strict=True)},
    )


def parts(text: LabelledText) -> list[tuple[str, ...]]:
    """The text, or its sentences one by one where a file marks no texts, so that no place is known."""
    return [text.sentences] if text.whole else [(sentence,) for sentence in text.sentences]


def label_figures(data: Path, tagger: RoleTagger) -> list[dict[str, Any]]:
    """Every system on the dev split of every set."""
    splits = read_splits(data)
    peers: dict[str, Peer] = {
        "majority": majority,
        "last sentence": last_sentence,
        "position, logistic": logistic(position),
        "first extractor's features, logistic": logistic(cues),
        "embedded encoder and position, logistic": logistic(Embeddings()),
    }
    found = []
    for name, scheme in SETS.items():
        dev, held_out = read_texts(data, name, "dev"), splits.held_out[name]
        claim = scheme.labels.index(scheme.claim)
        truth = labels_of(held_out) == claim
        for system, peer in peers.items():
            if "position" in system[:8] and not dev[0].whole:
                continue
            scores = peer(splits.fitted[name], [*dev, *held_out], len(scheme.labels))
            n = len(labels_of(dev))
            threshold = best_threshold(scores[n:, claim], truth) if scheme is CLAIM else None
            figures = set_figures(name, dev, scores[:n], threshold=threshold, seed=SEED)
            found.append({"system": system, **figures.model_dump(mode="json")})
        threshold = tagger.config.thresholds.get(scheme.name)
        figures = set_figures(name, dev, tagged(dev, scheme, tagger), threshold=threshold, seed=SEED)
        found.append({"system": "trained classifier", **figures.model_dump(mode="json")})
    return found


def extractor_figures(data: Path) -> list[dict[str, Any]]:
    """Both extractors' scores, without a question."""
    extractors: dict[str, Extractor] = {
        "first extractor": RuleExtractor(),
        "trained extractor": TrainedExtractor(CoreTagger()),
    }
    found = []
    for name in POSITIVE:
        texts = read_sections(data, name, MEASURED_SPLIT[name])
        truth = labels_of(texts) == 1
        for system, extractor in extractors.items():
            scores = np.array([score for text in texts for score, _ in read(extractor, text)])
            found.append({"system": system, "name": name, "n": len(truth), **against(truth, scores, texts)})
    return found


def read(extractor: Extractor, text: LabelledText) -> list[tuple[float, str]]:
    """The extractor's scores; the first one's features count the place, which a file without texts lacks."""
    if isinstance(extractor, RuleExtractor):
        return [pair for part in parts(text) for pair in extractor.score(part, "")]
    return extractor.score(text.sentences, "")


def against(truth: Flags, scores: Floats, texts: list[LabelledText]) -> dict[str, Any]:
    """Average precision, and F1 with its interval over texts at the shipped threshold and at a half."""
    figures: dict[str, Any] = {
        "claims": int(truth.sum()),
        "average_precision": round(float(average_precision_score(truth, scores)), 4),
    }
    for threshold in (MIN_SCORE, 0.5):
        tables = confusions(truth, scores >= threshold, 2, groups_of(texts))
        figures[f"f1_at_{threshold:g}"] = bootstrap(last_f1, tables, seed=SEED).model_dump()
    return figures


def main() -> None:
    """Fit when asked, measure, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", action="store_true", help="fit the first extractor's weights first")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "claim_detection")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "claims.json")
    parser.add_argument("--model", default="embedded", help='folder of a classifier, or "embedded"')
    options = parser.parse_args()
    if options.fit:
        WEIGHTS.write_text(fit(options.data).model_dump_json(indent=2) + "\n", encoding="utf-8")
    tagger = RoleTagger.load(options.model)
    report = {
        "provenance": provenance(COMMAND),
        "model": tagger.fingerprint,
        "bootstrap": {"resamples": RESAMPLES, "seed": SEED},
        "labels": label_figures(options.data, tagger),
        "extractors": extractor_figures(options.data),
    }
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for row in (*report["labels"], *report["extractors"]):
        cells = [
            f"{key} {value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"
            for key, value in row.items()
            if isinstance(value, dict)
        ]
        if "average_precision" in row:
            cells.append(f"average precision {row['average_precision']:.3f}")
        print(f"{row['name']:27s} {row['system']:40s} " + "  ".join(cells))


if __name__ == "__main__":
    main()
