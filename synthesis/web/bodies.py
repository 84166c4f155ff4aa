"""The bodies of requests: read within a size and a time, as forms, with at most one file."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from synthesis.reading.metadata import without_surrogates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import Message, Receive

    from synthesis.web.sessions import Sessions

MAX_UPLOAD_BYTES = 20 << 20
MAX_FORM_BYTES = 256 << 10
UPLOAD_PATH = "/verify"
_MAX_TEXT_BYTES = 4 << 20  # of a table that is pasted
_MAX_FIELDS = 40  # a form has a dozen; sources may be many
CHUNK_SECONDS = 10.0  # between two pieces of a body
BODY_SECONDS = 120.0  # for all of it
_SUFFIXES = frozenset(
    {
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".ndjson",
        ".md",
        ".markdown",
        ".html",
        ".htm",
        ".xhtml",
        ".docx",
        ".pdf",
    }
)
_MAX_NAME_CHARS = 120


def limit_of(path: str) -> int:
    """How many bytes a body that is sent to ``path`` may have."""
    return MAX_UPLOAD_BYTES + MAX_FORM_BYTES if path == UPLOAD_PATH else MAX_FORM_BYTES


def bounded(receive: Receive, limit: int) -> Receive:
    """``receive``, refusing a body that is longer than ``limit`` (413) or comes too slowly (408)."""
    size, until = 0, time.monotonic() + BODY_SECONDS

    async def receive_bounded() -> Message:
        nonlocal size
        try:
            async with asyncio.timeout(min(CHUNK_SECONDS, max(until - time.monotonic(), 0))):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers={"connection": "close"}) from None
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413)
        return message

    return receive_bounded


@asynccontextmanager
async def read_form(request: Request, sessions: Sessions) -> AsyncIterator[FormData]:
    """The fields of a form that one of our pages sent; its file is closed at the end.

    Raises:
        HTTPException: it is too large, too slow, no form, or without the hidden field of our pages (403).
    """
    form = await request.form(max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_TEXT_BYTES)
    try:
        if not sessions.is_csrf(text_of(form, "csrf")):
            raise HTTPException(403)
        yield form
    finally:
        await form.close()


def text_of(form: FormData, name: str) -> str:
    """A field's text; empty where it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def texts_of(form: FormData, name: str) -> tuple[str, ...]:
    """The texts of a field that may stand several times."""
    return tuple(value for value in form.getlist(name) if isinstance(value, str) and value)


class Upload(NamedTuple):
    """A table that was handed in."""

    name: str  # as the user calls it: shown, never a path
    suffix: str  # one of those that are read, else ".txt"
    data: bytes
    pasted: bool = False


async def upload_of(form: FormData, pasted_name: str) -> Upload | None:
    """The file in the field "table", else the text in the field "text"; ``None`` where neither holds anything.

    Raises:
        HTTPException: it is larger than ``MAX_UPLOAD_BYTES`` (413).
    """
    value = form.get("table")
    if isinstance(value, UploadFile):
        data = await value.read(MAX_UPLOAD_BYTES + 1)
        if len(data) > MAX_UPLOAD_BYTES:
            raise HTTPException(413)
        if data.strip():
            name = display_name(value.filename or "") or pasted_name
            return Upload(name, suffix_of(name), data)
    text = text_of(form, "text")
    if not text.strip():
        return None
    return Upload(pasted_name, ".txt", text.encode("utf-8", errors="replace"), pasted=True)


def display_name(name: str) -> str:
    r"""A file's name without its folders and what is no character, short enough to show.

    >>> display_name("../../etc/claims .csv\n"), display_name("C:\\data\\claims.csv"), display_name("..")
    ('claims .csv', 'claims.csv', '')
    """
    last = without_surrogates(name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = " ".join("".join(c if c.isprintable() else " " for c in last).split())
    return "" if shown.strip(".") == "" else shown[-_MAX_NAME_CHARS:]


def suffix_of(name: str) -> str:
    """The suffix under which a file is stored: its own where tables are read from such, else ``.txt``."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in _SUFFIXES else ".txt"
