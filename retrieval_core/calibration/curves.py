"""The calibrator's content: a map per source of scores, a curve per label, and verdicts that no fit had seen.

The first release wrote one isotonic map and isotonic curves only (``isotonic/1``); such files are read as ever.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from retrieval_core.calibration.maps import LabelCurve, PassageMap, Probability
from retrieval_core.records import Record

DEFAULT_SOURCE = "passage"


class MethodScore(Record):
    """What a method is worth on folds that it was not fitted on."""

    method: str
    log_loss: FiniteFloat = Field(ge=0)  # the least one is chosen; of methods that tie, the simplest
    brier: FiniteFloat = Field(ge=0)  # of three labels summed over them, 0–2; of one label 0–1
    ece: Probability  # 15 equal-mass bins; of three labels, that of the likeliest


class SourceMap(Record):
    """Scores of one source (cited abstracts, retrieved passages …) to probabilities of the three labels."""

    source: str
    n: int = Field(ge=0)  # passages that it was fitted on
    method: str
    map: PassageMap
    cross_validated: tuple[MethodScore, ...] = ()  # why this method; simplest first


class ClaimCurve(Record):
    """Pooled probabilities of a claim to the probability that one label is right."""

    method: str
    curve: LabelCurve
    cross_validated: tuple[MethodScore, ...] = ()


class ClaimCurves(Record):
    """One curve per label that labelled claims are frequent enough for."""

    SUPPORTED: ClaimCurve
    REFUTED: ClaimCurve
    NOT_ENOUGH_INFO: ClaimCurve


class Verdicts(Record):
    """Confidences of leanings on labelled claims, and whether they were right; one entry a claim.

    ``leaning`` and ``fold`` may be empty: the first release did not keep them.
    """

    confidence: tuple[Probability, ...]
    correct: tuple[bool, ...]
    leaning: tuple[Literal["SUPPORTED", "REFUTED"], ...] = ()
    fold: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _paired(self) -> Self:
        n = len(self.confidence)
        if len(self.correct) != n or len(self.leaning) not in {0, n} or len(self.fold) not in {0, n}:
            raise ValueError("confidence, correct, leaning and fold differ in length")
        return self

    def where(self, keep: list[bool]) -> Verdicts:
        """The entries for which ``keep`` (n,) is true."""
        chosen = [i for i, kept in enumerate(keep) if kept]
        return Verdicts(
            confidence=tuple(self.confidence[i] for i in chosen),
            correct=tuple(self.correct[i] for i in chosen),
            leaning=tuple(self.leaning[i] for i in chosen) if self.leaning else (),
            fold=tuple(self.fold[i] for i in chosen) if self.fold else (),
        )


class CalibratorData(Record):
    """The content of ``calibrator.json``."""

    form: Literal["isotonic/1", "calibration/2"] = "calibration/2"
    judge: str  # fingerprint of the judge whose scores these maps take
    fitted_on: str
    measured_on: str
    sources: tuple[SourceMap, ...] = Field(min_length=1)  # the first is the default
    claim: ClaimCurves
    cross_fitted: Verdicts  # thresholds are read off these
    measured: Verdicts  # reliability is reported on these

    @model_validator(mode="before")
    @classmethod
    def _from_first_release(cls, value: Any) -> Any:
        """``isotonic/1`` had ``passage``, three curves, for ``sources``, and bare curves in ``claim``."""
        if not (isinstance(value, dict) and value.get("form") == "isotonic/1" and "passage" in value):
            return value
        rest = {key: content for key, content in value.items() if key != "passage"}
        claim = value.get("claim")
        if isinstance(claim, dict):
            rest["claim"] = {label: {"method": "isotonic", "curve": curve} for label, curve in claim.items()}
        only = {"source": DEFAULT_SOURCE, "n": 0, "method": "isotonic", "map": {"curves": value["passage"]}}
        return {**rest, "sources": [only]}

    @model_validator(mode="after")
    def _distinct_sources(self) -> Self:
        names = [source.source for source in self.sources]
        if len(set(names)) != len(names):
            raise ValueError("two maps are for one source")
        return self
