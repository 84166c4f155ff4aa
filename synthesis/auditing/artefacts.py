"""The files of a run as they lie on disk: whole or not, and their lines as JSON trees, whatever they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import ValidationError

from synthesis.auditing.given import json_tree
from synthesis.auditing.records import Checked, Finding, Result
from synthesis.errors import InputFileError
from synthesis.records import Draft, Paper, Record, Report, bytes_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synthesis.store import Artefact, Run

R = TypeVar("R", bound=Record)
_PAPERS = (
    "papers.papers.jsonl",
    "full_texts.papers.jsonl",
    "evidence_papers.papers.jsonl",
)  # later ones hold more
_REPORT, _DRAFT = "report.report.jsonl", "review.draft.jsonl"


class Files(NamedTuple):
    """The files of a run: their lines as trees by name, and what is wrong with them."""

    rows: Mapping[str, list[Any]]
    result: Result

    def papers(self) -> dict[str, Paper]:
        """The run's papers by paper_id, with the text that was read."""
        found: dict[str, Paper] = {}
        for name in _PAPERS:
            for row in self.rows.get(name, ()):
                paper = _validated(Paper, row.get("paper") if isinstance(row, dict) else None)
                if paper is not None:
                    found[paper.paper_id] = paper
        return found

    def report(self) -> Report | None:
        """The stored report; ``None`` where it is missing or cannot be read."""
        return _validated(Report, next(iter(self.rows.get(_REPORT, ())), None))

    def draft(self) -> Draft | None:
        """The stored draft, likewise."""
        return _validated(Draft, next(iter(self.rows.get(_DRAFT, ())), None))


def _validated(record_type: type[R], value: Any) -> R | None:
    try:
        return record_type.model_validate(value)
    except ValidationError:
        return None


def read_files(run: Run) -> Files:
    """Every file that the manifest names, read whether or not its bytes are what was written."""
    rows: dict[str, list[Any]] = {}
    findings: list[Finding] = []
    artefacts = [a for stage in run.manifest.stages.values() for a in stage]
    for artefact in artefacts:
        data = _bytes_of(run, artefact)
        findings += _whole(artefact, data)
        if data is not None:
            try:
                rows[artefact.name] = _trees(run, artefact, data)
            except InputFileError as error:
                findings.append(_finding(artefact.name, "lines of JSON", str(error)))
    for output in run.manifest.outputs:
        findings += _whole(output, _bytes_of(run, output))
    checked = Checked(artefacts=len(artefacts) + len(run.manifest.outputs))
    return Files(rows, Result(findings=tuple(findings), checked=checked))


def _bytes_of(run: Run, artefact: Artefact) -> bytes | None:
    """A file's bytes; ``None`` where it is missing, or its name leads out of the run's folder."""
    path = run.folder / artefact.name
    if not path.resolve().is_relative_to(run.folder.resolve()):
        return None
    try:
        return path.read_bytes()
    except OSError:
        return None


def _whole(artefact: Artefact, data: bytes | None) -> Iterator[Finding]:
    if data is None:
        yield _finding(artefact.name, f"a file of {artefact.size:,} bytes", "no file")
    elif bytes_sha256(data) != artefact.sha256:
        yield _finding(artefact.name, f"SHA-256 {artefact.sha256}", bytes_sha256(data))


def _trees(run: Run, artefact: Artefact, data: bytes) -> list[Any]:
    path = run.folder / artefact.name
    try:
        lines = data.decode("utf-8").split("\n")  # a record may hold U+2028 and the like
    except UnicodeDecodeError as error:
        raise InputFileError(f"{path}: byte {error.start} is not UTF-8.") from error
    return [json_tree(line, path).value for line in lines if line.strip()]


def _finding(place: str, expected: str, found: str) -> Finding:
    return Finding(kind="file", place=place, expected=expected, found=found)
