"""A document that was read → sections of plain text: references and citations written out, tables in Markdown's form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.reading.table_text import markdown_table
from synthesis.reading.tex.citing import cited
from synthesis.reading.tex.document import Paragraph, Table
from synthesis.reading.tex.parts import GONE, SOFT, TIGHT, Cite, Ref, plain, without_edges
from synthesis.reading.tex.tables import cells
from synthesis.records import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synthesis.reading.tex.document import Document, SectionDraft
    from synthesis.reading.tex.parts import Part
    from synthesis.reading.tex.works import Work

CAPTION_CHARS = (
    290  # of a table's caption line; its other sentences stand below, since captions are read to 300
)
_MAX_TITLE_CHARS = 300
_MAX_RESOLVED_CHARS = 2_000_000  # written out in one paper; a survey has 50,000
_LEFT_OUT = re.compile(r"(?:acknowledge?ments?|references|bibliography|key ?words)\W*", re.IGNORECASE)
_EMPTY_BRACKETS = re.compile(
    rf" ?[(\[](?:see|cf\.|e\.g\.|§|in|Section|Appendix|Sec\.|[;,\s])*+{GONE}[\s;,{GONE}]*+[)\]]"
)
_GONE = re.compile(rf"[;,] ?{GONE}(?=[)\]])| ?{GONE}(?= ?[,.;:!?)\]])|{GONE}")
_BLANKS = re.compile(r"\s+")
_PARAGRAPHS = re.compile(r"\n\s*\n")
_ONLY_FORMULA = re.compile(r"(?:\[equation\][.,;:?]?\s*)+")
_SENTENCE_END = re.compile(r"[.!?][”’)\]]*\s")


class Writer:
    """Writes out what refers to other places of the document, or to other works."""

    def __init__(self, document: Document, works: Mapping[str, Work], *, numeric: bool) -> None:
        self._document = document
        self._works = works
        self._numeric = numeric
        self._titles: dict[str, str] = {}
        self._room = _MAX_RESOLVED_CHARS

    def text(self, parts: Sequence[Part]) -> str:
        """Pieces as one line."""
        written = "".join(part if isinstance(part, str) else self._resolved(part) for part in parts)
        written = _BLANKS.sub(" ", without_edges(written).replace(TIGHT, "").replace(SOFT, " "))
        if GONE in written:
            written = _BLANKS.sub(" ", _GONE.sub("", _EMPTY_BRACKETS.sub("", written)))
        return written.strip()

    def sections(self) -> Iterator[Section]:
        """The abstract first, then the body in its order; empty ones and those of thanks are left out."""
        if abstract := self.abstract():
            notes = (line for note in self._document.abstract_notes for line in self._block(note))
            yield Section(title="Abstract", text="\n\n".join((abstract, *notes)))
        for draft in self._document.sections:
            title = self.text(draft.title)
            if _LEFT_OUT.fullmatch(title):
                continue
            body = self._body(draft)
            if body:
                yield Section(title=title or "Text", text=body)

    def abstract(self) -> str:
        """The abstract without its footnotes; "" where there is none."""
        return "\n\n".join(self._paragraphs(self._document.abstract))

    def _body(self, draft: SectionDraft) -> str:
        return "\n\n".join(text for block in draft.blocks for text in self._block(block))

    def _block(self, block: Paragraph | Table) -> list[str]:
        return self._paragraphs(block.parts) if isinstance(block, Paragraph) else self._table(block)

    def _paragraphs(self, parts: Sequence[Part]) -> list[str]:
        """Paragraphs apart; one that holds displayed formulas alone says nothing."""
        groups: list[list[Part]] = [[]]
        for part in parts:
            first, *others = _PARAGRAPHS.split(part) if isinstance(part, str) else [part]
            groups[-1].append(first)
            groups += [[other] for other in others]
        texts = map(self.text, groups)
        return [text for text in texts if text and not _ONLY_FORMULA.fullmatch(text)]

    def _table(self, table: Table) -> list[str]:
        caption, rest = _split_caption(
            self.text(table.caption).replace("|", "∣"), CAPTION_CHARS - len(table.number)
        )
        grid = markdown_table(cells(table.grid, self.text), caption, table.number)
        return [text for text in (grid, rest, *self._paragraphs(table.notes)) if text]

    def _resolved(self, part: Ref | Cite) -> str:
        """What is printed for a reference; nothing, where more was written out than any paper has."""
        if self._room < 0:
            return GONE
        if isinstance(part, Cite):
            text = cited(part, self._works, numeric=self._numeric)
        else:
            text = self._title(part.key) if part.form == "title" else self._number(part)
        self._room -= len(text)
        return text or GONE

    def _number(self, ref: Ref) -> str:
        anchor = self._document.labels.get(ref.key)
        if anchor is None or not anchor.number:
            return ""
        named = f"{anchor.kind} {anchor.number}"
        return {"named": named, "in parens": f"({anchor.number})"}.get(ref.form, anchor.number)

    def _title(self, key: str) -> str:
        """The title of the section that holds a label."""
        if key not in self._titles:
            self._titles[key] = plain(self._document.titles.get(key, []))[:_MAX_TITLE_CHARS]
        return self._titles[key]


def _split_caption(caption: str, room: int) -> tuple[str, str]:
    """As many whole sentences as there is room for, at least one as far as it fits, and the others."""
    if len(caption) <= room:
        return caption, ""
    ends = [match.end() for match in _SENTENCE_END.finditer(caption, 0, room)]
    end = ends[-1] if ends else caption.rfind(" ", 0, room) + 1 or room
    return caption[:end].strip(), caption[end:].strip()
