"""Pages set in vertical lines (Chinese, Japanese): turned, so that their lines read like any other's."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.reading.pdf.text import Line, Page

_SHARE = 0.5  # of a page's characters that stand under one another
_STEP = 1.7  # ems from one character to the next at most


def turned(page: Page) -> Page:
    """The page, or where most of its characters stand under one another, that page turned by a quarter.

    PDFium gives each character of a vertical line as a line of its own. Vertical lines run from the right to the left:
    what stands furthest right becomes the topmost line.
    """
    stacks = _stacks(page.lines)
    total = sum(len(line.text) for line in page.lines)
    stacked = sum(len(stack) for stack in stacks if len(stack) > 2)
    if total == 0 or stacked <= _SHARE * total:
        return page
    lines = tuple(sorted((_row(stack, page.height) for stack in stacks), key=lambda line: -line.y))
    return page.model_copy(update={"width": page.height, "height": page.width, "lines": lines})


def _stacks(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines of one or two characters, each under the one before; any other line is a run of its own."""
    stacks: list[list[Line]] = []
    for above, line in pairwise((None, *lines)):
        if line is None:
            continue
        under = (
            above is not None
            and _is_sign(above)
            and _is_sign(line)
            and abs(above.x - line.x) < 0.5 * line.size
            and 0 < above.y - line.y < _STEP * line.size
        )
        if under:
            stacks[-1].append(line)
        else:
            stacks.append([line])
    return stacks


def _is_sign(line: Line) -> bool:
    """Whether a line is a single sign of a script that is written vertically, or a number set across it."""
    return (len(line.text) == 1 and line.text >= "\u3000") or (len(line.text) <= 2 and line.text.isdecimal())


def _row(stack: Sequence[Line], height: float) -> Line:
    first, last = stack[0], stack[-1]
    return first.model_copy(
        update={
            "text": "".join(line.text for line in stack),
            "x": round(height - first.y - first.size, 1),
            "y": first.x,
            "width": round(first.y - last.y + first.size, 1),
            "goes_on": False,
        }
    )
