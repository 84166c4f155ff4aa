"""The library of reports: which runs there are, what their rows say, and their bytes in any format."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from synthesis.errors import StoreError
from synthesis.records import Label, Tier, bytes_sha256
from synthesis.rendering import EXTRAS, FORMATS, render
from synthesis.stage_results import Reported
from synthesis.store import Run
from synthesis.web.caching import Bounded
from synthesis.web.views import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from synthesis.records import Report
    from synthesis.store import Artefact, Home

ALL_FORMATS = (*FORMATS, *EXTRAS)
MEDIA_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
    "bib": "application/x-bibtex; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
_FRESH_SECONDS = 0.5  # how long a look at the folder holds
_REPORT_FILE = "report.report.jsonl"
_MAX_REPORT_BYTES = 48 << 20  # of reports kept in memory, as they lie on disk


class _Glance(BaseModel):
    """What a row needs of a report; the rest of the file is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _ClaimGlance(_Glance):
    label: Label


class _ReviewGlance(_Glance):
    consensus: float
    tier: Tier = "watchlist"


class _ReferenceGlance(_Glance):
    number: int


class _ReportGlance(_Glance):
    kind: str
    title: str
    question: str
    date: str
    language: str = "en"
    claims: tuple[_ClaimGlance, ...]
    references: tuple[_ReferenceGlance, ...]
    review: _ReviewGlance


class _State(NamedTuple):
    """When a manifest is the same as it was."""

    modified: int
    size: int
    inode: int


class Shelved(NamedTuple):
    """A finished run that can be shown; ``sha256`` is its manifest's, so it stands for all of its bytes."""

    row: RunRow
    run: Run
    sha256: str


class Shelf:
    """The finished runs under a home, newest first. Its folder is looked at again when the last look is old."""

    def __init__(self, home: Home, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = home.runs
        self._monotonic = monotonic
        self._looked = -_FRESH_SECONDS
        self._known: dict[str, tuple[_State, Shelved | None]] = {}
        self._reports: Bounded[Report] = Bounded(_MAX_REPORT_BYTES)
        self._shelved: tuple[Shelved, ...] = ()
        self._version = ""

    def all(self) -> tuple[Shelved, ...]:
        """Every finished run, newest first."""
        if self._monotonic() - self._looked >= _FRESH_SECONDS:
            self._look()
        return self._shelved

    @property
    def version(self) -> str:
        """Changes whenever ``all`` does."""
        self.all()
        return self._version

    def find(self, name: str) -> Shelved | None:
        """The run in the folder ``name``; ``None`` where it is none of ``all``: no name leads anywhere else."""
        found = next((s for s in self.all() if s.row.name == name), None)
        if found is None:  # one that ended a moment ago
            self._look()
            found = next((s for s in self._shelved if s.row.name == name), None)
        return found

    def report(self, shelved: Shelved) -> Report:
        """The run's report; blocks while it is read.

        Raises:
            StoreError: its file is damaged.
        """
        found = self._reports.get(shelved.sha256)
        if found is None:
            reported = shelved.run.load("report", Reported)
            if reported is None:
                raise StoreError(
                    f"the report of {shelved.row.name} cannot be read: its file is damaged or of another version. "
                    "synthesis doctor says what is damaged; ask the question again for a new report."
                )
            found = reported.report
            self._reports.put(shelved.sha256, found, _report_file(shelved.run).size)
        return found

    def download(self, shelved: Shelved, fmt: str) -> bytes:
        """The report in a format of ``ALL_FORMATS``: as it was written with the run, else rendered now; blocks.

        Raises:
            StoreError: the record is damaged. RenderError: the format could not be written.
        """
        name = f"outputs/report.{fmt}"
        written = next((a for a in shelved.run.manifest.outputs if a.name == name), None)
        data = _read(shelved.run, written) if written else None
        return render(self.report(shelved), fmt) if data is None else data

    def _look(self) -> None:
        """Read the manifests that are new or changed, and forget those that are gone."""
        known = {}
        for entry in sorted(os.scandir(self._folder), key=lambda e: e.name) if self._folder.is_dir() else []:
            if not entry.is_dir(follow_symlinks=False):  # a link may lead anywhere
                continue
            state = _state_of(self._folder / entry.name / "run.json")
            if state is None:
                continue
            before = self._known.get(entry.name)
            same = before is not None and before[0] == state
            known[entry.name] = before if same and before else (state, _shelve(self._folder / entry.name))
        self._looked = self._monotonic()
        if known.keys() == self._known.keys() and all(known[n] is self._known[n] for n in known):
            return
        self._known = known
        found = [shelved for _, shelved in known.values() if shelved is not None]
        self._shelved = tuple(sorted(found, key=lambda s: (s.run.manifest.clock, s.row.name), reverse=True))
        self._version = bytes_sha256("\n".join(s.sha256 for s in self._shelved).encode())


def _state_of(manifest: Path) -> _State | None:
    try:
        found = manifest.lstat()
    except OSError:
        return None
    return _State(found.st_mtime_ns, found.st_size, found.st_ino)


def _shelve(folder: Path) -> Shelved | None:
    """A run as the library shows it; ``None`` where it is not finished or cannot be read."""
    try:
        run = Run.open(folder)
        sha256 = bytes_sha256((folder / "run.json").read_bytes())
    except (StoreError, OSError):
        return None
    if not run.manifest.complete:
        return None
    try:
        data = _read(run, _report_file(run))
        glance = _ReportGlance.model_validate_json(data or b"")
    except (StopIteration, ValidationError):
        return None
    row = RunRow(
        name=folder.name,
        kind="verification" if glance.kind == "verification" else "report",
        title=glance.title,
        question=glance.question,
        date=glance.date,
        language=glance.language,
        n_papers=len(glance.references),
        n_claims=len(glance.claims),
        labels=dict(Counter(claim.label for claim in glance.claims)),
        score=glance.review.consensus,
        tier=glance.review.tier,
        formats=tuple(a.name.rpartition(".")[2] for a in run.manifest.outputs),
    )
    return Shelved(row, run, sha256)


def _report_file(run: Run) -> Artefact:
    """The file of the report; ``StopIteration`` where the manifest names none."""
    return next(a for a in run.manifest.stages.get("report", ()) if a.name == _REPORT_FILE)


def _read(run: Run, artefact: Artefact) -> bytes | None:
    """The bytes of a run's own file, whole; ``None`` also where a link leads out of the run's folder."""
    path = run.folder / artefact.name
    if path.resolve() != run.folder.resolve() / artefact.name:
        return None
    return run.read(artefact)
