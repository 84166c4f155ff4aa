"""The flow of a document → sections by its headings, notes and captions where they tear no sentence, references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.reading.pdf.asides import Draft, aside_blocks, float_block, place
from synthesis.reading.pdf.headings import cased, is_abstract, is_dropped, is_references
from synthesis.reading.pdf.paragraphs import Block, paragraphs, section_of
from synthesis.reading.pdf.parts import Part, parts_of
from synthesis.reading.pdf.references import entries

if TYPE_CHECKING:
    from synthesis.reading.pdf.flow import Flow, Item
    from synthesis.reading.pdf.rows import Row
    from synthesis.records import Section

_ABSTRACT_CHARS = 4_000  # longer ones have run into the text
_ABSTRACT_START = 300  # of such a one this much, to the end of a paragraph, is the abstract
_DROPPED_CHARS = 2_000  # of key words or thanks; more is text that follows them


@dataclass(frozen=True)
class Assembled:
    """What a document holds: its sections in reading order, and the works cited as printed."""

    sections: tuple[Section, ...]
    references: tuple[str, ...]


def assemble(flow: Flow, words: frozenset[str], title: str | None) -> Assembled:
    """Sections and references of a flow; ``words`` are the document's, for its broken ones."""
    drafts: list[Draft] = []
    asides: list[Block] = []
    references: list[str] = []
    for part in parts_of(flow.items, flow.style, title):
        text, beside = _divided(part)
        asides += aside_blocks(beside, flow.style, words)
        if is_references(part.title):
            references += entries(text, words)
        else:
            drafts += _drafts(part.title, paragraphs(text, flow.style, words))
    floats = [float_block(page, one, flow.style, words) for page, one in flow.floats]
    place(drafts, [*asides, *floats])
    return Assembled(tuple(section_of(name, blocks) for name, blocks in drafts if blocks), tuple(references))


def _drafts(title: str, blocks: list[Block]) -> list[Draft]:
    """The section of a part; the text that follows an abstract, key words or thanks without a heading is one too."""
    if is_dropped(title):
        return [("Text", _behind(blocks))]
    if is_abstract(title):
        abstract, rest = _abstract_end(blocks)
        return [("Abstract", abstract), ("Text", rest)]
    return [(cased(title) or "Text", blocks)]


def _divided(part: Part) -> tuple[list[Row], list[Item]]:
    """(running text, what stands apart): small type is running text where most of the section is set so."""
    small = sum(len(item.row.text) for item in part.items if item.kind == "small")
    body = sum(len(item.row.text) for item in part.items if item.kind == "body")
    all_text = is_abstract(part.title) or is_dropped(part.title) or small > body
    text = [item.row for item in part.items if item.kind == "body" or (item.kind == "small" and all_text)]
    aside = [item for item in part.items if item.kind == "note" or (item.kind == "small" and not all_text)]
    return text, aside


def _behind(blocks: list[Block]) -> list[Block]:
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
    while end < len(blocks) and chars < _ABSTRACT_START:
        chars += len(blocks[end].text)
        end += 1
    return blocks[:end], blocks[end:]
