"""What is open while a document is read, and what the language's names mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synthesis.reading.tex.document import Anchor
    from synthesis.reading.tex.engine import Engine
    from synthesis.reading.tex.parts import Part

Handler = Callable[["Engine"], object]  # what it returns counts for nothing
Opener = Callable[["Engine", str], object]  # with the environment's name, stars and all
Done = Callable[[list["Part"]], None]


@dataclass(slots=True)
class Frame:
    """An open group, formula or environment, and what to go back to when it closes."""

    opener: str
    outer: list[Part]
    outer_math: bool
    anchor: Anchor | None
    parts: list[Part] | None = None  # its own text; None where that flows into the frame around it
    done: Done | None = None
    closed: Callable[[], None] | None = None  # called when it closes, where it has no text of its own


@dataclass(frozen=True, slots=True)
class Language:
    """What the commands and environments mean; ``fixed`` are those that authors' definitions do not change."""

    commands: Mapping[str, Handler]
    environments: Mapping[str, Opener]
    fixed: frozenset[str]
