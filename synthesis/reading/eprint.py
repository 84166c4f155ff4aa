"""What an e-print is, by its first bytes, and the text files in it.

arXiv serves a paper's source as a gzipped tar, as one gzipped TeX file, or, where no TeX was sent in, as the PDF,
PostScript or HTML itself; the address and the media type do not tell which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from synthesis.reading.archives import GZIP_MAGIC, ArchiveLimits, Inflating, looks_like_tar, tar_files
from synthesis.reading.problems import UnreadableFileError

_SUFFIXES = (".tex", ".ltx", ".latex", ".bbl", ".bib", ".sty", ".cls", ".txt")
_HINTS = "00readme"  # arXiv's own note of which file is the paper
_MAX_NESTED = 3
_HEAD_BYTES = 4096
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_COMMAND = re.compile(rb"\\(?:[a-zA-Z]{2,}|def\b)")
_WITHDRAWN = re.compile(rb"\s*%\s*auto-ignore")
_OTHER_WAY = "Read the paper's PDF or HTML instead."


@dataclass(frozen=True, slots=True)
class EPrint:
    """The text files of one e-print by their labels, in the order of the archive."""

    files: dict[str, bytes]
    damaged: bool = False  # the archive breaks off: there may have been more


def open_eprint(data: bytes, label: str, limits: ArchiveLimits | None = None) -> EPrint:
    """Unpack in memory whatever arXiv gave: a tar, gzipped or not, or one TeX file, gzipped any number of times.

    Raises:
        UnreadableFileError: with ``reason`` one of empty, is PDF not LaTeX, is PostScript not LaTeX, is HTML not
            LaTeX, is a zip archive not LaTeX, is not LaTeX, withdrawn, archive without TeX, damaged, too large.
    """
    limits = limits or ArchiveLimits()
    damaged = False
    for _ in range(_MAX_NESTED):
        if not data:
            raise _problem(label, "empty")
        stream = Inflating(data, label, limits)
        head = stream.read(_HEAD_BYTES)
        if looks_like_tar(head) or (head and not head.strip(b"\0")):  # an empty archive is zeros
            return _from_tar(Inflating(data, label, limits), label, limits)
        if data[:2] != GZIP_MAGIC:
            break
        data = head + stream.read(limits.file_bytes + 1 - len(head))
        damaged = damaged or stream.damaged
        if not data and stream.damaged:
            raise _problem(label, "damaged")
    return EPrint({"main.tex": _tex(data, label, limits)}, damaged)


def _from_tar(stream: Inflating, label: str, limits: ArchiveLimits) -> EPrint:
    files = {member.name: member.content for member in tar_files(stream, label, _wanted, limits)}
    if not any(_is_tex(name) for name in files):
        raise _problem(label, "damaged" if stream.damaged else "archive without TeX")
    return EPrint(files, stream.damaged)


def _wanted(name: str) -> bool:
    base = name.rsplit("/", 1)[-1].lower()
    resource_fork = base.startswith("._")  # what macOS puts beside each file
    return not resource_fork and (base.endswith(_SUFFIXES) or base.startswith(_HINTS))


def _is_tex(name: str) -> bool:
    return name.lower().endswith((".tex", ".ltx", ".latex"))


def _tex(data: bytes, label: str, limits: ArchiveLimits) -> bytes:
    """A single file, where it looks like TeX."""
    head = data[:_HEAD_BYTES]
    if b"%PDF-" in head[:1024]:
        raise _problem(label, "is PDF, not LaTeX")
    if head.lstrip().startswith(b"%!PS"):
        raise _problem(label, "is PostScript, not LaTeX")
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise _problem(label, "is HTML, not LaTeX")
    if head.startswith(b"PK\x03\x04"):
        raise _problem(label, "is a zip archive, not LaTeX")
    if len(data) > limits.file_bytes:
        raise _problem(label, "too large")
    if _WITHDRAWN.match(head):
        raise _problem(label, "withdrawn")
    if not _COMMAND.search(data.replace(b"\0", b"") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else data):
        raise _problem(label, "is not LaTeX")
    return data


def _problem(label: str, reason: str) -> UnreadableFileError:
    ways_out = {
        "empty": "Download it again.",
        "damaged": "It cannot be unpacked; download it again.",
        "withdrawn": "It only says that the paper has no source; it may have been withdrawn.",
        "archive without TeX": f"None of its files ends in .tex. {_OTHER_WAY}",
    }
    return UnreadableFileError(f"the e-print {label}: {reason}. {ways_out.get(reason, _OTHER_WAY)}", reason)
