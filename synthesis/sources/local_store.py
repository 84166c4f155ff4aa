"""The papers of a local library in one SQLite file: one writer, any number of readers.

    meta    schema version, name, generation (raised by one with every change)
    files   what was read: path, size, time of change, hash, counts of rejections
    papers  one row per paper and file; the same work may come from several files

``LocalLibrary`` keeps the search index beside it in step.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from synthesis.errors import StoreError
from synthesis.identifiers import normalise_title
from synthesis.reading.metadata import abstract_sections
from synthesis.records import Paper, text_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SCHEMA_VERSION = 1
_BUSY_SECONDS = 60  # another process commits a large addition within this
_MMAP_BYTES = 1 << 30
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    file_id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL, reader_version INTEGER NOT NULL, rejected TEXT NOT NULL
);
CREATE TABLE papers (
    row INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES files, paper_id TEXT NOT NULL,
    sha256 BLOB NOT NULL, generation INTEGER NOT NULL, doi TEXT, acl_id TEXT, title_key TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE UNIQUE INDEX papers_by_id ON papers (paper_id, file_id);
CREATE INDEX papers_by_file ON papers (file_id);
CREATE INDEX papers_by_doi ON papers (doi) WHERE doi IS NOT NULL;
CREATE INDEX papers_by_acl_id ON papers (acl_id) WHERE acl_id IS NOT NULL;
CREATE INDEX papers_by_title ON papers (title_key);
"""


class FileState(NamedTuple):
    """A file as it was when its papers were read."""

    size: int
    mtime_ns: int
    sha256: str
    reader_version: int


class StoredPaper(NamedTuple):
    """A paper and its row."""

    row: int
    paper: Paper


