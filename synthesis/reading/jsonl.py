"""JSON Lines → papers: one record a line, plain, gzip or xz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.reading.corpus import corpus_paper, is_corpus_record
from synthesis.reading.jats.records import full_text_paper, is_full_text_record
from synthesis.reading.json_objects import iterate_objects
from synthesis.reading.metadata import build_paper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.reading.lines import TextLimits
    from synthesis.reading.problems import Rejections
    from synthesis.records import Paper


def read_jsonl(
    path: Path, source: str, rejections: Rejections, limits: TextLimits | None = None
) -> Iterator[Paper]:
    """Papers of a file of metadata (``id, title, abstract, authors, year, venue, doi, url``), full texts, or a corpus.

    A line that gives no paper is added to ``rejections`` under its number.

    Raises:
        UnreadableFileError: the file as a whole cannot be read.
    """
    for place, record in iterate_objects(path, rejections, limits):
        if is_full_text_record(record):
            paper = full_text_paper(record, source)
        elif is_corpus_record(record):
            paper = corpus_paper(record, source)
        else:
            paper = build_paper(record, source=source)
        if paper is None:
            rejections.add(place, "no doc_id" if is_corpus_record(record) else "no title")
        else:
            yield paper
