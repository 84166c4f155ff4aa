"""What is measured of the judge and of the reviewers, for the page on calibration."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from synthesis.config import VerdictConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthesis.records import Calibration
    from synthesis.review.skill import Skill


_RISKS = (0.05, 0.1, 0.2, 0.3, 0.4)


class Figures(NamedTuple):
    """The judge's calibration at the default risk, the reviewers' measured skill, and what other risks would ask for."""

    calibration: Calibration
    skill: Mapping[str, Skill]
    thresholds: tuple[
        tuple[float, float | None], ...
    ]  # risk → least confidence that is stated; None: none reaches it


@cache
def embedded_calibration() -> Figures:
    """Of what came with this version; read once. Raises ``StoreError`` when a model is damaged."""
    from synthesis.retrieval import load_calibrator, load_judge  # noqa: PLC0415 - models, for this page only
    from synthesis.review.skill import measured_skill  # noqa: PLC0415 - as above

    calibrator = load_calibrator(load_judge().fingerprint)
    return Figures(
        calibrator.report(VerdictConfig().risk),
        measured_skill(),
        tuple((risk, calibrator.threshold(risk)) for risk in _RISKS),
    )
