"""The judge: (claim, passage) → P(supports), P(refutes), P(neither).

Text is only ever compared, never obeyed: words in a passage that are addressed to a reader or a machine have no effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from retrieval_core.entailment.labels import LABELS, MODEL_FILE
from retrieval_core.errors import ModelError
from retrieval_core.model_files import model_folder, read_form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LABELS", "MODEL_FILE", "Judge"]


class Scorer(Protocol):
    """What every judge does."""

    fingerprint: str  # of all that its scores depend on

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n, 3) raw P(supports), P(refutes), P(neither); rows sum to 1.

        A claim or passage without a word gives (0, 0, 1).
        """
        ...

    def rationale(self, claim: str, sentences: Sequence[str]) -> list[int]:
        """Indices of the sentences that decide, the most decisive first; at least one when there are any."""
        ...

    def notes(self, claim: str, evidence: str) -> list[str]:
        """Numbers of the claim that the evidence gives otherwise, e.g. "claim: 80 %, evidence: 72 %"."""
        ...


class Judge(Scorer, Protocol):
    """Scores passages against claims: ``Judge.load("embedded")``."""

    @staticmethod
    def load(where: str | Path = "embedded") -> Scorer:
        """The judge in a folder, or the one that ships with the package. Raises ``ModelError``."""
        folder = model_folder(where)
        form = read_form(folder, MODEL_FILE)
        if form.startswith("entailment-cross/"):
            from retrieval_core.entailment.cross_encoder import CrossEncoderJudge  # noqa: PLC0415 - only what is used

            return CrossEncoderJudge.open(folder)
        if form.startswith("entailment-features/"):
            from retrieval_core.entailment.feature_judge import FeatureJudge  # noqa: PLC0415 - as above

            return FeatureJudge.open(folder)
        raise ModelError(
            f"{folder / MODEL_FILE} is of the form {form[:40]!r}, which this version does not know. Install a newer "
            "version, or train a judge with retrieval-core train-judge."
        )
