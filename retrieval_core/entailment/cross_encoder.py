"""The trained judge: a small multilingual cross-encoder over windows of the passage, beside the first judge's features.

A passage is read in windows. Each gives log-odds of support and of refutation against neither; the passage's are the
largest of its windows', as one window that decides is enough. With what can be counted (the features of the first
judge: numbers that differ, negations, words covered) they go through a multinomial logistic model, fitted on claims
that the network was not trained on.

Text addressed to a reading machine is taken out before anything is read, so that it can have no effect.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, FiniteFloat, model_validator

from retrieval_core.embedding.pieces import Pieces
from retrieval_core.entailment.cross_input import InputMaker
from retrieval_core.entailment.cross_network import Network
from retrieval_core.entailment.disagreements import disagreements
from retrieval_core.entailment.features import FEATURES, Rarity, passage_features, view_claim
from retrieval_core.entailment.instructions import without_instructions
from retrieval_core.entailment.labels import MODEL_FILE
from retrieval_core.entailment.reading import read_sentence, split_sentences
from retrieval_core.entailment.windows import windows
from retrieval_core.errors import ModelError
from retrieval_core.model_files import read_bytes, read_model
from retrieval_core.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.entailment.cross_input import PairIds
    from retrieval_core.entailment.features import ClaimView
    from retrieval_core.entailment.reading import Sentence

NETWORK_FILE = "network.onnx"
RATIONALE_SHARE = 0.5
ODDS = ("support", "refutation")  # against neither, from the network

Positive = Annotated[FiniteFloat, Field(gt=0)]


class CrossWeights(Record):
    """The content of ``model.json``: the logistic model over log-odds and features, and word rarity."""

    form: Literal["entailment-cross/1"] = "entailment-cross/1"
    pieces: str  # fingerprint of the encoder whose pieces the network reads
    inputs: tuple[str, ...]
    mean: tuple[FiniteFloat, ...]
    scale: tuple[Positive, ...]
    weights: tuple[tuple[FiniteFloat, ...], ...]  # (3, n_inputs), rows as LABELS
    bias: tuple[FiniteFloat, FiniteFloat, FiniteFloat]
    unseen_idf: Positive
    idf: dict[str, Positive]

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        sizes = {len(self.mean), len(self.scale), *(len(row) for row in self.weights)}
        if sizes != {len(self.inputs)} or len(self.weights) != 3 or self.inputs != (*ODDS, *FEATURES):
            raise ValueError("expected 3 rows of a weight for each of this version's inputs")
        return self


class _Read(NamedTuple):
    """A text taken apart: its sentences, and the piece ids of each."""

    sentences: tuple[Sentence, ...]
    ids: tuple[list[int], ...]


class CrossReader:
    """Claims and passages → log-odds of the network and features; what the judge and its fitting share."""

    def __init__(self, network: Network, pieces: Pieces, rarity: Rarity) -> None:
        self._network, self._pieces, self._rarity = network, pieces, rarity
        self._maker = InputMaker(pieces)
        self._kept: dict[tuple[str, str], NDArray[np.float64]] = {}

    def read(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """(n, 2 + n_features): ``ODDS`` and ``FEATURES`` of each (claim, passage); what was read last is remembered."""
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._kept]
        if len(self._kept) + len(new) > _REMEMBERED:
            self._kept.clear()
            new = list(dict.fromkeys(pairs))
        self._kept |= zip(new, self._read(new), strict=True)
        rows = [self._kept[pair] for pair in pairs]
        return np.stack(rows) if rows else np.zeros((0, len(ODDS) + len(FEATURES)))

    def _read(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        claims = {claim: self._claim(claim) for claim, _ in pairs}
        passages = self._passages(list(dict.fromkeys(passage for _, passage in pairs)))
        inputs: list[PairIds] = []
        places = []
        for claim, passage in pairs:
            found = self._inputs(claims[claim][1], passages[passage])
            places.append((len(inputs), len(inputs) + len(found)))
            inputs += found
        odds = self.odds(inputs)
        rows = np.full((len(pairs), len(ODDS) + len(FEATURES)), -_MOST)
        for row, (claim, passage), (start, end) in zip(rows, pairs, places, strict=True):
            view = claims[claim][0]
            if view.weights and start < end:
                row[: len(ODDS)] = odds[start:end].max(axis=0)
            row[len(ODDS) :] = passage_features(view, passages[passage].sentences)
        return rows

    def odds(self, inputs: Sequence[PairIds]) -> NDArray[np.float64]:
        """(n, 2) log-odds of support and refutation against neither."""
        logits = self._network.logits(inputs).astype(np.float64)
        return np.clip(logits[:, :2] - logits[:, 2:], -_MOST, _MOST)

    def alone(self, claim: str, sentences: Sequence[str]) -> NDArray[np.float64]:
        """(n, 2) log-odds of each sentence read by itself."""
        [claim_ids] = self._pieces.ids([without_instructions(claim)])
        ids = self._pieces.ids([without_instructions(sentence) for sentence in sentences])
        return self.odds([self._maker.make(claim_ids, sentence) for sentence in ids])

    def _claim(self, text: str) -> tuple[ClaimView, list[int]]:
        clean = without_instructions(text)
        [ids] = self._pieces.ids([clean])
        return view_claim(read_sentence(clean), self._rarity), ids

    def _passages(self, texts: Sequence[str]) -> dict[str, _Read]:
        sentences = [split_sentences(without_instructions(text)) for text in texts]
        ids = iter(self._pieces.ids([sentence.text for found in sentences for sentence in found]))
        return {
            text: _Read(found, tuple(next(ids) for _ in found))
            for text, found in zip(texts, sentences, strict=True)
        }

    def _inputs(self, claim: Sequence[int], passage: _Read) -> list[PairIds]:
        return [
            self._maker.make(claim, [i for sentence in passage.ids[first:end] for i in sentence])
            for first, end in windows([len(ids) for ids in passage.ids])
        ]


_MOST = 12.0  # log-odds beyond it say nothing more
_REMEMBERED = 20_000  # pairs; a passage is read for its place in the ranking, and again for the verdict


def joint_digest(*digests: str) -> str:
    """One SHA-256 (hex) for several."""
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


class CrossEncoderJudge:
    """Scores passages by network and counted features. Made by ``open``, or from parts just fitted."""

    def __init__(self, weights: CrossWeights, reader: CrossReader, sha256: str) -> None:
        self.fingerprint = f"cross-1:{sha256[:12]}"
        self._reader = reader
        self._mean, self._scale = np.array(weights.mean), np.array(weights.scale)
        self._weights, self._bias = np.array(weights.weights).T, np.array(weights.bias)

    @classmethod
    def open(cls, folder: Path) -> CrossEncoderJudge:
        """The judge in a folder. Raises ``ModelError``."""
        weights, digest = read_model(folder, MODEL_FILE, CrossWeights)
        graph, graph_digest = read_bytes(folder, NETWORK_FILE)
        pieces = Pieces.embedded()
        if pieces.fingerprint != weights.pieces:
            raise ModelError(
                f"The judge in {folder} reads the word pieces of another encoder than the one that ships with this "
                "version. Train it again with retrieval-core train-judge."
            )
        reader = CrossReader(Network(graph, pieces), pieces, Rarity(weights.idf, weights.unseen_idf))
        return cls(weights, reader, joint_digest(digest, graph_digest))

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n, 3) raw P(supports), P(refutes), P(neither); rows sum to 1.

        A claim or passage without a word gives (0, 0, 1).
        """
        inputs = self._reader.read(pairs)
        probabilities = self.score_inputs(inputs)
        wordless = ~inputs[:, len(ODDS) :].any(axis=1) & (inputs[:, : len(ODDS)] == -_MOST).all(axis=1)
        probabilities[wordless] = (0, 0, 1)
        return probabilities

    def score_inputs(self, inputs: NDArray[np.float64]) -> NDArray[np.float32]:
        """(n, 2 + n_features), as ``CrossReader.read`` gives them → (n, 3)."""
        standard = (inputs - self._mean) / self._scale
        # a row at a time: in a product of matrices the last bit of a row would depend on how many there are
        logits = (standard[:, None, :] * self._weights.T).sum(axis=2) + self._bias  # (n, 3)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
        return probabilities

    def rationale(self, claim: str, sentences: Sequence[str]) -> list[int]:
        """Indices of the sentences that decide, the most decisive first; at least one when there are any.

        A sentence's decisiveness is the probability, read alone, that it supports or refutes. The most decisive counts,
        and of the others those that reach ``RATIONALE_SHARE`` of it and take its side.
        """
        if not sentences:
            return []
        odds = self._reader.alone(claim, sentences)
        weight = np.exp(odds)  # (n, 2)
        decisive = weight.sum(axis=1) / (1 + weight.sum(axis=1))
        side = odds.argmax(axis=1)
        first = int(np.argmax(decisive))
        chosen = [
            i
            for i in range(len(sentences))
            if decisive[i] >= RATIONALE_SHARE * decisive[first] and side[i] == side[first]
        ]
        return sorted(chosen, key=lambda i: (-decisive[i], i))

    def notes(self, claim: str, evidence: str) -> list[str]:
        """Numbers of the claim that the evidence gives otherwise, e.g. "claim: 80 %, evidence: 72 %"."""
        return disagreements(read_sentence(claim), split_sentences(evidence))
