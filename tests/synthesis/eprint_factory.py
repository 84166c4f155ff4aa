"""E-prints made for tests: LaTeX documents, tar archives sound and hostile, all in memory."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK = 512


def latex(body: str, preamble: str = "") -> bytes:
    """A document of the class article."""
    return (
        f"\\documentclass{{article}}\n{preamble}\n\\begin{{document}}\n{body}\n\\end{{document}}\n".encode()
    )


def tar(files: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    """A tar archive of regular files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0) if packed else out.getvalue()


def entry(
    name: str, kind: bytes = b"0", content: bytes = b"", *, link: str = "", size: int | None = None
) -> bytes:
    """One member as it stands in an archive; ``size`` may lie."""
    header = bytearray(BLOCK)
    header[:100] = name.encode()[:100].ljust(100, b"\0")
    header[100:108] = b"0000644\0"
    stated = len(content) if size is None else size
    header[124:136] = b"%011o\0" % stated if 0 <= stated < 8**11 else stated.to_bytes(12, "big", signed=True)
    if stated >= 8**11:
        header[124] = 0x80
    header[156:157] = kind
    header[157:257] = link.encode()[:100].ljust(100, b"\0")
    header[257:265] = b"ustar\x0000"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + content + b"\0" * (-len(content) % BLOCK)


END = b"\0" * 2 * BLOCK
