"""Blocks of text under nested headings → sections in reading order.

A section's title is the path to it, "Methods: Statistical analysis", so that it says where a quote stands. A heading that
has only subsections gives no section of its own, as its words begin theirs. Captions and footnotes are kept apart from
the running text, in sections behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from synthesis.records import Section

ABSTRACT = "Abstract"
FIGURES = "Figures"
FOOTNOTES = "Footnotes"
UNTITLED = "Text"
_MAX_TITLE_CHARS = 300


@dataclass(slots=True)
class _Piece:
    title: str
    blocks: list[str] = field(default_factory=list)
    parent: bool = False  # a heading over other headings


class Outline:
    """Takes headings and blocks in reading order."""

    def __init__(self) -> None:
        self._path: list[tuple[str, ...]] = []
        self._pieces: list[_Piece] = []
        self._captions: list[str] = []
        self._footnotes: list[str] = []
        self._open = False  # whether the last piece is of the current path

    def open(self, *titles: str) -> None:
        """A heading, one level below the open one; "" where a part has none, several where they come as a path."""
        if self._open and self._pieces:
            self._pieces[-1].parent = True
        self._path.append(titles)
        self._pieces.append(_Piece(self._title()))
        self._open = True

    def close(self) -> None:
        """The end of the part that was opened last."""
        self._path.pop()
        self._open = False

    def add(self, block: str) -> None:
        """A paragraph, list item, formula or table of the open part."""
        if not block:
            return
        if not self._open:
            self._pieces.append(_Piece(self._title()))
            self._open = True
        self._pieces[-1].blocks.append(block)

    def add_caption(self, text: str) -> None:
        """What stands below a figure."""
        if text:
            self._captions.append(text)

    def add_footnote(self, text: str) -> None:
        """A note that the text only points to."""
        if text:
            self._footnotes.append(text)

    def sections(self) -> tuple[Section, ...]:
        """What was taken so far; a part without text is there unless it only held other parts."""
        body = [
            Section(title=piece.title, text="\n\n".join(piece.blocks))
            for piece in self._pieces
            if piece.blocks or (piece.title != UNTITLED and not piece.parent)
        ]
        apart = ((FIGURES, self._captions), (FOOTNOTES, self._footnotes))
        return (*body, *(Section(title=title, text="\n\n".join(blocks)) for title, blocks in apart if blocks))

    def _title(self) -> str:
        path = list(dict.fromkeys(title.rstrip(" :.") for titles in self._path for title in titles if title))
        while len(path) > 1 and len(": ".join(path)) > _MAX_TITLE_CHARS:
            del path[0]  # what stands nearest says most
        return ": ".join(path)[:_MAX_TITLE_CHARS] or UNTITLED
