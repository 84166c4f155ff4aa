"""Seeded damage to files of papers: what a bad disk, a bad line or a bad person does to them. Pure."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

_MAX_BYTES = 16 << 20  # of a damaged file
_NUMBER = re.compile(rb"(?<![\d.])\d{1,10}(?![\d.])")
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483647", b"4294967296", b"99999999999", b"1e9")
_NESTS = {
    "pdf": (b"<<", b"[", b"(", b"<</Kids[", b"q "),
    "latex": (
        b"{",
        b"\\begin{itemize}\\item ",
        b"$",
        b"\\csname ",
        b"\\def\\x{\\x\\x}\\x ",
        b"[",
        b"\\input{main}",
    ),
    "jats": (b"<sec>", b"<p>", b"<table><tr><td>", b"&amp;", b"<list><list-item>", b"<![CDATA["),
    "html": (b"<div>", b"<table><tr><td>", b"<p><span>", b"<!--", b"<section>", b"<math><mrow>"),
}
_TAR_BLOCK = 512
_TAR_FIELDS = (
    (0, 100),
    (100, 8),
    (124, 12),
    (148, 8),
    (156, 1),
    (157, 100),
    (257, 8),
)  # name … type, link, magic


class Sample(NamedTuple):
    """A good file; ``form`` is how it is read."""

    name: str
    form: str
    data: bytes


class Mutation(NamedTuple):
    """A damaged file and what was done to it."""

    sample: str
    form: str
    damage: str
    data: bytes


def mutate(sample: Sample, others: Sequence[Sample], rng: random.Random) -> Mutation:
    """``sample`` damaged in one to three ways; ``others`` give the pieces that are spliced in."""
    data, damage = sample.data, []
    for _ in range(rng.choice((1, 1, 2, 3))):
        name, harm = rng.choice(_HARMS)
        if sample.form == "latex" and rng.random() < 0.7:
            name, data = (
                f"inner {name}",
                _inside(data, lambda inner, harm=harm: harm(inner, sample, others, rng)),
            )
        elif sample.form == "latex" and rng.random() < 0.5:
            name, data = "tar header", _inside(data, lambda inner: _tar_header(inner, rng))
        else:
            data = harm(data, sample, others, rng)
        damage.append(name)
        data = data[:_MAX_BYTES]
    return Mutation(sample.name, sample.form, " + ".join(damage), data)


def _flip(data: bytes, _sample: Sample, _others: Sequence[Sample], rng: random.Random) -> bytes:
    """Up to 64 bytes changed anywhere."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 4, 16, 64)) if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _truncate(data: bytes, _sample: Sample, _others: Sequence[Sample], rng: random.Random) -> bytes:
    """The end, or now and then the beginning, is lost."""
    place = rng.randrange(len(data) + 1)
    return data[:place] if rng.random() < 0.8 else data[place:]


def _splice(data: bytes, _sample: Sample, others: Sequence[Sample], rng: random.Random) -> bytes:
    """A piece of another file, of whatever form, within this one."""
    other = rng.choice(others).data
    start, place = rng.randrange(len(other)), rng.randrange(len(data) + 1)
    piece = other[start : start + rng.choice((16, 512, 20_000))]
    return data[:place] + piece + data[place + rng.choice((0, len(piece))) :]


def _duplicate(data: bytes, _sample: Sample, _others: Sequence[Sample], rng: random.Random) -> bytes:
    """A span repeated, up to 2,000 times."""
    start = rng.randrange(len(data) + 1)
    span = data[start : start + rng.choice((8, 200, 4000))]
    return data[:start] + span * rng.choice((2, 20, 2000)) + data[start:]


def _delete(data: bytes, _sample: Sample, _others: Sequence[Sample], rng: random.Random) -> bytes:
    """A span lost, up to 20,000 bytes."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.choice((1, 64, 2000, 20_000)) :]


def _numbers(data: bytes, _sample: Sample, _others: Sequence[Sample], rng: random.Random) -> bytes:
    """Lengths, counts, offsets: up to eight numbers become others."""
    places = [match.span() for match in _NUMBER.finditer(data)]
    for start, end in sorted(rng.sample(places, min(len(places), rng.choice((1, 3, 8)))), reverse=True):
        data = data[:start] + rng.choice(_NUMBERS) + data[end:]
    return data


def _nest(data: bytes, sample: Sample, _others: Sequence[Sample], rng: random.Random) -> bytes:
    """An opening of the format's own, up to 100,000 times."""
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(_NESTS[sample.form]) * rng.choice((50, 3000, 100_000)) + data[place:]


def _header(data: bytes, _sample: Sample, _others: Sequence[Sample], rng: random.Random) -> bytes:
    """Bytes of the first or last kilobyte: signatures, gzip's fields, PDF's trailer."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 3, 12)) if changed else 0):
        place = rng.randrange(min(len(changed), 1024))
        changed[place if rng.random() < 0.7 else -1 - place] = rng.choice((0, 255, rng.randrange(256)))
    return bytes(changed)


_HARMS: tuple[tuple[str, Callable[[bytes, Sample, Sequence[Sample], random.Random], bytes]], ...] = (
    ("flip", _flip),
    ("truncate", _truncate),
    ("splice", _splice),
    ("duplicate", _duplicate),
    ("delete", _delete),
    ("numbers", _numbers),
    ("nest", _nest),
    ("header", _header),
)


def _inside(data: bytes, harm: Callable[[bytes], bytes]) -> bytes:
    """Damage done under the gzip, so that its checksum does not catch it."""
    try:
        inner = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return harm(data)
    return gzip.compress(harm(inner)[:_MAX_BYTES], compresslevel=1, mtime=0)


def _tar_header(data: bytes, rng: random.Random) -> bytes:
    """One field of one member's header, with a checksum that fits half of the time."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            starts = [member.offset for member in archive.getmembers()]
    except (tarfile.TarError, ValueError, OSError):
        return data
    if not starts:
        return data
    start = rng.choice(starts)
    header = bytearray(data[start : start + _TAR_BLOCK])
    place, length = rng.choice(_TAR_FIELDS)
    values = (b"../../canary", b"/canary", b"77777777777", b"\xff" * length, b"2", b"\0" * length, b"x")
    value = rng.choice(values)[:length]
    header[place : place + len(value)] = value
    if rng.random() < 0.5:
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
    return data[:start] + bytes(header) + data[start + _TAR_BLOCK :]
