"""One hostile file, read in a process of its own that is measured: seconds, memory, text or reason."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from synthesis.fetching.copies import sniff
from synthesis.fetching.fetch import READING_LIMITS
from synthesis.fetching.isolation import read_copy
from synthesis.reading.full_text import FullText
from synthesis.reading.problems import UnreadableFileError
from synthesis.reading.zips import check_zip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthesis.records import TextForm

_GIVEN_UP_SECONDS = 60.0


class Seen(NamedTuple):
    """What came of one file. ``megabytes`` is the peak of the reading process or of its child, the larger."""

    outcome: str  # "text", "reason", "crash", "exception" or "hang"
    detail: str  # of a text its form; of a reason its words
    seconds: float
    megabytes: float
    chars: int = 0
    markers: int = 0  # words in the text that nobody may see
    quality: float = 0.0  # of the text; below 0.2 the fetcher does not take it


def read_measured(data: bytes, form: TextForm | Literal["zip"], forbidden: Sequence[str] = ()) -> Seen:
    """Read ``data`` as the fetcher does, in a fork of this process, and look for ``forbidden`` words in the text."""
    reading, writing = os.pipe()
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.setsid()
        _child(data, form, forbidden, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        ready = select.select([pipe], [], [], _GIVEN_UP_SECONDS)[0]
        told = pipe.read() if ready else b""
    if not ready:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    seconds = time.perf_counter() - started
    if not ready:
        return Seen("hang", f"no answer within {_GIVEN_UP_SECONDS:g} s", seconds, 0.0)
    if not told:
        return Seen("crash", f"wait status {status}", seconds, 0.0)
    return Seen(seconds=seconds, **json.loads(told))


def _child(data: bytes, form: TextForm | Literal["zip"], forbidden: Sequence[str], writing: int) -> None:
    """Read, tell, and leave without unwinding what belongs to the parent."""
    try:
        try:
            told = _told(_read(data, form), forbidden)
        except UnreadableFileError as error:
            told = {"outcome": "reason", "detail": error.reason}
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            told = {"outcome": "exception", "detail": f"{type(error).__name__}: {error}"[:300]}
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        told["megabytes"] = round(max(own.ru_maxrss, children.ru_maxrss) / 1024, 1)  # kilobytes on Linux
        os.write(writing, json.dumps(told).encode())
    finally:
        os._exit(0)


def _read(data: bytes, form: TextForm | Literal["zip"]) -> FullText:
    """A copy as the fetcher reads it; a user's zip package as far as the gate that all readers of such keep."""
    if form == "zip":
        check_zip(data, "the file")
        return FullText(form="html")
    return read_copy(sniff(data, form, READING_LIMITS.max_file_bytes), READING_LIMITS)


def _told(text: FullText, forbidden: Sequence[str]) -> dict[str, Any]:
    whole = "\n".join([text.title or "", *(f"{s.title}\n{s.text}" for s in text.sections)])
    return {
        "outcome": "text",
        "detail": text.form,
        "chars": len(whole),
        "markers": sum(word in whole for word in forbidden),
        "quality": text.quality,
    }
