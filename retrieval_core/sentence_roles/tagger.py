"""The classifier at work, through ONNX Runtime: sentences of a text → probabilities of their labels."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval_core.errors import ModelError
from retrieval_core.sentence_roles.files import BODY, read_roles, roles_folder
from retrieval_core.sentence_roles.schemes import SCHEMES
from retrieval_core.sentence_roles.windows import MAX_SENTENCE_PIECES, place, windows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval_core.embedding.pieces import Pieces
    from retrieval_core.sentence_roles.files import RolesConfig, RolesFiles

DECIMALS = 4  # of a probability; processors differ in the last bits


class RoleTagger:
    """Says of each sentence of a text what it does there; made by ``load``."""

    def __init__(self, files: RolesFiles, pieces: Pieces, *, threads: int | None = None) -> None:
        if files.config.pieces != pieces.fingerprint:
            raise ModelError(
                "The sentence classifier was trained with the word pieces of another encoder. "
                "Install the package again, or train it: retrieval-core train-extractor."
            )
        self._files, self._pieces = files, pieces
        self._threads = threads or 0  # 0: ONNX Runtime chooses

    @classmethod
    def load(cls, where: str | Path = "embedded", *, threads: int | None = None) -> RoleTagger:
        """The embedded classifier, or the one in a folder. Raises ``ModelError`` for a damaged one."""
        from retrieval_core.embedding.pieces import Pieces  # noqa: PLC0415 - loads 50 MB of tables

        return cls(read_roles(roles_folder(where)), Pieces.embedded(), threads=threads)

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the files."""
        return self._files.fingerprint

    @property
    def config(self) -> RolesConfig:
        """Schemes and thresholds."""
        return self._files.config

    def probabilities(
        self, sentences: Sequence[str], *, whole: bool = True
    ) -> Mapping[str, NDArray[np.float64]]:
        """Scheme → (n, labels) for the sentences of one text in order, rounded to four decimals; rows sum to 1.

        ``whole``: the sentences are all of a text, so that their place counts. A text of more than 512 pieces is read
        in windows that overlap, and no place counts.
        """
        features = self._features(sentences, whole=whole)
        heads = self._files.heads
        return {
            scheme.name: softmax(features @ heads[f"{scheme.name}.weight"] + heads[f"{scheme.name}.bias"])
            for scheme in SCHEMES
        }

    def _features(self, sentences: Sequence[str], *, whole: bool) -> NDArray[np.float32]:
        """(n, 772): mean of a sentence's pieces, its [SEP], its place."""
        ids = self._pieces.ids(sentences, MAX_SENTENCE_PIECES)
        if not ids:
            return np.zeros((0, self._files.heads["claim.weight"].shape[0]), np.float32)
        spans = windows([len(found) for found in ids])
        views = []
        for window in spans:
            view = self._read(ids[window.start : window.end])
            views.append(view[window.first - window.start : window.last - window.start])
        places = place(len(ids), known=whole and len(spans) == 1)
        return np.concatenate([np.concatenate(views), np.array(places, np.float32)], axis=1)

    def _read(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """(n, 768) of the sentences of one window."""
        row = [self._pieces.cls]
        bounds = []
        for sentence in ids:
            bounds.append((len(row), len(row) + len(sentence)))
            row += [*sentence, self._pieces.sep]
        vectors = self._pieces.vectors(np.array([row], np.int64))
        hidden = self._session.run(None, {"vectors": vectors, "mask": np.ones((1, len(row)), np.float32)})[0][
            0
        ]
        means = [hidden[a:b].mean(axis=0) if b > a else np.zeros_like(hidden[0]) for a, b in bounds]
        ends = [hidden[b] for _, b in bounds]
        found: NDArray[np.float32] = np.concatenate([np.array(means), np.array(ends)], axis=1)
        return found

    @cached_property
    def _session(self) -> Any:
        import onnxruntime  # noqa: PLC0415 - loaded with the first text that needs it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # A thread that waits gives its core up: other models run beside this one.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(
                self._files.body, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no base of their own
            raise ModelError(
                f"The sentence classifier's {BODY} is no graph that can be run: {error}"
            ) from error
        if [found.name for found in session.get_inputs()] != ["vectors", "mask"]:
            raise ModelError(f"The sentence classifier's {BODY} is the graph of another model.")
        return session


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, labels) → probabilities, rounded."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True, initial=-np.inf))
    rounded: NDArray[np.float64] = np.round(raised / raised.sum(axis=1, keepdims=True), DECIMALS)
    return rounded
