"""What the walk over a source found: sections of paragraphs and tables, labels, the bibliography's entries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from synthesis.reading.tex.parts import GONE

if TYPE_CHECKING:
    from synthesis.reading.tex.parts import Part
    from synthesis.reading.tex.tables import Grid

_DEPTHS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
_NUMBERED = _DEPTHS[1:5]


class Anchor(NamedTuple):
    """What a label names: "Table", "4a"."""

    kind: str
    number: str


class Paragraph(NamedTuple):
    """Running text; "\\n\\n" in it separates further paragraphs."""

    parts: list[Part]


class Table(NamedTuple):
    """A table with its caption and what stands below it."""

    number: str
    caption: list[Part]
    grid: Grid
    notes: list[Part]


class Entry(NamedTuple):
    """An entry of the printed bibliography; ``label`` is what ``\\bibitem`` prints instead of a number."""

    key: str
    label: list[Part]
    text: list[Part]


@dataclass(slots=True)
class SectionDraft:
    """A section while it is read."""

    title: list[Part]
    blocks: list[Paragraph | Table] = field(default_factory=list)


class Document:
    """A document while it is read; text goes to ``flow`` and becomes a paragraph with the next :meth:`paragraph`."""

    def __init__(self) -> None:
        self.preamble: list[Part] = []  # what stands before the document, and is no text
        self.flow: list[Part] = []
        self.title: list[Part] = []
        self.authors: list[list[Part]] = []
        self.abstract: list[Part] = []
        self.abstract_notes: list[Paragraph | Table] = []
        self.sections = [SectionDraft([])]
        self.entries: list[Entry] = []
        self.labels: dict[str, Anchor] = {}
        self.titles: dict[str, list[Part]] = {}  # of sections, by label
        self.anchor: Anchor | None = None
        self.counters: Counter[str] = Counter()
        self.in_appendix = False
        self.acronyms: dict[str, tuple[str, str]] = {}  # key → short, long
        self.acronyms_seen: set[str] = set()
        self._pending: list[Paragraph | Table] = []

    def section(self, kind: str, title: list[Part], *, numbered: bool = True) -> None:
        """Begin a section of a kind ("section", "paragraph" …)."""
        self.paragraph()
        if numbered and kind in _NUMBERED:
            self._count(kind)
        self.sections.append(SectionDraft(title))

    def _count(self, kind: str) -> None:
        self.counters[kind] += 1
        for lower in _NUMBERED[_NUMBERED.index(kind) + 1 :]:
            self.counters[lower] = 0
        used = [k for k in _NUMBERED[: _NUMBERED.index(kind) + 1] if self.counters[k]]
        numbers = [str(self.counters[k]) for k in used]
        if self.in_appendix and numbers:
            numbers[0] = letter(int(numbers[0]))
        self.anchor = Anchor("Appendix" if self.in_appendix else "Section", ".".join(numbers))

    def appendix(self) -> None:
        """From here on sections are appendices."""
        self.in_appendix = True
        for kind in _NUMBERED:
            self.counters[kind] = 0

    def step(self, counter: str, kind: str, prefix: str = "") -> Anchor:
        """Count one more and let labels name it."""
        self.counters[counter] += 1
        self.anchor = Anchor(kind, f"{prefix}{self.counters[counter]}")
        return self.anchor

    def label(self, key: str) -> None:
        """Let ``key`` name what was counted last."""
        if self.anchor is not None:
            self.labels.setdefault(key, self.anchor)
        self.titles.setdefault(key, self.sections[-1].title)

    def paragraph(self) -> None:
        """End the paragraph; footnotes and floats that came in it follow."""
        blocks = self.sections[-1].blocks
        if any(not isinstance(part, str) or part.strip(f"{GONE} \n\t") for part in self.flow):
            blocks.append(Paragraph(self.flow[:]))
        self.flow.clear()
        blocks += self._pending
        self._pending.clear()

    def end_abstract(self, parts: list[Part]) -> None:
        """Keep the abstract, the first if there are several, and what came in it."""
        if not self.abstract:
            self.abstract = parts
            self.abstract_notes = self._pending[:]
            self._pending.clear()

    def after_paragraph(self, block: Paragraph | Table) -> None:
        """Put a footnote or float where it tears no sentence."""
        self._pending.append(block)


def letter(number: int) -> str:
    """1 → A, 27 → AA.

    >>> letter(1), letter(26), letter(28)
    ('A', 'Z', 'AB')
    """
    found = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found
