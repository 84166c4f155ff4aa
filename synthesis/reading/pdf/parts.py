"""The flow of a document, cut at its headings; names and addresses before the abstract go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synthesis.identifiers import normalise_title
from synthesis.reading.pdf.headings import (
    continues,
    heading,
    is_abstract,
    is_affiliation,
    is_display,
    is_dropped,
    numbers_later,
)
from synthesis.reading.pdf.style import is_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.reading.pdf.flow import Item
    from synthesis.reading.pdf.rows import Row
    from synthesis.reading.pdf.style import Style

_INLINE_ABSTRACT = re.compile(r"(?:abstract|summary|摘要)\s*[—–:.：-]+\s*(?P<rest>\S.*)", re.IGNORECASE)
_INLINE_KEYWORDS = re.compile(
    r"(?:key ?words(?: and phrases)?|index terms|ccs concepts|pacs|acm reference format|关键词)\b\s*[—–:.：-]",
    re.IGNORECASE,
)
_SHORTEST_ABSTRACT = 300  # characters, where no heading says that it is one


@dataclass
class Part:
    """A section in the making; what stands before the first heading has an empty title."""

    title: str
    items: list[Item] = field(default_factory=list)


def parts_of(items: Sequence[Item], style: Style, title: str | None) -> list[Part]:
    """The parts of a flow; the rows of the paper's ``title``, its authors and their addresses are left out."""
    return _front_matter(_cut(items, style, title), title)


def _cut(items: Sequence[Item], style: Style, title: str | None) -> list[Part]:
    parts = [Part("")]
    first: Row | None = None  # the row before, if it was a heading
    for item in items:
        row = item.row
        goes_on = first is not None and item.kind != "note" and continues(first, row, style)
        is_text = item.kind == "note" or (len(parts) == 1 and _in_title(item, title))
        name = None if is_text else _heading(row, style, alone=len(parts) > 1 and not goes_on)
        if name is not None:
            parts.append(Part(name))
            first = row
            continue
        inline = _INLINE_ABSTRACT.match(row.text) if row.page <= 2 else None
        if goes_on:
            parts[-1].title += f" {row.text}"
        elif inline and not is_abstract(parts[-1].title):
            parts.append(Part("Abstract", [replace(item, row=replace(row, text=inline["rest"]))]))
        elif row.page <= 2 and _INLINE_KEYWORDS.match(row.text):
            parts.append(Part("Keywords", [item]))
        else:
            parts[-1].items.append(item)
        first = None if item.kind != "note" else first
    return parts


def _heading(row: Row, style: Style, *, alone: bool) -> str | None:
    """The heading's words; ``alone``: there was a heading before, and the row is not its second line."""
    name = heading(row, style)
    if name is not None:
        return name if alone or row.page > 1 or not numbers_later(row) else None  # an affiliation's number
    return row.text if alone and is_display(row, style) else None


def _front_matter(parts: list[Part], title: str | None) -> list[Part]:
    """Names and addresses go; where no heading says "Abstract", the longest paragraph before the first is it.

    A letter without headings is all front: there the text begins with the first paragraph.
    """
    front, rest = parts[0].items, parts[1:]
    if not any(not is_dropped(part.title) for part in rest):
        return [*_letter([item for item in front if not _in_title(item, title)] or front), *rest]
    rest[0].items[:0] = [item for item in front if item.kind == "note"]
    if any(is_abstract(part.title) for part in rest):
        return rest
    runs = _runs(item.row for item in front if item.kind != "note")
    longest = max(runs, key=lambda run: sum(len(row.text) for row in run), default=[])
    if len(" ".join(row.text for row in longest)) < max(_SHORTEST_ABSTRACT, len(title or "")):
        return rest
    kept = set(map(id, longest))
    return [Part("Abstract", [item for item in front if id(item.row) in kept]), *rest]


def _in_title(item: Item, title: str | None) -> bool:
    words = normalise_title(item.row.text)
    return item.row.page == 1 and len(words) > 3 and words in normalise_title(title or "")


def _letter(items: Sequence[Item]) -> list[Part]:
    """The text of a paper without headings: from its first three full lines on; in small type they are the abstract."""
    full = [is_full(item.row) and not is_affiliation(item.row) for item in items]
    start = next((i for i in range(len(items) - 2) if all(full[i : i + 3])), 0)
    body = next((i for i in range(start, len(items)) if items[i].kind == "body" and full[i]), start)
    if body == start:
        return [Part("", list(items[start:]))]
    return [Part("Abstract", list(items[start:body])), Part("", list(items[body:]))]


def _runs(rows: Iterable[Row]) -> list[list[Row]]:
    """Runs of rows of one type size without a gap between them."""
    runs: list[list[Row]] = []
    for row in rows:
        last = runs[-1][-1] if runs else None
        joined = last is not None and abs(last.size - row.size) < 0.6 and 0 < last.y - row.y < 1.7 * row.size
        if joined:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs
