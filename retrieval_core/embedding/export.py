"""The body as an ONNX graph in int8, and back.

Weights of the projections become int8 with a scale for each output (dynamic quantisation: activations are scaled
batch by batch while it runs); the rest stays in 32 bits.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from retrieval_core.embedding.body import WIDTH, Body
from retrieval_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

OPSET = 17
_ANY_BATCH = {0: "batch", 1: "length"}


def to_onnx(body: Body, *, int8: bool = True) -> bytes:
    """The graph (``vectors``, ``mask``) → sentence vectors; ``int8``: with quantised projections."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its successor, which needs two more packages
        plain = Path(folder) / "body.onnx"
        torch.onnx.export(
            body.float().eval(),
            (torch.zeros(2, 3, WIDTH), torch.ones(2, 3)),
            str(plain),
            input_names=["vectors", "mask"],
            output_names=["sentence"],
            dynamic_axes={"vectors": _ANY_BATCH, "mask": _ANY_BATCH, "sentence": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
        return quantised(plain) if int8 else plain.read_bytes()


def quantised(plain: Path) -> bytes:
    """The graph in the file ``plain`` with int8 weights, a scale for each output."""
    import onnx  # noqa: PLC0415 - only where a model is made
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - as above

    small = plain.with_name("int8.onnx")
    # ONNX does not infer what comes out of a node of the runtime's own; all of them here give 32-bit floats
    options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    with _quiet():
        quantize_dynamic(
            plain,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            extra_options=options,
        )
    return small.read_bytes()


@contextmanager
def _quiet() -> Iterator[None]:
    """ONNX Runtime advises a step for convolutions on the root logger, which is no matter of the user's."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def from_onnx(content: bytes) -> Body:
    """The body whose graph ``to_onnx`` made, its int8 weights in 32 bits again.

    Raises ``ModelError`` for a graph that lacks a weight of the body.
    """
    import onnx  # noqa: PLC0415 - as above

    graph = onnx.load_model_from_string(content).graph
    arrays: dict[str, NDArray[np.generic]] = {
        t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer
    }
    body = Body()
    state = {}
    for name, parameter in body.state_dict().items():
        found = arrays.get(name)
        if found is None and f"{name}_quantized" in arrays:
            found = arrays[f"{name}_quantized"].astype("float32") * arrays[f"{name}_scale"]
        if found is None or found.shape != tuple(parameter.shape):
            raise ModelError(f"The encoder's body lacks the weight {name}; it was made by another version.")
        state[name] = torch.from_numpy(found.astype("float32"))
    body.load_state_dict(state)
    return body
