"""One measure in one setting over the conditions, as an inline SVG: means with intervals, and each seed."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _HEIGHT = 420, 260  # in SVG units
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 14, 44
_TICKS = 5
_LABEL_CHARS = 16


@dataclass(frozen=True, slots=True)
class Point:
    """A condition's mean with its interval, and the values of its seeds; ``value``: its place on the axis."""

    name: str
    value: float | None
    mean: float
    low: float
    high: float
    by_seed: tuple[float, ...]


def plot(points: Sequence[Point], axis: str, reference: float | None, label: str) -> str:
    """The SVG; ``reference`` is a dashed line, ``label`` what it says to those who do not see it.

    On a line where every point has a place on the axis, else side by side. Classes: grid, interval, mean, seed,
    reference; the page gives them colours.
    """
    numeric = all(point.value is not None for point in points)
    every = [y for p in points for y in (p.low, p.high, *p.by_seed)] + (
        [] if reference is None else [reference]
    )
    ticks = _ticks(min(every), max(every))
    places = _places([p.value for p in points]) if numeric else _spread(len(points))
    heights = _Scale(ticks[0], ticks[-1])
    parts = [*_grid(ticks, heights), *_names(points, places, numeric=numeric)]
    if reference is not None:
        parts.append(f'<path class="reference" d="M{_LEFT} {heights.at(reference):.1f}H{_WIDTH - _RIGHT}"/>')
    if numeric:
        line = "L".join(f"{x:.1f} {heights.at(p.mean):.1f}" for x, p in zip(places, points, strict=True))
        parts.append(f'<path class="line" d="M{line}"/>')
    for x, point in zip(places, points, strict=True):
        parts += _marks(x, point, heights)
    parts.append(
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(axis)}</text>'
    )
    body = "".join(parts)
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">{body}</svg>'


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a value to its height on the paper."""

    bottom: float
    top: float

    def at(self, value: float) -> float:
        share = (value - self.bottom) / (self.top - self.bottom)
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share


def _marks(x: float, point: Point, heights: _Scale) -> list[str]:
    low, high, mean = (heights.at(y) for y in (point.low, point.high, point.mean))
    told = f"{point.name}: {point.mean:.4g} [{point.low:.4g}, {point.high:.4g}]"
    return [
        f'<path class="interval" d="M{x:.1f} {low:.1f}V{high:.1f}M{x - 4:.1f} {low:.1f}h8M{x - 4:.1f} {high:.1f}h8"/>',
        *(f'<circle class="seed" r="2" cx="{x + 7:.1f}" cy="{heights.at(y):.1f}"/>' for y in point.by_seed),
        f'<circle class="mean" r="4" cx="{x:.1f}" cy="{mean:.1f}"><title>{escape(told)}</title></circle>',
    ]


def _grid(ticks: Sequence[float], heights: _Scale) -> list[str]:
    lines = []
    for tick in ticks:
        y = heights.at(tick)
        lines.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        lines.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.6g}</text>')
    return lines


def _names(points: Sequence[Point], places: Sequence[float], *, numeric: bool) -> list[str]:
    """Numbers below the axis; without numbers the names, cut to what fits (the table has them whole)."""
    room = max(3, min(_LABEL_CHARS, 56 // len(points)))
    texts = [f"{point.value:,.6g}" if numeric else _cut(point.name, room) for point in points]
    y = _HEIGHT - _BOTTOM + 16
    return [
        f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{escape(text)}</text>'
        for x, text in zip(places, texts, strict=True)
    ]


def _cut(name: str, room: int) -> str:
    return name if len(name) <= room else name[: room - 1] + "…"


def _places(values: Sequence[float | None]) -> list[float]:
    numbers = [value for value in values if value is not None]
    low, high = min(numbers), max(numbers)
    across = _WIDTH - _LEFT - _RIGHT - 40
    return [_LEFT + 20 + across * (value - low) / ((high - low) or 1) for value in numbers]


def _spread(n: int) -> list[float]:
    step = (_WIDTH - _LEFT - _RIGHT) / n
    return [_LEFT + step * (i + 0.5) for i in range(n)]


def _ticks(low: float, high: float) -> list[float]:
    """Round values from at most ``low`` to at least ``high``."""
    span = (high - low) or abs(high) or 1.0
    rough = span / _TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first = floor(low / step + 1e-9)
    ticks = [first * step]
    while ticks[-1] < high - 1e-9 * span or len(ticks) < 2:
        ticks.append((first + len(ticks)) * step)
    return ticks
