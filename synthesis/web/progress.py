"""What a job was asked to do, and how far it is: one order, and a file of events to which only lines are added.

The events are all that is known of a job, so that whoever reads them, a page, another server, the same server after it
was started again, sees the same. A line that is not whole (its writer was killed, or the disk is full) is passed over.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from synthesis.records import Record
from synthesis.web.views import AskForm, JobState, JobView, StageView
from synthesis.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JobKind = Literal["report", "verification", "update"]

_MAX_MESSAGE_CHARS = 2000
_MAX_LOG_BYTES = 4 << 20


class TableOrder(Record):
    """A table of claims that was handed in."""

    name: str  # as the user calls it
    file: str  # as it lies in the job's folder
    pasted: bool = False
    sources: tuple[str, ...] = ()
    language: str = "en"


class JobOrder(Record):
    """What a job was asked to do; one of ``ask``, ``table`` and ``run`` is set, by ``kind``."""

    job_id: str
    kind: JobKind
    title: str
    ask: AskForm | None = None
    table: TableOrder | None = None
    run: str | None = None  # the folder's name of the run to bring up to date


class Event(Record):
    """A line of a job's file of events; ``at`` in seconds since 1970."""

    at: float
    pid: int | None = None  # of the job's process, which leads a group of its own
    stage: str = ""
    detail: str = ""
    end: JobState | None = None
    message: str = ""
    run: str | None = None


def append_event(path: Path, event: Event) -> None:
    """Add a line, in one write, so that no two writers' lines mix.

    Raises:
        OSError: the disk is full, or another fault of the file system.
    """
    line = event.model_copy(update={"message": event.message[:_MAX_MESSAGE_CHARS]})
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.model_dump_json(exclude_defaults=True).encode() + b"\n")
    finally:
        os.close(descriptor)


def read_events(path: Path) -> tuple[Event, ...]:
    """The whole lines of a file of events; none where there is no file."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_LOG_BYTES)
    except OSError:
        return ()
    events = []
    for line in data.split(b"\n")[:-1]:
        try:
            events.append(Event.model_validate_json(line))
        except ValidationError:
            continue
    return tuple(events)


def job_view(order: JobOrder, events: Sequence[Event], now: float, *, alive: bool) -> JobView:
    """The job as its page shows it; ``alive`` says whether its process still is."""
    end = next((e for e in events if e.end), None)
    state: JobState = "waiting"
    if end is not None and end.end is not None:
        state = end.end
    elif events:
        state = "running" if alive else "failed"
    until = end.at if end else now
    return JobView(
        job_id=order.job_id,
        kind=order.kind,
        title=order.title,
        state=state,
        stages=_stages([e for e in events if e.stage], until, whole=state in {"done", "partial"}),
        message=_message(state, end),
        run=end.run if end else None,
        started=_iso(events[0].at) if events else "",
        seconds=round(max(until - events[0].at, 0), 1) if events else 0.0,
    )


def _stages(events: Sequence[Event], until: float, *, whole: bool) -> tuple[StageView, ...]:
    """One view a stage: events of the same stage that follow each other tell its detail.

    The last is done only where the job is ``whole``; of one that failed it is the stage that was not finished.
    """
    starts = [i for i, e in enumerate(events) if i == 0 or events[i - 1].stage != e.stage]
    ends = [*starts[1:], len(events)] if starts else []
    times = [*(e.at for e in events), until]
    return tuple(
        StageView(
            name=events[start].stage,
            state="done" if end < len(events) or whole else "running",
            seconds=round(max(times[end] - times[start], 0), 1),
            detail=events[end - 1].detail,
        )
        for start, end in zip(starts, ends, strict=True)
    )


def _message(state: JobState, end: Event | None) -> str:
    if end is not None and end.message:
        return end.message
    if state == "stopped":
        return say("Stopped. What was done is kept: ask for the same again, and it goes on from there.")
    if state == "failed":
        return say(
            "The process ended without a result: it was killed, or the memory was full. What was done is kept: ask for "
            "the same again, and it goes on from there."
        )
    return ""


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
