"""The embedded encoder as a sentence-transformers module: its training form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from sentence_transformers.base.modules.module import Module
from torch import nn
from torch.nn import functional

from retrieval_core.embedding.body import Body
from retrieval_core.embedding.embedded import EXTRA_PIECES, PARTS
from retrieval_core.embedding.files import EncoderConfig
from retrieval_core.embedding.surface import directions, surface_vectors
from retrieval_core.embedding.text import prepare
from retrieval_core.embedding.vocabulary import make_tokenizer
from retrieval_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

_VOCABULARY, _CONFIG = "vocabulary.txt", "encoder.json"


class EmbeddedModule(Module):
    """The three parts of the embedded encoder in 32 bits; texts → ``sentence_embedding``, (n, dimension), unit rows.

    ``bag``: (n_pieces, 256), ``pieces``: (n_pieces, 384) and ``body`` are trained; the n-gram part is fixed.
    """

    def __init__(
        self,
        config: EncoderConfig,
        vocabulary: Sequence[str],
        bag: torch.Tensor,
        pieces: torch.Tensor,
        surface: torch.Tensor,
        body: Body,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.config, self.vocabulary = config, list(vocabulary)
        self.bag = nn.EmbeddingBag.from_pretrained(
            bag, freeze=False, mode="sum", sparse=True, include_last_offset=True
        )
        self.pieces: nn.Embedding = nn.Embedding.from_pretrained(pieces, freeze=False, sparse=True)  # type: ignore[no-untyped-call]
        self.body = body
        self.register_buffer("surface", surface)
        self._tokenizer = make_tokenizer(self.vocabulary, special_tokens=False)
        self._tokenizer.enable_truncation(EXTRA_PIECES * config.max_pieces)
        self._ends = self.vocabulary.index("[CLS]"), self.vocabulary.index("[SEP]")
        self._signs = directions(config.surface_dimension)

    @property
    def max_seq_length(self) -> int:
        """Pieces of a text that the transformer sees."""
        return self.config.max_pieces

    @max_seq_length.setter
    def max_seq_length(self, value: int) -> None:
        self.config = self.config.model_copy(update={"max_pieces": int(value)})
        self._tokenizer.enable_truncation(EXTRA_PIECES * int(value))

    def get_embedding_dimension(self) -> int:
        """Length of the embeddings; a part without weight has no place in them."""
        sizes = {
            "contextual": self.pieces.embedding_dim,
            "bag": self.bag.embedding_dim,
            "surface": self.config.surface_dimension,
        }
        return sum(int(sizes[part]) for part, weight in self.config.weights.model_dump().items() if weight)

    def preprocess(
        self, inputs: Sequence[str], prompt: str | None = None, **_: Any
    ) -> dict[str, torch.Tensor]:
        """What the parts with weight read: padded ids with a mask, ids in a row with offsets, n-gram vectors."""
        prepared = [prepare((prompt or "") + text) for text in inputs]
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(prepared)]
        weights = self.config.weights
        features: dict[str, torch.Tensor] = {}
        if weights.contextual:
            features |= self._padded(ids)
        if weights.bag:
            features["bag_ids"] = torch.tensor([i for found in ids for i in found], dtype=torch.long)
            features["bag_offsets"] = torch.from_numpy(np.cumsum([0, *map(len, ids)]))
        if weights.surface:
            vectors = surface_vectors(prepared, self.surface.cpu().numpy(), self._signs)
            features["surface_vectors"] = torch.from_numpy(vectors)
        return features

    def _padded(self, ids: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        cut = [[self._ends[0], *found[: self.config.max_pieces - 2], self._ends[1]] for found in ids]
        padded = np.zeros((len(cut), max(map(len, cut), default=2)), np.int64)
        mask = np.zeros(padded.shape, np.float32)
        for row, found in enumerate(cut):
            padded[row, : len(found)], mask[row, : len(found)] = found, 1
        return {"input_ids": torch.from_numpy(padded), "attention_mask": torch.from_numpy(mask)}

    tokenize = preprocess

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Adds ``sentence_embedding`` to what ``preprocess`` made."""
        weights = self.config.weights.model_dump()
        views = {"contextual": self._contextual, "bag": self._bag, "surface": _surface}
        parts = [
            functional.normalize(views[p](features), dim=1) * weights[p] ** 0.5 for p in PARTS if weights[p]
        ]
        features["sentence_embedding"] = functional.normalize(torch.cat(parts, dim=1), dim=1)
        return features

    def _contextual(self, features: dict[str, Any]) -> torch.Tensor:
        mask = features["attention_mask"]
        filled = (mask.sum(dim=1, keepdim=True) > 2).float()  # a text without a piece has no contextual part
        found: torch.Tensor = self.body(self.pieces(features["input_ids"]), mask).float() * filled
        return found

    def _bag(self, features: dict[str, Any]) -> torch.Tensor:
        found: torch.Tensor = self.bag(features["bag_ids"], features["bag_offsets"])
        return found.float()

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Write the weights as safetensors, the vocabulary and the configuration."""
        folder = Path(output_path)
        self.save_torch_weights(output_path, safe_serialization=True)
        (folder / _VOCABULARY).write_text(
            "".join(f"{piece}\n" for piece in self.vocabulary), encoding="utf-8"
        )
        (folder / _CONFIG).write_text(json.dumps(self.config.model_dump(), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", *_: Any, **__: Any) -> Self:
        """Read what ``save`` wrote. Raises ``ModelError`` for a folder that lacks a part."""
        from safetensors import SafetensorError  # noqa: PLC0415 - beside its only use
        from safetensors.torch import load_file  # noqa: PLC0415

        folder = Path(model_name_or_path) / subfolder
        try:
            weights = load_file(folder / "model.safetensors")
            pieces = (folder / _VOCABULARY).read_text(encoding="utf-8").split("\n")[:-1]
            config = EncoderConfig.model_validate_json((folder / _CONFIG).read_bytes())
            tables = [weights[name] for name in ("bag.weight", "pieces.weight", "surface")]
            body = Body()
            body.load_state_dict(
                {n.removeprefix("body."): t for n, t in weights.items() if n.startswith("body.")}
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                f"{folder} is not the training form of the embedded encoder: {error}."
            ) from error
        return cls(config, pieces, tables[0], tables[1], tables[2], body)


def _surface(features: dict[str, Any]) -> torch.Tensor:
    found: torch.Tensor = features["surface_vectors"]
    return found
