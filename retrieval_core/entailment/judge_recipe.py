"""How the cross-encoder judge is trained: every number that decides the result."""

from __future__ import annotations

from pydantic import Field

from retrieval_core.records import Record


class JudgeRecipe(Record):
    """Settings of one training run; runs of equal recipe and data give equal weights on one machine."""

    seed: int = Field(default=0, ge=0)
    epochs: int = Field(default=2, ge=1, description="times that the scientific sets are drawn anew")
    shares: dict[str, float] = Field(
        default={"evidence-inference": 0.5}, description="of a set's rows, in each epoch"
    )
    once: tuple[str, ...] = ("fever", "monotonicity", "climate-fever")  # in the first epoch only
    repeats: dict[str, int] = Field(
        default={"scifact": 3, "healthver": 3, "check-covid": 3},
        description="draws of a small set in an epoch",
    )
    stretches: int = Field(default=1, ge=0, description="longer passages of each row, beside the short one")
    negatives_from: tuple[str, ...] = (
        "scifact", "healthver", "check-covid", "covidfact", "citation-integrity", "evidence-inference",
    )  # fmt: skip
    negative_depth: int = Field(default=12, ge=1, description="documents searched for each claim")
    negatives_per_claim: int = Field(default=1, ge=0)
    counterfactual: float = Field(default=0.7, ge=0, le=1, description="share of supported rows")
    counterfactuals_per_claim: int = Field(default=1, ge=0)
    paraphrased: float = Field(default=0.15, ge=0, le=1)
    poisoned: float = Field(default=0.03, ge=0, le=1, description="in the last epoch")
    parallel: int = Field(default=5000, ge=0, description="pairs across languages, in the last epoch")
    languages: tuple[str, ...] = (
        "en", "ar", "de", "el", "es", "fr", "hi", "it", "nl", "pl", "pt", "ru", "th", "tr", "uk", "vi", "zh", "ja",
    )  # fmt: skip
    batch_pieces: int = Field(default=4096, ge=64)
    learning_rate: float = Field(default=1e-4, gt=0)
    head_learning_rate: float = Field(default=1e-3, gt=0)
    warm_up: float = Field(default=0.06, ge=0, le=1)
    weight_decay: float = Field(default=0.01, ge=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    balance: float = Field(default=0.5, ge=0, le=1, description="1: labels of a source weigh the same")
