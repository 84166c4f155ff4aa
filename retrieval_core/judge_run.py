"""One run of ``train-judge``: examples, network, last step and calibrator, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from retrieval_core.cross_judge_training import Fit
from retrieval_core.embedding.export import from_onnx
from retrieval_core.embedding.files import encoder_folder, read_encoder
from retrieval_core.embedding.pieces import Pieces
from retrieval_core.encoder import DualEncoder
from retrieval_core.entailment.claimsets import NEITHER
from retrieval_core.entailment.cross_export import to_onnx
from retrieval_core.entailment.cross_input import InputMaker
from retrieval_core.entailment.cross_training import padded, train_cross_encoder
from retrieval_core.entailment.examples import ExampleMaker
from retrieval_core.entailment.measured import MEASURED, measured_pairs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrieval_core.entailment.cross_input import PairIds
    from retrieval_core.entailment.cross_model import CrossEncoder
    from retrieval_core.entailment.judge_recipe import JudgeRecipe

_WATCHED = 120  # calibration pairs of each set that are looked at while training
_BATCH = 16


def run(data: Path, work: Path, out: Path, recipe: JudgeRecipe, say: Callable[[str], None]) -> str:
    """Train in ``work`` on the sets under ``data``, write the judge to ``out``, and return its fingerprint.

    Raises ``InputError`` for missing data, a full disk, or a ``work`` folder of another recipe.
    """
    claims = data / "claims"
    pieces = Pieces.embedded()
    body = from_onnx(read_encoder(encoder_folder()).body)
    say("making examples")
    maker = ExampleMaker(data, recipe)
    network = train_cross_encoder(body, maker.epoch, pieces, recipe, work, _Watch(claims, pieces, say))
    fitted = Fit(claims, to_onnx(network), DualEncoder.load("embedded"), say).run()
    fitted.write(out, {})
    return fitted.calibrator.judge


class _Watch:
    """Reports steps, and at checkpoints the accuracy on calibration pairs, by set."""

    def __init__(self, claims: Path, pieces: Pieces, say: Callable[[str], None]) -> None:
        self._say = say
        self._table = torch.from_numpy(pieces.table_float())
        maker = InputMaker(pieces)
        self._sets = {}
        for source in MEASURED:
            pairs = measured_pairs(claims, source, "calibration")[:_WATCHED]
            texts = pieces.ids([pair.claim for pair in pairs]), pieces.ids([pair.evidence for pair in pairs])
            inputs = [maker.make(claim, passage) for claim, passage in zip(*texts, strict=True)]
            self._sets[source] = inputs, np.array([pair.label for pair in pairs])

    def progress(self, epoch: int, step: int, n_steps: int, loss: float) -> None:
        """One line."""
        self._say(f"epoch {epoch + 1}, step {step} of {n_steps}: loss {loss:.3f}")

    def measure(self, step: int, network: CrossEncoder) -> None:
        """Accuracy of each set's pairs, cut to what the network sees at once; COVID-Fact between its two labels."""
        network.eval()
        parts = []
        for source, (inputs, labels) in self._sets.items():
            with torch.inference_mode():
                logits = torch.cat(
                    [self._logits(network, inputs[i : i + _BATCH]) for i in range(0, len(inputs), _BATCH)]
                ).numpy()
            if not (labels == NEITHER).any():
                logits[:, NEITHER] = -np.inf
            parts.append(f"{source} {(logits.argmax(axis=1) == labels).mean():.2f}")
        network.train()
        self._say(f"after step {step}, calibration pairs right: " + ", ".join(parts))

    def _logits(self, network: CrossEncoder, inputs: list[PairIds]) -> torch.Tensor:
        ids, marks, mask = padded(inputs)
        logits: torch.Tensor = network(self._table[ids], marks, mask)
        return logits
