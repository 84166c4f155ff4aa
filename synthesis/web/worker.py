"""A job's own process: ``python -m synthesis.web.worker FOLDER LOCK``, started by ``synthesis.web.jobs``.

It does what the commands ``report``, ``verify`` and ``update`` do, by the same functions, and tells how far it is by
lines in the job's file of events. LOCK is the descriptor of the lock that says it is alive.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.assembly import make_tools
from synthesis.config import Config
from synthesis.errors import InputFileError, SynthesisError
from synthesis.jobs import Origin, RunClock, make_request, order_of, run_job
from synthesis.outcomes import is_partial
from synthesis.records import Filters
from synthesis.rendering import FORMATS
from synthesis.source_choice import Network, SourceChoice, choose_full_texts, choose_sources
from synthesis.store import Home, Run, write_atomically
from synthesis.tables import output_name, read_claims, write_verified
from synthesis.verifications import REMOTE_CLAIMS, verification_of
from synthesis.web.jobs import LOG, ORDER, PROGRESS, VERIFIED
from synthesis.web.pasting import lines_as_table
from synthesis.web.progress import Event, JobOrder, append_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.jobs import Done
    from synthesis.tables import ClaimTable
    from synthesis.web.progress import TableOrder
    from synthesis.web.views import AskForm

_NICENESS = 5  # pages are served first
_TELL_SECONDS = 0.5  # between two lines on how far a library is read


class Progress:
    """The job's file of events, as the pipeline's callbacks write it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told = 0.0

    def tell(self, event: Event) -> None:
        """Add a line."""
        append_event(self._path, event)

    def on_stage(self, name: str) -> None:
        """A stage began."""
        self.tell(Event(at=time.time(), stage=name))

    def on_library(self, name: str, done: int, total: int | None) -> None:
        """A library is being read: told now and then, and at its end."""
        now = time.monotonic()
        if now - self._told < _TELL_SECONDS and done != total:
            return
        self._told = now
        count = f"{done:,}" if total is None else f"{done:,} / {total:,}"
        self.tell(Event(at=time.time(), stage="libraries", detail=f"{name}: {count}"))


def report_job(home: Home, form: AskForm, progress: Progress) -> Done:
    """As ``synthesis report`` with the form's settings; raises as it does."""
    filters = Filters(from_year=form.from_year, to_year=form.to_year)
    choice = SourceChoice(names=form.sources, offline=form.offline, filters=filters)
    config = Config.model_validate(
        {
            "papers": {"max_papers": form.max_papers, "filters": filters.model_dump()},
            "claims": {"max_claims": form.max_claims},
            "verdicts": {"risk": form.risk},
            "report": {"language": form.language},
        }
    )
    papers = [line.strip() for line in form.papers.splitlines() if line.strip()]
    with Network(home) as network:
        sources = choose_sources(home, choice, network, progress.on_library)
        request = make_request(form.question, sources, papers)
        tools = make_tools(sources, None, choose_full_texts(choice, sources, network))
        return run_job(
            home,
            request,
            tools,
            config,
            RunClock.now(),
            FORMATS,
            origin=Origin(choice=choice),
            on_stage=progress.on_stage,
        )


def verification_job(home: Home, folder: Path, order: TableOrder, progress: Progress) -> Done:
    """As ``synthesis verify``; the table comes back beside the one that was handed in, in the job's folder."""
    claims, path = _claims_of(folder, order)
    choice = SourceChoice(names=order.sources)
    config = Config.model_validate(
        {"evidence": {"remote_claims": REMOTE_CLAIMS}, "report": {"language": order.language}}
    )
    with Network(home) as network:
        sources = choose_sources(home, choice, network, progress.on_library)
        done = run_job(
            home,
            verification_of(claims, order.name, order.language),
            make_tools(sources),
            config,
            RunClock.now(),
            (),
            origin=Origin(choice=choice),
            on_stage=progress.on_stage,
        )
    suffix = Path(output_name(claims, path)).suffix
    write_atomically(folder / f"{VERIFIED}{suffix}", write_verified(claims, done.report))
    return done


def _claims_of(folder: Path, order: TableOrder) -> tuple[ClaimTable, Path]:
    """The claims that were handed in; what was pasted may also be claims, one a line.

    Raises:
        InputFileError: there are none; the message calls the file by the user's name for it.
    """
    path = folder / order.file
    try:
        return read_claims(path), path
    except InputFileError as error:
        as_table = lines_as_table(path.read_bytes()) if order.pasted else None
        if as_table is None:
            raise InputFileError(str(error).replace(str(path), order.name)) from error
    lines = folder / "lines.jsonl"
    write_atomically(lines, as_table)
    return read_claims(lines), lines


def update_job(home: Home, name: str, progress: Progress) -> Done:
    """As ``synthesis update`` of the run in the folder ``name``."""
    from synthesis.updating import update  # noqa: PLC0415 - for this kind of job only

    run = Run.open(home.runs / name)
    # by the clock on the wall: a pinned clock says what a report bears, not how old an answer is
    with Network(home, since=datetime.now(UTC)) as network:
        return update(
            home, run, network, RunClock.now(), on_stage=progress.on_stage, on_library=progress.on_library
        )


def _do(home: Home, folder: Path, order: JobOrder, progress: Progress) -> Event:
    if order.ask is not None:
        done = report_job(home, order.ask, progress)
    elif order.table is not None:
        done = verification_job(home, folder, order.table, progress)
    else:
        assert order.run is not None, "an order has a task"
        done = update_job(home, order.run, progress)
    origin = order_of(done.run).origin
    partial = is_partial(done.report, named=bool(origin and origin.choice.names))
    return Event(
        at=time.time(),
        end="partial" if partial else "done",
        message=" ".join(done.report.methodology.lost) if partial else "",
        run=done.run.folder.name,
    )


def main(arguments: Sequence[str]) -> int:
    """Do the job of a folder; the exit status is 0 when it gave a run."""
    folder, lock = Path(arguments[0]), int(arguments[1])
    os.set_inheritable(lock, False)  # a child that outlives the job must not seem to be the job
    os.chdir(folder)  # so that no title is taken for a file of the folder that the server was started in
    os.umask(0o077)
    os.nice(_NICENESS)
    progress = Progress(folder / PROGRESS)
    order = JobOrder.model_validate_json((folder / ORDER).read_bytes())
    try:
        end = _do(Home(folder.parents[2]), folder, order, progress)
    except (SynthesisError, OSError) as error:
        end = Event(at=time.time(), end="failed", message=str(error)[:1].upper() + str(error)[1:])
    except Exception as error:  # noqa: BLE001 - whatever it was, the page must say that the job is over
        traceback.print_exc()
        words = f"Unexpected {type(error).__name__}; {folder / LOG} holds the details."
        end = Event(at=time.time(), end="failed", message=words)
    progress.tell(end)
    return 0 if end.run else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
