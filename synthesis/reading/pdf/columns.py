"""Printed lines of a page → zones in reading order: columns, and what stands across them.

lines → gutter (lines side by side) → bands between full-width lines → columns → zones
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synthesis.reading.pdf.text import Line

_LONG_SHARE, _LONG_CHARS = 0.22, 12  # of the region's width: shorter lines say nothing of columns
_PAIRS = 3  # lines side by side that prove two columns
_SPLIT_SHARE = 0.55  # of the page's width: narrower regions are columns already
_TOLERANCE = 2.0  # points by which a line may reach into the gutter
_MAX_PAIRED = 400  # long lines of a page that are compared; small print has 200


@dataclass(frozen=True, slots=True)
class Zone:
    """Lines of one column, or of one stretch across the columns; ``left`` and ``right`` bound the column."""

    lines: tuple[Line, ...]
    left: float
    right: float


def zones(lines: Sequence[Line], page_width: float, gutter: float | None, *, rtl: bool = False) -> list[Zone]:
    """The zones of one page in reading order; ``gutter`` is where most pages of the document are split.

    In a document that runs from right to left the right column comes first.
    """
    found = _arrange(list(lines), page_width, gutter, depth=0)
    return _mirrored(found) if rtl else [zone for group in found for zone in group]


def page_gutter(lines: Sequence[Line], page_width: float) -> float | None:
    """Where the page is split into columns, by lines that stand side by side; ``None``: nowhere."""
    if not lines:
        return None
    left, right = _extent(lines)
    long = sorted((line for line in lines if _is_long(line, right - left)), key=lambda line: line.y)
    if len(long) > _MAX_PAIRED or right - left < _SPLIT_SHARE * page_width:
        return None
    votes: Counter[int] = Counter()
    for i, one in enumerate(long):
        end = one.right
        beside = [other.x for other in _near(long, i) if other.x > end - _TOLERANCE and _overlap(one, other)]
        if beside:
            votes.update(range(int(end - 1), int(min(beside)) + 2))
    if not votes or max(votes.values()) < _PAIRS:
        return None
    most = max(votes.values())
    places = sorted(x for x, count in votes.items() if count == most)
    return (places[0] + places[-1]) / 2


def _near(ordered: Sequence[Line], i: int) -> Iterator[Line]:
    """Of lines ordered by height, those about as high as the ``i``-th."""
    reach = 1.5 * ordered[i].size
    for step in (-1, 1):
        j = i + step
        while 0 <= j < len(ordered) and abs(ordered[j].y - ordered[i].y) < reach:
            yield ordered[j]
            j += step


def usual_gutter(gutters: Iterable[float | None], page_count: int) -> float | None:
    """The gutter that at least a third of the pages share, to ten points."""
    known = [gutter for gutter in gutters if gutter is not None]
    for gutter in sorted(known):
        near = [other for other in known if abs(other - gutter) <= 10]
        if len(near) >= max(1, page_count / 3):
            return sum(near) / len(near)
    return None


def _mirrored(groups: list[list[Zone]]) -> list[Zone]:
    return [zone for group in groups for zone in sorted(group, key=lambda zone: -zone.left)]


def _arrange(lines: list[Line], page_width: float, usual: float | None, depth: int) -> list[list[Zone]]:
    """Groups of zones from top to bottom; those of one group stand side by side."""
    if not lines:
        return []
    gutter = page_gutter(lines, page_width)
    if gutter is None and usual is not None and _allows(lines, usual):
        gutter = usual
    if gutter is None or depth > 1:
        return [[_zone(lines)]]
    groups: list[list[Zone]] = []
    for band, full_width in _bands(lines, gutter):
        if full_width:
            groups.append([_zone(band)])
            continue
        sides = (
            [line for line in band if _middle(line) < gutter],
            [line for line in band if _middle(line) >= gutter],
        )
        group = [
            zone for side in sides for inner in _arrange(side, page_width, None, depth + 1) for zone in inner
        ]
        groups.append(group)
    return _aligned(groups, gutter)


def _aligned(groups: list[list[Zone]], gutter: float) -> list[list[Zone]]:
    """Zones of one column share its bounds, so that a short band does not look like a narrow column."""
    columns: dict[bool, list[Zone]] = {}
    for group in groups:
        if len(group) == 2:
            for zone in group:
                columns.setdefault(zone.left < gutter, []).append(zone)
    bounds = {
        side: (
            min(zones_, key=lambda zone: -len(zone.lines)).left,
            max(zone.right for zone in zones_),
        )
        for side, zones_ in columns.items()
    }

    def align(zone: Zone) -> Zone:
        side = zone.left < gutter
        if side not in bounds or (zone.left < gutter < zone.right - _TOLERANCE):
            return zone
        return replace(zone, left=min(zone.left, bounds[side][0]), right=max(zone.right, bounds[side][1]))

    return [[align(zone) for zone in group] for group in groups]


def _allows(lines: Sequence[Line], gutter: float) -> bool:
    """Whether a page without proof of its own may be split where the others are."""
    left, right = _extent(lines)
    if not left + 0.2 * (right - left) < gutter < right - 0.2 * (right - left):
        return False
    long = [line for line in lines if _is_long(line, right - left)]
    if len(long) > _MAX_PAIRED:
        return False
    crossing = sum(_crosses(line, gutter) for line in long)
    return crossing <= 0.4 * len(long)


def _bands(lines: list[Line], gutter: float) -> list[tuple[list[Line], bool]]:
    """(lines, whether they stand across the gutter), from top to bottom."""
    left, right = _extent(lines)
    beside = [line for line in lines if line.x >= gutter - _TOLERANCE and _is_long(line, right - left)]
    across = [
        line
        for line in lines
        if _crosses(line, gutter) and not any(_overlap(line, other) for other in beside)
    ]
    heights = [line.y for line in across]
    members, own = set(map(id, across)), set(map(id, beside))
    bands: list[tuple[list[Line], bool]] = []
    for line in sorted(lines, key=lambda line: (-line.y, line.x)):
        is_across = id(line) in members or (id(line) not in own and _on(line.y, heights))
        if not bands or bands[-1][1] != is_across:
            bands.append(([], is_across))
        bands[-1][0].append(line)
    return bands


def _on(y: float, baselines: Sequence[float]) -> bool:
    return any(abs(y - other) < 1.5 for other in baselines)


def _zone(lines: list[Line]) -> Zone:
    """The column's bounds are where its long lines begin and end, less a tenth that may reach beyond."""
    left, right = _extent(lines)
    long = [line for line in lines if len(line.text) >= _LONG_CHARS]
    if long:
        starts, ends = sorted(line.x for line in long), sorted(line.right for line in long)
        left, right = starts[len(starts) // 10], ends[min(len(ends) - 1, int(0.95 * len(ends)))]
    return Zone(tuple(lines), left, max(left, right))


def _extent(lines: Iterable[Line]) -> tuple[float, float]:
    ordered = list(lines)
    return min(line.x for line in ordered), max(line.right for line in ordered)


def _is_long(line: Line, width: float) -> bool:
    return line.right - line.x >= _LONG_SHARE * width and len(line.text) >= _LONG_CHARS


def _crosses(line: Line, gutter: float) -> bool:
    return line.x < gutter - _TOLERANCE and line.right > gutter + _TOLERANCE


def _middle(line: Line) -> float:
    """Where a line belongs: one that reaches into the next column belongs to that where it begins."""
    return min(line.x + 1, (line.x + line.right) / 2)


def _overlap(one: Line, other: Line) -> bool:
    """Whether two lines stand beside each other, at least in part."""
    low = max(one.y - 0.2 * one.size, other.y - 0.2 * other.size)
    high = min(one.y + 0.7 * one.size, other.y + 0.7 * other.size)
    return high - low > 0.3 * min(one.size, other.size)
