"""Which run a report file is of: the one whose folder it lies in, or whose id stands in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synthesis.auditing.documents import read_document
from synthesis.errors import StoreError
from synthesis.records import bytes_sha256
from synthesis.store import Run

if TYPE_CHECKING:
    from synthesis.auditing.given import GivenFile
    from synthesis.store import Home

_BLANKS = re.compile(r"[\s\u00ad\u200b\\-]+")


def run_of(given: GivenFile, home: Home) -> Run | None:
    """The run that made a file; of several with its id the one that wrote these bytes, else the newest.

    Raises:
        InputFileError: the file cannot be read as its format.
    """
    for folder in (given.path.resolve().parent, given.path.resolve().parent.parent):
        if (folder / "run.json").is_file():
            try:
                return Run.open(folder)
            except StoreError:
                continue
    text = _text_of(given)
    named = [run for run in home.iter_runs() if _closed_up(run.manifest.run_id) in text]
    digest = bytes_sha256(given.data)
    wrote = [run for run in named if any(output.sha256 == digest for output in run.manifest.outputs)]
    return max(wrote or named, key=lambda run: (run.manifest.clock, run.folder.name), default=None)


def _text_of(given: GivenFile) -> str:
    """All of a file's text without blanks, hyphens and the marks that a format puts before them."""
    if given.format in {"json", "md", "html", "text"}:
        return _closed_up(given.text)
    return _closed_up("".join(piece.text for piece in read_document(given, ()).pieces))


def _closed_up(text: str) -> str:
    return _BLANKS.sub("", text)
