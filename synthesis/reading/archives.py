"""Gzip and tar read in memory: nothing is written, nothing is opened, names are labels only.

The tar reader is our own because the standard library's follows what a hostile header says: it recurses over long
names, matches extended headers with a quadratic pattern (CVE-2024-6232) and turns in circles on negative sizes
(CVE-2025-8194) in Pythons that are still in use, and extracting is not safe even with its filters (CVE-2025-4517).
Here a header is 512 bytes, a size is what is skipped, and only regular files have content.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthesis.reading.problems import UnreadableFileError
from synthesis.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GZIP_MAGIC = b"\x1f\x8b"
_BLOCK = 512
_CHUNK_BYTES = 1 << 16
_REGULAR = frozenset({b"0", b"\0", b"7"})
_LONG_NAME, _PAX, _PAX_GLOBAL = b"L", b"x", b"g"
_MAX_NAME_BYTES = 4096  # PATH_MAX; also the longest extended header whose path is read
_MAX_LABEL_CHARS = 500


class ArchiveLimits(Record):
    """Bounds on one archive; what passes ``members`` is not looked at, what passes the others is refused."""

    members: int = 10_000
    file_bytes: int = 16 << 20
    kept_bytes: int = 64 << 20  # of the files that are wanted
    passed_bytes: int = 512 << 20  # of everything unpacked, figures included
    ratio: int = 250  # unpacked to packed; sources reach 20, uncompressed figures 60, a bomb 1,000
    ratio_free_bytes: int = 8 << 20  # below this no ratio does harm


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file of an archive; ``name`` is a label with "/" between its parts, never a path to open."""

    name: str
    content: bytes


