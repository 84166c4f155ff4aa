"""The embedded encoder at work: three views of a text, each of unit length, concatenated by weight.

``contextual``: MiniLM's layers over the pieces in order, through ONNX Runtime; ``bag``: a sum of trained vectors of
the pieces; ``surface``: the n-grams of the words. The cosine of two texts is the weighted mean of the three cosines.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from retrieval_core.embedding.files import BODY, read_encoder
from retrieval_core.embedding.surface import directions, surface_vectors
from retrieval_core.embedding.text import prepare
from retrieval_core.errors import InputError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.embedding.files import EncoderFiles

Part = Literal["contextual", "bag", "surface"]
PARTS: tuple[Part, ...] = ("contextual", "bag", "surface")
_BLOCK = 4096  # texts tokenized at once
_BATCH_PIECES = 512  # pieces through the transformer at once; more only fills the cache
EXTRA_PIECES = 4  # the bag sees this many times the pieces of the transformer


class EmbeddedEncoder:
    """An encoder over ``parts``; made by ``open``."""

    def __init__(
        self, files: EncoderFiles, parts: Sequence[Part] = PARTS, *, threads: int | None = None
    ) -> None:
        from retrieval_core.embedding.vocabulary import make_tokenizer  # noqa: PLC0415 - loads tokenizers

        if not parts or set(parts) - set(PARTS):
            raise InputError(f"Parts of the encoder are {', '.join(PARTS)}; asked for {list(parts)}.")
        weights = files.config.weights.model_dump()
        self.parts = tuple(part for part in PARTS if part in parts and (weights[part] or len(parts) == 1))
        self._files = files
        self._threads = threads or available_cores()
        self._tokenizer = make_tokenizer(files.pieces, special_tokens=False)
        self._cls, self._sep = files.pieces.index("[CLS]"), files.pieces.index("[SEP]")
        self._tokenizer.enable_truncation(EXTRA_PIECES * files.config.max_pieces)

    @classmethod
    def open(
        cls, folder: Path, parts: Sequence[Part] = PARTS, *, threads: int | None = None
    ) -> EmbeddedEncoder:
        """Read the encoder in ``folder``. ``threads``: of the transformer; as many as cores by default.

        Raises ``ModelError`` for a damaged folder.
        """
        return cls(read_encoder(folder), parts, threads=threads)

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        tables, config = self._files.tables, self._files.config
        sizes = {
            "contextual": tables["pieces"].shape[1],
            "bag": tables["bag"].shape[1],
            "surface": config.surface_dimension,
        }
        return sum(sizes[part] for part in self.parts)

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the files, with the parts where they are not all used."""
        suffix = "" if self.parts == PARTS else ":" + "+".join(self.parts)
        return self._files.fingerprint + suffix

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) vectors of unit length; zeros for a text without a piece."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BLOCK):
            vectors[start : start + _BLOCK] = self._encode_block(texts[start : start + _BLOCK])
        return vectors

    def _encode_block(self, texts: Sequence[str]) -> NDArray[np.float32]:
        prepared = [prepare(text) for text in texts]
        views = []
        ids: list[list[int]] = []
        if self.parts != ("surface",):
            ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(prepared)]
        for part in self.parts:
            if part == "contextual":
                view = self._contextual(ids)
            elif part == "bag":
                view = self._bag(ids)
            else:
                view = surface_vectors(prepared, self._files.tables["surface"], self._signs)
            weight = getattr(self._files.config.weights, part) if len(self.parts) > 1 else 1.0
            views.append(_unit(view) * np.float32(np.sqrt(weight)))
        return _unit(np.concatenate(views, axis=1))

    def _bag(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        vectors = np.zeros((len(ids), self._rows.shape[1]), np.float32)
        filled = [row for row, pieces in enumerate(ids) if pieces]
        if filled:
            flat = np.concatenate([np.asarray(ids[row], np.int64) for row in filled])
            starts = np.cumsum([0, *(len(ids[row]) for row in filled[:-1])])
            vectors[filled] = np.add.reduceat(self._rows[flat], starts, axis=0)
        return vectors

    def _contextual(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Texts of one length go through together, so that nothing is padded within a batch of equals."""
        width = self._files.tables["pieces"].shape[1]
        limit = self._files.config.max_pieces
        cut = [[self._cls, *pieces[: limit - 2], self._sep] for pieces in ids]
        order = sorted((row for row in range(len(cut)) if ids[row]), key=lambda row: len(cut[row]))
        vectors = np.zeros((len(ids), width), np.float32)
        while order:
            longest = len(cut[order[-1]])
            batch = order[-max(1, _BATCH_PIECES // longest) :]
            del order[-len(batch) :]
            vectors[batch] = self._run([cut[row] for row in batch], longest)
        return vectors

    def _run(self, batch: Sequence[Sequence[int]], longest: int) -> NDArray[np.float32]:
        mask = np.zeros((len(batch), longest), np.float32)
        padded = np.zeros((len(batch), longest), np.int64)
        for row, pieces in enumerate(batch):
            mask[row, : len(pieces)] = 1
            padded[row, : len(pieces)] = pieces
        table, scale = self._files.tables["pieces"], self._files.tables["pieces_scale"]
        vectors = table[padded] * scale[padded][:, :, None]
        output: NDArray[np.float32] = self._session.run(None, {"vectors": vectors, "mask": mask})[0]
        return output

    @cached_property
    def _rows(self) -> NDArray[np.float32]:
        """The bag's table in 32 bits: a gather of these is several times faster than of int8 with scales."""
        tables = self._files.tables
        rows: NDArray[np.float32] = tables["bag"].astype(np.float32) * tables["bag_scale"][:, None]
        return rows

    @cached_property
    def _signs(self) -> NDArray[np.int8]:
        return directions(self._files.config.surface_dimension)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime  # noqa: PLC0415 - loaded with the first text that needs it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                self._files.body, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no base of their own
            raise ModelError(f"The encoder's {BODY} is no graph that can be run: {error}") from error
        if [found.name for found in session.get_inputs()] != ["vectors", "mask"]:
            raise ModelError(f"The encoder's {BODY} is the graph of another model.")
        return session


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32, copy=False)
    return unit
