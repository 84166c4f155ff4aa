"""What a quantity is, and when two of them say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from retrieval_core.entailment import units


class Bounds(NamedTuple):
    """A closed interval of values."""

    low: float
    high: float

    def meets(self, other: Bounds) -> bool:
        """Whether some value is in both."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True, slots=True)
class Quantity:
    """``low`` ≤ value ≤ ``high`` in ``unit`` ("" for a plain count); ``text`` stands at ``start:end``.

    ``kind``: "amount", "ratio" (odds, hazard, risk), "p-value", "year", "sample" (the 120 of n = 120), "level" (the
    95 of a 95 % confidence interval) or "interval" (its bounds). ``measure`` is what a share is a share of, as far as
    a word near it says ("accuracy", "recall"); ``interval`` is the confidence interval around an estimate.
    """

    low: float
    high: float
    unit: str
    kind: str
    text: str
    start: int
    end: int
    measure: str = ""
    interval: tuple[float, float] | None = None

    @property
    def bounds(self) -> Bounds:
        """The value as an interval, in the quantity's own unit."""
        return Bounds(self.low, self.high)

    @property
    def share(self) -> Bounds | None:
        """The value in percent for a share of a known measure, be it written 80 %, 80 or 0.80; ``None`` for others."""
        if not self.measure or self.unit not in {"", units.PERCENT} or self.kind != "amount":
            return None
        scale = 100.0 if not self.unit and self.high <= 1 else 1.0
        return Bounds(self.low * scale, self.high * scale)

    def comparable(self, other: Quantity) -> bool:
        """Same kind and units that convert, or shares of the same measure: the values can agree or not."""
        if self.kind != other.kind:
            return False
        if units.same_dimension(self.unit, other.unit):
            return True
        return self.measure == other.measure and None not in (self.share, other.share)

    def agrees(self, other: Quantity) -> bool:
        """Comparable, and the two intervals meet."""
        return self.comparable(other) and any(one.meets(two) for one, two in common_scale(self, other))


def common_scale(one: Quantity, other: Quantity) -> list[tuple[Bounds, Bounds]]:
    """The bounds of two comparable quantities in one unit, in each way that this can be read."""
    share, other_share = one.share, other.share
    if share and other_share and one.measure == other.measure:
        return [(share, other_share)]
    if one.unit == other.unit:
        return [(one.bounds, other.bounds)]
    loose = units.slack(one.unit)
    lows = units.convert(other.low, other.unit, one.unit)
    highs = units.convert(other.high, other.unit, one.unit)
    return [
        (one.bounds, Bounds(low * (1 - loose), high * (1 + loose)))
        for low, high in zip(lows, highs, strict=True)
    ]
