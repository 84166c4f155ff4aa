"""Fitting the judge: features of labelled pairs, multinomial logistic regression, rounded weights.

scikit-learn is needed here and in ``calibration.fitting`` only: ``pip install -e '.[train]' (in a checkout)``.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval_core.entailment.claimsets import NEITHER
from retrieval_core.entailment.feature_judge import FeatureJudge, JudgeWeights
from retrieval_core.entailment.features import FEATURES, Rarity, passage_features, view_claim
from retrieval_core.entailment.labels import MODEL_FILE
from retrieval_core.entailment.reading import read_sentence, split_sentences
from retrieval_core.errors import ModelError
from retrieval_core.model_files import seals, to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from retrieval_core.entailment.features import ClaimView
    from retrieval_core.entailment.reading import Sentence
    from retrieval_core.records import Document

MIN_DOCUMENTS = 3  # a stem in fewer abstracts counts as unseen
PENALTY = 0.01  # scikit-learn's C; of 0.005, 0.01, 0.02, 0.05 the least log loss on the fitting folds
DECIMALS = 5  # of the weights, so that the last bits of a linear algebra library do not change the file


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled features: (n, n_features), (n,), and the weight of each example in the fit, (n,)."""

    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        """All examples of ``parts``."""
        return cls(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.weights for part in parts]),
        )


class FeatureReader:
    """Features of many pairs; each text is read once."""

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity
        self._claims: dict[str, ClaimView] = {}
        self._passages: dict[str, tuple[Sentence, ...]] = {}

    def read(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """(n, n_features) of (claim, passage) pairs."""
        rows = [passage_features(self._claim(claim), self._passage(passage)) for claim, passage in pairs]
        return np.stack(rows) if rows else np.zeros((0, len(FEATURES)))

    def _claim(self, text: str) -> ClaimView:
        if text not in self._claims:
            self._claims[text] = view_claim(read_sentence(text), self._rarity)
        return self._claims[text]

    def _passage(self, text: str) -> tuple[Sentence, ...]:
        if text not in self._passages:
            self._passages[text] = split_sentences(text)
        return self._passages[text]


def count_rarity(documents: Iterable[Document]) -> Rarity:
    """Inverse document frequencies: log((N + 1) / (df + ½)), to two decimals."""
    seen: Counter[str] = Counter()
    total = 0
    for document in documents:
        total += 1
        seen.update({stem for sentence in split_sentences(document.text) for stem in sentence.stems})
    frequent = sorted(stem for stem, count in seen.items() if count >= MIN_DOCUMENTS)
    idf = {stem: round(max(0.01, math.log((total + 1) / (seen[stem] + 0.5))), 2) for stem in frequent}
    return Rarity(idf, round(math.log((total + 1) / 1.5), 2))


def fit_weights(examples: Examples, rarity: Rarity) -> JudgeWeights:
    """Standardise, fit, round. The same examples give the same weights."""
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - fitting only
    except ImportError as error:
        raise ModelError("Fitting needs scikit-learn: pip install -e '.[train]' (in a checkout).") from error
    mean = np.round(examples.features.mean(axis=0), DECIMALS)
    scale = np.round(np.maximum(examples.features.std(axis=0), 0.01), DECIMALS)
    model = LogisticRegression(C=PENALTY, max_iter=5000, tol=1e-9)
    model.fit((examples.features - mean) / scale, examples.labels, sample_weight=examples.weights)
    return JudgeWeights(
        features=FEATURES,
        mean=tuple(mean.tolist()),
        scale=tuple(scale.tolist()),
        weights=tuple(tuple(row) for row in np.round(model.coef_, DECIMALS).tolist()),
        bias=tuple(np.round(model.intercept_, DECIMALS).tolist()),
        unseen_idf=rarity.unseen,
        idf=dict(rarity.idf),
    )


def judge_of(weights: JudgeWeights) -> FeatureJudge:
    """The judge that ``Judge.load`` would give if ``weights`` were written to a folder."""
    return FeatureJudge(weights, seals({MODEL_FILE: to_bytes(weights)})[MODEL_FILE].sha256)


def balanced(gold: Examples, negatives: NDArray[np.float64], share: float) -> Examples:
    """``gold`` with retrieved passages that do not decide their claim, without moving the balance of labels.

    ``negatives`` (n, n_features) take ``share`` of the weight of the "neither" examples.
    """
    neither = gold.labels == NEITHER
    weight = gold.weights[neither].sum()
    kept = Examples(gold.features, gold.labels, np.where(neither, gold.weights * (1 - share), gold.weights))
    added = Examples(
        negatives,
        np.full(len(negatives), NEITHER),
        np.full(len(negatives), weight * share / max(1, len(negatives))),
    )
    return Examples.joined([kept, added])
