"""Files from outside, read within bounds: plain, gzip or xz; lines or one JSON document.

A file is taken for hostile: it is read in pieces, what a compressed file may grow to is limited, a line has a
largest length, and every fault is an ``InputError`` that names the file and, where there is one, the line.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

T = TypeVar("T")
Row = TypeVar("Row", bound=BaseModel)

MAX_LINE_BYTES = 16_000_000  # a book is about 2 MB; what is longer is no line of a data set
MAX_BYTES = (
    16 * 2**30
)  # of a file, unpacked; the largest public corpora in these forms come in parts below this
MAX_JSON_BYTES = 256 * 2**20  # of a file that must be held whole; SQuAD is 30 MB
# What unpacks to more than this is no text: prose packs to a fifth, repeated rows to a thirtieth.
MAX_RATIO = 200
FREE_BYTES = 16 * 2**20  # small files may repeat themselves
XZ_MEMORY_BYTES = 256 * 2**20  # the dictionary of `xz -9` takes 65 MB
SHOWN_BAD_LINES = 5
MAX_BAD_LINES = 100  # reading stops there: such a file is of another form
_REASON_CHARS = 160
_CHUNK_BYTES = 1 << 20
_GZIP_MAGIC, _XZ_MAGIC = b"\x1f\x8b", b"\xfd7zXZ\x00"


class Wire(BaseModel):
    """Part of a file as it stands there; fields that we do not read are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Line(NamedTuple):
    """A line of a file; ``number`` counts from 1."""

    number: int
    text: str


def read_lines(path: Path) -> Iterator[Line]:
    """Lines that are not blank, decoded as UTF-8. Raises ``InputError``."""
    number, rest = 0, b""
    for chunk in _chunks(path, MAX_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for raw in whole:
            number += 1
            if raw:
                yield from _line(path, number, raw)
        if len(rest) > MAX_LINE_BYTES:
            raise _too_long(path, number + 1)
    yield from _line(path, number + 1, rest)


def parse_rows(path: Path, parse: Callable[[str], T], expected: str) -> list[tuple[int, T]]:
    """``parse`` of every line, with the line's number.

    Raises one ``InputError`` that lists the first lines on which ``parse`` raised ``ValueError``, each with its
    reason; ``expected`` says in words what a line has to hold.
    """
    rows, bad = [], []
    for number, text in read_lines(path):
        try:
            rows.append((number, parse(text)))
        except (ValueError, RecursionError) as error:
            bad.append((number, reason_of(error)))
            if len(bad) == MAX_BAD_LINES:
                break
    if bad:
        raise bad_lines(path, bad, expected)
    return rows


def json_rows(path: Path, model: type[Row], expected: str) -> list[tuple[int, Row]]:
    """JSON Lines as records of ``model``, with their line numbers. Raises ``InputError`` as ``parse_rows`` does."""
    return parse_rows(path, model.model_validate_json, expected)


def read_json(path: Path, model: type[Row], expected: str) -> Row:
    """A whole file that is one JSON document. Raises ``InputError`` naming the place inside it."""
    data = b"".join(_chunks(path, MAX_JSON_BYTES)).removeprefix(b"\xef\xbb\xbf")
    try:
        return model.model_validate_json(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: {reason_of(error)}. Expected {expected}.") from error


def bad_lines(path: Path, bad: list[tuple[int, str]], expected: str) -> InputError:
    """One error for (line number, reason) of every bad line; the first few are spelt out."""
    shown = "".join(f"\n  line {number}: {reason}" for number, reason in bad[:SHOWN_BAD_LINES])
    more = len(bad) - SHOWN_BAD_LINES
    rest = (
        f"\n  … and {more}{' or more' if len(bad) >= MAX_BAD_LINES else ''} further lines" if more > 0 else ""
    )
    return InputError(f"{path} has lines that cannot be used:{shown}{rest}\nExpected {expected}.")


def reason_of(error: Exception) -> str:
    """The first fault in words, printable and short, whatever the file holds."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"{place}: {first['msg']}" if place else first["msg"]
    elif isinstance(error, RecursionError):
        reason = "nested too deeply"
    else:
        reason = str(error) or type(error).__name__
    plain = "".join(c if c.isprintable() else "�" for c in reason[: 2 * _REASON_CHARS])
    return plain if len(plain) <= _REASON_CHARS else plain[:_REASON_CHARS] + " …"


def existing_file(path: Path) -> Path:
    """``path``, if it is a regular file: a pipe or a device has no end."""
    if not path.is_file():
        raise InputError(f"{path} is not a file; name a file that exists.")
    return path


def _line(path: Path, number: int, raw: bytes) -> Iterator[Line]:
    if len(raw) > MAX_LINE_BYTES:
        raise _too_long(path, number)
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, line {number} is not UTF-8 text; save the file as UTF-8.") from error
    if text and not text.isspace():
        yield Line(number, text)


def _too_long(path: Path, number: int) -> InputError:
    return InputError(
        f"{path}, line {number} is longer than {MAX_LINE_BYTES // 10**6} MB; expected one record a line."
    )


def _chunks(path: Path, limit: int) -> Iterator[bytes]:
    """The unpacked content, piece by piece; gzip and xz are known by their first bytes."""
    with _named_errors(path), existing_file(path).open("rb") as file:
        packed = path.stat().st_size
        magic = file.read(len(_XZ_MAGIC))
        file.seek(0)
        if magic.startswith(_GZIP_MAGIC):
            source = _gzip(file)
        elif magic == _XZ_MAGIC:
            source = _xz(file)
        else:
            source = iter(lambda: file.read(_CHUNK_BYTES), b"")
        total = 0
        for chunk in source:
            total += len(chunk)
            if total > limit:
                raise InputError(f"{path} holds more than {limit // 2**20} MB; split it into smaller files.")
            if total > FREE_BYTES + MAX_RATIO * packed:
                raise InputError(
                    f"{path} unpacks to more than {MAX_RATIO} times its size, as no text does; it was left alone."
                    " Unpack it yourself if you trust it."
                )
            yield chunk


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or reason_of(error)
        raise InputError(f"{path} cannot be read: {reason}. Is the file complete?") from error


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as unpacked:
        yield from iter(lambda: unpacked.read(_CHUNK_BYTES), b"")


def _xz(file: BinaryIO) -> Iterator[bytes]:
    """Streams one behind the other; the standard library's file object has no limit on memory."""
    pending = b""
    while pending := pending.lstrip(b"\0") or file.read(_CHUNK_BYTES):
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)
        while not decoder.eof:
            yield decoder.decompress(pending, _CHUNK_BYTES)
            pending = b""
            if decoder.needs_input and not decoder.eof and not (pending := file.read(_CHUNK_BYTES)):
                raise EOFError("it ends in the middle")
        pending = decoder.unused_data
