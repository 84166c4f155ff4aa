"""What a page carries beside the paper's text: running heads, page numbers, line numbers, stamps, imprints."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING

from synthesis.identifiers import normalise_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.reading.pdf.text import Line, Page

_MARGIN = 0.085  # share of the page's height where running heads stand
_WIDE_MARGIN = 0.13  # the same for what repeats at one height
_PAGE_NUMBER = re.compile(r"-?#-?|page#(?:of#)?|#(?:of|/|\|)#|\|page#|#\|page|[ivx]{1,5}")
_AUTHORS_HEAD = re.compile(r"^(?:\d{1,4}\s+)?[^\d.]{2,60}\bet al\.?,?(?:\s+\d{1,4})?$")
_LEAST_SIZE = 2.0  # points
_LINE_NUMBERS = 8  # numbers under one another, each one (or five) more than the one above
_IMPRINT = re.compile(
    r"^proceedings of|^in proceedings|©|\(c\) ?(?:19|20)\d\d|\bc (?:19|20)\d\d assoc|copyright|all rights reserved|"
    r"\bIS[BS]N\b|permission to make digital|creative commons|licen[sc]ed under|^arxiv:\d|preprint\. under review|"
    r"association for computational linguistics$|published by|this work is licensed|request permissions",
    re.IGNORECASE,
)


def without_furniture(pages: Sequence[Page], title: str | None = None) -> list[list[Line]]:
    """Per page the upright lines of the paper itself, in the order in which they were given.

    The ``title`` is no part of a later page's text.
    """
    repeated, placed = _running_heads(pages)
    title_key = normalise_title(title or "")
    kept = []
    for number, page in enumerate(pages):
        upright = [line for line in page.lines if not line.rotated and _on_page(line, page)]
        numbers = _line_numbers(upright)
        kept.append(
            [
                line
                for i, line in enumerate(upright)
                if i not in numbers
                and (head_key(line), round(line.y)) not in placed
                and not (_in_margin(line, page) and _is_head(line, repeated, title_key, first=number == 0))
                and not (number == 0 and line.y < 0.15 * page.height and _IMPRINT.search(line.text))
            ]
        )
    return kept


def head_key(line: Line) -> str:
    """What a running head says on every page: its words without blanks and with any number alike."""
    return re.sub(r"\d+", "#", re.sub(r"\s", "", line.text.lower()))


def _running_heads(pages: Sequence[Page]) -> tuple[frozenset[str], frozenset[tuple[str, int]]]:
    """What repeats in the margins: (keys on a third of the pages, keys with their height on two and apart from text)."""
    repeats: Counter[str] = Counter()
    places: Counter[tuple[str, int]] = Counter()
    for page in pages:
        repeats.update({head_key(line) for line in page.lines if _in_margin(line, page)})
        wide = [line for line in page.lines if _in_margin(line, page, _WIDE_MARGIN)]
        places.update({(head_key(line), round(line.y)) for line in wide if _stands_apart(line, page)})
    often = max(3, len(pages) // 3)
    return (
        frozenset(key for key, count in repeats.items() if count >= often),
        frozenset(place for place, count in places.items() if count >= 2 and len(place[0]) > 8),
    )


def _stands_apart(line: Line, page: Page) -> bool:
    """Whether no line follows towards the middle of the page at the distance of running text."""
    inward = -1 if line.y > page.height / 2 else 1
    return not any(
        0 < inward * (other.y - line.y) < 1.5 * line.size and other.x < line.right and line.x < other.right
        for other in page.lines
    )


def _is_head(line: Line, repeated: frozenset[str], title_key: str, *, first: bool) -> bool:
    """Whether a line in the margin repeats, is a page number, or the title or authors over a later page."""
    key = head_key(line)
    if key in repeated or _PAGE_NUMBER.fullmatch(key):
        return True
    words = normalise_title(line.text)
    return not first and (
        _AUTHORS_HEAD.search(line.text) is not None or (len(words) > 10 and words in title_key)
    )


def _in_margin(line: Line, page: Page, share: float = _MARGIN) -> bool:
    return not share * page.height < line.y < (1 - share) * page.height


def _on_page(line: Line, page: Page) -> bool:
    """Whether it can be read in print: not beside the page, and not too small for any eye."""
    inside = line.size >= _LEAST_SIZE and (-line.size < line.y < page.height + line.size)
    return inside and line.x < page.width and line.right > 0


def _line_numbers(lines: Sequence[Line]) -> frozenset[int]:
    """Indices of the numbers that count the lines of a manuscript."""
    columns: dict[int, list[tuple[float, int, int]]] = {}
    for i, line in enumerate(lines):
        if line.text.isdecimal() and len(line.text) <= 4:
            columns.setdefault(round(line.right / 4), []).append((-line.y, int(line.text), i))
    found: set[int] = set()
    for column in columns.values():
        column.sort()
        steps = [below[1] - above[1] for above, below in itertools.pairwise(column)]
        regular = sum(step in (1, 5) for step in steps)
        if len(column) >= _LINE_NUMBERS and regular >= 0.8 * len(steps):
            found.update(i for *_, i in column)
    return frozenset(found)
