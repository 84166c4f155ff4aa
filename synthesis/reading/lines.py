"""Lines of a text file, plain or compressed, with bounds on what a hostile file can cost."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, cast

from synthesis.reading.problems import UnreadableFileError
from synthesis.records import Record

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from pathlib import Path

_GZIP_MAGIC = b"\x1f\x8b"
_XZ_MAGIC = b"\xfd7zXZ\x00"
_CHUNK_BYTES = 1 << 18
_BOM = b"\xef\xbb\xbf"


class TextLimits(Record):
    """Bounds on one text file."""

    line_bytes: int = 8 << 20  # a paper with its full text stays below 4 MiB
    total_bytes: int = 8 << 30  # after decompression
    ratio: int = 200  # of decompressed to compressed bytes; metadata reaches 10, a bomb 1,000 and more
    ratio_free_bytes: int = 64 << 20  # below this no ratio is suspicious
    decoder_bytes: int = 256 << 20  # memory of the xz decoder
    whole_file_bytes: int = 64 << 20  # for formats that are held in memory at once


class _XzReader(io.RawIOBase):
    """An xz stream read with a bound on the decoder's memory, which ``lzma.open`` cannot set."""

    def __init__(self, handle: BinaryIO, memory_bytes: int) -> None:
        self._handle = handle
        self._memory_bytes = memory_bytes
        self._decoder = self._new_decoder()
        self._pending = b""

    def _new_decoder(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self._memory_bytes)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer)).cast("B")
        while True:
            if self._decoder.eof:  # another stream may follow, after padding
                rest = (self._decoder.unused_data or self._handle.read(_CHUNK_BYTES)).lstrip(b"\0")
                if not rest:
                    return 0
                self._decoder, self._pending = self._new_decoder(), rest
            data = self._pending
            if not data and self._decoder.needs_input:
                data = self._handle.read(_CHUNK_BYTES)
                if not data:
                    raise EOFError("the compressed data ends early")
            self._pending = b""
            out = self._decoder.decompress(data, max_length=len(view))
            if out:
                view[: len(out)] = out
                return len(out)


def iterate_lines(path: Path, limits: TextLimits | None = None) -> Iterator[tuple[int, bytes | None]]:
    """(line number from 1, line without its end) of a plain, gzip or xz file; ``None`` for a line over the bound.

    Blank lines are passed over; a byte order mark is removed.

    Raises:
        UnreadableFileError: the file cannot be opened, is damaged, or expands beyond the bounds.
    """
    limits = limits or TextLimits()
    with _opened(path, limits) as (stream, size):
        total = 0
        number = 0
        while line := stream.readline(limits.line_bytes):
            number += 1
            length = len(line)
            too_long = False
            while line[-1:] != b"\n" and (more := stream.readline(limits.line_bytes)):
                too_long = True
                line = more
                length += len(more)
                _check_growth(path, total + length, size, limits)
            total += length
            _check_growth(path, total, size, limits)
            if too_long:
                yield number, None
            elif stripped := (line.removeprefix(_BOM) if number == 1 else line).strip():
                yield number, stripped


def read_text(path: Path, limits: TextLimits | None = None) -> str:
    """A whole text file: UTF-8, or Latin-1 where it is not; line ends become line feeds.

    Raises:
        UnreadableFileError: the file cannot be opened, is damaged, binary, or larger than ``whole_file_bytes``.
    """
    limits = limits or TextLimits()
    with _opened(path, limits) as (stream, _):
        data = stream.read(limits.whole_file_bytes + 1)
    if len(data) > limits.whole_file_bytes:
        raise UnreadableFileError(
            f"{path} holds more than {limits.whole_file_bytes >> 20} MiB of text. Split it into several files.",
            "too large",
        )
    if b"\0" in data:
        raise UnreadableFileError(f"{path} is binary, not text. Export it again as plain text.", "is binary")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_records(text: str, start: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """(line number, text) from each match of ``start`` to the next; what stands before the first is left out."""
    line, last = 1, 0
    for begin, end in pairwise([*(match.start() for match in start.finditer(text)), len(text)]):
        line += text.count("\n", last, begin)
        last = begin
        yield line, text[begin:end]


@contextmanager
def _opened(path: Path, limits: TextLimits) -> Iterator[tuple[io.BufferedIOBase, int]]:
    """(stream of decompressed bytes, size on disk); reading errors of any codec become one typed error."""
    try:
        with path.open("rb") as handle:
            size = path.stat().st_size
            magic = handle.read(len(_XZ_MAGIC))
            handle.seek(0)
            if not magic:
                raise UnreadableFileError(f"{path} is empty. Give a file with at least one record.", "empty")
            stream: io.BufferedIOBase = handle
            if magic.startswith(_GZIP_MAGIC):
                stream = cast("io.BufferedIOBase", gzip.GzipFile(fileobj=handle))
            elif magic == _XZ_MAGIC:
                stream = io.BufferedReader(_XzReader(handle, limits.decoder_bytes), _CHUNK_BYTES)
            yield stream, size
    except (gzip.BadGzipFile, lzma.LZMAError, zlib.error, EOFError) as error:
        raise UnreadableFileError(
            f"{path} is a damaged compressed file: {error}. Download or compress it again.", "damaged"
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            f"cannot read {path}: {error.strerror or error}. Check the path and its permissions.",
            "cannot be opened",
        ) from error


def _check_growth(path: Path, total: int, size: int, limits: TextLimits) -> None:
    beyond_ratio = total > max(limits.ratio_free_bytes, limits.ratio * size)
    if beyond_ratio or total > limits.total_bytes:
        raise UnreadableFileError(
            f"{path} expands to more than {total >> 20} MiB from {size} bytes, far beyond what metadata does. "
            "If you trust it, decompress it first and add the plain file.",
            "expands too far",
        )
