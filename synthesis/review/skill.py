"""How far each reviewer is trusted: its measured skill, and the weight that follows.

``synthesis/data/reviewer_skill.json`` is written by ``benchmarks/review.py``, which plants errors in real drafts: of
``planted`` errors a reviewer ``caught`` so many, and of ``drafts`` left as they were it raised a false alarm in
``false_alarms``. Skill is Youden's J (1950, Index for rating diagnostic tests): catch rate − false alarm rate, at least
0. Weights are skills over their sum. A reviewer that was never measured weighs as much as the least skilled of those
that were; where nothing is known of any, all weigh the same.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pydantic import Field, TypeAdapter

from synthesis.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Skill(Record):
    """What was measured of one reviewer."""

    planted: int = Field(ge=1)
    caught: int = Field(ge=0)
    drafts: int = Field(ge=1)
    false_alarms: int = Field(ge=0)

    @property
    def worth(self) -> float:
        """Catch rate less false alarm rate, at least 0."""
        return max(0.0, self.caught / self.planted - self.false_alarms / self.drafts)


@cache
def measured_skill() -> Mapping[str, Skill]:
    """Reviewer → what was measured, from the file that ships."""
    text = resources.files("synthesis.data").joinpath("reviewer_skill.json").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Skill]).validate_python(json.loads(text)["reviewers"])


def weights_of(names: Sequence[str], skill: Mapping[str, Skill]) -> dict[str, float]:
    """Reviewer → weight in the consensus; they sum to 1. Of no reviewers, no weights."""
    known = [skill[name].worth for name in names if name in skill]
    least = min(known, default=1.0)
    worth = {name: skill[name].worth if name in skill else least for name in names}
    total = sum(worth.values())
    if not total:
        return {name: 1 / len(worth) for name in worth}
    return {name: value / total for name, value in worth.items()}
