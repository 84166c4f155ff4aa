"""Zip packages (DOCX, EPUB, zip) from outside: looked over before any library opens them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from synthesis.reading.archives import safe_label
from synthesis.reading.problems import UnreadableFileError
from synthesis.records import Record

if TYPE_CHECKING:
    from pathlib import Path

_LOCAL_HEADER_BYTES = 30
_STEP_BYTES = 1 << 16
_XML_SUFFIXES = (".xml", ".rels", ".xhtml", ".opf", ".ncx", ".html", ".htm", ".svg")
_PACKED_SUFFIXES = (".zip", ".gz", ".xz", ".bz2", ".7z", ".rar")
_ENTITY = b"<!ENTITY"
_ENTRY = b"PK\x01\x02"  # opens each entry of the list of contents
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED, _LINK = 0x1, 0o120000


class ZipLimits(Record):
    """Bounds on one package."""

    package_bytes: int = 128 << 20
    members: int = 2_000
    member_bytes: int = 64 << 20
    total_bytes: int = 256 << 20
    ratio: int = 200  # unpacked to packed; XML of real documents reaches 20, a bomb 1,000
    ratio_free_bytes: int = 1 << 20


def check_zip(package: bytes | Path, label: str, limits: ZipLimits | None = None) -> None:
    """Refuse a zip package that could harm the library that opens it; a sound one passes without a word.

    Nothing is written, and no member is unpacked beyond the size that it states. ``label`` names it in errors.

    Raises:
        UnreadableFileError: with ``reason`` one of damaged, cannot be opened, encrypted, zip bomb, overlapping
            entries, unsafe name in archive, XML entities in archive.
    """
    limits = limits or ZipLimits()
    data = package if isinstance(package, bytes) else _read(package, label, limits)
    if (
        len(data) > limits.package_bytes or data.count(_ENTRY) > limits.members
    ):  # before zipfile lists them all
        raise _problem(label, "zip bomb", f"it has {len(data):,} bytes and {data.count(_ENTRY):,} entries")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, len(data), label, limits)
            for entry in entries:
                _check_content(archive, entry, label)
    except UnreadableFileError:
        raise
    # zipfile raises a dozen kinds on damaged files: BadZipFile, zlib.error, struct.error, NotImplementedError …
    except Exception as error:
        raise _problem(label, "damaged", type(error).__name__) from error


def _read(path: Path, label: str, limits: ZipLimits) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(limits.package_bytes + 1)
    except OSError as error:
        raise _problem(label, "cannot be opened", error.strerror or str(error)) from error


def _check_entries(entries: list[zipfile.ZipInfo], size: int, label: str, limits: ZipLimits) -> None:
    """The list of contents alone: names, sizes, places."""
    unpacked = sum(entry.file_size for entry in entries)
    largest = max((entry.file_size for entry in entries), default=0)
    if unpacked > limits.total_bytes or largest > limits.member_bytes:
        raise _problem(label, "zip bomb", f"it unpacks to {unpacked:,} bytes")
    if unpacked > limits.ratio_free_bytes and unpacked > limits.ratio * size:
        raise _problem(label, "zip bomb", f"its {size:,} bytes unpack to {unpacked:,}")
    for entry in entries:
        if safe_label(entry.filename) is None or entry.external_attr >> 16 & 0o170000 == _LINK:
            raise _problem(label, "unsafe name in archive", repr(entry.filename[:100]))
        if entry.flag_bits & _ENCRYPTED:
            raise _problem(label, "encrypted", "save a copy without the password and read that")
        if entry.compress_type not in _METHODS:
            raise _problem(label, "damaged", f"{entry.filename[:100]!r} is packed in an unknown way")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise _problem(label, "overlapping entries", "two of them have one name")
    _check_places(entries, size, label)


def _check_places(entries: list[zipfile.ZipInfo], size: int, label: str) -> None:
    """No two entries may share bytes: a bomb needs few when its entries lie over each other."""
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset < end:
            raise _problem(label, "overlapping entries", repr(entry.filename[:100]))
        end = (
            entry.header_offset
            + _LOCAL_HEADER_BYTES
            + len(entry.orig_filename.encode())
            + entry.compress_size
        )
    if end > size:
        raise _problem(label, "damaged", "an entry reaches beyond the end")


def _check_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, label: str) -> None:
    """XML must declare no entities, a member be as long as it states, and hold no archive in its turn.

    zipfile gives at most the stated size and then compares the checksum, so that a false size is an error.
    """
    name = entry.filename.lower()
    if name.endswith(_PACKED_SUFFIXES):
        raise _problem(label, "zip bomb", f"{entry.filename[:100]!r} is an archive in its turn")
    is_xml = name.endswith(_XML_SUFFIXES)
    tail = b""
    with archive.open(entry) as handle:
        while step := handle.read(_STEP_BYTES):
            seen = tail + step.replace(b"\0", b"")  # UTF-16 too
            if is_xml and _ENTITY in seen:
                raise _problem(label, "XML entities in archive", repr(entry.filename[:100]))
            tail = seen[1 - len(_ENTITY) :]


def _problem(label: str, reason: str, detail: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{label} was not opened: {reason} ({detail}). Save it again from the program that made it, or export it as "
        "PDF or plain text.",
        reason,
    )
