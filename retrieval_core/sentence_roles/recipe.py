"""How the sentence classifier is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from retrieval_core.errors import InputError
from retrieval_core.records import Record

if TYPE_CHECKING:
    from pathlib import Path


class Stage(Record):
    """A part of the training; ``epochs``: passes over each set of ``labelled.SETS``, which may end in a fraction."""

    seed: int
    epochs: dict[str, float]
    stop_after: int | None = Field(default=None, ge=1)  # steps; all of the epochs otherwise
    frozen_layers: int = Field(default=0, ge=0, le=6)  # of the body, from below, that stay as they are
    body_rate: float = 1e-4  # learning rates at the end of the warm-up
    head_rate: float = 1e-3


def _shipped() -> tuple[Stage, ...]:
    """All labels with the whole body; then mostly roles, the hardest to tell apart, with its upper half."""
    everything = {"csabstruct": 6.0, "detecting_scientific_claim": 3.0, "conclusion_detection": 2.0}
    everything |= {"abstrct_en": 2.0, "abstrct_es": 1.0, "abstrct_fr": 1.0, "abstrct_it": 1.0}
    roles = {"csabstruct": 3.0, "detecting_scientific_claim": 0.4, "conclusion_detection": 0.5}
    roles |= {"abstrct_en": 0.4, "abstrct_es": 0.2, "abstrct_fr": 0.2, "abstrct_it": 0.2}
    return (
        Stage(seed=0, epochs=everything, stop_after=500),
        Stage(seed=1, epochs=roles, frozen_layers=3, stop_after=300),
    )


class RolesRecipe(Record):
    """Settings of the training."""

    stages: tuple[Stage, ...] = Field(default_factory=_shipped)
    batch_pieces: int = Field(default=2048, ge=64)
    weight_decay: float = 0.01
    dropout: float = Field(default=0.1, ge=0, lt=1)
    smoothing: float = Field(default=0.05, ge=0, lt=1)  # share of a label given to all alike
    crop: float = Field(default=0.15, ge=0, le=1)  # share of texts of which only a part is shown
    loose_pieces: int = Field(default=320, ge=32)  # of a window into a text without boundaries
    average: float = Field(default=0.99, ge=0, lt=1)  # decay of the running mean of the weights, which ships


def read_recipe(path: Path) -> RolesRecipe:
    """Read a recipe in JSON. Raises ``InputError``."""
    try:
        return RolesRecipe.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"{path} is no recipe of a sentence classifier: {error}") from error
