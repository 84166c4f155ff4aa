"""A local library: a user's own papers, added once, searched by BM25.

    FOLDER/library.sqlite   the papers and what they were read from
    FOLDER/index/           the search index over them, memory-mapped
    FOLDER/write.lock       held by the one writer

Both carry the number of the last change (generation). The index is written inside the transaction of the papers, so a
failure leaves both as they were; where a kill between the two commits left them apart, ``open`` builds the index anew
from the papers.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from synthesis.errors import StoreError
from synthesis.identifiers import normalise_title, parse_acl_id, parse_arxiv_id, parse_doi
from synthesis.reading.files import list_files
from synthesis.reading.problems import Rejections
from synthesis.records import Paper, Record, text_sha256
from synthesis.retrieval import detect_language
from synthesis.sources.answer import SearchAnswer
from synthesis.sources.local_addition import READER_VERSION, Addition, AddReport, no_progress
from synthesis.sources.local_index import build_index, in_step, open_index, row_of, update_index
from synthesis.sources.local_meaning import nearest_rows
from synthesis.sources.local_store import FileState, PaperStore, title_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthesis.protocols import Meaning
    from synthesis.retrieval import SearchIndex
    from synthesis.sources.local_addition import Progress

_DATABASE = "library.sqlite"
_INDEX = "index"
_LOOKED_THROUGH = 5000  # papers of a library whose languages are told by looking at each
_LOCK_SECONDS = 600  # the longest addition of a large library stays below


class LibraryStats(Record):
    """A library in numbers."""

    name: str
    papers: int  # different works
    records: int  # a work may come from several files
    files: tuple[str, ...]
    rejected_counts: dict[str, int]
    bytes_on_disk: int


class LocalLibrary:
    """A ``Source`` over papers on this machine. Made by ``create`` or ``open``; methods raise ``StoreError``."""

    remote = False

    def __init__(self, folder: Path, store: PaperStore, index: SearchIndex) -> None:
        self.folder = folder
        self.name = store.meta("name")
        self.on_progress: Progress = no_progress  # told while titles are encoded, which takes a minute
        self._store = store
        self._index = index

    # ------------------------------------------------------------------ life

    @classmethod
    def create(cls, folder: Path, name: str) -> LocalLibrary:
        """Make an empty library called ``name`` in a folder that holds none."""
        if cls.exists(folder):
            raise StoreError(f"there is a library in {folder} already. Open it, or choose another folder.")
        with _storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with _write_lock(folder):
                if cls.exists(folder):  # made by another process while we waited
                    return cls.open(folder)
                (folder / _DATABASE).unlink(missing_ok=True)  # an empty one, of a creation that was killed
                store = PaperStore.create(folder / _DATABASE, name)
                index = build_index(folder / _INDEX, store)
        return cls(folder, store, index)

    @classmethod
    def open(cls, folder: Path) -> LocalLibrary:
        """Open a library; an index that does not fit its papers is built anew first."""
        if not cls.exists(folder):
            raise StoreError(f"there is no library in {folder}. Add one with: synthesis library add PATH")
        store = PaperStore.open(folder / _DATABASE)
        index = open_index(folder / _INDEX, store)
        if index is None:
            with _storage_errors(folder), _write_lock(folder):
                index = open_index(folder / _INDEX, store) or build_index(folder / _INDEX, store)
        return cls(folder, store, index)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether ``folder`` holds a library."""
        database = folder / _DATABASE
        return database.is_file() and database.stat().st_size > 0

    @property
    def fingerprint(self) -> str:
        """Folder and number of the last change."""
        return f"{self.folder.name}:{self._store.meta('generation')}"

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ Source

    def search(self, query: str, limit: int) -> SearchAnswer:
        """The best ``limit`` papers that share a term with ``query``, by BM25 over title and text."""
        papers: list[Paper] = []
        wanted = limit
        while wanted > 0:
            hits = self._hits(query, wanted)
            papers = _merged(hits)
            if len(papers) >= limit or len(hits) < wanted:
                break
            wanted *= 2  # works that came from several files took more than one place
        return SearchAnswer(papers=tuple(papers[:limit]))

    def search_meaning(self, text: str, limit: int, meaning: Meaning) -> SearchAnswer:
        """The ``limit`` papers whose titles are nearest to ``text`` in meaning, in whatever language."""
        rows = nearest_rows(self.folder, self._store, text, limit, meaning, self.on_progress)
        papers = self._store.by_rows(rows)
        return SearchAnswer(papers=tuple(_merged([papers[row] for row in rows if row in papers])))

    def languages(self) -> frozenset[str]:
        """Languages of the papers, by what they say or by titles beyond ASCII; none for a large library."""
        if self._store.count() > _LOOKED_THROUGH:
            return frozenset()
        papers = [paper for _, paper in self._store.changed_since(0)]
        stated = {paper.language for paper in papers if paper.language}
        told = {detect_language(p.title) for p in papers if not p.language and not p.title.isascii()}
        return frozenset(language for language in stated | told if language)

    def lookup(self, identifier: str) -> Paper | None:
        """The paper with this paper_id, arXiv id, DOI, ACL id or title."""
        for column, value in _names_of(identifier):
            if papers := self._store.by_name(column, value):
                return _merged(papers)[0]
        return None

    def _hits(self, query: str, limit: int) -> list[Paper]:
        with _storage_errors(self.folder):
            (hits,) = self._index.search([query], limit)
        rows = [row for hit in hits if (row := row_of(hit.doc_id)) is not None]
        papers = self._store.by_rows(rows)
        return [papers[row] for row in rows if row in papers]

    # ------------------------------------------------------------------ contents

    def __len__(self) -> int:
        return self._store.count_works()

    def papers(self, limit: int = 100, offset: int = 0) -> list[Paper]:
        """Records in the order of paper_id."""
        return self._store.page(limit, offset)

    def stats(self) -> LibraryStats:
        """The library in numbers."""
        files = tuple(path.decode("utf-8", "replace") for path in self._store.files())
        size = sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())
        return LibraryStats(
            name=self.name,
            papers=self._store.count_works(),
            records=self._store.count(),
            files=files,
            rejected_counts=self._store.rejected_counts(),
            bytes_on_disk=size,
        )

    def verify(self) -> None:
        """Check every stored byte. Raises ``StoreError`` naming what differs and the way out."""
        self._store.verify()
        with _storage_errors(self.folder):
            self._index.verify()
        if not in_step(self._index, self._store):
            raise StoreError(
                f"the index of the library {self.folder} does not hold the same papers as its file. "
                "Open the library again; it is built anew then."
            )

    # ------------------------------------------------------------------ change

    def add_path(self, path: Path, progress: Progress = no_progress) -> AddReport:
        """Add a file, or a folder's files; what is known and unchanged is passed over.

        A paper that its file no longer holds is removed, and so are those of files gone from the folder. ``progress``
        is called with (papers done, papers in all or ``None``), first while reading, then while indexing.

        Raises:
            InputFileError: the path cannot be read at all; the library stays as it was.
            StoreError: the library cannot be written; it stays as it was.
        """
        plan = self._plan(path)
        if not plan.changed and not plan.gone:
            return plan.report()
        with _storage_errors(self.folder), _write_lock(self.folder):
            plan = self._plan(path)  # another process may have added the same while we waited
            addition = Addition(self._store, self.name, plan.rejections, progress)
            with self._store.writing():
                for file_id in plan.gone:
                    addition.remove_file(file_id)
                for file in plan.changed:
                    addition.read(file, plan.known.get(file), alone=not path.is_dir())
                if addition.changes:
                    self._bring_index_into_step(addition, progress)
            index = self.folder / _INDEX
            self._index = open_index(index, self._store) or build_index(index, self._store)
        return addition.report(plan.files_unchanged)

    def _plan(self, path: Path) -> _Plan:
        rejections = Rejections()
        files = [file.resolve() for file in list_files(path, rejections)]
        known = {Path(os.fsdecode(name)): entry for name, entry in self._store.files().items()}
        root = path.resolve()
        gone = [
            known[file][0] for file in sorted(known) if file.is_relative_to(root) and file not in set(files)
        ]
        changed = [file for file in files if file not in known or _looks_changed(file, known[file][1])]
        return _Plan(known, changed, gone, len(files) - len(changed), rejections)

    def _bring_index_into_step(self, addition: Addition, progress: Progress) -> None:
        """Write the addition to the index, as its next generation; the caller holds lock and transaction."""
        self._store.set_generation(addition.generation)
        if len(self._index) <= 1:  # nothing but the mark: building leaves nothing behind to rewrite
            build_index(self.folder / _INDEX, self._store, progress)
        else:
            update_index(self._index, self._store, addition.removed_ids, progress)


