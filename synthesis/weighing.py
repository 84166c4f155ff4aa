"""What is read badly weighs less: a text's parse quality lowers the probability that a passage takes a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def weigh_by_quality(probabilities: NDArray[np.float32], qualities: Sequence[float]) -> NDArray[np.float32]:
    """Calibrated (n, 3) supports, refutes, neither, with both sides times the quality (n,) of the text in 0–1.

    What the sides lose, "neither" gains, so rows still sum to 1; a quality of 1 changes nothing.
    """
    weighed = np.array(probabilities, dtype=np.float32)
    for row, quality in zip(weighed, qualities, strict=True):
        if quality < 1.0:
            row[:2] *= np.float32(quality)
            row[2] = np.float32(1.0) - row[0] - row[1]
    return weighed
