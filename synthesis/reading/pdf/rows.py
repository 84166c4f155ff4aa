"""Parts of printed lines → rows: what stands on one baseline of a column, raised and lowered signs included."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synthesis.reading.pdf.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.reading.pdf.columns import Zone
    from synthesis.reading.pdf.text import Line

_MARK = re.compile(r"[\d,∗*†‡§¶♯#]{1,6}")  # of a footnote or an affiliation
_MARKED = re.compile(
    r"(?:[^\W\d_]{3}|[.,;:?!)\]”’\"'])$"
)  # what notes hang on; a single letter has an exponent
_RTL = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_BUCKET = 6.0  # points; rows are looked up by height


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a column as it is read; ``text`` may end in U+0002, a broken word's hyphen. Places in points.

    ``left`` and ``edge`` are the bounds of the column; ``zone`` numbers the columns in reading order.
    """

    text: str
    size: float
    font: str
    x: float
    right: float
    y: float
    page: int
    zone: int
    left: float
    edge: float
    parts: tuple[Line, ...] = field(repr=False)

    @property
    def fill(self) -> float:
        """The share of the column's width that holds type, at most 1."""
        return min(1.0, sum(part.right - part.x for part in self.parts) / max(1.0, self.edge - self.left))

    @property
    def indent(self) -> float:
        """How far the row starts from the column's edge, in ems."""
        return (self.x - self.left) / self.size

    @property
    def letters(self) -> int:
        """How many letters it has."""
        return sum(map(str.isalpha, self.text))


@dataclass(slots=True)
class _Heap:
    """Parts that share a baseline; the widest speaks for it."""

    y: float
    size: float
    parts: list[Line]


def zone_rows(zone: Zone, page: int, number: int) -> list[Row]:
    """The rows of one zone from top to bottom."""
    heaps: dict[int, list[_Heap]] = {}
    # Large type first, so that raised and lowered signs find the row that they belong to.
    for line in sorted(zone.lines, key=lambda line: (-round(line.size, 1), -line.y, line.x)):
        heap = _heap_for(line, heaps)
        if heap is None:
            heaps.setdefault(int(line.y // _BUCKET), []).append(_Heap(line.y, line.size, [line]))
        else:
            heap.parts.append(line)
    ordered = sorted((heap for bucket in heaps.values() for heap in bucket), key=lambda heap: -heap.y)
    return [_row(heap, zone, page, number) for heap in ordered]


def _heap_for(line: Line, heaps: dict[int, list[_Heap]]) -> _Heap | None:
    """The nearest heap on whose baseline the line stands, else the nearest to which it is raised or lowered."""
    bucket = int(line.y // _BUCKET)
    same: tuple[float, _Heap] | None = None
    attached: tuple[float, _Heap] | None = None
    for i in range(bucket - 2, bucket + 3):
        for heap in heaps.get(i, ()):
            distance = abs(heap.y - line.y)
            if distance <= 0.22 * max(heap.size, line.size):
                if same is None or distance < same[0]:
                    same = distance, heap
            elif same is None and (attached is None or distance < attached[0]) and _is_script(line, heap):
                attached = distance, heap
    found = same or attached
    return found[1] if found else None


def _is_script(line: Line, heap: _Heap) -> bool:
    """Whether a smaller line is raised or lowered beside a part of the heap."""
    if line.size > 0.87 * heap.size or not -0.4 * heap.size <= line.y - heap.y <= 0.65 * heap.size:
        return False
    reach = 0.5 * heap.size
    beside = any(
        part.x - reach <= line.x <= part.right + reach or abs(line.right - part.x) <= reach
        for part in heap.parts
    )
    return beside and line.right - line.x < 6 * heap.size


def _row(heap: _Heap, zone: Zone, page: int, number: int) -> Row:
    parts = _in_order(heap.parts)
    kept = [part for i, part in enumerate(parts) if not (i and _is_mark(part, parts[i - 1], heap))]
    widest = _widest(kept)
    text = kept[0].text
    for before, part in itertools.pairwise(kept):
        apart = _gap(before, part) > 0.12 * heap.size or _gap(before, part) < -heap.size
        leads = before is kept[0] and _is_raised_mark(before, heap)
        text = text.replace("\x02", "-") + (" " if apart or leads else "") + part.text
    return Row(
        text=clean(text),
        size=widest.size,
        font=widest.font,
        x=min(part.x for part in kept),
        right=max(part.right for part in kept),
        y=heap.y,
        page=page,
        zone=number,
        left=zone.left,
        edge=zone.right,
        parts=tuple(kept),
    )


def _widest(parts: Sequence[Line]) -> Line:
    """A part in the type that sets most of the row."""
    widths: dict[tuple[str, float], float] = {}
    for part in parts:
        style = (part.font, part.size)
        widths[style] = widths.get(style, 0.0) + part.right - part.x
    style = max(widths, key=lambda key: (widths[key], key))
    return next(part for part in parts if (part.font, part.size) == style)


def _in_order(parts: Iterable[Line]) -> list[Line]:
    """From left to right, or from right to left where most letters are written so."""
    listed = list(parts)
    letters = sum(map(str.isalpha, "".join(part.text for part in listed)))
    rtl = len(_RTL.findall("".join(part.text for part in listed))) > 0.5 * max(1, letters)
    if rtl:
        return sorted(listed, key=lambda part: -part.right)
    starts = [part.x for part in listed]
    return sorted(listed, key=lambda part: (_start(part, starts), part.size))


def _start(part: Line, starts: Sequence[float]) -> float:
    """Where a part begins; with that over which it stands, where it begins a little behind it (a word on an arrow)."""
    return min((start for start in starts if 0 <= part.x - start < 0.4 * part.size), default=part.x)


def _is_mark(part: Line, before: Line, heap: _Heap) -> bool:
    """Whether a part is a note's raised mark behind a word."""
    return _is_raised_mark(part, heap) and _MARKED.search(before.text) is not None


def _is_raised_mark(part: Line, heap: _Heap) -> bool:
    raised = part.y - heap.y > 0.2 * heap.size and part.size < 0.87 * heap.size
    return raised and _MARK.fullmatch(part.text.strip()) is not None


def _gap(before: Line, part: Line) -> float:
    """Points between two parts, whichever stands to the left; negative where they overlap."""
    return max(part.x - before.right, before.x - part.right)


def usual_leading(rows: Sequence[Row], size: float) -> float:
    """The distance of baselines in running text of this size, in points."""
    gaps = sorted(
        above.y - below.y
        for above, below in itertools.pairwise(rows)
        if above.zone == below.zone
        and abs(above.size - size) < 0.6
        and abs(below.size - size) < 0.6
        and 0 < above.y - below.y < 3 * size
    )
    return gaps[len(gaps) // 2] if gaps else 1.2 * size
