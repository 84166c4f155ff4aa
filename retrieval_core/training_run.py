"""The folder of a training run: what it was made from, what each step gave, and the page that shows it.

OUT/run.json         configuration, data, model, versions, outcome: the same for the same run
OUT/metrics.jsonl    a line a step or evaluation
OUT/timings.jsonl    a line a session: when, how long; all that differs from one run to the next
OUT/curves.html      loss and development figure
OUT/test.jsonl       pairs that the run has never seen, where it held any out
OUT/leaks.jsonl      texts that an evaluation set knows, where one was checked against; their pairs were left out
OUT/checkpoints/     see checkpoint
OUT/model/           the trained model in sentence-transformers' form
"""

from __future__ import annotations

import hashlib
import platform
import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from pydantic import Field, ValidationError

from retrieval_core.errors import InputError
from retrieval_core.model_files import to_bytes
from retrieval_core.records import Record
from retrieval_core.training_config import Training

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUN, METRICS, TIMINGS, CURVES, CHECKPOINTS, MODEL = (
    "run.json", "metrics.jsonl", "timings.jsonl", "curves.html", "checkpoints", "model",
)  # fmt: skip
TEST, LEAKS = "test.jsonl", "leaks.jsonl"
LIBRARIES = ("numpy", "safetensors", "sentence-transformers", "tokenizers", "torch", "transformers")
Existing = Literal["refuse", "resume", "replace"]


class DataFile(Record):
    """A file that pairs were read from, or, for "test", that they were written to."""

    name: str
    sha256: str
    rows: int = Field(ge=0)
    use: Literal["train", "development", "replay", "test"]


class Outcome(Record):
    """How a run ended. ``development``: the best figure, reached after ``best_step``; ``model``: its SHA-256."""

    steps: int
    stopped_early: bool
    best_step: int
    development: float | None
    development_before: float | None
    model: str


class Run(Record):
    """The content of ``run.json``; ``digest`` tells this run from those with other settings, models or data."""

    form: Literal["retrieval-core-run/1"] = "retrieval-core-run/1"
    digest: str
    model: str
    model_fingerprint: str
    prefixes: tuple[str, str]
    config: Training
    files: tuple[DataFile, ...]
    pairs: int
    unused_pairs: int  # that no batch of this strategy can hold
    replayed_pairs: int
    development: str | None
    steps: int
    processes: int
    versions: dict[str, str]
    outcome: Outcome | None = None


class Metric(Record):
    """A line of ``metrics.jsonl``: after ``step`` steps; the loss of that step, the development figure."""

    step: int = Field(ge=0)
    loss: float | None = None
    development: float | None = None


def versions() -> dict[str, str]:
    """Of Python and the libraries that decide what comes out."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def prepare(out: Path, existing: Existing) -> None:
    """Make ``out`` ready for a run, or leave the one that is there to be resumed.

    Raises ``InputError`` if ``out`` holds a run and ``existing`` is "refuse", or holds files of anything else.
    """
    ours = (out / RUN).is_file()
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} holds other files. Name a new or empty folder for the run.")
    if ours and existing == "refuse":
        raise InputError(f"{out} holds a run already. Go on with it by --resume, or replace it by --fresh.")
    if ours and existing == "replace":
        for name in (CHECKPOINTS, MODEL):
            shutil.rmtree(out / name, ignore_errors=True)
        for name in (METRICS, TIMINGS, CURVES, TEST, LEAKS, RUN):
            (out / name).unlink(missing_ok=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Cannot make the folder {out}: {error.strerror}. Name another.") from error


def write_run(out: Path, run: Run) -> None:
    """Write ``run.json`` in one piece."""
    draft = out / f".{RUN}"
    draft.write_bytes(to_bytes(run, indent=1))
    draft.replace(out / RUN)


def read_metrics(out: Path, last_step: int) -> list[Metric]:
    """The metrics up to ``last_step``; a line that a killed process left unfinished is left out."""
    found = []
    if (out / METRICS).is_file():
        for line in (out / METRICS).read_bytes().splitlines():
            try:
                metric = Metric.model_validate_json(line)
            except ValidationError:
                continue
            if metric.step <= last_step:
                found.append(metric)
    return found


def write_metrics(out: Path, metrics: Sequence[Metric]) -> None:
    """Replace the metrics."""
    (out / METRICS).write_bytes(b"".join(map(to_bytes, metrics)))


def sha256_of(path: Path) -> str:
    """Of a file; of a folder, that of its files' in order of their names."""
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if file.is_file())
        return hashlib.sha256("".join(map(sha256_of, inside)).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
