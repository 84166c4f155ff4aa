"""The cross-encoder at work: int8 ONNX on the CPU, without PyTorch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval_core.embedding.embedded import available_cores
from retrieval_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from retrieval_core.embedding.pieces import Pieces
    from retrieval_core.entailment.cross_input import PairIds

INPUTS = ["vectors", "marks"]


class Network:
    """Inputs → logits; ``graph``: ONNX bytes, whose seal has been checked.

    Each input goes through alone, as many at a time as there are threads. Activations are scaled to int8 by the
    largest of a run, so in a batch the logits of one pair would depend on the others; and it is no slower.
    """

    def __init__(self, graph: bytes, pieces: Pieces, *, threads: int | None = None) -> None:
        self._graph, self._pieces = graph, pieces
        self._threads = threads or available_cores()

    def logits(self, inputs: Sequence[PairIds]) -> NDArray[np.float32]:
        """(n, 3) for supports, refutes, neither."""
        if not inputs:
            return np.zeros((0, 3), np.float32)
        session = self._session
        with ThreadPoolExecutor(self._threads) as pool:
            return np.concatenate(list(pool.map(lambda pair: self._run(session, pair), inputs)))

    def _run(self, session: Any, pair: PairIds) -> NDArray[np.float32]:
        vectors = self._pieces.vectors(pair.ids.astype(np.int64))[None]
        marks = np.stack([pair.passage, pair.matched], axis=1).astype(np.float32)[None]
        logits: NDArray[np.float32] = session.run(None, dict(zip(INPUTS, (vectors, marks), strict=True)))[0]
        return logits

    @cached_property
    def _session(self) -> Any:
        import onnxruntime  # noqa: PLC0415 - loaded with the first pair

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors have no base of their own
            raise ModelError(f"The judge's network is no graph that can be run: {error}") from error
        if [found.name for found in session.get_inputs()] != INPUTS:
            raise ModelError("The judge's network is the graph of another model.")
        return session
