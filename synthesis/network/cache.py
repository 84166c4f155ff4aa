"""Answers kept on disk, one file each, checked whenever they are read.

A file is a line of JSON (form, request without secrets, status, the headers that matter, time, length and SHA-256)
and the body. The hash covers the line's other values too, so a flipped bit, a torn write or a file in another's place
is noticed; such a file is removed and the host asked again. Several processes may use one folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from synthesis.network.files import UNFINISHED_SUFFIX, write_private
from synthesis.network.messages import Response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from synthesis.network.messages import Request

FORM = "synthesis-http-answer/1"
MAX_BYTES = 2 * 2**30
_SUFFIX = ".answer"
_MAX_LINE_BYTES = 65_536
_KEPT_HEADERS = frozenset({"content-type", "content-encoding", "etag", "last-modified", "link"})
_PLAIN = re.compile(r"[ -~]{1,200}")  # what may stand in a header
_FULL_TO = 0.9  # of ``max_bytes``, once it was passed
_COUNT_AGAIN_AFTER = 256  # answers kept: other processes add to the folder too
_UNFINISHED_SECONDS = 3600.0  # a file still unfinished after so long was left by a process that died


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it was kept, and when."""

    response: Response
    kept: datetime

    def age_seconds(self, now: datetime) -> float:
        """How old it is; infinite when it is from the future, as after a clock was set back."""
        seconds = (now - self.kept).total_seconds()
        return seconds if seconds >= 0 else float("inf")

    def conditions(self) -> dict[str, str]:
        """The headers by which a host is asked whether this answer still stands; none when it gave no plain mark."""
        marks = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        stated = {ask: self.response.headers.get(mark, "") for mark, ask in marks.items()}
        return {ask: value for ask, value in stated.items() if _PLAIN.fullmatch(value)}


class ResponseCache:
    """A folder of answers, of at most about ``max_bytes``: the ones that were not used for longest go first."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._size: int | None = None  # bytes in the folder, as far as known
        self._kept_since_count = 0

    def find(self, request: Request, now: datetime) -> Stored | None:
        """The stored answer to ``request``, whatever its age; ``None`` when there is none that is whole."""
        path = self._path(request)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        stored = _parse(content, request)
        with contextlib.suppress(OSError):
            if stored is None:
                path.unlink()
            else:
                os.utime(path, (now.timestamp(), now.timestamp()))
        return stored

    def keep(self, request: Request, response: Response, now: datetime) -> None:
        """Store ``response``; what cannot be written is not stored, since an answer does not depend on it."""
        content = _dump(request, response, now)
        with contextlib.suppress(OSError):
            self._prepare()
            path = self._path(request)
            write_private(path, content)
            os.utime(path, (now.timestamp(), now.timestamp()))
            with self._lock:
                self._make_room(len(content), now)

    def _path(self, request: Request) -> Path:
        return self._folder / f"{key_of(request)}{_SUFFIX}"

    def _prepare(self) -> None:
        """The folder, this user's alone also where it was made with other rights."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._folder.stat().st_mode & 0o077:
            self._folder.chmod(0o700)

    def _make_room(self, n_bytes: int, now: datetime) -> None:
        self._kept_since_count += 1
        if self._size is not None and self._kept_since_count < _COUNT_AGAIN_AFTER:
            self._size += n_bytes
            if self._size <= self._max_bytes:
                return
        self._kept_since_count = 0
        files = sorted(self._files(now))
        self._size = sum(size for _, size, _ in files)
        if self._size <= self._max_bytes:
            return
        for _, size, path in files:
            if self._size <= self._max_bytes * _FULL_TO:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                self._size -= size

    def _files(self, now: datetime) -> Iterator[tuple[float, int, Path]]:
        """Time of last use, size and path of every answer; what dead processes left unfinished is removed."""
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):  # another process may have removed it
                facts = path.stat()
                if path.suffix == _SUFFIX:
                    yield facts.st_mtime, facts.st_size, path
                elif path.suffix == UNFINISHED_SUFFIX and (
                    now.timestamp() - facts.st_mtime > _UNFINISHED_SECONDS
                ):
                    path.unlink()


def key_of(request: Request) -> str:
    """What a request is stored under: SHA-256 of method, URL (which holds no secret), accepted types and body."""
    parts = [request.method, request.url, request.accept, sha256(request.body or b"").hexdigest()]
    return sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def _dump(request: Request, response: Response, now: datetime) -> bytes:
    line = {
        "form": FORM,
        "key": key_of(request),
        "method": request.method,
        "url": request.url,
        "answered": response.url,
        "status": response.status,
        "headers": {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS},
        "kept": now.isoformat(),
        "length": len(response.body),
    }
    return json.dumps({**line, "sha256": _seal(line, response.body)}).encode() + b"\n" + response.body


def _parse(content: bytes, request: Request) -> Stored | None:
    """The answer in a file's content; ``None`` when any of it is not as it was written, or for another request."""
    head, newline, body = content[:_MAX_LINE_BYTES].partition(b"\n")
    if not newline:
        return None
    body = content[len(head) + 1 :]
    try:
        line: dict[str, Any] = json.loads(head)
        seal = line.pop("sha256")
        if seal != _seal(line, body) or line["form"] != FORM or line["key"] != key_of(request):
            return None
        response = Response(
            int(line["status"]),
            body,
            {str(name): str(value) for name, value in line["headers"].items()},
            str(line["answered"]),
            from_cache=True,
            accept=request.accept,
        )
        kept = datetime.fromisoformat(line["kept"])
        return Stored(response, kept) if kept.tzinfo else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _seal(line: dict[str, Any], body: bytes) -> str:
    """SHA-256 over the line's values, in their canonical form, and the body."""
    digest = sha256(json.dumps(line, sort_keys=True).encode())
    digest.update(b"\n")
    digest.update(body)
    return digest.hexdigest()


def confirmed(stored: Stored, answer: Response) -> Response:
    """The stored answer after the host said, in ``answer`` (304), that it still stands."""
    marks = {name: value for name, value in answer.headers.items() if name in _KEPT_HEADERS}
    return replace(stored.response, headers={**stored.response.headers, **marks})
