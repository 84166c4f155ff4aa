"""What a user wants in a library → papers in it: files, papers named by id, or what a search finds.

Papers that came over the network are kept as files of the library's own, a record a file, so that a library can always
be read again from what it was made of.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from synthesis.assembly import find_paper
from synthesis.errors import InputFileError
from synthesis.filtering import why_filtered
from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.libraries import add_to_library, find_library, library_name
from synthesis.merging import merge_papers
from synthesis.reading.files import SUFFIXES
from synthesis.reading.stored import STORED_SUFFIX, dump_paper
from synthesis.records import Record, SearchQuery, text_sha256
from synthesis.searching import search_sources
from synthesis.source_choice import choose_sources
from synthesis.sources.local_addition import AddReport
from synthesis.statements import search_failures
from synthesis.store import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synthesis.records import Paper
    from synthesis.source_choice import Network, SourceChoice
    from synthesis.store import Home

    OnProgress = Callable[[str, int, int | None], None]

FOUND = "found"  # the library of papers that were added by id or query without a name


class Added(Record):
    """What came of one item."""

    item: str
    library: str
    report: AddReport
    found: tuple[str, ...] = ()  # paper_ids, for an id or a query
    full_texts: int = Field(default=0, ge=0)
    lost: tuple[str, ...] = ()  # sources that failed


def add_items(
    home: Home,
    items: Sequence[str],
    name: str | None,
    choice: SourceChoice,
    network: Network,
    limit: int,
    on_progress: OnProgress,
) -> list[Added]:
    """Add each item to the library ``name``; ``limit`` is the number of papers of a query.

    Raises:
        UnknownPaperError: no source knows a paper.
        InputFileError: an item looks like a path and there is nothing there, or cannot be read. StoreError: as
            ``add_to_library``.
    """
    return [_add_item(home, item, name, choice, network, limit, on_progress) for item in items]


def _add_item(
    home: Home,
    item: str,
    name: str | None,
    choice: SourceChoice,
    network: Network,
    limit: int,
    on_progress: OnProgress,
) -> Added:
    path = Path(item)
    if _exists(path):
        library, report = add_to_library(home, path, name or library_name(path), on_progress)
        return Added(item=item, library=library.name, report=report)
    named = bool(parse_arxiv_id(item) or parse_doi(item) or parse_acl_id(item))
    if not named and (item.lower().endswith(SUFFIXES) or item.startswith((".", "/", "~"))):
        raise InputFileError(f"there is no file or folder {item}. Check the spelling.")
    sources = choose_sources(home, choice, network, on_progress)
    if named:
        papers, lost = [find_paper(item, sources)], []
    else:
        found = search_sources([SearchQuery(text=item, origin="question")], sources, limit, 1)
        works = merge_papers(found.papers)
        papers = [work for work in works if why_filtered(work, choice.filters) is None][:limit]
        lost = search_failures(found.log)
    if choice.full_texts and not choice.offline and papers:
        papers = [fetched.paper for fetched in network.full_texts().fetch_all(papers)]
    kept_in, report = _keep(home, name or FOUND, papers, on_progress)
    return Added(
        item=item,
        library=kept_in,
        report=report,
        found=tuple(paper.paper_id for paper in papers),
        full_texts=sum(paper.form is not None for paper in papers),
        lost=tuple(lost),
    )


def _keep(home: Home, name: str, papers: Sequence[Paper], on_progress: OnProgress) -> tuple[str, AddReport]:
    """Write the papers beside the library and add them to it."""
    folder = home.root / "fetched" / ((find_library(home, name) or home.libraries / name).name)
    for paper in papers:
        slug = re.sub(r"[^a-z0-9]+", "-", paper.paper_id.casefold())[:60].strip("-")
        path = folder / f"{slug}-{text_sha256(paper.paper_id)[:8]}{STORED_SUFFIX}"
        write_atomically(path, dump_paper(paper))
    if not papers:
        return name, AddReport()
    library, report = add_to_library(home, folder, name, on_progress)
    return library.name, report


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a query may be longer than a file's name can be
        return False
