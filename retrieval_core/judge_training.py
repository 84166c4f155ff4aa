"""From labelled claims to the embedded judge and its calibrator.

SciFact's train claims are split first, claims that share an abstract on one side: a third is held out, the rest falls
into five folds. The judge that ships is fitted on the rest. Its calibrator is fitted to scores that judges fitted on
the other folds gave, for the cited abstracts and, end to end, for the ten abstracts that BM25 finds per claim. The
held-out third is only ever measured on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.calibration.calibrator import CALIBRATOR_FILE
from retrieval_core.calibration.fitting import ClaimScores, PassageScores, fit_calibrator, measured_on
from retrieval_core.entailment.claimsets import (
    FOLDS,
    LabelledPair,
    claim_label,
    fold_of,
    is_held_out,
    read_scifact,
)
from retrieval_core.entailment.labels import MODEL_FILE
from retrieval_core.entailment.training import (
    Examples,
    FeatureReader,
    balanced,
    count_rarity,
    fit_weights,
    judge_of,
)
from retrieval_core.lexical import SearchIndex
from retrieval_core.model_files import DataUse, write_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.calibration.curves import CalibratorData
    from retrieval_core.entailment.feature_judge import FeatureJudge, JudgeWeights
    from retrieval_core.entailment.features import Rarity
    from retrieval_core.records import Document

RETRIEVED = 10  # abstracts per claim, as the pipeline asks for by default
NEGATIVES = 5  # of them, the best uncited ones, in the fit
NEGATIVE_SHARE = 0.5  # of the weight of "neither"
FITTED_ON = "SciFact train claims, two thirds, 10 abstracts each by BM25"
MEASURED_ON = "SciFact train claims, held-out third, 10 abstracts each by BM25"
COMMAND = "retrieval-core train-judge --data ../shared/data/claims --out DIR"


@dataclass(frozen=True, slots=True)
class ClaimTable:
    """Pairs with their features, and per claim the features of what search finds."""

    pairs: tuple[LabelledPair, ...]
    features: NDArray[np.float64]  # (n_pairs, n_features)
    found: dict[str, tuple[str, ...]]  # claim → doc ids, best first
    found_features: dict[str, NDArray[np.float64]]  # claim → (≤ RETRIEVED, n_features)

    def where(self, keep: Callable[[LabelledPair], bool]) -> ClaimTable:
        """The pairs that ``keep``, and the claims that have one."""
        chosen = [keep(pair) for pair in self.pairs]
        pairs = tuple(pair for pair, kept in zip(self.pairs, chosen, strict=True) if kept)
        claims = dict.fromkeys(pair.claim_id for pair in pairs)
        return ClaimTable(
            pairs,
            self.features[np.array(chosen, dtype=bool)],
            {claim: self.found[claim] for claim in claims if claim in self.found},
            {claim: self.found_features[claim] for claim in claims if claim in self.found_features},
        )

    def split(self, fold: int) -> tuple[ClaimTable, ClaimTable]:
        """The fold, and all others."""
        return (
            self.where(lambda pair: fold_of(pair.group) == fold),
            self.where(lambda pair: fold_of(pair.group) != fold),
        )

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n_pairs,) indices into the judge's labels."""
        return np.array([pair.label for pair in self.pairs], dtype=np.int64)

    def passage_scores(self, judge: FeatureJudge) -> PassageScores:
        """The judge's scores of the pairs."""
        folds = np.array([fold_of(pair.group) for pair in self.pairs], dtype=np.int64)
        return PassageScores(judge.score_features(self.features), self.labels, folds)

    def claim_scores(self, judge: FeatureJudge) -> list[ClaimScores]:
        """The judge's scores of what search found, with what the claim's pairs say together."""
        by_claim: dict[str, list[LabelledPair]] = {}
        for pair in self.pairs:
            by_claim.setdefault(pair.claim_id, []).append(pair)
        return [
            ClaimScores(
                judge.score_features(self.found_features[claim]),
                claim_label(pair.label for pair in pairs),
                fold_of(pairs[0].group),
            )
            for claim, pairs in by_claim.items()
        ]


@dataclass(frozen=True, slots=True)
class TrainedJudge:
    """What is written to a model folder."""

    weights: JudgeWeights
    calibrator: CalibratorData
    data: tuple[DataUse, ...]

    def write(self, folder: Path, metrics: dict[str, object]) -> None:
        """Write the files and their manifest. Raises ``InputError``."""
        write_model(
            folder,
            "judge-features-1",
            {MODEL_FILE: self.weights, CALIBRATOR_FILE: self.calibrator},
            command=COMMAND,
            data=self.data,
            metrics=metrics,
        )


