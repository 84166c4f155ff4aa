"""A run computed again from what its searches answered, and each of its files set against the outcome."""

from __future__ import annotations

import tempfile
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import synthesis
from synthesis.assembly import make_tools
from synthesis.auditing.artefacts import Files, read_files
from synthesis.auditing.files import value_findings
from synthesis.auditing.places import artefact_place
from synthesis.auditing.records import Finding, Result
from synthesis.errors import ReplayError, SynthesisError
from synthesis.jobs import compute_again, order_of
from synthesis.records import bytes_sha256
from synthesis.stage_results import KEPT_STAGES
from synthesis.store import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from synthesis.records import Report
    from synthesis.request import Tools
    from synthesis.store import Artefact

T = TypeVar("T")
_SHOWN = 40  # differences of one file


class Recomputed(NamedTuple):
    """The report as the run's own search results give it now; ``None`` where it could not be computed."""

    report: Report | None
    result: Result


class _KeepingRun(Run):
    """A run whose kept stages are read or are an error: what was searched and judged is never done again."""

    def stage(self, name: str, result_type: type[T], compute: Callable[[], T]) -> T:
        stored = self.load(name, result_type)
        if stored is None and name in {"order", *KEPT_STAGES} and self.manifest.stages.get(name):
            raise ReplayError(f"what the stage “{name}” left cannot be read as its records")
        return stored if stored is not None else super().stage(name, result_type, compute)


def recompute(run: Run, files: Files, tools: Tools | None = None) -> Recomputed:
    """Compute ``run`` again and compare each file value by value with what it should be.

    ``tools`` are those of the run; they are made anew where there are none.
    """
    reason = _why_not(run)
    if reason is None:
        try:
            tools = tools or _tools_of(run)
            reason = _other_models(run, tools)
        except SynthesisError as error:
            reason = str(error)
    if reason is not None or tools is None:
        return Recomputed(None, _left_out(reason or "it has no tools"))
    with tempfile.TemporaryDirectory(prefix="synthesis-audit-") as folder:
        try:
            again, report = compute_again(_as_it_lies(run), Path(folder), tools, run_type=_KeepingRun)
        except Exception as error:  # noqa: BLE001 - records that do not belong together may fail anywhere
            text = str(error) if isinstance(error, ReplayError) else f"{type(error).__name__}: {error}"
            finding = Finding(
                kind="file", place="the run", expected="a run that can be computed again", found=text[:300]
            )
            return Recomputed(None, Result(findings=(finding,)))
        expected = read_files(again)
        return Recomputed(report, Result(findings=tuple(_compare(files, expected))))


def _as_it_lies(run: Run) -> Run:
    """The run with the hashes that its files have now: that they were changed is found elsewhere."""

    def lies(artefact: Artefact) -> Artefact:
        path = run.folder / artefact.name
        return artefact.model_copy(update={"sha256": bytes_sha256(path.read_bytes())})

    stages = {
        name: tuple(lies(a) for a in artefacts) if name in {"order", *KEPT_STAGES} else artefacts
        for name, artefacts in run.manifest.stages.items()
    }
    return Run(run.folder, run.manifest.model_copy(update={"stages": stages}))


def _why_not(run: Run) -> str | None:
    manifest = run.manifest
    if not manifest.complete or "order" not in manifest.stages:
        return "it is not finished"
    if any(Path(a.name).name != a.name for artefacts in manifest.stages.values() for a in artefacts):
        return "a file that it names lies outside its folder"
    if manifest.version != synthesis.__version__:
        return f"version {manifest.version} made it, this is {synthesis.__version__}"
    return None


def _tools_of(run: Run) -> Tools:
    origin = order_of(run).origin
    folder = Path(origin.judge) if origin and origin.judge else None
    return make_tools((), folder)


def _other_models(run: Run, tools: Tools) -> str | None:
    made_with = (run.manifest.judge, run.manifest.calibrator)
    have = (tools.judge.fingerprint, tools.calibrator.fingerprint)
    return None if made_with == have else f"{', '.join(made_with)} judged it, here are {', '.join(have)}"


def _left_out(reason: str) -> Result:
    place = f"the run could not be computed again: {reason}; its files were checked as they are"
    return Result(findings=(Finding(kind="file", place=place, expected="", found="", weight="unchecked"),))


def _compare(files: Files, expected: Files) -> Iterator[Finding]:
    for name in [*expected.rows, *(n for n in files.rows if n not in expected.rows)]:
        stored, again = files.rows.get(name), expected.rows.get(name)
        if stored is None or again is None:
            there = "no such file" if stored is None else "a file that the run does not make"
            yield Finding(kind="file", place=name, expected="a file of the run", found=there)
        elif stored != again:
            found = value_findings(again, stored, partial(artefact_place, name, again))
            yield from islice(found, _SHOWN)