class Inflating:
    """The bytes inside ``data``: unpacked where it is gzip, step by step and bounded, else as they are.

    A stream that breaks off or is damaged ends where it can no longer be read; ``damaged`` then says so.
    """

    def __init__(self, data: bytes, label: str, limits: ArchiveLimits) -> None:
        self.damaged = False
        self._data = memoryview(data)
        self._label, self._limits = label, limits
        self._decoder = zlib.decompressobj(wbits=31) if data[:2] == GZIP_MAGIC else None
        self._position = 0
        self._buffer = bytearray()
        self._given = 0

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes, fewer only at the end."""
        while len(self._buffer) < count and self._fill():
            pass
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def skip(self, count: int) -> None:
        """Pass over ``count`` bytes, or what there is."""
        while count > 0 and (step := len(self.read(min(count, _CHUNK_BYTES)))):
            count -= step

    def _fill(self) -> bool:
        if self._decoder is None:
            fresh = bytes(self._data[self._position : self._position + _CHUNK_BYTES])
            self._position += len(fresh)
        else:
            fresh = self._inflate(self._decoder)
        self._buffer += fresh
        self._given += len(fresh)
        self._check_ratio()
        return bool(fresh)

    def _inflate(self, decoder: zlib._Decompress) -> bytes:
        """The next unpacked bytes, at most a chunk; b"" at the end, or where the stream can no longer be read."""
        while not decoder.eof:
            packed = decoder.unconsumed_tail
            if not packed:
                packed = bytes(self._data[self._position : self._position + _CHUNK_BYTES])
                self._position += len(packed)
            try:
                fresh = decoder.decompress(packed, _CHUNK_BYTES)
            except zlib.error:
                self.damaged = True
                return b""
            if fresh:
                return fresh
            if not packed:
                self.damaged = True  # it breaks off
                return b""
        return b""

    def _check_ratio(self) -> None:
        limits = self._limits
        packed = max(1, min(self._position, len(self._data)))
        if self._given > limits.passed_bytes:
            raise _too_large(self._label, f"unpacks to more than {limits.passed_bytes >> 20} MB")
        if self._given > limits.ratio_free_bytes and self._given > limits.ratio * packed:
            raise _too_large(self._label, f"unpacks to more than {limits.ratio} times its size")


def looks_like_tar(head: bytes) -> bool:
    """Whether the first 512 bytes are a tar header: by its magic, or by its checksum where it is older than that."""
    return len(head) >= _BLOCK and (head[257:262] == b"ustar" or _checksum_holds(head))


def tar_files(
    stream: Inflating, label: str, wanted: Callable[[str], bool], limits: ArchiveLimits
) -> Iterator[Member]:
    """The regular files of a tar archive whose labels are ``wanted``, in order.

    Links, devices, folders, sparse files, and names that are absolute, lead upwards or cannot be read are passed
    over. A damaged header ends the archive: what stands before it is given.

    Raises:
        UnreadableFileError: with reason "too large", where a wanted file or all of them pass the limits.
    """
    kept = 0
    long_name: str | None = None
    for _ in range(limits.members):
        header = stream.read(_BLOCK)
        size = _size(header) if len(header) == _BLOCK and _checksum_holds(header) else None
        if size is None:
            stream.damaged = stream.damaged or bool(header.strip(b"\0"))
            return
        kind = header[156:157]
        padded = -size % _BLOCK
        if kind in (_LONG_NAME, _PAX, _PAX_GLOBAL):
            record = stream.read(min(size, _MAX_NAME_BYTES))
            stream.skip(size - len(record))
            long_name = _extended_name(kind, record) or (long_name if kind == _PAX_GLOBAL else None)
            stream.skip(padded)
            continue
        name = safe_label(long_name or _name(header)) if kind in _REGULAR else None
        long_name = None
        if name is None or not wanted(name):
            stream.skip(size + padded)
            continue
        kept += size
        if size > limits.file_bytes or kept > limits.kept_bytes:
            raise _too_large(label, f"holds text of {size:,} bytes in {name[:100]!r}")
        content = stream.read(size)
        stream.damaged = stream.damaged or len(content) < size
        stream.skip(padded)
        yield Member(name, content)


def safe_label(name: str) -> str | None:
    """A name inside an archive as a label, "./" left out; ``None`` if it is absolute, leads upwards or is no name.

    >>> safe_label("./sections//intro.tex"), safe_label("../main.tex"), safe_label("/etc/passwd"), safe_label("C:\\\\x")
    ('sections/intro.tex', None, None, None)
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    hostile = name.startswith(("/", "\\")) or ".." in parts or any(ord(c) < 32 or c == ":" for c in name)
    return None if hostile or not parts or len(name) > _MAX_LABEL_CHARS else "/".join(parts)


def _checksum_holds(header: bytes) -> bool:
    """Whether the header's sum, its own field counted as blanks, is what it says (signed sums are history)."""
    stated = _octal(header[148:156])
    return stated is not None and stated == sum(header) - sum(header[148:156]) + 8 * 32


def _octal(field: bytes) -> int | None:
    digits = field.split(b"\0", 1)[0].strip()
    if not digits:
        return None
    return int(digits, 8) if all(48 <= byte < 56 for byte in digits) else None


def _size(header: bytes) -> int | None:
    """Bytes of the member's content; ``None`` where the field is damaged or negative."""
    field = header[124:136]
    if field[0] == 0x80:  # base 256, for 8 GB and more
        return int.from_bytes(field[1:], "big")
    if field[0] > 0x80:
        return None
    return _octal(field) or 0 if not field.strip(b"\0 ") or _octal(field) is not None else None


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "replace")


def _extended_name(kind: bytes, record: bytes) -> str | None:
    """The name in a GNU long-name record or in the ``path`` of a pax header ("27 path=a/long/name\\n")."""
    if kind == _LONG_NAME:
        return record.split(b"\0", 1)[0].decode("utf-8", "replace") or None
    for line in record.split(b"\n"):
        _, _, pair = line.partition(b" ")
        if pair.startswith(b"path="):
            return pair[5:].decode("utf-8", "replace") or None
    return None


def _too_large(label: str, found: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{label} was not read: it {found}, which no paper's source needs. Read the PDF of the paper instead.",
        "too large",
    )