@dataclass(frozen=True)
class _Plan:
    """What an addition has to do."""

    known: dict[Path, tuple[int, FileState]]
    changed: list[Path]
    gone: list[int]  # file_ids
    files_unchanged: int
    rejections: Rejections

    def report(self) -> AddReport:
        """What is reported when there is nothing to do."""
        return AddReport(
            files_unchanged=self.files_unchanged,
            rejected=self.rejections.kept,
            rejected_counts=dict(self.rejections.counts),
        )


def ensure_library(home: Path, path: Path, progress: Progress = no_progress) -> LocalLibrary:
    """The library that belongs to the file or folder ``path`` (an option ``--library``), made or brought up to date.

    It lives in ``home/libraries/<name>-<8 hex of the path's sha256>``.

    Raises:
        InputFileError: ``path`` cannot be read. StoreError: the library cannot be written.
    """
    resolved = path.resolve()
    name = re.sub(r"[^\w-]+", "-", resolved.name.split(".")[0]).strip("-") or "library"
    key = text_sha256(str(resolved).encode("utf-8", "replace").decode())[:8]
    folder = home / "libraries" / f"{name[:40]}-{key}"
    library = LocalLibrary.open(folder) if LocalLibrary.exists(folder) else LocalLibrary.create(folder, name)
    try:
        library.add_path(path, progress)
    except BaseException:
        empty = len(library) == 0
        library.close()
        if empty:  # a path that cannot be read leaves nothing behind
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return library


