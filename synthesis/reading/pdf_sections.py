"""The flow of a document → sections by its headings, notes and captions where they tear no sentence, references."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synthesis.identifiers import normalise_title
from synthesis.reading.pdf_asides import Draft, aside_blocks, float_block, place
from synthesis.reading.pdf_headings import cased, continues, heading, is_abstract, is_affiliation, is_dropped, is_references, numbers_later
from synthesis.reading.pdf_paragraphs import Block, paragraphs, section_of
from synthesis.reading.pdf_references import entries
from synthesis.reading.pdf_style import is_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synthesis.reading.pdf_flow import Flow, Item
    from synthesis.reading.pdf_rows import Row
    from synthesis.reading.pdf_style import Style
    from synthesis.records import Section

_INLINE_ABSTRACT = re.compile(r"(?:abstract|summary|摘要)\s*[—–:.：-]+\s*(?P<rest>\S.*)", re.IGNORECASE)
_INLINE_KEYWORDS = re.compile(
    r"(?:key ?words(?: and phrases)?|index terms|ccs concepts|pacs|acm reference format|关键词)\b\s*[—–:.：-]", re.IGNORECASE
)
_ABSTRACT_CHARS = 4_000  # longer ones have run into the text
_DROPPED_CHARS = 2_000  # of key words or thanks; more is text that follows them
_SHORTEST_ABSTRACT = 300


@dataclass
class _Part:
    """A section in the making."""

    title: str
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Assembled:
    """What a document holds: its sections in reading order, and the works cited as printed."""

    sections: tuple[Section, ...]
    references: tuple[str, ...]


def assemble(flow: Flow, words: frozenset[str], title: str | None) -> Assembled:
    """Sections and references of a flow; the title's own rows, names and addresses are left out."""
    parts = _front_matter(_parts(flow.items, flow.style), title)
    drafts, notes, references = _drafts(parts, flow.style, words)
    floats = [float_block(page, one, flow.style, words) for page, one in flow.floats]
    place(drafts, [*notes, *floats])
    return Assembled(
        tuple(section_of(name, blocks) for name, blocks in drafts if blocks), tuple(references)
    )


def _parts(items: Sequence[Item], style: Style) -> list[_Part]:
    """Cut at headings; what stands before the first has an empty title."""
    parts = [_Part("")]
    first: Row | None = None  # the row before, if it was a heading
    for item in items:
        row = item.row
        if item.kind == "note":
            parts[-1].items.append(item)
            continue
        name = heading(row, style)
        if name is not None and row.page == 1 and len(parts) == 1 and numbers_later(row):
            name = None  # an affiliation's number
        inline = _INLINE_ABSTRACT.match(row.text) if row.page <= 2 else None
        if name is not None:
            parts.append(_Part(name))
            first = row
            continue
        if first is not None and continues(first, row, style):
            parts[-1].title += f" {row.text}"
        elif inline and not is_abstract(parts[-1].title):
            parts.append(_Part("Abstract", [_with_text(item, inline["rest"])]))
        elif row.page <= 2 and _INLINE_KEYWORDS.match(row.text):
            parts.append(_Part("Keywords", [item]))
        else:
            parts[-1].items.append(item)
        first = None
    return parts


def _with_text(item: Item, text: str) -> Item:
    return replace(item, row=replace(item.row, text=text))


def _front_matter(parts: list[_Part], title: str | None) -> list[_Part]:
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
    return [_Part("Abstract", [item for item in front if id(item.row) in kept]), *rest]


def _in_title(item: Item, title: str | None) -> bool:
    words = normalise_title(item.row.text)
    return item.row.page == 1 and len(words) > 3 and words in normalise_title(title or "")


def _letter(items: Sequence[Item]) -> list[_Part]:
    """The text of a paper without headings: from its first three full lines on; in small type they are the abstract."""
    full = [is_full(item.row) and not is_affiliation(item.row) for item in items]
    start = next((i for i in range(len(items) - 2) if all(full[i : i + 3])), 0)
    body = next((i for i in range(start, len(items)) if items[i].kind == "body" and full[i]), start)
    if body == start:
        return [_Part("", list(items[start:]))]
    return [_Part("Abstract", list(items[start:body])), _Part("", list(items[body:]))]


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


def _drafts(
    parts: Sequence[_Part], style: Style, words: frozenset[str]
) -> tuple[list[Draft], list[Block], list[str]]:
    """(title and paragraphs of each section, notes in the order of their pages, works cited)."""
    drafts: list[Draft] = []
    notes: list[Block] = []
    references: list[str] = []
    for part in parts:
        text, aside = _divided(part)
        if is_references(part.title):
            references += entries(text, words)
        notes += aside_blocks(aside, style, words)
        if is_references(part.title):
            continue
        if is_dropped(part.title):
            rest = _behind(paragraphs(text, style, words))
            if rest:
                drafts.append(("Text", rest))
            continue
        name = "Abstract" if is_abstract(part.title) else cased(part.title) or "Text"
        blocks = paragraphs(text, style, words)
        if name == "Abstract":
            blocks, rest = _abstract_end(blocks)
            drafts.append((name, blocks))
            if rest:
                drafts.append(("Text", rest))
        else:
            drafts.append((name, blocks))
    return drafts, notes, references


def _divided(part: _Part) -> tuple[list[Row], list[Item]]:
    """(running text, what stands apart): small type is running text where most of the section is set so."""
    small = sum(len(item.row.text) for item in part.items if item.kind == "small")
    body = sum(len(item.row.text) for item in part.items if item.kind == "body")
    all_text = is_abstract(part.title) or is_dropped(part.title) or small > body
    text = [item.row for item in part.items if item.kind == "body" or (item.kind == "small" and all_text)]
    aside = [item for item in part.items if item.kind == "note" or (item.kind == "small" and not all_text)]
    return text, aside


def _behind(blocks: list[Block]) -> list[Block]:
    """What follows key words or thanks without a heading of its own."""
    chars = 0
    for i, block in enumerate(blocks):
        chars += len(block.text)
        if chars > _DROPPED_CHARS:
            return blocks[i + (i == 0) :]
    return []


def _abstract_end(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """(abstract, text that followed it without a heading)."""
    if sum(len(block.text) for block in blocks) <= _ABSTRACT_CHARS or len(blocks) < 2:
        return blocks, []
    end, chars = 0, 0
    while end < len(blocks) and chars < _SHORTEST_ABSTRACT:
        chars += len(blocks[end].text)
        end += 1
    return blocks[:end], blocks[end:]
