"""What one addition changes in a local library's papers: file by file, record by record."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field

from synthesis.identifiers import make_paper_id, normalise_title
from synthesis.reading.files import read_file
from synthesis.reading.problems import Rejections, UnreadableFileError
from synthesis.records import Paper, Record, Rejection
from synthesis.sources.local_store import FileState, PaperStore, dump_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Progress = Callable[[int, int | None], None]

# raised whenever the readers give other papers for the same file, so that files are read again
READER_VERSION = 2
PROGRESS_STEP = 500  # papers between two reports of progress


def no_progress(done: int, total: int | None) -> None:
    """Report progress to nobody."""


class AddReport(Record):
    """What an addition changed, in papers, and what it dropped."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0  # papers of files that were read again
    removed: int = 0
    files_read: int = 0
    files_unchanged: int = 0  # not even read
    rejected: tuple[Rejection, ...] = ()  # the first thousand
    rejected_counts: dict[str, int] = Field(default_factory=dict)  # all of them, by reason


class Addition:
    """The changes of one addition; used within the store's transaction."""

    def __init__(self, store: PaperStore, source: str, rejections: Rejections, progress: Progress) -> None:
        self.generation = int(store.meta("generation")) + 1
        self.removed_ids: list[str] = []  # doc_ids in the search index
        self._store = store
        self._source = source
        self._rejections = rejections
        self._progress = progress
        self._done = 0
        self._tally: Counter[str] = Counter()  # by field of AddReport

    @property
    def changes(self) -> int:
        """Papers that were added, updated or removed."""
        return self._tally["added"] + self._tally["updated"] + self._tally["removed"]

    def report(self, files_unchanged: int) -> AddReport:
        """What was changed."""
        return AddReport(
            added=self._tally["added"],
            updated=self._tally["updated"],
            unchanged=self._tally["unchanged"],
            removed=self._tally["removed"],
            files_read=self._tally["files_read"],
            files_unchanged=files_unchanged,
            rejected=self._rejections.kept,
            rejected_counts=dict(sorted(self._rejections.counts.items())),
        )

    def remove_file(self, file_id: int) -> None:
        """Delete a file's papers and the file."""
        for paper_id, (row, _) in sorted(self._store.hashes_of_file(file_id).items()):
            self._store.drop_paper(row)
            self.removed_ids.append(doc_id_of(paper_id, row))
            self._tally["removed"] += 1
        self._store.drop_file(file_id)

    def read(self, file: Path, known: tuple[int, FileState] | None, *, alone: bool) -> None:
        """Bring the papers of one file up to date; ``known`` is what was recorded when it was last read.

        One of several files that cannot be read is rejected, and the papers that it gave before stay.

        Raises:
            UnreadableFileError: a file that is ``alone`` cannot be read.
        """
        before = self._rejections.counts.copy()
        try:
            state = _state_of(file)
            if known is not None and (state.sha256, READER_VERSION) == (
                known[1].sha256,
                known[1].reader_version,
            ):
                self._store.touch_file(known[0], state)
                return
            with self._store.all_or_nothing():
                changes = self._read_papers(file, self._store.put_file(file, state))
        except UnreadableFileError as error:
            if alone:
                raise
            self._rejections.add(str(file), error.reason, str(error))
            changes = _Changes()
            if error.reason == "cannot be opened":
                return
        self._store.put_file(file, state, dict(self._rejections.counts - before))
        self._tally.update(changes.tally)
        self._tally["files_read"] += 1
        self.removed_ids += changes.removed_ids

    def _read_papers(self, file: Path, file_id: int) -> _Changes:
        old = self._store.hashes_of_file(file_id)
        changes = _Changes()
        seen: dict[str, str] = {}  # paper_id → title
        for found in read_file(file, self._source, self._rejections):
            paper = _without_borrowed_id(found, seen)
            if paper.paper_id in seen:
                place = f"{file.name}: {paper.paper_id}"
                self._rejections.add(place, "same paper twice in the file", paper.title)
                continue
            seen[paper.paper_id] = paper.title
            changes.tally[self._put(file_id, paper, old.get(paper.paper_id))] += 1
            self._done += 1
            if self._done % PROGRESS_STEP == 0:
                self._progress(self._done, None)
        for paper_id in sorted(old.keys() - seen.keys()):
            self._store.drop_paper(old[paper_id][0])
            changes.removed_ids.append(doc_id_of(paper_id, old[paper_id][0]))
            changes.tally["removed"] += 1
        return changes

    def _put(self, file_id: int, paper: Paper, old: tuple[int, bytes] | None) -> str:
        """Store a paper unless it is there already; returns the name of its tally."""
        record = dump_record(paper)
        sha256 = hashlib.sha256(record.encode()).digest()
        if old is not None and old[1] == sha256:
            return "unchanged"
        self._store.put_paper(file_id, paper, record, sha256, self.generation)
        return "added" if old is None else "updated"


@dataclass
class _Changes:
    """What reading one file changed."""

    tally: Counter[str] = field(default_factory=Counter)
    removed_ids: list[str] = field(default_factory=list)


def _without_borrowed_id(paper: Paper, seen: dict[str, str]) -> Paper:
    """The paper under its ACL id or title where its DOI or arXiv id is that of another work of the file.

    Such slips are in the best databases: in the ACL Anthology W18-6482 carries the DOI of W18-6481.
    """
    first = seen.get(paper.paper_id)
    if first is None or normalise_title(first) == normalise_title(paper.title):
        return paper
    own = make_paper_id(title=paper.title, acl_id=paper.acl_id)
    if own == paper.paper_id:
        return paper
    return paper.model_copy(update={"paper_id": own, "doi": None, "arxiv_id": None, "arxiv_version": None})


def doc_id_of(paper_id: str, row: int) -> str:
    """The paper's ``doc_id`` in the search index: equal scores come in the order of paper_ids."""
    return f"{paper_id}#{row}"


def _state_of(path: Path) -> FileState:
    """Size, time of change and hash of a file as it is now. Raises ``UnreadableFileError``."""
    try:
        with path.open("rb") as handle:
            stat = path.stat()
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(
            f"cannot read {path}: {error.strerror or error}", "cannot be opened"
        ) from error
    return FileState(stat.st_size, stat.st_mtime_ns, sha256, READER_VERSION)
