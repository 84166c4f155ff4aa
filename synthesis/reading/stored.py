"""Papers that this tool wrote itself: one whole record a line, sections included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from synthesis.reading.json_objects import iterate_objects
from synthesis.records import Paper, Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.reading.lines import TextLimits
    from synthesis.reading.problems import Rejections

STORED_SUFFIX = ".paper.jsonl"


class StoredPaper(Record):
    """A line of such a file."""

    form: Literal["synthesis-paper/1"] = "synthesis-paper/1"
    paper: Paper


def dump_paper(paper: Paper) -> bytes:
    """``paper`` as the one line of a file."""
    return StoredPaper(paper=paper).model_dump_json().encode() + b"\n"


def read_stored(
    path: Path, source: str, rejections: Rejections, limits: TextLimits | None = None
) -> Iterator[Paper]:
    """The papers of a file, as they were written, save that ``source`` becomes their source.

    Raises:
        UnreadableFileError: the file as a whole cannot be read.
    """
    for place, record in iterate_objects(path, rejections, limits):
        try:
            paper = StoredPaper.model_validate(record).paper
            dump_paper(paper)  # what cannot be written (half of a UTF-16 pair) could not be stored either
        except (ValidationError, PydanticSerializationError):
            rejections.add(place, "no record of this version")
        else:
            yield paper.model_copy(update={"source": source})
