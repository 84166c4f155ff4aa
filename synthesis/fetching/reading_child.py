"""Reads one copy in a process of its own, so that a hostile file can harm nothing else.

    python reading_child.py ROOT FORM PATH LIMITS

ROOT is the folder that holds the package, LIMITS those of ``PdfLimits`` in JSON; stdin is a pipe. Writes {"text": …} or {"reason": …}
in JSON to stdout. The exit code says what went wrong beyond that; see ``EXIT_REASONS``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from synthesis.reading.pdf.reader import PdfLimits
    from synthesis.records import TextForm

EXIT_REASONS = {13: "too large"}  # out of memory, or more text than allowed


def main(arguments: list[str]) -> int:
    """Read one copy; returns the exit code."""
    root, form, path, limits = arguments
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    sys.path.insert(0, root)
    from synthesis.fetching.copies import read_file  # noqa: PLC0415 - only now can it be found
    from synthesis.reading.pdf.reader import PdfLimits  # noqa: PLC0415 - as above
    from synthesis.reading.problems import UnreadableFileError  # noqa: PLC0415 - as above

    bounds = PdfLimits.model_validate_json(limits)
    _limit_resources(bounds)
    told: dict[str, Any]
    try:
        told = {"text": read_file(Path(path), cast("TextForm", form), bounds).model_dump(mode="json")}
    except UnreadableFileError as error:
        told = {"reason": error.reason}
    except MemoryError:
        return 13
    except RecursionError:
        told = {"reason": "nested too deep"}
    except Exception as error:  # noqa: BLE001 - a fault of a reader must cost one file only
        told = {"reason": f"made its reader fail ({type(error).__name__})"}
    try:
        with open(1, "wb", closefd=False) as stdout:
            stdout.write(json.dumps(told).encode("ascii"))
    except (MemoryError, OSError):
        return 13
    return 0


def _end_with_the_parent() -> None:
    """The parent holds the other end of stdin and writes nothing: that it ends means that the parent is gone."""
    os.read(0, 1)
    os._exit(1)


def _limit_resources(limits: PdfLimits) -> None:
    """Bound address space, processor time and output; Windows has no such limits, there the parent's clock rules."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Unix only

    if sys.platform != "darwin":  # macOS refuses RLIMIT_AS
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output_bytes, limits.output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