class PaperStore:
    """Papers by row, identifier and file. All methods raise ``StoreError`` when the file fails."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()  # the pipeline may ask from several threads

    @classmethod
    def create(cls, path: Path, name: str) -> PaperStore:
        """Make an empty store for a library called ``name``."""
        with _typed_errors(path):
            connection = _connect(path, "rwc")
            connection.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
            store = cls(path, connection)
        with store.writing():
            for key, value in (("schema_version", SCHEMA_VERSION), ("name", name), ("generation", 0)):
                store._run("INSERT INTO meta VALUES (?, ?)", (key, str(value)))
        return store

    @classmethod
    def open(cls, path: Path) -> PaperStore:
        """Open a store; read-only where it cannot be written."""
        with _typed_errors(path):
            try:
                connection = _connect(path, "rw")
                connection.execute("SELECT COUNT(*) FROM meta").fetchone()
            except sqlite3.OperationalError:
                connection = _connect(path, "ro")
            store = cls(path, connection)
            version = int(store.meta("schema_version"))
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"the library {path.parent} was written by a newer version of this program (its schema is "
                f"{version}, this one reads up to {SCHEMA_VERSION}). Update the program, or use another --home."
            )
        return store

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it or nothing."""
        with _typed_errors(self.path):
            self._run("BEGIN IMMEDIATE")
            try:
                yield
                self._run("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A part of the transaction that can fail alone."""
        self._run("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # SQLite may have undone it all already, on a full disk
                self._run("ROLLBACK TO part")
                self._run("RELEASE part")
            raise
        self._run("RELEASE part")

    def meta(self, key: str) -> str:
        """One of ``schema_version``, ``name``, ``generation``."""
        rows = self._all("SELECT value FROM meta WHERE key = ?", (key,))
        if not rows:
            raise StoreError(_damaged(self.path, f"its {key} is missing"))
        return str(rows[0][0])

    def set_generation(self, generation: int) -> None:
        """Record the number of the last change."""
        self._run("UPDATE meta SET value = ? WHERE key = 'generation'", (str(generation),))

    # ------------------------------------------------------------------ files

    def files(self) -> dict[bytes, tuple[int, FileState]]:
        """Path (as the system's bytes) → (file_id, state), in the order of reading."""
        rows = self._all(
            "SELECT path, file_id, size, mtime_ns, sha256, reader_version FROM files ORDER BY file_id"
        )
        return {path: (file_id, FileState(*state)) for path, file_id, *state in rows}

    def put_file(self, path: Path, state: FileState, rejected: dict[str, int] | None = None) -> int:
        """Record a file as read, with its counts of rejections; returns its file_id."""
        values = (os.fsencode(path), *state, json.dumps(rejected or {}, sort_keys=True))
        self._run(
            "INSERT INTO files (path, size, mtime_ns, sha256, reader_version, rejected) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, "
            "sha256 = excluded.sha256, reader_version = excluded.reader_version, rejected = excluded.rejected",
            values,
        )
        return int(self._all("SELECT file_id FROM files WHERE path = ?", (os.fsencode(path),))[0][0])

    def touch_file(self, file_id: int, state: FileState) -> None:
        """Record that a file looks different and holds the same."""
        self._run(
            "UPDATE files SET size = ?, mtime_ns = ? WHERE file_id = ?", (state.size, state.mtime_ns, file_id)
        )

    def drop_file(self, file_id: int) -> None:
        """Forget a file; its papers must be gone."""
        self._run("DELETE FROM files WHERE file_id = ?", (file_id,))

    def rejected_counts(self) -> dict[str, int]:
        """Reason → count over all files, in the order of the reasons."""
        counts: dict[str, int] = {}
        for (rejected,) in self._all("SELECT rejected FROM files"):
            for reason, count in json.loads(rejected).items():
                counts[reason] = counts.get(reason, 0) + count
        return dict(sorted(counts.items()))

    # ------------------------------------------------------------------ papers

    def hashes_of_file(self, file_id: int) -> dict[str, tuple[int, bytes]]:
        """paper_id → (row, hash of the record) of one file's papers."""
        rows = self._all("SELECT paper_id, row, sha256 FROM papers WHERE file_id = ?", (file_id,))
        return {paper_id: (row, sha256) for paper_id, row, sha256 in rows}

    def put_paper(self, file_id: int, paper: Paper, record: str, sha256: bytes, generation: int) -> None:
        """Insert a paper, or replace the one of the same paper_id and file, which keeps its row."""
        self._run(
            "INSERT INTO papers (file_id, paper_id, sha256, generation, doi, acl_id, title_key, record) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (paper_id, file_id) DO UPDATE SET "
            "sha256 = excluded.sha256, generation = excluded.generation, doi = excluded.doi, "
            "acl_id = excluded.acl_id, title_key = excluded.title_key, record = excluded.record",
            (
                file_id,
                paper.paper_id,
                sha256,
                generation,
                paper.doi,
                paper.acl_id,
                title_key(paper.title),
                record,
            ),
        )

    def drop_paper(self, row: int) -> None:
        """Delete a paper."""
        self._run("DELETE FROM papers WHERE row = ?", (row,))

    def count(self) -> int:
        """Rows of papers."""
        return int(self._all("SELECT COUNT(*) FROM papers")[0][0])

    def rows(self) -> list[int]:
        """All rows, ascending."""
        return [row for (row,) in self._all("SELECT row FROM papers ORDER BY row")]

    def count_works(self) -> int:
        """Different paper_ids."""
        return int(self._all("SELECT COUNT(DISTINCT paper_id) FROM papers")[0][0])

    def changed_since(self, generation: int) -> Iterator[StoredPaper]:
        """Papers written in this generation or later, by row; read as they are asked for."""
        with _typed_errors(self.path):
            rows = self._connection.execute(
                "SELECT row, record FROM papers WHERE generation >= ? ORDER BY row", (generation,)
            )
            for row, record in rows:
                yield StoredPaper(row, load_record(record))

    def count_changed_since(self, generation: int) -> int:
        """How many ``changed_since`` gives."""
        return int(self._all("SELECT COUNT(*) FROM papers WHERE generation >= ?", (generation,))[0][0])

    def by_rows(self, rows: Sequence[int]) -> dict[int, Paper]:
        """Row → paper; a row that does not exist is left out."""
        marks = ",".join("?" * len(rows))
        found = self._all(f"SELECT row, record FROM papers WHERE row IN ({marks})", rows)  # noqa: S608  only marks
        return {row: load_record(record) for row, record in found}

    def by_name(self, column: str, value: str) -> list[Paper]:
        """Papers whose ``paper_id``, ``doi``, ``acl_id`` or ``title_key`` is ``value``, by paper_id and file."""
        assert column in {"paper_id", "doi", "acl_id", "title_key"}
        query = f"SELECT record FROM papers WHERE {column} = ? ORDER BY paper_id, file_id"  # noqa: S608  see assert
        return [load_record(record) for (record,) in self._all(query, (value,))]

    def page(self, limit: int, offset: int) -> list[Paper]:
        """Papers in the order of paper_id and file."""
        query = "SELECT record FROM papers ORDER BY paper_id, file_id LIMIT ? OFFSET ?"
        return [load_record(record) for (record,) in self._all(query, (limit, offset))]

    def verify(self) -> None:
        """Check the file's structure and every record against its hash."""
        with _typed_errors(self.path):
            verdict = self._all("PRAGMA integrity_check(1)")[0][0]
            if verdict != "ok":
                raise StoreError(_damaged(self.path, str(verdict).splitlines()[-1]))
            for paper_id, sha256, record in self._connection.execute(
                "SELECT paper_id, sha256, record FROM papers"
            ):
                if hashlib.sha256(record.encode()).digest() != sha256:
                    raise StoreError(_damaged(self.path, f"the record of {paper_id} does not match its hash"))

    # ------------------------------------------------------------------ SQLite

    def _run(self, statement: str, values: Sequence[object] = ()) -> None:
        with self._lock, _typed_errors(self.path):
            self._connection.execute(statement, values)

    def _all(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock, _typed_errors(self.path):
            return self._connection.execute(statement, values).fetchall()


def title_key(title: str) -> str:
    """The first 16 hex of the normalised title's SHA-256."""
    return text_sha256(normalise_title(title))[:16]


def dump_record(paper: Paper) -> str:
    """JSON of a paper, less what is default; the section of a bare abstract is left out."""
    bare = paper.sections == abstract_sections(paper.abstract)
    return paper.model_dump_json(exclude_defaults=True, exclude={"sections"} if bare else None)


def load_record(record: str) -> Paper:
    """The paper that ``dump_record`` wrote."""
    paper = Paper.model_validate_json(record)
    if paper.sections or not paper.abstract:
        return paper
    return paper.model_copy(update={"sections": abstract_sections(paper.abstract)})


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,  # transactions begin where we say so
        check_same_thread=False,
    )
    connection.execute(f"PRAGMA mmap_size = {_MMAP_BYTES}")
    return connection


@contextmanager
def _typed_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        reason = str(error)
        if "locked" in reason:
            way_out = "Another process is writing to it; try again when that has finished."
        elif "full" in reason or "disk I/O" in reason:
            way_out = "Free some space; what was there before is unchanged."
        elif "readonly" in reason or "read-only" in reason:
            way_out = "Make the folder writable, or choose another with --home."
        else:
            way_out = "Check that the folder exists and can be read and written; what was there before is unchanged."
        raise StoreError(f"the library's file {path} cannot be used: {reason}. {way_out}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(_damaged(path, str(error))) from error


def _damaged(path: Path, detail: str) -> str:
    return (
        f"the library's file {path} is damaged: {detail}. Delete the folder {path.parent} and add the library again; "
        "the files that it was made from are not touched."
    )
