"""Peers of the trained sentence classifier, each fitted on the same texts: (n, labels) scores for other texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from retrieval_core import DualEncoder
from retrieval_core.sentence_roles.evaluation import labels_of
from retrieval_core.sentence_roles.windows import place
from synthesis.claim_features import section_features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval_core.sentence_roles.labelled import LabelledText

Floats = NDArray[np.float64]


class Peer(Protocol):
    """Fitted on some texts, scores others."""

    def __call__(
        self, fitted: Sequence[LabelledText], scored: Sequence[LabelledText], n_labels: int
    ) -> Floats:
        """(n, labels) of all sentences of ``scored`` in a row."""
        ...


def majority(fitted: Sequence[LabelledText], scored: Sequence[LabelledText], n_labels: int) -> Floats:
    """The labels' shares, for every sentence."""
    shares = np.bincount(labels_of(fitted), minlength=n_labels) / len(labels_of(fitted))
    return np.tile(shares, (len(labels_of(scored)), 1))


def last_sentence(_: Sequence[LabelledText], scored: Sequence[LabelledText], n_labels: int) -> Floats:
    """The last label (claim, conclusion) for the last sentence of a text, the first for all others."""
    is_last = np.concatenate([np.arange(len(t.sentences)) == len(t.sentences) - 1 for t in scored])
    scores = np.zeros((len(is_last), n_labels))
    scores[:, 0], scores[:, -1] = ~is_last, is_last
    return scores


def logistic(features: Callable[[Sequence[LabelledText]], Floats]) -> Peer:
    """A multinomial logistic over ``features`` (n, d), standardised; all labels weigh the same."""

    def fit(fitted: Sequence[LabelledText], scored: Sequence[LabelledText], n_labels: int) -> Floats:
        scaler = StandardScaler().fit(features(fitted))
        model = LogisticRegression(C=0.1, max_iter=500, class_weight="balanced")
        model.fit(scaler.transform(features(fitted)), labels_of(fitted))
        scores = np.zeros((len(labels_of(scored)), n_labels))
        scores[:, model.classes_] = model.predict_proba(scaler.transform(features(scored)))
        return scores

    return fit


def position(texts: Sequence[LabelledText]) -> Floats:
    """Place in the text and its length, (n, 6)."""
    rows = [
        [*where, where[1] ** 2, np.log(len(text.sentences))]
        for text in texts
        for where in place(len(text.sentences), known=text.whole)
    ]
    return np.array(rows)


def cues(texts: Sequence[LabelledText]) -> Floats:
    """The features of the first extractor; without a place where a file marks no texts."""
    return np.array(
        [
            row
            for text in texts
            for part in ([text.sentences] if text.whole else [(s,) for s in text.sentences])
            for row in section_features(part)
        ]
    )


class Embeddings:
    """The embedded encoder's vectors of the sentences beside their place; each sentence is encoded once."""

    def __init__(self) -> None:
        self._encoder = DualEncoder.load("embedded")
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[LabelledText]) -> Floats:
        """(n, dimension + 6)."""
        new = list(dict.fromkeys(s for t in texts for s in t.sentences if s not in self._known))
        if new:
            self._known |= dict(zip(new, self._encoder.encode_documents(new), strict=True))
        vectors = np.array([self._known[s] for text in texts for s in text.sentences])
        return np.concatenate([vectors, position(texts)], axis=1)
