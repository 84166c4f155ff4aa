"""The search index of a local library, and whether it is in step with the stored papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.sources.local_addition import PROGRESS_STEP, doc_id_of, no_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from synthesis.retrieval import Document, SearchIndex
    from synthesis.sources.local_addition import Progress
    from synthesis.sources.local_store import PaperStore, StoredPaper

_INDEXED_CHARS = 20_000  # of one paper: title, abstract, introduction and method decide what it is about
_MARK_ID = "#generation"


def build_index(folder: Path, store: PaperStore, progress: Progress = no_progress) -> SearchIndex:
    """Make the index anew from all stored papers."""
    from synthesis.retrieval import SearchIndex  # noqa: PLC0415  the engine loads when a library is opened

    papers = _counted(store.changed_since(0), store.count(), progress)
    return SearchIndex.build(_documents(papers, int(store.meta("generation"))), folder)


def open_index(folder: Path, store: PaperStore) -> SearchIndex | None:
    """The index; ``None`` if it is missing, damaged, of another version, or out of step with the papers."""
    from synthesis.retrieval import RetrievalError, SearchIndex  # noqa: PLC0415  see build_index

    try:
        index = SearchIndex.open(folder)
        return index if in_step(index, store) else None
    except RetrievalError:
        return None


def update_index(
    index: SearchIndex, store: PaperStore, removed_ids: Sequence[str], progress: Progress = no_progress
) -> None:
    """Bring into the index what the store's present generation changed."""
    generation = int(store.meta("generation"))
    papers = _counted(store.changed_since(generation), store.count_changed_since(generation), progress)
    index.add(_documents(papers, generation))
    if removed_ids:
        index.delete(removed_ids)


def in_step(index: SearchIndex, store: PaperStore) -> bool:
    """Whether the index goes up to the store's last change and holds as many papers."""
    mark = index.get(_MARK_ID)
    return mark is not None and mark.language == store.meta("generation") and len(index) == store.count() + 1


def _documents(papers: Iterable[StoredPaper], generation: int) -> Iterator[Document]:
    """The papers, then the mark that says up to which change they go.

    The mark stands in a field that is stored and not searched, so no query finds it.
    """
    from synthesis.retrieval import Document  # noqa: PLC0415  see build_index

    for row, paper in papers:
        text = "\n".join(section.text for section in paper.sections)[:_INDEXED_CHARS]
        yield Document(doc_id=doc_id_of(paper.paper_id, row), text=text, title=paper.title)
    yield Document(doc_id=_MARK_ID, text="", language=str(generation))


def row_of(doc_id: str) -> int | None:
    """The store's row of a found ``doc_id``; ``None`` for the mark."""
    row = doc_id.rpartition("#")[2]
    return int(row) if row.isdecimal() else None


def _counted(papers: Iterable[StoredPaper], total: int, progress: Progress) -> Iterator[StoredPaper]:
    done = 0
    for done, paper in enumerate(papers, start=1):
        if done % PROGRESS_STEP == 0:
            progress(done, total)
        yield paper
    progress(done, total)
