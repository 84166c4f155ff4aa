"""PDFs made by hand to harm: locked, circular, endless, bombs. Built from objects, so that each does one thing."""

from __future__ import annotations

import hashlib
import zlib

# Padding of passwords and the cipher of revision 2: ISO 32000-1, 7.6.3.3, algorithms 2 to 4
_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_ID = b"0123456789abcdef"
_PERMISSIONS = -4
CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R"
    b"/Resources<</Font<</F1 <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> >> >> >>"
)
LINES = tuple(
    f"A line that a reader of the plain page sees, number {n}, with words enough for a text."
    for n in range(15)
)
CONTENT = (
    b"BT /F1 9 Tf 20 380 Td " + b" ".join(b"(%s) Tj 0 -20 Td" % line.encode() for line in LINES) + b" ET"
)


def build(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data)
    size = len(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return data + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)


def stream(content: bytes, more: bytes = b"") -> bytes:
    """A stream object."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), more, content)


def plain() -> bytes:
    """One page of text."""
    return build(CATALOGUE, PAGES, PAGE, stream(CONTENT))


def encrypted(password: bytes) -> bytes:
    """The plain page under 40-bit RC4 with a user password, which may be empty."""
    owner = _rc4(_md5(_padded(b"owner"))[:5], _padded(password))
    key = _md5(_padded(password) + owner + (_PERMISSIONS & 0xFFFFFFFF).to_bytes(4, "little") + _ID)[:5]
    content = _rc4(_md5(key + (4).to_bytes(3, "little") + b"\0\0")[:10], CONTENT)
    lock = b"<</Filter/Standard/V 1/R 2/Length 40/P %d/O<%s>/U<%s>>>" % (
        _PERMISSIONS,
        owner.hex().encode(),
        _rc4(key, _PAD).hex().encode(),
    )
    trailer = b"/Encrypt 5 0 R/ID[<%s><%s>]" % ((_ID.hex().encode(),) * 2)
    return build(CATALOGUE, PAGES, PAGE, stream(content), lock, trailer=trailer)


def circular() -> bytes:
    """A tree of pages that holds itself."""
    return build(CATALOGUE, b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>", PAGE, stream(CONTENT))


def declared_pages(count: int) -> bytes:
    """One page that says it is ``count``."""
    return build(CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count, PAGE, stream(CONTENT))


def same_page(count: int) -> bytes:
    """``count`` pages that are one object."""
    return build(
        CATALOGUE, b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * count, count), PAGE, stream(CONTENT)
    )


def huge_page(points: int) -> bytes:
    """A page of ``points`` by ``points``, its text set in letters of nearly that size."""
    page = PAGE.replace(b"0 0 400 400", b"0 0 %d %d" % (points, points))
    return build(CATALOGUE, PAGES, page, stream(CONTENT.replace(b"/F1 9 Tf", b"/F1 %d Tf" % (points // 2))))


def nested_arrays(depth: int) -> bytes:
    """An array within an array, ``depth`` deep, where the page's annotations should be."""
    page = PAGE.replace(b"/Contents", b"/Annots " + b"[" * depth + b"]" * depth + b"/Contents")
    return build(CATALOGUE, PAGES, page, stream(CONTENT))


def nested_forms(depth: int) -> bytes:
    """A drawing that draws itself, and a page that draws it; the graphics state is saved ``depth`` times."""
    page = PAGE.replace(b"/Font", b"/XObject<</X 5 0 R>>/Font")
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>> >>"
    return build(
        CATALOGUE, PAGES, page, stream(b"q " * depth + b"/X Do " + CONTENT), stream(b"/X Do " * 50, form)
    )


def bomb(megabytes: int, layers: int = 1) -> bytes:
    """A page's drawing of blanks that unpacks to ``megabytes``, packed ``layers`` times."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(megabytes)) + packer.flush()
    for _ in range(layers - 1):
        packed = zlib.compress(packed, 9)
    filters = b"/Filter[" + b"/FlateDecode" * layers + b"]"
    return build(CATALOGUE, PAGES, PAGE, stream(packed, filters))


def text_bomb(repeats: int) -> bytes:
    """A page that draws its lines ``repeats`` times, packed."""
    return build(CATALOGUE, PAGES, PAGE, stream(zlib.compress(CONTENT * repeats, 9), b"/Filter/FlateDecode"))


def looping_references() -> bytes:
    """A table of objects that names itself as the one before, a stream of objects that extends itself."""
    looping = build(
        CATALOGUE, PAGES, PAGE, stream(CONTENT), stream(b"6 0 ", b"/Type/ObjStm/N 1/First 4/Extends 5 0 R")
    )
    place = looping.rfind(b"xref\n0")
    return looping.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % place)


def length_is_itself() -> bytes:
    """A stream whose length is the stream."""
    return build(CATALOGUE, PAGES, PAGE, b"<</Length 4 0 R>>\nstream\n" + CONTENT + b"\nendstream")


def _padded(password: bytes) -> bytes:
    return (password + _PAD)[:32]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
