"""What a user wants in a library → papers in it: files, papers named by id, or what a search finds.

Papers that came over the network are kept as files of the library's own, a record a file, so that a library can always
be read again from what it was made of.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from synthesis.assembly import find_paper
from synthesis.errors import InputFileError
from synthesis.identifiers import parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.libraries import REMOTE_SOURCES, add_to_library, find_library, library_name
from synthesis.reading.files import SUFFIXES
from synthesis.reading.problems import Rejections
from synthesis.reading.stored import STORED_SUFFIX, dump_paper, read_stored
from synthesis.records import Record, SearchQuery, text_sha256
from synthesis.searching import ranked_works, search_sources
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
    of_search: bool = False  # an id or a query
    found: tuple[str, ...] = ()  # paper_ids
    full_texts: int = Field(default=0, ge=0)
    lost: tuple[str, ...] = ()  # sources that failed


def add_item(
    home: Home,
    item: str,
    name: str | None,
    choice: SourceChoice,
    network: Network,
    limit: int,
    on_progress: OnProgress,
) -> Added:
    """Add a path, a paper named by id, or what a query finds (``limit`` papers), to the library ``name``.

    Raises:
        UnknownPaperError: no source knows the paper.
        InputFileError: the item looks like a path and there is nothing there, or cannot be read. StoreError: as
            ``add_to_library``.
    """
    path = Path(item)
    if _exists(path):
        library, report = add_to_library(home, path, name or library_name(path), on_progress)
        return Added(item=item, library=library.name, report=report)
    named = bool(parse_arxiv_id(item) or parse_doi(item) or parse_acl_id(item))
    if not named and (item.lower().endswith(SUFFIXES) or item.startswith((".", "/", "~"))):
        raise InputFileError(f"there is no file or folder {item}. Check the spelling.")
    near = _near_entry(path) if " " not in item else None
    if near and not named:
        raise InputFileError(
            f"there is no file or folder {item}. Did you mean '{near}'? To search for it, put a second word beside it."
        )
    sources = choose_sources(home, _databases(choice), network, on_progress)
    lost: list[str] = []
    if named:
        papers = [find_paper(item, sources)]
    else:
        found = search_sources([SearchQuery(text=item, origin="question")], sources, limit, 1)
        papers = ranked_works(found, choice.filters)[:limit]
        lost += search_failures(found.log)
    folder = home.root / "fetched" / ((find_library(home, name or FOUND) or Path(name or FOUND)).name)
    papers = [_with_stored_text(folder, paper) for paper in papers]
    if choice.full_texts and not choice.offline and papers:
        fetched = network.full_texts().fetch_all(papers)
        papers = [one.paper for one in fetched]
        lost += search_failures((), [attempt for one in fetched for attempt in one.attempts])
    kept_in, report = _keep(home, folder, name or FOUND, papers, on_progress)
    return Added(
        item=item,
        library=kept_in,
        report=report,
        of_search=True,
        found=tuple(paper.paper_id for paper in papers),
        full_texts=sum(paper.form is not None for paper in papers),
        lost=tuple(lost),
    )


def _near_entry(path: Path) -> str | None:
    """An entry of the current folder that is spelt almost so."""
    try:
        entries = [entry.name for entry in Path.cwd().iterdir()]
    except OSError:
        return None
    return next(iter(difflib.get_close_matches(str(path), entries, n=1, cutoff=0.8)), None)


def _databases(choice: SourceChoice) -> SourceChoice:
    """The choice with all databases where none is named: what is added comes from the literature, not from libraries."""
    if choice.names or choice.libraries or choice.offline:
        return choice
    return choice.model_copy(update={"names": REMOTE_SOURCES})


def _file_of(folder: Path, paper: Paper) -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", paper.paper_id.casefold())[:60].strip("-")
    return folder / f"{slug}-{text_sha256(paper.paper_id)[:8]}{STORED_SUFFIX}"


def _with_stored_text(folder: Path, paper: Paper) -> Paper:
    """The paper with the full text that was fetched for it before, so that it is neither lost nor fetched again."""
    path = _file_of(folder, paper)
    stored = next(read_stored(path, paper.source, Rejections()), None) if path.is_file() else None
    if stored is None or stored.form is None or stored.arxiv_version != paper.arxiv_version:
        return paper
    facts = ("sections", "abstract", "form", "quality", "flags")
    return paper.model_copy(update={fact: getattr(stored, fact) for fact in facts})


def _keep(
    home: Home, folder: Path, name: str, papers: Sequence[Paper], on_progress: OnProgress
) -> tuple[str, AddReport]:
    """Write the papers into ``folder`` and add them to the library ``name``."""
    for paper in papers:
        write_atomically(_file_of(folder, paper), dump_paper(paper))
    if not papers:
        return name, AddReport()
    library, report = add_to_library(home, folder, name, on_progress)
    return library.name, report


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a query may be longer than a file's name can be
        return False
