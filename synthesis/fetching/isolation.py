"""Reads a copy in a child process with limits on time, memory and output: no file can hang or end this one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from synthesis.fetching.copies import refuse_what_is_none
from synthesis.fetching.reading_child import EXIT_REASONS
from synthesis.reading.full_text import FullText
from synthesis.reading.problems import UnreadableFileError

if TYPE_CHECKING:
    from typing import IO

    from synthesis.fetching.copies import Copy
    from synthesis.reading.pdf.reader import PdfLimits

_CHILD = Path(__file__).with_name("reading_child.py")
_ROOT = Path(__file__).parents[2]
_TOO_SLOW = "took too long"


def read_copy(copy: Copy, limits: PdfLimits) -> FullText:
    """The text of ``copy``; whatever it does to its reader becomes one typed error.

    Raises:
        UnreadableFileError: with ``reason`` in a few words: the reader's own, "is HTML, not PDF (…)", "empty", "took too
            long", "too large", "nested too deep", "crashed its reader", "made its reader fail (…)".
    """
    refuse_what_is_none(copy)
    with tempfile.TemporaryDirectory(prefix="synthesis-") as folder:  # mode 0700
        path = Path(folder, f"copy.{copy.form}")
        path.write_bytes(copy.data)
        # By path, and -P: modules come neither from the current directory nor from the child's folder.
        arguments = [sys.executable, "-P", str(_CHILD), str(_ROOT), copy.form, str(path)]
        with tempfile.TemporaryFile() as output:
            code = _run([*arguments, limits.model_dump_json()], output, limits.seconds + 1, folder)
            if code != 0:
                raise _problem(_reason_of(code))
            output.seek(0)
            return _text_in(output.read(limits.output_bytes))


def _run(arguments: list[str], output: IO[bytes], seconds: int, folder: str) -> int:
    """The exit code of the child; after ``seconds`` it is ended, with what it may have started.

    Its own temporary files go to ``folder``, so that they are gone with it whatever ends it.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and file; the path is one argument
        arguments,
        stdin=subprocess.PIPE,  # by its end the child learns that we are gone
        stdout=output,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": folder},
        start_new_session=True,
    )
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise _problem(_TOO_SLOW) from None
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _text_in(output: bytes) -> FullText:
    try:
        told = json.loads(output)
        if "reason" in told:
            raise _problem(str(told["reason"]))
        return FullText.model_validate(told["text"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise _problem("crashed its reader") from error


def _reason_of(code: int) -> str:
    if code == -getattr(signal, "SIGXCPU", code + 1):
        return _TOO_SLOW
    if code == -getattr(signal, "SIGXFSZ", code + 1):
        return "too large"
    return EXIT_REASONS.get(code, "crashed its reader")


def _problem(reason: str) -> UnreadableFileError:
    return UnreadableFileError(f"the copy cannot be read: {reason}", reason)