def train(data: Path, progress: Callable[[str], None]) -> TrainedJudge:
    """Fit judge and calibrator on the claim sets in ``data``. Raises ``InputError`` naming a missing file."""
    progress("reading the claim sets")
    scifact, corpus = read_scifact(data)
    rarity = count_rarity(corpus)
    progress("searching for and reading 10 abstracts per claim")
    table = read_table(scifact, corpus, rarity)
    fitting = table.where(lambda pair: not is_held_out(pair))
    held_out = table.where(is_held_out)
    progress("fitting judge and calibrator")
    weights, calibrator = fit(fitting, rarity)
    calibrator = measured_on(calibrator, held_out.claim_scores(judge_of(weights)), MEASURED_ON)
    return TrainedJudge(weights, calibrator, _data_uses(fitting, held_out, corpus))


def fit(table: ClaimTable, rarity: Rarity) -> tuple[JudgeWeights, CalibratorData]:
    """The judge fitted on all of ``table``, its calibrator on what judges said of folds that they had not seen."""
    weights = fit_weights(_examples(table), rarity)
    passages, claims = _cross_fitted_scores(table, rarity)
    fingerprint = judge_of(weights).fingerprint
    return weights, fit_calibrator(passages, claims, judge=fingerprint, fitted_on=FITTED_ON)


def read_table(pairs: Sequence[LabelledPair], corpus: Sequence[Document], rarity: Rarity) -> ClaimTable:
    """Features of every pair and of the abstracts that BM25 finds for every claim."""
    reader = FeatureReader(rarity)
    texts = {document.doc_id: document.text for document in corpus}
    claims = {pair.claim_id: pair.claim for pair in pairs}
    index = SearchIndex.build(corpus)
    hits = index.search(list(claims.values()), k=RETRIEVED)
    found = {claim: tuple(hit.doc_id for hit in ranked) for claim, ranked in zip(claims, hits, strict=True)}
    return ClaimTable(
        pairs=tuple(pairs),
        features=reader.read([(pair.claim, pair.evidence) for pair in pairs]),
        found=found,
        found_features={
            claim: reader.read([(claims[claim], texts[doc]) for doc in docs]) for claim, docs in found.items()
        },
    )


def _examples(table: ClaimTable) -> Examples:
    """The pairs, and of the uncited abstracts that search finds the best as "neither"."""
    cited: dict[str, set[str]] = {}
    for pair in table.pairs:
        cited.setdefault(pair.claim_id, set()).add(pair.doc_id)
    negatives = []
    for claim, docs in table.found.items():
        uncited = [i for i, doc in enumerate(docs) if doc not in cited[claim]][:NEGATIVES]
        negatives.append(table.found_features[claim][uncited])
    gold = Examples(table.features, table.labels, np.ones(len(table.pairs)))
    return balanced(gold, np.concatenate(negatives), NEGATIVE_SHARE)


def _cross_fitted_scores(table: ClaimTable, rarity: Rarity) -> tuple[PassageScores, list[ClaimScores]]:
    """Scores of each fold by a judge fitted on the others."""
    passages: list[PassageScores] = []
    claims: list[ClaimScores] = []
    for fold in range(FOLDS):
        this, others = table.split(fold)
        judge = judge_of(fit_weights(_examples(others), rarity))
        passages.append(this.passage_scores(judge))
        claims += this.claim_scores(judge)
    joined = PassageScores(
        np.concatenate([part.scores for part in passages]),
        np.concatenate([part.labels for part in passages]),
        np.concatenate([part.folds for part in passages]),
    )
    return joined, claims


def _data_uses(fitting: ClaimTable, held_out: ClaimTable, corpus: Sequence[Document]) -> tuple[DataUse, ...]:
    claims, licence = "SciFact claims", "CC BY 4.0"
    evidence = "evidence, retrieved passages, word rarity"
    return (
        DataUse(
            name=claims,
            licence=licence,
            split="train, two thirds",
            rows=len(fitting.pairs),
            use="judge and calibrator",
        ),
        DataUse(
            name=claims,
            licence=licence,
            split="train, held-out third",
            rows=len(held_out.pairs),
            use="measured only",
        ),
        DataUse(name="SciFact corpus", licence="ODC-By 1.0", split="all", rows=len(corpus), use=evidence),
    )