def _looks_changed(file: Path, state: FileState) -> bool:
    """Whether a file must be looked into, by what the system says of it."""
    try:
        stat = file.stat()
    except OSError:
        return True  # reading it will say why
    return (stat.st_size, stat.st_mtime_ns, READER_VERSION) != (
        state.size,
        state.mtime_ns,
        state.reader_version,
    )


def _names_of(identifier: str) -> Iterator[tuple[str, str]]:
    """(column, value) under which a paper may be stored, surest first."""
    yield "paper_id", identifier
    if arxiv := parse_arxiv_id(identifier):
        yield "paper_id", f"arxiv:{arxiv[0]}"
    if doi := parse_doi(identifier):
        yield "doi", doi
    if acl_id := parse_acl_id(identifier):
        yield "acl_id", acl_id
    if normalise_title(identifier):
        yield "title_key", title_key(identifier)


def _merged(papers: Sequence[Paper]) -> list[Paper]:
    """Records of one work as one paper, at the place of the first."""
    works: dict[str, list[Paper]] = {}
    for paper in papers:
        works.setdefault(paper.paper_id, []).append(paper)
    return [_merged_work(records) if len(records) > 1 else records[0] for records in works.values()]


def _merged_work(records: list[Paper]) -> Paper:
    """The record with most text, its missing facts taken from the others."""
    base = max(records, key=lambda paper: sum(len(section.text) for section in paper.sections))
    facts = ("abstract", "authors", "year", "venue", "doi", "arxiv_version", "acl_id", "url")
    missing = {
        fact: value
        for fact in facts
        if not getattr(base, fact)
        and (value := next(filter(None, (getattr(r, fact) for r in records)), None))
    }
    return base.model_copy(update=missing | {"retracted": any(record.retracted for record in records)})


# ---------------------------------------------------------------------- locks and errors


@contextmanager
def _write_lock(folder: Path) -> Iterator[None]:
    """Hold the writer's lock; the system lets go of it when its holder dies."""
    try:
        with FileLock(folder / "write.lock", timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise StoreError(
            f"another process has been writing to the library {folder} for {_LOCK_SECONDS} s. "
            "Try again when it has finished."
        ) from error


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    from synthesis.retrieval import RetrievalError  # noqa: PLC0415  the engine loads when a library is opened

    try:
        yield
    except RetrievalError as error:
        raise StoreError(f"the index of the library {folder} failed: {error}") from error
    except OSError as error:
        raise StoreError(
            f"the library {folder} cannot be written: {error.strerror or error}. Free some space or choose another "
            "place with --home; what was there before is unchanged."
        ) from error
