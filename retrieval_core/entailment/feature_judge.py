"""The first judge, which now is a peer of the trained one and lends it its features.

A multinomial logistic model over ``features.FEATURES``. Text is only ever counted and compared, so words in a passage
that are addressed to a reader or a machine have no effect other than being words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, FiniteFloat, model_validator

from retrieval_core.entailment.disagreements import disagreements
from retrieval_core.entailment.features import (
    FEATURES,
    ClaimView,
    Rarity,
    closest,
    passage_features,
    view_claim,
)
from retrieval_core.entailment.labels import LABELS, MODEL_FILE
from retrieval_core.entailment.reading import read_sentence, split_sentences
from retrieval_core.errors import ModelError
from retrieval_core.model_files import read_model
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.entailment.reading import Sentence

RATIONALE_SHARE = 0.6  # on SciFact's fitting folds 0.6, 0.75, 0.85 give a sentence F1 of 0.49, 0.47, 0.45

Positive = Annotated[FiniteFloat, Field(gt=0)]


class JudgeWeights(Record):
    """The content of ``model.json``: standardisation and weights per feature, word rarity."""

    form: Literal["entailment-features/1"] = "entailment-features/1"
    features: tuple[str, ...]
    mean: tuple[FiniteFloat, ...]
    scale: tuple[Positive, ...]
    weights: tuple[tuple[FiniteFloat, ...], ...]  # (3, n_features), rows as LABELS
    bias: tuple[FiniteFloat, FiniteFloat, FiniteFloat]
    unseen_idf: Positive
    idf: dict[str, Positive]

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        sizes = {len(self.mean), len(self.scale), *(len(row) for row in self.weights)}
        if sizes != {len(self.features)} or len(self.weights) != len(LABELS):
            raise ValueError(f"expected 3 rows of {len(self.features)} weights, means and scales")
        return self


class FeatureJudge:
    """Scores passages by what can be counted. Made by ``open``, or from weights just fitted."""

    def __init__(self, weights: JudgeWeights, sha256: str) -> None:
        if weights.features != FEATURES:
            raise ModelError(
                f"The judge was fitted on {len(weights.features)} features that are not the {len(FEATURES)} of this "
                "version. Train it again with retrieval-core train-judge."
            )
        self.fingerprint = f"features-1:{sha256[:12]}"
        self.rarity = Rarity(weights.idf, weights.unseen_idf)
        self._mean = np.array(weights.mean)  # (n_features,)
        self._scale = np.array(weights.scale)
        self._weights = np.array(weights.weights).T  # (n_features, 3)
        self._bias = np.array(weights.bias)

    @classmethod
    def open(cls, folder: Path) -> FeatureJudge:
        """The judge in a folder. Raises ``ModelError``."""
        return cls(*read_model(folder, MODEL_FILE, JudgeWeights))

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n, 3) raw P(supports), P(refutes), P(neither); rows sum to 1.

        A claim or passage without a word gives (0, 0, 1).
        """
        claims = {claim: self._view(claim) for claim, _ in pairs}
        passages = {passage: split_sentences(passage) for _, passage in pairs}
        return self._score([(claims[claim], passages[passage]) for claim, passage in pairs])

    def score_features(self, features: NDArray[np.float64]) -> NDArray[np.float32]:
        """(n, n_features) → (n, 3), for passages already set against their claims."""
        standard = (features - self._mean) / self._scale
        # a row at a time: in a product of matrices the last bit of a row would depend on how many there are
        logits = (standard[:, None, :] * self._weights.T).sum(axis=2) + self._bias  # (n, 3)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
        return probabilities

    def rationale(self, claim: str, sentences: Sequence[str]) -> list[int]:
        """Indices of the sentences that decide, the most decisive first; at least one when there are any.

        A sentence's decisiveness is 1 − P(neither) of that sentence read alone. The most decisive of the sentences
        closest to the claim counts, and of the others those that reach ``RATIONALE_SHARE`` of it.
        """
        view = self._view(claim)
        read = [read_sentence(sentence) for sentence in sentences]
        candidates = closest(view, read)
        if not candidates:
            return []
        alone = self._score([(view, (read[i],)) for i in candidates])
        decisive = [float(1 - row[2]) for row in alone]
        floor = RATIONALE_SHARE * max(decisive)
        ranked = sorted(zip(decisive, candidates, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return [i for value, i in ranked if value >= floor > 0] or candidates[:1]

    def notes(self, claim: str, evidence: str) -> list[str]:
        """Numbers of the claim that the evidence gives otherwise, e.g. "claim: 80 %, evidence: 72 %"."""
        return disagreements(read_sentence(claim), split_sentences(evidence))

    def _view(self, claim: str) -> ClaimView:
        return view_claim(read_sentence(claim), self.rarity)

    def _score(self, pairs: Sequence[tuple[ClaimView, Sequence[Sentence]]]) -> NDArray[np.float32]:
        if not pairs:
            return np.zeros((0, 3), dtype=np.float32)
        probabilities = self.score_features(np.stack([passage_features(*pair) for pair in pairs]))
        wordless = [not view.weights or not sentences for view, sentences in pairs]
        probabilities[wordless] = (0.0, 0.0, 1.0)
        return probabilities
