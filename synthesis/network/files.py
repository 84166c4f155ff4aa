"""Small files of this user alone, written so that a reader finds the old or the new, never a part."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

UNFINISHED_SUFFIX = ".new"


def write_private(path: Path, content: bytes) -> None:
    """Put ``content`` in place of ``path``, readable by its owner only; not flushed to the disk.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=UNFINISHED_SUFFIX)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
